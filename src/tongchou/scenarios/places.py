"""Single figures of a scenario file, each read exactly and noted where it is wrong."""

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Source
from tongchou.core.money import format_e4, ratio_to_e4, yuan_to_fen
from tongchou.core.text import Text
from tongchou.policy.cursor import Cursor


def ratio_e4(place: Cursor, least_e4: int | None = None, most_e4: int | None = None) -> int | None:
    """Return a ratio x 10,000 between two bounds (both inclusive); None after noting what is wrong."""
    number = place.number()
    if number is None:
        return None
    try:
        ratio = ratio_to_e4(number)
    except TongchouError as error:
        place.note("scenarios.too_fine", error.what, error.why, error.remedy)
        return None
    if (least_e4 is None or ratio >= least_e4) and (most_e4 is None or ratio <= most_e4):
        return ratio
    low = "-" if least_e4 is None else format_e4(least_e4)
    high = "-" if most_e4 is None else format_e4(most_e4)
    _note_range(place, str(number), low, high)
    return None


def fen(place: Cursor) -> int | None:
    """Return an amount in yuan as fen, not below zero; None after noting what is wrong."""
    number = place.number()
    if number is None:
        return None
    try:
        amount = yuan_to_fen(number)
    except TongchouError as error:
        place.note("scenarios.too_fine", error.what, error.why, error.remedy)
        return None
    if amount < 0:
        _note_range(place, str(number), "0", "-")
        return None
    return amount


def whole(place: Cursor, least: int, most: int) -> int | None:
    """Return a whole number between two bounds (both inclusive); None after noting what is wrong."""
    number = place.number()
    if number is None:
        return None
    if number == number.to_integral_value() and least <= number <= most:
        return int(number)
    _note_range(place, str(number), f"{least:,}", f"{most:,}")
    return None


def source(place: Cursor) -> Source | None:
    """Return where a figure comes from: `title`, and where there are any `number`, `article`, `url`."""
    optional = ("number", "article", "url")
    places = place.mapping(("title",), optional)
    if places is None:
        return None
    words = {key: places[key].words() for key in ("title", *optional) if key in places}
    if not all(words.values()):
        return None
    return Source(**{key: word for key, word in words.items() if word})


def _note_range(place: Cursor, number: str, low: str, high: str) -> None:
    place.note(
        "scenarios.out_of_range",
        Text(f"数值 {number} 超出允许范围", f"the value {number} is out of range"),
        Text(f"允许范围为 {low} 至 {high}（含两端）", f"it lies between {low} and {high}, both inclusive"),
        Text("核对单位与数值（比率写 0.05，不写 5）", "check unit and value (a ratio is 0.05, not 5)"),
    )
