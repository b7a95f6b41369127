"""Both engines take the same rows and find the same faults."""

import shutil

import pytest

from tongchou.schema.tables import CASES, DIAGNOSES, FEES, PERSONS
from tongchou.store.engines import open_engine

FACTS = ("finding_id", "table_name", "source", "row_key", "case_id", "handling", "code", "what_zh", "remedy_en", "row")


@pytest.fixture
def spark_engine():
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("no Java runtime")
    with open_engine("spark") as engine:
        yield engine


@pytest.mark.spark
@pytest.mark.slow
def test_spark_takes_and_finds_what_duckdb_does(tmp_path, sound, duckdb_engine, spark_engine, counter_at):
    case = sound["cases"][1]
    sound["cases"] += [case | {"case_id": "C3", "institution_id": "H9"}, dict(case), case | {"case_id": "C4"}]
    sound["diagnoses"] += [{"case_id": "C4", "seq": "1", "code": "j18.900"}, {"case_id": "C8", "seq": "1", "code": "A"}]
    sound["diagnoses"] += [{"case_id": "C9", "seq": "1", "code": "J18.900"}]
    sound["fees"] += [{"case_id": "C4", "category": "bed", "amount_fen": "4999"}]
    batch = {name: sound[name] for name in ("institutions", "persons", "cases", "diagnoses", "fees")}
    counters = [counter_at(tmp_path / engine.name, engine) for engine in (duckdb_engine, spark_engine)]
    for counter in counters:
        counter.root.mkdir()
    embedded, spark = (counter.take(batch) for counter in counters)
    assert spark == embedded
    assert embedded.findings == {
        "intake.case_set_aside": 2,
        "intake.fees_not_summing": 1,
        "intake.malformed_code": 1,
        "intake.repeated_row": 1,
        "intake.unknown_case": 1,
        "intake.unknown_institution": 1,
    }
    for table in (PERSONS, CASES, DIAGNOSES, FEES):
        assert counters[1].held(table) == counters[0].held(table)
    found = [[[row[name] for name in FACTS] for row in counter.findings()] for counter in counters]
    assert found[1] == found[0]
