"""What intake brought: its batches, and the findings in them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from tongchou.core.text import Text
from tongchou.runs.region import Region
from tongchou.schema.results import FINDINGS
from tongchou.store.engine import Engine, Frame


@dataclass(frozen=True, slots=True)
class BatchLine:
    """An intake batch.

    Attributes:
        batch_id: The batch.
        sequence: Its number among the batches of the lake.
        rows: Rows taken, by table.
        finding_count: Findings in it.
    """

    batch_id: str
    sequence: int
    rows: Mapping[str, int]
    finding_count: int


@dataclass(frozen=True, slots=True)
class FindingSum:
    """The findings of one kind in a batch, with the first as example."""

    batch_id: str
    table_name: str
    code: str
    handling: str
    count: int
    what: Text
    remedy: Text


def intake_batches(region: Region, engine: Engine) -> tuple[BatchLine, ...]:
    """Return the intake batches, the newest first."""
    writes = [write for write in region.lake.batches() if write.kind == "intake"]
    counted = _findings(region, engine).group_by("batch_id").agg(nw.len().cast(nw.Int64).alias("n"))
    findings = {row["batch_id"]: row["n"] for row in engine.collect(counted).to_pylist()}
    rows: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    for write in writes:
        own = rows[write.sequence, write.batch_id]
        if write.table_name != FINDINGS.name:
            own[write.table_name] = write.row_count
    return tuple(
        BatchLine(batch_id, sequence, own, findings.get(batch_id, 0))
        for (sequence, batch_id), own in sorted(rows.items(), reverse=True)
    )


def finding_sums(region: Region, engine: Engine, batch_id: str | None = None) -> tuple[FindingSum, ...]:
    """Return the findings by batch, table and kind, the most frequent first.

    Args:
        region: The region.
        engine: Reads the lake.
        batch_id: Of this batch; of all batches if not given.
    """
    keys = ("batch_id", "table_name", "code", "handling")
    findings = _findings(region, engine)
    if batch_id is not None:
        findings = findings.filter(nw.col("batch_id") == batch_id)
    counted = findings.group_by(*keys).agg(
        nw.len().cast(nw.Int64).alias("n"),
        *(nw.col(name).min() for name in ("what_zh", "what_en", "remedy_zh", "remedy_en")),
    )
    rows = sorted(engine.collect(counted).to_pylist(), key=lambda row: (-row["n"], *(row[key] for key in keys)))
    return tuple(
        FindingSum(
            row["batch_id"],
            row["table_name"],
            row["code"],
            row["handling"],
            row["n"],
            Text(row["what_zh"], row["what_en"]),
            Text(row["remedy_zh"], row["remedy_en"]),
        )
        for row in rows
    )


def finding_page(
    region: Region,
    engine: Engine,
    batch_id: str,
    code: str | None = None,
    size: int = 100,
    after: str | None = None,
) -> Sequence[Mapping[str, Any]]:
    """Return findings of a batch by number, `size` of them behind the finding `after`."""
    rows = _findings(region, engine).filter(nw.col("batch_id") == batch_id)
    if code is not None:
        rows = rows.filter(nw.col("code") == code)
    if after is not None:
        rows = rows.filter(nw.col("finding_id") > after)
    return engine.collect(rows.sort("finding_id").head(size)).to_pylist()


def _findings(region: Region, engine: Engine) -> Frame:
    lake = region.lake
    return engine.scan(lake.files(FINDINGS.name, lake.snapshot()), FINDINGS.arrow_schema)
