"""What never changes a result: the order and repetition of codes, and how the cases are handed over."""

import ast
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.grouping.cases import SCHEMA

from tongchou.grouping.grouper import Grouper

RESULT = ("status", "mdc", "adrg", "drg", "decided_by")
DIAGNOSES = (
    "J15.900",
    "J17.000",
    "J18.100",
    "P07.300",
    "S01.000",
    "S72.000",
    "R57.000",
    "J96.000",
    "J96.900",
    "I10",
    "X",
)
PROCEDURES = ("33.5100", "32.4100", "34.0100", "34.1100", "47.0900", "X")

diagnoses = st.lists(st.sampled_from(DIAGNOSES), max_size=6)
procedures = st.lists(st.sampled_from(PROCEDURES), max_size=4)
cases = st.fixed_dictionaries(
    {
        "case_id": st.just("c"),
        "sex": st.sampled_from(("male", "female", "male", "female", None, "9")),
        "age_years": st.sampled_from((0, 40, 40, None)),
        "age_days": st.sampled_from((None, 0, 28, 29, 300)),
        "birth_weight_g": st.sampled_from((None, 0, 1499, 1500, 3000)),
        "diagnoses": diagnoses,
        "procedures": procedures,
    }
)
batches = st.lists(cases, max_size=12)


def _one(grouper: Grouper, row: dict[str, Any]) -> tuple[str, ...]:
    grouped = grouper.group_one(row)
    return tuple(getattr(grouped, name) for name in RESULT)


def _rows(grouped: pa.RecordBatch | pa.Table) -> list[tuple[str, ...]]:
    return list(zip(*(grouped.column(name).to_pylist() for name in RESULT), strict=True))


def _batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


@given(row=cases, data=st.data())
def test_the_order_of_secondary_diagnoses_changes_nothing(
    tiny: Grouper, row: dict[str, Any], data: st.DataObject
) -> None:
    other = row | {"diagnoses": row["diagnoses"][:1] + data.draw(st.permutations(row["diagnoses"][1:]))}
    assert _one(tiny, other) == _one(tiny, row)


@given(row=cases, data=st.data())
def test_the_order_of_further_procedures_changes_nothing(
    tiny: Grouper, row: dict[str, Any], data: st.DataObject
) -> None:
    other = row | {"procedures": row["procedures"][:1] + data.draw(st.permutations(row["procedures"][1:]))}
    assert _one(tiny, other) == _one(tiny, row)


@given(row=cases, data=st.data())
def test_a_code_given_twice_changes_nothing(tiny: Grouper, row: dict[str, Any], data: st.DataObject) -> None:
    secondary, operations = row["diagnoses"][1:], row["procedures"]
    again = data.draw(st.lists(st.sampled_from(secondary), max_size=3)) if secondary else []
    operations_again = data.draw(st.lists(st.sampled_from(operations), max_size=3)) if operations else []
    other = row | {"diagnoses": row["diagnoses"] + again, "procedures": operations + operations_again}
    assert _one(tiny, other) == _one(tiny, row)


@given(row=cases, data=st.data())
def test_a_code_in_no_list_changes_nothing_but_as_a_principal_one(
    tiny: Grouper, row: dict[str, Any], data: st.DataObject
) -> None:
    other = dict(row)
    for name in ("diagnoses", "procedures"):
        if row[name]:
            place = data.draw(st.integers(1, len(row[name])))
            other[name] = [*row[name][:place], "ZZZ.ZZZ", *row[name][place:]]
    assert _one(tiny, other) == _one(tiny, row)


@given(rows=batches)
def test_every_case_has_one_status_and_groups_that_go_with_it(tiny: Grouper, rows: list[dict[str, Any]]) -> None:
    grouped = tiny.group(_batch(rows))
    assert grouped.num_rows == len(rows)
    for status, mdc, adrg, drg, decided_by in _rows(grouped):
        assert status in {"grouped", "ungrouped", "invalid"}
        assert ((mdc, adrg, drg) == ("0000", "00", "0000")) == (status != "grouped")
        if status == "grouped":
            assert drg.startswith(adrg)
            assert adrg[0] == mdc[-1]
        assert (decided_by == "drg") == (status == "grouped")
        assert (decided_by in {"no_mdc", "no_adrg"}) == (status == "ungrouped")


@given(rows=batches)
def test_a_batch_gives_what_its_cases_give_one_by_one(tiny: Grouper, rows: list[dict[str, Any]]) -> None:
    assert _rows(tiny.group(_batch(rows))) == [_one(tiny, row) for row in rows]


@given(rows=batches, cut=st.integers(0, 12), length=st.integers(0, 12))
def test_a_slice_gives_the_slice_of_the_result(
    tiny: Grouper, rows: list[dict[str, Any]], cut: int, length: int
) -> None:
    batch = _batch(rows)
    assert _rows(tiny.group(batch.slice(cut, length))) == _rows(tiny.group(batch))[cut : cut + length]


@given(first=batches, second=batches)
def test_a_table_of_several_chunks_gives_what_its_batches_give(
    tiny: Grouper, first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    one, two = _batch(first), _batch(second)
    assert _rows(tiny.group(pa.Table.from_batches([one, two]))) == _rows(tiny.group(one)) + _rows(tiny.group(two))


@given(rows=batches)
def test_the_widths_of_columns_change_nothing(tiny: Grouper, rows: list[dict[str, Any]]) -> None:
    batch = _batch(rows)
    wide = pa.schema(
        [
            ("case_id", pa.large_string()),
            ("sex", pa.large_string()),
            ("age_years", pa.int16()),
            ("age_days", pa.int32()),
            ("birth_weight_g", pa.float64()),
            ("diagnoses", pa.large_list(pa.large_string())),
            ("procedures", pa.large_list(pa.string())),
        ]
    )
    assert _rows(tiny.group(batch.cast(wide))) == _rows(tiny.group(batch))


@given(rows=batches)
def test_dictionaries_of_codes_change_nothing(tiny: Grouper, rows: list[dict[str, Any]]) -> None:
    batch = _batch(rows)
    columns = {name: batch.column(name) for name in SCHEMA.names}
    for name in ("diagnoses", "procedures"):
        lists = columns[name]
        columns[name] = pa.ListArray.from_arrays(lists.offsets, lists.values.dictionary_encode())
    columns["sex"] = columns["sex"].dictionary_encode()
    assert _rows(tiny.group(pa.RecordBatch.from_pydict(columns))) == _rows(tiny.group(batch))


@given(rows=batches, data=st.data())
def test_the_order_of_columns_and_what_else_is_there_change_nothing(
    tiny: Grouper, rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    batch = _batch(rows)
    names = data.draw(st.permutations(SCHEMA.names))
    columns = {name: batch.column(name) for name in names} | {"remark": pa.nulls(len(rows))}
    assert _rows(tiny.group(pa.RecordBatch.from_pydict(columns))) == _rows(tiny.group(batch))


@pytest.mark.parametrize(
    ("spelling", "meaning"),
    [("1", "male"), ("男", "male"), ("2", "female"), ("女", "female")],
)
@given(rows=batches)
def test_sex_may_be_written_as_settlement_lists_do(
    tiny: Grouper, spelling: str, meaning: str, rows: list[dict[str, Any]]
) -> None:
    meant = [row | {"sex": meaning} for row in rows]
    spelt = [row | {"sex": spelling} for row in rows]
    assert _rows(tiny.group(_batch(spelt))) == _rows(tiny.group(_batch(meant)))
    assert [_one(tiny, row) for row in spelt] == [_one(tiny, row) for row in meant]


@given(rows=batches)
def test_sex_may_be_a_number(tiny: Grouper, rows: list[dict[str, Any]]) -> None:
    numbers = {"male": 1, "female": 2, None: None, "9": 9}
    batch = _batch(rows)
    coded = [row | {"sex": numbers[row["sex"]]} for row in rows]
    column = pa.array([row["sex"] for row in coded], pa.int8())
    place = batch.schema.get_field_index("sex")
    assert _rows(tiny.group(batch.set_column(place, "sex", column))) == _rows(tiny.group(batch))
    assert [_one(tiny, row) for row in coded] == [_one(tiny, row) for row in rows]


@given(rows=batches)
def test_a_list_that_is_null_is_an_empty_list(tiny: Grouper, rows: list[dict[str, Any]]) -> None:
    without = [row | {"procedures": []} for row in rows]
    null = [row | {"procedures": None} for row in rows]
    assert _rows(tiny.group(_batch(null))) == _rows(tiny.group(_batch(without)))


@given(rows=batches)
def test_codes_hidden_under_a_null_list_do_not_count(tiny: Grouper, rows: list[dict[str, Any]]) -> None:
    batch = _batch(rows)
    lists = batch.column("procedures")
    hidden = pa.ListArray.from_arrays(lists.offsets, lists.values, mask=pc.is_valid(lists))
    place = batch.schema.get_field_index("procedures")
    without = _batch([row | {"procedures": []} for row in rows])
    assert _rows(tiny.group(batch.set_column(place, "procedures", hidden))) == _rows(tiny.group(without))


def test_the_naive_grouper_shares_nothing_with_the_package() -> None:
    files = [*(Path(__file__).parent / "naive").glob("*.py"), Path(__file__).with_name("random_cases.py")]
    assert len(files) == 5
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    assert not [name for name in imported if name and name.startswith("tongchou")]
