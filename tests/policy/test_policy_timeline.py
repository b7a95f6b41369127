"""Policies over time and side by side: who answers from when, what is hidden, what differs."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step, explanation_as_json, explanation_as_text
from tongchou.core.text import Text
from tongchou.policy import Policy
from tongchou.policy.chain import Chain
from tongchou.policy.comparison import Side, compare
from tongchou.policy.timeline import history, names_below, standing, stretches
from tongchou.policy.value import written

CITY_VALUES = {"2022-01-01": "0.9", "2024-01-01": "null", "2026-01-01": "0.8"}


@pytest.fixture(scope="module")
def policy(
    policy_of: Callable[..., Policy],
    write_pack: Callable[..., Path],
    declared: Callable[..., str],
    only_values: Callable[..., str],
) -> Policy:
    land = write_pack(
        "land",
        files={
            "pay/ratio": declared("ratio", {"2020-01-01": "0.95", "2025-01-01": "null"}),
            "pay/levels": declared("ratio", {"2020-01-01": "{tertiary: 1.10, default: 1}"}, "[level]"),
            "pay/none": declared("yuan", {}),
            "payment": declared("text", {"2020-01-01": "drg"}),
        },
    )
    city = write_pack("city", "city", "land", {"pay/ratio": only_values(CITY_VALUES)})
    town = write_pack(
        "town", "county", "city", {"pay/levels": only_values({"2021-01-01": "{tertiary: 1.1, default: 1}"})}
    )
    return policy_of(land, city, town)


@pytest.fixture(scope="module")
def city(policy: Policy) -> Chain:
    return policy.chain("city")


def test_stretches_say_who_answers_from_which_day_to_which(city: Chain) -> None:
    said = [
        (
            str(each.first),
            str(each.last),
            each.answer and (each.answer.pack.region_id, str(each.answer.dated.valid_from)),
        )
        for each in stretches(city, "pay/ratio")
    ]
    assert said == [
        ("2020-01-01", "2021-12-31", ("land", "2020-01-01")),
        ("2022-01-01", "2023-12-31", ("city", "2022-01-01")),
        ("2024-01-01", "2024-12-31", ("land", "2020-01-01")),
        ("2025-01-01", "2025-12-31", None),
        ("2026-01-01", "None", ("city", "2026-01-01")),
    ]


@pytest.mark.parametrize(
    ("on", "packs", "last"),
    [
        (date(2019, 12, 31), [], None),
        (date(2023, 12, 31), ["city", "land"], date(2023, 12, 31)),
        (date(2024, 6, 1), ["land"], date(2024, 12, 31)),
        (date(2025, 6, 1), [], date(2025, 12, 31)),
        (date(2026, 1, 1), ["city"], None),
    ],
)
def test_a_standing_names_the_answer_what_it_hides_and_its_last_day(
    city: Chain, on: date, packs: list[str], last: date | None
) -> None:
    found = standing(city, "pay/ratio", on)
    assert ([each.pack.region_id for each in found.answers], found.last) == (packs, last)


def test_history_lists_what_each_pack_wrote_with_its_end(city: Chain) -> None:
    said = [
        (
            each.pack.region_id,
            str(each.dated.valid_from),
            str(each.last),
            each.dated.value and written(each.dated.value),
        )
        for each in history(city, "pay/ratio")
    ]
    assert said == [
        ("city", "2022-01-01", "2023-12-31", "0.9"),
        ("city", "2024-01-01", "2025-12-31", None),
        ("city", "2026-01-01", "None", "0.8"),
        ("land", "2020-01-01", "2024-12-31", "0.95"),
        ("land", "2025-01-01", "None", None),
    ]
    assert history(city, "pay/none") == []


def test_names_are_found_by_name_by_path_and_all(city: Chain) -> None:
    assert names_below(city, "pay") == names_below(city, "pay/") == ["pay/levels", "pay/none", "pay/ratio"]
    assert names_below(city, "pay/ratio") == ["pay/ratio"]
    assert names_below(city, "") == ["pay/levels", "pay/none", "pay/ratio", "payment"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda chain: names_below(chain, "pay/rati"),
        lambda chain: history(chain, "pay/rati"),
        lambda chain: standing(chain, "pay/rati", date(2025, 1, 1)),
    ],
)
def test_an_unknown_name_is_refused_with_similar_ones(city: Chain, ask: Callable[[Chain], object]) -> None:
    with pytest.raises(TongchouError, match=r"policy\.unknown_parameter") as refused:
        ask(city)
    assert "pay/ratio" in refused.value.why.zh


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (("land", 2023), ("city", 2023), [("pay/ratio", "changed", "0.95", "0.9")]),
        (("city", 2023), ("city", 2024), [("pay/ratio", "changed", "0.9", "0.95")]),
        (("city", 2024), ("city", 2025), [("pay/ratio", "removed", "0.95", None)]),
        (("city", 2025), ("city", 2026), [("pay/ratio", "added", None, "0.8")]),
        (("land", 2023), ("land", 2024), []),
        (("city", 2023), ("town", 2023), []),
    ],
    ids=["packs", "days", "removed", "added", "same", "other digits of the same numbers"],
)
def test_two_sides_differ_in_what_changed_came_or_went(
    policy: Policy, left: tuple[str, int], right: tuple[str, int], expected: list[tuple[str, str, str, str]]
) -> None:
    sides = [Side(policy.chain(pack), date(year, 6, 1)) for pack, year in (left, right)]
    said = [
        (
            each.parameter.name,
            each.change,
            *(answer and answer.dated.value and written(answer.dated.value) for answer in (each.left, each.right)),
        )
        for each in compare(*sides)
    ]
    assert said == expected


_ENTRIES = st.dictionaries(st.integers(2000, 2030), st.sampled_from(["null", "1", "2", "3"]), max_size=6)


@given(land=_ENTRIES, town=_ENTRIES)
def test_stretches_agree_with_the_answer_of_every_year_and_follow_without_gap(
    land: dict[int, str],
    town: dict[int, str],
    policy_of: Callable[..., Policy],
    write_pack: Callable[..., Path],
    declared: Callable[..., str],
    only_values: Callable[..., str],
) -> None:
    first, second = ({f"{year}-01-01": values[year] for year in sorted(values)} for values in (land, town))
    packs = [
        write_pack("land", files={"a": declared("whole", first)}),
        write_pack("town", "county", "land", {"a": only_values(second)}),
    ]
    chain = policy_of(*packs).chain("town")
    found = stretches(chain, "a")
    for before, after in pairwise(found):
        assert before.last is not None
        assert (after.first - before.last).days == 1
        assert before.answer != after.answer
    for year in range(1999, 2032):
        day = date(year, 6, 1)
        of_day = [each for each in found if each.first <= day and (each.last is None or day <= each.last)]
        assert [each.answer for each in of_day if each.answer] == (
            [chain.answer("a", day)] if chain.answer("a", day) else []
        )


@pytest.mark.parametrize(("on", "missed"), [(date(2025, 6, 30), None), (date(2025, 7, 1), date(2025, 6, 30))])
def test_a_value_read_past_its_review_is_marked_in_the_reading_and_its_explanation(
    on: date,
    missed: date | None,
    policy_of: Callable[..., Policy],
    write_pack: Callable[..., Path],
    declared: Callable[..., str],
) -> None:
    entry = "{from: 2024-01-01, value: 3, source: {title: t}, checked_on: 2024-06-30, review_by: 2025-06-30}"
    file = declared("whole", {}).replace("values: []", f"values: [{entry}]")
    view = policy_of(write_pack("land", files={"a": file})).at(on, "land")
    assert view.whole("a") == 3
    (read,) = view.reads
    assert read.review_missed == missed
    step = Step("r", Text.plain("t"), Text.plain("o"), parameters=(read,))
    assert ("复核期限已过：2025-06-30" in explanation_as_text(step, "zh")) == (missed is not None)
    assert ("to be reviewed by 2025-06-30" in explanation_as_text(step, "en")) == (missed is not None)
    shown = explanation_as_json(step)["explanation"]["parameters"][0]["review_missed"]
    assert shown == (missed and "2025-06-30")


def test_a_trial_answers_first_and_its_silence_leaves_the_rest(
    policy_of: Callable[..., Policy],
    write_pack: Callable[..., Path],
    declared: Callable[..., str],
    only_values: Callable[..., str],
) -> None:
    land = write_pack("land", files={name: declared("whole", {"2020-01-01": "1"}) for name in ("a", "b", "c")})
    town = write_pack("town", "county", "land", {name: only_values({"2020-01-01": "2"}) for name in ("a", "b")})
    trial = write_pack("trial", "hospital", "land", {"a": only_values({"2020-01-01": "9", "2026-01-01": "null"})})
    plain = policy_of(land, town, trial)
    tried = plain.with_first("trial", ["town"])
    view = tried.at(date(2025, 1, 1), "town")
    assert [view.whole(name) for name in ("a", "b", "c")] == [9, 2, 1]
    assert tried.at(date(2026, 1, 1), "town").whole("a") == 2
    assert [pack.region_id for pack in view.chain.packs] == ["trial", "town", "land"]
    assert plain.at(date(2025, 1, 1), "town").whole("a") == 2
    assert tried.at(date(2025, 1, 1), "land").whole("a") == 1
    assert tried.fingerprint("town") != plain.fingerprint("town")
