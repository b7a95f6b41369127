"""The page of the ledger says what the ledger does: its commands are run, its tables and bytes compared."""

import json
import re
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tongchou.cli.ledger_key import KEY_VARIABLE
from tongchou.cli.main import app
from tongchou.ledger.accounts import chart_of_accounts
from tongchou.ledger.entry import Entry, Leg
from tongchou.ledger.log import entry_record
from tongchou.ledger.periods import State
from tongchou.ledger.transfers import _OF_ONE, _OF_ONE_OR_ALL
from tongchou.ledger.verify import canonical_bytes, hash_of, leaf_hash
from tongchou.runs.books import Books
from tongchou.runs.region import open_region
from tongchou.store.engines import open_engine

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if line.startswith(("tongchou ", "python "))
]


def run(command: str) -> tuple[int, str]:
    first, *arguments = shlex.split(command)
    if first == "tongchou":
        result = CliRunner().invoke(app, arguments)
        return result.exit_code, result.output
    done = subprocess.run([sys.executable, *arguments], capture_output=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout + done.stderr


def more_booked(region: Path) -> None:
    place = open_region(region)
    legs = (Leg("fund.expense.tele_service", 5), Leg("fund.cash", -5))
    entry = Entry("x1/test", date(2025, 12, 31), "x1", "test", "memo", legs)
    with open_engine("duckdb") as engine, place.lake.batch("x1", "settle") as batch:
        Books(place.lake, engine, place.region_id).book(batch, [entry], "sm3")


def test_every_command_of_the_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    assert run("tongchou demo --cases 200 --folder demo/county")[0] == 0
    assert len(COMMANDS) == 17
    cash = run("tongchou ledger statement --region demo/county --account fund.cash --json")[1]
    entry = json.loads(cash)["statements"][0]["legs"][0]["entry_id"]
    for command in COMMANDS:
        if "--on 2026-08-01" in command:
            more_booked(Path("demo/county"))
        size = (
            str(json.loads(Path("head.json").read_text(encoding="utf-8"))["size"]) if Path("head.json").exists() else ""
        )
        status, output = run(command.replace("ENTRY", entry).replace("SIZE", size))
        assert status == 0, f"{command}\n{output}"
    for file in ("statement.xlsx", "trial.xlsx", "books.journal", "proof.json", "growth.json", "ledger.key.pub"):
        assert Path(file).stat().st_size > 0


def test_the_chart_on_the_page_is_the_chart() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| \S+ (\w+) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    assert rows == [(each.code, each.kind.value, each.title.zh, each.title.en) for each in chart_of_accounts()]


def test_every_state_and_every_party_is_on_the_page() -> None:
    assert re.findall(r"^\| `(\w+)` (\S+) \|", PAGE, re.MULTILINE) == [(state.value, state.label.zh) for state in State]
    parties = PAGE.partition("往来方 party")[2].partition("\n\n")[0]
    assert all(f"`{kind}`" in parties for kind in ("fund", *_OF_ONE, *_OF_ONE_OR_ALL))


def test_the_bytes_on_the_page_are_those_that_are_hashed() -> None:
    found = re.search(r"```json\n(.*?)\n```", PAGE)
    assert found is not None
    legs = (Leg("payable.hospital.H1", 9_500), Leg("fund.cash", -9_500))
    entry_id = "r1/ledger.month.paid/H1/2025-01"
    entry = Entry(entry_id, date(2025, 1, 31), "r1", "ledger.month.paid", "H1 2025-01 住院月拨付", legs)
    data = canonical_bytes(entry_record(entry))
    assert found[1].encode() == data
    for name in ("sm3", "sha256"):
        assert f"`{leaf_hash(hash_of(name), data).hex()}`" in PAGE


def test_every_option_of_the_page_is_one() -> None:
    assert KEY_VARIABLE in PAGE
    assert "`ledger/hash_algorithm`" in PAGE
    assert (ROOT / "src/tongchou/packs/policies/national/parameters/ledger/hash_algorithm.yaml").exists()
