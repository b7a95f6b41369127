"""Parameters that choose a rule by its name: the refusal of a name that no rule has."""

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text


def unknown_choice(parameter: str, choice: str) -> TongchouError:
    """Return the error of a text parameter whose value names no rule that is known."""
    return TongchouError(
        "payment.unknown_choice",
        what=Text(f"不认识的取值 {choice!r}", f"the value {choice!r} names no rule"),
        where=parameter,
        why=Text("该参数只能取文档列出的值", "the parameter takes only the values listed in its file"),
        remedy=Text("改正政策文件中的取值", "correct the value in the policy file"),
    )
