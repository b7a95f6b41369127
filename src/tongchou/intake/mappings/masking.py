"""Values shown to people: what may tell who somebody is, is masked."""

import re

from tongchou.intake.mappings import contents
from tongchou.privacy.redaction import names_a_person
from tongchou.schema.list_fields import ListField

_LONG = 24
_FEW_DIGITS = re.compile(r"[\d.,:/\- ]{1,10}")
_HAN = re.compile(r"[\u3400-\u9fff]")
# Words with long numbers, or several parts of a sentence, tell of somebody; names of diseases have neither.
_SENTENCE = re.compile(r"\d{6,}|[，,。；;：:！!？?、]")
_RUN_OF_DIGITS = re.compile(r"\d{7,}")


def masked(field: ListField | None, value: str) -> str:
    """Return a value as it may be shown; of a column that is not known only what cannot be a name or a number."""
    if field is None:
        is_plain = contents.is_diagnosis(value) or contents.is_operation(value) or bool(_FEW_DIGITS.fullmatch(value))
        return _short(value) if is_plain and not _RUN_OF_DIGITS.search(value) else _hidden(value)
    if field.grade == "identity" or contents.is_identity_number(value) or contents.is_phone(value):
        return _hidden(value)
    if names_a_person(value) or (_HAN.search(value) and _SENTENCE.search(value)):
        return _hidden(value)
    return _short(value)


def _hidden(value: str) -> str:
    return value[:1] + "***"


def _short(value: str) -> str:
    return value if len(value) <= _LONG else value[:_LONG] + "…"
