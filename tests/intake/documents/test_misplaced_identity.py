"""What is taken for somebody's in a field that is no place for it, and what is not."""

import polars as pl
import pytest

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentBatch, documents_frame
from tongchou.intake.documents.misplaced_identity import MISPLACED, take_out_identity
from tongchou.privacy.redaction import MASK


def list_of(person_name: str, column: str, value: str) -> DocumentBatch:
    row = {DOCUMENT: 1, SEQUENCE: 1, "person_name": person_name, column: value}
    return DocumentBatch(
        "settlement_list", "any", documents_frame([1], ["1"]), {"settlement_lists": pl.DataFrame([row])}
    )


@pytest.mark.parametrize(
    ("person_name", "column", "value", "left"),
    [
        ("张力", "outpatient_diagnosis_name", "张力", MASK),
        ("张力", "outpatient_diagnosis_name", "复查 张力", MASK),
        ("张守力", "outpatient_diagnosis_name", "张守力的肺炎", MASK),
        ("王小二", "outpatient_diagnosis_name", "李守仁", MASK),
        ("王小二", "outpatient_diagnosis_name", "复查，电话13977530000", MASK),
        ("王小二", "outpatient_diagnosis_code", "李守仁", None),
        ("王小二", "total_fen", "13977530000", None),
    ],
)
def test_a_name_or_number_of_somebody_is_taken_out_and_told(
    person_name: str, column: str, value: str, left: str | None
) -> None:
    clean, found = take_out_identity(list_of(person_name, column, value))
    assert clean.frames["settlement_lists"][column].to_list() == [left]
    assert found["check"].to_list() == [MISPLACED]
    assert value not in str(found.rows())


@pytest.mark.parametrize(
    ("person_name", "column", "value"),
    [
        ("张力", "outpatient_diagnosis_name", "张力性气胸"),
        ("高原", "outpatient_diagnosis_name", "高原病"),
        ("王小二", "outpatient_diagnosis_name", "白内障"),
        ("王小二", "outpatient_diagnosis_name", "黄疸"),
        ("王小二", "outpatient_tcm_name", "石淋，周围性"),
        ("王小二", "chronic_department", "康复"),
        ("王小二", "outpatient_diagnosis_code", "J18.900"),
        ("王小二", "settlement_number", "13977530000123"),
        ("王小二", "total_fen", "123456.78"),
    ],
)
def test_a_term_a_code_or_an_amount_is_left_as_it_is(person_name: str, column: str, value: str) -> None:
    batch = list_of(person_name, column, value)
    clean, found = take_out_identity(batch)
    assert clean.frames["settlement_lists"][column].to_list() == [value]
    assert found.is_empty()
