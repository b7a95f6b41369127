"""Scenarios as acts: listed, made, run through the desk, compared; names hidden from who may not see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongchou.access.admission import note_deed
from tongchou.access.masking import built_in_masking
from tongchou.access.subject import Subject
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records import run_orders
from tongchou.records.models import RunOrder
from tongchou.workplace.place import Workplace
from tongchou.workplace.scenario_files import (
    ScenarioFile,
    ScenarioForm,
    keep_scenario,
    scenario_file,
    scenario_files,
    text_of,
)
from tongchou.workplace.scenario_orders import SCENARIO_PREFIX, Occasion, order_trial
from tongchou.workplace.scenario_trying import WORKBOOK_FILE, read_result, read_scenario_text
from tongchou.workplace.sight import numbers, only_masked

KIND = "scenarios"
_OF_INSTITUTIONS = ("institutions", "ranking")


@dataclass(frozen=True, slots=True)
class ScenarioLine:
    """A scenario and its last trial.

    Attributes:
        file: The scenario.
        order: The trial ordered last; None where none was.
    """

    file: ScenarioFile
    order: RunOrder | None


def scenarios_of(place: Workplace, subject: Subject) -> list[ScenarioLine]:
    """Return the region's scenarios and the examples for it, each with its last trial.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "scenarios.read", "aggregate")
    with place.records.reading() as session:
        orders = run_orders.run_orders(session, kind=run_orders.SCENARIO, limit=1_000)
    last: dict[str, RunOrder] = {}
    for order in orders:
        last.setdefault(str(order.details["about"]), order)
    return [ScenarioLine(each, last.get(_about(each.scenario_id))) for each in scenario_files(place.region)]


def scenario_of(place: Workplace, subject: Subject, scenario_id: str) -> ScenarioLine:
    """Return a scenario with its last trial.

    Raises:
        TongchouError: `access.refused`; `workplace.no_scenario`.
    """
    place.admit(subject, "scenarios.read", "aggregate", where=scenario_id)
    file = scenario_file(place.region, scenario_id)
    with place.records.reading() as session:
        orders = run_orders.run_orders(session, kind=run_orders.SCENARIO, about=_about(scenario_id), limit=1)
    return ScenarioLine(file, orders[0] if orders else None)


def make_scenario(place: Workplace, subject: Subject, wanted: str | ScenarioForm) -> ScenarioLine:
    """Keep a scenario from the text of its file, or from a form.

    Raises:
        TongchouError: `access.refused`; `workplace.scenario_taken`.
        Problems: Everything that is wrong with it, each problem with its place in the text.
    """
    place.admit(subject, "scenarios.run", "aggregate")
    content = wanted if isinstance(wanted, str) else text_of(wanted, place.region)
    scenario = keep_scenario(place.region, content)
    with place.records.writing() as session:
        note_deed(session, subject, "scenarios.run", KIND, scenario.scenario_id, place.now())
    return ScenarioLine(scenario_file(place.region, scenario.scenario_id), None)


def run_scenario(place: Workplace, subject: Subject, scenario_id: str) -> RunOrder:
    """Order that a scenario be tried.

    Raises:
        TongchouError: `access.refused`; `workplace.no_scenario`.
        Problems: Everything that is wrong with it.
    """
    place.admit(subject, "scenarios.run", "aggregate", where=scenario_id)
    file = scenario_file(place.region, scenario_id)
    occasion = Occasion(_about(scenario_id), "scenarios.run", KIND, scenario_id)
    return order_trial(place, subject, occasion, file.content)


def result_of(place: Workplace, subject: Subject, scenario_id: str) -> dict[str, Any]:
    """Return what a scenario came to; institutions under a number and small groups left out where masked.

    Raises:
        TongchouError: `access.refused`; `workplace.no_scenario`; `workplace.not_tried`; `workplace.bad_result`.
    """
    decision = place.admit(subject, "scenarios.read", "aggregate", where=scenario_id)
    result = read_result(_folder(place, scenario_id))
    return _masked(place, result) if decision.outcome == "masked" else result


def results_beside(place: Workplace, subject: Subject, left: str, right: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what two scenarios came to, to be read side by side.

    Raises:
        TongchouError: As `result_of`; `workplace.other_base` if they were not compared with the same run.
    """
    one, other = result_of(place, subject, left), result_of(place, subject, right)
    if one["base_run"] != other["base_run"]:
        raise TongchouError(
            "workplace.other_base",
            what=Text("两个情景对照的不是同一批次", "the two scenarios were not compared with the same run"),
            where=f"{one['base_run']} / {other['base_run']}",
            why=Text("年度不同，或其间数据、政策有变", "their years differ, or data or policy changed in between"),
            remedy=Text("都重新运行一次再比较", "run both again, and compare them then"),
        )
    return one, other


def workbook_of(place: Workplace, subject: Subject, scenario_id: str) -> Path:
    """Return the workbook of a scenario's comparison; it names institutions and so is for who sees them in full.

    Raises:
        TongchouError: `access.refused`, also where the result is seen with names hidden; `workplace.no_scenario`;
            `workplace.not_tried`.
    """
    decision = place.admit(subject, "scenarios.read", "aggregate", where=scenario_id)
    if decision.outcome == "masked":
        raise only_masked(scenario_id, decision)
    folder = _folder(place, scenario_id)
    read_result(folder)
    return folder / WORKBOOK_FILE


def _about(scenario_id: str) -> str:
    return f"{SCENARIO_PREFIX}{scenario_id}"


def _folder(place: Workplace, scenario_id: str) -> Path:
    content = scenario_file(place.region, scenario_id).content
    return read_scenario_text(place.region, content).folder(place.region)


def _masked(place: Workplace, result: Mapping[str, Any]) -> dict[str, Any]:
    sections = dict(result["sections"])
    ids = [line["key"] for line in sections["institutions"]["lines"]]
    small = {line["key"] for line in sections["institutions"]["lines"] if _is_small(line)}
    # By the base: so two scenarios over the same base can be read side by side.
    aliases = numbers(place, str(result["base_run"]), ids)
    for name in _OF_INSTITUTIONS:
        kept = [line for line in sections[name]["lines"] if line["key"] not in small]
        lines = [_aliased(line, aliases[line["key"]]) for line in kept]
        if name == "institutions":
            lines.sort(key=lambda line: line["key"])
        sections[name] = {**sections[name], "lines": lines}
    groups = [line for line in sections["groups"]["lines"] if not _is_small(line)]
    sections["groups"] = {**sections["groups"], "lines": groups}
    return {**result, "sections": sections}


def _is_small(line: Mapping[str, Any]) -> bool:
    return any(0 < (line["cases"][side] or 0) < built_in_masking().least_cases for side in ("base", "scenario"))


def _aliased(line: Mapping[str, Any], number: str) -> dict[str, Any]:
    return {**line, "key": number, "name": {"zh": f"机构 {number}", "en": f"institution {number}"}}
