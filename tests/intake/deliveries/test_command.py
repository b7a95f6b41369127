"""The command line: documents and keys, and a folder that is watched."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.intake.deliveries.conftest import INSTITUTIONS, Desk, dump
from tests.intake.deliveries.plain import PlainReader, settlement_list, write
from typer.testing import CliRunner

from tongchou.cli.main import app
from tongchou.intake.deliveries.drop_folder import SETTLED_SECONDS, DropFolder
from tongchou.privacy.keys import new_ring
from tongchou.store.lake import Lake

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def region(tmp_path, duckdb_engine):
    folder = tmp_path / "region"
    Desk(folder, duckdb_engine).open()
    (folder / "region.yaml").write_text("{id: r1, name: {zh: 甲县, en: County}, pack: national}", encoding="utf-8")
    new_ring(tmp_path / "keys.yaml")
    return folder


@pytest.fixture
def tongchou(monkeypatch):
    reader = PlainReader()
    monkeypatch.setattr("tongchou.cli.intake.readers", lambda: {reader.name: reader})

    def run(*args):
        return CliRunner().invoke(app, [str(arg) for arg in args])

    return run


def test_documents_need_a_key_and_are_reported_by_file_and_institution(region, tongchou, tmp_path, monkeypatch):
    monkeypatch.delenv("TONGCHOU_KEY_RING", raising=False)
    lists = write(tmp_path / "lists.ndjson", [settlement_list(1), settlement_list(2, sex="7")])
    refused = tongchou("intake", lists, "--region", region, "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["code"] == "privacy.no_key"
    said = tongchou("intake", lists, "--region", region, "--keys", tmp_path / "keys.yaml", "--json")
    assert said.exit_code == 1
    report = json.loads(said.stdout)
    assert report["documents"]["received"] == 2
    assert report["documents"]["set_aside"] >= 1
    assert set(report["institutions"]) == {"H11010100001"}
    shown = tongchou("intake", lists, "--region", region, "--keys", tmp_path / "keys.yaml")
    assert "lists.ndjson" in shown.stdout
    for name, rows in dump(Lake(region / "lake")).items():
        assert "张三丰" not in repr(rows), name


def test_a_format_that_nobody_knows_is_named(region, tongchou, tmp_path):
    lists = write(tmp_path / "lists.ndjson", [settlement_list(1)])
    said = tongchou("intake", lists, "--region", region, "--format", "morse", "--json")
    assert json.loads(said.stdout)["code"] == "intake.no_such_format"


def test_a_file_is_whole_when_it_no_longer_grows(tmp_path):
    now = [time.time()]
    folder = DropFolder(tmp_path / "drop", tmp_path / "record.jsonl", lambda: now[0])
    folder.folder.mkdir()
    file = folder.folder / "a.ndjson"
    file.write_text("1", encoding="utf-8")
    (folder.folder / "b.ndjson.part").write_text("1", encoding="utf-8")
    assert folder.ready() == []
    now[0] += SETTLED_SECONDS / 2
    file.write_text("12", encoding="utf-8")
    os.utime(file, (now[0], now[0]))
    assert folder.ready() == []
    now[0] += SETTLED_SECONDS
    assert folder.ready() == [file]
    folder.note([(file, "set_aside", None)])
    assert folder.ready() == []
    again = DropFolder(folder.folder, tmp_path / "record.jsonl", lambda: now[0])
    assert again.ready() == []
    assert again.to_try_again() == [file]


_WATCH = """
import sys
import tongchou.cli.intake as command
from tests.intake.deliveries.plain import PlainReader
from tongchou.cli.main import main

if __name__ == "__main__":
    reader = PlainReader()
    command.readers = lambda: {reader.name: reader}
    main()
"""


@pytest.mark.slow
def test_a_watched_folder_is_taken_as_files_come_until_it_is_stopped(region, tmp_path):
    script = tmp_path / "watch.py"
    script.write_text(_WATCH, encoding="utf-8")
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "institutions-more.csv").write_text(
        INSTITUTIONS.replace("H11010100001", "H11010100003").replace("H11010100002", "H11010100004"), encoding="utf-8"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "src")]),
        "TONGCHOU_KEY_RING": str(tmp_path / "keys.yaml"),
    }
    process = subprocess.Popen(
        [sys.executable, str(script), "intake", str(drop), "--region", str(region), "--watch", "--jobs", "1"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        written = write(tmp_path / "lists.ndjson", [settlement_list(1)])
        written.rename(drop / "lists.ndjson")
        (drop / "strange.xyz").write_text("?", encoding="utf-8")
        record = region / "watched.jsonl"
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            said = record.read_text(encoding="utf-8") if record.is_file() else ""
            if all(name in said for name in ("lists.ndjson", "institutions-more.csv", "strange.xyz")):
                break
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    outcomes = {row["name"]: row for row in map(json.loads, record.read_text(encoding="utf-8").splitlines())}
    assert outcomes["strange.xyz"]["outcome"] == "refused"
    assert outcomes["strange.xyz"]["reason"]["problems"][0]["code"] == "intake.unknown_table"
    assert outcomes["institutions-more.csv"]["outcome"] == "taken"
    assert outcomes["lists.ndjson"]["outcome"] in ("taken", "set_aside")
    assert dump(Lake(region / "lake"))["received_files"]
