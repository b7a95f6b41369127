"""Every mode of the split: worked amounts, sums, and independence of the order of members."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.alliance.given import fen, members
from tests.worked import Worked, view_with, worked

from tongchou.alliance.split import split_among_members
from tongchou.core.errors import TongchouError
from tongchou.core.money import yuan_to_fen
from tongchou.policy import PolicyView

POLICY = {
    "alliance/split/shares": {"primary": 0.6, "hospitals": 0.3, "reserve": 0.1},
    "alliance/split/reserve_share": 0.1,
    "alliance/split/contribution_weights": {
        "contracted_heads": 0.3,
        "primary_visits": 0.2,
        "down_referrals": 0.2,
        "recognised_exams": 0.1,
        "case_weight": 0.2,
    },
    "alliance/split/level_shares": {"primary": 0.5, "secondary": 0.15, "tertiary": 0.25, "reserve": 0.1},
    "alliance/split/level_basis": {
        "primary": "contracted_heads",
        "secondary": "case_weight",
        "tertiary": "technical_help",
    },
    "alliance/split/role_shares": {"lead": 0.25, "hospital": 0.15, "primary": 0.5, "reserve": 0.1},
    "alliance/split/dimension_weights": {"resources": 0.4, "cost_result": 0.3, "quality": 0.3},
    "alliance/split/dimension_measures": {
        "down_referrals": 0.6,
        "equipment_hours": 0.4,
        "cost_drop": 0.5,
        "los_drop": 0.5,
        "satisfaction": 0.5,
        "complication_free": 0.5,
    },
    "alliance/split/tier_shares": {"county": 0.55, "township": 0.3, "village": 0.1, "reserve": 0.05},
    "alliance/split/village_weights": {"volume": 0.6, "quality": 0.4},
}
MODES = ("fixed", "contribution", "fixed_by_level", "three_dimensions", "county_town_village")
FIGURES = (
    "contracted_heads",
    "primary_visits",
    "down_referrals",
    "recognised_exams",
    "case_weight_e4",
    "equipment_hours",
    "cost_drop",
    "los_drop",
    "satisfaction",
    "complication_free",
    "service_quality",
)
KINDS = (
    {"role": "lead", "level": "tertiary"},
    {"role": "hospital", "level": "secondary"},
    {"role": "primary", "tier": "township"},
    {"role": "primary", "tier": "village", "township": "T1"},
    {"role": "primary", "tier": "village", "township": "T2"},
)
# One of each kind with something to its name, so that every part has a basis.
ANCHORS = [{"id": f"A{i}"} | kind | dict.fromkeys(FIGURES, "1") for i, kind in enumerate(KINDS)]


@worked("alliance/split.yaml")
def test_an_amount_is_shared(case: Worked) -> None:
    split = split_among_members(case.view, yuan_to_fen(case.given["total"]), members(case.given["members"]))
    assert dict(split.members_fen) | {"reserve": split.reserve_fen} == fen(case.expect)


@pytest.fixture(scope="module", params=MODES)
def view(request: pytest.FixtureRequest) -> PolicyView:
    return view_with(POLICY | {"alliance/split/mode": request.param})


drawn_members = st.lists(
    st.tuples(st.sampled_from(KINDS), st.lists(st.integers(0, 10**6), min_size=len(FIGURES), max_size=len(FIGURES))),
    max_size=6,
)


@given(drawn=drawn_members, total=st.integers(-(10**12), 10**12), data=st.data())
def test_shares_sum_to_the_whole_keep_its_sign_and_do_not_depend_on_the_order_of_members(
    view: PolicyView, drawn: list[tuple[dict[str, str], list[int]]], total: int, data: st.DataObject
) -> None:
    given_members: list[dict[str, Any]] = [*ANCHORS]
    for i, (kind, figures) in enumerate(drawn):
        given_members.append({"id": f"M{i}"} | kind | dict(zip(FIGURES, figures, strict=True)))
    made = members(given_members)
    split = split_among_members(view, total, made)
    parts = [*split.members_fen.values(), split.reserve_fen]
    assert sum(parts) == total
    assert all(part * total >= 0 for part in parts)
    assert list(split.members_fen) == sorted(member.institution_id for member in made)
    assert split_among_members(view, total, data.draw(st.permutations(made))) == split


@pytest.mark.parametrize(
    ("mode", "parameter"),
    [
        ("fixed_by_level", "level_shares"),
        ("three_dimensions", "role_shares"),
        ("three_dimensions", "dimension_weights"),
        ("three_dimensions", "dimension_measures"),
        ("county_town_village", "tier_shares"),
        ("county_town_village", "village_weights"),
    ],
)
def test_shares_and_weights_that_do_not_sum_to_one_are_refused(mode: str, parameter: str) -> None:
    name = f"alliance/split/{parameter}"
    values = dict(POLICY[name])
    first = next(iter(values))
    values[first] = round(values[first] + 0.01, 4)
    view = view_with(POLICY | {"alliance/split/mode": mode, name: values})
    with pytest.raises(TongchouError) as refused:
        split_among_members(view, 100, members(ANCHORS))
    assert (refused.value.code, refused.value.where.split(":")[0]) == ("alliance.shares_not_whole", name)


@pytest.mark.parametrize(
    ("mode", "member", "code"),
    [
        ("fixed_by_level", {"role": "hospital", "level": ""}, "level_missing"),
        ("county_town_village", {"role": "primary", "tier": ""}, "tier_missing"),
        ("county_town_village", {"role": "primary", "tier": "village"}, "tier_missing"),
        ("three_dimensions", {"role": "primary"}, "measure_missing"),
    ],
)
def test_what_is_not_known_of_a_member_is_not_guessed(mode: str, member: dict[str, str], code: str) -> None:
    view = view_with(POLICY | {"alliance/split/mode": mode})
    with pytest.raises(TongchouError) as refused:
        split_among_members(view, 100, members([*ANCHORS, {"id": "X1"} | member]))
    assert refused.value.code == f"alliance.{code}"
    assert refused.value.where.startswith("X1")


def test_a_tier_with_a_share_and_no_member_is_refused() -> None:
    view = view_with(POLICY | {"alliance/split/mode": "county_town_village"})
    without_villages = [each for each in ANCHORS if each.get("tier") != "village"]
    with pytest.raises(TongchouError) as refused:
        split_among_members(view, 10_000, members(without_villages))
    assert refused.value.code == "alliance.no_basis"


def test_the_dimension_that_counts_for_nobody_is_named() -> None:
    view = view_with(POLICY | {"alliance/split/mode": "three_dimensions"})
    figures = dict.fromkeys(FIGURES, "1") | {"cost_drop": "0", "los_drop": "-5"}
    split = split_among_members(view, 1_000, members([each | figures for each in ANCHORS]))
    assert [text.en for text in split.explanation.children[0].rejected] == [
        "cost result: zero for all of the role; its weight 0.3000 goes to the other dimensions in proportion"
    ]
