"""A parameter's value: read exactly, checked against the declaration, scaled to whole numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tongchou.core.errors import TongchouError
from tongchou.core.money import format_e4, ratio_to_e4, yuan_to_fen
from tongchou.core.text import Text
from tongchou.policy.cursor import Cursor
from tongchou.policy.parameter import DEFAULT_KEY, Dimension, Parameter, Unit


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; 0.6 and 0.60 are the same.

    Attributes:
        written: The value as written in the file.
        exact: Fen for yuan, value x 10,000 for ratio and points, the whole number for days, count and whole,
            the text for text.
    """

    written: str = field(compare=False)
    exact: int | str


@dataclass(frozen=True, slots=True)
class Bands:
    """A ratio that differs by bands of some figure: a weight, a rate, a score.

    Attributes:
        slices: `(lower_e4, upper_e4, ratio_e4)` in ascending order without gaps, the first from 0, the last
            without an upper bound (None). Bounds are the figure x 10,000.
        includes_upper: True where a figure equal to an upper bound belongs to the band below it (`up_to` in
            the file), False where it belongs to the band above (`below` in the file).
    """

    slices: tuple[tuple[int, int | None, int], ...]
    includes_upper: bool

    def at(self, value_e4: int) -> int:
        """Return the ratio x 10,000 for a figure x 10,000.

        >>> bands = Bands(((0, 10_000, 30_000), (10_000, None, 20_000)), includes_upper=True)
        >>> bands.at(10_000), bands.at(10_001)
        (30000, 20000)

        Raises:
            TongchouError: `policy.below_bands` for a negative figure.
        """
        if value_e4 < 0:
            raise TongchouError(
                "policy.below_bands",
                what=Text("数值落在所有分档之外", "the figure lies outside all bands"),
                where=format_e4(value_e4),
                why=Text("分档自零开始", "bands begin at zero"),
                remedy=Text("检查该数值是否应为负", "check whether the figure should be negative"),
            )
        reach = value_e4 if self.includes_upper else value_e4 + 1
        return next(ratio for _, upper, ratio in self.slices if upper is None or reach <= upper)

    @property
    def written(self) -> str:
        """The bands in one line: `≤0.05: 1; ≤0.1: 0.6; rest: 0`."""
        sign = "≤" if self.includes_upper else "<"
        return "; ".join(
            f"{'rest' if upper is None else sign + _short(upper)}: {_short(ratio)}" for _, upper, ratio in self.slices
        )


def _short(e4: int) -> str:
    return f"{Decimal(e4).scaleb(-4).normalize():f}"


Value = Scalar | Bands | Mapping[str, "Value"]
"""A value: single, banded, or a mapping by the outermost dimension."""


def written(value: Value) -> str:
    """Return a value in one line, as an officer would write it: `{tertiary: 1.1, default: 1}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {written(inner)}" for key, inner in value.items()) + "}"
    return value.written


def read_value(place: Cursor, parameter: Parameter) -> Value | None:
    """Return the value at a place, or None where it has problems (noted at their places)."""
    return _by_dimension(place, parameter, parameter.dimensions)


def _by_dimension(place: Cursor, parameter: Parameter, dimensions: tuple[Dimension, ...]) -> Value | None:
    if not dimensions:
        return _scalar(place, parameter) if parameter.bands_over is None else _bands(place, parameter)
    outer, *rest = dimensions
    if not isinstance(place.raw, dict):
        _note_shape(place, Text(f"此值须按 {outer.name} 分列", f"the value must be given by {outer.name}"))
        return None
    values = {}
    for key, inner in (place.entries() or {}).items():
        if key != DEFAULT_KEY and not outer.has_value(key):
            choices = (*(outer.values or ()), DEFAULT_KEY)
            _note_shape(
                inner,
                Text(
                    f"{outer.name} 没有“{key}”，可用 {'、'.join(choices)}",
                    f"{outer.name} has no '{key}'; it has {', '.join(choices)}",
                ),
            )
        value = _by_dimension(inner, parameter, tuple(rest))
        if value is not None:
            values[key] = value
    return values


def _scalar(place: Cursor, parameter: Parameter) -> Scalar | None:
    if isinstance(place.raw, dict | list):
        _note_shape(place, Text("此处应为一个值", "one value is expected here"))
        return None
    if parameter.unit is Unit.TEXT:
        words = place.one_of(parameter.choices) if parameter.choices else place.words()
        return None if words is None else Scalar(words, words)
    number = place.number()
    if number is None or not _is_within_bounds(place, number, parameter):
        return None
    exact = _exact(place, number, parameter.unit)
    return None if exact is None else Scalar(str(number), exact)


def _bands(place: Cursor, parameter: Parameter) -> Bands | None:
    items = place.items()
    if not items:
        if items is not None:
            _note_shape(place, Text("分档不能为空", "there must be at least one band"))
        return None
    words = [_bound_word(item) for item in items]
    if words[-1] != "above" or "above" in words[:-1] or len(set(words[:-1])) > 1:
        _note_shape(
            place,
            Text(
                "末档写 above: rest，其余各档统一写 up_to（含上限）或 below（不含）",
                "the last band says above: rest, the others all up_to (inclusive) or all below (exclusive)",
            ),
        )
        return None
    slices: list[tuple[int, int | None, int]] = []
    lower = 0
    for item, word in zip(items, words, strict=True):
        entries = item.mapping((word, "value"))
        ratio = _scalar(entries["value"], parameter) if entries else None
        if entries is None or ratio is None:
            return None
        upper = entries[word].one_of(("rest",)) if word == "above" else _upper(entries[word], lower)
        if upper is None:
            return None
        slices.append((lower, upper if isinstance(upper, int) else None, int(ratio.exact)))
        lower = upper if isinstance(upper, int) else lower
    return Bands(tuple(slices), includes_upper="below" not in words)


def _bound_word(item: Cursor) -> str:
    keys = item.raw if isinstance(item.raw, dict) else ()
    return next((word for word in ("up_to", "below") if word in keys), "above")


def _upper(place: Cursor, lower: int) -> int | None:
    number = place.number()
    upper = None if number is None else _exact(place, number, Unit.RATIO)
    if upper is not None and upper <= lower:
        _note_shape(place, Text("各档上限须大于零并逐档增大", "upper bounds must be positive and ascend"))
        return None
    return upper


def _exact(place: Cursor, number: Decimal, unit: Unit) -> int | None:
    try:
        if unit is Unit.YUAN:
            return yuan_to_fen(number)
        if unit in (Unit.RATIO, Unit.POINTS):
            return ratio_to_e4(number)
    except TongchouError as error:
        place.note("policy.too_fine", error.what, error.why, error.remedy)
        return None
    if number != number.to_integral_value():
        place.note(
            "policy.too_fine",
            Text(f"数值 {number} 不是整数", f"the value {number} is not a whole number"),
            Text(f"单位 {unit} 只取整数", f"the unit {unit} takes whole numbers only"),
            Text("改为整数", "write a whole number"),
        )
        return None
    return int(number)


def _is_within_bounds(place: Cursor, number: Decimal, parameter: Parameter) -> bool:
    low, high = parameter.minimum, parameter.maximum
    if (low is None or number >= low) and (high is None or number <= high):
        return True
    range_zh = f"{'不限' if low is None else low} 至 {'不限' if high is None else high}"
    range_en = f"{'any' if low is None else low} to {'any' if high is None else high}"
    place.note(
        "policy.out_of_bounds",
        Text(f"数值 {number} 超出允许范围", f"the value {number} is out of bounds"),
        Text(f"允许范围为 {range_zh}（含两端）", f"the bounds are {range_en}, both inclusive"),
        Text("核对单位与数值（比率写 0.95，不写 95）", "check unit and value (a ratio is 0.95, not 95)"),
    )
    return False


def _note_shape(place: Cursor, why: Text) -> None:
    place.note(
        "policy.wrong_shape",
        Text("值的结构不对", "the value has the wrong shape"),
        why,
        Text("按参数声明的维度与分档改写", "write it by the dimensions and bands that the parameter declares"),
    )
