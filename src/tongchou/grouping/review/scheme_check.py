"""What real tables get wrong: a scheme checked for what it says, not only for whether it can be read."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from tongchou.grouping.review.check_codes import CodeCheck
from tongchou.grouping.review.check_groups import group_findings
from tongchou.grouping.review.check_reach import ReachCheck
from tongchou.grouping.review.condition_logic import ConditionLogic
from tongchou.grouping.review.findings import Finding, in_order_of_weight
from tongchou.grouping.review.list_codes import ListCodes
from tongchou.grouping.schemes.code_set import CodeSet
from tongchou.grouping.schemes.scheme import Kind, Scheme
from tongchou.grouping.schemes.tables import SchemeTables


def check_scheme(
    tables: SchemeTables,
    scheme: Scheme,
    *,
    code_set: CodeSet | None = None,
    weights: Mapping[str, Decimal] | None = None,
) -> list[Finding]:
    """Return what is wrong or doubtful in a scheme that can be read, the gravest first.

    Args:
        tables: The whole scheme as written (`library.find_whole_tables`).
        scheme: The same, made of the tables.
        code_set: The code edition that it is written in; without it, no code is looked up.
        weights: The weight of each DRG; without them, none is missed.
    """
    editions: dict[Kind, Iterable[str]] = {kind: code_set.codes(kind) for kind in ("dx", "op")} if code_set else {}
    logic = ConditionLogic(ListCodes(scheme, editions).of_fact)
    return in_order_of_weight(
        [
            *ReachCheck(scheme, logic).findings(),
            *group_findings(tables, scheme, weights),
            *CodeCheck(tables, scheme, logic, code_set).findings(),
        ]
    )
