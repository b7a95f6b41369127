"""A batch against what the lake holds: repeated, late, interrupted."""

import os
import signal
import subprocess
import sys
import textwrap

import pyarrow.parquet as pq
import pytest

from tongchou.core.errors import TongchouError
from tongchou.intake import take_in
from tongchou.schema.tables import CASES, DIAGNOSES, FEE_ITEMS, FEES, INSTITUTIONS, PERSONS, PROCEDURES


def only(rows, *tables):
    return {name: rows[name] for name in tables}


def test_sound_batch_is_taken_whole(counter, sound):
    report = counter.take(sound)
    assert report.as_json() == {
        "batch_id": report.batch_id,
        "is_repeated": False,
        "tables": {
            name: {"rows": len(rows), "taken": len(rows), "set_aside": 0, "repaired": 0} for name, rows in sound.items()
        },
        "notices": [],
        "findings": {},
        "corrected": 0,
    }
    assert counter.held(CASES)[0]["total_fen"] == 30000
    assert counter.held(CASES)[0]["age_days"] is None
    assert [write.kind for write in counter.lake.batches()] == ["intake"] * 7
    assert sorted(path.name for path in counter.root.iterdir()) == ["lake", "landing"]


def test_rows_are_kept_in_the_order_in_which_they_arrive(counter, sound):
    persons = [sound["persons"][0] | {"person_id": f"P{number}"} for number in (3, 1, 2)]
    counter.take({"persons": persons})
    (file,) = counter.lake.files("persons", counter.lake.snapshot())
    assert pq.read_table(file)["person_id"].to_pylist() == ["P3", "P1", "P2"]


def test_same_files_again_are_recognised_whatever_they_are_called(counter, sound):
    first = counter.take(sound)
    before = counter.lake.snapshot()
    again = counter.take(sound, "copy")
    assert (again.is_repeated, again.batch_id) == (True, first.batch_id)
    assert again.notices[0].zh.startswith("这批文件已经入库，无需重复交入：institutions-copy.csv、persons-copy.csv")
    assert again.as_json()["tables"] == {}
    assert counter.lake.snapshot() == before


def test_rows_that_the_lake_has_just_so_change_nothing(counter, sound):
    counter.take(sound)
    report = counter.take(only(sound, "cases", "diagnoses"), "2")
    assert (report.findings, report.corrected) == ({"intake.known_row": 5}, 0)
    finding = counter.findings("intake.known_row")[0]
    assert finding["what_zh"] == "主键 C1 的这一行已经入库且内容相同"
    assert counter.keys(CASES) == ["C1", "C2"]


def test_case_that_comes_again_without_all_that_is_its_own_is_refused(counter, sound):
    counter.take(sound)
    new = [sound["procedures"][0] | {"seq": "2"}]
    report = counter.take({"cases": sound["cases"][:1], "procedures": new}, "2")
    assert report.findings == {"intake.case_in_parts": 1, "intake.case_set_aside": 1}
    assert counter.keys(PROCEDURES) == ["C1|1"]


def test_row_of_a_case_that_differs_asks_for_the_whole_list(counter, sound):
    counter.take(sound)
    report = counter.take({"diagnoses": [sound["diagnoses"][1] | {"code": "I11.900"}]}, "2")
    assert report.findings == {"intake.case_in_parts": 1}
    assert "cases" in counter.findings("intake.case_in_parts")[0]["remedy_en"]


def test_references_may_lead_into_the_lake(counter, sound):
    counter.take(only(sound, "institutions", "persons"))
    report = counter.take(only(sound, "cases", "diagnoses", "procedures", "fees", "fee_items"), "2")
    assert report.findings == {}
    assert counter.keys(CASES) == ["C1", "C2"]


def test_corrected_list_is_taken_later(counter, sound):
    wrong = sound["cases"][0] | {"los_days": "9"}
    counter.take(sound | {"cases": [wrong, sound["cases"][1]]})
    assert counter.keys(CASES) == ["C2"]
    of_c1 = {name: [row for row in rows if row.get("case_id") == "C1"] for name, rows in sound.items()}
    report = counter.take({name: rows for name, rows in of_c1.items() if rows}, "2")
    assert report.findings == {}
    assert counter.keys(FEES) == ["C1|bed", "C1|western_medicine", "C2|consultation"]


def test_fees_that_come_later_are_summed_with_the_case_of_the_lake(counter, sound):
    counter.take(only(sound, "institutions", "persons", "cases", "diagnoses"))
    wrong = [sound["fees"][0], sound["fees"][1] | {"amount_fen": "1"}, sound["fees"][2]]
    report = counter.take({"fees": wrong}, "2")
    assert report.findings == {"intake.fees_not_summing": 2}
    assert counter.findings()[0]["what_zh"] == "各收费类别合计 100.01 元，与医疗费总额 300.00 元不符"
    assert counter.keys(FEES) == ["C2|consultation"]
    assert counter.take({"fees": sound["fees"][:2]}, "3").findings == {}


def test_fee_lines_that_come_later_are_summed_with_the_fees_of_the_lake(counter, sound):
    counter.take({name: rows for name, rows in sound.items() if name != "fee_items"})
    report = counter.take({"fee_items": sound["fee_items"][:2]}, "2")
    assert report.findings == {"intake.fee_lines_not_summing": 2}
    assert counter.take(only(sound, "fee_items"), "3").findings == {}
    assert counter.keys(FEE_ITEMS) == ["C1|1", "C1|2", "C1|3"]


def test_part_of_a_list_that_the_lake_has_is_taken_whole_or_not_at_all(counter, sound):
    counter.take({name: rows for name, rows in sound.items() if name != "procedures"})
    rows = [sound["procedures"][0], sound["procedures"][0] | {"seq": "2", "code": "wrong"}]
    report = counter.take({"procedures": rows}, "2")
    assert report.findings == {"intake.malformed_code": 1, "intake.case_set_aside": 1}


def test_principal_diagnosis_may_be_in_the_lake(counter, sound):
    first = counter.take(only(sound, "diagnoses"))
    assert [notice.zh for notice in first.notices][:1] == [
        "表 cases（住院结算清单）从未交入，diagnoses.case_id 未作核对"
    ]
    assert first.findings == {}
    assert counter.take(only(sound, "institutions", "persons", "cases"), "2").findings == {}
    assert counter.keys(CASES) == ["C1", "C2"]


def test_table_never_handed_in_is_told_once(counter, sound):
    report = counter.take(only(sound, "institutions", "cases", "diagnoses"))
    assert [notice.en for notice in report.notices] == [
        "persons was never handed in, so cases.person_id was not checked",
        "fees was never handed in, so categories were not checked against totals",
    ]
    assert counter.keys(CASES) == ["C1", "C2"]


def test_table_handed_in_empty_is_not_one_never_handed_in(counter, sound):
    file = counter.landing / "persons.csv"
    file.write_text(",".join(sound["persons"][0]) + "\n")
    paths = [counter.write(name, sound[name]) for name in ("institutions", "cases", "diagnoses")]
    report = take_in([file, *paths], counter.lake, counter.engine)
    assert report.findings == {"intake.unknown_person": 2, "intake.case_set_aside": 3}
    later = counter.take({"contracts": [CONTRACT]}, "2")
    assert later.findings == {"intake.unknown_person": 1}


CONTRACT = {
    "person_id": "P1",
    "institution_id": "H2",
    "valid_from": "2025-01-01",
    "valid_until": "2025-12-31",
    "follow_up_count": "4",
}


def test_repaired_rows_are_counted_and_found_only_if_taken(counter, sound):
    sound["diagnoses"][0]["code"] = "i63.900"
    sound["diagnoses"][2]["code"] = "a01.000"
    sound["cases"][1]["institution_id"] = "H9"
    report = counter.take(sound)
    assert report.findings == {"intake.repaired": 1, "intake.unknown_institution": 1, "intake.case_set_aside": 2}
    assert [t.repaired_count for t in report.tables if t.table_name == "diagnoses"] == [1]
    (finding,) = counter.findings("intake.repaired")
    assert (finding["handling"], finding["row_key"]) == ("repaired", "C1|1")
    assert finding["what_zh"] == "已自动修正 诊断代码 的写法"
    assert finding["row"] == '{"case_id":"C1","seq":"1","code":"i63.900"}'
    aside = [f for f in counter.findings("intake.case_set_aside") if f["table_name"] == "diagnoses"]
    assert aside[0]["row"] == '{"case_id":"C2","seq":"1","code":"a01.000"}'


def test_no_scratch_file_is_read_under_a_path_used_before(counter, sound, monkeypatch):
    # DuckDB keeps the statistics of a file rewritten within a second at the same size, and loses rows by them.
    scanned = []
    scan = counter.engine.scan
    monkeypatch.setattr(counter.engine, "scan", lambda files, schema: scanned.extend(files) or scan(files, schema))
    counter.take(only(sound, "institutions", "persons"))
    first = {file for file in scanned if "lake-intake" in str(file)}
    scanned.clear()
    counter.take(only(sound, "institutions"), "2")
    counter.take({"persons": sound["persons"][:1]}, "3")
    again = {file for file in scanned if "lake-intake" in str(file)}
    assert first
    assert again
    assert first.isdisjoint(again)


def test_fault_that_does_not_reach_the_findings_stops_the_batch(counter, sound, monkeypatch):
    sound["cases"][0]["institution_id"] = "H9"
    stream = counter.engine.stream

    def forgetful(frame):
        return stream(frame.head(0) if {"_received", "_code"} <= set(frame.collect_schema().names()) else frame)

    monkeypatch.setattr(counter.engine, "stream", forgetful)
    with pytest.raises(TongchouError) as caught:
        counter.take(sound)
    assert caught.value.code == "intake.findings_lost"
    assert caught.value.why.en == "1 findings are owed, 0 were written"
    assert counter.lake.snapshot().versions == {}


def test_progress_is_told_to_the_end(counter, sound):
    told = []
    paths = [counter.write(name, rows) for name, rows in sound.items()]
    take_in(paths, counter.lake, counter.engine, lambda *step: told.append(step))
    assert list(dict.fromkeys(step.en for step, _, _ in told)) == [
        "reading and checking",
        "checking across tables",
        "writing to the lake",
    ]
    assert told[-1][1:] == (7, 7)


def test_failure_while_writing_leaves_the_lake_as_it_was(counter, sound):
    counter.take(only(sound, "institutions"))
    before = counter.lake.snapshot()

    def fail(step, done, total):
        if step.en == "writing to the lake" and done == 2:
            raise TongchouError("x", what=step, where="", why=step, remedy=step)

    paths = [counter.write(name, sound[name], "2") for name in ("persons", "cases", "diagnoses")]
    with pytest.raises(TongchouError):
        take_in(paths, counter.lake, counter.engine, fail)
    assert counter.lake.snapshot() == before
    assert sorted(path.name for path in counter.root.iterdir()) == ["lake", "landing"]
    assert take_in(paths, counter.lake, counter.engine).findings == {}


@pytest.mark.slow
def test_intake_that_is_killed_while_writing_was_never_there(counter, sound):
    paths = [counter.write(name, rows) for name, rows in sound.items()]
    program = """
        import os, signal, sys
        from pathlib import Path
        from tongchou.intake import take_in
        from tongchou.store.duckdb_engine import DuckDBEngine
        from tongchou.store.lake import Lake

        def kill(step, done, total):
            if step.en == "writing to the lake" and done == 5:
                os.kill(os.getpid(), signal.SIGKILL)

        take_in([Path(path) for path in sys.argv[2:]], Lake(Path(sys.argv[1])), DuckDBEngine("200MB"), kill)
    """
    arguments = [sys.executable, "-c", textwrap.dedent(program), counter.lake.root, *paths]
    done = subprocess.run([os.fspath(argument) for argument in arguments], check=False)
    assert done.returncode == -signal.SIGKILL
    assert counter.lake.snapshot().versions == {}
    assert counter.take(sound).findings == {}
    assert counter.keys(DIAGNOSES) == ["C1|1", "C1|2", "C2|1"]
    assert len(counter.keys(INSTITUTIONS)) == len(counter.keys(PERSONS)) == 2
    assert sorted(path.name for path in counter.root.iterdir()) == ["lake", "landing"]
