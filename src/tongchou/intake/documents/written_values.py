"""Values as documents write them, read exactly or not at all: columns of text to columns of a type."""

from collections.abc import Mapping
from functools import cache

import polars as pl

from tongchou.schema.list_fields import dictionary

EMPTY = ("", "-", "--", "—", "——", "/")
"""What stands where nothing is meant."""

MINUTES_OF_HOUR = 60
MINUTES_OF_DAY = 24 * MINUTES_OF_HOUR

_WHOLE = r"^([+-]?\d{1,15})(?:\.0*)?$"
_DURATION = r"^(\d{1,4})/([01]?\d|2[0-3])/([0-5]?\d)$"
_CLOCK = r"(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?)?$"
_DAY_SEPARATED = r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})" + _CLOCK
_DAY_COMPACT = r"^(\d{4})(\d{2})(\d{2})(?:[ T]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?$"
_MOMENT = "%Y-%m-%d %H:%M:%S"
_FULL_WIDTH = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
_FULL_WIDTH_WORDS = {wide: plain for wide, plain in _FULL_WIDTH.items() if plain.isalnum()}


def trimmed(text: pl.Series, *, is_free: bool) -> pl.Series:
    """Return text without blanks around it, full-width letters and digits made half-width, nothing where empty.

    Args:
        text: As received.
        is_free: Whether it is words, whose punctuation is the writer's; else full-width signs are made half-width too.
    """
    if text.null_count() == len(text):
        return text
    stripped = text.str.strip_chars(" \t\r\n\v\f\u00a0\u3000\ufeff")
    # Text of one byte a character, by far the most, has nothing full-width.
    if stripped.str.len_bytes().sum() != stripped.str.len_chars().sum():
        wide = _FULL_WIDTH_WORDS if is_free else _FULL_WIDTH
        stripped = stripped.str.replace_many(list(wide), list(wide.values()))
    return stripped.set(stripped.is_in(EMPTY), None)


def whole(text: pl.Series) -> pl.Series:
    """Return whole numbers; `12.0` is one, `12.5` is none."""
    return text.str.extract(_WHOLE, 1).cast(pl.Int64, strict=False)


def scaled(text: pl.Series, decimals: int) -> pl.Series:
    """Return decimal numbers times ten to the power of `decimals`; more decimals, unless they are zeros, are none.

    Yuan with two decimals become fen. No float is near it.
    """
    pattern = rf"^([+-]?)(\d{{1,12}})(?:\.(\d{{0,{decimals}}})0*)?$"
    parts = text.to_frame("text").select(
        pl.col("text").str.extract(pattern, 1).alias("sign"),
        pl.col("text").str.extract(pattern, 2).cast(pl.Int64, strict=False).alias("whole"),
        pl.col("text").str.extract(pattern, 3).fill_null("").str.pad_end(decimals, "0").cast(pl.Int64).alias("rest"),
    )
    magnitude = pl.col("whole") * 10**decimals + pl.col("rest")
    return parts.select(pl.when(pl.col("sign") == "-").then(-magnitude).otherwise(magnitude)).to_series()


def moments(text: pl.Series) -> pl.Series:
    """Return moments, local time; a day alone is its midnight.

    Read are yyyy-MM-dd, yyyy/MM/dd and yyyyMMdd, with HH:mm or HH:mm:ss behind a blank or a `T`, and yyyyMMddHHmmss.
    """
    read = text.str.to_datetime(_MOMENT, strict=False, time_unit="ms")
    rest = read.is_null() & text.is_not_null()
    if not rest.any():
        return read
    odd = text.filter(rest)
    found = odd.to_frame("text").select(
        pl.coalesce(_assembled(_DAY_SEPARATED), _assembled(_DAY_COMPACT)).str.to_datetime(
            _MOMENT, strict=False, time_unit="ms"
        )
    )
    return read.scatter(rest.arg_true(), found.to_series())


def dates(text: pl.Series) -> pl.Series:
    """Return days; a clock time behind the day is left out."""
    read = text.str.to_date("%Y-%m-%d", strict=False)
    rest = read.is_null() & text.is_not_null()
    return read.scatter(rest.arg_true(), moments(text.filter(rest)).dt.date()) if rest.any() else read


def durations(text: pl.Series) -> pl.Series:
    """Return minutes of days/hours/minutes, of which hours are below 24 and minutes below 60."""
    days, hours, minutes = (text.str.extract(_DURATION, part).cast(pl.Int64) for part in (1, 2, 3))
    return days * MINUTES_OF_DAY + hours * MINUTES_OF_HOUR + minutes


def states(text: pl.Series, name: str) -> pl.Series:
    """Return the states that national codes stand for, null for a code that the list does not have.

    A code counts as another way to write one of the list where they differ in zeros before it alone.
    """
    codes = _spellings(name)
    return text.replace_strict(list(codes), list(codes.values()), default=None, return_dtype=pl.String)


@cache
def _spellings(name: str) -> Mapping[str, str]:
    said = {code: meaning.state for code, meaning in dictionary(name).items()}
    spelled = dict(said)
    for code, state in said.items():
        if code.isdecimal():
            bare = code.lstrip("0") or "0"
            for other in (bare, bare.zfill(2), bare.zfill(3)):
                spelled.setdefault(other, state)
    return spelled


def _assembled(pattern: str) -> pl.Expr:
    part = [pl.col("text").str.extract(pattern, group) for group in range(1, 7)]
    day = [part[0], *(each.str.zfill(2) for each in part[1:3])]
    clock = [each.fill_null("0").str.zfill(2) for each in part[3:]]
    return pl.concat_str([pl.concat_str(day, separator="-"), pl.concat_str(clock, separator=":")], separator=" ")
