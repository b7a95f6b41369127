"""Whatever the year and the policy: the lines add up to the fen, and order changes nothing."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.accounts import totals_of
from tests.worked import view_with

from tongchou.ledger.journal import balances, journal_table, verify
from tongchou.ledger.postings import post_year
from tongchou.payment.clearing import Adjustment, Clearing, CostFigures, InstitutionYear, Line, clear_year, summed_lines
from tongchou.payment.clearing.advance import link_factor
from tongchou.policy import PolicyView

MONTHS = [f"2025-{number:02d}" for number in range(1, 13)]
FIXED = {
    "settlement/assessment/score": {"default": "87.3", "H2": "58"},
    "settlement/assessment/deposit_return": [{"below": "60", "value": "0"}, {"above": "rest", "value": "0.95"}],
    "settlement/assessment/factor": [{"below": "60", "value": "0.97"}, {"above": "rest", "value": "1.01"}],
    "settlement/advance/fund_months": "9",
    "settlement/advance/min_fund_months": "6",
    "settlement/advance/grant_month": "1",
    "settlement/cost_sharing/low_threshold": "0.85",
    "settlement/cost_sharing/low_factor": "1.05",
    "settlement/cost_sharing/surplus_kept": [{"up_to": "0.05", "value": "1"}, {"above": "rest", "value": "0.8"}],
    "settlement/cost_sharing/deficit_fund_share": [{"up_to": "0.1", "value": "0.5"}, {"above": "rest", "value": "0"}],
}
POLICIES: list[dict[str, Any]] = [
    {
        "settlement/prepay_ratio": "0.95",
        "settlement/advance/method": "month_of_last_year",
        "settlement/advance/set_off": "monthly",
        "settlement/assessment/use": "both",
        "settlement/deposit/basis": "year_due",
        "settlement/cost_sharing/method": "bands",
    },
    {
        "settlement/prepay_ratio": "0.973",
        "settlement/advance/method": "month_of_last_year",
        "settlement/advance/set_off": "at_clearing",
        "settlement/assessment/use": "factor",
        "settlement/cost_sharing/method": "bands",
        "settlement/cost_sharing/cut": "whole",
    },
    {"settlement/prepay_ratio": "0.95"},
]

amounts = st.integers(-(10**10), 10**10)
by_month = st.dictionaries(st.sampled_from(MONTHS), amounts, max_size=12)
visits = st.dictionaries(st.sampled_from(MONTHS), st.integers(0, 10**9), max_size=4)


@st.composite
def records(draw: st.DrawFn) -> tuple[Adjustment, ...]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(["audit", "penalty", "appeal", "late_list", "after_clearing"]))
        state = draw(st.sampled_from(["proposed", "reviewed", "appealed", "decided"]))
        amount = draw(st.integers(-(10**8), 0 if kind == "penalty" else 10**8))
        day = draw(st.dates(date(2024, 6, 1), date(2027, 6, 1))) if state == "decided" else None
        owner = draw(st.sampled_from(["H1", "H2"]))
        found.append(Adjustment(f"A{number}", owner, kind, state, day, amount))
    return tuple(found)


@st.composite
def years(draw: st.DrawFn, institution_id: str = "H1") -> InstitutionYear:
    return InstitutionYear(
        institution_id,
        2025,
        draw(by_month),
        draw(visits),
        draw(st.integers(-(10**9), 10**9)),
        transfers_fen=draw(by_month),
        final_due_fen=draw(st.none() | amounts),
        last_year_paid_fen=draw(st.integers(0, 10**11)),
        cost=CostFigures(draw(st.integers(0, 10**11)), draw(st.integers(1, 10**11))),
        adjustments=draw(records()),
    )


@pytest.fixture(scope="module", params=range(len(POLICIES)), ids=["all by months", "all at clearing", "plain"])
def view(request: pytest.FixtureRequest) -> PolicyView:
    return view_with(FIXED | POLICIES[request.param])


@given(year=years())
def test_every_identity_holds_to_the_fen(view: PolicyView, year: InstitutionYear) -> None:
    clearing = clear_year(view, year)

    def amount(*lines: Line) -> int:
        return sum(clearing.amounts_fen.get(line, 0) for line in lines)

    months = amount(Line.INPATIENT_DUE, Line.TRANSFERS, Line.LATE_LISTS, Line.AFTER_CLEARING)
    assert months == amount(Line.PREPAID, Line.DEPOSIT_WITHHELD, Line.CARRIED_OVER)
    assert clearing.amounts_fen.get(Line.MONTHS_DUE, months) == months
    deposit = amount(Line.DEPOSIT_WITHHELD) - amount(Line.DEPOSIT_AT_YEAR_END)
    assert deposit == amount(Line.DEPOSIT_RETURNED, Line.DEPOSIT_FORFEITED) >= 0
    assert amount(Line.ADVANCE_GRANTED) == amount(Line.ADVANCE_SET_OFF) - amount(Line.ADVANCE_RECOVERED)
    for line, parts in summed_lines(clearing.amounts_fen).items():
        assert amount(line) == amount(*parts)
    # All that the year gave, less what was forfeited, was paid, set off or is due.
    gave = months + amount(
        Line.SURPLUS_SHARE, Line.YEAR_END_REVISION, Line.ASSESSMENT, Line.COST_SHARED, Line.AUDIT, Line.PENALTIES,
        Line.APPEALS,
    )  # fmt: skip
    got = amount(Line.PREPAID, Line.ADVANCE_GRANTED, Line.DUE_AT_CLEARING) - amount(Line.ADVANCE_SET_OFF)
    assert gave - amount(Line.DEPOSIT_FORFEITED) == got
    assert totals_of(clearing.explanation.account) == [
        amount(Line.DEPOSIT_WITHHELD, Line.CARRIED_OVER),
        amount(Line.DUE_AT_CLEARING),
    ]
    for month in clearing.months:
        assert month.carried_in_fen + month.total_fen == month.prepaid_fen + month.deposit_fen + month.carried_out_fen
        assert min(month.prepaid_fen, month.deposit_fen) >= 0 >= month.carried_out_fen
        assert 0 <= month.set_off_fen <= month.prepaid_fen


@given(year=years(), data=st.data())
def test_the_order_of_months_and_records_changes_nothing(
    view: PolicyView, year: InstitutionYear, data: st.DataObject
) -> None:
    def shuffled(mapping: dict[str, int]) -> dict[str, int]:
        return dict(data.draw(st.permutations(list(mapping.items()))))

    other = replace(
        year,
        inpatient_due_fen=shuffled(dict(year.inpatient_due_fen)),
        transfers_fen=shuffled(dict(year.transfers_fen)),
        adjustments=tuple(data.draw(st.permutations(year.adjustments))),
    )
    assert clear_year(view, other) == clear_year(view, year)


@given(first=years("H1"), second=years("H2"))
def test_institutions_are_cleared_each_by_itself(
    view: PolicyView, first: InstitutionYear, second: InstitutionYear
) -> None:
    forwards = [clear_year(view, year) for year in (first, second)]
    backwards = [clear_year(view, year) for year in (second, first)]
    assert forwards == backwards[::-1]


@given(year=years())
def test_what_is_not_decided_changes_no_amount(view: PolicyView, year: InstitutionYear) -> None:
    decided = tuple(each for each in year.adjustments if each.state == "decided")
    only, every = clear_year(view, replace(year, adjustments=decided)), clear_year(view, year)
    assert (only.amounts_fen, only.months, only.advance) == (every.amounts_fen, every.months, every.advance)


@given(year=years())
def test_every_parameter_that_was_read_is_explained(view: PolicyView, year: InstitutionYear) -> None:
    with view.recording() as reads:
        clearing = clear_year(view, year)
    named = {(read.name, read.key) for step in clearing.explanation.walk() for read in step.parameters}
    assert named == {(read.name, read.key) for read in reads}
    steps = {step.rule for step in clearing.explanation.walk()}
    assert {line.rule for line in clearing.amounts_fen} <= steps


@settings(deadline=None)
@given(first=years("H1"), second=years("H2"))
def test_the_ledger_settles_every_line(view: PolicyView, first: InstitutionYear, second: InstitutionYear) -> None:
    # Transfers are booked one by one, and shares by their alliances' settlements; neither by the clearing.
    plain = [replace(year, transfers_fen={}, surplus_share_fen=0) for year in (first, second)]
    clearings = [clear_year(view, year) for year in plain]
    cleared_on = date(2026, 6, 30)
    journal = journal_table(post_year("r1", clearings, [], cleared_on))
    assert verify(journal) == []
    at_end = balances(journal, cleared_on)
    assert sum(at_end.values()) == 0
    settled = [code for code in at_end if code.startswith(("payable.", "deposit.", "advance."))]
    assert {code: at_end[code] for code in settled if at_end[code]} == {}
    assert at_end.get("fund.cash", 0) == -sum(_paid(clearing) for clearing in clearings)


def _paid(clearing: Clearing) -> int:
    lines = clearing.amounts_fen
    return (
        sum(month.prepaid_fen - month.set_off_fen + month.outpatient_paid_fen for month in clearing.months)
        + lines.get(Line.ADVANCE_GRANTED, 0)
        + max(0, lines[Line.DUE_AT_CLEARING])
    )


@given(weight=st.integers(0, 10_000), scores=st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)))
def test_a_higher_score_never_lowers_what_is_tied_to_it_and_a_full_one_leaves_all(
    weight: int, scores: tuple[int, int]
) -> None:
    low, high = sorted(scores)
    for link in ("weighted_part", "whole"):
        assert 0 <= link_factor(link, weight, low) <= link_factor(link, weight, high) <= 1
        assert link_factor(link, weight, 10_000) == 1
    assert link_factor("weighted_part", weight, 0) * 10_000 == 10_000 - weight
