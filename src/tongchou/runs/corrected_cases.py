"""The corrections of a case, as facts of its explanation."""

from typing import Any

import narwhals as nw

from tongchou.core.explanation import Fact
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.schema.correction_tables import CORRECTIONS
from tongchou.store.engine import Engine
from tongchou.store.lake import Lake

_SHOWN = ("list_id", "version", "corrected_on", "kind", "run_id", "replaced_by", "superseded_by", "difference_fen")


def correction_facts(lake: Lake, engine: Engine, case_id: str, batches: tuple[str, ...], total_fen: int) -> list[Fact]:
    """Return what was corrected of a case, the first first.

    Args:
        lake: The lake, as it is now.
        engine: Reads it.
        case_id: The case.
        batches: The batches that the explained run read; a correction that is none of them came after it.
        total_fen: The case's total cost as the run read it.
    """
    files = lake.files(CORRECTIONS.name, lake.snapshot())
    if not files:
        return []
    rows = engine.scan(files, CORRECTIONS.arrow_schema)
    about = rows.filter((nw.col("case_id") == case_id) | (nw.col("replaced_by") == case_id)).select(*_SHOWN)
    found = engine.collect(about.sort("corrected_on", "version")).to_pylist()
    read = [row["superseded_by"] in batches for row in found]
    # The totals on both sides of each correction follow from that which the run read.
    before = total_fen - sum(row["difference_fen"] for row, is_read in zip(found, read, strict=True) if is_read)
    facts = []
    for row, is_read in zip(found, read, strict=True):
        after = before + row["difference_fen"]
        facts.append(_fact(row, before, after, is_read=is_read))
        before = after
    return facts


def _fact(row: dict[str, Any], before_fen: int, after_fen: int, *, is_read: bool) -> Fact:
    paid = row["run_id"]
    since = Text("", "") if is_read else Text("（本次结算之后）", " (after this run)")
    if row["kind"] == "withdraws":
        name = Text(f"于 {row['corrected_on']} 撤回{since.zh}", f"withdrawn on {row['corrected_on']}{since.en}")
        return Fact(name, f"{format_yuan(before_fen)}" + (f", {paid}" if paid else ""))
    name = Text(
        f"于 {row['corrected_on']} 更正{since.zh}，原总额 → 新总额",
        f"corrected on {row['corrected_on']}{since.en}, the total was → is",
    )
    value = f"{format_yuan(before_fen)} → {format_yuan(after_fen)}"
    return Fact(name, value + (f", {paid}" if paid else ""))
