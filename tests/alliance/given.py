"""Reads what worked examples give: amounts in yuan become fen, records become those of the room."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tongchou.alliance.facts import AllianceFacts, AssessedMeasure, FundUse, Measure, MemberFacts, PatientPayments
from tongchou.alliance.records import BudgetAdjustment, DeficitReason, SurplusReview
from tongchou.core.money import ratio_to_e4, yuan_to_fen

PLACES = ("inpatient_inside", "inpatient_outside", "outpatient_inside", "outpatient_outside")


def alliance_facts(given: Mapping[str, Any]) -> AllianceFacts:
    """Return the facts of an alliance without members."""
    insured = {kind: int(heads) for kind, heads in given.get("insured", {}).items()}
    patients = given.get("patients")
    return AllianceFacts(
        alliance_id="A1",
        heads=sum(insured.values()),
        fund_use=FundUse(*by_place(given.get("use", {}))),
        members=(),
        insured=insured,
        patient_payments=None if patients is None else PatientPayments(*by_place(patients)),
        adjustments=tuple(
            BudgetAdjustment(
                each["id"],
                each["reason"],
                yuan_to_fen(each["amount"]),
                date.fromisoformat(each["on"]),
                each["document"],
            )
            for each in given.get("adjustments", ())
        ),
        reasons=tuple(
            DeficitReason(each["id"], each["reason"], yuan_to_fen(each["amount"]), "材料", each["decision"])
            for each in given.get("reasons", ())
        ),
        review=SurplusReview(given["review"], "复核报告") if "review" in given else None,
    )


def by_place(amounts: Mapping[str, str]) -> list[int]:
    """Return the fen of every place, zero where it is not named."""
    assert set(amounts) <= set(PLACES)
    return [yuan_to_fen(amounts.get(place, "0")) for place in PLACES]


def members(given: Sequence[Mapping[str, Any]]) -> list[MemberFacts]:
    """Return members; counted measures that are not named are zero, assessed ones unknown."""
    counted = {measure.value: 0 for measure in Measure}
    known = {*counted, *(measure.value for measure in AssessedMeasure)}
    made = []
    for each in given:
        measures = {name: int(value) for name, value in each.items() if name in known}
        made.append(
            MemberFacts(
                each["id"],
                each["role"],
                counted | measures,
                level=each.get("level", ""),
                tier=each.get("tier", ""),
                township_id=each.get("township", ""),
            )
        )
    return made


def fen(expected: Mapping[str, str]) -> dict[str, int]:
    """Return amounts in yuan as fen."""
    return {name: yuan_to_fen(amount) for name, amount in expected.items()}


RATIOS = {"rate": "rate_e4", "execution": "execution_e4"}


def figure(settled: object, name: str) -> int:
    """Return a figure of a settlement by its name in the examples."""
    return getattr(settled, RATIOS.get(name, f"{name}_fen"))


def expected_figure(name: str, written: str) -> int:
    """Return what an example expects of a figure."""
    return ratio_to_e4(written) if name in RATIOS else yuan_to_fen(written)
