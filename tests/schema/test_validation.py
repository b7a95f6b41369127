"""A batch is checked against the contract of its table."""

from datetime import date

import polars as pl
import pytest
from pandera.errors import SchemaError

from tongchou.core.text import Text
from tongchou.schema.contract import Column, Kind, Table
from tongchou.schema.tables import INPUT_TABLES
from tongchou.schema.validation import breaches, frame_schema

NAME = Text.plain("x")
TABLE = Table(
    "stays",
    NAME,
    NAME,
    ("stay_id",),
    (
        Column("stay_id", Kind.TEXT, NAME),
        Column("state", Kind.TEXT, NAME, values={"open": NAME, "closed": NAME}),
        Column("days", Kind.WHOLE, NAME, minimum=1, maximum=10),
        Column("code", Kind.TEXT, NAME, is_required=False, pattern=r"[A-Z]\d|Z"),
        Column("paid_fen", Kind.FEN, NAME, is_required=False, minimum=0),
        Column("ended_on", Kind.DATE, NAME, is_required=False),
        Column("is_new", Kind.FLAG, NAME),
    ),
)


def rows(**columns: list[object]) -> pl.DataFrame:
    count = len(next(iter(columns.values())))
    sound = {
        "stay_id": "S",
        "state": "open",
        "days": 1,
        "code": "A1",
        "paid_fen": 0,
        "ended_on": date(2025, 1, 1),
        "is_new": True,
    }
    data = {name: columns.get(name, [value] * count) for name, value in sound.items()}
    types = {"days": pl.Int64, "paid_fen": pl.Int64, "ended_on": pl.Date, "is_new": pl.Boolean}
    return pl.DataFrame(data, schema={name: types.get(name, pl.String) for name in data})


def found(frame: pl.DataFrame) -> dict[tuple[str, str], list[bool]]:
    return {(breach.column.name, breach.rule): breach.is_broken.to_list() for breach in breaches(TABLE, frame)}


def test_sound_rows_break_nothing():
    assert found(rows(days=[1, 10])) == {}


def test_empty_batch_breaks_nothing():
    assert found(rows(days=[1]).clear()) == {}


def test_all_breaches_are_found_in_one_pass():
    frame = rows(stay_id=["S", None, "S"], state=["open", "gone", "closed"], days=[0, 11, 5])
    assert found(frame) == {
        ("stay_id", "required"): [False, True, False],
        ("state", "values"): [False, True, False],
        ("days", "minimum"): [True, False, False],
        ("days", "maximum"): [False, True, False],
    }


def test_minimum_and_maximum_are_inclusive():
    assert found(rows(days=[0, 1, 2, 9, 10, 11])) == {
        ("days", "minimum"): [True, False, False, False, False, False],
        ("days", "maximum"): [False, False, False, False, False, True],
    }


def test_pattern_must_match_the_whole_text():
    frame = rows(code=["A1", "xA1", "A1x", "A1\n", "Z", "ZZ", "a1"])
    assert found(frame) == {("code", "pattern"): [False, True, True, True, False, True, True]}


def test_empty_optional_values_break_no_clause():
    assert found(rows(code=[None, "A1"], paid_fen=[None, 0], ended_on=[None, None])) == {}


@pytest.mark.parametrize("frame", [rows(days=[1]).cast({"days": pl.String}), rows(days=[1]).drop("state")])
def test_wrong_columns_or_types_are_the_callers_fault(frame: pl.DataFrame):
    with pytest.raises(SchemaError):
        breaches(TABLE, frame)


@pytest.mark.parametrize("table", INPUT_TABLES, ids=lambda table: table.name)
def test_every_input_table_has_a_schema_with_its_columns(table: Table):
    assert list(frame_schema(table).columns) == [column.name for column in table.columns]
