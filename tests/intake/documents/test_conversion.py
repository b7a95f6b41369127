"""Values as written in documents: read exactly, or empty with a finding."""

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.intake.documents import written_values
from tongchou.intake.documents.conversion import convert_documents
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentBatch, documents_frame

MOMENT = datetime.fromisoformat("2025-01-02T03:04:05")


def read(column, *texts, table="settlement_lists", transaction="any"):
    """Return the values of a column and its findings."""
    numbers = list(range(1, len(texts) + 1))
    frame = pl.DataFrame(
        {DOCUMENT: numbers, SEQUENCE: [1] * len(texts), column: list(texts)},
        schema={DOCUMENT: pl.Int64, SEQUENCE: pl.Int64, column: pl.String},
    )
    batch = DocumentBatch(
        "settlement_list", transaction, documents_frame(numbers, [str(each) for each in numbers]), {table: frame}
    )
    typed = convert_documents(batch)
    return typed.frames[table].get_column(column).to_list(), typed.found


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("admitted_at", "2025-01-02 03:04:05", MOMENT),
        ("admitted_at", "2025/1/2 3:04", datetime.fromisoformat("2025-01-02T03:04")),
        ("admitted_at", "20250102", datetime.fromisoformat("2025-01-02")),
        ("admitted_at", "20250102030405", MOMENT),
        ("admitted_at", "2025-01-02T03:04:05", MOMENT),
        ("born_on", "1950/03/01", date(1950, 3, 1)),
        ("born_on", "1950-03-01 00:00:00", date(1950, 3, 1)),
        ("born_on", "１９５００３０１", date(1950, 3, 1)),
        ("cash_pay_fen", "12.30", 1230),
        ("cash_pay_fen", "-0.05", -5),
        ("cash_pay_fen", "1234567.1", 123456710),
        ("cash_pay_fen", "7.1200", 712),
        ("ventilator_minutes", "1/13/24", 2244),
        ("ventilator_minutes", "0/0/0", 0),
        ("los_days", "12.0", 12),
        ("sex", "1", "male"),
        ("sex", "２", "female"),
        ("discharge_way", "05", "death"),
        ("identity_type", "1", "resident_card"),
        ("treatment_kind", "2.2", "ethnic"),
        ("insurance_type", "390", "resident"),
        ("settlement_number", "　ＡＢ１２ ", "AB12"),
        ("readmission_purpose", "复查（Ｃ T）", "复查（C T）"),
        ("readmission_purpose", "-", None),
    ],
)
def test_what_is_written_as_it_should_be_is_read(column, text, value):
    values, found = read(column, text)
    assert values == [value]
    assert found.is_empty()


@pytest.mark.parametrize(
    ("column", "text", "check"),
    [
        ("admitted_at", "2025-02-30 01:00:00", "Q02"),
        ("admitted_at", "202501", "Q02"),
        ("born_on", "unknown", "Q02"),
        ("cash_pay_fen", "12.345", "Q02"),
        ("cash_pay_fen", "1,234.00", "Q02"),
        ("cash_pay_fen", "1e3", "Q02"),
        ("ventilator_minutes", "0/24/0", "Q02"),
        ("ventilator_minutes", "0/0/60", "Q02"),
        ("ventilator_minutes", "90", "Q02"),
        ("los_days", "12.5", "Q02"),
        ("age_years", "1000", "Q02"),
        ("sex", "7", "Q03"),
        ("discharge_way", "7", "Q03"),
    ],
)
def test_what_cannot_be_read_is_empty_and_a_finding_names_the_column(column, text, check):
    values, found = read(column, text)
    assert values == [None]
    assert found.select("check", "table", "column", DOCUMENT).rows() == [(check, "settlement_lists", column, 1)]


def test_text_beyond_its_length_is_kept_and_told():
    values, found = read("settlement_number", "7" * 31)
    assert values == ["7" * 31]
    assert found.select("check", "expected").rows() == [("Q02", "char(30)")]


@pytest.mark.parametrize(("column", "text"), [("person_name", "张" * 60), ("insured_area_id", "张三丰的身份")])
def test_findings_never_show_identity(column, text):
    _, found = read(column, text)
    assert found.get_column("value").to_list() in ([], [None])


def test_a_number_of_a_person_in_another_column_is_masked():
    _, found = read("born_on", "320101194003012345")
    assert found.get_column("value").to_list() == ["***"]


def test_required_fields_are_those_of_the_transaction():
    _, found = read("settlement_number", "S1", transaction="4101A")
    missing = found.filter(pl.col("check") == "Q01").get_column("column").to_list()
    assert {"visit_number", "admitted_at", "person_number"} <= set(missing)
    assert not {"sex", "born_on", "settlement_number", "address"} & set(missing)


def test_a_value_that_could_not_be_read_is_not_missing_too():
    _, found = read("admitted_at", "soon", transaction="4101A")
    assert found.filter(pl.col("column") == "admitted_at").get_column("check").to_list() == ["Q02"]


def test_an_outpatient_list_needs_no_stay():
    rows = {DOCUMENT: [1], SEQUENCE: [1]}
    frames = {
        "settlement_lists": pl.DataFrame({**rows, "settlement_number": ["S1"]}),
        "list_chronic_treatments": pl.DataFrame({**rows, "diagnosis_code": ["I10.x00"], "diagnosis_name": ["高血压"]}),
    }
    typed = convert_documents(DocumentBatch("settlement_list", "4101A", documents_frame([1], ["1"]), frames))
    assert "admitted_at" not in typed.found.get_column("column").to_list()
    assert "visit_number" in typed.found.get_column("column").to_list()


def test_the_institution_is_what_was_said_beforehand_where_the_document_does_not_say_it():
    frames = {"settlement_lists": pl.DataFrame({DOCUMENT: [1, 2], SEQUENCE: [1, 1], "institution_id": ["H1", None]})}
    batch = DocumentBatch("settlement_list", "x", documents_frame([1, 2], ["1", "2"]), frames)
    assert convert_documents(batch, "H9").frames["settlement_lists"]["institution_id"].to_list() == ["H1", "H9"]


@given(st.integers(-(10**11), 10**11))
def test_yuan_become_fen_exactly(amount):
    written = str(Decimal(amount).scaleb(-2))
    plain = format(Decimal(written), "f")
    assert written_values.scaled(pl.Series([plain]), 2).to_list() == [amount]


@given(st.integers(0, 9999), st.integers(0, 23), st.integers(0, 59))
def test_durations_become_minutes(days, hours, minutes):
    assert written_values.durations(pl.Series([f"{days}/{hours}/{minutes}"])).to_list() == [
        (days * 24 + hours) * 60 + minutes
    ]


@given(st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2100-01-01")))
def test_every_way_to_write_a_moment_is_the_same_moment(moment):
    second = moment.replace(microsecond=0)
    written = [
        f"{second:{how}}" for how in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S")
    ]
    assert written_values.moments(pl.Series(written)).to_list() == [second] * 4
