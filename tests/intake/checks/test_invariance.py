"""What checks say does not hang on the order of rows, on other documents, or on how wild the values are."""

import time
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.intake.checks.clean import (
    BASES,
    Rows,
    batch,
    changed,
    identity_number,
    one,
    reference,
)

from tongchou.intake.checks.catalogue import own_catalogue
from tongchou.intake.checks.reference import Reference
from tongchou.intake.checks.running import Checker, check_documents
from tongchou.intake.documents.typed_batch import FOUND, TypedBatch, typed_schema
from tongchou.schema.list_fields import document_table_names

CATALOGUE = own_catalogue()


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(reference("diagnosis_codes", "operation_codes"), CATALOGUE)


def _damaged() -> TypedBatch:
    damages: list[dict[str, Any]] = [
        {},
        {"settlement_lists": {"los_days": 4, "age_years": 121, "discharge_way": "other"}},
        {"list_diagnoses": {2: {"code": "K35.800", "name": "急性阑尾炎"}, 3: {"code": "N70.900", "name": None}}},
        {"list_fees": {1: {"amount_fen": -5}}, "list_payments": {1: {"amount_fen": 7}}},
        {"list_operations": {1: {"surgeon_code": None}, 2: {"code": "65.0100", "operation_rank": "main"}}},
    ]
    documents = [changed("lines", damage) for damage in damages]
    for number, rows in enumerate(documents):
        rows["settlement_lists"][0]["settlement_number"] = f"S{number}"
    return batch("settlement_list", "4101", documents)


def test_the_order_of_rows_changes_nothing(checker: Checker) -> None:
    documents = _damaged()
    expected = checker.check(documents)
    assert expected.height > 10
    for seed in range(3):
        frames = {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in documents.frames.items()}
        numbers = documents.documents.sample(fraction=1, shuffle=True, seed=seed)
        shuffled = TypedBatch(documents.kind, documents.transaction, numbers, frames, documents.found)
        assert checker.check(shuffled).equals(expected)


def test_a_document_is_judged_alone_as_among_others(checker: Checker) -> None:
    documents = _damaged()
    expected = checker.check(documents)
    for number in documents.documents["_document"]:
        mine = pl.col("_document") == number
        frames = {name: frame.filter(mine) for name, frame in documents.frames.items()}
        alone = TypedBatch("settlement_list", "4101", documents.documents.filter(mine), frames, documents.found)
        assert checker.check(alone).equals(expected.filter(mine))


def test_findings_stand_by_document_in_the_order_of_the_catalogue(checker: Checker) -> None:
    found = checker.check(_damaged())
    order = list(CATALOGUE.checks)
    places = [(row["_document"], order.index(row["check"])) for row in found.iter_rows(named=True)]
    assert places == sorted(places)
    assert dict(found.schema) == dict(FOUND)


def test_findings_of_the_conversion_are_kept_unless_their_check_is_off(checker: Checker) -> None:
    clean = one("list")
    told = pl.DataFrame([(1, "Q02", "settlement_lists", None, "age_years", "x", "")], schema=dict(FOUND), orient="row")
    converted = TypedBatch(clean.kind, clean.transaction, clean.documents, clean.frames, told)
    assert checker.check(converted).equals(told)


def test_a_document_without_anything_has_no_findings_but_is_counted_in() -> None:
    for kind, transaction, _ in BASES.values():
        empty = batch(kind, transaction, [{}, {}])
        with Checker(reference(), CATALOGUE) as checker:
            assert checker.check(empty).is_empty()
            assert checker.applicability().height == 2


def test_a_batch_without_documents_has_no_findings(checker: Checker) -> None:
    assert checker.check(batch("settlement_list", "4101", [])).is_empty()


def test_without_reference_data_nothing_is_said_of_what_would_need_them() -> None:
    odd = one("list", {"list_diagnoses": {2: {"code": "I10.999"}}, "settlement_lists": {"settled_until": None}})
    assert check_documents(odd, Reference(), CATALOGUE).is_empty()


@pytest.mark.parametrize("kind", ["settlement_list", "front_page", "fee_lines", "settlement_reply", "referral"])
@pytest.mark.parametrize("whole", [2**63 - 1, -(2**63), 0])
def test_no_value_however_wild_stops_the_checks(kind: Any, whole: int) -> None:
    def wild(name: str, dtype: Any) -> Any:
        far = datetime(9999, 12, 31, 23, 59, 59) if whole else datetime(1, 1, 1)  # noqa: DTZ001
        values = {pl.Int64: whole, pl.Date: far.date(), pl.Datetime: far, pl.Boolean: bool(whole)}
        return values.get(dtype.base_type(), "'; drop table lists; --\u0000（％" * 3)

    rows = {
        table: [{name: wild(name, dtype) for name, dtype in list(typed_schema(table).items())[2:]}] * 2
        for table in document_table_names()
    }
    found = check_documents(batch(kind, "4101", [rows, rows]), reference(), CATALOGUE)
    assert set(found["_document"].to_list()) <= {1, 2}


@st.composite
def clean_lists(draw: st.DrawFn) -> Rows:
    """Draw a list without faults: another person, another stay, another cost."""
    admitted = datetime(2024, 1, 1) + timedelta(minutes=draw(st.integers(0, 400 * 24 * 60)))  # noqa: DTZ001
    minutes = draw(st.integers(60, 60 * 24 * 60))
    discharged = admitted + timedelta(minutes=minutes)
    years = draw(st.integers(15, 100))
    born = date(admitted.year - years, 1, 1)
    sex = draw(st.sampled_from(["male", "female"]))
    days = max(1, (discharged.date() - admitted.date()).days)
    fees = draw(st.lists(st.tuples(*[st.integers(0, 10**9)] * 4), min_size=3, max_size=3))
    total = sum(map(sum, fees))
    own, account = draw(st.integers(0, total)), draw(st.integers(0, total))
    self_pay = draw(st.integers(0, total - own))
    account = min(account, own + self_pay)
    surgery = fees[1]
    if sum(surgery) == 0:
        fees[1] = (1, 0, 0, 0)
        total += 1
    operated = admitted + timedelta(minutes=draw(st.integers(0, minutes // 2)))
    fee_names = ("class_a_fen", "class_b_fen", "own_pay_fen", "other_fen")
    place = {"operated_on": operated.date(), "began_at": operated, "anaesthesia_began_at": operated}
    ends = {"ended_at": discharged, "anaesthesia_ended_at": discharged}
    return changed(
        "list",
        {
            "settlement_lists": {
                "settlement_number": f"S{draw(st.integers(0, 10**12))}",
                "admitted_at": admitted,
                "discharged_at": discharged,
                "declared_at": discharged,
                "settled_from": admitted.date(),
                "settled_until": discharged.date(),
                "born_on": born,
                "age_years": years,
                "sex": sex,
                "identity_number": identity_number(born, sex),
                "los_days": days,
                "nursing_1_days": days,
                "nursing_2_days": 0,
                "total_fen": total,
                "person_own_pay_fen": own,
                "person_self_pay_fen": self_pay,
                "account_pay_fen": account,
                "cash_pay_fen": own + self_pay - account,
            },
            "list_operations": {1: place | ends},
            "list_fees": {
                n: dict(zip(fee_names, fee, strict=True)) | {"amount_fen": sum(fee)} for n, fee in enumerate(fees, 1)
            },
            "list_payments": {1: {"amount_fen": total - own - self_pay}},
        },
    )


def _number(rows: Rows) -> Any:
    return rows["settlement_lists"][0]["settlement_number"]


@settings(max_examples=5)
@given(st.lists(clean_lists(), min_size=20, max_size=20, unique_by=_number))
def test_clean_lists_stay_clean(lists: list[Rows]) -> None:
    known = reference("institutions")
    assert check_documents(batch("settlement_list", "4101", lists), known, CATALOGUE).to_dicts() == []


def test_5000_lists_take_less_than_a_second_of_one_processor(checker: Checker) -> None:
    rows = changed(
        "list",
        {
            "settlement_lists": {"diagnosis_count": 6},
            "list_diagnoses": {n: _other(n) for n in range(3, 7)},
            "list_operations": {
                n: {"operation_rank": "other", "code": f"54.210{n}", "surgeon_code": "D", "name": f"op{n}"}
                for n in (2, 3)
            },
        },
    )
    documents = _repeated(batch("settlement_list", "4101", [rows]), 5000)
    assert documents.frames["list_diagnoses"].height == 30_000
    checker.check(documents)
    began = time.process_time()
    found = checker.check(documents)
    assert time.process_time() - began < 1
    assert found.is_empty()


def _other(number: int) -> dict[str, Any]:
    named = {"code": f"E{10 + number}.900", "name": f"诊断{number}"}
    return {"diagnosis_type": "western", "admission_condition": "present", "is_principal": False} | named


def _repeated(one: TypedBatch, times: int) -> TypedBatch:
    numbers = pl.DataFrame({"_document": range(1, times + 1)})
    frames = {name: numbers.join(frame.drop("_document"), how="cross") for name, frame in one.frames.items()}
    own = pl.concat_str(pl.lit("S"), pl.col("_document").cast(pl.String))
    frames["settlement_lists"] = frames["settlement_lists"].with_columns(own.alias("settlement_number"))
    places = numbers.with_columns(pl.lit("").alias("_place"))
    return TypedBatch(one.kind, one.transaction, places, frames, one.found)
