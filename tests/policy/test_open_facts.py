"""Facts that sources date differently or leave unreadable: dated values answer by the day, gaps stay empty."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tongchou.core.errors import Problems, TongchouError
from tongchou.policy import Policy

Write = Callable[..., Path]
Declare = Callable[..., str]
Load = Callable[..., Policy]


def test_facts_of_different_years_each_answer_for_their_own_days(
    write_pack: Write, declared: Declare, policy_of: Load
) -> None:
    # C12: "more than 60 percent by item" and "all areas by group by the end of 2024" are both true of their time.
    values = {"2023-01-01": "0.60", "2025-01-01": "0"}
    policy = policy_of(write_pack("land", files={"share_by_item": declared("ratio", values)}))
    answers = {}
    for day in (date(2023, 1, 1), date(2024, 12, 31), date(2025, 1, 1)):
        view = policy.at(day, "land")
        with view.recording() as reads:
            answers[day] = view.e4("share_by_item")
        assert reads[0].source.number == "测〔2025〕1号"
        assert reads[0].valid_from <= day
    assert list(answers.values()) == [6_000, 6_000, 0]
    with pytest.raises(TongchouError, match=r"policy\.no_value"):
        policy.at(date(2022, 12, 31), "land").e4("share_by_item")


def test_a_figure_that_cannot_be_read_in_its_source_stays_empty_and_is_refused_when_asked_for(
    write_pack: Write, declared: Declare, policy_of: Load
) -> None:
    # C19: a growth rate whose digit is lost is not zero and not a guess.
    policy = policy_of(write_pack("land", files={"fund_growth": declared("ratio", {})}))
    view = policy.at(date(2025, 6, 30), "land")
    assert not view.has("fund_growth")
    with pytest.raises(TongchouError, match=r"policy\.no_value"):
        view.e4("fund_growth")


@pytest.mark.parametrize("written", ['"?0%"', '"结留用"', "0.?"])
def test_a_damaged_figure_is_not_taken_for_a_number(
    written: str, write_pack: Write, declared: Declare, policy_of: Load
) -> None:
    with pytest.raises((Problems, TongchouError)):
        policy_of(write_pack("land", files={"fund_growth": declared("ratio", {"2025-01-01": written})}))


def test_no_pack_of_the_nation_fills_the_figures_that_the_sources_lost() -> None:
    view = Policy.load().at(date(2025, 12, 31), "national")
    assert not view.has("alliance/budget/growth")
    assert not view.has("alliance/budget/history/growth")
