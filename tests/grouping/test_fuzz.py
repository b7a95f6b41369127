"""Whatever is fed in, every case gets one status and a reason, and no case raises anything."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.grouping.cases import SCHEMA
from tests.grouping.conftest import TINY, write_scheme

from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.library import find_scheme
from tongchou.grouping.schemes.reading import load_scheme

STATUSES = {"grouped", "ambiguous", "ungrouped", "invalid"}
NOTHING = ("0000", "00", "0000")
MOST_CODES = 200

DAGGERS = (
    "A17.001+G01*",
    "A17.001†G01*",
    "A17.001+G01＊",
    "A17.001†",
    "G01*",
    "A17.001＋G01",
    "+*",
    "†",
    "A17.001 G01*",
)
DIAGNOSES = ("J15.900", "S01.000", "P07.300", "R57.000", "I21.900", "K80.500x002", "B20.000", "O80.000x001")
PROCEDURES = ("33.5100", "32.4100x001", "34.0100", "47.0901", "36.0700", "74.1x01", "39.9500x005")
CLINICAL = ("A01.000x003+G01*", "J15.902", "K35.801", "45.2302", "51.2301", "99.9900x901")
"""Codes of the national clinical edition, which another list maps to the insurance edition."""


def _full_width(code: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in code)


SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    str.lower,
    str.upper,
    _full_width,
    lambda code: code + ".",
    lambda code: code + "...",
    lambda code: f"  {code}\t\n",
    lambda code: f"\u3000{code}\u00a0\u200b",
    lambda code: f"\ufeff{code}",
    lambda code: code.replace(".", ""),
    lambda code: code.replace(".", "。"),
    lambda code: code[:3],
    lambda code: code + "\x00",
    lambda code: f"{code}|{code},{code}",
    lambda code: f'"{code}"',
    lambda code: code * 40,
)

real_codes = st.sampled_from((*DAGGERS, *DIAGNOSES, *PROCEDURES, *CLINICAL))
spelt_codes = st.builds(lambda code, spell: spell(code), real_codes, st.sampled_from(SPELLINGS))
any_text = st.text(max_size=30)
codes = st.none() | spelt_codes | any_text | st.sampled_from(("", " ", ".", "-", "%", "!", "0", "NULL", "nan"))
code_lists = st.none() | st.lists(codes, max_size=12) | st.lists(codes, min_size=MOST_CODES, max_size=MOST_CODES)
int64 = st.integers(-(2**63), 2**63 - 1)
whole_numbers = st.none() | st.sampled_from((0, 1, 27, 28, 29, -1, 1499, 1500, 2500, 10**9)) | int64
sexes = st.none() | st.sampled_from(("male", "female", "1", "2", "男", "女", " 男 ", "Male", "M", "9", "")) | any_text

cases = st.fixed_dictionaries(
    {
        "case_id": st.just("c") | any_text,
        "sex": sexes,
        "age_years": st.sampled_from((0, 40)) | whole_numbers,
        "age_days": whole_numbers,
        "birth_weight_g": whole_numbers,
        "diagnoses": code_lists,
        "procedures": code_lists,
    }
)

several = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.fixture(scope="module")
def new_exact(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Grouper]:
    scheme = load_scheme(write_scheme(tmp_path_factory.mktemp("schemes") / "exact", **EXACT))
    return lambda: Grouper(scheme)


ODD_VALUES: tuple[object, ...] = (
    True,
    1.0,
    "1",
    " 1 ",
    "１",
    2**200,
    float("nan"),
    float("inf"),
    "x",
    [],
    {},
    b"1",
    object(),
)


@pytest.fixture(scope="module")
def whole() -> Grouper:
    """The scheme that comes with the package: every MDC, codes matched by prefix."""
    return Grouper(find_scheme("chs-drg-category"))


def _is_answered(row: dict[str, Any]) -> bool:
    groups = (row["mdc"], row["adrg"], row["drg"])
    if row["status"] not in STATUSES or not row["decided_by"]:
        return False
    if row["status"] in {"grouped", "ambiguous"}:
        return all(group not in NOTHING for group in groups)
    return groups == NOTHING


def _check(grouper: Grouper, rows: list[dict[str, Any]]) -> None:
    batch = pa.RecordBatch.from_pylist(rows, schema=SCHEMA)
    grouped = grouper.group(batch).to_pylist()
    assert [row["case_id"] for row in grouped] == [row["case_id"] for row in rows]
    for row, result in zip(rows, grouped, strict=True):
        assert _is_answered(result), (row, result)
        one = grouper.group_one(row)
        single = {name: getattr(one, name) for name in ("status", "mdc", "adrg", "drg", "decided_by")}
        assert single == {name: result[name] for name in single}, row


@several
@given(rows=st.lists(cases, max_size=6))
def test_a_small_scheme_answers_whatever_it_is_fed(tiny: Grouper, rows: list[dict[str, Any]]) -> None:
    _check(tiny, rows)


@several
@given(rows=st.lists(cases, max_size=6))
def test_the_whole_scheme_answers_whatever_it_is_fed(whole: Grouper, rows: list[dict[str, Any]]) -> None:
    _check(whole, rows)


@several
@given(row=cases)
def test_whatever_is_fed_in_can_be_explained(tiny: Grouper, row: dict[str, Any]) -> None:
    assert tiny.explain(row) is not None


@pytest.mark.parametrize("code", [*DAGGERS, *DIAGNOSES, *PROCEDURES, *CLINICAL])
def test_every_spelling_of_a_code_is_answered(whole: Grouper, code: str) -> None:
    patient = {"case_id": "c", "sex": "male", "age_years": 40, "age_days": None, "birth_weight_g": None}
    rows = []
    for spelt in (spell(code) for spell in SPELLINGS):
        rows += [
            patient | {"diagnoses": [spelt], "procedures": [spelt]},
            patient | {"diagnoses": ["J15.900", spelt], "procedures": ["33.5100", spelt]},
            patient | {"diagnoses": [None, spelt], "procedures": [None, spelt]},
        ]
    _check(whole, rows)


EXACT = {
    "scheme_yaml": TINY["scheme.yaml"].replace("code_match: prefix", "code_match: exact"),
    "lists_csv": "list,kind,codes\n",
    "mdc_csv": "order,mdc,rule,if_none,name_zh,name_en\n1,MDCB,principal(dx),,神经,nervous\n",
    "mdc_codes_csv": "mdc,list,codes\nMDCB,dx,A17.001+G01* A17.002+G01* A17.0 G01.x00*\n",
    "adrg_csv": "mdc,order,adrg,outcome,rule,name_zh,name_en\nMDCB,1,BR1,,principal(dx),脑膜炎,meningitis\n",
    "adrg_codes_csv": "adrg,list,part,codes\nBR1,dx,,A17.001+G01* A17.002+G01* A17.0 G01.x00*\n",
    "drg_csv": "adrg,order,drg,severity,rule,name_zh,name_en\n"
    "BR1,1,BR11,mcc,,伴MCC,with MCC\nBR1,2,BR13,cc,,伴CC,with CC\nBR1,3,BR15,none,,不伴,without\n",
    "mcc_csv": "exclusion,codes\n1,A39.000+G01*\n",
    "cc_csv": "exclusion,codes\n2,A17.002+G01*\n3,A39.001+G01* A39.001+H01*\n",
    "exclusions_csv": "exclusion,codes\n2,A17.001+G01*\n",
}
"""A scheme of whole codes, among them dagger-asterisk pairs, one dagger part standing in two of them."""

PARTS = st.sampled_from(("A17.001", "A17.002", "A17.0", "A39.000", "A39.001", "G01.x00", "G01", "X"))
JOINTS = st.sampled_from(("", "+", "†", "＋", " + ", "*", ".", "x999", "9"))
ENDS = st.sampled_from(("", "G01*", "G01", "H01*", "*", "＊", ".", "*x999", "g01*"))
pairs = st.builds(lambda *parts: "".join(parts), PARTS, JOINTS, ENDS)
patients = st.builds(
    lambda codes: {"case_id": "c", "sex": "male", "age_years": 40, "diagnoses": codes, "procedures": []},
    st.lists(pairs, min_size=1, max_size=3),
)


@given(rows=st.lists(patients, min_size=1, max_size=5), data=st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_was_grouped_before_changes_nothing(
    new_exact: Callable[[], Grouper], rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(rows))))
    forward, backward, batches = new_exact(), new_exact(), new_exact()
    one_by_one = [forward.group_one(row) for row in rows]
    in_another_order = {place: backward.group_one(rows[place]) for place in order}
    assert one_by_one == [in_another_order[place] for place in range(len(rows))]
    together = batches.group(pa.RecordBatch.from_pylist([rows[place] for place in order], schema=SCHEMA))
    assert together.column("drg").to_pylist() == [one_by_one[place].drg for place in order]


@pytest.mark.parametrize("later", ["A17.001+H01*", "A17.001+G01*x999", "A39.001+"])
def test_a_code_is_read_alike_whether_its_dagger_part_was_met_before_or_not(
    new_exact: Callable[[], Grouper], later: str
) -> None:
    patient = {"sex": "male", "age_years": 40, "procedures": []}
    fresh, used = new_exact(), new_exact()
    for earlier in ("A17.001", "A17.001†", "A39.001", "A39.001+G01"):
        used.group_one(patient | {"diagnoses": [earlier, earlier]})
    for codes in ([later], ["A17.002+G01*", later]):
        assert used.group_one(patient | {"diagnoses": codes}) == fresh.group_one(patient | {"diagnoses": codes})


def test_a_case_of_nothing_at_all_is_answered(tiny: Grouper) -> None:
    _check(tiny, [dict.fromkeys(SCHEMA.names)])
    assert tiny.group_one({}).status == "invalid"


def test_an_empty_batch_gives_an_empty_result(tiny: Grouper) -> None:
    assert tiny.group(pa.RecordBatch.from_pylist([], schema=SCHEMA)).num_rows == 0


def test_half_of_a_surrogate_pair_is_only_an_unknown_code_and_spoils_no_later_batch(tiny_folder: Path) -> None:
    grouper = Grouper(load_scheme(tiny_folder))
    patient = {"case_id": "c", "sex": "male", "age_years": 40}
    grouped = grouper.group_one(patient | {"diagnoses": ["\ud800"], "procedures": ["\udfff"]})
    assert (grouped.status, grouped.drg) == ("ungrouped", "0000")
    _check(grouper, [patient | {"diagnoses": ["J15.900", "U1"], "procedures": ["U1"]}])


@pytest.mark.parametrize(
    "value", [True, 1.0, "1", " 1 ", "１", 2**200, float("nan"), float("inf"), [], {}, b"1", object()]
)
@pytest.mark.parametrize("name", ["sex", "age_years", "age_days", "birth_weight_g", "diagnoses", "procedures"])
def test_a_value_of_any_type_is_answered_and_spoils_no_later_case(tiny_folder: Path, name: str, value: object) -> None:
    fresh, used = Grouper(load_scheme(tiny_folder)), Grouper(load_scheme(tiny_folder))
    row = {"sex": "male", "age_years": 1, "age_days": 1, "birth_weight_g": 1, "diagnoses": ["J15.9"], "procedures": []}
    assert used.group_one(row | {name: value}).status in STATUSES
    infant = row | {"age_years": 0}
    for case in (row, infant, row | {"sex": 1}):
        assert used.group_one(case) == fresh.group_one(case)


@pytest.mark.parametrize("name", ["sex", "age_years"])
def test_a_whole_number_too_long_to_be_written_out_is_answered(tiny: Grouper, name: str) -> None:
    row = {"sex": "male", "age_years": 40, "diagnoses": ["J15.900"], "procedures": []}
    assert tiny.group_one(row | {name: 10**5000}).drg == {"sex": "0000", "age_years": "ES15"}[name]


@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_codes_may_come_in_any_kind_of_row(tiny: Grouper, kind: Callable[[list[str]], Any]) -> None:
    patient = {"sex": "male", "age_years": 40}
    row = patient | {"diagnoses": kind(["J15.900", "R57.000"]), "procedures": kind(["34.0100"])}
    assert tiny.group_one(row).drg == "ES11"


@pytest.mark.parametrize("value", [[["J15.9"]], [None], [15.9], [b"J15.9"], [{}], "J15.9", 15, {"J15.9": 1}])
def test_codes_that_are_no_texts_are_no_codes(tiny: Grouper, value: object) -> None:
    patient = {"sex": "male", "age_years": 40}
    assert tiny.group_one(patient | {"diagnoses": value, "procedures": value}).status == "ungrouped"


@pytest.mark.parametrize("length", range(45))
def test_a_code_of_any_length_is_the_same_code_in_a_batch(tiny: Grouper, length: int) -> None:
    row = {"case_id": "c", "sex": "male", "age_years": 40, "age_days": None, "birth_weight_g": None}
    row |= {"diagnoses": ["J15" + "9" * length], "procedures": []}
    _check(tiny, [row])
    assert tiny.group_one(row).drg == "ES15"
    _check(tiny, [row | {"diagnoses": ["9" * length]}])


def test_very_many_unknown_codes_leave_the_known_ones_known(tiny_folder: Path) -> None:
    grouper = Grouper(load_scheme(tiny_folder))
    unknown = [f"U{number}" for number in range(45_000)]
    patient = {"case_id": "c", "sex": "male", "age_years": 40}
    rows = [patient | {"diagnoses": ["J15.900", *unknown[n : n + 150], "R57.000"]} for n in range(0, 45_000, 150)]
    for _ in range(2):
        grouped = grouper.group(pa.RecordBatch.from_pylist(rows, schema=SCHEMA))
        assert set(grouped.column("drg").to_pylist()) == {"ES11"}
        assert {grouper.group_one(row).drg for row in rows} == {"ES11"}


@pytest.mark.parametrize("count", [1, 16, MOST_CODES, 20_000])
def test_long_lists_of_codes_are_read_to_the_end(tiny: Grouper, count: int) -> None:
    row = {"case_id": "c", "sex": "male", "age_years": 40, "age_days": None, "birth_weight_g": None}
    row |= {"diagnoses": ["J15.900", *["ZZZ"] * count, "R57.000"], "procedures": ["99.9"] * count}
    _check(tiny, [row])
    assert tiny.group_one(row).drg == "ES11"
