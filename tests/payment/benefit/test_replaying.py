"""Replaying care: running positions, and that neither order nor division of the input matters."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.payment.benefit.given import UNTIMED, at, stay, terms_with, with_ratio

from tongchou.core.errors import Problems
from tongchou.payment.benefit import (
    BenefitTerms,
    Payer,
    Person,
    PersonCare,
    Position,
    Referral,
    read_benefit_terms,
    replay,
)
from tongchou.policy import Policy

RESIDENT = Person("resident")
POLICY = Policy.load()
CAPPED = terms_with(cap__rule={"default": "yearly"}, cap__basic={"default": 300_000})


@cache
def demo(day: date) -> BenefitTerms:
    return read_benefit_terms(POLICY.at(date(day.year, 1, 1), "demo_city"))


def of(person_id: str, care_id: str, day: date, total_fen: int, kind: str = "inpatient", **more: object) -> PersonCare:
    began = datetime.combine(day, time(8))
    care = stay(
        care_id=care_id,
        kind=kind,
        decided_on=day,
        began_at=began,
        total_fen=total_fen,
        disease="M01600" if kind == "chronic" else "",
        **more,
    )
    return PersonCare(person_id, RESIDENT, care)


@st.composite
def years(draw: st.DrawFn) -> list[PersonCare]:
    count = draw(st.integers(1, 12))
    return [
        of(
            draw(st.sampled_from(["P1", "P2", "P3"])),
            f"C{number}",
            date(2025, 1, 1) + timedelta(draw(st.integers(0, 500))),
            draw(st.integers(0, 10**8)),
            draw(st.sampled_from(["inpatient", "outpatient", "chronic"])),
        )
        for number in range(count)
    ]


@UNTIMED
@given(years(), st.randoms())
def test_the_order_of_the_input_changes_nothing(given_care: list[PersonCare], random: object) -> None:
    shuffled = list(given_care)
    random.shuffle(shuffled)
    assert replay(demo, shuffled) == replay(demo, given_care)


@UNTIMED
@given(years(), st.sets(st.sampled_from(["P1", "P2", "P3"])))
def test_splitting_people_into_two_batches_changes_nothing(given_care: list[PersonCare], first: set[str]) -> None:
    batches = (
        replay(demo, [each for each in given_care if (each.person_id in first) is is_first])
        for is_first in (True, False)
    )
    assert {person: results for batch in batches for person, results in batch.items()} == replay(demo, given_care)


@UNTIMED
@given(years())
def test_all_parts_together_are_the_total_cost(given_care: list[PersonCare]) -> None:
    results = [result for each in replay(demo, given_care).values() for result in each]
    assert len(results) == len(given_care)
    paid = sum(amount for result in results for amount in result.parts_fen.values())
    assert paid == sum(each.care.total_fen for each in given_care)


@UNTIMED
@given(years())
def test_no_year_of_a_person_uses_more_than_the_caps(given_care: list[PersonCare]) -> None:
    for results in replay(demo, given_care).values():
        for year in (2025, 2026):
            of_year = [result for result in results if result.care.decided_on.year == year]
            assert sum(result.parts_fen[Payer.BASIC] for result in of_year) <= 30_000_000
            chronic = [result for result in of_year if result.care.kind == "chronic"]
            assert sum(result.parts_fen[Payer.BASIC] for result in chronic) <= 200_000


@UNTIMED
@given(years(), st.integers(0, 9_000), st.integers(0, 1_000))
def test_a_higher_ratio_never_lowers_what_the_fund_pays_for_a_person_in_a_year(
    given_care: list[PersonCare], ratio_e4: int, more_e4: int
) -> None:
    stays = [each for each in given_care if each.care.kind == "inpatient" and each.care.decided_on.year == 2025]

    def used(ratio: int) -> dict[str, int]:
        terms = with_ratio(CAPPED, "resident", "tertiary", ratio)
        found = replay(lambda _day: terms, stays)
        return {person: results[-1].position.basic_fund_fen for person, results in found.items()}

    lower, higher = used(ratio_e4), used(ratio_e4 + more_e4)
    assert all(lower[person] <= higher[person] for person in lower)


def test_catastrophic_payments_of_a_year_do_not_depend_on_how_its_burden_is_divided() -> None:
    terms = terms_with(
        inpatient__deductible={"default": {"default": 0}},
        inpatient__ratio={"default": {"default": 0.5}},
        burden__covers={"default": {"default": "counted"}},
        catastrophic__rule={"default": "tiers"},
        catastrophic__start={"default": 22_000},
        catastrophic__tiers={
            "default": [
                {"up_to": 50_000, "value": 0.6},
                {"up_to": 80_000, "value": 0.65},
                {"above": "rest", "value": 0.7},
            ]
        },
        catastrophic__cap={"default": 400_000},
        catastrophic__enrolment_step={"default": 0},
    )
    totals = [4_000_002, 7_000_004, 1_599_994, 7_000_000]
    assert sum(totals) == 19_600_000
    several = [of("P1", f"C{n}", date(2025, 2, n + 1), total) for n, total in enumerate(totals)]
    (results,) = replay(lambda _day: terms, several).values()
    # 98,000 yuan of burden come to 48,900 yuan (payment-formulas §9).
    assert sum(result.parts_fen[Payer.CATASTROPHIC] for result in results) == 4_890_000


def test_a_years_episode_settles_one_leg_after_the_other() -> None:
    left = at("2025-03-10 09:00")
    legs = [
        of("P1", "C1", date(2025, 3, 10), 1_200_000, level="secondary", episode_id="E1"),
        of(
            "P1",
            "C2",
            date(2025, 3, 20),
            2_400_000,
            episode_id="E1",
            referral=Referral("up", date(2025, 3, 1), date(2025, 3, 31), left),
        ),
    ]
    legs[1] = replace(legs[1], care=replace(legs[1].care, began_at=at("2025-03-10 15:00")))
    (results,) = replay(lambda _day: terms_with(), legs).values()
    # 600 in the secondary hospital, then what is left of 1,100 (payment-formulas §9): 18,800 instead of 18,320.
    assert [result.basic.deductible.amount_fen for result in results] == [60_000, 50_000]
    assert results[1].parts_fen[Payer.BASIC] == 1_880_000
    assert results[1].position.deductible_fen == 110_000


def test_an_episode_goes_on_across_the_turn_of_the_year_and_sums_begin_anew() -> None:
    legs = [
        of("P1", "C1", date(2025, 12, 30), 1_200_000, level="secondary", episode_id="E1"),
        of(
            "P1",
            "C2",
            date(2026, 1, 2),
            2_400_000,
            episode_id="E1",
            referral=Referral("up", date(2025, 12, 1), date(2026, 1, 31), at("2025-12-30 00:00")),
        ),
    ]
    opening = Position(2025, basic_fund_fen=1_000_000, account_fen=700)
    (results,) = replay(lambda _day: terms_with(), legs, {"P1": opening}).values()
    assert results[1].basic.deductible.amount_fen == 50_000
    position = results[1].position
    assert (position.year, position.stay_count, position.basic_fund_fen) == (2026, 1, 1_880_000)
    assert results[0].parts_fen[Payer.ACCOUNT] == 700


def test_stays_are_ranked_by_their_own_episode_though_another_lies_between() -> None:
    terms = terms_with(
        deductible__stay_factor={"first": 1, "second": 0.8, "later": 0.5},
        deductible__stay_counting="each_episode",
        referral__deductible_mode={"default": "full"},
    )
    back = Referral("down", date(2025, 1, 1), date(2025, 12, 31), at("2025-03-01 00:00"))
    stays = [
        of("P1", "C1", date(2025, 1, 5), 1_000_000, episode_id="E1"),
        of("P1", "C2", date(2025, 2, 5), 1_000_000, episode_id="E2"),
        of("P1", "C3", date(2025, 3, 5), 1_000_000, episode_id="E1", referral=back),
        of("P1", "C4", date(2025, 4, 5), 1_000_000),
    ]
    (results,) = replay(lambda _day: terms, stays).values()
    assert [result.basic.deductible.amount_fen for result in results] == [110_000, 88_000, 110_000, 55_000]


def test_care_that_occurs_twice_is_refused() -> None:
    one = of("P1", "C1", date(2025, 3, 10), 100)
    with pytest.raises(Problems, match=r"benefit\.care_twice"):
        replay(demo, [one, replace(one, person_id="P2")])


def test_a_new_year_keeps_the_account_and_the_episodes_and_nothing_else() -> None:
    (results,) = replay(demo, [of("P1", "C1", date(2025, 5, 5), 9_000_000, episode_id="E1")]).values()
    opened = replace(results[0].position, account_fen=700).opening(2026)
    assert opened == Position(2026, account_fen=700, episode_deductible_fen={"E1": 80_000})


def test_on_one_day_what_began_first_is_settled_first() -> None:
    day = date(2025, 5, 5)
    terms = terms_with(deductible__stay_factor={"first": 1, "second": 0.8, "later": 0.5})
    late, early = of("P1", "C1", day, 1_000_000), of("P1", "C2", day, 1_000_000)
    early = replace(early, care=replace(early.care, began_at=at("2025-05-01 08:00")))
    (results,) = replay(lambda _day: terms, [late, early]).values()
    assert [(result.care.care_id, result.basic.deductible.amount_fen) for result in results] == [
        ("C2", 110_000),
        ("C1", 88_000),
    ]
