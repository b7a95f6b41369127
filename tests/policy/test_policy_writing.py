"""Dated values written into a policy file: read back as they are, and nothing else touched."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.policy.exact_yaml import Raw, parse_yaml
from tongchou.policy.pack import BUILT_IN
from tongchou.policy.writing import NewEntry, block, flow, with_entries

FILE = Path("parameter.yaml")
_NUMBERS = st.decimals(-1_000_000, 1_000_000, places=4)
_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
_SCALARS = st.one_of(st.none(), _NUMBERS, _WORDS, st.dates())
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_WORDS, inner, max_size=4)),
    max_leaves=8,
)
_SOURCES = st.fixed_dictionaries({"title": _WORDS})
_ENTRIES = st.lists(
    st.builds(NewEntry, st.dates(date(2000, 1, 1), date(2040, 1, 1)), _VALUES, _SOURCES),
    max_size=5,
    unique_by=lambda each: each.valid_from,
)

WRITTEN = """# head
title: {zh: 名, en: name}
values: # the list
  # first
  - from: 2020-01-01
    value: {a: 1.10, b: 2} # why
    source: {title: 'a: "b"'}
  # second
  - from: 2022-01-01
    value:
      - {up_to: 0.1, value: 1}
      - {above: rest, value: 0}
    source: {title: b}
# tail
"""


@settings(max_examples=40)
@given(_VALUES)
def test_a_value_is_read_back_as_exactly_the_same(value: Raw) -> None:
    assert parse_yaml(f"value: {flow(value)}\n", FILE) == {"value": value}
    if isinstance(value, dict | list):
        assert parse_yaml(block(value), FILE) == value


@settings(max_examples=40)
@given(_ENTRIES, _ENTRIES)
def test_entries_stand_in_the_order_of_their_days_and_replace_those_of_the_same_day(
    first: list[NewEntry], second: list[NewEntry]
) -> None:
    content = with_entries(with_entries("", first), second)
    merged = {each.valid_from: each for each in [*first, *second]}
    wanted = [{"from": day, "value": merged[day].value, "source": dict(merged[day].source)} for day in sorted(merged)]
    assert (parse_yaml(content, FILE) or {"values": []}) == {"values": wanted}


def test_comments_and_other_entries_stay_as_they_are() -> None:
    for day in (date(2019, 1, 1), date(2021, 1, 1), date(2023, 1, 1)):
        entry = NewEntry(day, Decimal("0.5"), {"title": "new"})
        content = with_entries(WRITTEN, [entry])
        paragraph = f'  - from: {day}\n    value: 0.5\n    source: {{title: "new"}}\n'
        assert content.replace(paragraph, "") == WRITTEN
    replaced = with_entries(WRITTEN, [NewEntry(date(2020, 1, 1), Decimal("0.5"), {"title": "new"})])
    assert [line for line in replaced.splitlines() if "#" in line] == [
        "# head", "values: # the list", "  # first", "  # second", "# tail",
    ]  # fmt: skip


def test_every_file_of_the_package_takes_a_new_value() -> None:
    files = sorted(BUILT_IN.rglob("parameters/**/*.yaml"))
    for file in files[:: max(1, len(files) // 120)]:
        content = file.read_text(encoding="utf-8")
        before = parse_yaml(content, file)
        after = parse_yaml(with_entries(content, [NewEntry(date(2040, 1, 1), None, {"title": "t"})]), file)
        assert isinstance(before, dict)
        assert isinstance(after, dict)
        *kept, last = after["values"]  # type: ignore[misc]
        assert kept == before["values"]
        assert last == {"from": date(2040, 1, 1), "value": None, "source": {"title": "t"}}
        assert {**after, "values": None} == {**before, "values": None}
