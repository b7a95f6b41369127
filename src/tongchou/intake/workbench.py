"""The workbench: a batch's staged rows, the lake and an engine, and the faults found between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.intake.findings import LANDED_FINDINGS
from tongchou.intake.staging import AT, Staged, staged_schema
from tongchou.schema.contract import Table
from tongchou.store.engine import Engine, Frame
from tongchou.store.lake import Lake

CASE_COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("cases", "diagnoses", "procedures", "fees", "fee_items"), "case_id"),
    "visits": "visit_id",
    "referrals": "referral_id",
}
"""The core tables that a document gives rows of, and the column that says of which case, visit or referral a row is."""

FAULT_SCHEMA = pa.schema(
    [
        pa.field(AT, pa.int64()),
        *(pa.field(name, pa.string()) for name in ("_code", "_column", "_value", "_expected")),
    ]
)
"""A fault found on the engine: the staged row, and what `findings` says of it; texts are empty, never null."""


@dataclass(frozen=True, slots=True)
class Landed:
    """A frame that was computed and laid down, and its number of rows."""

    frame: Frame
    row_count: int


class Workbench:
    """What the checks across tables work on.

    Args:
        engine: Runs the checks.
        lake: Holds what was taken in before.
        staged: The tables of the batch, by name.
        folder: Where intermediate results are laid.
        leaving: Names of cases and visits whose rows the batch takes out of the lake; they are not met there.
    """

    def __init__(
        self,
        engine: Engine,
        lake: Lake,
        staged: Mapping[str, Staged],
        folder: Path,
        leaving: Sequence[str] = (),
    ) -> None:
        self.engine = engine
        self._leaving = pa.table({"_leaving": pa.array(leaving, pa.string())})
        self.staged = staged
        self._lake = lake
        self._snapshot = lake.snapshot()
        self._folder = folder
        self._faults: dict[str, list[Path]] = {name: [] for name in staged}
        self._fault_counts = dict.fromkeys(staged, 0)
        self._landed = 0

    def leave(self, names: Sequence[str]) -> None:
        """Let further cases leave: what the lake has of them is not met any more."""
        self._leaving = pa.concat_tables([self._leaving, pa.table({"_leaving": pa.array(names, pa.string())})])

    def is_known(self, table: Table) -> bool:
        """Return whether a table is in the batch or was ever handed in before, be it without rows."""
        return table.name in self.staged or table.name in self._snapshot.versions

    def is_in_batch(self, table: Table) -> bool:
        """Return whether the batch has rows of the table."""
        return table.name in self.staged and self.staged[table.name].row_count > 0

    def is_in_lake(self, table: Table) -> bool:
        """Return whether the lake has rows of the table."""
        return bool(self._lake.files(table.name, self._snapshot))

    def in_lake(self, table: Table) -> Frame:
        """Return the table's rows in the lake."""
        rows = self.engine.scan(self._lake.files(table.name, self._snapshot), table.arrow_schema)
        column = CASE_COLUMNS.get(table.name)
        if column is None or not self._leaving.num_rows:
            return rows
        return rows.join(self.engine.local(self._leaving), left_on=column, right_on="_leaving", how="anti")

    def rows(self, table: Table) -> Frame:
        """Return the table's staged rows; none where the batch does not have the table."""
        files = [self.staged[table.name].rows_file] if table.name in self.staged else []
        return self.engine.scan(files, staged_schema(table))

    def sound_rows(self, table: Table) -> Frame:
        """Return the table's staged rows in which no fault has been found so far."""
        if table.name not in self.staged or not self._faults[table.name]:
            return self.rows(table)
        return self.rows(table).join(self.faults(table).select(AT), on=AT, how="anti")

    def row_findings(self, table: Table) -> Frame:
        """Return the findings of the table's rows that were set aside while staging."""
        files = [self.staged[table.name].findings_file] if table.name in self.staged else []
        return self.engine.scan(files, LANDED_FINDINGS)

    def faults(self, table: Table) -> Frame:
        """Return the faults found in the table so far, of the schema `FAULT_SCHEMA`."""
        return self.engine.scan(self._faults.get(table.name, []), FAULT_SCHEMA)

    def has_faults(self, table: Table) -> bool:
        """Return whether any row of the table has been set aside so far, while staging or since."""
        return self.staged[table.name].set_aside_count > 0 or bool(self._faults[table.name])

    def add_faults(self, table: Table, *found: Frame) -> None:
        """Record faults that were found in the table's staged rows, each a frame that `faulty` made."""
        if not found:
            return
        file, count = self._lay_down(nw.concat(found), FAULT_SCHEMA)
        if count:
            self._faults[table.name].append(file)
            self._fault_counts[table.name] += count

    def fault_count(self, table: Table) -> int:
        """Return how many faults were recorded in the table; a row may have several."""
        return self._fault_counts[table.name]

    def land(self, frame: Frame, schema: pa.Schema) -> Landed:
        """Compute a frame once and lay it down for further use."""
        file, count = self._lay_down(frame, schema)
        return Landed(self.engine.scan([file], schema), count)

    def set_aside(self, table: Table) -> npt.NDArray[np.int64]:
        """Return the `AT` of every staged row in which a fault was found, sorted, once each."""
        columns = [pq.read_table(file, columns=[AT])[AT].to_numpy() for file in self._faults[table.name]]
        return np.unique(np.concatenate(columns)) if columns else np.empty(0, np.int64)

    def _lay_down(self, frame: Frame, schema: pa.Schema) -> tuple[Path, int]:
        self._landed += 1
        file = self._folder / f"step-{self._landed}.parquet"
        count = 0
        with pq.ParquetWriter(file, schema) as writer:
            for batch in self.engine.stream(frame.select(schema.names)):
                writer.write_batch(batch.cast(schema))
                count += batch.num_rows
        return file, count


def faulty(
    rows: Frame,
    code: nw.Expr | str,
    *,
    column: nw.Expr | str = "",
    value: str | None = None,
    expected: str | None = None,
) -> Frame:
    """Return a fault of staged rows, of the schema `FAULT_SCHEMA`.

    Args:
        rows: The faulty rows with their `AT`.
        code: The fault, a code of `faults.FAULTS`.
        column: The contract's column that the fault is shown at.
        value: The column of `rows` that holds what was found.
        expected: The column of `rows` that holds what it should agree with.
    """
    said = {"_code": code, "_column": column}
    shown = {"_value": value, "_expected": expected}
    return rows.select(
        nw.col(AT),
        *((nw.lit(text) if isinstance(text, str) else text).alias(name) for name, text in said.items()),
        *((nw.lit("") if c is None else nw.col(c).cast(nw.String)).alias(name) for name, c in shown.items()),
    )
