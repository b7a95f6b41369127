"""Nobody stands alone in what leaves the region, and every row that is missing is counted."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.privacy.anonymity import anonymise
from tongchou.privacy.generalising import Level

HIERARCHIES = {
    "age": (Level(band=5, top=80), Level(band=20), Level("any")),
    "sex": (Level(), Level("any")),
    "on": (Level("month"), Level("quarter"), Level("year"), Level("any")),
    "area": (Level(), Level(prefix=2), Level("any")),
}
ROWS = st.lists(
    st.tuples(
        st.integers(0, 12).map(str),
        st.integers(0, 110) | st.none(),
        st.sampled_from(["m", "f"]),
        st.dates(date(2025, 1, 1), date(2025, 12, 31)),
        st.sampled_from(["3301", "3302", "3401"]) | st.none(),
    ),
    max_size=60,
)
SCHEMA = {"person": pl.String, "age": pl.Int64, "sex": pl.String, "on": pl.Date, "area": pl.String}


@given(ROWS, st.integers(2, 6), st.sampled_from([0, 500, 3000, 10_000]))
@settings(max_examples=40)
def test_no_class_has_fewer_than_k_persons_and_no_row_is_lost(listed, k, at_most):
    rows = pl.DataFrame(listed, schema=SCHEMA, orient="row")
    made = anonymise(rows, "person", HIERARCHIES, k, at_most)
    assert made.rows.height == rows.height
    kept = made.rows.with_columns(rows["person"]).filter(pl.col("is_kept"))
    assert rows.height == kept.height + made.chosen.suppressed_count
    if kept.height:
        assert kept.group_by(list(HIERARCHIES)).agg(pl.col("person").n_unique())["person"].min() >= k
    if rows["person"].n_unique() >= k:
        # With nothing told all stand together, so what is allowed can always be kept to.
        assert made.chosen.suppressed_count <= rows.height * at_most // 10_000
    assert 0 <= made.chosen.loss_e4 <= 10_000


def test_the_finest_steps_are_taken_that_suppress_no_more_than_allowed():
    many = [(str(number), 30 + number % 5, "m", date(2025, 1, 1), "3301") for number in range(99)]
    rows = pl.DataFrame([*many, ("x", 90, "f", date(2025, 8, 1), "3401")], schema=SCHEMA, orient="row")
    made = anonymise(rows, "person", HIERARCHIES, 5, 100)
    assert set(made.chosen.steps.values()) == {0}
    assert made.chosen.suppressed_count == 1
    assert made.rows.row(0) == ("30-34", "m", "2025-01", "3301", True)
    assert made.rows["is_kept"].to_list().count(False) == 1
    strict = anonymise(rows, "person", HIERARCHIES, 5, 0)
    assert strict.chosen.suppressed_count == 0
    assert [trial.suppressed_count for trial in strict.trials][-1] == 0


def test_many_rows_of_one_person_are_no_crowd():
    rows = pl.DataFrame([("p", 30, "m", date(2025, 1, 1), "3301")] * 50, schema=SCHEMA, orient="row")
    assert anonymise(rows, "person", HIERARCHIES, 2, 10_000).rows["is_kept"].sum() == 0


@pytest.mark.parametrize(
    ("level", "value", "told"),
    [
        (Level(band=5, top=85), 84, "80-84"),
        (Level(band=5, top=85), 85, "85+"),
        (Level(band=7, top=29), 28, "28"),
        (Level(band=1, top=15), 3, "3"),
        (Level(band=10), 0, "0-9"),
        (Level("quarter"), date(2025, 4, 1), "2025-Q2"),
        (Level("year"), date(2025, 4, 1), "2025"),
        (Level(prefix=4), "330106", "3301"),
        (Level("any"), "x", "*"),
        (Level("any"), None, "*"),
    ],
)
def test_each_step_tells_so_much(level, value, told):
    assert pl.DataFrame({"v": [value]}).select(level.applied(pl.col("v")).alias("v")).item() == told
