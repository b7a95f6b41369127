"""How the members of an alliance share."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.alliance.facts import AllianceFacts, Measure, MemberFacts
from tongchou.alliance.split import split_among_members
from tongchou.core.errors import TongchouError
from tongchou.policy import PolicyView

ViewOf = Callable[..., PolicyView]
FactsOf = Callable[..., AllianceFacts]
MemberOf = Callable[..., MemberFacts]

CONTRIBUTION = {"alliance/split/mode": "contribution"}


@pytest.fixture(scope="module")
def fixed(settlement_view: ViewOf) -> PolicyView:
    return settlement_view()


@pytest.fixture(scope="module")
def by_contribution(settlement_view: ViewOf) -> PolicyView:
    return settlement_view(CONTRIBUTION)


def test_twelve_million_as_60_30_10_and_by_visits(fixed: PolicyView, facts: FactsOf) -> None:
    split = split_among_members(fixed, 1_200_000_000, facts().members)
    assert split.members_fen == {
        "C1": 371_997_000,
        "C2": 259_011_000,
        "C3": 88_992_000,
        "H1": 270_000_000,  # 1,800 of 2,400 referrals and exams
        "H2": 90_000_000,
    }
    assert split.reserve_fen == 120_000_000


def test_a_deficit_is_split_as_a_surplus_of_its_size(fixed: PolicyView, facts: FactsOf) -> None:
    kept = split_among_members(fixed, 10_000_001, facts().members)
    borne = split_among_members(fixed, -10_000_001, facts().members)
    assert borne.members_fen == {institution_id: -share for institution_id, share in kept.members_fen.items()}
    assert borne.reserve_fen == -kept.reserve_fen


def test_without_technical_help_hospitals_share_by_case_weight(fixed: PolicyView, member: MemberOf) -> None:
    members = [
        member("C1", "primary", primary_visits=1),
        member("H1", "lead", case_weight_e4=20_000),
        member("H2", "hospital", case_weight_e4=10_000),
    ]
    split = split_among_members(fixed, 1_000, members)
    assert split.members_fen == {"C1": 600, "H1": 200, "H2": 100}
    hospitals = split.explanation.children[1]
    assert "改按病例总权重" in hospitals.rejected[0].zh
    assert "case weight instead" in hospitals.rejected[0].en


def test_contribution_adds_weighted_shares_of_every_measure(by_contribution: PolicyView, member: MemberOf) -> None:
    members = [
        member("C1", "primary", contracted_heads=3, primary_visits=1, case_weight_e4=1, recognised_exams=1),
        member("H1", "lead", contracted_heads=1, primary_visits=1, case_weight_e4=3, down_referrals=7),
    ]
    split = split_among_members(by_contribution, 10_000, members)
    # C1: .3 x 3/4 + .2 x 1/2 + .2 x 0 + .1 x 1 + .2 x 1/4 = .475 of the 9,000 left after the reserve.
    assert split.members_fen == {"C1": 4_275, "H1": 4_725}
    assert split.reserve_fen == 1_000


def test_a_measure_that_is_zero_for_all_passes_its_weight_on(by_contribution: PolicyView, member: MemberOf) -> None:
    members = [
        member("C1", "primary", contracted_heads=1),
        member("H1", "lead", case_weight_e4=1),
    ]
    split = split_among_members(by_contribution, 10_000, members)
    # Only heads (.3) and case weight (.2) are left: 3 to 2.
    assert split.members_fen == {"C1": 5_400, "H1": 3_600}
    assert [text.en.split(":")[0] for text in split.explanation.rejected] == [
        "primary visits",
        "down-referrals",
        "recognised exams",
    ]


def test_a_measure_of_weight_zero_need_not_be_known(settlement_view: ViewOf) -> None:
    weights = {measure.policy_key: "0" for measure in Measure} | {"contracted_heads": "1"}
    view = settlement_view(CONTRIBUTION | {"alliance/split/contribution_weights": weights})
    members = [
        MemberFacts("C1", "primary", {"contracted_heads": 2}),
        MemberFacts("H1", "lead", {"contracted_heads": 1}),
    ]
    assert split_among_members(view, 100, members).members_fen == {"C1": 60, "H1": 30}


@pytest.mark.parametrize("measures", [{}, {"primary_visits": -1}], ids=["absent", "negative"])
def test_an_unknown_amount_is_not_zero(fixed: PolicyView, member: MemberOf, measures: dict[str, int]) -> None:
    members = [MemberFacts("C1", "primary", measures), member("H1", "lead", down_referrals=1)]
    with pytest.raises(TongchouError) as refused:
        split_among_members(fixed, 100, members)
    assert refused.value.code == "alliance.measure_missing"
    assert refused.value.where.startswith("C1")


@pytest.mark.parametrize("policy", [{}, CONTRIBUTION], ids=["fixed", "contribution"])
def test_a_part_without_any_basis_is_refused(policy: dict[str, str], settlement_view: ViewOf, member: MemberOf) -> None:
    with pytest.raises(TongchouError) as refused:
        split_among_members(settlement_view(policy), 100, [member("C1", "primary"), member("H1", "lead")])
    assert refused.value.code == "alliance.no_basis"


def test_nothing_to_split_needs_no_basis(fixed: PolicyView, member: MemberOf) -> None:
    split = split_among_members(fixed, 0, [member("C1", "primary"), member("H1", "lead")])
    assert split.members_fen == {"C1": 0, "H1": 0}


@pytest.mark.parametrize(
    "changes",
    [
        {"alliance/split/shares": {"primary": "0.6", "hospitals": "0.3", "reserve": "0.2"}},
        CONTRIBUTION | {"alliance/split/contribution_weights": {measure.policy_key: "0.1999" for measure in Measure}},
    ],
    ids=["fixed", "contribution"],
)
def test_shares_must_sum_to_one(changes: dict[str, object], settlement_view: ViewOf, facts: FactsOf) -> None:
    with pytest.raises(TongchouError) as refused:
        split_among_members(settlement_view(changes), 100, facts().members)
    assert refused.value.code == "alliance.shares_not_whole"


def test_an_unknown_mode_is_refused(settlement_view: ViewOf, facts: FactsOf) -> None:
    view = settlement_view({"alliance/split/mode": "by_lot"})
    with pytest.raises(TongchouError) as refused:
        split_among_members(view, 100, facts().members)
    assert refused.value.code == "alliance.unknown_choice"


def test_an_odd_fen_between_equals_goes_to_the_smaller_id(fixed: PolicyView, member: MemberOf) -> None:
    members = [member("C2", "primary", primary_visits=5), member("C1", "primary", primary_visits=5)]
    members.append(member("H1", "lead", down_referrals=1))
    split = split_among_members(fixed, 5, members)
    # 3 / 1.5 / 0.5 fen: the odd one goes to the hospitals' part, which stands before the reserve.
    assert (split.members_fen, split.reserve_fen) == ({"C1": 2, "C2": 1, "H1": 2}, 0)


amounts = st.integers(0, 10**6)
member_lists = st.lists(
    st.builds(
        lambda role, values: (role, dict(zip([m.value for m in Measure], values, strict=True))),
        st.sampled_from(["lead", "hospital", "primary"]),
        st.tuples(amounts, amounts, amounts, amounts, amounts),
    ),
    max_size=8,
)
# One of each kind with something to its name, so that every part has a basis.
ANCHORS = [
    MemberFacts("Z1", "primary", {measure.value: 1 for measure in Measure}),
    MemberFacts("Z2", "lead", {measure.value: 1 for measure in Measure}),
]


@pytest.mark.parametrize("mode", ["fixed", "by_contribution"])
@given(drawn=member_lists, total=st.integers(-(10**12), 10**12), data=st.data())
def test_shares_sum_to_the_whole_and_do_not_depend_on_the_order_of_members(
    mode: str,
    fixed: PolicyView,
    by_contribution: PolicyView,
    drawn: list[tuple[str, dict[str, int]]],
    total: int,
    data: st.DataObject,
) -> None:
    view = fixed if mode == "fixed" else by_contribution
    members = [*ANCHORS, *(MemberFacts(f"M{i}", role, measures) for i, (role, measures) in enumerate(drawn))]
    split = split_among_members(view, total, members)
    assert sum(split.members_fen.values()) + split.reserve_fen == total
    assert list(split.members_fen) == sorted(member.institution_id for member in members)
    assert split_among_members(view, total, data.draw(st.permutations(members))) == split
