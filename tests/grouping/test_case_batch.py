"""Batches of any Arrow types: the same cases, however their columns are typed, sliced or sent."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.grouping.cases import batch, case

from tongchou.core.errors import TongchouError
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.reading import load_scheme

NEWBORN = {"age_years": 0, "age_days": 3, "birth_weight_g": 1400}
ROWS = [
    case("J15.900 R57.900"),
    case("P07.000", **NEWBORN),
    case("J15.900", "32.4100", sex="female"),
    case("", sex="unknown"),
    case("J15.900") | {"diagnoses": None, "procedures": None},
    case("J18.900 J96.000") | {"diagnoses": ["J18.900", None, "J96.000"]},
]
GROUPS = ["ES11", "PS19", "EB15", "0000", "0000", "ES11"]


def _drgs(grouper: Grouper, cases: pa.RecordBatch) -> list[str]:
    return grouper.group(cases).column("drg").to_pylist()


def _with(cases: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    return cases.set_column(cases.schema.get_field_index(name), name, column)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("diagnoses", pa.large_list(pa.string())),
        ("diagnoses", pa.list_(pa.large_string())),
        ("diagnoses", pa.list_(pa.string_view())),
        ("procedures", pa.list_(pa.dictionary(pa.int32(), pa.string()))),
        ("age_years", pa.int8()),
        ("age_years", pa.int32()),
        ("age_years", pa.uint16()),
        ("age_days", pa.uint64()),
        ("birth_weight_g", pa.float64()),
        ("birth_weight_g", pa.string()),
        ("sex", pa.large_string()),
        ("sex", pa.dictionary(pa.int8(), pa.string())),
        ("case_id", pa.large_string()),
    ],
)
def test_the_type_of_a_column_does_not_matter(tiny: Grouper, name: str, kind: pa.DataType) -> None:
    cases = batch(*ROWS)
    column = cases.column(name)
    try:
        typed = column.cast(kind)
    except pa.ArrowNotImplementedError:
        typed = pa.array(column.to_pylist(), kind)
    assert _drgs(tiny, _with(cases, name, typed)) == GROUPS


@pytest.mark.parametrize(("male", "female"), [(1, 2), ("1", "2"), ("男", "女"), ("M", "F"), (" Male ", "FEMALE")])
def test_sex_is_read_as_hospitals_write_it(tiny: Grouper, male: Any, female: Any) -> None:
    sexes = [{"male": male, "female": female}.get(row["sex"]) for row in ROWS]
    assert _drgs(tiny, _with(batch(*ROWS), "sex", pa.array(sexes))) == GROUPS


def test_a_slice_of_a_batch_groups_as_its_rows_do(tiny: Grouper) -> None:
    cases = batch(*ROWS)
    for first in range(len(ROWS)):
        for length in range(len(ROWS) - first + 1):
            assert _drgs(tiny, cases.slice(first, length)) == GROUPS[first : first + length]


def test_columns_of_nothing_but_nulls_are_read(tiny: Grouper) -> None:
    cases = batch(case("J15.900"))
    cases = _with(cases, "age_days", pa.nulls(1))
    cases = _with(cases, "procedures", pa.nulls(1))
    assert _drgs(tiny, cases) == ["ES15"]


@pytest.mark.parametrize(("name", "column"), [("diagnoses", pa.array(["J15.900"])), ("procedures", pa.array([[1, 2]]))])
def test_codes_that_are_no_lists_of_text_are_refused_with_a_sentence(
    tiny: Grouper, name: str, column: pa.Array
) -> None:
    with pytest.raises(TongchouError) as caught:
        tiny.group(_with(batch(case("J15.900")), name, column))
    assert caught.value.code == "grouping.case_column"
    assert name in caught.value.where


def test_a_column_that_is_missing_is_named(tiny: Grouper) -> None:
    with pytest.raises(TongchouError) as caught:
        tiny.group(batch(case("J15.900")).drop_columns(["sex", "age_days"]))
    assert caught.value.where == "sex, age_days"


def test_long_codes_and_codes_at_the_end_of_the_text_are_found(tmp_path: Path) -> None:
    from tests.grouping.conftest import TINY, write_scheme

    codes = [f"J{'1' * length}" for length in range(1, 40)]
    exact = TINY["scheme.yaml"].replace("prefix", "exact")
    adrg_codes = TINY["adrg_codes.csv"].replace("ES1,dx,,J12-J18 !J17", "ES1,dx,," + " ".join(codes))
    mdc_codes = TINY["mdc_codes.csv"].replace("MDCE,dx,J S", "MDCE,dx," + " ".join(codes))
    folder = write_scheme(tmp_path / "s", scheme_yaml=exact, adrg_codes_csv=adrg_codes, mdc_codes_csv=mdc_codes)
    grouper = Grouper(load_scheme(folder))
    for code in codes:
        assert _drgs(grouper, batch(case(code))) == ["ES15"], code
        assert _drgs(grouper, batch(case(code + "9"), case(code))) == ["0000", "ES15"], code
    assert _drgs(grouper, batch(*(case(code) for code in codes))) == ["ES15"] * len(codes)


def test_results_come_in_the_order_of_their_batches(tiny: Grouper) -> None:
    batches = [batch(*(row | {"case_id": f"{n}-{k}"} for k, row in enumerate(ROWS))) for n in range(50)]
    results = list(tiny.stream(iter(batches), workers=3))
    assert [name for each in results for name in each.column("case_id").to_pylist()] == [
        f"{n}-{k}" for n in range(50) for k in range(len(ROWS))
    ]
    assert all(each.column("drg").to_pylist() == GROUPS for each in results)


def test_a_stream_takes_batches_only_as_it_goes(tiny: Grouper) -> None:
    taken = []

    def batches() -> Any:
        for number in range(100):
            taken.append(number)
            yield batch(*ROWS)

    stream = tiny.stream(batches(), workers=2)
    next(stream)
    assert len(taken) < 10
    stream.close()


def test_threads_that_meet_new_codes_at_once_agree_with_one_thread(tiny_folder: Path) -> None:
    def cases(number: int) -> pa.RecordBatch:
        return batch(*(case(f"J1{k % 10}.{number}x{k} R57.{k}", f"32.4{k}") for k in range(200)))

    alone = Grouper(load_scheme(tiny_folder))
    together = Grouper(load_scheme(tiny_folder))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: _drgs(together, cases(number)), range(40)))
    assert found == [_drgs(alone, cases(number)) for number in range(40)]


def test_a_grouper_of_batches_travels_to_another_process(tiny: Grouper) -> None:
    sent = pickle.loads(pickle.dumps(tiny.batches))
    assert sent.group(batch(*ROWS)).column("drg").to_pylist() == GROUPS
    assert sent.group(batch(case("J16.123"))).column("drg").to_pylist() == ["ES15"]


@pytest.mark.parametrize("age", ["2147483646", "2147483647", "99999999999", "1e300"])
def test_a_number_that_is_far_too_high_counts_as_high_and_spoils_no_later_batch(tiny_folder: Path, age: str) -> None:
    grouper = Grouper(load_scheme(tiny_folder))
    cases = batch(case("J15.900"))
    assert _drgs(grouper, _with(cases, "age_years", pa.array([age]))) == ["ES15"]
    assert _drgs(grouper, _with(cases, "age_years", pa.array(["41"]))) == ["ES15"]


@pytest.mark.parametrize("kind", [pa.list_view(pa.string()), pa.large_list_view(pa.string())])
def test_list_views_are_refused_as_their_offsets_cannot_be_trusted(tiny: Grouper, kind: pa.DataType) -> None:
    with pytest.raises(TongchouError) as caught:
        tiny.group(_with(batch(case("J15.900")), "diagnoses", pa.array([["J15.900"]], kind)))
    assert (caught.value.code, caught.value.where) == ("grouping.case_column", "diagnoses")


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("sex", pa.array([["1"]])),
        ("age_years", pa.array([{"years": 1}])),
        ("case_id", pa.array([["1"]])),
        ("case_id", pa.array([b"\xff"])),
    ],
)
def test_a_column_of_a_type_that_holds_no_values_is_refused_with_a_sentence(
    tiny: Grouper, name: str, column: pa.Array
) -> None:
    with pytest.raises(TongchouError) as caught:
        tiny.group(_with(batch(case("J15.900")), name, column))
    assert (caught.value.code, caught.value.where) == ("grouping.case_column", name)


def test_bytes_that_a_file_calls_text_are_a_code_that_means_nothing(tiny: Grouper) -> None:
    texts = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe"))
    codes = pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), texts)
    assert _drgs(tiny, _with(batch(case("J15.900")), "diagnoses", codes)) == ["0000"]
