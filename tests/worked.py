"""Worked examples: YAML files of cases that a lawyer can read, settled by a small pack below the national one."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tongchou.policy import Policy, PolicyView

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Worked:
    """A worked example; every number of it is text, as written, so that amounts reach the comparison exactly.

    Attributes:
        name: What it shows.
        view: The policy: the national declarations, and the example's values for them.
        given: What goes in.
        expect: What comes out.
    """

    name: str
    view: PolicyView
    given: Mapping[str, Any]
    expect: Mapping[str, Any]


def worked(file: str) -> Any:
    """Return a decorator that runs a test with the argument `case` for each example of a file below `tests/cases`.

    The file is a mapping: `policy` (parameter: value) holds for all of its `cases`; each case has `name`, `from` (the
    source of the numbers), `policy` (its own values), `given` and `expect`.
    """
    content = yaml.load((CASES / file).read_text(encoding="utf-8"), yaml.BaseLoader)
    return pytest.mark.parametrize("case", [_Lazy(content, each) for each in content["cases"]], ids=str, indirect=True)


def view_with(values: Mapping[str, object], on: date = date(2025, 12, 31)) -> PolicyView:
    """Return a view of the national pack with values from a pack of a city below it.

    Args:
        values: By parameter; numbers as text or numbers, mappings for dimensions, lists for bands.
        on: The day.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _write(folder / "pack.yaml", {"id": "case", "name": {"zh": "算例", "en": "case"}, "level": "city"})
        for name, value in values.items():
            lines = f"values: [{{from: 2020-01-01, source: {{title: example}}, value: {flow(value)}}}]"
            file = folder / "parameters" / f"{name}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(lines, encoding="utf-8")
        return Policy.load(folder).at(on, "case")


def flow(value: object) -> str:
    """Return a value in YAML's flow style, numbers as they were written."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{key}": {flow(inner)}' for key, inner in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow(inner) for inner in value) + "]"
    return str(value)


class _Lazy:
    """An example whose policy is loaded when its test runs."""

    def __init__(self, content: Mapping[str, Any], case: Mapping[str, Any]) -> None:
        self._policy = {**content.get("policy", {}), **case.get("policy", {})}
        self._case = case

    def __str__(self) -> str:
        return str(self._case["name"])

    def open(self) -> Worked:
        return Worked(str(self), view_with(self._policy), self._case.get("given", {}), self._case["expect"])


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Worked:
    """The example that `worked` parametrises a test with."""
    return request.param.open()


def _write(file: Path, head: Mapping[str, object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{flow(head)[:-1]}, parent: national}}", encoding="utf-8")
