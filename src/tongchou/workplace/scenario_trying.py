"""Trying a scenario and keeping what it comes to beside it: figures for machines, a workbook for people."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Region, open_region
from tongchou.scenarios.behaviour import respond
from tongchou.scenarios.comparison import Comparison, compare
from tongchou.scenarios.risk import fund_risk
from tongchou.scenarios.scenario import Scenario, read_scenario
from tongchou.scenarios.tables import Section
from tongchou.scenarios.trial import run_trial
from tongchou.scenarios.workbook import write_workbook
from tongchou.store.engines import open_engine
from tongchou.workplace.error_places import at_another_place

RESULT_FILE = "result.json"
WORKBOOK_FILE = "comparison.xlsx"


def read_scenario_text(region: Region, content: str) -> Scenario:
    """Read a scenario from its text.

    Raises:
        Problems: Everything that is wrong with it, each problem with its place in the text.
    """
    with tempfile.TemporaryDirectory(prefix="tongchou-scenario-") as folder:
        file = Path(folder) / "scenario.yaml"
        file.write_text(content, encoding="utf-8", newline="\n")
        with at_another_place(str(file), "scenario"):
            return read_scenario(file, region)


def try_scenario(folder: Path, content: str, announce: Callable[[str], None]) -> RunRecord:
    """Compute a scenario, write its comparison and its workbook into the scenario's folder; return its run's record.

    Args:
        folder: The region's folder.
        content: The scenario's text.
        announce: Told each stage when it begins: `base group`, ..., `scenario settle`, `compare`.

    Raises:
        TongchouError: As `run_trial`, `respond` and `fund_risk` say.
    """
    region = open_region(folder)
    scenario = read_scenario_text(region, content)
    with open_engine("duckdb") as engine:
        trial = run_trial(scenario, region, engine, lambda side, stage: announce(f"{side} {stage}"))
    announce("compare")
    comparison = compare(trial)
    behaviour = respond(trial.base, trial.tried, scenario.responses) if scenario.responses else None
    result = _as_json(comparison)
    if behaviour is not None:
        result["responses"] = behaviour.as_json()
    if scenario.risk is not None:
        risk = fund_risk(scenario.risk, trial.base, trial.tried)
        result["risk"] = {"base": risk.base.as_json(), "scenario": risk.tried.as_json()}
    kept = scenario.folder(region)
    write_workbook(comparison, behaviour, kept / WORKBOOK_FILE)
    _write_whole(kept / RESULT_FILE, orjson.dumps(result, option=orjson.OPT_INDENT_2))
    return trial.tried.record


def read_result(folder: Path) -> dict[str, Any]:
    """Return what a scenario came to.

    Raises:
        TongchouError: `workplace.not_tried` if nothing has been computed; `workplace.bad_result` if it is damaged.
    """
    path = folder / RESULT_FILE
    if not path.is_file():
        raise TongchouError(
            "workplace.not_tried",
            what=Text("这个情景还没有运行过", "the scenario has not been run yet"),
            where=folder.name,
            why=Text("对比来自运行的结果", "a comparison is made of what a run comes to"),
            remedy=Text("先运行这个情景", "run it first"),
        )
    try:
        result: dict[str, Any] = orjson.loads(path.read_bytes())
        result["sections"]["fund"]  # what is cut off or of another form is told
    except (ValueError, TypeError, KeyError) as error:
        raise TongchouError(
            "workplace.bad_result",
            what=Text("情景的结果文件已损坏", "the result of the scenario is damaged"),
            where=folder.name,
            why=Text("文件被改动或截断", "the file was changed or cut off"),
            remedy=Text("重新运行这个情景", "run it again"),
        ) from error
    return result


def _as_json(comparison: Comparison) -> dict[str, Any]:
    scenario = comparison.trial.scenario
    result = comparison.as_json()
    result["name"] = {"zh": scenario.name.zh, "en": scenario.name.en}
    result["period"] = str(scenario.period)
    for section in comparison.sections:
        result["sections"][section.name]["measures"] = _measures(section)
    return result


def _measures(section: Section) -> list[dict[str, Any]]:
    """Return the columns of a section with their titles; `key` is what a line calls them."""
    keys = list(section.as_json()["lines"][0])[2:] if section.lines else []
    return [
        {"key": key, "title": {"zh": measure.title.zh, "en": measure.title.en}, "kind": measure.kind}
        for key, measure in zip(keys, section.measures, strict=False)
    ]


def _write_whole(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
