"""Who answers for a region on a day, when the policy changes, and what a fingerprint names."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import pairwise, permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.policy import Policy

Write = Callable[..., Path]
Load = Callable[..., Policy]


@pytest.fixture(scope="module")
def folders(write_pack: Write, declared: Callable[..., str], only_values: Callable[..., str]) -> list[Path]:
    """Return four packs in a chain, with a sibling, that give the same parameter at different times."""
    return [
        write_pack("land", files={"a": declared("days", {"2020-01-01": "1"}), "b": declared("days", {})}),
        write_pack("city", "city", "land", {"a": only_values({"2022-01-01": "2", "2024-01-01": "3"})}),
        write_pack("county", "county", "city", {"a": only_values({"2023-01-01": "4", "2025-01-01": "null"})}),
        write_pack("clinic", "hospital", "county", {"b": only_values({"2024-06-01": "9"})}),
        write_pack("other", "county", "city", {"a": only_values({"2021-01-01": "7"})}),
    ]


def read(policy: Policy, on: date, region_id: str) -> tuple[int, str]:
    view = policy.at(on, region_id)
    return view.whole("a"), view.reads[0].level.split(":")[0]


@pytest.mark.parametrize(
    ("on", "region_id", "answer"),
    [
        (date(2020, 1, 1), "county", (1, "national")),
        (date(2021, 12, 31), "county", (1, "national")),
        (date(2022, 1, 1), "county", (2, "city")),
        (date(2022, 12, 31), "county", (2, "city")),
        (date(2023, 1, 1), "county", (4, "county")),
        (date(2024, 12, 31), "county", (4, "county")),
        (date(2025, 1, 1), "county", (3, "city")),
        (date(2024, 12, 31), "clinic", (4, "county")),
        (date(2024, 12, 31), "other", (7, "county")),
        (date(2024, 12, 31), "city", (3, "city")),
        (date(2024, 12, 31), "land", (1, "national")),
    ],
)
def test_the_most_specific_pack_with_a_value_on_the_day_answers(
    folders: list[Path], policy_of: Load, on: date, region_id: str, answer: tuple[int, str]
) -> None:
    assert read(policy_of(*folders), on, region_id) == answer


def test_the_order_of_folders_changes_nothing(folders: list[Path], policy_of: Load) -> None:
    days = [date(2020, 1, 1) + timedelta(days=90 * n) for n in range(24)]
    found = set()
    for order in permutations(folders):
        policy = policy_of(*order)
        answers = tuple(read(policy, on, region_id) for on in days for region_id in ("clinic", "other", "city"))
        found.add((answers, policy.fingerprint("clinic")))
    assert len(found) == 1


def test_a_parameter_without_value_says_when_it_had_and_will_have_one(
    write_pack: Write, policy_of: Load, declared: Callable[..., str], only_values: Callable[..., str]
) -> None:
    land = write_pack("land", files={"a": declared("days", {"2020-01-01": "1", "2021-01-01": "null"})})
    city = write_pack("city", "city", "land", {"a": only_values({"2022-03-01": "2", "2022-04-01": "null"})})
    late = write_pack("late", "county", "city", {"a": only_values({"2026-01-01": "5"})})
    view = policy_of(land, city, late).at(date(2024, 5, 1), "late")
    with pytest.raises(TongchouError) as refusal:
        view.whole("a")
    assert str(refusal.value) == (
        "[policy.no_value] 参数“甲”在 2024-05-01 没有值（a, late, 2024-05-01）："
        "late, city, land 在该日都没有值；此前有效至 2022-03-31，之后自 2026-01-01 起才有效。"
        "请在其中一个政策包的 parameters/a.yaml 写入自该日或更早起的值及依据。\n"
        "[policy.no_value] the parameter 'thing' has no value on 2024-05-01 (a, late, 2024-05-01): none of "
        "late, city, land has a value on the day; it last had a value on 2022-03-31, it next has one from "
        "2026-01-01. To mend it: write a value from that day or earlier, with its source, into "
        "parameters/a.yaml of one of these packs."
    )
    assert not view.has("a")


def test_on_the_day_it_ends_a_parameter_had_its_value_until_the_day_before(
    write_pack: Write, policy_of: Load, declared: Callable[..., str]
) -> None:
    values = {"2020-01-01": "1", "2021-01-01": "null", "2021-01-03": "2"}
    policy = policy_of(write_pack("land", files={"a": declared("days", values)}))
    assert policy.at(date(2020, 12, 31), "land").whole("a") == 1
    with pytest.raises(TongchouError) as refusal:
        policy.at(date(2021, 1, 1), "land").whole("a")
    assert "it last had a value on 2020-12-31, it next has one from 2021-01-03" in refusal.value.sentence("en")


def test_a_parameter_that_never_has_a_value_says_so(folders: list[Path], policy_of: Load) -> None:
    with pytest.raises(TongchouError) as refusal:
        policy_of(*folders).at(date(2025, 1, 1), "county").whole("b")
    assert "任何日期都没有值" in refusal.value.sentence("zh")
    assert "there is none on any day" in refusal.value.sentence("en")


def test_asking_whether_there_is_a_value_refuses_unknown_names_and_records_nothing(
    folders: list[Path], policy_of: Load
) -> None:
    view = policy_of(*folders).at(date(2025, 1, 1), "county")
    assert (view.has("a"), view.has("b")) == (True, False)
    assert view.reads == ()
    with pytest.raises(TongchouError, match=r"policy\.unknown_parameter"):
        view.has("c")


def test_an_unknown_region_is_refused_by_every_question(folders: list[Path], policy_of: Load) -> None:
    policy = policy_of(*folders)
    day = date(2025, 1, 1)
    for ask in (
        lambda: policy.at(day, "moon"),
        lambda: policy.segments("moon", day, day),
        lambda: policy.fingerprint("moon"),
    ):
        with pytest.raises(TongchouError) as refusal:
            ask()
        assert str(refusal.value) == (
            "[policy.unknown_region] 没有地区“moon”的政策包（moon）："
            "已读入的政策包为 city、clinic、county、land、other。请改正地区代码，或读入该地区的政策包。\n"
            "[policy.unknown_region] there is no policy pack for the region 'moon' (moon): the packs read "
            "are city, clinic, county, land, other. To mend it: correct the region, or load its policy pack."
        )


def test_segments_cut_only_where_an_answer_changes(folders: list[Path], policy_of: Load) -> None:
    # 2024-01-01 changes the city's value, which the county's own still hides.
    segments = policy_of(*folders).segments("county", date(2022, 6, 1), date(2025, 6, 30))
    assert segments == [
        (date(2022, 6, 1), date(2022, 12, 31)),
        (date(2023, 1, 1), date(2024, 12, 31)),
        (date(2025, 1, 1), date(2025, 6, 30)),
    ]


def test_one_day_is_one_segment_and_no_day_is_refused(folders: list[Path], policy_of: Load) -> None:
    policy = policy_of(*folders)
    day = date(2023, 1, 1)
    assert policy.segments("county", day, day) == [(day, day)]
    with pytest.raises(TongchouError) as refusal:
        policy.segments("county", day, day - timedelta(days=1))
    assert refusal.value.sentence("en") == (
        "[policy.empty_range] the range holds no day (2023-01-01 - 2022-12-31): it ends before it begins. "
        "To mend it: correct its start and end."
    )


FIRST = date(2024, 1, 1)
entries = st.dictionaries(st.integers(0, 40), st.sampled_from(["1", "2", "null"]), max_size=4).map(
    lambda found: {str(FIRST + timedelta(days=day)): found[day] for day in sorted(found)}
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(above=entries, own=entries, start=st.integers(0, 40), length=st.integers(0, 40))
def test_segments_partition_the_range_and_hold_one_policy_each(
    write_pack: Write,
    policy_of: Load,
    declared: Callable[..., str],
    only_values: Callable[..., str],
    above: Mapping[str, str],
    own: Mapping[str, str],
    start: int,
    length: int,
) -> None:
    land = write_pack("land", files={"a": declared("days", above)})
    city = write_pack("city", "city", "land", {"a": only_values(own)})
    policy = policy_of(land, city)
    first, last = FIRST + timedelta(days=start), FIRST + timedelta(days=start + length)
    segments = policy.segments("city", first, last)

    days = [day for begin, end in segments for day in _days(begin, end)]
    assert days == _days(first, last)
    states = [{_state(policy, day) for day in _days(begin, end)} for begin, end in segments]
    assert all(len(state) == 1 for state in states)
    assert all(left != right for left, right in pairwise(states))


def test_a_fingerprint_names_the_content_of_the_chain_and_nothing_else(
    write_pack: Write, policy_of: Load, declared: Callable[..., str]
) -> None:
    def fingerprint(value: str, sibling: str = "1", comment: str = "", city_level: str = "city") -> str:
        file = declared("ratio", {"2025-01-01": value}, "[level]") + comment
        land = write_pack("land", files={"a": file})
        city = write_pack("city", city_level, "land")
        other = write_pack("other", "city", "land", {"c": declared("days", {"2025-01-01": sibling})})
        return policy_of(land, city, other).fingerprint("city")

    same = fingerprint("{tertiary: 0.6, primary: 1}")
    assert fingerprint("{tertiary: 0.6, primary: 1}", sibling="2") == same
    assert fingerprint("{tertiary: 0.6, primary: 1}", comment="\n# a remark") == same
    assert fingerprint("{primary: 1, tertiary: 0.6}") == same
    others = [
        fingerprint("{tertiary: 0.7, primary: 1}"),
        fingerprint("{tertiary: 0.60, primary: 1}"),
        fingerprint("{tertiary: 0.6, primary: 1}", city_level="county"),
    ]
    assert len({same, *others}) == 4


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _state(policy: Policy, on: date) -> tuple[date, str] | None:
    view = policy.at(on, "city")
    if not view.has("a"):
        return None
    view.whole("a")
    return view.reads[0].valid_from, view.reads[0].level
