"""Decided records: which count, where, and which cannot."""

from datetime import date

import pytest
from tests.worked import view_with

from tongchou.core.errors import Problems, TongchouError
from tongchou.payment.clearing import Adjustment, InstitutionYear, Line, clear_year
from tongchou.payment.clearing.adjustments import adjusted_institutions, count_adjustments
from tongchou.payment.clearing.lines import ADJUSTMENTS
from tongchou.policy import PolicyView

SPRING = date(2026, 3, 1)


@pytest.fixture(scope="module")
def view() -> PolicyView:
    bands = [{"above": "rest", "value": "1"}]
    return view_with(
        {
            "settlement/prepay_ratio": "0.95",
            "settlement/assessment/score": {"default": "90"},
            "settlement/assessment/deposit_return": bands,
        }
    )


def audit(amount: int, number: str = "A1", **changes: object) -> Adjustment:
    parts = {"kind": "audit", "state": "decided", "decided_on": SPRING} | changes
    return Adjustment(number, "H1", amount_fen=amount, **parts)


def test_records_of_one_kind_add_up_and_those_of_others_have_lines_of_their_own(view: PolicyView) -> None:
    records = [audit(-500, "A1"), audit(200, "A2"), audit(-7, "A3", kind="penalty"), audit(3, "A4", kind="appeal")]
    counted = count_adjustments(view, "H1", 2025, records)
    assert counted.at_clearing_fen == {Line.AUDIT: -300, Line.PENALTIES: -7, Line.APPEALS: 3}
    assert counted.months_fen == {}


def test_a_decision_after_the_clearing_leaves_the_cleared_year_as_it_was(view: PolicyView) -> None:
    late = audit(-500, decided_on=date(2026, 7, 1))
    plain, again = (
        clear_year(view, InstitutionYear("H1", 2025, {"2025-01": 10_000}, {}, 0, adjustments=records))
        for records in ((), (late,))
    )
    assert (again.amounts_fen, again.months) == (plain.amounts_fen, plain.months)
    following = clear_year(view, InstitutionYear("H1", 2026, {}, {}, 0, adjustments=(late,)))
    assert following.amounts_fen[Line.AUDIT] == following.amounts_fen[Line.DUE_AT_CLEARING] == -500


def test_every_state_of_one_record_may_be_there_and_the_decision_counts_once(view: PolicyView) -> None:
    course = [
        audit(-900, state="proposed", decided_on=None),
        audit(-900, state="reviewed", decided_on=None),
        audit(-900, state="appealed", decided_on=None),
        audit(-400),
    ]
    counted = count_adjustments(view, "H1", 2025, course)
    assert counted.at_clearing_fen == {Line.AUDIT: -400}
    assert counted.explanation is not None
    assert counted.explanation.rejected == ()


def test_a_record_that_waits_is_named_with_its_state(view: PolicyView) -> None:
    counted = count_adjustments(view, "H1", 2025, [audit(-90_000, state="appealed", decided_on=None)])
    assert counted.explanation is not None
    assert counted.explanation.rule == ADJUSTMENTS
    (waiting,) = counted.explanation.rejected
    assert waiting.zh == "A1（-900.00 元）申诉中，尚未决定，不计入"


def test_a_closed_hospital_is_cleared_for_the_sake_of_a_record(view: PolicyView) -> None:
    records = [audit(-5), audit(-6, "A2", state="proposed", decided_on=None)]
    assert adjusted_institutions(view, 2025, records) == {"H1"}
    assert adjusted_institutions(view, 2024, records) == set()
    cleared = clear_year(view, InstitutionYear("H1", 2025, {}, {}, 0, adjustments=tuple(records)))
    assert cleared.amounts_fen[Line.DUE_AT_CLEARING] == -5


def test_everything_that_cannot_count_is_refused_together(view: PolicyView) -> None:
    records = [
        audit(-1, "A1", decided_on=None),
        audit(1, "A2", kind="penalty"),
        audit(-1, "A3"),
        audit(-2, "A3"),
        # Of another institution, and of no matter here.
        Adjustment("A4", "H2", "penalty", "decided", SPRING, 5),
    ]
    with pytest.raises(Problems) as refused:
        count_adjustments(view, "H1", 2025, records)
    assert [problem.code for problem in refused.value.problems] == [
        "payment.adjustment_undated",
        "payment.adjustment_sign",
        "payment.adjustment_repeated",
    ]


def test_a_late_list_in_a_month_in_the_red_is_set_off(view: PolicyView) -> None:
    late = audit(600, kind="late_list", decided_on=date(2025, 2, 3))
    clearing = clear_year(view, InstitutionYear("H1", 2025, {"2025-01": -1_000}, {}, 0, adjustments=(late,)))
    assert [(month.month, month.late_lists_fen, month.carried_out_fen) for month in clearing.months] == [
        ("2025-01", 0, -1_000),
        ("2025-02", 600, -400),
    ]


def test_a_sharing_without_figures_is_refused(view: PolicyView) -> None:
    shared = view_with(
        {
            "settlement/prepay_ratio": "0.95",
            "settlement/assessment/score": {"default": "90"},
            "settlement/assessment/deposit_return": [{"above": "rest", "value": "1"}],
            "settlement/cost_sharing/method": "bands",
        }
    )
    with pytest.raises(TongchouError) as refused:
        clear_year(shared, InstitutionYear("H1", 2025, {}, {}, 0))
    assert (refused.value.code, refused.value.where) == ("payment.no_cost_figures", "H1")
