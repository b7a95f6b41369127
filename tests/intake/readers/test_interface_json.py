"""The interface's JSON is read whole, exactly, in bounded memory, and whatever is wrong with it."""

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.intake.documents.document_batch import DOCUMENT, DocumentBatch
from tongchou.intake.readers.conformance import check_batches, check_damaged, check_reader
from tongchou.intake.readers.interface_json import READER
from tongchou.intake.readers.json_pieces import MOST_BYTES
from tongchou.intake.readers.json_values import NotExact, as_text, parse, parse_exactly
from tongchou.intake.readers.reader import ReadingTerms

NAME, NUMBER = "欧阳不可见", "900101199001010011"
TERMS = ReadingTerms()


def head(number: int = 1) -> dict[str, Any]:
    return {
        "psn_no": f"P{number}",
        "mdtrt_id": f"M{number}",
        "setl_id": f"S{number}",
        "medcasno": f"Z{number}",
        "psn_name": NAME,
        "certno": NUMBER,
        "adm_time": "2025-03-01 08:00:00",
        "vent_used_dura": "1/13/24",
        "adm_way": "1",
    }


def listed(number: int = 1, transaction: str = "4101A") -> dict[str, Any]:
    return {
        "infno": transaction,
        "msgid": "H90010100001202503010800000001",
        "fixmedins_code": "H90010100001",
        "fixmedins_name": "甲县人民医院",
        "input": {
            "setlinfo": head(number),
            "diseinfo": [
                {"diag_type": "1", "diag_code": "I63.900", "diag_name": "脑梗死", "maindiag_flag": "1"},
                {"diag_type": "1", "diag_code": "I10.x00", "diag_name": " 高血压 ", "maindiag_flag": 0},
            ],
            "oprninfo": [],
            "bldinfo": [{"bld_cat": "1", "bld_amt": 2, "bld_unt": "U"}],
        },
    }


def written(path: Path, *documents: Any, encoding: str = "utf-8") -> Path:
    path.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in documents), encoding=encoding)
    return path


def read(path: Path, terms: ReadingTerms = TERMS) -> list[DocumentBatch]:
    batches = list(READER.read(path, path.name, terms))
    check_batches(path.name, batches, None)
    return batches


def only(path: Path) -> DocumentBatch:
    (batch,) = read(path)
    return batch


def rows(batch: DocumentBatch, table: str) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if v is not None} for row in batch.frames[table].to_dicts()]


@pytest.mark.slow
def test_it_keeps_to_what_every_reader_must(tmp_path: Path) -> None:
    documents = [listed(number) for number in range(1, 9)]
    array = tmp_path / "array.json"
    array.write_text(json.dumps(documents, ensure_ascii=False, indent=1), encoding="utf-8")
    gbk = tmp_path / "gbk.json"
    gbk.write_text(json.dumps(documents, ensure_ascii=False), encoding="gbk")
    fees = {"infno": "2301", "input": {"feedetail": [{"feedetl_sn": "1", "mdtrt_id": "M1", "cnt": 2.5}]}}
    good = {
        written(tmp_path / "lines.ndjson", *documents): 8,
        written(tmp_path / "marked.json", *documents, encoding="utf-8-sig"): 8,
        written(tmp_path / "gbk.ndjson", *documents, encoding="gb18030"): 8,
        written(tmp_path / "one.json", documents[0]): 1,
        written(tmp_path / "mixed.ndjson", documents[0], fees, documents[1], fees): 4,
        array: 8,
        gbk: 8,
    }
    check_reader(READER, good, planted=(NAME, NUMBER))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("layout", ["lines", "array", "indented", "indented array"])
def test_a_file_means_the_same_in_every_layout_and_encoding(tmp_path: Path, layout: str, encoding: str) -> None:
    # 乗 and 誠 have a backslash and a bracket as their second byte in GBK.
    documents = [listed(1), listed(2)]
    documents[1]["input"]["setlinfo"]["curr_addr"] = '誠乗{路"1'
    expected = read(written(tmp_path / "lines.ndjson", *documents))
    indent = 2 if "indented" in layout else None
    text = (
        json.dumps(documents, ensure_ascii=False, indent=indent)
        if "array" in layout
        else "\n".join(json.dumps(each, ensure_ascii=False, indent=indent) for each in documents)
    )
    file = tmp_path / "file.json"
    file.write_text(text, encoding=encoding)
    found = read(file)
    assert [batch.frames.keys() for batch in found] == [batch.frames.keys() for batch in expected]
    for batch, same in zip(found, expected, strict=True):
        assert all(batch.frames[table].equals(same.frames[table]) for table in batch.frames)
        assert batch.broken == ()


def test_the_envelope_names_the_institution(tmp_path: Path) -> None:
    batch = only(written(tmp_path / "a.json", listed()))
    (head_row,) = rows(batch, "settlement_lists")
    assert (batch.kind, batch.transaction) == ("settlement_list", "4101A")
    assert (head_row["institution_id"], head_row["institution_name"]) == ("H90010100001", "甲县人民医院")
    bare = {"setlinfo": head(), "diseinfo": [{"diag_code": "I63.900"}]}
    batch = only_with(tmp_path, bare, institution="H90010100002")
    assert rows(batch, "settlement_lists")[0]["institution_id"] == "H90010100002"
    assert batch.ignored == {}


def only_with(folder: Path, document: Any, institution: str | None = None) -> DocumentBatch:
    (batch,) = read(written(folder / "one.json", document), ReadingTerms(institution_id=institution))
    return batch


def test_values_are_text_trimmed_and_unknown_names_are_counted(tmp_path: Path) -> None:
    document = listed()
    document["input"]["setlinfo"] |= {"strange": 1, "prfs": "  ", "ntly": {"deep": 1}, "adm_way": True}
    document["input"]["strangeinfo"] = []
    batch = only(written(tmp_path / "a.json", document))
    (row,) = rows(batch, "settlement_lists")
    assert "occupation" not in row
    assert "nationality" not in row
    assert row["admission_route"] == "1"
    assert batch.ignored == {"strange": 1, "strangeinfo": 1, "ntly": 1}
    assert [each.get("name") for each in rows(batch, "list_diagnoses")] == ["脑梗死", "高血压"]
    assert [each["is_principal"] for each in rows(batch, "list_diagnoses")] == ["1", "0"]


def test_a_reply_of_4103_is_read_under_its_own_names(tmp_path: Path) -> None:
    reply = {
        "infcode": 0,
        "output": {
            "setlinfo": [
                {
                    "setl_id": "S1",
                    "insutype": "310",
                    "age_days": 12,
                    "vent_used_days": 1,
                    "vent_used_h_cnt": "13",
                    "vent_used_m_cnt": 24,
                    "bfadm_coma_h_cnt": 2,
                    "afadm_coma_days": None,
                    "psn_selfpay_amt": 1234.5,
                    "setl_list_sn": "1",
                }
            ],
            "iteminfo": [{"med_chrgitm_type": "01", "item_sumamt": "12.30", "item_ownpay_amt": 0}],
        },
    }
    batch = only(written(tmp_path / "a.json", reply))
    (row,) = rows(batch, "settlement_lists")
    assert batch.transaction == "4103"
    assert row["ventilator_minutes"] == "1/13/24"
    assert row["coma_before_minutes"] == "0/2/0"
    assert "coma_after_minutes" not in row
    assert (row["insurance_type"], row["age_days"], row["person_self_pay_fen"]) == ("310", "12", "1234.5")
    assert rows(batch, "list_fees")[0]["amount_fen"] == "12.30"
    assert rows(batch, "list_fees")[0]["other_fen"] == "0"
    assert batch.ignored == {"setl_list_sn": 1}


def test_a_list_of_the_first_version_has_its_transfusion_in_the_head(tmp_path: Path) -> None:
    first = {"setlinfo": head() | {"bld_cat": "3", "bld_amt": "200", "bld_unt": "ml"}, "payinfo": [{"fund_payamt": 1}]}
    batch = only(written(tmp_path / "a.json", first))
    assert batch.transaction == "4101"
    assert [row["blood_kind"] for row in rows(batch, "list_transfusions")] == ["3"]
    assert batch.ignored == {}


def test_fee_lines_are_joined_with_the_platforms_answer(tmp_path: Path) -> None:
    lines = [{"feedetl_sn": sn, "mdtrt_id": "M1", "cnt": "1", "exp_content": {"er_flag": "0"}} for sn in ("1", "2")]
    answer = [{"feedetl_sn": sn, "chrgitm_lv": "02", "cnt": "9"} for sn in ("2", "7")]
    inside = {"infno": "2301", "input": {"feedetail": lines}, "output": {"result": answer}}
    batch = only(written(tmp_path / "a.json", inside))
    found = rows(batch, "list_fee_lines")
    assert [row["line_number"] for row in found] == ["1", "2", "7"]
    assert [row.get("charge_class") for row in found] == [None, "02", "02"]
    assert [row["quantity_e4"] for row in found] == ["1", "1", "9"]
    request = {"infno": "2301", "input": {"feedetail": lines}}
    reply = {"infcode": "0", "output": {"result": answer}}
    batch = only(written(tmp_path / "b.json", request, reply, request))
    found = rows(batch, "list_fee_lines")
    assert [(row[DOCUMENT], row.get("charge_class")) for row in found] == [
        (1, None),
        (1, "02"),
        (2, "02"),
        (3, None),
        (3, None),
    ]


def test_a_settlement_reply_and_a_filing_are_read(tmp_path: Path) -> None:
    reply = {
        "output": {
            "setlinfo": {"setl_id": "S1", "medfee_sumamt": 70368744177664.5, "fund_pay_sumamt": 0.1},
            "setldetail": [{"fund_pay_type": "310100", "fund_payamt": 0.1}],
        }
    }
    filing = {"infno": "2501", "fixmedins_code": "H90010100001", "input": {"refmedin": {"psn_no": "P1"}}}
    settled, referral = read(written(tmp_path / "a.json", reply, filing))
    (row,) = rows(settled, "settlement_replies")
    assert settled.kind == "settlement_reply"
    assert row["total_fen"] == "70368744177664.5"
    assert rows(settled, "list_payments")[0]["amount_fen"] == "0.1"
    assert referral.kind == "referral"
    assert rows(referral, "referral_filings")[0]["institution_id"] == "H90010100001"


@given(st.integers(-(10**16) + 1, 10**16 - 1))
def test_every_amount_of_sixteen_digits_is_restored_exactly(fen: int) -> None:
    amount = Decimal(fen).scaleb(-2)
    for text in (f"{amount:f}", f"{amount:e}"):
        content = b'{"a":' + text.encode() + b"}"
        try:
            kept = as_text(parse(content)["a"])
        except NotExact:
            kept = as_text(parse_exactly(content)["a"])
        assert kept is not None
        assert Decimal(kept) == amount


@given(st.decimals(min_value=0, max_value=10**9 - 1, places=6, allow_nan=False))
def test_every_price_of_six_decimals_is_restored_exactly(price: Decimal) -> None:
    kept = as_text(parse(b'{"a":' + f"{price:f}".encode() + b"}")["a"])
    assert kept is not None
    assert Decimal(kept) == price


@pytest.mark.parametrize(
    "broken",
    [
        '{"infno":"4101A","input":{"setlinfo":{"setl_id":"S1"',
        '{"input":{"setlinfo":"text"}}',
        '{"input":{"setlinfo":[1,2]}}',
        '{"input":[3]}',
        '{"input":"x"}',
        '{"setlinfo":{"psn_name":"\\ud800"}}',
        '{"setlinfo":{"a":NaN}}',
        '{"infcode":"-1","err_msg":"' + NUMBER + '"}',
        '{"infcode":"-1","output":null,"err_msg":"' + NUMBER + '"}',
        '{"setlinfo":[{"setl_id":"1"},{"setl_id":"2"}]}',
        "[]",
        "null",
        '"' + NAME + '"',
        '{"setlinfo":' + '{"a":' * 70 + "1" + "}" * 70 + "}",
        '{"setlinfo":' + "[" * 5000,
        NAME,
        "\x00\x01",
        '{"psn_name":"' + NAME + '"}',
    ],
)
def test_a_broken_line_hides_no_other_and_shows_no_value(tmp_path: Path, broken: str) -> None:
    whole = json.dumps(listed(), ensure_ascii=False)
    file = tmp_path / "a.ndjson"
    file.write_text("\n".join((whole, broken, whole)), encoding="utf-8")
    batches = read(file)
    assert [number for batch in batches for number in batch.documents[DOCUMENT]] == [1, 3]
    ((problem,),) = [batch.broken for batch in batches if batch.broken]
    assert (problem.number, problem.place) == (2, "line 2")
    assert NAME not in str(problem.reason)
    assert NUMBER not in str(problem.reason)


def test_a_text_with_the_character_nul_is_left_out(tmp_path: Path) -> None:
    document = listed()
    document["input"]["setlinfo"]["psn_name"] = "a\0b"
    (row,) = rows(only(written(tmp_path / "a.json", document)), "settlement_lists")
    assert "person_name" not in row
    assert row["settlement_number"] == "S1"


def test_elements_of_an_array_that_are_no_objects_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("[" + ",".join(('"x, }{", 1', json.dumps(listed()), "[1]", json.dumps(listed()))) + "]")
    (batch,) = read(file)
    assert batch.documents["_place"].to_list() == ["[2]", "[4]"]
    assert [each.place for each in batch.broken] == ["[1]", "[3]"]


@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xef\xbb\xbf", b"name;value\n1;2\n", "{}".encode("utf-16")])
def test_a_file_without_json_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(content)
    with pytest.raises(TongchouError) as caught:
        list(READER.read(file, "a.json", TERMS))
    assert caught.value.code == "intake.json_file"


def test_two_lists_of_one_number_are_two_documents(tmp_path: Path) -> None:
    batch = only(written(tmp_path / "a.ndjson", listed(), listed()))
    assert batch.documents.height == 2
    assert [row["settlement_number"] for row in rows(batch, "settlement_lists")] == ["S1", "S1"]


@pytest.mark.slow
@pytest.mark.parametrize("is_array", [False, True])
def test_a_document_of_200_mb_is_passed_over_in_bounded_memory(tmp_path: Path, is_array: bool) -> None:
    import tracemalloc

    size = 200 << 20
    whole = json.dumps(listed(), ensure_ascii=False).encode()
    file = tmp_path / "large.json"
    with file.open("wb") as stream:
        stream.write(b"[" * is_array + whole + (b"," if is_array else b"\n"))
        stream.write(b'{"setlinfo":{"psn_name":"')
        start = stream.tell()
        stream.seek(start + size)  # a hole of the file, read as zero bytes
        stream.write(b'"}}' + (b"," if is_array else b"\n") + whole + b"]" * is_array)
    tracemalloc.start()
    batches = read(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [number for batch in batches for number in batch.documents[DOCUMENT]] == [1, 3]
    ((problem,),) = [batch.broken for batch in batches if batch.broken]
    assert problem.number == 2
    assert size < problem.size < size + 100
    assert peak < 4 * MOST_BYTES


LINE = json.dumps(listed(), ensure_ascii=False).encode()


@given(st.integers(0, len(LINE)), st.binary(max_size=6))
@pytest.mark.slow
@settings(max_examples=40)
def test_no_damage_ends_in_anything_but_a_document_or_a_reason(place: int, put: bytes) -> None:
    for content in (LINE[:place] + put, LINE[:place] + put + LINE[place:], LINE + b"\n" + LINE[:place] + put):
        check_damaged(READER, content, ".json", TERMS, (NAME, NUMBER))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
PLACES = st.sampled_from(
    [
        ("input",),
        ("input", "setlinfo"),
        ("input", "diseinfo"),
        ("input", "setlinfo", "psn_name"),
        ("infno",),
        ("output",),
    ]
)


@given(PLACES, JSON)
@pytest.mark.slow
@settings(max_examples=40)
def test_a_value_of_another_type_anywhere_is_a_reason_or_nothing(place: tuple[str, ...], value: Any) -> None:
    document = copy.deepcopy(listed())
    node = document
    for name in place[:-1]:
        node = node[name]
    node[place[-1]] = value
    check_damaged(READER, json.dumps(document).encode(), ".json", TERMS, (NAME, NUMBER))


def twice(text: str, name: str, written: str) -> bytes:
    """Return a document in which a name stands once more, before where it stands."""
    assert f'"{name}":' in text
    return text.replace(f'"{name}":', f'{written},"{name}":', 1).encode()


@pytest.mark.parametrize(
    ("name", "written", "told"),
    [
        ("setl_id", '"setl_id":"other"', "setl_id"),
        ("setl_id", '"setl_id" \n:"other"', "setl_id"),
        ("setl_id", '"\\u0073etl_id":"other"', "setl_id"),
        ("diseinfo", '"diseinfo":[]', "diseinfo"),
        ("infno", '"infno":"2301"', "infno"),
        ("input", '"input":{"setlinfo":{}}', "input"),
        ("setl_id", '"note":{"a":{"b":[{"c":1,"c":2}]}}', "一项"),
        ("setl_id", f'"{NAME}":1,"{NAME}":2', "一项"),
    ],
)
def test_a_document_that_says_two_things_under_one_name_is_set_aside(
    name: str, written: str, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "lists.ndjson"
    text = json.dumps(listed(), ensure_ascii=False, separators=(",", ":"))
    line = twice(text, name, written).replace(b"\n", b" ")
    file.write_bytes(line + b"\n" + text.encode() + b"\n")
    (batch,) = READER.read(file, "lists.ndjson", TERMS)
    (broken,) = batch.broken
    assert (broken.number, broken.check) == (1, "intake.key_given_twice")
    assert told in broken.reason.zh
    assert NAME not in str(broken.reason)
    assert batch.documents[DOCUMENT].to_list() == [2]


@pytest.mark.parametrize("written", ['"setl_id":"S1"', '"note":"\\":","other":"a\\": b"', '"note":[{"a":1},{"a":2}]'])
def test_the_same_value_twice_and_what_only_looks_like_it_is_no_contradiction(written: str, tmp_path: Path) -> None:
    file = tmp_path / "lists.ndjson"
    file.write_bytes(twice(json.dumps(listed(), separators=(",", ":")), "setl_id", written))
    (batch,) = READER.read(file, "lists.ndjson", TERMS)
    assert batch.broken == ()
    assert batch.frames["settlement_lists"]["settlement_number"].to_list() == ["S1"]
