"""What the columns of a table seem to hold: by names and values, masked where shown, readable as a mapping."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.intake.mappings import contents
from tongchou.intake.mappings.mapping_file import mapped_field, read_mapping
from tongchou.intake.mappings.masking import masked
from tongchou.intake.mappings.names import bare, named_fields, needed_fields
from tongchou.intake.mappings.proposal import (
    AGAINST_CONTENT,
    BY_CONTENT,
    CERTAIN,
    ProposedColumn,
    missing_fields,
    propose,
)
from tongchou.intake.mappings.remembering import fingerprint, mapping_text, remember, remembered
from tongchou.schema.front_page_fields import FRONT_PAGE_FAMILIES, front_page_cells


def proposal(**columns: Sequence[str]) -> dict[str, ProposedColumn]:
    return {each.source: each for each in propose(list(columns), list(columns.values()))}


def fields(proposed: dict[str, ProposedColumn]) -> dict[str, tuple[str | None, str]]:
    return {name: (each.field, each.place) for name, each in proposed.items()}


def test_chinese_pinyin_and_national_names_are_known() -> None:
    found = fields(
        proposal(病案号=["1"], 性别=["男"], CSRQ=["1990-01-01"], A48=["1"], psn_name=["甲"], P782=["1.00"], D23=["2"])
    )
    assert found == {
        "病案号": ("settlement_lists.case_number", ""),
        "性别": ("settlement_lists.sex", ""),
        "CSRQ": ("settlement_lists.born_on", ""),
        "A48": (None, ""),
        "psn_name": ("settlement_lists.person_name", ""),
        "P782": ("settlement_lists.total_fen", ""),
        "D23": ("front_page_fees.amount_fen", "D23"),
    }


@pytest.mark.parametrize(
    "written", ["住院 总费用", "住院总费用（元）", "住院总费用(万元)", "住院_总费用", "住院总费用："]
)
def test_signs_spaces_and_brackets_make_no_difference(written: str) -> None:
    (each,) = propose([written], [["1.5"]])
    assert each.field == "settlement_lists.total_fen"
    assert each.unit == ("ten_thousand_yuan" if "万" in written else "yuan")


def test_numbered_columns_are_one_list_after_the_principal() -> None:
    columns = {
        "主要诊断编码": ["I63.900"],
        "其他诊断编码1": ["I10.x00"],
        "其他诊断编码2": ["E11.900"],
        "其他诊断编码10": [],
    }
    found = fields(proposal(**columns))
    assert found == {
        "主要诊断编码": ("list_diagnoses.code", "0"),
        "其他诊断编码{1-10}": ("list_diagnoses.code", "n"),
    }


def test_numbers_begin_with_the_main_one_where_it_has_no_column_of_its_own() -> None:
    columns = {
        "手术编码1": ["47.0100"],
        "手术编码2": ["54.2100"],
        "手术日期1": ["2025-01-01"],
        "dx_01": ["I63.900"],
        "dx_02": [],
    }
    found = fields(proposal(**columns))
    assert found["手术编码{1-2}"] == ("list_operations.code", "n-1")
    assert found["手术日期{1-1}"] == ("list_operations.operated_on", "n-1")
    assert found["dx_{01-02}"] == ("list_diagnoses.code", "n-1")


def test_the_pinyin_family_is_mapped_place_by_place() -> None:
    found = fields(proposal(JBDM=["I63.900"], JBDM1=["I10.x00"], SSJCZBM1=["47.0100"], SSJCZBM2=[""]))
    assert [place for _, place in found.values()] == ["0", "1", "0", "1"]


def test_several_codes_in_a_cell_are_recognised_with_what_parts_them() -> None:
    found = proposal(
        诊断代码=["I63.900|I10.x00", "E11.501+I79.2*;K76.000"],
        op_codes=["47.0100", "51.8803，51.2300"],
        诊断=["甲、乙病"],
    )
    assert found["诊断代码"].split == "|;"
    assert found["op_codes"].split == "，"
    assert found["诊断"].split == ""


def test_values_get_national_codes_and_unknown_ones_are_counted() -> None:
    found = proposal(性别=["男", "女"], 险种=["职工", "居民医保", "异地"], 离院方式=["医嘱离院", "1"])
    assert found["性别"].values == {"男": "1", "女": "2"}
    assert found["险种"].values == {"职工": "310", "居民医保": "390"}
    assert found["险种"].unknown_words == ("异地",)
    assert found["险种"].confidence < CERTAIN <= found["性别"].confidence
    assert found["离院方式"].values == {"医嘱离院": "1"}


def test_contents_speak_where_the_name_does_not() -> None:
    found = proposal(
        x1=["I63.900", "I10.x00"], x2=["330102199001011234"], x3=["男", "女"], x4=["H33010200001"], x5=["天气"]
    )
    assert [each.field for each in found.values()] == [
        "list_diagnoses.code", "settlement_lists.identity_number", "settlement_lists.sex",
        "settlement_lists.institution_id", None,
    ]  # fmt: skip
    assert {each.confidence for each in found.values()} == {BY_CONTENT, 0}


def test_content_that_does_not_fit_a_name_lowers_the_confidence() -> None:
    assert proposal(总费用=["甲", "乙"])["总费用"].confidence == AGAINST_CONTENT
    assert proposal(总费用=["1,234.50"])["总费用"].confidence > CERTAIN


def test_of_two_columns_for_one_field_the_better_one_is_taken() -> None:
    found = proposal(住院总费用=["不详"], 总费用=["12.50"])
    assert found["总费用"].field == "settlement_lists.total_fen"
    assert found["住院总费用"].field is None


@pytest.mark.parametrize(
    ("written", "date_format"),
    [
        (["2025-01-05", "2025-1-6"], ""),
        (["20250105"], ""),
        (["2025/01/05 08:30:00"], ""),
        (["05/01/2025", "25/01/2025"], "dd/MM/yyyy"),
        (["01/25/2025", "01/05/2025"], "MM/dd/yyyy"),
        (["2025年1月5日"], "yyyy年MM月dd日"),
        (["昨天"], None),
    ],
)
def test_the_format_of_dates_is_found(written: list[str], date_format: str | None) -> None:
    assert contents.date_format(written) == date_format
    assert proposal(出院日期=written)["出院日期"].date_format == (date_format or "")


def test_what_may_tell_who_somebody_is_is_never_shown() -> None:
    secret = ["张三丰", "330102199001011234", "13800138000", "杭州市西湖区一号"]
    found = proposal(
        姓名=secret[:1], 身份证号=secret[1:2], 联系电话=secret[2:3], 住址=secret[3:], 随便=secret, 备注=secret
    )
    shown = " ".join(sample for each in found.values() for sample in each.samples)
    assert not any(value in shown for value in secret)
    assert "张***" in shown


@given(st.text(max_size=30))
def test_a_masked_value_shows_at_most_its_first_character(value: str) -> None:
    field = mapped_field("settlement_lists.person_name")
    assert masked(field, value) == value[:1] + "***"


def test_needed_fields_without_a_column_are_told() -> None:
    proposed = propose(["病案号", "出生日期", "主要诊断编码"], [["1"], ["1990-01-01"], ["I10.x00"]])
    missing = [field.column for field in missing_fields("front_page", proposed)]
    assert missing == ["sex", "discharged_at", "los_days", "discharge_way", "insurance_type", "total_fen"]
    assert all(mapped_field(name) for name in (*needed_fields("front_page"), *needed_fields("settlement_list")))


def test_every_name_leads_to_a_field_that_a_mapping_can_fill() -> None:
    for name, named in named_fields().items():
        assert mapped_field(f"{named.table}.{named.column}"), name
    known = named_fields()
    for family in FRONT_PAGE_FAMILIES:
        assert all(bare(cell.name) in known for cell in front_page_cells(family) if cell.place in {"", "0", "1"})


@settings(max_examples=40)
@given(
    header=st.lists(
        st.sampled_from(list(named_fields())) | st.text(min_size=1, max_size=6).map(str.strip), max_size=12, unique=True
    ),
    data=st.data(),
)
def test_every_proposal_is_a_mapping_that_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, header: list[str], data: st.DataObject
) -> None:
    header = ["病案号", *(name for name in header if name and bare(name) != "病案号")]
    samples = [
        data.draw(st.lists(st.sampled_from(["男", "1", "I10.x00", "47.0100|1", "2025-01-01", "a:b # c"]), max_size=3))
        for _ in header
    ]
    file = tmp_path_factory.mktemp("mapping") / "a.yaml"
    file.write_text(mapping_text("a", "front_page", "表: 1", 2, propose(header, samples)), encoding="utf-8")
    mapping = read_mapping(file)
    assert (mapping.sheet, mapping.header_row) == ("表: 1", 2)


def test_a_mapping_is_remembered_by_its_header_in_any_order(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("性别,病案号\n", encoding="gb18030")
    assert remembered(file, tmp_path) is None
    kept = remember("name: a\n", ["病案号", "性别", ""], tmp_path)
    assert kept.name == f"{fingerprint(['性别', '病案号'])}.yaml"
    assert remembered(file, tmp_path) == kept
    file.write_text("性别,病案号,年龄\n", encoding="utf-8")
    assert remembered(file, tmp_path) is None
    file.write_bytes(b"\0")
    assert remembered(file, tmp_path) is None
    assert remembered(tmp_path / "a.json", tmp_path) is None
