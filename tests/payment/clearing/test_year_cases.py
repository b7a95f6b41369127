"""Whole years and single rules of clearing, by worked examples."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from tests.worked import Worked, worked

from tongchou.core.money import ratio_to_e4, round_half_up, scale, yuan_to_fen
from tongchou.payment.base_rate import rate_from_budget
from tongchou.payment.clearing import Adjustment, CostFigures, InstitutionYear, clear_year
from tongchou.payment.clearing.adjustments import place
from tongchou.payment.clearing.advance import grant_advance
from tongchou.payment.clearing.assessment import assess
from tongchou.payment.clearing.cost_sharing import share_cost
from tongchou.payment.clearing.deadlines import declaration_day, payment_day
from tongchou.payment.clearing.year_end import FinalDue, final_due, year_deposit

MONTHS = [f"2025-{number:02d}" for number in range(1, 13)]


@worked("payment/clearing/year.yaml")
def test_every_line_of_a_year(case: Worked) -> None:
    clearing = clear_year(case.view, _year(case.given))
    shown = {line.value: amount for line, amount in clearing.amounts_fen.items()}
    assert shown == _fen(case.expect["lines"])
    assert list(shown) == list(case.expect["lines"])
    if "open" in case.expect:
        assert clearing.open_fen == yuan_to_fen(case.expect["open"])
    if "set_off" in case.expect:
        assert {month.month: month.set_off_fen for month in clearing.months} == _fen(case.expect["set_off"])


@worked("payment/clearing/year_end.yaml")
def test_the_due_at_a_final_rate(case: Worked) -> None:
    if "rate" in case.expect:
        budget, compensation = yuan_to_fen(case.given["budget"]), ratio_to_e4(case.given["compensation"])
        rate = rate_from_budget(budget, compensation, ratio_to_e4(case.given["weight"]), 0)
        assert rate == yuan_to_fen(case.expect["rate"])
        if "change" in case.expect:
            change = Fraction(rate, yuan_to_fen(case.given["rate_before"])) - 1
            assert round_half_up(change * 10_000) == ratio_to_e4(case.expect["change"])
        return
    found = _final(case.given)
    assert found == FinalDue(yuan_to_fen(case.expect["gross"]), yuan_to_fen(case.expect["due"]))
    assert year_deposit(found.due_fen, 9_500) == yuan_to_fen(case.expect["deposit"])


@worked("payment/clearing/deposit_return.yaml")
def test_the_deposit_returns_by_the_score(case: Worked) -> None:
    assessment = assess(case.view, "H1")
    assert scale(235_695_776, assessment.return_e4) == yuan_to_fen(case.expect["returned"])
    assert assessment.factor_e4 is None


@worked("payment/clearing/advance.yaml")
def test_an_advance(case: Worked) -> None:
    advance = grant_advance(case.view, "H1", 2025, yuan_to_fen(case.given["last_year"]))
    assert advance is not None
    assert (advance.month, advance.granted_fen) == ("2025-01", yuan_to_fen(case.expect["granted"]))
    refused = " ".join(text.zh for text in advance.explanation.rejected)
    assert case.expect.get("refused", "") in refused
    assert bool(refused) == ("refused" in case.expect)


@worked("payment/clearing/cost_sharing.yaml")
def test_a_hospital_shares_its_surplus_or_deficit(case: Worked) -> None:
    shared = share_cost(case.view, "H1", CostFigures(yuan_to_fen(case.given["cost"]), 100_000_000))
    assert shared is not None
    assert shared.change_fen == yuan_to_fen(case.expect["change"])


@worked("payment/clearing/places.yaml")
def test_where_a_decided_record_counts(case: Worked) -> None:
    found = place(case.view, case.given["kind"], date.fromisoformat(case.given["on"]))
    assert (str(found.year), found.month or "-") == (case.expect["year"], case.expect["month"])


@worked("payment/clearing/days.yaml")
def test_last_days_for_declaring_and_paying(case: Worked) -> None:
    found = (declaration_day(case.view, case.given["month"]), payment_day(case.view, case.given["month"]))
    assert [day.isoformat() for day in found] == [case.expect["declare_by"], case.expect["pay_by"]]


def _year(given: Mapping[str, Any]) -> InstitutionYear:
    months = dict.fromkeys(MONTHS, given["equal_months"]) if "equal_months" in given else given["months"]
    return InstitutionYear(
        "H1",
        2025,
        _fen(months),
        {},
        0,
        transfers_fen=_fen(given.get("transfers", {})),
        final_due_fen=_final(given["final"]).due_fen if "final" in given else None,
        last_year_paid_fen=yuan_to_fen(given.get("last_year", "0")),
        cost=CostFigures(yuan_to_fen(given["cost"]), yuan_to_fen(given["payable"])) if "cost" in given else None,
        adjustments=tuple(_adjustment(each) for each in given.get("adjustments", ())),
    )


def _final(given: Mapping[str, str]) -> FinalDue:
    weight, coefficient = ratio_to_e4(given["weight"]), ratio_to_e4(given["coefficient"])
    return final_due(yuan_to_fen(given["rate"]), weight, coefficient, yuan_to_fen(given["others"]))


def _adjustment(given: Mapping[str, Any]) -> Adjustment:
    decided_on = date.fromisoformat(given["on"]) if "on" in given else None
    return Adjustment(given["id"], "H1", given["kind"], given["state"], decided_on, yuan_to_fen(given["amount"]))


def _fen(amounts: Mapping[str, str]) -> dict[str, int]:
    return {key: yuan_to_fen(amount) for key, amount in amounts.items()}
