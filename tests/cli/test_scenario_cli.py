"""`tongchou scenario` as a user types it: the documented example, machine output, sentences instead of tracebacks."""

import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from tongchou.cli.main import app

EXAMPLE = Path(__file__).parents[2] / "examples" / "scenarios" / "level-factors.yaml"


def tongchou(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "county"
    assert tongchou("region", "generate", folder, "--seed", 5, "--cases", 300).exit_code == 0
    assert tongchou("intake", folder / "landing", "--region", folder).exit_code == 0
    return folder


@pytest.mark.parametrize("command", [(), ("run",), ("risk",), ("search",)])
def test_help_is_in_both_languages(command: tuple[str, ...]) -> None:
    result = tongchou("scenario", *command, "--help")
    assert result.exit_code == 0
    assert " / " in result.output


def test_the_example_runs_and_writes_its_comparison(county: Path, tmp_path: Path) -> None:
    out = tmp_path / "c.xlsx"
    result = tongchou("scenario", "run", EXAMPLE, "--region", county, "--period", 2025, "--out", out)
    assert result.exit_code == 0, result.output
    for words in ("调整的参数", "个人负担率", "得失排序", "assumed: elasticity", "含反应"):
        assert words in result.output
    assert "机构 Institutions" in openpyxl.load_workbook(out).sheetnames
    assert "echarts.init" in out.with_suffix(".html").read_text(encoding="utf-8")


def test_the_comparison_for_machines_is_in_whole_fen(county: Path) -> None:
    result = tongchou("scenario", "run", EXAMPLE, "--region", county, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["base_run"].endswith("-trial")
    assert told["base_run"] != told["scenario_run"]
    fund = told["sections"]["fund"]
    total = fund["total"]["fund_fen"]
    assert total["difference"] == total["scenario"] - total["base"]
    assert total["scenario"] == sum(line["fund_fen"]["scenario"] for line in fund["lines"])
    assert told["responses"]["with_responses"]["fund_fen"] == total["scenario"] + sum(
        effect["fund_fen"] for effect in told["responses"]["effects"]
    )
    assert told["explanation"]["rule"] == "scenarios.trial"
    assert (county / "scenarios").is_dir()


def test_risk_prints_probability_and_its_error(county: Path) -> None:
    result = tongchou("scenario", "risk", EXAMPLE, "--region", county)
    assert result.exit_code == 0, result.output
    for words in ("10,000", "20250101", "赤字概率", "标准误", "可支付月数", "epidemic"):
        assert words in result.output
    told = [json.loads(tongchou("scenario", "risk", EXAMPLE, "--region", county, "--json").stdout) for _ in range(2)]
    assert told[0] == told[1]
    assert told[0]["base"]["fund_result"]["p5_fen"] < told[0]["base"]["fund_result"]["p95_fen"]


def test_search_writes_a_pack_and_checks_it(county: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    result = tongchou("scenario", "search", EXAMPLE, "--region", county, "--out", pack, "--verify", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["verification"]["missed"] == []
    assert all(demand["is_met"] for demand in told["demands"])
    assert (pack / "parameters" / "payment" / "drg" / "level_factor.yaml").is_file()
    shadow = tongchou("settle", "--region", county, "--period", 2025, "--policy", pack, "--shadow", "--json")
    tried = json.loads((county / "runs" / told["verification"]["run"] / "run.json").read_text(encoding="utf-8"))
    assert json.loads(shadow.stdout)["record"]["table_hashes"] == tried["table_hashes"]


def test_nothing_is_ever_posted(county: Path) -> None:
    assert tongchou("scenario", "run", EXAMPLE, "--region", county).exit_code == 0
    runs = [path.name for path in (county / "runs").iterdir() if path.is_dir()]
    assert runs
    assert all(name.endswith(("-trial", "-shadow")) for name in runs)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("period: 2025", "period: 2031"), "2031"),
        (("region: demo_county", "region: elsewhere"), "scenarios.other_region"),
        (("elasticity: 0.5", "elasticity: much"), "policy.wrong_type"),
        (("id: level-factors", "id: [level"), "policy.bad_yaml"),
    ],
)
def test_a_broken_scenario_is_told_in_a_sentence(county: Path, tmp_path: Path, change, words: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    result = tongchou("scenario", "run", file, "--region", county)
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_missing_part_and_another_period_are_told(county: Path, tmp_path: Path) -> None:
    file = tmp_path / "bare.yaml"
    head = "id: bare\nname: {zh: 空, en: bare}\nbase: {region: demo_county, period: 2025}\nchanges: []\n"
    file.write_text(head, encoding="utf-8")
    for command in ("risk", "search"):
        result = tongchou("scenario", command, file, "--region", county)
        assert (result.exit_code, "scenarios.no_part" in result.output) == (1, True)
    result = tongchou("scenario", "run", file, "--region", county, "--period", 2024)
    assert (result.exit_code, "scenarios.other_period" in result.output) == (1, True)
