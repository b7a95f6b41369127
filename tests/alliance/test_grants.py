"""Grants of incentive and special funds."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.alliance.given import fen
from tests.worked import Worked, view_with, worked

from tongchou.alliance.grants import FundApplication, grant_applications
from tongchou.core.errors import TongchouError
from tongchou.core.money import ratio_to_e4, yuan_to_fen
from tongchou.payment.transfer import Party
from tongchou.policy import PolicyView

TEN_MILLION = 1_000_000_000


def policy(ranking: str = "by_score", shortage: str = "whole") -> dict[str, object]:
    """Return a yearly fund of 500 million, at most 10 million a county."""
    return {
        "alliance/grants/yearly_budget": {"special": 500000000},
        "alliance/grants/cap": {"special": 10000000},
        "alliance/grants/minimum_score": {"special": 60},
        "alliance/grants/ranking": {"special": ranking},
        "alliance/grants/shortage": {"special": shortage},
    }


def application(number: int, **changes: Any) -> FundApplication:
    fields = {
        "application_id": f"Q{number:03d}",
        "fund": "special",
        "area_id": f"县{number}",
        "institution_id": f"H{number}",
        "purpose": "imaging_centre",
        "amount_fen": TEN_MILLION,
        "score_e4": 800_000,
        "cost_per_weight_fen": None,
        "received_before_fen": 0,
        "applied_on": date(2025, 3, 1),
    }
    return FundApplication(**(fields | changes))


def written(given_application: Mapping[str, Any]) -> FundApplication:
    cost = given_application.get("cost")
    return FundApplication(
        given_application["id"],
        given_application.get("fund", "special"),
        given_application["area"],
        "H1",
        "laboratory_centre",
        yuan_to_fen(given_application["amount"]),
        ratio_to_e4(given_application["score"]),
        None if cost is None else yuan_to_fen(cost),
        yuan_to_fen(given_application.get("before", "0")),
        date.fromisoformat(given_application["on"]),
    )


@worked("alliance/grants.yaml")
def test_a_funds_year(case: Worked) -> None:
    applications = [written(each) for each in case.given["applications"]]
    round_ = grant_applications(case.view, case.given["fund"], "2025-12", applications)
    granted = [(award.application.application_id, award.granted_fen) for award in round_.awards]
    assert granted == list(fen(case.expect["granted"]).items())
    assert round_.left_fen == yuan_to_fen(case.expect["left"])
    assert set(round_.explanation.parameters) == set(case.view.reads)


def test_five_hundred_million_at_ten_a_county_are_fifty_grants() -> None:
    applications = [application(number) for number in range(51)]
    round_ = grant_applications(view_with(policy()), "special", "2025-12", applications)
    assert [award.granted_fen for award in round_.awards] == [TEN_MILLION] * 50 + [0]
    assert (round_.left_fen, len(round_.transfers)) == (0, 50)
    assert [text.en for text in round_.awards[50].refused] == ["the fund was short"]


def test_the_public_finances_pay_special_grants_and_the_incentive_fund_its_own() -> None:
    special = grant_applications(view_with(policy()), "special", "2025-12", [application(1)]).transfers[0]
    assert (special.payer, special.payee, special.purpose, special.amount_fen) == (
        Party("finance"),
        Party("institution", "H1"),
        "special_grant",
        TEN_MILLION,
    )
    own = {name: {"incentive": value["special"]} for name, value in policy().items()}
    (incentive,) = grant_applications(
        view_with(own), "incentive", "2025-12", [application(1, fund="incentive")]
    ).transfers
    assert (incentive.payer, incentive.purpose) == (Party("incentive_fund"), "incentive_grant")


def test_an_application_that_stands_twice_is_refused() -> None:
    with pytest.raises(TongchouError) as refused:
        grant_applications(view_with(policy()), "special", "2025-12", [application(1), application(1)])
    assert (refused.value.code, refused.value.where) == ("alliance.bad_record", "Q001")


@pytest.fixture(
    scope="module",
    params=[("by_score", "whole"), ("by_date", "partial"), ("by_cost", "partial")],
    ids=" ".join,
)
def view(request: pytest.FixtureRequest) -> PolicyView:
    return view_with(policy(*request.param))


drawn_applications = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 20 * TEN_MILLION),
        st.integers(0, 1_000_000),
        st.none() | st.integers(0, 10**6),
        st.integers(0, 2 * TEN_MILLION),
        st.dates(date(2025, 1, 1), date(2025, 1, 5)),
    ),
    max_size=8,
)


@given(drawn=drawn_applications, data=st.data())
def test_no_fund_grants_more_than_it_has_and_no_county_gets_more_than_its_cap(
    view: PolicyView, drawn: list[tuple[int, int, int, int | None, int, date]], data: st.DataObject
) -> None:
    before = {}
    applications = []
    for number, (area, amount, score, cost, earlier, day) in enumerate(drawn):
        before.setdefault(area, earlier)
        applications.append(
            application(
                number,
                area_id=f"县{area}",
                amount_fen=amount,
                score_e4=score,
                cost_per_weight_fen=cost,
                received_before_fen=before[area],
                applied_on=day,
            )
        )
    round_ = grant_applications(view, "special", "2025-12", applications)
    assert sum(award.granted_fen for award in round_.awards) + round_.left_fen == round_.yearly_fen
    assert round_.left_fen >= 0
    assert len(round_.awards) == len(applications)
    for area, earlier in before.items():
        got = sum(award.granted_fen for award in round_.awards if award.application.area_id == f"县{area}")
        assert got <= max(0, TEN_MILLION - earlier)
    assert all(
        bool(award.refused) == (award.granted_fen < award.application.amount_fen) or not award.rank
        for award in round_.awards
    )
    assert grant_applications(view, "special", "2025-12", data.draw(st.permutations(applications))) == round_
