"""Taking identity values out of what is kept or said beside the tables: rows as received, sentences, names of columns.

What is taken out is replaced by `MASK`, which says nothing of its length. Numbers are known by their shape, names by
their surname; where a column has a narrow way of writing, whatever is written otherwise is taken out.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

import polars as pl

from tongchou.privacy.shapes import identity_shapes, word_endings
from tongchou.schema.contract import Column, Kind, Table

MASK = "***"
"""Stands where an identity value stood."""

# Full-width characters and blanks around a value are slips that intake mends; a word is neither number nor date.
_NUMBER = r"^[\d.,+\-eE%\s￥¥元．，＋－]{1,30}$"
_DATE = r"^[\d.,/:\-TZ\s年月日时分秒．／：－]{1,30}$"
_FLAG = r"^\s*(?:[A-Za-z]{1,5}|\d{1,3}|[是否有无])\s*$"
_STATE = r"^\s*(?:[A-Za-z_Ａ-Ｚａ-ｚ＿]{1,24}|\d{1,4}|[男女是否有无]|未知)\s*$"
_LONGEST_NAME = 60
_ENDINGS_OF_NAMES = frozenset("名号码期额数")
_HAN = re.compile(r"[\u3400-\u9fff]")
_BETWEEN_PARTS = re.compile(r"([-_.,，、\s()（）/+]+)")
_CODE = r"^[0-9A-Za-z.+*†/\-\s０-９Ａ-Ｚａ-ｚ．＋＊／－]{1,40}$"


def scrub(text: str) -> str:
    """Return a text without id numbers (18 or 15 digits, valid or not), mobile and landline numbers.

    They are found with spaces or hyphens between their parts, and id numbers also within longer runs of digits.
    """
    inside, in_text = _patterns()
    text = inside.sub(MASK, text)
    for _ in range(2):  # two numbers may share the character between them
        text = in_text.sub(rf"\g<1>{MASK}\g<2>", text)
    return text


def scrubbed(text: pl.Expr) -> pl.Expr:
    """Return the texts of a column as `scrub` leaves them."""
    shapes = identity_shapes()
    text = text.str.replace_all(shapes.inside, MASK)
    for _ in range(2):
        text = text.str.replace_all(shapes.in_text, "${1}" + MASK + "${2}")
    return text


def said_reason(reason: str) -> str:
    """Return what a library says of a file, without the values that it quotes: the first words, scrubbed."""
    return re.sub(r"[\u3400-\u9fff]+", MASK, scrub(reason.splitlines()[0] if reason else ""))[:160]


def said_names(names: Sequence[str]) -> list[str]:
    """Return names of columns as they may be said: what is no name of a column but somebody's is masked."""
    return [MASK if len(name) > _LONGEST_NAME or names_a_person(name) else scrub(name) for name in names]


def said_file_name(name: str) -> str:
    """Return the name of a file, with its folders, as it may be said: the parts that name somebody are masked."""
    parts = _BETWEEN_PARTS.split(name)
    scrubbed_name = scrub(name)
    if any(names_a_person(part) for part in parts):
        scrubbed_name = "".join(MASK if names_a_person(part) else scrub(part) for part in parts)
    return re.sub(rf"(?:{re.escape(MASK)})+", MASK, scrubbed_name)


def names_a_person(name: str) -> bool:
    """Return whether the name of a file or column is somebody's, or has words around somebody's number."""
    without_numbers = scrub(name).replace(MASK, "")
    is_about = without_numbers != name and (not without_numbers or bool(_HAN.search(without_numbers)))
    is_word = name in identity_shapes().words or name[-1:] in word_endings() | _ENDINGS_OF_NAMES
    return is_about or (bool(_name_of_person().match(name)) and not is_word)


def redact_row(table: Table, row: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return a row as received with only the contract's columns, identity values masked."""
    own = {column.name: row[column.name] for column in table.columns if column.name in row}
    if not own:
        return {}
    frame = pl.DataFrame({name: [value] for name, value in own.items()}, schema=dict.fromkeys(own, pl.String))
    return frame.select(shown(table.column(name), pl.col(name)).alias(name) for name in own).row(0, named=True)


def shape_of_line(field_count: int, expected_count: int, length: int) -> dict[str, int]:
    """Return all that is kept of a line whose fields cannot be told apart: what it measures."""
    return {"fields": field_count, "fields_expected": expected_count, "characters": length}


def shown(column: Column, text: pl.Expr) -> pl.Expr:
    """Return the values of a column as received, as they may be kept and said.

    Args:
        column: The contract's column that the values were given for, whether they fit it or not.
        text: The values as text.
    """
    shapes = identity_shapes()
    if column.values:
        return _only(_STATE, text)
    match column.kind:
        case Kind.DATE:
            return _only(_DATE, text)
        case Kind.FLAG:
            return _only(_FLAG, text)
        case Kind.TEXT if column.pattern:
            return _only(_CODE, text)
        case Kind.TEXT:
            is_person = is_name(text) if column.name not in shapes.not_names else pl.lit(value=False)
            is_note = (text.str.len_chars() > shapes.longest_kept) | text.str.contains("\n", literal=True)
            # Words that stand around a person's number name the person, too.
            is_about = scrubbed(text) != text
            return pl.when(is_person | is_note | is_about).then(pl.lit(MASK)).otherwise(text)
        case _:
            return _only(_NUMBER, text)


def is_name(text: pl.Expr) -> pl.Expr:
    """Return whether each value is written as a person's name: a surname and one or two characters, or parts with ·."""
    shapes = identity_shapes()
    is_word = text.is_in(shapes.words) | text.str.slice(-1).is_in(sorted(word_endings()))
    return text.str.contains(shapes.name) & ~is_word


def _only(pattern: str, text: pl.Expr) -> pl.Expr:
    is_odd = ~text.str.contains(pattern)
    return pl.when(is_odd).then(pl.lit(MASK)).otherwise(scrubbed(text))


@cache
def _name_of_person() -> re.Pattern[str]:
    return re.compile(identity_shapes().name)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    shapes = identity_shapes()
    return re.compile(shapes.inside), re.compile(shapes.in_text)
