"""A region's counter for documents: institutions are there, files are handed in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.intake.deliveries.plain import INSTITUTION, Document, HashPseudonymiser, PlainReader, write

from tongchou.intake import take_in
from tongchou.intake.deliveries.document_file import sort_files
from tongchou.intake.deliveries.report import DeliveryReport
from tongchou.intake.deliveries.taking_deliveries import take_deliveries
from tongchou.intake.deliveries.terms import DeliveryTerms, LinkTerms
from tongchou.store.duckdb_engine import DuckDBEngine
from tongchou.store.engine import Engine
from tongchou.store.lake import Lake

INSTITUTIONS = f"""institution_id,valid_from,valid_until,name_zh,name_en,level,kind,area_id,bed_count
{INSTITUTION},2020-01-01,,甲县人民医院,County Hospital,secondary,general_hospital,320381,500
H11010100002,2020-01-01,,乙市人民医院,City Hospital,tertiary,general_hospital,320300,900
"""


@dataclass(frozen=True)
class Desk:
    """Where documents are handed in."""

    root: Path
    engine: Engine
    terms: DeliveryTerms = field(default_factory=lambda: DeliveryTerms(HashPseudonymiser()))
    linking: Callable[[], LinkTerms] | None = None

    @property
    def lake(self) -> Lake:
        return Lake(self.root / "lake")

    def open(self) -> "Desk":
        self.root.mkdir(parents=True, exist_ok=True)
        file = self.root / "institutions.csv"
        file.write_text(INSTITUTIONS, encoding="utf-8")
        take_in([file], self.lake, self.engine)
        return self

    def hand_in(self, documents: Sequence[Document | str], name: str = "lists") -> DeliveryReport:
        return self.take(write(self.root / "landing" / f"{name}.ndjson", documents))

    def take(self, *paths: Path, jobs: int = 1, terms: DeliveryTerms | None = None) -> DeliveryReport:
        reader = PlainReader()
        found = sort_files(paths, {reader.name: reader})
        return take_deliveries(found, self.lake, self.engine, terms or self.terms, jobs=jobs, linking=self.linking)

    def rows(self, table: str) -> pl.DataFrame:
        files = self.lake.files(table, self.lake.snapshot())
        return pl.read_parquet(files) if files else pl.DataFrame()

    def dump(self) -> dict[str, list[Any]]:
        """Return every table's rows, sorted."""
        return dump(self.lake)


def dump(lake: Lake) -> dict[str, list[Any]]:
    snapshot = lake.snapshot()
    tables = {}
    for name in sorted(snapshot.versions):
        files = lake.files(name, snapshot)
        rows = pl.read_parquet(files).rows() if files else []
        tables[name] = sorted(rows, key=repr)
    return tables


@pytest.fixture(scope="session")
def duckdb_engine() -> Iterator[Engine]:
    engine = DuckDBEngine("500MB")
    yield engine
    engine.close()


@pytest.fixture
def desk(tmp_path: Path, duckdb_engine: Engine) -> Desk:
    return Desk(tmp_path, duckdb_engine).open()
