"""The commands of the ledger as an officer and a hospital type them."""

import csv
import json
import os
import shutil
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from typer.testing import CliRunner, Result

from tongchou.cli.ledger_key import KEY_VARIABLE
from tongchou.cli.main import app
from tongchou.ledger.entry import Entry, Leg
from tongchou.ledger.log import newest_head
from tongchou.runs.books import Books
from tongchou.runs.region import open_region
from tongchou.schema.results import JOURNAL, LEDGER_LOG, TREE_HEADS
from tongchou.store.engines import open_engine

ON = ("--on", "2026-07-01")
WHO = ("--by", "张三", "--reason", "测试")


def ledger(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["ledger", *(str(each) for each in arguments)])


def said(*arguments: object) -> dict[str, object]:
    result = ledger(*arguments, "--json")
    return json.loads(result.stdout)


@pytest.fixture(autouse=True)
def no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ledger") / "county"
    result = CliRunner().invoke(app, ["demo", "--cases", "300", "--folder", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def county(settled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(settled, tmp_path / "county"))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.key"
    assert ledger("key", "--out", path).exit_code == 0
    return path


@pytest.fixture
def signed(county: Path, key: Path) -> Path:
    result = ledger("head", "--region", county, "--key", key, *ON)
    assert result.exit_code == 0, result.output
    return county


def some_entry(county: Path) -> str:
    found = said("statement", "--region", county, "--account", "fund.cash")
    return found["statements"][0]["legs"][3]["entry_id"]  # type: ignore[index]


def check(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tongchou.ledger.verify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def rewritten(county: Path, table: str, rows: list[dict[str, object]], schema: pa.Schema) -> None:
    """Put other rows where the newest committed version of a table has its own, as somebody with the disk could."""
    lake = open_region(county).lake
    first, *others = lake.files(table, lake.snapshot())
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows, schema=schema), first)
    for other in others:
        pq.write_table(schema.empty_table(), other)


def rows_of(county: Path, table: str) -> list[dict[str, object]]:
    lake = open_region(county).lake
    return DeltaTable(lake.path(table), version=lake.snapshot().versions[table]).to_pyarrow_table().to_pylist()


def test_a_key_is_made_for_its_owner_only(key: Path, county: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_text(encoding="ascii").startswith("-----BEGIN PRIVATE KEY-----")
    assert (key.parent / "ledger.key.pub").read_text(encoding="ascii").startswith("-----BEGIN PUBLIC KEY-----")
    before = key.read_bytes()
    assert said("key", "--out", key)["code"] == "cli.key_exists"
    assert key.read_bytes() == before
    assert said("key", "--out", county / "lake" / "ledger.key")["code"] == "cli.key_in_region"


def test_a_head_is_signed_once_and_shown_to_everybody(county: Path, key: Path, tmp_path: Path) -> None:
    assert said("head", "--region", county)["head"]["signature"] is None  # type: ignore[index]
    assert said("head", "--region", county, "--out", tmp_path / "none.json")["code"] == "cli.head_not_signed"
    first = said("head", "--region", county, "--key", key, *ON)["head"]
    assert (first["signed_on"], first["algorithm"], first["log"]) == ("2026-07-01", "sm3", "demo_county")  # type: ignore[index]
    again = said("head", "--region", county, "--key", key, "--on", "2026-08-01")["head"]
    assert again == first
    shown = said("head", "--region", county, "--out", tmp_path / "head.json")["head"]
    assert shown == first == json.loads((tmp_path / "head.json").read_text(encoding="utf-8"))
    assert check(tmp_path / "head.json", "--key", f"{key}.pub").returncode == 0


@pytest.mark.parametrize("as_path", [True, False], ids=["path", "pem"])
def test_the_key_may_be_in_the_environment(
    county: Path, key: Path, monkeypatch: pytest.MonkeyPatch, *, as_path: bool
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, str(key) if as_path else key.read_text(encoding="ascii"))
    found = said("head", "--region", county, *ON)
    assert found["head"]["signature"]  # type: ignore[index]


@pytest.mark.skipif(os.name != "posix", reason="rights of files")
def test_a_key_that_others_may_read_signs_nothing(county: Path, key: Path) -> None:
    key.chmod(0o644)
    assert said("head", "--region", county, "--key", key, *ON)["code"] == "cli.key_exposed"


@pytest.mark.parametrize("content", ["", "x", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_a_sentence(county: Path, tmp_path: Path, content: str) -> None:
    wrong = tmp_path / "wrong.key"
    wrong.write_text(content, encoding="ascii")
    wrong.chmod(0o600)
    assert said("head", "--region", county, "--key", wrong)["code"] == "cli.key"
    assert said("verify", "--region", county, "--key", wrong)["code"] == "cli.key"


def test_the_private_key_is_nowhere_in_the_region(signed: Path, key: Path) -> None:
    secret = key.read_bytes().splitlines()[1]
    assert all(secret not in path.read_bytes() for path in signed.rglob("*") if path.is_file())


def test_a_hospital_checks_an_entry_alone(signed: Path, key: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    entry = some_entry(signed)
    assert ledger("prove", entry, "--region", signed, "--out", proof).exit_code == 0
    shutil.rmtree(signed)
    done = check(proof, "--key", f"{key}.pub")
    assert done.returncode == 0, done.stderr
    assert entry in done.stdout
    proof.write_text(proof.read_text(encoding="utf-8").replace("fund.cash", "pool.risk"), encoding="utf-8")
    refused = check(proof, "--key", f"{key}.pub")
    assert refused.returncode == 1
    assert "the entry is not in the log that was signed" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_what_cannot_be_proved_is_a_sentence(county: Path, key: Path, tmp_path: Path) -> None:
    out = tmp_path / "proof.json"
    assert said("prove", "none", "--region", county, "--out", out)["code"] == "runs.no_entry"
    assert said("prove", some_entry(county), "--region", county, "--out", out)["code"] == "runs.nothing_signed"
    assert said("prove-growth", 5, "--region", county, "--out", out)["code"] == "runs.nothing_signed"
    assert not out.exists()


def more_booked(county: Path, number: int) -> None:
    place = open_region(county)
    legs = (Leg("fund.expense.tele_service", number), Leg("fund.cash", -number))
    entry = Entry(f"x{number}/test", date(2025, 12, 31), f"x{number}", "test", "memo", legs)
    with open_engine("duckdb") as engine, place.lake.batch(f"x{number}", "settle") as batch:
        Books(place.lake, engine, place.region_id).book(batch, [entry], "sm3")


def test_the_log_grows_and_its_growth_is_proved(signed: Path, key: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    assert ledger("head", "--region", signed, "--out", old).exit_code == 0
    size = json.loads(old.read_text(encoding="utf-8"))["size"]
    more_booked(signed, 1)
    more_booked(signed, 2)
    verified = said("verify", "--region", signed)
    assert (verified["ok"], verified["logged"], verified["signed"]) == (True, size + 2, size)
    growth = tmp_path / "growth.json"
    assert said("prove", "x2/test", "--region", signed, "--out", growth)["code"] == "ledger.head_too_small"
    assert ledger("head", "--region", signed, "--key", key, "--on", "2026-08-01").exit_code == 0
    assert ledger("prove-growth", size, "--region", signed, "--out", growth).exit_code == 0
    assert check(growth, "--key", f"{key}.pub", "--kept", old).returncode == 0
    assert ledger("prove-growth", size, size + 2, "--region", signed, "--out", growth).exit_code == 0
    assert said("prove-growth", size + 1, "--region", signed, "--out", growth)["code"] == "runs.nothing_signed"
    assert said("prove-growth", size + 2, size, "--region", signed, "--out", growth)["code"] == "ledger.head_order"


def test_a_change_that_still_balances_is_found(signed: Path, tmp_path: Path) -> None:
    assert said("verify", "--region", signed)["problems"] == []
    rows = rows_of(signed, "journal")
    legs = [row for row in rows if row["entry_id"] == some_entry(signed)]
    legs[0]["amount_fen"] += 100  # type: ignore[operator]
    legs[1]["amount_fen"] -= 100  # type: ignore[operator]
    rewritten(signed, "journal", rows, JOURNAL.arrow_schema)
    result = ledger("verify", "--region", signed)
    assert result.exit_code == 1
    assert "[ledger.log_changed]" in result.output
    assert "[ledger.head_differs]" in result.output
    entry = some_entry(signed)
    assert said("prove", entry, "--region", signed, "--out", tmp_path / "p.json")["code"] == "ledger.head_differs"


def test_what_was_tampered_with_is_not_signed(signed: Path, key: Path) -> None:
    more_booked(signed, 1)
    rows = [row | {"memo": "forged"} if row["run_id"] == "x1" else row for row in rows_of(signed, "journal")]
    rewritten(signed, "journal", rows, JOURNAL.arrow_schema)
    result = ledger("head", "--region", signed, "--key", key)
    assert result.exit_code == 1
    assert "[ledger.log_changed]" in result.output


def test_an_entry_taken_out_with_its_place_in_the_log_is_found(signed: Path) -> None:
    gone = some_entry(signed)
    kept = [row for row in rows_of(signed, "journal") if row["entry_id"] != gone]
    rewritten(signed, "journal", kept, JOURNAL.arrow_schema)
    log = [row for row in rows_of(signed, "ledger_log") if row["entry_id"] != gone]
    log = [row | {"position": place} for place, row in enumerate(sorted(log, key=lambda row: row["position"]))]  # type: ignore[arg-type,return-value]
    rewritten(signed, "ledger_log", log, LEDGER_LOG.arrow_schema)
    codes = {problem["code"] for problem in said("verify", "--region", signed)["problems"]}  # type: ignore[union-attr,index]
    assert codes == {"ledger.head_differs", "ledger.head_beyond"}


def test_heads_that_were_taken_away_or_signed_by_another_are_found_with_the_key(
    signed: Path, key: Path, tmp_path: Path
) -> None:
    assert said("verify", "--region", signed, "--key", f"{key}.pub")["ok"] is True
    other = tmp_path / "other.key"
    ledger("key", "--out", other)
    result = said("verify", "--region", signed, "--key", f"{other}.pub")
    assert [problem["code"] for problem in result["problems"]] == ["ledger.head_key"]  # type: ignore[union-attr,index]
    unsigned = [row for row in rows_of(signed, "tree_heads") if row["signature"] is None]
    rewritten(signed, "tree_heads", unsigned, TREE_HEADS.arrow_schema)
    result = said("verify", "--region", signed, "--key", f"{key}.pub")
    assert [problem["code"] for problem in result["problems"]] == ["ledger.head_key"]  # type: ignore[union-attr,index]


def test_a_log_that_has_begun_keeps_its_hash_whatever_the_policy_says_later(county: Path, key: Path) -> None:
    file = county / "policy" / "parameters" / "ledger" / "hash_algorithm.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("values:\n  - from: 2020-01-01\n    value: sha256\n    source: {title: 测试}\n", encoding="utf-8")
    assert said("head", "--region", county, "--key", key, *ON)["head"]["algorithm"] == "sm3"  # type: ignore[index]
    assert said("verify", "--region", county)["ok"] is True


def test_journal_log_and_head_arrive_together_or_not_at_all(signed: Path) -> None:
    place = open_region(signed)
    legs = (Leg("fund.expense.tele_service", 5), Leg("fund.cash", -5))
    entry = Entry("x9/test", date(2025, 12, 31), "x9", "test", "memo", legs)
    with open_engine("duckdb") as engine:
        books = Books(place.lake, engine, place.region_id)
        before = newest_head(books.heads())
        with pytest.raises(KeyboardInterrupt), place.lake.batch("x9", "settle") as batch:
            books.book(batch, [entry], "sm3")
            raise KeyboardInterrupt
        assert newest_head(books.heads()) == before
        assert "x9/test" not in books.journal()["entry_id"].to_pylist()
        assert "x9/test" not in books.log_rows()["entry_id"].to_pylist()
        with place.lake.batch("x9", "settle") as batch:
            grown = books.book(batch, [entry], "sm3")
        assert newest_head(books.heads()) == grown.head
        assert books.log_rows()["entry_id"].to_pylist()[-1] == "x9/test"
        assert books.problems(books.heads()) == []


def test_periods_are_opened_locked_and_listed(county: Path) -> None:
    opened = said("period", "open", "2025-01..2025-03", "--region", county, *WHO, *ON)
    assert opened["changed"] == ["2025-01", "2025-02", "2025-03"]
    assert said("period", "lock", "2025-01", "2025-02", "--region", county, *WHO, *ON)["state"] == "locked"
    assert ledger("period", "close", "2025-01", "--region", county, *WHO, *ON).exit_code == 0
    found = said("period", "list", "--region", county)
    assert found["periods"] == {"2025-01": "closed", "2025-02": "locked", "2025-03": "open"}
    assert found["changes"][0] == {  # type: ignore[index]
        "sequence": 1,
        "period": "2025-01",
        "state": "open",
        "changed_on": "2026-07-01",
        "changed_by": "张三",
        "reason": "测试",
    }
    assert "张三" in ledger("period", "list", "--region", county).output


@pytest.mark.parametrize(
    ("action", "periods", "code"),
    [
        ("lock", ["2025-02"], "ledger.period_order"),
        ("close", ["2025-01"], "ledger.period_order"),
        ("open", ["2025-05"], "ledger.period_order"),
        ("open", ["2025-03", "2025-05"], "ledger.period_order"),
        ("open", ["2025-3"], "ledger.period"),
        ("open", ["2025-04..2025-03"], "ledger.period"),
        ("open", ["2025..2025-03"], "ledger.period"),
    ],
)
def test_periods_out_of_order_are_refused_and_none_is_changed(
    county: Path, action: str, periods: list[str], code: str
) -> None:
    ledger("period", "open", "2025-01", "2025-02", "--region", county, *WHO, *ON)
    before = said("period", "list", "--region", county)
    result = ledger("period", action, *periods, "--region", county, *WHO, *ON)
    assert result.exit_code == 1
    assert f"[{code}]" in result.output
    assert said("period", "list", "--region", county) == before


def test_nothing_is_booked_in_a_locked_period(county: Path) -> None:
    ledger("period", "open", "2025", "--region", county, *WHO, *ON)
    months = [f"2025-{number:02d}" for number in range(1, 13)]
    more_booked(county, 1)
    ledger("period", "lock", *months, "--region", county, *WHO, *ON)
    from tongchou.core.errors import TongchouError

    with pytest.raises(TongchouError) as refused:
        more_booked(county, 2)
    assert refused.value.code == "ledger.period_not_open"
    assert "x2/test" not in {row["entry_id"] for row in rows_of(county, "journal")}


def test_a_member_s_statement_is_text_json_and_a_workbook(settled: Path, tmp_path: Path) -> None:
    out = tmp_path / "statement.xlsx"
    asked = ("statement", "--region", settled, "--member", "H00000000001", "--period", "2025-03")
    assert ledger(*asked, "--out", out).exit_code == 0
    found = said(*asked)["statements"]
    assert [each["account"] for each in found] == ["deposit.hospital.H00000000001", "payable.hospital.H00000000001"]  # type: ignore[index,union-attr]
    for each in found:  # type: ignore[union-attr]
        assert each["opening_fen"] + sum(leg["amount_fen"] for leg in each["legs"]) == each["closing_fen"]  # type: ignore[index]
    sheet = openpyxl.load_workbook(out)["对账单"]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert "期初余额" in str(cells)
    assert any(str(cell).startswith("=F") for row in cells for cell in row)
    assert "期末" in ledger(*asked).output


@pytest.mark.parametrize("options", [(), ("--member", "H1", "--account", "fund.cash")])
def test_a_statement_is_of_a_member_or_of_an_account(settled: Path, options: tuple[str, ...]) -> None:
    assert ledger("statement", "--region", settled, *options).exit_code == 2


def test_a_stranger_s_statement_is_a_sentence(settled: Path) -> None:
    assert said("statement", "--region", settled, "--member", "H404")["code"] == "ledger.no_accounts"
    assert said("statement", "--region", settled, "--account", "petty")["code"] == "ledger.unknown_account"
    assert said("trial-balance", "--region", settled, "--period", "March")["code"] == "ledger.period"


@pytest.mark.parametrize("span", [(), ("--period", "2025-03"), ("--period", "2025"), ("--on", "2025-03-31")])
def test_a_trial_balance_sums_to_zero(settled: Path, tmp_path: Path, span: tuple[str, ...]) -> None:
    out = tmp_path / "trial.xlsx"
    lines = said("trial-balance", "--region", settled, *span, "--out", out)["accounts"].values()  # type: ignore[union-attr,attr-defined]
    assert sum(line["closing_fen"] for line in lines) == sum(line["opening_fen"] for line in lines) == 0
    assert sum(line["debits_fen"] for line in lines) == sum(line["credits_fen"] for line in lines) > 0
    sheet = openpyxl.load_workbook(out)["试算平衡表"]
    formulas = [cell.value for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=SUM")]
    assert len(formulas) == 4


def test_the_books_are_exported_as_csv_workbook_and_text(settled: Path, tmp_path: Path) -> None:
    legs = said("verify", "--region", settled)["legs"]
    for name in ("books.csv", "books.xlsx", "books.journal"):
        assert ledger("export", "--region", settled, "--out", tmp_path / name).exit_code == 0
    with (tmp_path / "books.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert (len(rows), sum(int(row["amount_fen"]) for row in rows)) == (legs, 0)
    text = (tmp_path / "books.journal").read_text(encoding="utf-8")
    assert text.count(" CNY\n") == legs
    sheet = openpyxl.load_workbook(tmp_path / "books.xlsx")["序时账"]
    assert sum(1 for row in sheet.iter_rows(min_col=1, max_col=1) if str(row[0].value).startswith("202")) == legs
    assert sorted(path.name for path in tmp_path.iterdir()) == ["books.csv", "books.journal", "books.xlsx"]


@pytest.mark.parametrize("name", ["books.csv", "books.xlsx", "books.journal"])
def test_an_interrupted_export_leaves_the_earlier_file(
    settled: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / name
    out.write_text("earlier", encoding="utf-8")

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", broken)
    assert ledger("export", "--region", settled, "--out", out).exit_code == 1
    assert out.read_text(encoding="utf-8") == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_region_without_entries_says_so(tmp_path: Path, key: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "region.yaml").write_text("id: e\nname: {zh: 空, en: empty}\npack: national\n", encoding="utf-8")
    assert said("verify", "--region", empty)["ok"] is True
    assert said("trial-balance", "--region", empty)["accounts"] == {}
    assert said("head", "--region", empty, "--key", key)["code"] == "runs.nothing_booked"
    assert ledger("export", "--region", empty, "--out", tmp_path / "b.xlsx").exit_code == 1
    assert ledger("export", "--region", empty, "--out", tmp_path / "b.journal").exit_code == 0


@pytest.mark.parametrize(
    "command",
    [
        "key",
        "head",
        "prove",
        "prove-growth",
        "statement",
        "trial-balance",
        "period open",
        "period lock",
        "period close",
        "period list",
    ],
)
def test_every_command_of_the_ledger_explains_itself_with_an_example(command: str) -> None:
    result = ledger(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"tongchou ledger {command}" in result.output


def test_the_table_of_batches_is_only_added_to(signed: Path) -> None:
    lake = open_region(signed).lake
    kinds = [write.kind for write in lake.batches() if write.table_name in {"ledger_log", "tree_heads"}]
    assert kinds == ["settle", "settle", "ledger"]
    with pytest.raises(KeyError):
        _ = lake.snapshot().versions["ledger_periods"]
    write_deltalake(lake.path("tree_heads"), TREE_HEADS.arrow_schema.empty_table(), mode="append")
    assert said("verify", "--region", signed)["ok"] is True  # what no batch names was never there
