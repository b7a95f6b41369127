"""What is in the lake and waits for something else to come, counted."""

import polars as pl

from tongchou.intake.deliveries.report import Waiting
from tongchou.intake.lake_rows import rows_of
from tongchou.schema.link_tables import WAITING_DOCUMENTS
from tongchou.schema.list_tables import DOCUMENTS, LIST_TABLES
from tongchou.store.lake import Lake

_LISTS = LIST_TABLES["settlement_lists"]
_REPLIES = LIST_TABLES["settlement_replies"]
_LINES = LIST_TABLES["list_fee_lines"]


def holds_documents(lake: Lake) -> bool:
    """Return whether documents were ever taken in, or wait."""
    return not {DOCUMENTS.name, WAITING_DOCUMENTS.name}.isdisjoint(lake.snapshot().versions)


def waiting_now(lake: Lake) -> Waiting:
    """Count lists that lack a part, and parts whose list has not come."""
    snapshot = lake.snapshot()
    lists = rows_of(lake, snapshot, _LISTS)
    replies = rows_of(lake, snapshot, _REPLIES).join(
        lists.select("settlement_number").unique(), on="settlement_number", how="anti"
    )
    lines = rows_of(lake, snapshot, _LINES)
    named = lines.filter(pl.col("visit_number").is_not_null())
    alone = named.join(lists.select("visit_number").unique(), on="visit_number", how="anti")
    nameless = lines.filter(pl.col("visit_number").is_null())
    stray = nameless.join(named.select("line_number").unique(), on="line_number", how="anti")
    counts = [each.select(pl.len()) for each in (rows_of(lake, snapshot, WAITING_DOCUMENTS), replies, alone, stray)]
    waiting, without_list, without_lists, strays = (int(each.item()) for each in pl.collect_all(counts))
    return Waiting(waiting, without_list, without_lists + strays)
