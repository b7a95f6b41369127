"""Where a list by time goes on, as a word that callers hand back."""

from datetime import UTC, datetime

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.listed import Place


def cursor_of(at: datetime, key: str) -> str:
    """Return the word for the place behind a record."""
    return f"{at.isoformat()}|{key}"


def place_of(cursor: str | None) -> Place | None:
    """Return the place that a word stands for; None where the list begins.

    Raises:
        TongchouError: `workplace.bad_cursor` if it is none of ours.
    """
    if cursor is None:
        return None
    moment, _, key = cursor.partition("|")
    try:
        at = datetime.fromisoformat(moment).astimezone(UTC)
    except (ValueError, OverflowError):
        raise bad_cursor() from None
    if not key:
        raise bad_cursor()
    return at, key


def bad_cursor() -> TongchouError:
    """Return the error for a place in a list that no page gave."""
    return TongchouError(
        "workplace.bad_cursor",
        what=Text("翻页位置无法识别", "the place in the list cannot be read"),
        where="cursor",
        why=Text("它不是本列表给出的", "this list did not give it"),
        remedy=Text("从第一页重新开始", "begin with the first page again"),
    )
