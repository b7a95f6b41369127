"""What can be wrong with a pack of checks; each names the file and the line."""

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

_CORRECT = Text(
    "更正检查包中的这一处；可用的写法见 docs/checks.md",
    "correct it in the pack of checks; docs/checks.md says how it is written",
)


def pack_problem(where: str, why: Text) -> TongchouError:
    """Return the error for an entry of a pack that cannot be read."""
    return TongchouError(
        "intake.check_pack",
        what=Text("检查包有误", "the pack of checks has a fault"),
        where=where,
        why=why,
        remedy=_CORRECT,
    )


def unknown_check(where: str, check: str, known: str) -> TongchouError:
    """Return the error for a change to a check that there is not."""
    return TongchouError(
        "intake.unknown_check",
        what=Text(f"没有编号为 {check} 的检查", f"there is no check {check}"),
        where=where,
        why=Text(
            f"changes 只能改动已有的检查；相近的编号：{known}", f"changes alter checks that exist; near it: {known}"
        ),
        remedy=Text(
            "更正编号，或在 checks 之下写成一项完整的新检查",
            "correct the id, or write it out under checks as a check of its own",
        ),
    )


def sql_problem(where: str, check: str, reason: str) -> TongchouError:
    """Return the error for a check whose SQL cannot be run."""
    return TongchouError(
        "intake.check_sql",
        what=Text(f"检查 {check} 的 SQL 无法执行", f"the SQL of check {check} cannot be run"),
        where=where,
        why=Text.plain(reason.strip().splitlines()[0] if reason.strip() else "?"),
        remedy=Text(
            "更正该检查的 when、rows、fails、value 或 expected；列名见 docs/checks.md",
            "correct its when, rows, fails, value or expected; docs/checks.md lists the columns",
        ),
    )


def no_folder(where: str) -> TongchouError:
    """Return the error for a folder of checks that is not there."""
    return TongchouError(
        "intake.no_check_pack",
        what=Text("找不到检查包", "there is no such pack of checks"),
        where=where,
        why=Text("该目录不存在或其中没有 yaml 文件", "the folder does not exist or holds no yaml file"),
        remedy=Text("检查目录的拼写", "check how the folder is written"),
    )
