"""Columns as the grid in the browser takes them: formats, and widths that follow from what stands in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.web.preferences import Preferences

ColumnKind = Literal["text", "count", "money", "yuan", "ratio", "percent", "points", "date"]
"""`money` holds fen, shown in the unit of the page; `yuan` holds fen of one case, always shown in yuan;
`ratio` and `percent` a number x 10,000, `points` one x 100; all numbers stand to the right."""

AMOUNTS = frozenset({"money", "yuan"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        key: Its key in the rows.
        title: Its heading.
        kind: What it holds.
        width: The measure of words in pixels: what is longer is cut rather than the table made wider than its place,
            and a narrow window takes some of it; 0: a usual measure.
        is_signed: Whether a negative amount is a loss, shown as one.
    """

    key: str
    title: Text
    kind: ColumnKind = "text"
    width: int = 0
    is_signed: bool = False


def unit_of_all(columns: Sequence[Column], shown: Preferences) -> str:
    """Return the unit in which all amounts of a table stand; empty where there are none, or several units."""
    units = {_in_unit(column, shown).unit_name for column in columns if column.kind in AMOUNTS}
    return units.pop() if len(units) == 1 else ""


def grid_columns(
    columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], shown: Preferences
) -> list[dict[str, Any]]:
    """Return the columns for the grid; amounts say their unit in the heading where the table has several units."""
    with_units = not unit_of_all(columns, shown)
    found = [_column(column, rows, shown, with_unit=with_units) for column in columns]
    for before, after in pairwise(found):
        # Words keep away from a number before them; the style sheet moves them.
        if "type" in before and "type" not in after:
            after["minWidth"] += _AFTER_NUMBER
    return found


def _column(
    column: Column, rows: Sequence[Mapping[str, Any]], shown: Preferences, *, with_unit: bool
) -> dict[str, Any]:
    heading = shown.say(column.title)
    if with_unit and column.kind in AMOUNTS:
        heading = _in_unit(column, shown).with_unit(column.title)
    needed = max(_of_heading(heading), _of_values(column, rows, shown))
    said: dict[str, Any] = {"field": column.key, "headerName": heading, "flex": needed, "minWidth": needed}
    if column.kind in {"text", "date"}:
        if column.kind == "text":
            said["minWidth"] = max(_of_heading(heading), _least(needed, column.width or _USUAL))
        return {**said, "tooltipField": column.key, "filter": "agTextColumnFilter"}
    formatters = {
        "count": "params.value == null ? '' : params.value.toLocaleString('en-US')",
        "yuan": _amount(_in_unit(column, shown).fen_in_unit),
        "money": _amount(_in_unit(column, shown).fen_in_unit),
        "ratio": "params.value == null ? '' : (params.value / 10000).toFixed(4)",
        "percent": "params.value == null ? '' : (params.value / 100).toFixed(2) + '%'",
        "points": _amount(100),
    }
    said |= {
        "type": "rightAligned",
        "filter": "agNumberColumnFilter",
        ":valueFormatter": f"params => {formatters[column.kind]}",
    }
    if column.is_signed:
        said["cellClassRules"] = {"is-loss-text": "x < 0"}
    return said


def _in_unit(column: Column, shown: Preferences) -> Preferences:
    return replace(shown, unit="yuan") if column.kind == "yuan" else shown


def _amount(divisor: int) -> str:
    return (
        f"params.value == null ? '' : (params.value / {divisor}).toLocaleString('en-US', "
        "{minimumFractionDigits: 2, maximumFractionDigits: 2})"
    )


_MARGIN, _AFTER_NUMBER = 20, 12
"""Pixels on both sides of what stands in a cell; how many more words have after a number."""
_USUAL, _WIDEST = 150, 420
_SHORT, _NARROWEST = 130, 70
"""Pixels up to which words are never cut; percent of its measure that a longer column keeps in a narrow window."""
_LOOKED_AT = 500
_CHINESE, _LATIN = 15, 8
"""Pixels of a sign, at the size of a table's letters on a wide screen."""


def _of_values(column: Column, rows: Sequence[Mapping[str, Any]], shown: Preferences) -> int:
    """Return the pixels that the longest of the first values takes, within reason."""
    values = [value for row in rows[:_LOOKED_AT] if (value := row.get(column.key)) is not None]
    if not values:
        return 0
    if column.kind in {"text", "date"}:
        return min(_WIDEST, max(_pixels(str(value)) for value in values) + _MARGIN)
    most = max(abs(value) for value in values)
    sign = "-" if min(values) < 0 else ""
    return _pixels(sign + _written(column, most, shown)) + _MARGIN


def _written(column: Column, number: int, shown: Preferences) -> str:
    match column.kind:
        case "ratio":
            return format_e4(number)
        case "percent":
            return f"{number // 100}.00%"
        case "points":
            return format_yuan(number)
        case "money" | "yuan":
            return _in_unit(column, shown).money(number)
        case _:
            return f"{number:,}"


def _least(needed: int, measure: int) -> int:
    """Return the pixels that words keep in a narrow window: short ones all of theirs, long ones a part."""
    return min(needed, measure if measure <= _SHORT else max(_SHORT, measure * _NARROWEST // 100))


def _of_heading(heading: str) -> int:
    """Return the pixels of a heading, which may wrap once where a longer one has several words."""
    words = heading.replace("（", " （").split(" ")
    longest, whole = max(map(_pixels, words)), _pixels(heading)
    return max(64, longest + _MARGIN, min(whole, whole // 2 + 30) + _MARGIN)


def _pixels(words: str) -> int:
    return sum(_LATIN if sign < "\u2e80" else _CHINESE for sign in words)
