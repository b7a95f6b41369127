"""`tongchou exchange feedback`: what was found in lists goes back, a line a list."""

import json
from pathlib import Path

import orjson
from tests.intake.deliveries.conftest import Desk
from tests.intake.deliveries.plain import INSTITUTION, settlement_list
from typer.testing import CliRunner

from tongchou.cli.main import app
from tongchou.store.engines import open_engine


def _feedback(region: Path, out: Path, *more: str) -> list[dict[str, object]]:
    words = ["exchange", "feedback", "--region", str(region), "--out", str(out), "--json", *more]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0, told.output
    lines = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert json.loads(told.stdout)["lists"] == len(lines)
    return lines


def test_each_list_comes_back_with_what_was_found_in_it_last(tmp_path: Path) -> None:
    (tmp_path / "region.yaml").write_text("id: county\npack: demo\nname: {zh: 甲县, en: County}\n", encoding="utf-8")
    with open_engine("duckdb") as engine:
        desk = Desk(tmp_path, engine).open()
        faulty = settlement_list(2, sex="7")
        nameless = settlement_list(4, person_name=None)
        nameless["tables"]["list_diagnoses"][0]["code"] = None
        desk.hand_in([settlement_list(1), faulty, settlement_list(3, sex="8"), nameless], "first")
        desk.hand_in([settlement_list(3)], "second")
    lines = _feedback(tmp_path, tmp_path / "feedback.ndjson")
    results = {line["setl_id"]: (line["qltctrl_rslt"], line["err_lv"], line["retn_flag"]) for line in lines}
    assert results["S2"] == ("0", "E", "1")
    # The third was mended and stands: what was wrong at first is not told again.
    assert {results[name][0] for name in ("S1", "S3")} == {"1"}
    fields = {line["setl_id"]: {each["exam_data_fld"] for each in line["detailinfo"]} for line in lines}
    # A field that is one of identity is named; what stands in it is not.
    assert (fields["S2"], fields["S4"], fields["S1"]) == ({"gend"}, {"psn_name", "diag_code"}, set())
    assert all(each["init_val"] is None for line in lines for each in line["detailinfo"])
    assert {line["fixmedins_code"] for line in lines} == {INSTITUTION}
    assert {line["fixmedins_name"] for line in lines} == {"甲县人民医院"}
    said = (tmp_path / "feedback.ndjson").read_text(encoding="utf-8")
    assert "Q03" in said
    assert not [name for name in ("张三丰", "李四", "13800138000", "3201011940") if name in said]
    assert _feedback(tmp_path, tmp_path / "none.ndjson", "--institution", "H11010100002") == []
