"""The risk pool: contributions, grants, shortage, what becomes of the balance."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.alliance.given import fen
from tests.worked import Worked, view_with, worked

from tongchou.alliance.risk_claim import RiskClaim, check_grant
from tongchou.alliance.risk_pool import settle_risk_pool
from tongchou.core.errors import TongchouError
from tongchou.core.money import yuan_to_fen
from tongchou.payment.transfer import net_by_month
from tongchou.policy import PolicyView

POLICY = {
    "alliance/risk_pool/contribution_ratio": 0.005,
    "alliance/risk_pool/grant_ratio": 0.5,
    "alliance/risk_pool/reasons": {"rare_disease": "eligible", "default": "not_eligible"},
    "alliance/risk_pool/shortage": "by_date",
    "alliance/risk_pool/year_end": "carried",
    "alliance/risk_pool/opening_balance": 123.45,
}


def claim_of(given_claim: Mapping[str, Any]) -> RiskClaim:
    return RiskClaim(
        given_claim["id"],
        given_claim["member"],
        given_claim["reason"],
        f"病例 {given_claim['id']}",
        yuan_to_fen(given_claim["cost"]),
        yuan_to_fen(given_claim["payment"]),
        date.fromisoformat(given_claim["on"]),
    )


@worked("alliance/risk_pool.yaml")
def test_a_pools_year(case: Worked) -> None:
    claims = [claim_of(each) for each in case.given.get("claims", ())]
    pool = settle_risk_pool(case.view, "A1", 2025, fen(case.given["incomes"]), claims)
    assert pool.contributions_fen == fen(case.expect["contributions"])
    assert {grant.claim_id: grant.grant_fen for grant in pool.grants} == fen(case.expect["grants"])
    assert [grant.claim_id for grant in pool.grants] == list(case.expect["grants"])
    assert pool.returned_fen == fen(case.expect["returned"])
    assert pool.closing_fen == yuan_to_fen(case.expect["closing"])
    explained = {read for step in pool.explanation.walk() for read in step.parameters}
    assert explained == set(case.view.reads)


@worked("alliance/risk_grant_check.yaml")
def test_a_grant_decided_elsewhere_is_checked(case: Worked) -> None:
    given_case = case.given
    claim = RiskClaim(
        "S1",
        "H1",
        "rare_disease",
        "病例",
        yuan_to_fen(given_case["cost"]),
        yuan_to_fen(given_case["payment"]),
        date(2025, 1, 1),
    )
    findings = check_grant(case.view, claim, yuan_to_fen(given_case["grant"]), yuan_to_fen(given_case["borne"]))
    assert {finding.code: finding.amount_fen for finding in findings} == fen(case.expect)


def test_what_a_claim_did_not_get_is_said() -> None:
    view = view_with(POLICY)
    claims = [
        RiskClaim("S1", "H1", "rare_disease", "甲", 100_000, 0, date(2025, 1, 1)),
        RiskClaim("S2", "H1", "other", "乙", 100_000, 0, date(2025, 1, 2)),
        RiskClaim("S3", "H1", "rare_disease", "丙", 100, 100, date(2025, 1, 3)),
    ]
    pool = settle_risk_pool(view, "A1", 2025, {"H1": 0}, claims)
    assert [(grant.grant_fen, [text.en for text in grant.refused]) for grant in pool.grants] == [
        (12_345, ["the pool was short"]),
        (0, ["other is not an eligible reason"]),
        (0, ["there was no loss"]),
    ]


def test_transfers_go_into_the_pool_and_out_of_it_in_the_last_month() -> None:
    view = view_with(POLICY | {"alliance/risk_pool/year_end": "returned"})
    claims = [RiskClaim("S1", "H1", "rare_disease", "甲", 20_000, 0, date(2025, 1, 1))]
    pool = settle_risk_pool(view, "A1", 2025, {"H1": 400_000_00, "H2": 0}, claims)
    # In: 200.00 of H1. Out: 100.00 granted, and 123.45 + 200.00 - 100.00 = 223.45 returned to H1, who alone paid in.
    assert net_by_month(pool.transfers, "H1") == {"2025-12": -20_000 + 10_000 + 22_345}
    assert net_by_month(pool.transfers, "H2") == {}
    assert {transfer.payer.kind for transfer in pool.transfers} == {"institution", "risk_pool"}


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ([("S1", "X9", "甲")], "not_in_pool"),
        ([("S1", "H1", "甲"), ("S1", "H1", "乙")], "bad_record"),
        ([("S1", "H1", "甲"), ("S2", "H1", "甲")], "bad_record"),
    ],
    ids=["a stranger", "one number twice", "one loss twice"],
)
def test_claims_that_cannot_stand_are_refused(claims: list[tuple[str, str, str]], code: str) -> None:
    made = [RiskClaim(number, who, "rare_disease", what, 10, 0, date(2025, 1, 1)) for number, who, what in claims]
    with pytest.raises(TongchouError) as refused:
        settle_risk_pool(view_with(POLICY), "A1", 2025, {"H1": 100}, made)
    assert refused.value.code == f"alliance.{code}"


@pytest.fixture(scope="module", params=["by_date", "pro_rata"])
def either(request: pytest.FixtureRequest) -> PolicyView:
    return view_with(POLICY | {"alliance/risk_pool/shortage": request.param})


@pytest.fixture(scope="module")
def returning() -> PolicyView:
    return view_with(POLICY | {"alliance/risk_pool/year_end": "returned"})


incomes_drawn = st.lists(st.integers(-(10**9), 10**10), min_size=1, max_size=5)
claims_drawn = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(["rare_disease", "other"]),
        st.integers(0, 10**8),
        st.integers(0, 10**8),
        st.integers(0, 3),
    ),
    max_size=8,
)


@given(incomes=incomes_drawn, drawn=claims_drawn, data=st.data())
def test_a_pool_is_never_below_zero_and_nothing_is_lost_or_made(
    either: PolicyView,
    returning: PolicyView,
    incomes: list[int],
    drawn: list[tuple[int, str, int, int, int]],
    data: st.DataObject,
) -> None:
    of_member = {f"H{i}": income for i, income in enumerate(incomes)}
    claims = [
        RiskClaim(f"S{n}", f"H{who % len(incomes)}", why, f"{n}", cost, paid, date(2025, 1, 1) + timedelta(day))
        for n, (who, why, cost, paid, day) in enumerate(drawn)
    ]
    for view in (either, returning):
        pool = settle_risk_pool(view, "A1", 2025, of_member, claims)
        granted = sum(grant.grant_fen for grant in pool.grants)
        paid_in, returned = sum(pool.contributions_fen.values()), sum(pool.returned_fen.values())
        assert pool.opening_fen + paid_in == granted + returned + pool.closing_fen
        assert pool.closing_fen >= 0
        for grant in pool.grants:
            assert 0 <= grant.grant_fen <= grant.cap_fen
            assert 2 * grant.cap_fen <= grant.loss_fen + 1
            assert grant.grant_fen + grant.borne_fen == grant.loss_fen
        into = sum(each.amount_fen for each in pool.transfers if each.payee.kind == "risk_pool")
        out = sum(each.amount_fen for each in pool.transfers if each.payer.kind == "risk_pool")
        assert (into, out) == (paid_in, granted + returned)
        assert settle_risk_pool(view, "A1", 2025, of_member, data.draw(st.permutations(claims))) == pool
