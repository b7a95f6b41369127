"""`tongchou scenario`: trial runs, the fund's risk, and searches; nothing is ever posted."""

from pathlib import Path
from typing import Annotated

import typer

from tongchou.cli.console import console, print_json, speaks_errors, stage_bar
from tongchou.cli.options import EngineOption, JsonOption, RegionOption
from tongchou.cli.scenario_tables import show_comparison, show_proposal, show_risk
from tongchou.cli.settlement import STAGE_TITLES
from tongchou.core.explanation import explanation_as_json
from tongchou.runs.region import Period, Region, open_region
from tongchou.scenarios.behaviour import respond
from tongchou.scenarios.changed import trial_step
from tongchou.scenarios.comparison import compare
from tongchou.scenarios.page import render_page
from tongchou.scenarios.proposal import search_verified, write_proposal
from tongchou.scenarios.risk import fund_risk
from tongchou.scenarios.scenario import Scenario, no_part, other_period, read_scenario
from tongchou.scenarios.search import search as search_for
from tongchou.scenarios.trial import run_starting_point, run_trial
from tongchou.scenarios.workbook import write_workbook
from tongchou.store.engines import open_engine

app = typer.Typer(no_args_is_help=True, help="模拟运行：情景对比、风险、求解 / trials: comparison, risk, search.")

FileArgument = Annotated[
    Path, typer.Argument(help="情景文件（YAML）/ scenario file.", exists=True, dir_okay=False, show_default=False)
]
PeriodOption = Annotated[
    str | None, typer.Option("--period", help="年度，须与文件一致 / year, as in the file.", show_default=False)
]

_SIDES = {"base": "现行 / base", "scenario": "情景 / scenario"}
_TITLES = {f"{side} {stage}": f"{_SIDES[side]} · {title}" for side in _SIDES for stage, title in STAGE_TITLES.items()}


@app.command("run")
@speaks_errors
def run(
    file: FileArgument,
    region: RegionOption,
    period: PeriodOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="对比工作簿 / the comparison as .xlsx.", show_default=False)
    ] = None,
    engine: EngineOption = "duckdb",
    as_json: JsonOption = False,
) -> None:
    """按情景模拟一个年度，与现行政策逐项对比 / try a scenario and compare it with the present policy.

    例 / example:  tongchou scenario run examples/scenarios/level-factors.yaml --region demo/county --period 2025
    """
    opened, scenario = _open(file, region, period)
    with open_engine(engine) as running, stage_bar(_TITLES) as announce:
        trial = run_trial(scenario, opened, running, lambda side, stage: announce(f"{side} {stage}"))
    comparison = compare(trial)
    behaviour = respond(trial.base, trial.tried, scenario.responses) if scenario.responses else None
    folder = scenario.folder(opened)
    workbook = out or folder / "comparison.xlsx"
    write_workbook(comparison, behaviour, workbook)
    page = workbook.with_suffix(".html")
    page.write_text(render_page(comparison, behaviour), encoding="utf-8", newline="\n")
    if as_json:
        responses = {"responses": behaviour.as_json()} if behaviour else {}
        print_json({"ok": True, **comparison.as_json(), **responses, **explanation_as_json(trial_step(trial))})
        return
    show_comparison(comparison, behaviour)
    console.print(f"工作簿 / workbook: {workbook}", soft_wrap=True, markup=False)
    console.print(f"网页 / page: {page}", soft_wrap=True, markup=False)


@app.command("risk")
@speaks_errors
def risk(
    file: FileArgument,
    region: RegionOption,
    period: PeriodOption = None,
    engine: EngineOption = "duckdb",
    as_json: JsonOption = False,
) -> None:
    """抽样估计基金与医联体结果的范围 / draw the range of the fund's and the alliances' results.

    例 / example:  tongchou scenario risk examples/scenarios/level-factors.yaml --region demo/county --period 2025
    """
    opened, scenario = _open(file, region, period)
    if scenario.risk is None:
        raise no_part(scenario, "risk")
    with open_engine(engine) as running, stage_bar(_TITLES) as announce:
        trial = run_starting_point(scenario, opened, running, lambda side, stage: announce(f"{side} {stage}"))
    found = fund_risk(scenario.risk, trial.base, trial.tried)
    if as_json:
        sides = {"base": found.base.as_json(), "scenario": found.tried.as_json()}
        print_json({"ok": True, **sides, **explanation_as_json(found.explanation)})
    else:
        show_risk(found)


@app.command("search")
@speaks_errors
def search(
    file: FileArgument,
    region: RegionOption,
    period: PeriodOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="提案政策包的文件夹 / folder of the proposed pack.", show_default=False)
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="用模拟运行核对提案 / check by a trial run.")] = False,
    engine: EngineOption = "duckdb",
    as_json: JsonOption = False,
) -> None:
    """求满足约束、变动最小的系数、费率或分配比例 / find the least change that meets the constraints.

    例 / example:  tongchou scenario search examples/scenarios/level-factors.yaml --region demo/county --verify
    """
    opened, scenario = _open(file, region, period)
    if scenario.search is None:
        raise no_part(scenario, "search")
    folder = out or scenario.folder(opened) / "proposal"
    verification = None
    with open_engine(engine) as running, stage_bar(_TITLES) as announce:
        trial = run_starting_point(scenario, opened, running, lambda side, stage: announce(f"{side} {stage}"))
        if verify:
            proposal, verification = search_verified(
                trial, scenario.search, folder, running, lambda stage: announce(f"scenario {stage}")
            )
        else:
            proposal = search_for(scenario.scenario_id, scenario.search, trial.base, trial.tried)
            write_proposal(trial, proposal, folder)
    if as_json:
        checked = {"verification": verification.as_json()} if verification else {}
        content = {"ok": True, **proposal.as_json(), "pack": str(folder), **checked}
        print_json({**content, **explanation_as_json(proposal.explanation)})
    else:
        show_proposal(proposal, verification, folder)


def _open(file: Path, region: Path, period: str | None) -> tuple[Region, Scenario]:
    opened = open_region(region)
    scenario = read_scenario(file, opened)
    if period is not None and Period.parse(period) != scenario.period:
        raise other_period(scenario, period)
    return opened, scenario
