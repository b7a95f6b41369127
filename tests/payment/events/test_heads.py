"""Who counts for whom in which month, and what fees of heads keep whatever the heads."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.payment.events.making import RESERVE, YEAR

from tongchou.core.errors import TongchouError
from tongchou.payment.events.capitation import head_fees
from tongchou.payment.events.contract_fee import contract_fee
from tongchou.payment.events.heads import Contract, Head, HeadPool, count_months, month_after
from tongchou.payment.events.pooled import compare


def contract(institution: str, start: str, end: str = "2025-12-31", confirmed: str | None = None) -> Contract:
    begins = date.fromisoformat(start)
    agreed = date.fromisoformat(confirmed) if confirmed else begins
    return Contract("P1", institution, agreed, begins, date.fromisoformat(end))


def months(*contracts: Contract, ended: str | None = None, counted_on: str = "first_day") -> dict[str, str]:
    """Return the months of the year that count for each institution, as numbers joined by blanks."""
    ends = {"P1": date.fromisoformat(ended)} if ended else {}
    counted = count_months(contracts, YEAR, ends, counted_on)  # type: ignore[arg-type]
    return {institution: " ".join(month[5:].lstrip("0") for month in own) for (_, institution), own in counted.items()}


def test_a_contract_counts_from_the_first_month_whose_first_day_it_holds_on() -> None:
    assert months(contract("T1", "2025-10-02")) == {"T1": "11 12"}
    assert months(contract("T1", "2025-10-01")) == {"T1": "10 11 12"}
    assert months(contract("T1", "2025-10-31"), counted_on="any_day") == {"T1": "10 11 12"}


def test_a_contract_that_ends_counts_in_the_month_of_its_end() -> None:
    assert months(contract("T1", "2025-01-01", "2025-02-01")) == {"T1": "1 2"}
    assert months(contract("T1", "2025-01-01", "2025-01-31")) == {"T1": "1"}


@pytest.mark.parametrize("day", ["2025-03-01", "2025-03-31"])
def test_the_month_of_a_death_or_departure_counts_and_the_next_does_not(day: str) -> None:
    assert months(contract("T1", "2025-01-01"), ended=day) == {"T1": "1 2 3"}


def test_of_two_contracts_the_latest_confirmed_counts() -> None:
    early, late = contract("T1", "2025-01-01"), contract("T2", "2025-06-01")
    assert months(early, late) == months(late, early) == {"T1": "1 2 3 4 5", "T2": "6 7 8 9 10 11 12"}
    # Confirmed later, though begun earlier.
    reconfirmed = contract("T1", "2025-01-01", confirmed="2025-06-15")
    assert months(reconfirmed, late) == {"T1": "1 2 3 4 5 6 7 8 9 10 11 12"}


def test_contracts_confirmed_and_begun_alike_are_decided_by_the_greater_id_in_any_order() -> None:
    pair = contract("T1", "2025-12-01"), contract("T2", "2025-12-01")
    assert months(*pair) == months(*reversed(pair)) == {"T2": "12"}


def test_when_the_later_contract_ends_the_earlier_counts_again() -> None:
    assert months(contract("T1", "2025-01-01"), contract("T2", "2025-02-01", "2025-10-31")) == {
        "T1": "1 11 12",
        "T2": "2 3 4 5 6 7 8 9 10",
    }


def test_a_month_of_a_person_is_not_counted_twice() -> None:
    heads = (Head("P1", "T1", ("2025-01", "2025-02")), Head("P1", "T2", ("2025-02",)))
    with pytest.raises(TongchouError) as refused:
        HeadPool("A1", RESERVE, heads)
    assert (refused.value.code, refused.value.where) == ("payment.counted_twice", "A1 P1 2025-02")


def test_months_run_over_the_end_of_the_year() -> None:
    assert (month_after("2025-12"), month_after("2025-01", -13), month_after("2025-01", 0)) == (
        "2026-01",
        "2023-12",
        "2025-01",
    )


def test_heads_without_any_risk_are_refused() -> None:
    with pytest.raises(TongchouError, match=r"payment\.no_risk"):
        head_fees(80_000, [Head("P1", "T1", YEAR, 0)], "allocate")


@pytest.mark.parametrize("score", [-1, 10_001, 820_000])
def test_a_score_that_is_none_is_refused(score: int) -> None:
    with pytest.raises(TongchouError, match=r"payment\.score"):
        contract_fee(12_000, 6_000, score)


HEADS = st.lists(st.tuples(st.integers(1, 30_000), st.integers(1, 12)), min_size=1, max_size=30)


@given(base=st.integers(1, 10**7), drawn=HEADS)
def test_the_total_is_preserved_in_both_modes(base: int, drawn: list[tuple[int, int]]) -> None:
    heads = [Head(f"P{n:02d}", "T1", YEAR[:count], factor) for n, (factor, count) in enumerate(drawn)]
    each, exact = head_fees(base, heads, "round_each"), head_fees(base, heads, "allocate")
    assert each.total_fen == exact.total_fen == sum(exact.fees_fen) == sum(each.fees_fen) - each.difference_fen
    # One half fen a head, and one half of the total's own rounding.
    assert 2 * abs(each.difference_fen) <= len(heads) + 1
    assert all(abs(one - other) <= 1 for one, other in zip(each.fees_fen, exact.fees_fen, strict=True))


@given(base=st.integers(1, 10**7), drawn=HEADS, more=st.integers(1, 10_000))
def test_a_greater_risk_never_brings_a_smaller_fee(base: int, drawn: list[tuple[int, int]], more: int) -> None:
    (factor, count), *rest = drawn
    others = [Head(f"Q{n:02d}", "T1", YEAR[:months], own) for n, (own, months) in enumerate(rest)]
    less = head_fees(base, [Head("P", "T1", YEAR[:count], factor), *others], "round_each")
    greater = head_fees(base, [Head("P", "T1", YEAR[:count], factor + more), *others], "round_each")
    assert greater.fees_fen[0] >= less.fees_fen[0]
    assert greater.total_fen == less.total_fen


@given(total=st.integers(0, 10**11), share=st.integers(0, 10_000), score=st.integers(0, 10_000))
def test_a_contract_fee_is_fixed_part_and_part_at_stake(total: int, share: int, score: int) -> None:
    found = contract_fee(total, share, score)
    assert found.fixed_fen + found.at_stake_fen == found.total_fen == total
    assert 0 <= found.earned_fen <= found.at_stake_fen
    assert contract_fee(total, share, 10_000).earned_fen == found.at_stake_fen


@given(
    total=st.integers(0, 10**9),
    costs=st.lists(st.integers(0, 10**8), max_size=20),
    threshold=st.integers(0, 10**7),
    share=st.integers(0, 10_000),
)
def test_fees_and_cost_and_stop_loss_add_up(total: int, costs: list[int], threshold: int, share: int) -> None:
    found = compare(total, {f"P{n}": cost for n, cost in enumerate(costs)}, threshold, share)
    assert found.result_fen + found.counted_fen == total
    assert found.counted_fen + found.stopped_fen == found.actual_fen == sum(costs)
    assert 0 <= found.stopped_fen <= found.actual_fen
    whole = compare(total, {f"P{n}": cost for n, cost in enumerate(costs)}, threshold, 10_000)
    assert whole.counted_fen == sum(min(cost, threshold) for cost in costs)
