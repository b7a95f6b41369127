"""`policy lint` finds what an officer should look at, and nothing where all is in order."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.explanation import Source
from tongchou.policy.chain import Dated
from tongchou.policy.code_reads import is_read
from tongchou.policy.findings import Finding, Severity
from tongchou.policy.lint import lint
from tongchou.policy.lint_values import jumps
from tongchou.policy.pack import BUILT_IN
from tongchou.policy.policy import Policy
from tongchou.policy.value import Scalar

TODAY = date(2026, 1, 15)
GOOD = "source: {title: 文件, number: 测〔2025〕1号}, checked_on: 2025-06-01"
Written = list[tuple[str, str]]


def values(entries: Written, more: str = GOOD) -> str:
    """Return a file of dated values: (from, value)."""
    return "values: [" + ", ".join(f"{{from: {day}, value: {value}, {more}}}" for day, value in entries) + "]"


@pytest.fixture
def findings(write_pack: Callable[..., Path], declared: Callable[..., str]) -> Callable[..., list[Finding]]:
    """Return a function that examines a city below a land which declares `room/thing` and gives some values."""

    def examine(
        city: str, land: str = "values: []", unit: str = "ratio", dimensions: str = "[]", more: str = ""
    ) -> list[Finding]:
        declaration = declared(unit, {}, dimensions, more).replace("values: []", land)
        above = write_pack("lint_land", files={"room/thing": declaration})
        below = write_pack("lint_city", "city", "lint_land", {"room/thing": city})
        # The land is read along and, its own file aside, not examined: what is found there is found of the city too.
        return [each for each in lint([above, below], TODAY) if "lint_city" in each.where]

    return examine


def checks(found: list[Finding]) -> list[tuple[str, str]]:
    return [(each.severity.value, each.check) for each in found]


def test_a_value_in_order_has_no_finding(findings: Callable[..., list[Finding]]) -> None:
    assert findings(values([("2025-01-01", "0.95")])) == []


def test_a_source_without_number_and_a_value_never_checked_are_hints(findings: Callable[..., list[Finding]]) -> None:
    found = findings(values([("2025-01-01", "0.95")], "source: {title: 文件}"))
    assert checks(found) == [("hint", "no_document_number"), ("hint", "not_checked")]
    assert found[0].where.endswith("parameters/room/thing.yaml")
    assert found[0].sentence("zh").startswith("[提示 no_document_number] 自 2025-01-01 起的值没有写依据的文号（")


@pytest.mark.parametrize(
    ("city", "land", "expected"),
    [
        ([("2024-01-01", "1"), ("2025-01-01", "null")], [], ["ends_without_answer"]),
        ([("2024-01-01", "1"), ("2025-01-01", "null")], [("2023-01-01", "2")], []),
        ([("2023-01-01", "1"), ("2024-01-01", "null"), ("2026-01-01", "3")], [], ["gap"]),
        ([("2023-01-01", "1"), ("2024-01-01", "null"), ("2026-01-01", "3")], [("2024-01-01", "2")], []),
        ([("2023-01-01", "1"), ("2024-01-01", "null"), ("2026-01-01", "3")], [("2025-01-01", "2")], ["gap"]),
        ([("2024-01-01", "1"), ("2025-01-01", "null")], [("2020-01-01", "2"), ("2025-06-01", "null")],
         ["ends_without_answer"]),
        ([("2025-01-01", "1")], [("2020-01-01", "2"), ("2021-01-01", "null")], ["gap"]),
    ],
    ids=["ends", "the land goes on", "gap", "the land bridges it", "the land bridges a year", "both end", "from above"],
)  # fmt: skip
def test_days_on_which_nobody_answers_are_warnings(
    city: Written, land: Written, expected: list[str], findings: Callable[..., list[Finding]]
) -> None:
    found = findings(values(city), values(land))
    assert checks(found) == [("warning", each) for each in expected]


def test_a_gap_is_named_by_its_first_and_last_day(findings: Callable[..., list[Finding]]) -> None:
    city = [("2023-01-01", "1"), ("2024-01-01", "null"), ("2026-01-01", "3")]
    (gap,) = findings(values(city), values([("2025-01-01", "2")]))
    assert gap.what.en == "the parameter room/thing has no value from 2024-01-01 to 2024-12-31"


@pytest.mark.parametrize(
    ("series", "asks"),
    [
        ("1 1.4 1", True),
        ("0.95 0.59 0.95", True),
        ("0.95 0.59 0.96", True),
        ("0.05 0.06 0.07", False),
        ("0.05 0.07 0.06", False),
        ("1 1 1.5", False),
        ("1 1 1", False),
        ("1 2 3 2.9", False),
        ("5 1.4 1.5 1.4 9", True),
    ],
)
def test_a_value_that_leaves_and_comes_back_is_asked_about(
    series: str, asks: bool, findings: Callable[..., list[Finding]]
) -> None:
    entries = [(f"{2020 + year}-01-01", value) for year, value in enumerate(series.split())]
    found = checks(findings(values(entries)))
    assert set(found) == ({("ask", "leaves_and_comes_back")} if asks else set())


@pytest.mark.parametrize(
    ("unit", "dimensions", "more", "series", "asks"),
    [
        ("text", "[]", "", ["a", "b", "a"], True),
        ("text", "[]", "", ["a", "b", "c"], False),
        ("ratio", "[level]", "", ["{tertiary: 1, primary: 2}", "{tertiary: 1, primary: 3}",
                                  "{tertiary: 1, primary: 2}"], True),
        ("ratio", "[level]", "", ["{tertiary: 1}", "{primary: 3}", "{tertiary: 1}"], False),
        ("ratio", "[]", "bands_over: {zh: 率, en: rate}",
         ["[{above: rest, value: 1}]", "[{above: rest, value: 0}]", "[{above: rest, value: 1}]"], True),
        ("ratio", "[]", "", ["1", "null", "1"], False),
    ],
    ids=["text", "text goes on", "one level of two", "other keys", "bands", "an end between"],
)  # fmt: skip
def test_texts_levels_and_bands_leave_and_come_back_too(
    unit: str, dimensions: str, more: str, series: list[str], asks: bool, findings: Callable[..., list[Finding]]
) -> None:
    entries = [(f"{2020 + year}-01-01", value) for year, value in enumerate(series)]
    found = findings(values(entries), unit=unit, dimensions=dimensions, more=more)
    assert (("ask", "leaves_and_comes_back") in checks(found)) == asks


def test_what_the_pack_above_says_as_well_is_a_hint(findings: Callable[..., list[Finding]]) -> None:
    (found,) = findings(values([("2025-01-01", "0.950")]), values([("2020-01-01", "0.95")]))
    assert (found.severity, found.check) == (Severity.HINT, "equal_to_above")
    assert "lint_land区" in found.what.zh


@pytest.mark.parametrize(
    ("city", "land"),
    [
        ([("2025-01-01", "0.95")], [("2020-01-01", "0.95"), ("2025-07-01", "0.9")]),
        ([("2025-01-01", "0.95")], [("2025-07-01", "0.95")]),
        ([("2025-01-01", "0.95")], [("2020-01-01", "0.95"), ("2026-01-01", "null")]),
        ([("2025-01-01", "null")], [("2020-01-01", "0.95")]),
    ],
    ids=["the land changes", "the land begins later", "the land ends", "nothing given"],
)
def test_a_value_that_is_needed_on_some_day_is_no_repetition(
    city: Written, land: Written, findings: Callable[..., list[Finding]]
) -> None:
    assert checks(findings(values(city), values(land))) == []


@pytest.mark.parametrize(("review_by", "missed"), [("2026-01-14", True), ("2026-01-15", False)])
def test_a_value_past_its_review_is_a_warning_from_the_day_after(
    review_by: str, missed: bool, findings: Callable[..., list[Finding]]
) -> None:
    found = findings(values([("2025-01-01", "0.95")], f"{GOOD}, review_by: {review_by}"))
    assert checks(found) == ([("warning", "review_missed")] if missed else [])


def test_a_value_that_another_replaced_needs_no_review(findings: Callable[..., list[Finding]]) -> None:
    old = f"{{from: 2024-01-01, value: 1, {GOOD}, review_by: 2024-06-30}}"
    new = f"{{from: 2025-01-01, value: 1.1, {GOOD}}}"
    assert findings(f"values: [{old}, {new}]") == []


@pytest.mark.parametrize(
    ("city", "code"),
    [
        (values([("2025-01-01", "95")]), "policy.out_of_bounds"),
        (values([("2025-01-01", "0.9"), ("2024-01-01", "0.8")]), "policy.dates_not_ascending"),
        ("values: [{from: 2025-01-01, value: 0.9}]", "policy.missing_key"),
        (values([("2025-01-01", "0.9")], f"{GOOD}, review_by: 2024-12-31"), "policy.review_before_start"),
        (values([("2025-01-01", "0.9")], f"{GOOD}, revue_by: 2025-12-31"), "policy.unknown_key"),
        ("values: [", "policy.bad_yaml"),
    ],
)
def test_what_loading_refuses_is_an_error(city: str, code: str, findings: Callable[..., list[Finding]]) -> None:
    found = findings(city, more="bounds: {minimum: 0, maximum: 1}")
    assert (found[0].severity, found[0].check) == (Severity.ERROR, code)


def test_errors_stand_first_and_the_rest_is_examined_all_the_same(findings: Callable[..., list[Finding]]) -> None:
    wrong = f"{{from: 2025-01-01, value: 95, {GOOD}}}"
    late = f"{{from: 2025-06-01, value: 0.9, {GOOD}, review_by: 2025-12-31}}"
    found = findings(f"values: [{wrong}, {late}]", more="bounds: {minimum: 0, maximum: 1}")
    assert checks(found)[:1] == [("error", "policy.out_of_bounds")]
    assert ("warning", "review_missed") in checks(found)


def test_what_the_program_reads_and_nobody_gives_is_hinted_of_the_most_specific_region(
    write_pack: Callable[..., Path], only_values: Callable[[Mapping[str, str]], str]
) -> None:
    given = {"alliance/budget/growth": only_values({"2025-01-01": "0.05"})}
    county = write_pack("lint_county", "county", "demo_city", given)
    score = {"alliance/quality/score": only_values({"2025-01-01": "90"})}
    alliance = write_pack("lint_alliance", "alliance", "lint_county", score)
    found = [each for each in lint([BUILT_IN / "demo_city", county, alliance], TODAY) if each.check == "not_given"]
    assert {each.where for each in found} == {"lint_county"}
    missed = {each.what.en.split()[5] for each in found}
    assert "alliance/budget/prior_year_payments" in missed
    assert not {"alliance/budget/growth", "alliance/quality/score", "settlement/prepay_ratio"} & missed


def test_every_declared_parameter_is_read_by_the_program() -> None:
    assert [name for name in Policy.load().chain("national").parameters if not is_read(name)] == []
    assert not is_read("payment/unheard_of/rate")


def test_the_packs_that_come_along_have_neither_errors_nor_warnings_nor_questions() -> None:
    found = lint(sorted(file.parent for file in BUILT_IN.glob("*/pack.yaml")), TODAY)
    assert {each.severity for each in found} == {Severity.HINT}


def test_a_pack_that_is_not_named_is_not_examined(
    write_pack: Callable[..., Path], only_values: Callable[[Mapping[str, str]], str]
) -> None:
    county = write_pack(
        "lint_lone", "county", "demo_city", {"settlement/prepay_ratio": only_values({"2025-01-01": "0.9"})}
    )
    assert {each.where for each in lint([county], TODAY) if each.check != "not_given"} == {
        str(county / "parameters/settlement/prepay_ratio.yaml")
    }


_SERIES = st.lists(st.integers(0, 20), min_size=3, max_size=3)


@given(series=_SERIES)
def test_no_series_that_only_rises_or_only_falls_is_asked_about(
    series: list[int], findings_of_series: Callable[[list[int]], int]
) -> None:
    assert findings_of_series(sorted(series)) == 0
    assert findings_of_series(sorted(series, reverse=True)) == 0


@given(series=_SERIES, shift=st.integers(0, 50))
def test_whether_a_series_is_asked_about_depends_on_its_steps_only(
    series: list[int], shift: int, findings_of_series: Callable[[list[int]], int]
) -> None:
    moved = [each + shift for each in series]
    assert findings_of_series(moved) == findings_of_series(series) == findings_of_series(series[::-1])


@pytest.fixture(scope="module")
def findings_of_series(
    policy_of: Callable[..., Policy], write_pack: Callable[..., Path], declared: Callable[..., str]
) -> Callable[[list[int]], int]:
    """Return a function that counts the questions that three numbers in a row are asked about."""
    policy = policy_of(write_pack("series", files={"a": declared("whole", {})}))
    parameter = policy.chain("series").parameters["a"]

    def count(series: list[int]) -> int:
        dated = [
            Dated(date(2020 + year, 1, 1), Scalar(str(each), each), Source("t"), None)
            for year, each in enumerate(series)
        ]
        return len(list(jumps(parameter, dated, "x")))

    return count
