"""What a case's group would be if it were coded otherwise: for coders who weigh two readings of one record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.engine.case_fields import CASE_COLUMNS, FURTHER_COLUMNS, listed_codes
from tongchou.grouping.engine.places import Grouped
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.reasons.rule_words import FIELD_NAMES
from tongchou.grouping.schemes.code_writing import readings

Case = Mapping[str, Any]

COMPARED = ("status", "mdc", "adrg", "drg")
"""The columns of a result by which a variant is compared with the case as it is."""

_FIELDS = {name: FIELD_NAMES[name] for name in (*CASE_COLUMNS, *FURTHER_COLUMNS) if name in FIELD_NAMES}


@dataclass(frozen=True, slots=True)
class PrincipalReplaced:
    """The principal diagnosis is another one; as a secondary one it is not given again."""

    code: str


@dataclass(frozen=True, slots=True)
class PrincipalSwapped:
    """The principal diagnosis and a secondary one change places; `place` 1 is the first secondary diagnosis."""

    place: int


@dataclass(frozen=True, slots=True)
class DiagnosisAdded:
    """A secondary diagnosis is added."""

    code: str


@dataclass(frozen=True, slots=True)
class DiagnosisDropped:
    """A diagnosis is taken away, wherever it stands."""

    code: str


@dataclass(frozen=True, slots=True)
class ProcedureAdded:
    """A procedure is added after the others."""

    code: str


@dataclass(frozen=True, slots=True)
class ProcedureDropped:
    """A procedure is taken away, wherever it stands."""

    code: str


@dataclass(frozen=True, slots=True)
class ProcedureMadePrincipal:
    """One of the procedures is put first."""

    code: str


@dataclass(frozen=True, slots=True)
class FieldSet:
    """A field of the case (`case_fields`) has another value; `None` is unknown."""

    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class Together:
    """Several changes at once, in their order."""

    changes: tuple["Change", ...]


Change = (
    PrincipalReplaced
    | PrincipalSwapped
    | DiagnosisAdded
    | DiagnosisDropped
    | ProcedureAdded
    | ProcedureDropped
    | ProcedureMadePrincipal
    | FieldSet
    | Together
)


@dataclass(frozen=True, slots=True)
class Variant:
    """A case coded in one way.

    Attributes:
        description: What was changed.
        case: The case as changed.
        grouped: Its result.
        differs_in: The columns (`COMPARED`) in which the result is not that of the case as it is.
    """

    description: Text
    case: Case
    grouped: Grouped
    differs_in: tuple[str, ...]


def what_if(grouper: Grouper, case: Case, changes: Sequence[Change]) -> list[Variant]:
    """Group a case as it is, and once for each change.

    Returns:
        The case as it is, then a variant for each change, in their order; each is made from the case as it is.

    Raises:
        TongchouError: `grouping.what_if` if a change does not go with the case: it drops a code that is not there,
            or sets a field that cases do not have.
    """
    (as_it_is, _), *others = changed_cases(case, changes, _FIELDS)
    original = grouper.group_one(case)
    variants = [Variant(as_it_is, case, original, ())]
    for description, changed in others:
        grouped = grouper.group_one(changed)
        differs_in = tuple(name for name in COMPARED if getattr(grouped, name) != getattr(original, name))
        variants.append(Variant(description, changed, grouped, differs_in))
    return variants


def changed_cases(case: Case, changes: Sequence[Change], fields: Mapping[str, Text]) -> list[tuple[Text, Case]]:
    """Return a case as it is, then the case of each change, each with what was changed.

    Args:
        case: The case.
        changes: The changes; each is made from the case as it is.
        fields: The fields that can be set, with their names.

    Raises:
        TongchouError: `grouping.what_if`, as `what_if` says.
    """
    as_it_is = (Text("原病例", "the case as it is"), case)
    return [as_it_is, *(_apply(change, case, fields) for change in changes)]


def _apply(change: Change, case: Case, fields: Mapping[str, Text]) -> tuple[Text, Case]:
    diagnoses, procedures = listed_codes(case.get("diagnoses")), listed_codes(case.get("procedures"))
    match change:
        case PrincipalReplaced(code):
            rest = [each for each in diagnoses[1:] if not _is_same(each, code)]
            return Text(f"主要诊断改为 {code}", f"principal diagnosis {code}"), {**case, "diagnoses": [code, *rest]}
        case PrincipalSwapped(place):
            return _swapped(diagnoses, place, case)
        case DiagnosisAdded(code):
            return Text(f"增加其他诊断 {code}", f"secondary diagnosis {code} added"), {
                **case,
                "diagnoses": [*diagnoses, code],
            }
        case DiagnosisDropped(code):
            return Text(f"去掉诊断 {code}", f"diagnosis {code} dropped"), {
                **case,
                "diagnoses": _without(diagnoses, code, Text("诊断", "diagnosis")),
            }
        case ProcedureAdded(code):
            return Text(f"增加手术操作 {code}", f"procedure {code} added"), {
                **case,
                "procedures": [*procedures, code],
            }
        case ProcedureDropped(code):
            return Text(f"去掉手术操作 {code}", f"procedure {code} dropped"), {
                **case,
                "procedures": _without(procedures, code, _PROCEDURE),
            }
        case ProcedureMadePrincipal(code):
            return Text(f"主要手术操作改为 {code}", f"principal procedure {code}"), {
                **case,
                "procedures": [code, *_without(procedures, code, _PROCEDURE)],
            }
        case FieldSet(field, value):
            return _field_set(field, value, case, fields)
        case Together(several):
            said: list[Text] = []
            for each in several:
                words, case = _apply(each, case, fields)
                said.append(words)
            return Text("；".join(words.zh for words in said), "; ".join(words.en for words in said)), case


_PROCEDURE = Text("手术操作", "procedure")


def _swapped(diagnoses: list[object], place: int, case: Case) -> tuple[Text, Case]:
    if not 0 < place < len(diagnoses):
        zh, en = f"病例没有第 {place} 个其他诊断", f"the case has no secondary diagnosis number {place}"
        raise _unfit(str(place), Text(zh, en))
    swapped = list(diagnoses)
    swapped[0], swapped[place] = swapped[place], swapped[0]
    words = Text(
        f"主要诊断与第 {place} 个其他诊断 {swapped[0]} 互换",
        f"principal diagnosis and secondary diagnosis {place} ({swapped[0]}) change places",
    )
    return words, {**case, "diagnoses": swapped}


def _field_set(field: str, value: object, case: Case, fields: Mapping[str, Text]) -> tuple[Text, Case]:
    if field not in fields:
        why = Text("可以改的字段：" + "、".join(fields), "the fields that can be set: " + ", ".join(fields))
        raise _unfit(field, why)
    name = fields[field]
    words = Text(f"{name.zh}改为 {value}", f"{name.en}: {value}")
    if value is None:
        words = Text(f"{name.zh}改为未知", f"{name.en}: not known")
    return words, {**case, field: value}


def _without(codes: list[object], code: str, kind: Text) -> list[object]:
    left = [each for each in codes if not _is_same(each, code)]
    if len(left) == len(codes):
        raise _unfit(code, Text(f"病例没有这个{kind.zh}", f"the case has no such {kind.en}"))
    return left


def _is_same(one: object, other: str) -> bool:
    """Return whether two ways of writing are one code."""
    return isinstance(one, str) and (one == other or readings(one, {})[:1] == readings(other, {})[:1] != [])


def _unfit(where: str, why: Text) -> TongchouError:
    return TongchouError(
        "grouping.what_if",
        what=Text("这项改动不适用于该病例", "the change does not go with the case"),
        where=where,
        why=why,
        remedy=Text("核对病例的编码与字段后再试", "look at the case's codes and fields and try again"),
    )
