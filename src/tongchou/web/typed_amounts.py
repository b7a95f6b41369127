"""Amounts as people type them: in yuan, with commas or without."""

from decimal import Decimal, InvalidOperation

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

_MOST_YUAN = Decimal(10**12)


def fen_typed(words: str) -> int:
    """Return an amount typed in yuan as fen.

    Raises:
        TongchouError: `web.amount` if it is none, or finer than a fen.
    """
    try:
        yuan = Decimal(words.strip().replace(",", ""))
    except InvalidOperation:
        raise _no_amount(words) from None
    if not yuan.is_finite() or not 0 <= yuan <= _MOST_YUAN or yuan * 100 != int(yuan * 100):
        raise _no_amount(words)
    return int(yuan * 100)


def _no_amount(words: str) -> TongchouError:
    return TongchouError(
        "web.amount",
        what=Text("金额无法识别", "this is no amount"),
        where=words[:40] or "-",
        why=Text("金额以元为单位，最多两位小数", "it is in yuan, with two decimals at most"),
        remedy=Text("例如 12345.67", "for example 12345.67"),
    )
