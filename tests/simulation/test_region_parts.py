"""The generator's exact parts: splitting money, ids, the profiles' shares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.simulation.chunk import build_world, draw_chunk
from tongchou.simulation.county import PLACES, load_county
from tongchou.simulation.county_files import COUNTY
from tongchou.simulation.flow import Course
from tongchou.simulation.identifiers import numbered, numbered_or_null
from tongchou.simulation.money import split_rows
from tongchou.simulation.people import CELLS, draw_people
from tongchou.simulation.profiles import load_profiles
from tongchou.simulation.roster import build_roster
from tongchou.simulation.season import Calendar


@given(
    st.lists(st.integers(0, 10**11), min_size=1, max_size=20),
    st.lists(st.floats(0.001, 1.0), min_size=14, max_size=14),
)
def test_parts_of_a_split_sum_to_their_row(totals, shares):
    parts = split_rows(np.array(totals), np.tile(shares, (len(totals), 1)))
    assert parts.sum(axis=1).tolist() == totals
    assert (parts >= 0).all()


def test_fen_left_over_go_to_the_largest_remainders():
    assert split_rows(np.array([100, 101]), np.array([[1.0, 1.0, 1.0], [0.5, 0.3, 0.2]])).tolist() == [
        [34, 33, 33],
        [51, 30, 20],
    ]


def test_ids_are_numbers_with_leading_zeros():
    numbers = np.array([0, 17, 9_999])
    assert numbered("C", numbers, 4).to_pylist() == ["C0000", "C0017", "C9999"]
    assert numbered_or_null("R", np.array([-1, 3, -1, 12]), 3).to_pylist() == [None, "R003", None, "R012"]
    assert numbered_or_null("R", np.array([-1, -1]), 3).to_pylist() == [None, None]


def test_profiles_keep_their_shares_and_places_get_theirs():
    county = load_county()
    profiles = load_profiles(county)
    shares = np.array([profile.share for profile in profiles.profiles])
    assert np.allclose(profiles.joint.sum(axis=0), [county.roster.places[place].case_share for place in PLACES])
    assert np.allclose(profiles.joint.sum(axis=1), shares / shares.sum(), rtol=0.02)


def test_every_cell_has_the_people_it_needs_even_if_no_other_has_any():
    county = load_county()
    rng = np.random.default_rng(1)
    roster = build_roster(county.roster, 100, rng)
    calendar = Calendar(2025, county.care.season)
    needed = np.zeros(CELLS, dtype=np.int64)
    needed[1] = 6
    people = draw_people(rng, 6, needed, county, roster, calendar)
    assert people.cell.tolist() == [1] * 6
    needed[1], needed[8] = 30, 2
    people = draw_people(rng, 400, needed, county, roster, calendar)
    counts = np.bincount(people.cell, minlength=CELLS)
    assert counts.sum() == 400
    assert (counts >= needed).all()


def test_cost_and_days_go_together_around_the_medians_of_a_profile():
    county = load_county()
    world = build_world(30_000, np.random.default_rng(4), COUNTY)
    chunk = draw_chunk(
        np.random.default_rng(5), world, number=0, first_case=0, case_count=30_000, first_person=0, person_count=200_000
    )
    plain = ~chunk.codes.has_major & ~chunk.codes.has_minor & (chunk.flow.course == Course.ORDINARY)
    # Whole days blur the correlation where stays are short or all alike.
    profiles = world.profiles
    is_long = (profiles.los_median >= 7) & (profiles.los_sigma >= 0.4)
    chosen = plain & (chunk.flow.place == PLACES.index("lead")) & is_long[chunk.flow.profile]
    assert chosen.sum() > 500
    of_stay = chunk.flow.profile[chosen]
    cost = np.log(chunk.size.cost_fen[chosen] / profiles.cost_median_fen[of_stay]) / profiles.cost_sigma[of_stay]
    days = np.log(chunk.size.los_days[chosen] / profiles.los_median[of_stay]) / profiles.los_sigma[of_stay]
    assert np.corrcoef(cost, days)[0, 1] == pytest.approx(county.care.stay.cost_los_correlation, abs=0.06)
