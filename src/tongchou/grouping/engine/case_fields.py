"""The fields of a case for grouping, and how each is read as a number.

A case has `case_id`, `sex`, `age_years`, `age_days` (under one year), `birth_weight_g`, `diagnoses` and `procedures`
(lists, principal code first), and where a scheme asks for them `department`, `los_days`, `discharge_way`,
`admission_weight_g`, `icu_hours`, `crrt_hours`, `ventilator_hours`, `day_surgery`, `multi_site`, `new_technique`.
A field that is absent, empty or not to be read is unknown.
"""

from collections.abc import Iterable, Mapping

from tongchou.grouping.schemes.rules import MARKS, NUMBERS, WORDS

UNKNOWN = -1
"""Stands for a number that the case does not have."""

HIGHEST = 2**31 - 2
"""Stands for every number above it; counted from `UNKNOWN` upwards it still has 31 bits."""

CASE_COLUMNS = ("case_id", "sex", "age_years", "age_days", "birth_weight_g", "diagnoses", "procedures")
"""The columns that every case file has."""

FURTHER_COLUMNS = (
    "department",
    "los_days",
    "discharge_way",
    "admission_weight_g",
    "icu_hours",
    "crrt_hours",
    "ventilator_hours",
    "day_surgery",
    "multi_site",
    "new_technique",
)
"""The columns that are read where a scheme asks for them."""

SEXES = {"male": 1, "1": 1, "男": 1, "m": 1, "female": 2, "2": 2, "女": 2, "f": 2}
YES = {"1": 1, "yes": 1, "true": 1, "y": 1, "是": 1, "0": 0, "no": 0, "false": 0, "n": 0, "否": 0}
DISCHARGE_CODES = {
    "1": "home",
    "2": "transfer",
    "3": "transfer_primary",
    "4": "against_advice",
    "5": "death",
    "9": "other",
}
"""Ways of discharge by their code on the settlement list."""

_COLUMN_OF_FIELD = {"weight_g": "birth_weight_g"}


def column_of(field: str) -> str:
    """Return the column of a case in which a field of the rule language stands."""
    return _COLUMN_OF_FIELD.get(field, field)


def number_of(field: str, value: object, words: Mapping[str, Mapping[str, int]]) -> int:
    """Return the value of a field of one case as a number, `UNKNOWN` where it is not known."""
    if value is None:
        return UNKNOWN
    if field == "sex" or field in MARKS:
        return _named(value, SEXES if field == "sex" else YES)
    if field in WORDS:
        return word_number(_written(value), words.get(field, {}))
    assert field in NUMBERS, field  # noqa: S101  # the parser knows no others
    return _whole(value)


def word_number(written: str, words: Mapping[str, int]) -> int:
    """Return the number of a word of a text field: 0 for one that no rule asks for, `UNKNOWN` for an empty one."""
    word = written.strip()
    if not word:
        return UNKNOWN
    return words.get(word, words.get(DISCHARGE_CODES.get(word, ""), 0))


def listed_codes(written: object) -> list[object]:
    """Return the codes of a case from what its column holds; none where that is no row of codes."""
    if isinstance(written, str | bytes | Mapping) or not isinstance(written, Iterable):
        return []
    return list(written)


def _named(value: object, numbers: Mapping[str, int]) -> int:
    if isinstance(value, float) and value.is_integer():
        # A column of whole numbers with gaps comes as 1.0 and 2.0.
        value = int(value)
    return numbers.get(_written(value).strip().lower(), UNKNOWN)


def _written(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # Python writes out no whole number of thousands of digits
        return ""


def _whole(value: object) -> int:
    if type(value) is int:
        return min(value, HIGHEST) if value >= 0 else UNKNOWN
    try:
        number = float(str(value).strip())
    except ValueError:
        return UNKNOWN
    if not number.is_integer() or number < 0:
        return UNKNOWN
    return min(int(number), HIGHEST)
