"""Files prepared: their documents laid down without identity, checked one by one, waiting to be taken in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from tongchou.intake.deliveries.members import Members
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.staging import Staged

_LINES = "list_fee_lines"

REGISTER = {
    DOCUMENT: pl.Int64,
    "place": pl.String,
    "document": pl.String,
    "transaction": pl.String,
    "list_id": pl.String,
    "institution_id": pl.String,
    "case_id": pl.String,
    "content": pl.String,
    "is_sound": pl.Boolean,
    "is_withdrawal": pl.Boolean,
    "waits": pl.Boolean,
    "person_id": pl.String,
    "case_number_id": pl.String,
    "admitted_on": pl.Date,
    "discharged_on": pl.Date,
}
"""A row per document, broken ones too: what it is, what was made of it, whether it stands by itself."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What became of a file, or of several that go together, before it is taken in.

    Attributes:
        members: The files.
        register: A row per document, of the schema `REGISTER`.
        tables: Rows of sound documents by document table, with `_document`, and of those that wait, as they came.
        staged: Core rows of sound documents by table.
        origins: For each core table the document of each row, by its number less one.
        findings: Findings, of the schema `LANDED`.
        ignored: Of each file names in its format that no field is known for, with how often they were met.
        unmapped: Of each file codes that no map leads to a known one, of the schema `code_maps.applying.UNMAPPED`.
        completed: What documents were completed from, of the schema `parts.COMPLETED`; None where no case can be made.
        completed_from: The version of each table that documents were completed from.
        field_counts: The fields of lists and front pages, of the schema `field_counts.COUNTED`; None where there are
            none.
    """

    members: Members
    register: Path
    tables: Mapping[str, Path]
    staged: Mapping[str, Staged]
    origins: Mapping[str, Path]
    findings: Path
    ignored: tuple[Mapping[str, int], ...]
    unmapped: tuple[pl.DataFrame, ...]
    completed: Path | None = None
    completed_from: Mapping[str, int] = field(default_factory=dict)
    field_counts: Path | None = None


@dataclass(slots=True)
class LaidDown:
    """Frames laid down piece by piece, a Parquet file for each name."""

    folder: Path
    _writers: dict[str, pq.ParquetWriter] = field(default_factory=dict)

    def add(self, name: str, rows: pl.DataFrame) -> None:
        """Append rows to a file."""
        table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
        if name not in self._writers:
            self._writers[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", table.schema, compression="lz4")
        self._writers[name].write_table(table)

    def close(self) -> dict[str, Path]:
        """Close the files and return them by name."""
        for writer in self._writers.values():
            writer.close()
        return {name: self.folder / f"{name}.parquet" for name in self._writers}


def fee_lines_of(prepared: Prepared) -> pl.DataFrame:
    """Return the fee lines of prepared documents: `_document`, `line_number`."""
    schema = {DOCUMENT: pl.Int64, "line_number": pl.String}
    if _LINES not in prepared.tables:
        return pl.DataFrame(schema=schema)
    return pl.read_parquet(prepared.tables[_LINES], columns=list(schema))


def origins(rows: Path) -> np.ndarray:
    """Return the document of each row of a core table's file."""
    numbers: np.ndarray = pq.read_table(rows, columns=[DOCUMENT])[DOCUMENT].to_numpy()
    return numbers
