"""Accuracy by record and field, compared exactly with what is asked for."""

from dataclasses import replace

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.checks.clean import batch, changed, reference

from tongchou.intake.checks.accuracy import ACCURACY, MEASURED, accuracy, grades, measured
from tongchou.intake.checks.catalogue import own_catalogue
from tongchou.intake.checks.running import check_documents
from tongchou.intake.documents.typed_batch import FOUND, TypedBatch

CATALOGUE = own_catalogue()


def _list(number: int, **values: object) -> dict[str, list[dict[str, object]]]:
    return changed("list", {"settlement_lists": {"settlement_number": f"S{number}", **values}})


def _judged(batch: TypedBatch) -> pl.DataFrame:
    return measured(batch, check_documents(batch, reference(), CATALOGUE), CATALOGUE)


def _found(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(FOUND), orient="row")


def test_a_record_without_a_blocking_finding_is_sound_and_one_with_only_warnings_too() -> None:
    judged = _judged(
        batch(
            "settlement_list",
            "4101",
            [_list(1), _list(2, los_days=4), _list(3, discharge_way="other"), _list(4, los_days=4, age_years=99)],
        )
    )
    assert judged.schema == MEASURED
    assert judged["is_sound"].to_list() == [True, False, True, False]
    assert judged["points"].to_list() == [100, 95, 99, 90]
    assert judged["grade"].to_list() == ["excellent", "good", "excellent", "good"]
    assert judged["month"].unique().to_list() == ["2025-03"]


def test_a_field_counts_if_it_is_filled_or_required_or_wrong_and_once_however_many_findings_it_has() -> None:
    documents = batch("settlement_list", "4101A", [{"settlement_lists": [{"age_years": 3, "sex": "male"}]}])
    clean = measured(documents, _found(), CATALOGUE)
    required = clean["fields"][0] - 2
    assert required > 20
    told = ("settlement_lists", None)
    findings = _found(
        (1, "Q11", *told, "age_years", "3", "4"),
        (1, "Q10b", *told, "age_years", "3", "4"),
        (1, "Q01", *told, "bill", None, None),
        (1, "Q16", *told, "admission_weight_g", None, None),
        (1, "Q01", *told, "case_number", None, None),
    )
    judged = measured(documents, findings, CATALOGUE)
    # `bill` is no field of ours and the weight is empty: both count because a finding is about them.
    assert judged["fields"].to_list() == [required + 2 + 2]
    assert judged["fields"][0] - judged["fields_sound"][0] == 4


def test_a_row_that_is_missing_altogether_counts_where_a_finding_is_about_it() -> None:
    documents = batch("settlement_list", "fhir", [{"settlement_lists": [{"sex": "male"}]}])
    judged = measured(documents, _found((1, "Q01", "list_diagnoses", 1, "code", None, None)), CATALOGUE)
    assert judged.select("fields", "fields_sound").row(0) == (2, 1)


def test_the_threshold_is_compared_exactly_and_shown_rounded_down() -> None:
    rows = [(n, "H1", "2025-03", n > 2, 100, 98 if n > 1 else 97, 100, "excellent") for n in range(1, 101)]
    judged = pl.DataFrame(rows, schema=MEASURED, orient="row")
    result = accuracy(judged, CATALOGUE.scoring)
    assert result.schema == ACCURACY
    assert result.select("records", "records_sound", "records_e4", "records_met").row(0) == (100, 98, 9800, True)
    # 9,799 of 10,000 fields.
    assert result.select("fields", "fields_sound", "fields_e4", "fields_met").row(0) == (10_000, 9799, 9799, False)
    assert accuracy(judged.head(3), CATALOGUE.scoring)["records_e4"].to_list() == [3333]


def test_institutions_and_months_stand_apart_and_what_is_not_said_is_not_lost() -> None:
    rows = [
        (1, "H2", "2025-03", True, 1, 1, 100, "excellent"),
        (2, "H1", "2025-04", False, 1, 0, 70, "poor"),
        (3, "H1", "2025-03", True, 1, 1, 92, "good"),
        (4, None, None, False, 0, 0, 0, "poor"),
    ]
    judged = pl.DataFrame(rows, schema=MEASURED, orient="row")
    result = accuracy(judged, CATALOGUE.scoring)
    owners = [(None, None), ("H1", "2025-03"), ("H1", "2025-04"), ("H2", "2025-03")]
    assert result.select("institution_id", "month").rows() == owners
    assert result["fields_e4"].to_list() == [None, 10_000, 0, 10_000]
    assert result["fields_met"].to_list() == [None, True, False, True]
    assert grades(judged, CATALOGUE.scoring).select("grade", "records").rows() == [
        ("poor", 1),
        ("good", 1),
        ("poor", 1),
        ("excellent", 1),
    ]


def test_a_check_of_its_own_weight_takes_its_own_points() -> None:
    heavy = replace(CATALOGUE.checks["Q07"], weight=30)
    catalogue = replace(CATALOGUE, checks={**CATALOGUE.checks, "Q07": heavy})
    documents = batch("settlement_list", "4101", [_list(1, los_days=4)])
    judged = measured(documents, check_documents(documents, reference(), catalogue), catalogue)
    assert judged.select("points", "grade").row(0) == (70, "poor")


@given(st.lists(st.tuples(st.sampled_from(["H1", "H2", None]), st.booleans(), st.integers(0, 50)), max_size=30))
def test_the_parts_sum_to_the_whole(rows: list[tuple[str | None, bool, int]]) -> None:
    judged = pl.DataFrame(
        [(n, name, "2025-03", ok, 50, fields, 100, "excellent") for n, (name, ok, fields) in enumerate(rows)],
        schema=MEASURED,
        orient="row",
    )
    result = accuracy(judged, CATALOGUE.scoring)
    assert result["records"].sum() == len(rows)
    assert result["records_sound"].sum() == sum(ok for _, ok, _ in rows)
    assert result["fields_sound"].sum() == sum(fields for _, _, fields in rows)
    for row in result.iter_rows(named=True):
        assert row["records_met"] == (row["records_sound"] / row["records"] >= 0.98)
