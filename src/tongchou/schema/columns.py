"""How columns are written down: one short word for each kind, and the columns that several tables share."""

from collections.abc import Mapping

from tongchou.core.text import Text
from tongchou.schema.contract import Column, Grade, Kind


def text(
    name: str,
    zh: str,
    en: str,
    *,
    required: bool = True,
    references: str | None = None,
    grade: Grade | None = None,
) -> Column:
    """Return a column of any text, or of keys of another table (`table.column`)."""
    return Column(name, Kind.TEXT, Text(zh, en), required, references=references, grade=grade)


def record_number(name: str, zh: str, en: str, *, required: bool = True, references: str | None = None) -> Column:
    """Return a column of numbers that each stand for one person's record: a list, a visit, an examination."""
    return text(name, zh, en, required=required, references=references, grade=Grade.PERSON)


def state(
    name: str,
    zh: str,
    en: str,
    values: Mapping[str, Text],
    *,
    required: bool = True,
    grade: Grade | None = None,
) -> Column:
    """Return a column of readable words, each of them one of the values."""
    return Column(name, Kind.TEXT, Text(zh, en), required, values, grade=grade)


def whole(
    name: str, zh: str, en: str, minimum: int | None = 0, maximum: int | None = None, *, required: bool = True
) -> Column:
    """Return a column of whole numbers within bounds, both inclusive."""
    return Column(name, Kind.WHOLE, Text(zh, en), required, minimum=minimum, maximum=maximum)


def fen(name: str, zh: str, en: str, *, required: bool = True) -> Column:
    """Return a column of amounts that are not below zero, fen."""
    return Column(name, Kind.FEN, _in_fen(zh, en), required, minimum=0)


def signed_fen(name: str, zh: str, en: str, *, required: bool = True) -> Column:
    """Return a column of amounts that may be below zero, fen."""
    return Column(name, Kind.FEN, _in_fen(zh, en), required)


def e4(name: str, zh: str, en: str, *, required: bool = True) -> Column:
    """Return a column of numbers x 10,000."""
    return Column(name, Kind.E4, Text(zh + "（万分之一）", en + " x 10,000"), required)


def day(name: str, zh: str, en: str, *, required: bool = True, grade: Grade | None = None) -> Column:
    """Return a column of calendar days."""
    return Column(name, Kind.DATE, Text(zh, en), required, grade=grade)


def moment(name: str, zh: str, en: str, *, required: bool = True) -> Column:
    """Return a column of moments, local time to the second."""
    return Column(name, Kind.MOMENT, Text(zh, en), required)


def flag(name: str, zh: str, en: str) -> Column:
    """Return a column of yes or no."""
    return Column(name, Kind.FLAG, Text(zh, en))


def institution(
    name: str = "institution_id", zh: str = "机构代码", en: str = "institution", *, required: bool = True
) -> Column:
    """Return a column that names an institution of the region."""
    return text(name, zh, en, required=required, references="institutions.institution_id", grade=Grade.ADMINISTRATIVE)


def person(*, required: bool = True) -> Column:
    """Return the column that names an insured person of the region."""
    return record_number(
        "person_id", "参保人（假名）", "insured person (pseudonym)", required=required, references="persons.person_id"
    )


def case(zh: str = "结算清单号", en: str = "settlement list", *, required: bool = True) -> Column:
    """Return the column that names a settlement list of the region."""
    return record_number("case_id", zh, en, required=required, references="cases.case_id")


def diagnosis_code(name: str, zh: str, en: str) -> Column:
    """Return a column of diagnosis codes (ICD-10, the insurance edition)."""
    pattern = r"[A-Z]\d{2}[0-9A-Za-z.+*†/]{0,24}"
    return Column(
        name, Kind.TEXT, Text(zh, en), pattern=pattern, note=Text("医保版 ICD-10 2.0", "insurance ICD-10 2.0")
    )


def _in_fen(zh: str, en: str) -> Text:
    return Text(zh + "（分）", en + ", fen")
