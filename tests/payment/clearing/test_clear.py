"""The year's clearing of an institution."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.payment.clearing import Clearing, InstitutionYear, Line, clear_year, clearing_day
from tongchou.payment.clearing.lines import ALWAYS
from tongchou.policy import PolicyView

ViewOf = Callable[..., PolicyView]
MONTHS = [f"2025-{number:02d}" for number in range(1, 13)]


@pytest.fixture(scope="module")
def view(settlement_view: ViewOf) -> PolicyView:
    return settlement_view()


def clear(view: PolicyView, due: dict[str, int], institution_id: str = "H001", share: int = 0) -> Clearing:
    return clear_year(view, InstitutionYear(institution_id, 2025, due, {}, share))


def test_a_month_pays_95_percent_and_withholds_the_rest(view: PolicyView) -> None:
    (month,) = clear(view, {"2025-03": 390_000_000}).months
    assert (month.prepaid_fen, month.deposit_fen) == (370_500_000, 19_500_000)


@pytest.mark.parametrize(
    ("institution_id", "returned"),
    [("H001", 19_500_000), ("H002", 18_525_000), ("H003", 0)],
    ids=["92 points return all", "85 points return 95%", "59.5 points return nothing"],
)
def test_the_score_decides_which_part_of_the_deposit_returns(
    view: PolicyView, institution_id: str, returned: int
) -> None:
    amounts = clear(view, {"2025-03": 390_000_000}, institution_id).amounts_fen
    assert amounts[Line.DEPOSIT_RETURNED] == returned
    assert amounts[Line.DEPOSIT_FORFEITED] == 19_500_000 - returned
    assert amounts[Line.DUE_AT_CLEARING] == returned


def test_every_line_of_a_year(view: PolicyView) -> None:
    facts = InstitutionYear("H002", 2025, {"2025-01": 100_001, "2025-02": 33_333}, {"2025-02": 700}, 12_345)
    amounts = clear_year(view, facts).amounts_fen
    # 95% of 100,001 is 95,000.95 and of 33,333 is 31,666.35; 95% of the deposit 6,667 is 6,333.65.
    assert {line.value: amount for line, amount in amounts.items()} == {
        "inpatient_due": 133_334,
        "prepaid": 95_001 + 31_666,
        "deposit_withheld": 5_000 + 1_667,
        "deposit_returned": 6_334,
        "deposit_forfeited": 333,
        "carried_over": 0,
        "outpatient_paid": 700,
        "surplus_share": 12_345,
        "due_at_clearing": 18_679,
    }


def test_a_month_in_the_red_is_set_off_against_the_next_months(view: PolicyView) -> None:
    months = clear(view, {"2025-01": -10_000, "2025-02": 4_000, "2025-03": 16_000}).months
    assert [(m.carried_in_fen, m.prepaid_fen, m.deposit_fen, m.carried_out_fen) for m in months] == [
        (0, 0, 0, -10_000),
        (-10_000, 0, 0, -6_000),
        (-6_000, 9_500, 500, 0),
    ]


def test_what_the_last_month_leaves_in_the_red_is_recovered_at_clearing(view: PolicyView) -> None:
    amounts = clear(view, {"2025-11": 1_000, "2025-12": -4_000}, share=500).amounts_fen
    assert amounts[Line.CARRIED_OVER] == -4_000
    assert amounts[Line.DUE_AT_CLEARING] == 50 - 4_000 + 500


def test_an_institution_without_cases_is_cleared_with_its_surplus_share_alone(view: PolicyView) -> None:
    clearing = clear(view, {}, share=88)
    assert clearing.months == ()
    assert clearing.amounts_fen[Line.DUE_AT_CLEARING] == 88


@pytest.mark.parametrize("month", ["2024-12", "2025-13", "2025-1", "202501"])
def test_a_month_of_another_year_is_refused(view: PolicyView, month: str) -> None:
    with pytest.raises(TongchouError) as refused:
        clear(view, {month: 1})
    assert refused.value.code == "payment.month_outside_year"
    assert month in refused.value.where


def test_the_explanation_names_every_parameter_that_was_read(settlement_view: ViewOf) -> None:
    view = settlement_view()
    clearing = clear(view, {"2025-01": 100})
    named = {read.name for step in clearing.explanation.walk() for read in step.parameters}
    assert (
        named
        == {read.name for read in view.reads}
        == {
            "settlement/prepay_ratio",
            "settlement/advance/method",
            "settlement/deposit/basis",
            "settlement/assessment/use",
            "settlement/assessment/score",
            "settlement/assessment/deposit_return_method",
            "settlement/assessment/deposit_return",
            "settlement/cost_sharing/method",
        }
    )


@pytest.mark.parametrize(
    "name",
    [
        "settlement/assessment/use",
        "settlement/assessment/deposit_return_method",
        "settlement/deposit/basis",
        "settlement/cost_sharing/method",
    ],
)
def test_a_choice_that_names_no_rule_is_refused(name: str, settlement_view: ViewOf) -> None:
    with pytest.raises(TongchouError) as refused:
        clear(settlement_view({name: "something_else"}), {"2025-01": 100})
    assert (refused.value.code, refused.value.where) == ("payment.unknown_choice", name)


def test_clearing_is_due_181_days_after_the_year(view: PolicyView) -> None:
    assert clearing_day(view, 2025) == date(2026, 6, 30)


def test_every_line_is_explained_by_a_step_of_its_rule(view: PolicyView) -> None:
    clearing = clear(view, {"2025-01": 100})
    steps = {step.rule for step in clearing.explanation.walk()}
    assert {line.rule for line in clearing.amounts_fen} == steps


def test_lines_of_rules_that_are_not_used_are_absent(view: PolicyView) -> None:
    assert tuple(clear(view, {"2025-01": 100}).amounts_fen) == ALWAYS


def test_every_line_has_a_name_in_both_languages() -> None:
    labels = [line.label for line in Line]
    assert len({label.zh for label in labels}) == len({label.en for label in labels}) == len(Line)


@given(
    due=st.dictionaries(st.sampled_from(MONTHS), st.integers(-(10**11), 10**11)),
    share=st.integers(-(10**10), 10**10),
    institution_id=st.sampled_from(["H001", "H002", "H003"]),
)
def test_the_lines_add_up_to_the_fen(view: PolicyView, due: dict[str, int], share: int, institution_id: str) -> None:
    clearing = clear(view, due, institution_id, share)
    amount = clearing.amounts_fen
    assert amount[Line.INPATIENT_DUE] == sum(due.values())
    assert (
        amount[Line.INPATIENT_DUE] == amount[Line.PREPAID] + amount[Line.DEPOSIT_WITHHELD] + amount[Line.CARRIED_OVER]
    )
    assert amount[Line.DEPOSIT_WITHHELD] == amount[Line.DEPOSIT_RETURNED] + amount[Line.DEPOSIT_FORFEITED]
    assert amount[Line.DUE_AT_CLEARING] == amount[Line.DEPOSIT_RETURNED] + amount[Line.CARRIED_OVER] + share
    for month in clearing.months:
        assert month.carried_in_fen + month.due_fen == month.prepaid_fen + month.deposit_fen + month.carried_out_fen
        assert min(month.prepaid_fen, month.deposit_fen) >= 0 >= month.carried_out_fen
