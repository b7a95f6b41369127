"""Scenario files of a region: its own, and the examples that come with the package; new ones written whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy.exact_yaml import parse_yaml
from tongchou.policy.writing import flow
from tongchou.runs.region import Region
from tongchou.scenarios.scenario import Scenario
from tongchou.workplace.place import no_such
from tongchou.workplace.scenario_trying import read_scenario_text

Origin = Literal["region", "example"]


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A scenario as a file holds it.

    Attributes:
        scenario_id: Its id: the file's name.
        name: Its name; the id where the file cannot be read.
        period: The year it is tried on; empty where the file cannot be read.
        change_count: How many values it changes.
        origin: `region` for the region's own, `example` for one that comes with the package.
        content: Its text.
    """

    scenario_id: str
    name: Text
    period: str
    change_count: int
    origin: Origin
    content: str


@dataclass(frozen=True, slots=True)
class FormChange:
    """A change as a form states it; `value` is written as in a policy file."""

    parameter: str
    value: str
    valid_from: date
    valid_until: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class ScenarioForm:
    """A scenario as a form states it.

    Attributes:
        scenario_id: Its id.
        name: Its name.
        period: The year.
        changes: What it changes.
        assumptions: Assumed behaviour, as the file holds it under `assumptions`; empty for none.
        risk: What is drawn, as the file holds it under `risk`; empty for none.
    """

    scenario_id: str
    name: Text
    period: str
    changes: Sequence[FormChange]
    assumptions: str = ""
    risk: str = ""


def scenario_files(region: Region) -> list[ScenarioFile]:
    """Return the region's scenarios, then the examples that are for it, each by id."""
    own = [_read(path.read_text(encoding="utf-8"), path.stem, "region") for path in _own(region)]
    taken = {each.scenario_id for each in own}
    examples = (_read(content, name, "example") for name, content in _examples(region).items() if name not in taken)
    return [*own, *examples]


def scenario_file(region: Region, scenario_id: str) -> ScenarioFile:
    """Return a scenario's file.

    Raises:
        TongchouError: `workplace.no_scenario`.
    """
    for each in scenario_files(region):
        if each.scenario_id == scenario_id:
            return each
    raise no_such("workplace.no_scenario", Text("没有这个情景", "there is no such scenario"), scenario_id[:100])


def keep_scenario(region: Region, content: str) -> Scenario:
    """Check a scenario's text and keep it as a file of the region.

    Raises:
        Problems: Everything that is wrong with it.
        TongchouError: `workplace.scenario_taken` if there is another one of its id.
    """
    scenario = read_scenario_text(region, content)
    folder = region.folder / "scenarios"
    folder.mkdir(exist_ok=True)
    path = folder / f"{scenario.scenario_id}.yaml"
    draft = path.with_name(f".{path.name}.{scenario.fingerprint[:8]}.draft")
    draft.write_text(content, encoding="utf-8", newline="\n")
    try:
        path.hardlink_to(draft)  # fails where the name is taken, and then nothing is replaced
    except FileExistsError as error:
        if path.read_text(encoding="utf-8") != content:
            raise TongchouError(
                "workplace.scenario_taken",
                what=Text(f"已有情景 {scenario.scenario_id}", f"there is a scenario {scenario.scenario_id} already"),
                where=scenario.scenario_id,
                why=Text("情景一经建立不再改动，结果才说得清", "a scenario stays as it is, so that results stay clear"),
                remedy=Text("换一个编号", "give it another id"),
            ) from error
    finally:
        draft.unlink(missing_ok=True)
    return scenario


def text_of(form: ScenarioForm, region: Region) -> str:
    """Return a form as the text of a scenario file; what the form holds as text is checked when it is read.

    Raises:
        TongchouError: `policy.bad_yaml` for a value, assumptions or risk that is no YAML.
    """
    name = {"zh": form.name.zh, "en": form.name.en}
    lines = [
        f"id: {flow(form.scenario_id)}",
        f"name: {flow(dict(name))}",
        f"base: {{region: {flow(region.region_id)}, period: {form.period}}}",
        "changes:" if form.changes else "changes: []",
    ]
    for number, each in enumerate(form.changes):
        lines += [
            f"  - parameter: {flow(each.parameter)}",
            f"    value: {_one_line(each.value, f'changes[{number}].value')}",
            f"    from: {each.valid_from.isoformat()}",
            *([f"    until: {each.valid_until.isoformat()}"] if each.valid_until else []),
            f"    reason: {flow(each.reason)}",
        ]
    for part in ("assumptions", "risk"):
        words = getattr(form, part)
        if words.strip():
            lines.append(f"{part}: {_one_line(words, part)}")
    return "\n".join(lines) + "\n"


def _one_line(content: str, place: str) -> str:
    return flow(parse_yaml(content, Path(place)))


def _own(region: Region) -> list[Path]:
    return sorted(path for path in (region.folder / "scenarios").glob("*.yaml") if not path.name.startswith("."))


def _examples(region: Region) -> Mapping[str, str]:
    found = {}
    for each in sorted(files("tongchou").joinpath("packs", "scenarios").iterdir(), key=lambda one: one.name):
        if each.name.endswith(".yaml"):
            content = each.read_text(encoding="utf-8")
            head: Any = parse_yaml(content, Path(each.name))
            if head["base"]["region"] == region.region_id:
                found[each.name.removesuffix(".yaml")] = content
    return found


def _read(content: str, scenario_id: str, origin: Origin) -> ScenarioFile:
    """Return the head of a file; what is wrong with it is told when it is opened or run."""
    try:
        raw: Any = parse_yaml(content, Path(scenario_id))
        name = Text(str(raw["name"]["zh"]), str(raw["name"]["en"]))
        return ScenarioFile(scenario_id, name, str(raw["base"]["period"]), len(raw["changes"] or ()), origin, content)
    except (TongchouError, TypeError, KeyError):
        return ScenarioFile(scenario_id, Text.plain(scenario_id), "", 0, origin, content)
