"""What several rooms' tests share."""

import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import settings
from tests.records_on import new_url, postgres_server, records, shared_records  # noqa: F401
from tests.settled_county import settled_county  # noqa: F401
from tests.worked import case  # noqa: F401  # a fixture of every room

from tongchou.policy import Policy, PolicyView

# How long an example takes says nothing of it. Where a change is judged, the examples are the same for all; elsewhere
# they are drawn anew each time, and find what nobody looked for.
settings.register_profile("untimed", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("untimed")

CASES = Path(__file__).parent / "cases"
ViewOf = Callable[..., PolicyView]


@pytest.fixture(scope="session")
def settlement_view(tmp_path_factory: pytest.TempPathFactory) -> ViewOf:
    """Return a function that makes a view of `cases/settlement_policy.yaml`, with some values changed.

    Its argument maps names of parameters to the values that replace those of the file.
    """
    # Numbers stay as written: a float would reach the policy files in another form.
    content = yaml.load((CASES / "settlement_policy.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)

    def view(changes: Mapping[str, object] | None = None) -> PolicyView:
        folder = tmp_path_factory.mktemp("policy")
        _write(
            folder / "pack.yaml",
            "{id: settlement, name: {zh: 测试, en: test}, level: national, parent: null}",
        )
        names = sorted({name for entry in content.values() for name in entry.get("dimensions", ())})
        _write(
            folder / "dimensions.yaml",
            "\n".join(f"{name}: {{title: {{zh: {name}, en: {name}}}, values: any}}" for name in names),
        )
        for name, entry in content.items():
            value = (changes or {}).get(name, entry["value"])
            lines = [
                f"title: {{zh: {name}, en: {name}}}",
                f"meaning: {{zh: {name}, en: {name}}}",
                f"unit: {entry['unit']}",
                f"dimensions: [{', '.join(entry.get('dimensions', ()))}]",
                *(["bands_over: {zh: 指标, en: figure}"] if "bands" in entry else []),
                f"values: [{{from: 2025-01-01, source: {{title: example}}, value: {_flow(value)}}}]",
            ]
            _write(folder / "parameters" / f"{name}.yaml", "\n".join(lines))
        return Policy.load(folder).at(date(2025, 12, 31), "settlement")

    return view


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    return str(value)
