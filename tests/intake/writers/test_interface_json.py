"""Lists that are written and read again are the same, and what is sent back names fields and never persons."""

import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.readers.interface_json import READER
from tongchou.intake.readers.interface_names import LIST_NODES
from tongchou.intake.readers.reader import ReadingTerms
from tongchou.intake.writers.core_lists import core_lists
from tongchou.intake.writers.interface_json import ListTransaction, names_of, write_lists
from tongchou.intake.writers.quality_feedback import FOUND, LISTS, write_feedback
from tongchou.intake.writers.wire_values import wire_frame
from tongchou.schema.tables import CASES, DIAGNOSES, FEES, INSTITUTIONS, PERSONS, PROCEDURES

VALUES = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5).map(str.strip).map(
    lambda text: text or None
)


@st.composite
def frames(draw: st.DrawFn, transaction: ListTransaction) -> dict[str, pl.DataFrame]:
    count = draw(st.integers(1, 3))
    made: dict[str, pl.DataFrame] = {}
    for table in LIST_NODES.values():
        columns = list(names_of(table, transaction))
        places = [(number, 1) for number in range(1, count + 1)]
        if table != "settlement_lists":
            places = [(number, seq) for number in range(1, count + 1) for seq in range(1, draw(st.integers(0, 2)) + 1)]
        filled = draw(st.sets(st.sampled_from(columns), max_size=4))
        rows = [
            {DOCUMENT: number, SEQUENCE: seq, columns[0]: f"v{number}"}
            | {column: draw(VALUES) for column in sorted(filled - {columns[0]})}
            for number, seq in places
        ]
        schema = {DOCUMENT: pl.Int64, SEQUENCE: pl.Int64} | dict.fromkeys(columns, pl.String)
        made[table] = pl.DataFrame(rows, schema=schema)
    made["settlement_lists"] = made["settlement_lists"].with_columns(
        pl.format("H{}", DOCUMENT).alias("institution_id"), pl.lit("甲").alias("institution_name")
    )
    return made


@pytest.mark.parametrize("transaction", ["4101", "4101A"])
@settings(max_examples=25)
@given(data=st.data())
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, transaction: ListTransaction, data: st.DataObject
) -> None:
    made = data.draw(frames(transaction))
    file = tmp_path_factory.mktemp("written") / "lists.ndjson"
    with file.open("wb") as stream:
        assert write_lists(made, transaction, stream) == made["settlement_lists"].height
    (batch,) = READER.read(file, "lists", ReadingTerms())
    assert batch.transaction == transaction
    assert batch.broken == ()
    assert batch.ignored == {}
    absent = {"4101": "list_transfusions", "4101A": "list_payments"}[transaction]
    for table, rows in made.items():
        if table in {absent, "list_fees"} and (table == absent or transaction == "4101A"):
            continue
        assert batch.frames[table].select(rows.columns).equals(rows), table


def test_typed_values_are_written_as_the_interface_writes_them() -> None:
    rows = pl.DataFrame(
        {
            DOCUMENT: [1, 2],
            "sex": ["female", None],
            "admitted_at": [datetime.fromisoformat("2025-03-01 08:00:00"), None],
            "born_on": [date(1990, 1, 1), None],
            "ventilator_minutes": [2244, None],
            "person_own_pay_fen": [-1205, 7],
            "insurance_type": ["resident", "a_state_of_tomorrow"],
        }
    )
    written = wire_frame("settlement_lists", rows).to_dicts()
    assert written[0] == {
        DOCUMENT: 1,
        "sex": "2",
        "admitted_at": "2025-03-01 08:00:00",
        "born_on": "1990-01-01",
        "ventilator_minutes": "1/13/24",
        "person_own_pay_fen": "-12.05",
        "insurance_type": "2",
    }
    assert written[1]["person_own_pay_fen"] == "0.07"
    assert written[1]["insurance_type"] == "a_state_of_tomorrow"
    assert written[1]["ventilator_minutes"] is None
    assert written[1]["sex"] is None


def core() -> dict[str, pl.DataFrame]:
    case = {
        "case_id": "H1-S7",
        "person_id": "P1",
        "institution_id": "H1",
        "insurance_type": "employee",
        "sex": "male",
        "age_years": 74,
        "department": "A01",
        "admission_route": "emergency",
        "admitted_on": date(2025, 1, 1),
        "discharged_on": date(2025, 1, 5),
        "settled_on": date(2025, 1, 6),
        "los_days": 4,
        "discharge_way": "home",
        "icu_hours": 0,
        "ventilator_hours": 26,
        "total_fen": 300,
        "self_paid_fen": 100,
        "first_self_pay_fen": 0,
        "over_limit_fen": 0,
    }
    person = {
        "person_id": "P1",
        "sex": "male",
        "born_on": date(1950, 3, 1),
        "insurance_type": "employee",
        "area_id": "A",
    }
    place = {"institution_id": "H1", "valid_from": date(2020, 1, 1), "name_zh": "甲院", "level": "secondary"}
    rows: dict[str, tuple[Any, list[dict[str, Any]]]] = {
        "cases": (CASES, [case]),
        "persons": (PERSONS, [person]),
        "institutions": (INSTITUTIONS, [place]),
        "diagnoses": (
            DIAGNOSES,
            [{"case_id": "H1-S7", "seq": n, "code": c} for n, c in ((2, "I10.x00"), (1, "I63.9"))],
        ),
        "procedures": (PROCEDURES, [{"case_id": "H1-S7", "seq": 1, "code": "99.1000"}]),
        "fees": (FEES, [{"case_id": "H1-S7", "category": "bed", "amount_fen": 300}]),
    }
    return {name: frame(table.arrow_schema, listed) for name, (table, listed) in rows.items()}


def frame(schema: Any, rows: list[dict[str, Any]]) -> pl.DataFrame:
    import pyarrow as pa

    nullable = pa.schema([field.with_nullable(True) for field in schema])
    found = pl.from_arrow(pa.Table.from_pylist(rows, schema=nullable))
    assert isinstance(found, pl.DataFrame)
    return found


@pytest.mark.parametrize("transaction", ["4101", "4101A"])
def test_a_stay_of_the_core_tables_becomes_a_list(tmp_path: Path, transaction: ListTransaction) -> None:
    file = tmp_path / "a.json"
    with file.open("wb") as stream:
        write_lists(core_lists(core()), transaction, stream)
    (batch,) = READER.read(file, "a", ReadingTerms())
    (head,) = batch.frames["settlement_lists"].to_dicts()
    assert (head["institution_id"], head["institution_name"], head["settlement_number"]) == ("H1", "甲院", "S7")
    assert (head["admitted_at"], head["ventilator_minutes"]) == ("2025-01-01 00:00:00", "1/2/0")
    assert batch.frames["list_diagnoses"].select("code", "is_principal").rows() == [("I63.9", "1"), ("I10.x00", "0")]
    assert head["person_number"] == ("P1" if transaction == "4101A" else None)
    assert head["sex"] == ("1" if transaction == "4101" else None)
    assert batch.frames["list_fees"].height == (1 if transaction == "4101" else 0)


def test_person_numbers_are_written_only_where_they_are_revealed() -> None:
    lists = core_lists(core(), lambda pseudonyms: pseudonyms.replace({"P1": "N1"}))
    assert lists["settlement_lists"]["person_number"].to_list() == ["N1"]


def test_a_feedback_names_fields_and_no_value_that_identifies() -> None:
    lists = pl.DataFrame(
        [(f"C{n}", "H1", "甲院", date(2025, 1, 6), f"S{n}", f"P{n}") for n in (1, 2, 3)], schema=LISTS, orient="row"
    )
    found = pl.DataFrame(
        [
            ("C1", "settlement_lists", "identity_number", "Q13", "error", "证件号码校验不通过", "900101199001010011"),
            ("C1", "list_diagnoses", "code", "Q25", "warning", "外因编码不能作主要诊断", "V01.000"),
            ("C3", "cases", "los_days", "Q07", "warning", "住院天数不符", "4"),
        ],
        schema=FOUND,
        orient="row",
    )
    file = io.BytesIO()
    assert write_feedback(lists, found, "checks-1", file) == 3
    first, second, third = (json.loads(line) for line in file.getvalue().splitlines())
    assert (first["setl_ym"], first["qltctrl_rslt"], first["err_lv"]) == ("202501", "0", "E")
    assert [each["exam_data_fld"] for each in first["detailinfo"]] == ["certno", "diag_code"]
    assert [each["init_val"] for each in first["detailinfo"]] == [None, "V01.000"]
    assert (second["qltctrl_rslt"], second["err_lv"], second["detailinfo"]) == ("1", None, [])
    assert (third["qltctrl_rslt"], third["err_lv"]) == ("1", "W")
    assert third["detailinfo"][0]["exam_data_fld"] == "cases.los_days"
    assert b"900101" not in file.getvalue()
