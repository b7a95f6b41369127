"""Identity values in wrong fields of documents: taken out and told, and nothing else is."""

from collections.abc import Mapping

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentBatch, documents_frame
from tongchou.intake.documents.misplaced_identity import MISPLACED, take_out_identity

NAME, CARD, PHONE = "欧阳锋", "110101195001011234", "13912345678"


def batch(**heads: str | None) -> DocumentBatch:
    """Return a settlement list of a person with some fields filled."""
    row: Mapping[str, object] = {DOCUMENT: 1, SEQUENCE: 1, "person_name": NAME, "case_number": "ZY20250001", **heads}
    schema = {DOCUMENT: pl.Int64, SEQUENCE: pl.Int64}
    frame = pl.DataFrame([row], schema={**schema, **{name: pl.String for name in row if name not in schema}})
    return DocumentBatch("settlement_list", "4101", documents_frame([1], ["line 1"]), {"settlement_lists": frame})


def taken_out(**heads: str | None) -> dict[str, str | None]:
    """Return what stands in the fields afterwards; what was changed is told, by its field, and nothing else."""
    kept, found = take_out_identity(batch(**heads))
    row = kept.frames["settlement_lists"].row(0, named=True)
    assert row["person_name"] == NAME
    assert set(found["check"]) <= {MISPLACED}
    assert found["value"].null_count() == found.height
    assert sorted(found["column"]) == sorted(name for name in heads if row[name] != heads[name])
    return {name: row[name] for name in heads}


@pytest.mark.parametrize(
    ("column", "value", "kept"),
    [
        ("filling_department", f"医保办 {PHONE}", "***"),
        ("filling_department", f"{NAME}代填", "***"),
        ("outpatient_diagnosis_name", NAME, "***"),
        ("outpatient_diagnosis_name", f"肺炎，{NAME}", "***"),
        ("readmission_purpose", "见病案ZY20250001", "***"),
        ("multiple_birth_weights", f"{NAME},3200", "***"),
        ("settlement_number", CARD, None),
        ("receipt_number", f"{NAME}的票据", None),
        ("outpatient_diagnosis_code", NAME, None),
        ("discharge_department", PHONE, None),
        ("person_self_pay_fen", PHONE, None),
        ("los_days", NAME, None),
    ],
)
def test_an_identity_value_in_a_wrong_field_is_taken_out(column: str, value: str, kept: str | None) -> None:
    assert taken_out(**{column: value}) == {column: kept}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("settlement_number", "330100202501011234"),
        ("receipt_number", "ZY20250001"),
        ("institution_name", "云栖县人民医院"),
        ("filling_department", "医保办"),
        ("outpatient_diagnosis_name", "高热"),
        ("outpatient_diagnosis_name", "黄疸，白喉"),
        ("outpatient_tcm_name", "石淋，周围性"),
        ("outpatient_diagnosis_code", "T78.400x002"),
        ("person_self_pay_fen", "123456789.01"),
        ("admitted_at", "20250110083500"),
        ("identity_number", CARD),
        ("contact_phone", PHONE),
    ],
)
def test_what_only_looks_like_one_stays(column: str, value: str) -> None:
    assert taken_out(**{column: value}) == {column: value}


@given(
    value=st.text(max_size=40), column=st.sampled_from(["readmission_purpose", "receipt_number", "sex", "total_fen"])
)
def test_a_field_holds_afterwards_what_it_held_or_nothing_of_it(value: str, column: str) -> None:
    assert taken_out(**{column: value})[column] in (value, "***", None)


@pytest.mark.parametrize(
    ("value", "kept"),
    [("张力", "***"), ("复查 张力", "***"), ("张力性气胸", "张力性气胸"), ("高压，张力增高", "高压，张力增高")],
)
def test_a_name_of_two_characters_counts_where_it_stands_alone(value: str, kept: str) -> None:
    row = {DOCUMENT: 1, SEQUENCE: 1, "person_name": "张力", "outpatient_diagnosis_name": value}
    heads = {"settlement_lists": pl.DataFrame([row])}
    said = DocumentBatch("settlement_list", "4101", documents_frame([1], ["line 1"]), heads)
    clean, _ = take_out_identity(said)
    assert clean.frames["settlement_lists"]["outpatient_diagnosis_name"].to_list() == [kept]
