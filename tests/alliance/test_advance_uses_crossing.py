"""The advance of a package, the uses of a retained surplus, and care that crosses alliances."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.alliance.given import fen, members
from tests.worked import Worked, view_with, worked

from tongchou.alliance.advance import close_advance, monthly_advance
from tongchou.alliance.crossing import CrossingBalance, CrossingUse, settle_crossing
from tongchou.alliance.surplus_use import SurplusUse, check_uses
from tongchou.core.errors import TongchouError
from tongchou.core.money import yuan_to_fen
from tongchou.payment.transfer import FUND, Party
from tongchou.policy import PolicyView

MEMBERS = members([{"id": "H1", "role": "lead"}, {"id": "H2", "role": "hospital"}, {"id": "C1", "role": "primary"}])


@worked("alliance/advance.yaml")
def test_a_package_is_paid_in_twelve_parts(case: Worked) -> None:
    advance = monthly_advance(case.view, "A1", 2025, yuan_to_fen(case.given["base"]), MEMBERS)
    months = list(advance.months_fen.values())
    found = {
        "advance": advance.advance_fen,
        "kept_back": advance.kept_back_fen,
        "first": months[0],
        "last": months[-1],
    }
    assert found == fen(case.expect)
    assert list(advance.months_fen) == [f"2025-{number:02d}" for number in range(1, 13)]
    assert {(each.payer, each.payee) for each in advance.transfers} == {(FUND, Party("institution", "H1"))}


@pytest.fixture(scope="module")
def view() -> PolicyView:
    return view_with({"alliance/advance/share": 0.95})


@given(base=st.integers(0, 10**13))
def test_the_months_and_what_is_kept_back_sum_to_the_budget(view: PolicyView, base: int) -> None:
    advance = monthly_advance(view, "A1", 2025, base, MEMBERS)
    assert sum(advance.months_fen.values()) + advance.kept_back_fen == base
    assert max(advance.months_fen.values()) - min(advance.months_fen.values()) <= 1
    assert sum(each.amount_fen for each in advance.transfers) == advance.advance_fen


@pytest.mark.parametrize(("entitlement", "amount", "is_due"), [(1_000, 50, True), (900, 50, False), (950, 0, True)])
def test_closing_pays_what_is_still_due_or_takes_back(
    view: PolicyView, entitlement: int, amount: int, is_due: bool
) -> None:
    advance = monthly_advance(view, "A1", 2025, 1_000, MEMBERS)
    transfer = close_advance(advance, "A1", entitlement, MEMBERS)
    assert (transfer.amount_fen, transfer.payer == FUND, transfer.month) == (amount, is_due, "2025-12")


def test_the_deviation_is_fund_use_against_the_advance(view: PolicyView) -> None:
    advance = monthly_advance(view, "A1", 2025, 1_000, MEMBERS)
    assert (advance.deviation_e4(1_045), advance.deviation_e4(855)) == (1_000, -1_000)
    assert monthly_advance(view, "A1", 2025, 0, MEMBERS).deviation_e4(7) == 0


@pytest.mark.parametrize("roles", [["hospital"], ["lead", "lead"]], ids=["none", "two"])
def test_a_package_is_paid_to_one_lead_hospital(view: PolicyView, roles: list[str]) -> None:
    made = members([{"id": f"H{number}", "role": role} for number, role in enumerate(roles)])
    with pytest.raises(TongchouError) as refused:
        monthly_advance(view, "A1", 2025, 1_000, made)
    assert refused.value.code == "alliance.no_lead"


@worked("alliance/surplus_use.yaml")
def test_the_uses_of_a_surplus_are_checked(case: Worked) -> None:
    uses = [
        SurplusUse(f"Z{number}", purpose, yuan_to_fen(amount), date(2026, 3, 1), "凭证")
        for number, (purpose, amount) in enumerate(case.given["uses"].items())
    ]
    report = check_uses(case.view, yuan_to_fen(case.given["retained"]), uses)
    assert report.used_fen == yuan_to_fen(case.expect["used"])
    assert report.left_fen == yuan_to_fen(case.expect["left"])
    assert {finding.code: finding.amount_fen for finding in report.findings} == fen(case.expect["findings"])
    assert set(report.explanation.parameters) == set(case.view.reads)
    assert sum(row.used_fen for row in report.rows) == report.used_fen


def test_several_uses_of_a_purpose_count_together_against_its_cap() -> None:
    view = view_with(
        {"alliance/surplus/permitted_use": {"default": "permitted"}, "alliance/surplus/use_cap": {"default": 0.5}}
    )
    uses = [SurplusUse(f"Z{number}", "awards", 300, date(2026, 3, 1), "凭证") for number in range(2)]
    report = check_uses(view, 1_000, uses)
    assert [(row.purpose, row.used_fen, row.cap_fen) for row in report.rows] == [("awards", 600, 500)]
    assert [(finding.code, finding.subject, finding.amount_fen) for finding in report.findings] == [
        ("alliance.use_above_cap", "awards", 100)
    ]


@pytest.mark.parametrize(
    "fields", [("Z1", "gifts", 1, date(2026, 1, 1), "凭证"), ("Z1", "awards", 1, date(2026, 1, 1), "")]
)
def test_a_use_without_known_purpose_or_document_is_refused(fields: tuple[str, str, int, date, str]) -> None:
    with pytest.raises(TongchouError) as refused:
        SurplusUse(*fields)
    assert refused.value.code == "alliance.bad_record"


def test_crossing_care_is_summed_by_pair_and_balanced() -> None:
    crossing = settle_crossing(
        ["A3", "A1", "A2"],
        [CrossingUse("A1", "A2", 500, 40), CrossingUse("A2", "A1", 100, 0), CrossingUse("A1", "A2", 0, 60)],
    )
    assert crossing.rows == (CrossingUse("A1", "A2", 500, 100), CrossingUse("A2", "A1", 100, 0))
    assert crossing.balances == (
        CrossingBalance("A1", 600, 100, -500),
        CrossingBalance("A2", 100, 600, 500),
        CrossingBalance("A3", 0, 0, 0),
    )


def test_care_inside_an_alliance_does_not_cross() -> None:
    with pytest.raises(TongchouError) as refused:
        CrossingUse("A1", "A1", 1, 0)
    assert refused.value.code == "alliance.no_crossing"


pairs = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(0, 10**9), st.integers(0, 10**9)), max_size=10
)


@given(drawn=pairs, data=st.data())
def test_what_leaves_packages_reaches_members_of_others_in_any_order(
    drawn: list[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    uses = [CrossingUse(f"A{home}", f"A{(home + step) % 4}", *amounts) for home, step, *amounts in drawn]
    crossing = settle_crossing(["A0"], uses)
    assert sum(balance.net_fen for balance in crossing.balances) == 0
    assert sum(balance.paid_fen for balance in crossing.balances) == sum(use.total_fen for use in uses)
    assert settle_crossing(["A0"], data.draw(st.permutations(uses))) == crossing
