"""Periods go forward in order, and nothing is booked where none is open."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.logged import entries_of

from tongchou.core.errors import Problems, TongchouError
from tongchou.ledger.days import days_of, next_month
from tongchou.ledger.periods import PeriodChange, Periods, State, periods_table, read_periods
from tongchou.schema.results import LEDGER_PERIODS

DAY = date(2025, 1, 2)


def after(*steps: str) -> Periods:
    """Return periods after steps written `open 2025-01`."""
    periods = Periods()
    for step in steps:
        state, _, period = step.partition(" ")
        periods.change(period, State(state), DAY, "张三", "测试")
    return periods


def test_a_region_that_keeps_no_periods_books_on_any_day() -> None:
    Periods().require_open(entries_of(3))
    assert Periods().may_book(date(1990, 1, 1))


def test_a_month_is_opened_locked_and_closed() -> None:
    periods = after("open 2025-01", "locked 2025-01", "closed 2025-01")
    assert periods.state("2025-01") is State.CLOSED
    assert [change.state for change in periods.changes] == [State.OPEN, State.LOCKED, State.CLOSED]
    assert [change.sequence for change in periods.changes] == [1, 2, 3]


def test_opening_a_year_opens_its_months() -> None:
    periods = after("open 2025")
    assert list(periods.states()) == ["2025", *[f"2025-{number:02d}" for number in range(1, 13)]]
    assert set(periods.states().values()) == {State.OPEN}


def test_a_region_may_begin_within_a_year() -> None:
    months = [f"2025-{number:02d}" for number in range(7, 13)]
    periods = after("open 2025-07", "open 2025", *(f"locked {month}" for month in months), "locked 2025")
    assert list(periods.states()) == ["2025", *months]
    assert periods.state("2025") is State.LOCKED


@pytest.mark.parametrize(
    ("before", "step"),
    [
        ([], "locked 2025-01"),
        ([], "closed 2025-01"),
        (["open 2025-01"], "open 2025-01"),
        (["open 2025-01"], "closed 2025-01"),
        (["open 2025-01", "locked 2025-01"], "open 2025-01"),
        (["open 2025-01", "locked 2025-01", "closed 2025-01"], "open 2025-01"),
        (["open 2025-01", "locked 2025-01", "closed 2025-01"], "locked 2025-01"),
        (["open 2025-02"], "open 2025-01"),
        (["open 2025-01"], "open 2025-03"),
        (["open 2025"], "open 2027"),
        (["open 2025-01", "open 2025-02"], "locked 2025-02"),
        (["open 2025-01", "open 2025-02", "locked 2025-01", "locked 2025-02"], "closed 2025-02"),
        (["open 2025"], "locked 2025"),
        (["open 2025-01", "open 2025-02"], "locked 2025"),
        (["open 2024-11", "open 2024"], "open 2026-01"),
    ],
)
def test_what_is_out_of_order_is_refused_and_changes_nothing(before: list[str], step: str) -> None:
    periods = after(*before)
    then = (periods.changes, periods.states())
    state, _, period = step.partition(" ")
    with pytest.raises(TongchouError) as refused:
        periods.change(period, State(state), DAY, "张三", "测试")
    assert refused.value.code == "ledger.period_order"
    assert (periods.changes, periods.states()) == then


def test_a_year_whose_months_cannot_be_opened_is_not_opened_either() -> None:
    periods = after("open 2025-01")
    with pytest.raises(TongchouError):
        periods.change("2026", State.OPEN, DAY, "张三", "测试")
    assert periods.states() == {"2025-01": State.OPEN}


def test_a_year_is_locked_and_closed_after_its_months() -> None:
    months = [f"2025-{number:02d}" for number in range(1, 13)]
    periods = after("open 2025", *(f"locked {month}" for month in months), "locked 2025")
    with pytest.raises(TongchouError):
        periods.change("2025", State.CLOSED, DAY, "张三", "测试")
    for month in [*months, "2025"]:
        periods.change(month, State.CLOSED, DAY, "张三", "测试")
    assert set(periods.states().values()) == {State.CLOSED}


@pytest.mark.parametrize("period", ["2025-13", "2025-1", "25", "2025-00", "0000", "all", "2025-01-01", ""])
def test_a_period_that_is_none_is_refused(period: str) -> None:
    with pytest.raises(TongchouError) as refused:
        Periods().change(period, State.OPEN, DAY, "张三", "测试")
    assert refused.value.code == "ledger.period"


def test_nothing_is_booked_in_a_period_that_is_not_open() -> None:
    periods = after("open 2025-01", "open 2025-02", "locked 2025-01")
    january, february, march = (date(2025, number, 15) for number in (1, 2, 3))
    assert [periods.may_book(day) for day in (january, february, march)] == [False, True, False]
    with pytest.raises(TongchouError) as refused:
        periods.require_open(entries_of(40))
    assert refused.value.code == "ledger.period_not_open"
    assert "2025-01" in refused.value.what.en
    assert "锁定 / locked: r1/ledger.test/0" in refused.value.where
    with pytest.raises(Problems) as several:
        periods.require_open(entries_of(70))
    assert ["2025-01" in several.value.problems[0].what.zh, "2025-03" in several.value.problems[1].what.zh] == [
        True
    ] * 2
    assert "未开放" in several.value.problems[1].where


def test_a_locked_year_keeps_its_months_shut() -> None:
    months = [f"2025-{number:02d}" for number in range(1, 13)]
    periods = after("open 2025", *(f"locked {month}" for month in months), "locked 2025", "open 2026")
    assert not periods.may_book(date(2025, 12, 31))
    assert periods.may_book(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("steps", "day", "found"),
    [
        (["open 2025-01", "open 2025-02", "locked 2025-01"], date(2025, 1, 31), date(2025, 2, 1)),
        (["open 2024-12", "locked 2024-12", "open 2025-01"], date(2024, 6, 1), date(2025, 1, 1)),
    ],
)
def test_a_correction_goes_to_the_first_open_period_after_it(steps: list[str], day: date, found: date) -> None:
    assert after(*steps).first_open_day(day) == found


def test_no_open_period_for_a_correction_is_a_sentence() -> None:
    with pytest.raises(TongchouError) as refused:
        after("open 2025-01", "locked 2025-01").first_open_day(date(2025, 1, 31))
    assert refused.value.code == "ledger.no_open_period"


def test_changes_come_back_from_their_rows_in_any_order() -> None:
    periods = after("open 2025-01", "open 2025-02", "locked 2025-01")
    table = periods_table(periods.changes[::-1])
    assert table.schema == LEDGER_PERIODS.arrow_schema
    assert read_periods(table).changes == periods.changes


def test_rows_that_were_tampered_with_are_refused() -> None:
    forged = [PeriodChange(1, "2025-01", State.CLOSED, DAY, "x", "x")]
    with pytest.raises(TongchouError) as refused:
        read_periods(periods_table(forged))
    assert refused.value.code == "ledger.period_order"


@given(st.integers(1, 9998), st.integers(1, 12))
def test_months_follow_each_other_without_a_gap(year: int, number: int) -> None:
    month = f"{year:04d}-{number:02d}"
    assert (days_of(next_month(month))[0] - days_of(month)[1]).days == 1


@given(st.lists(st.tuples(st.sampled_from(["2025-01", "2025-02", "2025-03", "2025"]), st.sampled_from(State))))
def test_no_period_ever_goes_back(steps: list[tuple[str, State]]) -> None:
    periods, rank = Periods(), list(State).index
    for period, state in steps:
        before = periods.states()
        try:
            periods.change(period, state, DAY, "x", "x")
        except TongchouError:
            assert periods.states() == before
        for each, was in before.items():
            assert rank(periods.states()[each]) >= rank(was)
        months = [rank(found) for each, found in periods.states().items() if len(each) == 7]
        assert months == sorted(months, reverse=True)
