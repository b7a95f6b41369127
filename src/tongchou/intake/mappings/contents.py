"""What the values of a column look like: small tests, each a share of the samples."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from tongchou.schema.list_fields import ListField

SEPARATORS = "|;；，、,"
"""Characters that part several values in one cell."""

DATE_FORMATS: Mapping[str, str] = {
    "": r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?|\d{8}(\d{6})?",
    "yyyy.MM.dd": r"\d{4}\.\d{2}\.\d{2}",
    "yyyy年MM月dd日": r"\d{4}年\d{1,2}月\d{1,2}日",
    "dd/MM/yyyy": r"(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])/\d{4}",
    "MM/dd/yyyy": r"(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/\d{4}",
    "dd/MM/yyyy HH:mm:ss": r"(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])/\d{4} \d{1,2}:\d{2}:\d{2}",
    "MM/dd/yyyy HH:mm:ss": r"(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/\d{4} \d{1,2}:\d{2}:\d{2}",
}
"""How dates are written, by the format of a mapping; the empty one is read without being told."""

_DIAGNOSIS = re.compile(r"[A-Za-z]\d{2}(\.[0-9x]{1,3}(x\d{3,4})?)?[+*]?([+][A-Za-z]\d{2}(\.[0-9x]+)?[*]?)?")
_OPERATION = re.compile(r"\d{2}\.\d{1,4}(x\d{3,4})?")
_SEX = {"男", "女", "男性", "女性", "M", "F"}
_IDENTITY = re.compile(r"\d{15}|\d{17}[\dXx]")
_PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}")
_INSTITUTION = re.compile(r"[HP]\d{11}")
_WHOLE = re.compile(r"-?\d+")
_MONEY_SIGNS = re.compile(r"[,，\s¥￥元]")


def share(samples: Sequence[str], test: Callable[[str], bool]) -> float:
    """Return the share of samples that pass a test; 0 where there are none."""
    return sum(map(test, samples)) / len(samples) if samples else 0.0


def is_diagnosis(value: str) -> bool:
    """Whether it is one or several diagnosis codes."""
    return _are(value, _DIAGNOSIS)


def is_operation(value: str) -> bool:
    """Whether it is one or several operation codes."""
    return _are(value, _OPERATION)


def is_sex(value: str) -> bool:
    """Whether it is a word for a sex."""
    return value in _SEX


def is_identity_number(value: str) -> bool:
    """Whether it is the number of an identity card."""
    return bool(_IDENTITY.fullmatch(value))


def is_phone(value: str) -> bool:
    """Whether it is a phone number."""
    return bool(_PHONE.fullmatch(value))


def is_institution(value: str) -> bool:
    """Whether it is the national code of an institution."""
    return bool(_INSTITUTION.fullmatch(value))


def is_money(value: str) -> bool:
    """Whether it is an amount."""
    try:
        return Decimal(_MONEY_SIGNS.sub("", value)).is_finite()
    except InvalidOperation:
        return False


def is_whole(value: str) -> bool:
    """Whether it is a whole number."""
    return bool(_WHOLE.fullmatch(value))


def date_format(samples: Sequence[str]) -> str | None:
    """Return the format in which all samples are dates; None where there is none."""
    for written, pattern in DATE_FORMATS.items():
        if samples and all(re.fullmatch(pattern, value) for value in samples):
            return written
    return None


def separators(samples: Sequence[str], test: Callable[[str], bool] | None) -> str:
    """Return the characters that part several values in cells, if the parts pass a test of single values."""
    found = [sign for sign in SEPARATORS if any(sign in value for value in samples)]
    if test is None:
        # Commas stand in names as well.
        found = [sign for sign in found if sign in "|;；" and share(samples, lambda value, s=sign: s in value) > 0.2]  # type: ignore[misc]
    return "".join(found)


def looks_like(field: ListField, samples: Sequence[str]) -> bool | None:
    """Return whether samples look like values of a field; None where its values have no look of their own."""
    tests: dict[str, Callable[[str], bool]] = {
        "diagnosis_code": is_diagnosis,
        "operation_code": is_operation,
    }
    if not samples:
        return None
    if field.kind in {"date", "moment"}:
        return date_format(samples) is not None
    if field.dictionary in tests:
        return share(samples, tests[field.dictionary]) > 0.8
    if field.kind == "fen":
        return share(samples, is_money) > 0.9
    if field.kind == "whole":
        return share(samples, is_whole) > 0.9
    if field.column == "identity_number":
        return share(samples, is_identity_number) > 0.8
    return None


def _are(value: str, pattern: re.Pattern[str]) -> bool:
    parts = [part.strip() for part in re.split(f"[{re.escape(SEPARATORS)}]", value) if part.strip()]
    return bool(parts) and all(pattern.fullmatch(part) for part in parts)
