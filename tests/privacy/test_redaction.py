"""What is said and kept beside the tables names nobody."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.privacy.at_the_door import identity_values, overlong_values
from tongchou.privacy.redaction import (
    MASK,
    redact_row,
    said_file_name,
    said_names,
    said_reason,
    scrub,
    scrubbed,
    shape_of_line,
)
from tongchou.schema.tables import CASES, FEE_ITEMS, INSTITUTIONS, PERSONS, SERVICE_EVENTS

SAID = [
    ("身份证110101199003071234有误", f"身份证{MASK}有误"),
    ("11010119900307123X", MASK),
    ("11010119900307123x,110101900307123", f"{MASK},{MASK}"),
    ("号码 110101 19900307 1234", f"号码 {MASK}"),
    ("999999999999999999", MASK),
    ("tel 13812345678/19912345678", f"tel {MASK}/{MASK}"),
    ("138-1234-5678 或 +86 13812345678", f"{MASK} 或 {MASK}"),
    ("0571-88881234", MASK),
    ("11010119900307123413812345678", f"{MASK}13812345678"[:3] + "***"),
    ("H33010000123 2025-01-31 001101000010000-110100001 C0101010010000100001", None),
    ("3301002025010100000012345", None),
    ("1234567890123", None),
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_numbers_of_people_are_scrubbed_and_other_numbers_stay(text: str, expected: str | None) -> None:
    if text.startswith("11010119900307123413"):
        assert "110101" not in scrub(text)
        assert "13812345678" not in scrub(text)
    else:
        assert scrub(text) == (text if expected is None else expected)
    assert pl.select(scrubbed(pl.lit(text))).item() == scrub(text)


@given(
    st.text(alphabet=st.characters(exclude_categories=["Nd", "Cs"]), max_size=8),
    st.integers(10**17, 10**18 - 1).map(str)
    | st.integers(10**16, 10**17 - 1).map("{}X".format)
    | st.integers(10**14, 10**15 - 1).map(str)
    | st.integers(13 * 10**9, 20 * 10**9 - 1).map(str),
    st.text(alphabet=st.characters(exclude_categories=["Nd", "Cs"], exclude_characters="Xx"), max_size=8),
)
def test_a_number_between_any_other_characters_is_gone(before: str, number: str, behind: str) -> None:
    for text in (scrub(before + number + behind), pl.select(scrubbed(pl.lit(before + number + behind))).item()):
        assert number not in text
        assert MASK in text


def test_row_as_received_keeps_the_contracts_columns_and_nobodys_name() -> None:
    row = {
        "case_id": "C1",
        "person_id": "110101199003071234",
        "sex": "张三丰",
        "department": "王小明",
        "admitted_on": "2025年1月5日",
        "discharged_on": "李四",
        "total_fen": "13812345678",
        "icu_hours": "欧阳锋",
        "insurance_type": "employed",
        "姓名": "张三",
        "name": "张三",
        "los_days": None,
    }
    assert redact_row(CASES, row) == {
        "case_id": "C1",
        "person_id": MASK,
        "sex": MASK,
        "department": MASK,
        "admitted_on": "2025年1月5日",
        "discharged_on": MASK,
        "total_fen": MASK,
        "icu_hours": MASK,
        "insurance_type": "employed",
        "los_days": None,
    }
    assert redact_row(CASES, {"name": "张三"}) == {}


def test_long_text_and_text_of_several_lines_are_not_kept() -> None:
    kept = redact_row(CASES, {"department": "骨科" * 100, "case_id": "C1\nC2"})
    assert kept == {"department": MASK, "case_id": MASK}


def test_words_around_a_number_of_a_person_are_not_kept() -> None:
    assert redact_row(CASES, {"department": "内科（龘靐电话13812345678）"}) == {"department": MASK}


@pytest.mark.parametrize(
    "value",
    ["内科", "康复科", "皮肤", "麻醉手术室", "高压氧", "ICU", "重症医学", "心内一病区", "方舱", "A01", "肿瘤中心"],
)
def test_departments_are_no_names(value: str) -> None:
    assert redact_row(CASES, {"department": value}) == {"department": value}


@pytest.mark.parametrize("value", ["高血压", "白内障", "艾滋病", "hypertension|diabetes", "牛皮癣", "麻疹", "支气管炎"])
def test_diseases_are_no_names(value: str) -> None:
    assert redact_row(SERVICE_EVENTS, {"disease": value}) == {"disease": value}


def test_names_of_columns_are_said_and_names_of_people_are_not() -> None:
    said = said_names(["remark", "姓名", "张三", "110101199003071234", "科室名", "欧阳锋", "x" * 99])
    assert said == ["remark", "姓名", MASK, MASK, "科室名", MASK, MASK]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("张三.json", f"{MASK}.json"),
        ("出院-张三-110101195001011234.ndjson", f"出院-{MASK}-{MASK}.ndjson"),
        ("张三110101195001011234.csv", f"{MASK}.csv"),
        ("内科/李四_13912345678.xlsx", f"内科/{MASK}_{MASK}.xlsx"),
        ("cases-2025-01.csv", "cases-2025-01.csv"),
        ("云栖县人民医院 2025-03 清单.ndjson", "云栖县人民医院 2025-03 清单.ndjson"),
    ],
)
def test_a_files_name_is_said_without_who_is_in_it(name: str, said: str) -> None:
    assert said_file_name(name) == said


def test_a_librarys_reason_is_said_without_what_it_quotes() -> None:
    reason = said_reason("CSV parse error: got 3: 张三,110101199003071234\n李四")
    assert reason == f"CSV parse error: got 3: {MASK},{MASK}"


def test_of_a_broken_line_only_its_shape_is_kept() -> None:
    assert shape_of_line(3, 5, 20) == {"fields": 3, "fields_expected": 5, "characters": 20}


def _typed(table, **values):
    from tongchou.schema.polars_types import POLARS_TYPE

    return pl.DataFrame(
        {column.name: [values.get(column.name)] for column in table.columns},
        schema={column.name: POLARS_TYPE[column.kind] for column in table.columns},
    )


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        (PERSONS, "person_id", "110101199003071234"),
        (PERSONS, "person_id", "999999999999999999"),
        (PERSONS, "person_id", "110101900307123"),
        (PERSONS, "person_id", "13812345678"),
        (PERSONS, "person_id", "张三"),
        (PERSONS, "chronic_diseases", "王小明"),
        (PERSONS, "area_id", "13812345678"),
        (CASES, "case_id", "11010119900307123X"),
        (CASES, "case_id", "王小明"),
        (CASES, "department", "联系电话13812345678"),
        (CASES, "department", "阿依古丽·买买提"),
        (CASES, "total_fen", 110101199003071234),
        (CASES, "total_fen", 13812345678),
        (CASES, "icu_hours", 13812345678),
        (FEE_ITEMS, "item_code", "13812345678"),
        (INSTITUTIONS, "bed_count", 110101199003071234),
    ],
)
def test_identity_value_is_found_at_the_door(table, column, value) -> None:
    ((found, flags),) = identity_values(table, _typed(table, **{column: value}))
    assert (found.name, flags.to_list()) == (column, [True])


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        (PERSONS, "person_id", "P7K2M5Q3T6W4Z2A7B5C3D6E4"),
        (PERSONS, "person_id", "33010000000000000000012345"),
        (PERSONS, "area_id", "王庄"),
        (CASES, "case_id", "330100202501011234"),
        (CASES, "case_id", "202501010000001"),
        (CASES, "total_fen", 9_999_999_999),
        (FEE_ITEMS, "item_code", "001101000010000-110100001"),
        (INSTITUTIONS, "name_zh", "方庄"),
        (INSTITUTIONS, "name_zh", "王庄村卫生室"),
    ],
)
def test_what_only_resembles_an_identity_value_passes(table, column, value) -> None:
    assert identity_values(table, _typed(table, **{column: value})) == []


def test_a_text_of_many_characters_is_a_note() -> None:
    rows = _typed(CASES, department="科" * 501)
    assert [(column.name, flags.to_list()) for column, flags in overlong_values(CASES, rows)] == [
        ("department", [True])
    ]
    assert list(overlong_values(CASES, _typed(CASES, department="科" * 500))) == []
