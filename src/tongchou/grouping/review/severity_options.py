"""Secondary diagnoses that would turn a case to CC or MCC: information for a coder, never a proposal."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tongchou.core.text import Text
from tongchou.grouping.engine.case_fields import listed_codes
from tongchou.grouping.engine.code_table import MCC_LEVEL, NO_EXCLUSION, CodeTable
from tongchou.grouping.engine.places import Grouped
from tongchou.grouping.grouper import Grouper

WARNING = Text(
    "仅供核对漏编，不是编码建议：只有病历确有依据、本次住院确实诊治过或影响了诊治的疾病才可填写。"
    "为提高权重增填诊断属于高套编码、低码高编，须追回并依规处罚。",
    "For finding what was forgotten, not a proposal: only a disease that the record proves and that this stay "
    "diagnosed, treated or had to reckon with may be coded. To add a diagnosis for its weight is up-coding: the money "
    "is taken back and the hospital punished.",
)

_END_OF_RANGE = re.compile(r"(.*?)(\d+)")


@dataclass(frozen=True, slots=True)
class SeverityOption:
    """A secondary diagnosis that would change the case's DRG by its severity.

    Attributes:
        code: The code; of a scheme by categories the category.
        level: The severity of the case with it.
        grouped: The result of the case with it.
    """

    code: str
    level: Literal["cc", "mcc"]
    grouped: Grouped


@dataclass(frozen=True, slots=True)
class SeverityOptions:
    """Secondary diagnoses that would turn a case to CC or MCC.

    Attributes:
        warning: The words against up-coding; whoever shows the options shows them.
        options: MCC before CC, then by code, as many as were asked for.
        found_count: How many there are in all.
    """

    warning: Text
    options: tuple[SeverityOption, ...]
    found_count: int


def severity_options(
    grouper: Grouper,
    case: Mapping[str, Any],
    codes: Iterable[str] | None = None,
    beginning: tuple[str, ...] = (),
    most: int = 100,
) -> SeverityOptions:
    """Return the secondary diagnoses that would raise a case's severity and thereby change its DRG.

    Args:
        grouper: The scheme.
        case: The case (`case_fields`).
        codes: The codes to try, e.g. those of the ward's other records; by default all of the scheme's MCC and CC.
        beginning: Only codes that begin with one of these are tried; empty for all.
        most: How many options are returned.
    """
    original = grouper.group_one(case)
    diagnoses = listed_codes(case.get("diagnoses"))
    found: list[SeverityOption] = []
    # Without a principal diagnosis the code would become one.
    if original.status == "grouped" and diagnoses:
        every = dict.fromkeys(_severe_codes(grouper) if codes is None else codes)
        tried = [code for code in every if not beginning or code.startswith(beginning)]
        for code, level in _raising(grouper.compiled.diagnoses, diagnoses, tried):
            grouped = grouper.group_one({**case, "diagnoses": [*diagnoses, code]})
            if grouped.adrg == original.adrg and grouped.drg != original.drg:
                found.append(SeverityOption(code, "mcc" if level == MCC_LEVEL else "cc", grouped))
    found.sort(key=lambda option: (option.level == "cc", option.code))
    return SeverityOptions(WARNING, tuple(found[:most]), len(found))


def _raising(table: CodeTable, diagnoses: Sequence[object], codes: list[str]) -> Iterator[tuple[str, int]]:
    """Yield the codes, with their level, that would be graver than every effective secondary diagnosis."""
    own = table.numbers([code if isinstance(code, str) else "" for code in diagnoses])
    tried = table.numbers(codes)
    arrays = table.arrays
    carried = arrays.carried[own[0]]

    def level_of(number: int) -> int:
        is_excluded = carried != NO_EXCLUSION and arrays.exclusion[number] == carried
        return 0 if is_excluded else int(arrays.level[number])

    highest = max((level_of(number) for number in own[1:]), default=0)
    for code, number in zip(codes, tried, strict=True):
        level = level_of(number)
        if level > highest:
            yield code, level


def _severe_codes(grouper: Grouper) -> Iterator[str]:
    """Yield the codes that the scheme's MCC and CC tables write, ranges of categories one by one."""
    has_ranges = grouper.scheme.manifest.code_match == "prefix"
    for cell in grouper.scheme.severity:
        for pattern in cell.patterns.split():
            if not pattern.startswith("!"):
                yield from _each_of(pattern) if has_ranges else (pattern.removesuffix("%"),)


def _each_of(pattern: str) -> Iterator[str]:
    low, dash, high = pattern.partition("-")
    first, last = _END_OF_RANGE.fullmatch(low), _END_OF_RANGE.fullmatch(high)
    if not dash or first is None or last is None or first[1] != last[1]:
        yield low
        return
    for number in range(int(first[2]), int(last[2]) + 1):
        yield f"{first[1]}{number:0{len(first[2])}}"
