"""What a parameter is: its declaration, apart from its dated values."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tongchou.core.text import Text
from tongchou.policy.cursor import Cursor

DEFAULT_KEY = "default"
"""The key of a dimension mapping that answers for every value not named in it."""


class Unit(StrEnum):
    """The unit of a parameter's value, which decides how it is read and how fine it may be.

    `ratio` and `points` are read as `_e4` (four decimals), `yuan` as fen (two decimals), `days`, `count` and
    `whole` as whole numbers, `text` as text.
    """

    RATIO = "ratio"
    YUAN = "yuan"
    DAYS = "days"
    COUNT = "count"
    POINTS = "points"
    TEXT = "text"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something by which a value may differ, e.g. `level`.

    Attributes:
        name: English identifier.
        title: Name for people.
        values: The values it can take; None where any text is one (codes of institutions).
    """

    name: str
    title: Text
    values: tuple[str, ...] | None

    def has_value(self, value: str) -> bool:
        """Return whether the dimension can take the value."""
        return self.values is None or value in self.values


@dataclass(frozen=True, slots=True)
class Parameter:
    """The declaration of a parameter.

    Attributes:
        name: Path, e.g. `payment/drg/low/threshold`.
        title: Name for people.
        meaning: What the value says, in the field's words.
        unit: Unit of the value.
        dimensions: By what the value differs, outermost first; empty for a single value.
        minimum: Least allowed value, inclusive.
        maximum: Greatest allowed value, inclusive.
        choices: The allowed texts; empty where any text is allowed.
        bands_over: What the bands of a banded value are over (a weight, a rate, a score); None for a value
            without bands.
    """

    name: str
    title: Text
    meaning: Text
    unit: Unit
    dimensions: tuple[Dimension, ...]
    minimum: Decimal | None
    maximum: Decimal | None
    choices: tuple[str, ...]
    bands_over: Text | None


DECLARED = ("title", "meaning", "unit", "dimensions")
"""The keys that every declaration has."""
DECLARED_IF_NEEDED = ("bounds", "choices", "bands_over")
"""The keys that a declaration may have."""


def read_dimensions(cursor: Cursor) -> dict[str, Dimension]:
    """Return the dimensions that a pack's `dimensions.yaml` declares, by name."""
    dimensions = {}
    for name, place in (cursor.entries() or {}).items():
        entry = place.mapping(("title", "values"))
        if entry is None:
            continue
        title = entry["title"].both_languages()
        values = None if entry["values"].raw == "any" else _words(entry["values"])
        if title:
            dimensions[name] = Dimension(name, title, values)
    return dimensions


def read_parameter(name: str, places: Mapping[str, Cursor], dimensions: Mapping[str, Dimension]) -> Parameter | None:
    """Return the declaration in a parameter file, or None where it has problems (noted at their places).

    Args:
        name: Path of the parameter.
        places: The places under the keys of the file, all of `DECLARED` among them.
        dimensions: The dimensions known along the chain.
    """
    title, meaning = places["title"].both_languages(), places["meaning"].both_languages()
    unit = places["unit"].one_of(tuple(Unit))
    named = [_dimension(place, dimensions) for place in places["dimensions"].items() or ()]
    minimum, maximum = _bounds(places.get("bounds"))
    choices = _words(places["choices"]) if "choices" in places else ()
    bands_over = places["bands_over"].both_languages() if "bands_over" in places else None
    known = tuple(dimension for dimension in named if dimension)
    if not (title and meaning and unit) or len(known) < len(named):
        return None
    if not _fits_unit(Unit(unit), places):
        return None
    return Parameter(name, title, meaning, Unit(unit), known, minimum, maximum, choices, bands_over)


def _fits_unit(unit: Unit, places: Mapping[str, Cursor]) -> bool:
    allowed = {
        "choices": unit is Unit.TEXT,
        "bounds": unit is not Unit.TEXT,
        "bands_over": unit is Unit.RATIO,
    }
    wrong = [key for key, is_allowed in allowed.items() if key in places and not is_allowed]
    for key in wrong:
        places[key].note(
            "policy.wrong_shape",
            Text(f"“{key}”不能用于单位 {unit}", f"'{key}' does not go with the unit {unit}"),
            Text(
                "choices 只用于 text，bounds 只用于数值，bands_over 只用于 ratio",
                "choices go with text, bounds with numbers, bands_over with ratio",
            ),
            Text("删去该键或改正单位", "remove the key or correct the unit"),
        )
    return not wrong


def _dimension(place: Cursor, dimensions: Mapping[str, Dimension]) -> Dimension | None:
    name = place.words()
    if name is None or name in dimensions:
        return dimensions.get(name or "")
    place.note(
        "policy.unknown_dimension",
        Text(f"不认识的维度“{name}”", f"unknown dimension '{name}'"),
        Text(f"已声明的维度为 {'、'.join(dimensions)}", f"the declared dimensions are {', '.join(dimensions)}"),
        Text(
            "改正名称，或在政策包的 dimensions.yaml 中声明它",
            "correct it, or declare it in the pack's dimensions.yaml",
        ),
    )
    return None


def _bounds(place: Cursor | None) -> tuple[Decimal | None, Decimal | None]:
    entries = place.mapping((), ("minimum", "maximum")) if place else None
    minimum, maximum = ((entries or {}).get(key) for key in ("minimum", "maximum"))
    return (minimum.number() if minimum else None, maximum.number() if maximum else None)


def _words(place: Cursor) -> tuple[str, ...]:
    return tuple(words for item in place.items() or () if (words := item.words()))
