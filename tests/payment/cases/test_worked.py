"""Inpatient cases as the documents reckon them: rate, points, DIP, and every special kind."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from tests.payment.cases.test_rate import SCHEMA, row
from tests.worked import Worked, worked

from tongchou.core.money import ratio_to_e4, round_half_up, yuan_to_fen
from tongchou.grouping.dip.rules_reading import national_rules
from tongchou.payment.cases.assessor import Assessor
from tongchou.payment.cases.methods import DipPoints, DrgPoints, DrgRate, Method
from tongchou.payment.cases.points_value import PoolFacts, value_points
from tongchou.payment.cases.pricing import Worths, price
from tongchou.payment.cases.sharing import share_by_points
from tongchou.payment.cases.terms import Occurring, read_terms
from tongchou.payment.weights import GroupWeight
from tongchou.policy import PolicyView
from tongchou.runs.paying import catalogue_deviation

READ: dict[str, Callable[[str], object]] = {"kind": str, "multiple": ratio_to_e4}
"""How an expectation is read, where it is no amount and no points."""


def _fen(given: Mapping[str, str], name: str) -> int:
    return yuan_to_fen(given.get(name, "0"))


def _case(given: Mapping[str, str]) -> dict[str, Any]:
    return row(
        institution_id="H1",
        level=given.get("level", "secondary"),
        discharge_way=given.get("way", "home"),
        department=given.get("department"),
        los_days=int(given.get("days", "9")),
        status=given.get("status", "grouped"),
        drg=given.get("group", "AA11") if given.get("status", "grouped") == "grouped" else "0000",
        total_fen=_fen(given, "cost"),
        self_paid_fen=_fen(given, "self_paid"),
        first_self_pay_fen=_fen(given, "first_self_pay"),
        score_e2=int(Decimal(given["score"]) * 100) if "score" in given else None,
        auxiliary_e4=10_000 if "score" in given else None,
        level_mean_fen=_fen(given, "level_mean") if "level_mean" in given else None,
        review_decision=given.get("review"),
        review_fen=_fen(given, "review_amount"),
        excluded_fen=_fen(given, "excluded"),
        is_readmitted=given.get("readmitted") == "yes",
    )


def _method(given: Mapping[str, str]) -> Method:
    match given["method"]:
        case "drg_rate":
            return DrgRate(dict.fromkeys(("employee", "resident"), _fen(given, "rate")))
        case "drg_points":
            return DrgPoints(100, _fen(given, "overall_mean"))
    return DipPoints(1_000, _fen(given, "overall_mean"))


def _assess(view: PolicyView, given: Mapping[str, str]) -> tuple[Assessor, pa.RecordBatch]:
    group = given.get("group", "AA11")
    occurring = Occurring((given.get("department", "A01"),), (group,), ("H1",))
    deviation = catalogue_deviation(national_rules().deviation) if given["method"] == "dip_points" else None
    weight = GroupWeight(
        group,
        ratio_to_e4(given.get("weight", "1")),
        "measured",
        group,
        int(given.get("cases", "99")),
        _fen(given, "mean"),
        5_000,
    )
    on_cost = view.text("payment/points/factor_on_cost") == "applied"
    terms = read_terms(view, date(2026, 1, 1), occurring, deviation)
    first = [type(terms)(date(2025, 1, 1), terms.valid_until, terms.terms, terms.reads)]
    assessor = Assessor(_method(given), first, {group: weight}, factor_on_cost=on_cost)
    return assessor, assessor.assess(pa.RecordBatch.from_pylist([_case(given)], schema=SCHEMA))


def _worths(view: PolicyView, assessor: Assessor, assessed: pa.RecordBatch) -> Worths:
    worth, standard, points = (assessed.column(name).to_numpy() for name in ("worth", "standard_fen", "points_e6"))
    if assessor.method.in_points:
        value = value_points(view, "employee", PoolFacts({"H1": int(points[0])}, 0))
        cases = pl.DataFrame({"pool": ["employee"], "institution_id": ["H1"], "points_e6": points})
        worth = share_by_points(cases, {("employee", "H1"): value.gross_fen["H1"]})
    return Worths(worth, standard, np.zeros(1, dtype=np.bool_), in_points=assessor.method.in_points)


@worked("payment/inpatient.yaml")
def test_a_case_is_paid_as_the_document_reckons(case: Worked) -> None:
    assessor, assessed = _assess(case.view, case.given)
    (priced,) = price("r", assessed, _worths(case.view, assessor, assessed)).to_pylist()
    (made,) = assessed.to_pylist()
    total, patient, reference = priced["total_fen"], priced["patient_fen"], made["reference_fen"]
    found = {
        "kind": priced["case_kind"],
        "multiple": round_half_up(Fraction(total * 10_000, reference)) if reference else None,
        "points": priced["points_e2"],
        "in_scope": total - made["outside_scope_fen"] - made["deductible_fen"],
        "by_item": total - patient,
        "revenue": priced["fund_fen"] + patient,
        "result": priced["hospital_result_fen"],
        **{name: priced[f"{name}_fen"] for name in ("standard", "payable", "patient", "fund")},
    }
    expected = {name: READ.get(name, yuan_to_fen)(value) for name, value in case.expect.items()}
    assert {name: found[name] for name in expected} == expected
