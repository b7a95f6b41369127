"""`tongchou privacy`: keys, revealing, rotation, exports and the log, from the command line."""

import json
from datetime import date

import polars as pl
import pytest
from typer.testing import CliRunner

from tongchou.cli.main import app
from tongchou.privacy.keys import read_ring
from tongchou.privacy.sealed_map import SealedMap
from tongchou.schema.tables import CASES, PERSONS
from tongchou.store.lake import Lake


@pytest.fixture
def region(tmp_path):
    folder = tmp_path / "county"
    folder.mkdir()
    (folder / "region.yaml").write_text("{id: R1, name: {zh: 县, en: county}, pack: p}", encoding="utf-8")
    return folder


@pytest.fixture
def keys(tmp_path):
    assert run("key", "new", tmp_path / "keys").exit_code == 0
    return tmp_path / "keys"


def run(*words):
    return CliRunner().invoke(app, ["privacy", *map(str, words)])


def test_a_pseudonym_is_revealed_before_and_after_new_keys_and_the_log_tells(region, keys, tmp_path):
    own = {"psn_no": ["33010001"], "psn_name": ["张三丰"]}
    (person,) = SealedMap(region, "R1", read_ring(keys)).person_ids(own)
    asked = ["--region", region, "--purpose", "稽核通知", "--who", "王芳", "--keys", keys, "--json"]
    assert json.loads(run("reveal", person, *asked).output)["found"] == {person: own}
    assert run("key", "renew", keys).exit_code == 0
    rotated = run("rotate", *asked, "--out", tmp_path / "aliases.csv")
    assert json.loads(rotated.output) == {"ok": True, "persons": 1, "aliases": 1}
    _, alias, kind, version = (tmp_path / "aliases.csv").read_text().splitlines()[1].split(",")
    assert (kind, version) == ("person_number", "2")
    assert json.loads(run("reveal", alias, *asked).output)["found"] == {alias: own}
    verified = json.loads(run("log", "verify", "--region", region, "--json").output)
    assert verified["entries"] == 3
    assert run("log", "verify", "--region", region, "--head", verified["head"]).exit_code == 0
    shown = json.loads(run("log", "show", "--region", region, "--json").output)["entries"]
    assert [entry["action"] for entry in shown] == ["reveal", "rotate", "reveal"]
    log = region / "access" / "log.ndjson"
    log.write_text(log.read_text(encoding="utf-8").replace("王芳", "李梅"), encoding="utf-8")
    assert "privacy.log_broken" in run("log", "verify", "--region", region).output


def test_unknown_pseudonym_missing_key_and_wrong_key_are_sentences(region, keys, tmp_path, monkeypatch):
    for name in ("TONGCHOU_KEY_RING", "TONGCHOU_PSEUDONYM_KEY", "TONGCHOU_MAP_KEY"):
        monkeypatch.delenv(name, raising=False)
    (person,) = SealedMap(region, "R1", read_ring(keys)).person_ids({"psn_no": ["1"]})
    asked = ["--region", region, "--purpose", "稽核", "--who", "王芳"]
    other = tmp_path / "other"
    taken = ["--who", "w", "--keys", keys]
    run("key", "new", other)
    for words, code in (
        (["reveal", "Pnobody", *asked, "--keys", keys], "privacy.unknown_pseudonym"),
        (["reveal", person, *asked], "privacy.no_key"),
        (["reveal", person, *asked, "--keys", other], "privacy.wrong_key"),
        (["key", "new", keys], "privacy.key_exists"),
        (["export", "--region", region, "--table", "fees", "--out", "x.csv", "--who", "w"], "privacy.no_key"),
        (["export", "--region", region, "--table", "fees", "--out", "x.csv", *taken], "privacy.no_export"),
        (["export", "--region", region, "--table", "cases", "--out", "x.txt", *taken], "privacy.export_format"),
        (["export", "--region", region, "--table", "cases", "--out", "x.csv", *taken, "--k", 1], "privacy.k"),
    ):  # fmt: skip
        result = run(*words)
        assert result.exit_code == 1
        assert code in result.output
        assert "Traceback" not in result.output


def test_an_export_is_k_anonymous_cannot_be_joined_and_is_logged(region, keys, tmp_path):
    count = 400
    people = {"person_id": [f"P{n}" for n in range(count)], "sex": "male", "born_on": date(1950, 1, 1)}
    people |= {"insurance_type": "employee", "area_id": [f"3301{n % 3:02d}" for n in range(count)]}
    own = {column.name: None for column in CASES.columns} | {
        "case_id": [f"C{n}" for n in range(count)],
        "person_id": [f"P{n}" for n in range(count)],
        "institution_id": "H1",
        "insurance_type": "employee",
        "sex": ["male", "female"] * (count // 2),
        "age_years": [n * 7 % 100 for n in range(count)],
        "admission_route": "emergency",
        "admitted_on": [date(2025, 1 + n % 12, 1) for n in range(count)],
        "discharged_on": date(2025, 12, 31),
        "settled_on": date(2025, 12, 31),
        "los_days": [1 + n % 20 for n in range(count)],
        "discharge_way": "home",
        "icu_hours": 0,
        "ventilator_hours": 0,
        "total_fen": [123_456 + n for n in range(count)],
        "self_paid_fen": 0,
        "first_self_pay_fen": 0,
        "over_limit_fen": 0,
    }
    with Lake(region / "lake").batch("b", "intake") as batch:
        for table, rows in ((PERSONS, people | {"chronic_diseases": None}), (CASES, own)):
            frame = pl.DataFrame(rows).select(column.name for column in table.columns)
            batch.write(table, frame.to_arrow().cast(table.arrow_schema).to_reader())
    out = tmp_path / "cases.csv"
    result = run(
        "export", "--region", region, "--table", "cases", "--out", out, "--who", "王芳", "--keys", keys, "--json"
    )
    report = json.loads(result.output)
    assert report["rows_in"] == count == report["rows_out"] + report["rows_suppressed"]
    assert json.loads((tmp_path / "cases.csv.report.json").read_text()) == {
        key: value for key, value in report.items() if key not in {"ok", "out"}
    }
    rows = pl.read_csv(out, infer_schema=False)
    assert rows.height == report["rows_out"] >= count * 0.95
    quasi = ["age_years", "sex", "area_id", "admitted_on", "insurance_type", "los_days"]
    assert rows.group_by(quasi).len()["len"].min() >= 5
    assert not set(rows["case_id"]) & set(own["case_id"])
    assert "person_id" not in rows.columns
    assert rows["total_fen"].unique().to_list() == ["120000"]
    (entry,) = json.loads(run("log", "show", "--region", region, "--json").output)["entries"]
    assert (entry["action"], entry["table"], entry["row_count"]) == ("export", "cases", rows.height)
    stricter = json.loads(
        run(
            "export", "--region", region, "--table", "cases", "--out", out, "--who", "王芳", "--keys", keys, "--json",
            "--k", 50,
        ).output
    )  # fmt: skip
    assert pl.read_csv(out, infer_schema=False).group_by(quasi).len()["len"].min() >= 50
    assert stricter["information_loss_e4"] > report["information_loss_e4"]
