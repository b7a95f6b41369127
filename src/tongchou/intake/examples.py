"""One finding of each kind, so that a reader sees sentences and not only counts."""

from dataclasses import dataclass

import narwhals as nw

from tongchou.core.text import Text
from tongchou.schema.results import FINDINGS
from tongchou.store.engine import Engine
from tongchou.store.lake import Lake


@dataclass(frozen=True, slots=True)
class FindingKind:
    """The findings of one code in one table of a batch, with the first of them as example.

    Attributes:
        code: The fault's code.
        table_name: The table.
        count: How many findings there are.
        source: File and row of the example.
        what: What is wrong with it.
        remedy: What to do about it.
    """

    code: str
    table_name: str
    count: int
    source: str
    what: Text
    remedy: Text


def finding_kinds(lake: Lake, engine: Engine, batch_id: str) -> list[FindingKind]:
    """Return the kinds of findings of a batch, by code and table."""
    files = lake.files(FINDINGS.name, lake.snapshot())
    of_batch = engine.scan(files, FINDINGS.arrow_schema).filter(nw.col("batch_id") == batch_id)
    counted = of_batch.group_by("code", "table_name").agg(
        nw.len().cast(nw.Int64).alias("count"), nw.col("finding_id").min().alias("finding_id")
    )
    examples = of_batch.select("finding_id", "source", "what_zh", "what_en", "remedy_zh", "remedy_en")
    rows = engine.collect(counted.join(examples, on="finding_id", how="inner").sort("code", "table_name"))
    return [
        FindingKind(
            row["code"],
            row["table_name"],
            row["count"],
            row["source"],
            Text(row["what_zh"], row["what_en"]),
            Text(row["remedy_zh"], row["remedy_en"]),
        )
        for row in rows.to_pylist()
    ]
