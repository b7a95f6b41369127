"""A proposal for a mapping: what the columns of a table seem to hold, by their names and by their values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as with_default

from tongchou.core.text import Text
from tongchou.intake.mappings import contents
from tongchou.intake.mappings.mapping import MappedKind, Unit
from tongchou.intake.mappings.mapping_file import code_of, mapped_field
from tongchou.intake.mappings.masking import masked
from tongchou.intake.mappings.names import NamedField, bare, code_words, named_fields, needed_fields
from tongchou.privacy.redaction import names_a_person
from tongchou.schema.list_fields import ListField, has_dictionary, list_fields

CERTAIN = 90
"""Confidence in percent from which on nobody need be asked."""

BY_NAME_AND_CONTENT, BY_NAME, BY_CONTENT, AGAINST_CONTENT = 98, 90, 50, 40
_SHOWN = 3
_MOST_WORDS = 40


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """What a column seems to hold.

    Attributes:
        source: Its name, or that of several numbered ones with a range such as `{1-15}`.
        field: The field as `table.column`; None where nothing is proposed.
        place: As in a mapping file.
        confidence: In percent.
        reason: Why it is thought so.
        samples: A few values, those that may tell who somebody is masked.
        values: National codes by the words found.
        unknown_words: Words found that no national code is known for.
        split: Characters that part several values in a cell.
        unit: Unit of an amount.
        date_format: How dates are written, where it must be told.
    """

    source: str
    field: str | None
    place: str
    confidence: int
    reason: Text
    samples: tuple[str, ...] = ()
    values: Mapping[str, str] = with_default(default_factory=dict)
    unknown_words: tuple[str, ...] = ()
    split: str = ""
    unit: Unit = "yuan"
    date_format: str = ""


def propose(header: Sequence[str], samples: Sequence[Sequence[str]]) -> list[ProposedColumn]:
    """Return a proposal for the columns of a header, in its order.

    Args:
        header: The names; unnamed columns are passed over, and those that are called by somebody's name.
        samples: Values of each column that say something.
    """
    values = dict(zip(header, samples, strict=True))
    proposed: list[ProposedColumn] = []
    for source, names, named in _grouped([name for name in header if name and not names_a_person(name)]):
        found = [value for name in names for value in values[name]]
        proposed.append(_described(source, named, found))
    return _without_rivals(proposed)


def described(source: str, path: str, place: str, samples: Sequence[str]) -> ProposedColumn:
    """Return what a column holds that somebody says holds a field."""
    table, _, column = path.partition(".")
    told = _described(source, NamedField(table, column, place), samples)
    return replace(told, confidence=100, reason=Text("人工确认", "confirmed by hand"))


def missing_fields(document: MappedKind, proposed: Sequence[ProposedColumn]) -> list[ListField]:
    """Return the fields that a document can hardly be paid without and that no column holds."""
    held = {each.field for each in proposed}
    if "settlement_lists.born_on" in held or "settlement_lists.age_days" in held:
        held.add("settlement_lists.age_years")
    if "settlement_lists.payment_kind" in held:
        held.add("settlement_lists.insurance_type")
    missing = [mapped_field(name) for name in needed_fields(document) if name not in held]
    return [each for each in missing if each is not None]


def _grouped(names: Sequence[str]) -> list[tuple[str, list[str], NamedField | None]]:
    """Return the columns, numbered ones of a list together: name or range, the columns, what the name says."""
    known = named_fields()
    groups: dict[str, list[str]] = {}
    meant: dict[str, NamedField | None] = {}
    for name in names:
        named, key = known.get(bare(name)), name
        digits = re.findall(r"\d+", name)
        if named is None and len(digits) == 1 and len(digits[0]) <= 3:
            base = known.get(bare(name.replace(digits[0], "")))
            if base is not None and base.table in {"list_diagnoses", "list_operations"}:
                named, key = base, name.replace(digits[0], "\0")
        groups.setdefault(key, []).append(name)
        meant[key] = named
    # Numbers begin with the principal one only where that has no column of its own.
    alone = {(each.table, each.column, each.place) for key, each in meant.items() if each and "\0" not in key}
    return [(*_ranged(key, found, meant[key], alone), meant_of(key, meant, alone)) for key, found in groups.items()]


def meant_of(key: str, meant: Mapping[str, NamedField | None], alone: set[tuple[str, str, str]]) -> NamedField | None:
    """Return what a group of columns holds, the place of numbered ones following from their numbers."""
    named = meant[key]
    if named is None or "\0" not in key:
        return named
    begins = named.place == "0" and (named.table, named.column, "0") not in alone
    return replace(named, place="n-1" if begins else "n")


def _ranged(
    key: str, names: list[str], named: NamedField | None, alone: set[tuple[str, str, str]]
) -> tuple[str, list[str]]:
    if "\0" not in key or named is None:
        return key, names
    numbers = sorted(re.findall(r"\d+", name)[0] for name in names)
    width = len(numbers[0]) if numbers[0].startswith("0") else 0
    first, last = min(map(int, numbers)), max(map(int, numbers))
    return key.replace("\0", f"{{{first:0{width}d}-{last:0{width}d}}}"), names


def _described(source: str, named: NamedField | None, samples: Sequence[str]) -> ProposedColumn:
    by_name = named is not None
    named = named or _by_content(samples)
    if named is None:
        return ProposedColumn(source, None, "", 0, Text("名称与内容都认不出", "neither name nor content is known"),
                              tuple(masked(None, value) for value in samples[:_SHOWN]))  # fmt: skip
    (held,) = (each for each in list_fields(named.table) if each.column == named.column)
    looks = contents.looks_like(held, samples)
    confidence, reason = _confidence(by_name=by_name, looks=looks)
    values, unknown = _words(held, samples)
    if unknown and confidence > BY_CONTENT:
        confidence, reason = BY_NAME - 10, Text("名称相符，有未识别的取值", "its name fits, some values are not known")
    split = "" if "n" in named.place or not named.table.startswith("list_") else _split(held, samples)
    return ProposedColumn(
        source=source,
        field=f"{named.table}.{named.column}",
        place=named.place,
        confidence=confidence,
        reason=reason,
        samples=tuple(masked(held, value) for value in samples[:_SHOWN]),
        values=values,
        unknown_words=unknown,
        split=split,
        unit=_unit(source) if held.kind == "fen" else "yuan",
        date_format=(contents.date_format(samples) or "") if held.kind in {"date", "moment"} else "",
    )


def _by_content(samples: Sequence[str]) -> NamedField | None:
    tests = (
        (contents.is_diagnosis, NamedField("list_diagnoses", "code", "0")),
        (contents.is_operation, NamedField("list_operations", "code", "0")),
        (contents.is_identity_number, NamedField("settlement_lists", "identity_number", "")),
        (contents.is_institution, NamedField("settlement_lists", "institution_id", "")),
        (contents.is_sex, NamedField("settlement_lists", "sex", "")),
    )
    return next((named for test, named in tests if contents.share(samples, test) > 0.9), None)


def _confidence(*, by_name: bool, looks: bool | None) -> tuple[int, Text]:
    if not by_name:
        return BY_CONTENT, Text("按内容推测", "guessed from its content")
    if looks is None:
        return BY_NAME, Text("名称相符", "its name fits")
    if looks:
        return BY_NAME_AND_CONTENT, Text("名称与内容相符", "name and content fit")
    return AGAINST_CONTENT, Text("名称相符，内容不像", "its name fits, its content does not")


def _words(held: ListField, samples: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the national codes of the words among samples, and the words that no code is known for."""
    if not has_dictionary(held.dictionary):
        return {}, ()
    words = list(dict.fromkeys(samples))[:_MOST_WORDS]
    known = code_words(held.dictionary)
    found: dict[str, str] = {}
    unknown: list[str] = []
    for word in words:
        if code_of(held, word) == word:
            continue
        code = known.get(word) or _only_title_with(word, known)
        if code is None:
            unknown.append(word)
        else:
            found[word] = code
    return found, tuple(unknown)


def _only_title_with(word: str, known: Mapping[str, str]) -> str | None:
    codes = {code for title, code in known.items() if word in title} if len(word) > 1 else set()
    return codes.pop() if len(codes) == 1 else None


def _split(held: ListField, samples: Sequence[str]) -> str:
    tests = {"diagnosis_code": contents.is_diagnosis, "operation_code": contents.is_operation}
    if held.column not in {"code", "name"}:
        return ""
    return contents.separators(samples, tests.get(held.dictionary))


def _unit(source: str) -> Unit:
    if "万元" in source:
        return "ten_thousand_yuan"
    return "fen" if re.search(r"[(（]分[)）]|_fen$", source) else "yuan"


def _without_rivals(proposed: list[ProposedColumn]) -> list[ProposedColumn]:
    """Leave each field to the column that fits best; the others hold nothing known."""
    best: dict[tuple[str, str], ProposedColumn] = {}
    for each in proposed:
        key = (each.field or "", each.place)
        if each.field and (key not in best or each.confidence > best[key].confidence):
            best[key] = each
    rival = Text("另一列更相符", "another column fits better")
    return [
        each
        if each.field is None or best[each.field, each.place] is each
        else replace(
            each, field=None, place="", confidence=0, reason=rival, values={}, split="", unit="yuan", date_format=""
        )
        for each in proposed
    ]
