"""A small sound batch, and a counter to hand it in at."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tongchou.intake import IntakeReport, take_in
from tongchou.intake.files import open_files
from tongchou.intake.staging import stage
from tongchou.schema.contract import Table
from tongchou.schema.results import FINDINGS
from tongchou.schema.tables import INPUT_TABLES
from tongchou.store.duckdb_engine import DuckDBEngine
from tongchou.store.engine import Engine
from tongchou.store.lake import Lake

Row = dict[str, str]
Rows = dict[str, list[Row]]

SOUND = {
    "institutions": """
        institution_id,valid_from,valid_until,name_zh,name_en,level,kind,area_id,bed_count
        H1,2020-01-01,,甲县人民医院（东区）,County Hospital,secondary,general_hospital,A1,500
        H2,2020-01-01,2030-12-31,乙镇卫生院,Township Centre,primary,township_centre,A1,40
    """,
    "persons": """
        person_id,sex,born_on,insurance_type,area_id,chronic_diseases
        P1,male,1950-03-01,employee,A1,hypertension|diabetes
        P2,female,1980-07-09,resident,A1,
    """,
    "cases": """
        case_id,person_id,institution_id,insurance_type,sex,age_years,age_days,birth_weight_g,department,admission_route,admitted_on,discharged_on,settled_on,los_days,discharge_way,icu_hours,ventilator_hours,total_fen,self_paid_fen,first_self_pay_fen,over_limit_fen
        C1,P1,H1,employee,male,74,,,内科,emergency,2025-01-01,2025-01-05,2025-01-06,4,home,0,0,30000,0,0,0
        C2,P2,H2,resident,female,44,,,外科,outpatient,2025-02-03,2025-02-03,2025-02-03,1,transfer,0,0,5000,100,0,0
    """,
    "diagnoses": """
        case_id,seq,code
        C1,1,I63.900
        C1,2,I10.x00
        C2,1,A01.000x005
    """,
    "procedures": """
        case_id,seq,code
        C1,1,99.1000x001
    """,
    "fees": """
        case_id,category,amount_fen
        C1,bed,10000
        C1,western_medicine,20000
        C2,consultation,5000
    """,
    "fee_items": """
        case_id,line_no,category,item_code,charged_on,quantity_e4,unit_price_fen,amount_fen
        C1,1,bed,b1,2025-01-01,10000,10000,10000
        C1,2,western_medicine,m1,2025-01-02,30000,10000,30000
        C1,3,western_medicine,m1,2025-01-03,-10000,10000,-10000
    """,
}


@dataclass(frozen=True)
class Checked:
    """What the checks of single rows made of a file."""

    kept: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    row_count: int

    def finding(self, code: str) -> dict[str, Any]:
        (found,) = [row for row in self.findings if row["code"] == code]
        return found


@dataclass(frozen=True)
class Counter:
    """Where files are handed in."""

    root: Path
    engine: Engine

    @property
    def lake(self) -> Lake:
        return Lake(self.root / "lake")

    @property
    def landing(self) -> Path:
        folder = self.root / "landing"
        folder.mkdir(exist_ok=True)
        return folder

    def take(self, rows: Mapping[str, Sequence[Row]], name: str = "1") -> IntakeReport:
        """Hand in one CSV file per table."""
        return take_in([self.write(table, listed, name) for table, listed in rows.items()], self.lake, self.engine)

    def write(self, table: str, rows: Sequence[Row], name: str = "1", encoding: str = "utf-8") -> Path:
        file = self.landing / f"{table}-{name}.csv"
        with file.open("w", encoding=encoding, newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return file

    def held(self, table: Table) -> list[dict[str, Any]]:
        """Return the rows of a table in the lake, by key."""
        files = self.lake.files(table.name, self.lake.snapshot())
        if not files:
            return []
        rows = pa.concat_tables([pq.read_table(file).cast(table.arrow_schema) for file in files]).to_pylist()
        return sorted(rows, key=lambda row: [str(row[name]) for name in table.key])

    def keys(self, table: Table) -> list[str]:
        """Return the keys of a table in the lake."""
        return ["|".join(str(row[name]) for name in table.key) for row in self.held(table)]

    def findings(self, code: str | None = None) -> list[dict[str, Any]]:
        """Return the findings in the lake, of one code or all."""
        return [row for row in self.held(FINDINGS) if code in (None, row["code"])]


@pytest.fixture(scope="session")
def duckdb_engine() -> Iterator[Engine]:
    engine = DuckDBEngine("500MB")
    yield engine
    engine.close()


@pytest.fixture
def counter(tmp_path: Path, duckdb_engine: Engine) -> Counter:
    return Counter(tmp_path, duckdb_engine)


@pytest.fixture(scope="session")
def counter_at() -> Callable[[Path, Engine], Counter]:
    """Return a function that opens another counter."""
    return Counter


@pytest.fixture(scope="session")
def check_path() -> Callable[[Path], Checked]:
    """Return a function that gives what the checks of single rows make of a file."""
    return check_file


@pytest.fixture(scope="session")
def sound_rows() -> Callable[[], Rows]:
    """Return a function that makes a batch without a fault: two stays, one of them with fee lines."""
    return lambda: {name: parse(text) for name, text in SOUND.items()}


@pytest.fixture
def sound(sound_rows: Callable[[], Rows]) -> Rows:
    """A batch without a fault, to be changed by the test."""
    return sound_rows()


@pytest.fixture
def check(counter: Counter) -> Callable[..., Checked]:
    """Return a function that hands in rows of one table and gives what the checks of single rows make of them."""

    def check_one(name: str, rows: Sequence[Row]) -> Checked:
        return check_file(counter.write(name, rows))

    return check_one


def check_file(file: Path) -> Checked:
    (opened,) = open_files([file])
    folder = file.parent.parent / "staged"
    folder.mkdir(exist_ok=True)
    staged = stage(opened.table, [opened], folder, lambda rows: None)
    kept, found = (pq.read_table(path).to_pylist() for path in (staged.rows_file, staged.findings_file))
    assert len(kept) == staged.row_count - staged.set_aside_count
    return Checked(kept, found, staged.row_count)


@pytest.fixture(scope="session")
def tables() -> dict[str, Table]:
    return {table.name: table for table in INPUT_TABLES}


def parse(text: str) -> list[Row]:
    return list(csv.DictReader(line.strip() for line in text.strip().splitlines()))
