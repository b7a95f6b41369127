"""The whole line on every engine: the same counts, the same hashes, the same files."""

import json
import shutil
from pathlib import Path

import pytest
from tests.backends.conftest import spark_is_missing

from tongchou.intake import IntakeReport, take_in
from tongchou.runs.order import Order
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Period, open_region
from tongchou.runs.settle import settle
from tongchou.store.engines import open_engine


def _settled(landing: Path, folder: Path, engine_name: str) -> tuple[IntakeReport, RunRecord]:
    shutil.copytree(landing, folder)
    _spoil(folder / "landing")
    region = open_region(folder)
    with open_engine(engine_name) as engine:
        report = take_in([folder / "landing"], region.lake, engine)
        return report, settle(Order(region, Period(2025)), engine)


def _spoil(landing: Path) -> None:
    """Add rows that must be set aside, so that both engines show what they refuse."""
    header = "case_id,category,amount_fen\n"
    (landing / "fees-faulty.csv").write_text(header + "C9999999999,bed,100\nC9999999998,bed,-5\n", encoding="utf-8")


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.skipif(spark_is_missing() is not None, reason=str(spark_is_missing()))
def test_duckdb_and_spark_take_in_and_settle_to_the_same_bytes(landing: Path, tmp_path: Path) -> None:
    duckdb_report, duckdb_record = _settled(landing, tmp_path / "duckdb", "duckdb")
    spark_report, spark_record = _settled(landing, tmp_path / "spark", "spark")
    assert json.dumps(duckdb_report.as_json(), sort_keys=True) == json.dumps(spark_report.as_json(), sort_keys=True)
    assert duckdb_report.set_aside_count == 2
    assert duckdb_record.table_hashes == spark_record.table_hashes
    assert duckdb_record == spark_record
