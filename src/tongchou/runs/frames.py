"""The relational steps that lay out a region's tables for the kernels."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import narwhals as nw

from tongchou.core.hashing import hash_batches
from tongchou.payment.cases.stays import STAY_COLUMNS
from tongchou.runs.region import Period
from tongchou.schema.contract import Table
from tongchou.schema.results import FINDINGS
from tongchou.schema.tables import CASES, DIAGNOSES, INPUT_TABLES, INSTITUTIONS, PROCEDURES
from tongchou.store.engine import Engine, Frame
from tongchou.store.lake import Lake, Snapshot

_KEPT = frozenset((*CASES.arrow_schema.names, "diagnoses", "procedures"))


@dataclass(frozen=True, slots=True)
class Facts:
    """The tables of a region at one snapshot, on one engine."""

    engine: Engine
    lake: Lake
    snapshot: Snapshot

    def table(self, table: Table) -> Frame:
        """Return a table's rows; an empty frame where none were handed in."""
        return self.engine.scan(self.lake.files(table.name, self.snapshot), table.arrow_schema)

    def row_counts(self) -> dict[str, int]:
        """Return how many rows each input table has."""
        return {table.name: count(self.engine, self.table(table)) for table in INPUT_TABLES}


def set_aside_rows(facts: Facts) -> dict[str, int]:
    """Return how many rows of each table were set aside at intake; a row with several findings counts once."""
    aside = facts.table(FINDINGS).filter(nw.col("handling") == "set_aside")
    counted = aside.select("table_name", "batch_id", "source").unique().group_by("table_name")
    rows = facts.engine.collect(counted.agg(nw.len().cast(nw.Int64).alias("n")).sort("table_name")).to_pylist()
    return {row["table_name"]: row["n"] for row in rows}


def institutions_of(facts: Facts, period: Period) -> dict[str, dict[str, Any]]:
    """Return the record of every institution that was valid last in a period or before it, by its id."""
    records = facts.table(INSTITUTIONS).filter(nw.col("valid_from") <= period.end)
    rows = facts.engine.collect(records.sort("institution_id", "valid_from")).to_pylist()
    return {row["institution_id"]: row for row in rows}


def count(engine: Engine, frame: Frame) -> int:
    """Return how many rows a frame has."""
    return int(engine.collect(frame.select(nw.len().alias("n")))["n"][0].as_py())


def decided_cases(facts: Facts, deciding_date: str, start: date, end: date) -> Frame:
    """Return the cases whose deciding date lies in a range, both days inclusive, with it as `decided_on`."""
    decided = nw.col(deciding_date)
    return facts.table(CASES).with_columns(decided_on=decided).filter((decided >= start) & (decided <= end))


def grouping_input(facts: Facts, cases: Frame, columns: Collection[str]) -> Frame:
    """Return the cases as a grouper reads them: diagnoses and procedures as lists, principal first.

    Args:
        facts: The region's tables.
        cases: The cases to group.
        columns: What the grouper reads of a case (`Grouper.columns`); what the region does not keep is left out,
            and so unknown to the scheme.
    """
    return _laid_out(facts.engine, cases, facts.table(DIAGNOSES), facts.table(PROCEDURES), columns)


def grouping_input_of(facts: Facts, cases: Frame, case_id: str, columns: Collection[str]) -> Frame:
    """Return one of the cases as `grouping_input` returns all of them, without a look at what others have."""
    own = nw.col("case_id") == case_id
    diagnoses, procedures = (facts.table(table).filter(own) for table in (DIAGNOSES, PROCEDURES))
    return _laid_out(facts.engine, cases.filter(own), diagnoses, procedures, columns)


def _laid_out(engine: Engine, cases: Frame, diagnoses: Frame, procedures: Frame, columns: Collection[str]) -> Frame:
    diagnoses = engine.ordered_lists(diagnoses, key="case_id", order="seq", value="code")
    procedures = engine.ordered_lists(procedures, key="case_id", order="seq", value="code")
    return (
        cases.join(diagnoses.rename({"code": "diagnoses"}), on="case_id", how="left")
        .join(procedures.rename({"code": "procedures"}), on="case_id", how="left")
        .select(*(name for name in columns if name in _KEPT))
    )


def pricing_input(facts: Facts, cases: Frame, grouped: Frame, found: Sequence[Frame]) -> Frame:
    """Return the grouped cases as they are assessed, in the order of their ids.

    A case whose institution has no record valid on its deciding date has a null level.

    Args:
        facts: The region's tables.
        cases: The cases.
        grouped: Their groups.
        found: What was found out about some of them, by `case_id`: readmissions, reviews, new technologies.
    """
    institutions = facts.table(INSTITUTIONS).select("institution_id", "valid_from", "valid_until", "level")
    valid = (
        cases.select("case_id", "institution_id", "decided_on")
        .join(institutions, on="institution_id", how="inner")
        .filter(
            (nw.col("valid_from") <= nw.col("decided_on"))
            & (nw.col("valid_until").is_null() | (nw.col("valid_until") >= nw.col("decided_on")))
        )
        .select("case_id", "level")
    )
    groups = grouped.select("case_id", "status", "drg", "score_e2", "auxiliary_e4", "level_mean_fen")
    laid_out = cases.join(valid, on="case_id", how="left").join(groups, on="case_id", how="inner")
    for each in found:
        laid_out = laid_out.join(each, on="case_id", how="left")
    return laid_out.select(*STAY_COLUMNS).sort("case_id")


def occurring(facts: Facts, frame: Frame, column: str) -> tuple[str, ...]:
    """Return the distinct texts of a column, in order; nulls and empty texts left out."""
    distinct = facts.engine.collect(frame.select(column).unique().sort(column))[column].to_pylist()
    return tuple(value for value in distinct if value)


def hash_rows(engine: Engine, frame: Frame, table: Table) -> str:
    """Return the hash of a result table's rows, sorted by key, without the run's id."""
    names = [name for name in table.arrow_schema.names if name != "run_id"]
    key = [name for name in table.key if name != "run_id"]
    return hash_batches(engine.stream(frame.sort(*key).select(*names)))


def staged(engine: Engine, path: Path, table: Table) -> Frame:
    """Return the rows of a table that a run has staged in one Parquet file."""
    return engine.scan([path], table.arrow_schema)
