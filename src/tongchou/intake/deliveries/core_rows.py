"""The core rows of a prepared file, through the checks that rows of our own tables go through."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.intake.checked_batch import land_findings, taken_repaired_count
from tongchou.intake.deliveries.known_documents import KnownDocuments
from tongchou.intake.deliveries.prepared import Prepared, origins
from tongchou.intake.documents.derivation import CORE_TABLES
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.staging import AT, Staged
from tongchou.intake.taking_in import relate
from tongchou.intake.workbench import Workbench
from tongchou.schema.contract import Table
from tongchou.schema.tables import PERSONS
from tongchou.store.engine import Engine
from tongchou.store.lake import Lake

_NUMBER = (1 << 40) - 1
_TOLD_BY_ITS_CASE = "intake.case_set_aside"


class CoreRows:
    """The core rows of the documents of a file that may be taken, checked against each other and the lake.

    Args:
        prepared: The file.
        excluded: Documents whose core rows are left out.
        engine: Runs the checks.
        lake: The lake, its lock held.
        folder: Where intermediate results are laid.
        leaving: Cases and visits that the documents take the place of.
    """

    def __init__(
        self,
        prepared: Prepared,
        excluded: pl.Series,
        engine: Engine,
        lake: Lake,
        folder: Path,
        leaving: Sequence[str] = (),
    ) -> None:
        self._folder = folder
        self._origins = {name: origins(file) for name, file in prepared.origins.items()}
        barred = np.sort(excluded.to_numpy())
        self._barred = barred
        staged: dict[str, Staged] = {}
        for table in CORE_TABLES:
            if table.name in prepared.staged:
                here = replace(prepared.staged[table.name], table=table)
                left = self._without(here, barred)
                if table is PERSONS:
                    left = self._new_persons(left, engine, lake)
                if left.row_count:
                    staged[table.name] = left
        self._bench = Workbench(engine, lake, staged, folder, leaving)
        self.notices = relate(self._bench, lambda _step, _done, _total: None) if staged else []
        self._set_aside = {name: self._bench.set_aside(each.table) for name, each in staged.items()}
        self._staged = staged

    @property
    def refused(self) -> npt.NDArray[np.int64]:
        """The documents of which a row has a fault."""
        numbers = [
            self._documents(name, rows & _NUMBER) for name, rows in self._set_aside.items() if name != PERSONS.name
        ]
        for name, staged in self._staged.items():
            if staged.set_aside_count and name != PERSONS.name:
                numbers.append(self._of_findings(name, staged.findings_file).get_column(DOCUMENT).to_numpy())
        return np.unique(np.concatenate(numbers)) if numbers else np.empty(0, np.int64)

    def findings(self) -> pl.DataFrame:
        """Return the findings, with the number of the document; what goes with its case says nothing by itself."""
        found = []
        for name, staged in self._staged.items():
            files = [staged.findings_file] if staged.set_aside_count else []
            repaired = taken_repaired_count(self._bench, staged.table) if staged.repaired_count else 0
            if len(self._set_aside[name]) or repaired:
                files.append(self._folder / f"{name}-relations.parquet")
                land_findings(self._bench, staged.table, repaired, files[-1])
            found += [self._of_findings(name, file) for file in files]
        told = [each.filter(pl.col("code") != _TOLD_BY_ITS_CASE) for each in found]
        return pl.concat(told) if told else pl.DataFrame()

    def taken(self, person_ids: pl.Series) -> Mapping[str, tuple[Table, pa.RecordBatchReader]]:
        """Return the rows that are taken, by table; of persons those that are named."""
        readers = {}
        for name, staged in self._staged.items():
            rows = pl.read_parquet(staged.rows_file)
            is_taken = ~pl.col(AT).is_in(pl.Series(self._set_aside[name]).implode())
            if name == PERSONS.name:
                is_taken &= pl.col("person_id").is_in(person_ids.implode())
            schema = staged.table.arrow_schema
            kept = rows.filter(is_taken).select(schema.names)
            if kept.height:
                table = kept.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema)
                readers[name] = (staged.table, table.to_reader())
        return readers

    def _without(self, staged: Staged, barred: npt.NDArray[np.int64]) -> Staged:
        """Return staged rows without those of barred documents."""
        if not len(barred):
            return staged
        name = staged.table.name
        rows = pq.read_table(staged.rows_file)
        is_kept = np.isin(self._documents(name, rows[AT].to_numpy() & _NUMBER), barred, invert=True)
        found = pq.read_table(staged.findings_file)
        of_kept = np.isin(self._documents(name, _numbers(found)), barred, invert=True)
        if is_kept.all() and of_kept.all():
            return staged
        kept, told = rows.filter(pa.array(is_kept)), found.filter(pa.array(of_kept))
        set_aside = len(np.unique(_numbers(told)))
        return self._laid(staged, kept, told, set_aside)

    def _new_persons(self, staged: Staged, engine: Engine, lake: Lake) -> Staged:
        snapshot = lake.snapshot()
        files = lake.files(PERSONS.name, snapshot)
        if not files or not staged.row_count:
            return staged
        rows = pq.read_table(staged.rows_file)
        ids = pl.Series("person_id", rows["person_id"].to_pylist(), dtype=pl.String)
        held = KnownDocuments(engine, lake, snapshot).persons(ids, engine.scan(files, PERSONS.arrow_schema))
        is_new = ~ids.is_in(held.implode())
        if is_new.all():
            return staged
        found = pq.read_table(staged.findings_file)
        return self._laid(staged, rows.filter(pa.array(is_new.to_numpy())), found, staged.set_aside_count)

    def _laid(self, staged: Staged, rows: pa.Table, found: pa.Table, set_aside: int) -> Staged:
        # New names: what an engine remembers of a file must not be met at its path again.
        rows_file = self._folder / f"{staged.table.name}-left-{rows.num_rows}.parquet"
        findings_file = self._folder / f"{staged.table.name}-left-{rows.num_rows}-findings.parquet"
        pq.write_table(rows, rows_file)
        pq.write_table(found, findings_file)
        repaired = int(rows.num_rows - rows["_repairs"].null_count)
        return replace(
            staged,
            rows_file=rows_file,
            findings_file=findings_file,
            row_count=rows.num_rows + set_aside,
            set_aside_count=set_aside,
            repaired_count=repaired,
        )

    def _documents(self, name: str, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.asarray(self._origins[name][numbers - 1], np.int64)

    def _of_findings(self, name: str, file: Path) -> pl.DataFrame:
        found = pq.read_table(file)
        numbers = self._documents(name, _numbers(found))
        return pl.DataFrame(pl.from_arrow(found)).insert_column(0, pl.Series(DOCUMENT, numbers, dtype=pl.Int64))


def _numbers(found: pa.Table) -> npt.NDArray[np.int64]:
    """Return the rows that findings are about, by what their source says behind the last colon."""
    sources: Iterable[str] = found["source"].to_pylist()
    return np.array([int(source.rpartition(":")[2]) for source in sources], np.int64)
