"""HL7 v2: what becomes of a stay's messages, of referrals, of frames and batches, and of what is damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.readers.reading import broken, ignored, read_all, rows

from tongchou.core.errors import TongchouError
from tongchou.intake.readers.hl7 import READER, framing
from tongchou.intake.readers.reader import ReadingTerms

SECRET = "欧阳绝密"
ID_NUMBER = "110101199001010017"


def message(event: str, *segments: str, facility: str = "H00000000001", number: int = 1) -> str:
    kind, _, trigger = event.partition("^")
    header = f"MSH|^~\\&|HIS|{facility}|YB|370000|20250305101500||{kind}^{trigger}|{number}|P|2.5"
    return "\r".join((header, *segments)) + "\r"


PERSON = (
    f"PID|1||P0000001^^^H1^PI~0012345^^^H1^MR~{ID_NUMBER}^^^CN^NNCHN||{SECRET}^一||19900101|M|||西溪路 3 号^^杭州^浙江"
)
ADMISSION = message(
    "ADT^A01",
    PERSON,
    "NK1|1|欧阳^二|SPO||13900000000",
    "PV1|1|I|3N^301^2||||D001^李^某|||NEK||||7|||||V0001|||||||||||||||||||||||||20250301083000",
    "DG1|1||J18.900^肺炎^I10|||A",
    "IN1|1|310^职工医保|||||||||||||||||||||||||||||||||||||||||||||||Y778899",
)
DISCHARGE = message(
    "ADT^A03",
    PERSON,
    "PV1|1|I|3N^301^2||||D001^李^某|||0300|||||||||V0001|||||||||||||||||01||||||||20250301083000|20250305100000",
    "PV2|||||||||||4",
    "DG1|1||J15.902^细菌性肺炎^I10|||F|||||||||1|||||||||||Y",
    "DG1|2||I10.x05^高血压^I10|||F|||||||||2|||||||||||N",
    "PR1|1||33.2400^支气管镜检查^I9C||20250302090000|D|40|A9^钱^某|||S1^赵^某|||1",
    number=2,
)
CHARGES = message(
    "DFT^P03",
    PERSON,
    "PV1|1|I|||||||||||||||||V0001",
    "FT1|1|L1||20250302||CG|250403^血常规^YB|||2|50.20|25.10|0300||||||||D001^李^某",
    "FT1|2|L2||20250303||CD|250403^血常规^YB|||1|25.10&CNY|25.10",
    "FT1|3|L3||20250303||CG|X1^进口药^YB|||1|9.99&USD|9.99&USD",
    "FT1|4|L4||20250303||PY|PAY^预交金^YB|||1|1000",
    number=3,
)
REFERRAL = message(
    "REF^I12",
    "RF1|A^已接收|R^常规|||JZ|R0001|20250306|20250406|20250305|01^病情需要",
    "PRD|RP^转出|云栖卫生院|||||H10000000009",
    "PRD|RT^转入|云栖县人民医院|||||H00000000001",
    PERSON,
    "DG1|1||J18.900^肺炎^I10|||W",
    number=4,
)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "messages.hl7"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def test_the_messages_of_a_stay_are_one_document_in_which_later_ones_correct_earlier_ones(file) -> None:
    batches = read_all(READER, file(ADMISSION + CHARGES + DISCHARGE))
    (batch,) = batches
    assert (batch.kind, batch.transaction) == ("message", "hl7")
    assert batch.documents["_place"].to_list() == ["messages 1, 2, 3"]
    (stay,) = rows(batches, "settlement_lists")
    assert stay == {
        "_document": 1,
        "_seq": 1,
        "institution_id": "H00000000001",
        "visit_number": "V0001",
        "person_number": "P0000001",
        "case_number": "0012345",
        "identity_number": ID_NUMBER,
        "identity_type": "01",
        "person_name": f"{SECRET}一",
        "born_on": "1990-01-01",
        "sex": "1",
        "address": "浙江 杭州 西溪路 3 号",
        "contact_name": "欧阳二",
        "contact_phone": "13900000000",
        "insurance_type": "310",
        "insurance_number": "Y778899",
        "care_kind": "1",
        "admission_department": "NEK",
        "discharge_department": "0300",
        "admission_route": "1",
        "discharge_way": "1",
        "admitted_at": "2025-03-01 08:30:00",
        "discharged_at": "2025-03-05 10:00:00",
        "doctor_code": "D001",
        "doctor_name": "李某",
        "los_days": "4",
        "outpatient_diagnosis_code": "J18.900",
        "outpatient_diagnosis_name": "肺炎",
    }
    diagnoses = rows(batches, "list_diagnoses")
    assert [(each["code"], each["is_principal"], each["admission_condition"]) for each in diagnoses] == [
        ("J15.902", "1", "1"),
        ("I10.x05", "0", "4"),
    ]
    assert {each["code_system"] for each in diagnoses} == {"I10"}
    (operation,) = rows(batches, "list_operations")
    assert (operation["code"], operation["operation_rank"]) == ("33.2400", "1")
    assert (operation["began_at"], operation["ended_at"]) == ("2025-03-02 09:00:00", "2025-03-02 09:40:00")
    assert (operation["surgeon_name"], operation["anaesthetist_name"]) == ("赵某", "钱某")


def test_charges_add_up_credits_are_negative_and_other_currencies_are_no_yuan(file) -> None:
    batches = read_all(READER, file(ADMISSION + CHARGES))
    lines = rows(batches, "list_fee_lines")
    assert [(each["line_number"], each.get("amount_fen"), each["quantity_e4"]) for each in lines] == [
        ("L1", "50.20", "2"),
        ("L2", "-25.10", "-1"),
        ("L3", None, "1"),
    ]
    assert {each["visit_number"] for each in lines} == {"V0001"}
    counted = ignored(batches)
    assert (counted["FT1-11 (not in yuan)"], counted["FT1 (no charge)"]) == (1, 1)


def test_a_cancelled_admission_is_withdrawn_and_a_cancelled_discharge_leaves_the_stay_open(file) -> None:
    visit = "PV1|1|I|||||||||||||||||V0001"
    (withdrawn,) = rows(read_all(READER, file(ADMISSION + message("ADT^A11", PERSON, visit))), "settlement_lists")
    assert withdrawn["list_state"] == "0"
    (open_again,) = rows(
        read_all(READER, file(ADMISSION + DISCHARGE + message("ADT^A13", PERSON, visit))), "settlement_lists"
    )
    assert "discharged_at" not in open_again
    assert open_again["admitted_at"] == "2025-03-01 08:30:00"


def test_messages_of_different_visits_institutions_or_without_a_visit_are_documents_of_their_own(file) -> None:
    without = message("ADT^A08", PERSON)
    other_house = ADMISSION.replace("|H00000000001|", "|H00000000002|", 1)
    other_visit = ADMISSION.replace("V0001", "V0002")
    batches = read_all(READER, file(ADMISSION + other_house + other_visit + without + without + ADMISSION))
    assert [place for batch in batches for place in batch.documents["_place"]] == [
        "messages 1, 6",
        "message 2",
        "message 3",
        "message 4",
        "message 5",
    ]


def test_a_referral_names_both_sides_its_state_and_its_reason(file) -> None:
    batches = read_all(READER, file(ADMISSION + REFERRAL))
    assert [batch.kind for batch in batches] == ["message", "referral"]
    (filing,) = rows(batches, "referral_filings")
    expected = {
        "person_number": "P0000001",
        "referral_number": "R0001",
        "state": "accepted",
        "institution_id": "H10000000009",
        "to_institution_id": "H00000000001",
        "to_institution_name": "云栖县人民医院",
        "diagnosis_code": "J18.900",
        "diagnosis_name": "肺炎",
        "referred_on": "2025-03-05",
        "begins_on": "2025-03-06",
        "ends_on": "2025-04-06",
        "reason": "病情需要",
    }
    assert expected.items() <= filing.items()


def test_types_that_say_nothing_of_a_settlement_are_counted_by_type(file) -> None:
    results = message("ORU^R01", PERSON, "OBX|1|NM|8867-4||60")
    batches = read_all(READER, file(ADMISSION + results + results + message("SIU^S12", PERSON)))
    assert sum(len(batch.documents) for batch in batches) == 1
    counted = ignored(batches)
    assert (counted["ORU^R01"], counted["SIU^S12"]) == (2, 1)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_segment_end_and_encoding_reads_the_same(file, end: str, encoding: str) -> None:
    plain = rows(read_all(READER, file(ADMISSION + DISCHARGE)), "settlement_lists")
    path = file((ADMISSION + DISCHARGE).replace("\r", end).encode(encoding))
    assert READER.recognises(path, path.read_bytes()[:65536])
    assert rows(read_all(READER, path), "settlement_lists") == plain


def test_frames_and_batches_are_taken_off(file) -> None:
    framed = "".join(f"\x0b{each}\x1c\r" for each in (ADMISSION, DISCHARGE))
    batched = f"FHS|^~\\&|HIS\rBHS|^~\\&|HIS\r{ADMISSION}{DISCHARGE}BTS|2\rFTS|1\r"
    plain = rows(read_all(READER, file(ADMISSION + DISCHARGE)), "settlement_lists")
    for content in (framed, batched):
        batches = read_all(READER, file(content))
        assert rows(batches, "settlement_lists") == plain
        assert broken(batches) == []


def test_what_a_batch_or_a_frame_lost_is_said(file) -> None:
    batch = f"BHS|^~\\&|HIS\r{ADMISSION}BTS|2\r"
    assert broken(read_all(READER, file(batch))) == [
        ("BTS after message 1", "the batch says another number of messages than its 1")
    ]
    assert broken(read_all(READER, file(f"BHS|^~\\&|HIS\r{ADMISSION}"))) == [
        ("BHS", "the batch has no trailer: the file may be cut off")
    ]
    batches = read_all(READER, file(f"\x0b{ADMISSION}\x1c\r\x0b{DISCHARGE}"))
    assert broken(batches) == [("message 2", "its MLLP frame has no end: the message is cut off")]
    assert len(rows(batches, "settlement_lists")) == 1


def test_a_broken_message_hides_none_after_it_and_shows_nothing_of_itself(file) -> None:
    bad_header = f"MSH|^^^^|{SECRET}|{ID_NUMBER}\rPID|1||{ID_NUMBER}\r"
    no_person = message("ADT^A01", f"ZZZ|{SECRET}")
    no_type = f"MSH|^~\\&|{SECRET}\rPID|1||{ID_NUMBER}\r"
    strays = f"{SECRET} {ID_NUMBER}\r"
    batches = read_all(READER, file(strays + bad_header + no_person + no_type + ADMISSION))
    assert [place for place, _ in broken(batches)] == ["before message 1", "message 1", "message 2", "message 3"]
    assert len(rows(batches, "settlement_lists")) == 1
    said = " ".join(f"{each.place}{each.reason}" for batch in batches for each in batch.broken) + str(ignored(batches))
    assert SECRET not in said
    assert ID_NUMBER not in said


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 500, b'{"a": 1}', "一段文字\r\n没有消息".encode()])
def test_a_file_without_a_message_is_refused(file, content: bytes) -> None:
    path = file(content)
    assert not READER.recognises(path, content)
    with pytest.raises(TongchouError) as caught:
        read_all(READER, path)
    assert caught.value.code == "intake.hl7_no_message"


def test_escapes_deleted_values_and_repetitions_are_understood(file) -> None:
    person = 'PID|1||P9~S7^^^X^NNCHN||A\\T\\B\\S\\C^D\\X41\\||""|F'
    (stay,) = rows(read_all(READER, file(message("ADT^A01", person))), "settlement_lists")
    assert stay["person_name"] == "DA A&B^C"
    assert (stay["person_number"], stay["identity_number"], stay["sex"]) == ("P9", "S7", "2")
    assert "born_on" not in stay


def test_other_separators_read_the_same(file) -> None:
    exotic = ADMISSION.translate(str.maketrans("|^~\\&", "#@*!%"))
    plain = rows(read_all(READER, file(ADMISSION)), "settlement_lists")
    assert rows(read_all(READER, file(exotic)), "settlement_lists") == plain


def test_times_with_an_offset_are_told_in_chinas_time(file) -> None:
    moved = ADMISSION.replace("20250301083000", "20250301003000+0000")
    (stay,) = rows(read_all(READER, file(moved)), "settlement_lists")
    assert stay["admitted_at"] == "2025-03-01 08:30:00"


def test_a_message_without_end_is_said_and_hides_none_after_it(file, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "LARGEST", 5_000)
    endless = message("ADT^A01", PERSON, "NTE|1||" + "长" * 100_000)
    batches = read_all(READER, file(endless + ADMISSION))
    assert broken(batches) == [("message 1", "the message is too long")]
    assert len(rows(batches, "settlement_lists")) == 1


def test_batches_are_no_larger_than_asked(file) -> None:
    many = "".join(ADMISSION.replace("V0001", f"V{number}") for number in range(25))
    batches = read_all(READER, file(many), ReadingTerms(batch_documents=10))
    assert [len(batch.documents) for batch in batches] == [10, 10, 5]


WHOLE = (ADMISSION + CHARGES + DISCHARGE + REFERRAL).encode()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_loses_no_message(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(("cut", "overwrite", "drop segment", "repeat")))
    at = data.draw(st.integers(0, len(WHOLE) - 1))
    if kind == "cut":
        content = WHOLE[:at]
    elif kind == "overwrite":
        content = WHOLE[:at] + data.draw(st.binary(min_size=1, max_size=8)) + WHOLE[at + 8 :]
    elif kind == "drop segment":
        segments = WHOLE.split(b"\r")
        del segments[data.draw(st.integers(0, len(segments) - 2))]
        content = b"\r".join(segments)
    else:
        content = WHOLE + WHOLE[at:]
    path = tmp_path / "damaged.hl7"
    path.write_bytes(content)
    try:
        batches = read_all(READER, path)
    except TongchouError as error:
        assert SECRET not in str(error)
        return
    read = sum(place.count(",") + 1 for batch in batches for place in batch.documents["_place"].to_list())
    types = sum(number for name, number in ignored(batches).items() if "^" in name or "unknown type" in name)
    unread = sum(1 for place, _ in broken(batches) if place.startswith("message "))
    headers = sum(
        1
        for line in content.replace(b"\n", b"\r").replace(b"\x0b", b"\r").replace(b"\x1c", b"\r").split(b"\r")
        if line.lstrip()[:3] == b"MSH"
        and line.lstrip()[3:4]
        and not line.lstrip()[3:4].isalnum()
        and not line.lstrip()[3:4].isspace()
    )
    assert read + types + unread == headers
    said = " ".join(f"{place} {reason}" for place, reason in broken(batches)) + str(ignored(batches))
    assert SECRET not in said
    assert ID_NUMBER not in said
