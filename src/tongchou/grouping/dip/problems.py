"""The sentences in which this room refuses: rules, operation expressions, cases, catalogues."""

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text


def rules_problem(where: str, why: Text) -> TongchouError:
    """Return the refusal of a setting in a rules file."""
    return TongchouError(
        "grouping.dip_rules",
        what=Text("DIP 规则文件不能用", "the DIP rules cannot be used"),
        where=where,
        why=why,
        remedy=Text("按 docs/dip.md 改正该项", "mend the setting as docs/dip.md says"),
    )


def expression_problem(text: str, why: Text) -> TongchouError:
    """Return the refusal of an operation expression."""
    return TongchouError(
        "grouping.dip_expression",
        what=Text("手术操作表达式无法读懂", "the operation expression cannot be read"),
        where=text,
        why=why,
        remedy=Text(
            "“+”表示都要有，“/”表示有其一，可加括号，例如 47.01+(54.21/54.51)",
            "write + for all of, / for any of, parentheses where needed, e.g. 47.01+(54.21/54.51)",
        ),
    )


def cases_problem(where: str, why: Text, remedy: Text) -> TongchouError:
    """Return the refusal of a set of cases."""
    return TongchouError(
        "grouping.dip_cases",
        what=Text("这批病例不能用于 DIP", "these cases cannot be used for DIP"),
        where=where,
        why=why,
        remedy=remedy,
    )


def catalogue_problem(where: str, why: Text) -> TongchouError:
    """Return the refusal of a catalogue's folder or table."""
    return TongchouError(
        "grouping.dip_catalogue",
        what=Text("DIP 目录库不能用", "the DIP catalogue cannot be used"),
        where=where,
        why=why,
        remedy=Text(
            "重新测算目录库，或按 docs/dip.md 改正该表",
            "build the catalogue again, or mend the table as docs/dip.md says",
        ),
    )
