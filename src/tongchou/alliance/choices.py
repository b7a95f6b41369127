"""Refusals that several rules of this room share."""

from collections.abc import Mapping

from tongchou.core.errors import TongchouError
from tongchou.core.money import E4, format_e4
from tongchou.core.text import Text


def unknown_choice(parameter: str, choice: str) -> TongchouError:
    """Return the error of a text parameter whose value names no rule that is known."""
    return TongchouError(
        "alliance.unknown_choice",
        what=Text(f"不认识的取值 {choice!r}", f"the value {choice!r} names no rule"),
        where=parameter,
        why=Text("该参数只能取文档列出的值", "the parameter takes only the values listed in its file"),
        remedy=Text("改正政策文件中的取值", "correct the value in the policy file"),
    )


def require_whole(parameter: str, shares_e4: Mapping[str, int]) -> None:
    """Refuse shares or weights that do not sum to 1.

    Raises:
        TongchouError: `alliance.shares_not_whole`.
    """
    if sum(shares_e4.values()) != E4:
        raise TongchouError(
            "alliance.shares_not_whole",
            what=Text("份额之和不等于 1", "the shares do not sum to 1"),
            where=f"{parameter}: " + ", ".join(f"{key} {format_e4(share)}" for key, share in shares_e4.items()),
            why=Text("多分或少分都会使金额对不上", "amounts would not add up"),
            remedy=Text("改正份额，使其合计为 1", "correct the shares so that they sum to 1"),
        )
