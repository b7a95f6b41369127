"""Files as batches: again, in any order, by two at once, killed at any moment."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from tests.intake.deliveries.conftest import Desk, dump
from tests.intake.deliveries.plain import (
    HashPseudonymiser,
    fee_lines,
    platform_list,
    settlement_list,
    settlement_reply,
    write,
)

from tongchou.core.errors import Problems
from tongchou.intake.deliveries.terms import DeliveryTerms
from tongchou.store.lake import Lake

PROJECT = Path(__file__).parents[3]
FILES, LISTS, KILLS = 12, 60, 3
TERMS = DeliveryTerms(HashPseudonymiser(), bundle_bytes=300_000)
"""Two of the files below share a batch."""
FAULTY = (0, 5, 9)
"""Files with a list that is set aside: they are tried again whenever they come."""


def test_the_same_file_again_changes_nothing_whatever_it_is_called(desk):
    documents = [settlement_list(1), settlement_list(2, sex="7")]
    desk.hand_in(documents, "first")
    before = desk.dump()
    again = desk.hand_in(documents, "second")
    assert [file.is_repeated for file in again.files] == [True]
    assert desk.dump() == before


def test_a_list_that_comes_again_is_told_and_not_taken_twice(desk):
    desk.hand_in([settlement_list(1)], "first")
    report = desk.hand_in([settlement_list(1), settlement_list(2)], "second")
    assert report.count.as_json() == {"received": 2, "accepted": 1, "set_aside": 0, "repeated": 1}
    assert desk.rows("cases").height == 2
    assert desk.rows("findings")["code"].to_list() == ["intake.repeated_list"]


def test_two_lists_of_one_number_and_different_content_are_both_set_aside(desk):
    report = desk.hand_in([settlement_list(1), settlement_list(1, discharge_way="5"), settlement_list(2)])
    assert report.count.as_json() == {"received": 3, "accepted": 1, "set_aside": 2, "repeated": 0}
    assert desk.rows("cases").height == 1


def test_every_document_received_is_accepted_set_aside_or_repeated_with_a_code(desk):
    random_ = random.Random(5)
    documents = []
    for number in range(300):
        document = settlement_list(number)
        head = document["tables"]["settlement_lists"][0]
        match random_.randrange(8):
            case 0:
                head[random_.choice(sorted(head))] = random_.choice(("", "?", "9" * 300, "-1"))
            case 1:
                document["tables"]["list_fees"][0]["amount_fen"] = "0.01"
            case 2:
                head["admitted_at"], head["discharged_at"] = head["discharged_at"], head["admitted_at"]
            case 3:
                document = "{truncated"
            case 4:
                document = settlement_list(max(number - 1, 0))
            case _:
                pass
        documents.append(document)
    report = desk.hand_in(documents)
    count = report.count
    assert count.received == 300 == count.accepted + count.set_aside + count.repeated
    assert count.set_aside > 50
    told = desk.rows("findings").filter(pl.col("handling") == "set_aside")
    assert told["source"].n_unique() == count.set_aside + count.repeated
    assert desk.rows("documents").height == count.accepted == desk.rows("cases").height


def test_what_is_taken_does_not_depend_on_names_or_order_of_files(tmp_path, duckdb_engine):
    files = {
        "known": [settlement_list(5, person_number="320000000007"), settlement_list(6)],
        "completed": [platform_list(7)],
        "replies": [settlement_reply(7)],
        "lines": [fee_lines(7)],
    }
    dumps = []
    for place, names in enumerate((sorted(files), sorted(files, reverse=True))):
        desk = Desk(tmp_path / str(place), duckdb_engine).open()
        paths = [write(desk.root / f"{order}.ndjson", files[name]) for order, name in enumerate(names)]
        report = desk.take(*paths)
        assert report.count.accepted == 5
        found = desk.dump()
        found.pop("findings", None)
        dumps.append(found)
    assert dumps[0] == dumps[1]


def test_a_copy_of_a_file_is_named_and_taken_once(desk):
    one, two = (write(desk.root / f"{name}.ndjson", [settlement_list(1)]) for name in ("one", "two"))
    report = desk.take(one, two)
    assert len(report.files) == 1
    assert report.copies == {"two.ndjson": "one.ndjson"}


def test_files_of_tables_and_of_documents_may_come_together(tmp_path, duckdb_engine):
    desk = Desk(tmp_path, duckdb_engine)
    lists = write(tmp_path / "lists.ndjson", [settlement_list(1)])
    with pytest.raises(Problems, match=r"intake\.table_needed"):
        desk.take(lists)
    desk.open()
    report = desk.take(desk.root / "institutions.csv", lists)
    assert report.tables.is_repeated
    assert report.count.accepted == 1


@pytest.mark.slow
def test_workers_bring_what_one_alone_brings(tmp_path, duckdb_engine):
    dumps = []
    for jobs in (1, 2):
        desk = Desk(tmp_path / str(jobs), duckdb_engine).open()
        paths = [
            write(desk.root / f"{part}.ndjson", [settlement_list(n) for n in range(part * 50, part * 50 + 50)])
            for part in range(4)
        ]
        assert desk.take(*paths, jobs=jobs).count.accepted == 200
        dumps.append(desk.dump())
    assert dumps[0] == dumps[1]
    assert not [path for path in (tmp_path / "2" / ".lake-documents").iterdir() if path.is_dir()]


_INTAKE = """
import sys
from pathlib import Path
from tests.intake.deliveries.conftest import Desk
from tests.intake.deliveries.test_batches import TERMS
from tongchou.store.duckdb_engine import DuckDBEngine

if __name__ == "__main__":
    desk = Desk(Path(sys.argv[1]), DuckDBEngine("300MB"), TERMS)
    report = desk.take(Path(sys.argv[2]), jobs=int(sys.argv[3]))
    print(report.count.received)
"""


def start(root, landing, jobs=1):
    script = root.parent / "take_in.py"
    script.write_text(_INTAKE, encoding="utf-8")
    paths = os.pathsep.join([str(PROJECT), str(PROJECT / "src")])
    return subprocess.Popen(
        [sys.executable, str(script), str(root), str(landing), str(jobs)],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def landing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("landing")
    random_ = random.Random(3)
    for part in range(FILES):
        documents = [settlement_list(number) for number in range(part * LISTS, part * LISTS + LISTS)]
        if part in FAULTY:
            documents[random_.randrange(LISTS)]["tables"]["settlement_lists"][0]["sex"] = "7"
        write(folder / f"lists-{part:02d}.ndjson", documents)
    return folder


@pytest.fixture(scope="module")
def undisturbed(landing, tmp_path_factory, duckdb_engine):
    desk = Desk(tmp_path_factory.mktemp("undisturbed"), duckdb_engine, TERMS).open()
    assert desk.take(landing).count.as_json() == {
        "received": FILES * LISTS,
        "accepted": FILES * LISTS - len(FAULTY),
        "set_aside": len(FAULTY),
        "repeated": 0,
    }
    return desk.dump()


@pytest.mark.slow
def test_an_intake_killed_again_and_again_ends_where_an_undisturbed_one_does(
    tmp_path, landing, undisturbed, duckdb_engine
):
    desk = Desk(tmp_path / "region", duckdb_engine).open()
    random_ = random.Random(11)
    kills = 0
    while kills < KILLS:
        process = start(desk.root, landing)
        until = len(desk.lake.batches())
        # Wait until it has begun to write, so that kills do not all fall into the start of Python.
        while process.poll() is None and len(desk.lake.batches()) == until:
            time.sleep(0.05)
        time.sleep(random_.random() * 0.3)
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += 1
    process = start(desk.root, landing)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert kills == KILLS
    assert desk.dump() == undisturbed
    ids = [write.batch_id for write in desk.lake.batches() if write.table_name == "received_files"]
    assert len(ids) == len(set(ids)) == FILES // 2
    assert desk.rows("received_files")["file_id"].n_unique() == desk.rows("received_files").height == FILES
    assert not [path for path in (desk.root / ".lake-documents").iterdir() if path.is_dir()]


@pytest.mark.slow
def test_two_intakes_of_one_folder_at_once_both_end_right(tmp_path, landing, undisturbed, duckdb_engine):
    desk = Desk(tmp_path / "region", duckdb_engine).open()
    both = [start(desk.root, landing) for _ in range(2)]
    for process in both:
        _, said = process.communicate(timeout=180)
        assert process.returncode == 0, said
    assert dump(Lake(desk.root / "lake")) == undisturbed
