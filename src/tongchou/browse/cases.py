"""The cases of a run, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw

from tongchou.browse.rows import OpenRun
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.schema.results import PRICED

CaseOrder = Literal["result", "total", "fund", "case_id"]
"""The order of cases: the greatest loss first, the most costly, the best paid, or by id."""

_ORDERS: Mapping[CaseOrder, tuple[str, bool]] = {
    "result": ("hospital_result_fen", False),
    "total": ("total_fen", True),
    "fund": ("fund_fen", True),
    "case_id": ("case_id", False),
}

GREATEST_PAGE = 1_000
_MOST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are meant; what is left empty is not asked for.

    Attributes:
        institution_ids: Of these institutions.
        drg: Of this group; empty text means cases without a group.
        case_kind: Of this kind.
        month: Of this month.
        case_id: This one.
    """

    institution_ids: Sequence[str] | None = None
    drg: str | None = None
    case_kind: str | None = None
    month: str | None = None
    case_id: str | None = None


@dataclass(frozen=True, slots=True)
class CasePage:
    """A page of cases.

    Attributes:
        rows: Rows of `priced`, all of its columns.
        cursor: Where the next page begins; None at the end.
    """

    rows: tuple[Mapping[str, Any], ...]
    cursor: str | None


def case_page(run: OpenRun, chosen: CaseFilter, order: CaseOrder, size: int, cursor: str | None = None) -> CasePage:
    """Return a page of a run's priced cases.

    Pages never repeat or leave out a case, for a run's rows do not change.

    Args:
        run: The run.
        chosen: Which cases.
        order: Their order; equal ones by id.
        size: Cases of a page, at most `GREATEST_PAGE`.
        cursor: Where the page begins, as the page before said.

    Raises:
        TongchouError: `browse.bad_cursor` for a cursor of another order, or none of ours.
    """
    column, descending = _ORDERS[order]
    rows = _chosen(run, chosen)
    if cursor is not None:
        rows = rows.filter(_after(order, column, descending, cursor))
    by = ["case_id"] if order == "case_id" else [column, "case_id"]
    wanted = min(size, GREATEST_PAGE)
    ordered = rows.sort(*by, descending=[descending, False][: len(by)]).head(wanted + 1)
    found = run.engine.collect(ordered).to_pylist()
    page = found[:wanted]
    more = len(found) > wanted
    return CasePage(tuple(page), f"{order}:{page[-1][column]}:{page[-1]['case_id']}" if more else None)


def numbered_page(run: OpenRun, chosen: CaseFilter, order: CaseOrder, size: int, cursor: str | None = None) -> CasePage:
    """Return a page of a run's priced cases whose cursor tells how many came before, and names no case.

    Args:
        run: The run.
        chosen: Which cases.
        order: Their order, by an amount; equal ones by id.
        size: Cases of a page, at most `GREATEST_PAGE`.
        cursor: Where the page begins, as the page before said.

    Raises:
        TongchouError: `browse.bad_cursor` for a cursor of another order, or none of ours; `browse.order_by_id` for an
            order that would tell which ids stand behind the numbers.
    """
    column, descending = _ORDERS[order]
    if order == "case_id":
        raise TongchouError(
            "browse.order_by_id",
            what=Text("不能按清单号排序", "the order by id is not given"),
            where="order",
            why=Text(
                "清单以编号代替，按号排序会透露原号", "cases stand under a number; their order would tell the ids"
            ),
            remedy=Text("按金额排序", "order by an amount"),
        )
    first = 0 if cursor is None else _first(order, cursor)
    wanted = min(size, GREATEST_PAGE)
    rows = _chosen(run, chosen).sort(column, "case_id", descending=[descending, False]).head(first + wanted + 1)
    found = run.engine.collect(rows)[first:].to_pylist()
    return CasePage(tuple(found[:wanted]), f"{order}#{first + wanted}" if len(found) > wanted else None)


def first_number(cursor: str | None) -> int:
    """Return the number of the first case of a page that `numbered_page` gave for a cursor; the very first is 1."""
    return 1 if cursor is None else int(cursor.partition("#")[2]) + 1


def _first(order: CaseOrder, cursor: str) -> int:
    said, _, place = cursor.partition("#")
    if said != order or not (place.isascii() and place.isdecimal()) or len(place) > _MOST_DIGITS:
        raise _bad_cursor()
    return int(place)


def _chosen(run: OpenRun, chosen: CaseFilter) -> Any:  # noqa: ANN401  # a narwhals frame
    rows = run.rows(PRICED)
    if chosen.institution_ids is not None:
        rows = rows.filter(nw.col("institution_id").is_in(list(chosen.institution_ids)))
    if chosen.drg == "":
        rows = rows.filter(nw.col("weight_source") == "none")
    elif chosen.drg is not None:
        rows = rows.filter((nw.col("drg") == chosen.drg) & (nw.col("weight_source") != "none"))
    for column in ("case_kind", "month", "case_id"):
        value = getattr(chosen, column)
        if value is not None:
            rows = rows.filter(nw.col(column) == value)
    return rows


def _after(order: CaseOrder, column: str, descending: bool, cursor: str) -> nw.Expr:  # noqa: FBT001
    said, _, rest = cursor.partition(":")
    value, _, case_id = rest.partition(":")
    is_number = value.removeprefix("-").isdecimal()
    if said != order or not case_id or (order != "case_id" and not is_number):
        raise _bad_cursor()
    later = nw.col("case_id") > case_id
    if order == "case_id":
        return later
    beyond = nw.col(column) < int(value) if descending else nw.col(column) > int(value)
    return beyond | ((nw.col(column) == int(value)) & later)


def _bad_cursor() -> TongchouError:
    return TongchouError(
        "browse.bad_cursor",
        what=Text("翻页位置无法识别", "the place in the pages cannot be read"),
        where="cursor",
        why=Text("它不是本列表在同一排序下给出的", "it was not given by this list in this order"),
        remedy=Text("从第一页重新开始", "begin with the first page again"),
    )
