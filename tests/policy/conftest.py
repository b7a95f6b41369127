"""Small packs written for a test."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tongchou.core.errors import Problems, TongchouError
from tongchou.policy import Policy
from tongchou.policy.chain import join_chains
from tongchou.policy.pack import read_pack

DIMENSIONS = """
level: {title: {zh: 等级, en: level}, values: [tertiary, primary]}
kind: {title: {zh: 类别, en: kind}, values: [inpatient, outpatient]}
institution_id: {title: {zh: 机构, en: institution}, values: any}
"""


@pytest.fixture(scope="session")
def write_pack(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that writes a pack into a new folder: id, level, parent, file content by name."""

    def write(
        region_id: str, level: str = "national", parent: str = "null", files: Mapping[str, str] | None = None
    ) -> Path:
        folder = tmp_path_factory.mktemp(region_id)
        names = {
            "pack.yaml": f"{{id: {region_id}, name: {{zh: {region_id}区, en: {region_id}}}, "
            f"level: {level}, parent: {parent}}}"
        }
        if level == "national":
            names["dimensions.yaml"] = DIMENSIONS
        names |= {f"parameters/{name}.yaml": content for name, content in (files or {}).items()}
        for name, content in names.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
        return folder

    return write


@pytest.fixture(scope="session")
def policy_of() -> Callable[..., Policy]:
    """Return a function that loads the packs in some folders and no built-in ones."""

    def load(*folders: Path) -> Policy:
        problems: list[TongchouError] = []
        packs = [pack for folder in folders if (pack := read_pack(folder, problems))]
        chains = join_chains(packs)
        if problems:
            raise Problems(problems)
        return Policy(chains)

    return load


@pytest.fixture(scope="session")
def declared() -> Callable[..., str]:
    """Return a function that writes a parameter file: unit, dated values (YAML), dimensions, further keys."""

    def write(unit: str, values: Mapping[str, str], dimensions: str = "[]", more: str = "") -> str:
        lines = [
            "title: {zh: 甲, en: thing}",
            "meaning: {zh: 甲的含义, en: what thing means}",
            f"unit: {unit}",
            f"dimensions: {dimensions}",
            *([more] if more else []),
            dated(values),
        ]
        return "\n".join(lines)

    return write


@pytest.fixture(scope="session")
def only_values() -> Callable[[Mapping[str, str]], str]:
    """Return a function that writes a parameter file of a lower pack: dated values and nothing else."""
    return dated


def dated(values: Mapping[str, str]) -> str:
    """Return the `values` of a parameter file."""
    if not values:
        return "values: []"
    entries = (
        f"  - {{from: {day}, value: {value}, source: {{title: 文件, number: 测〔2025〕1号}}}}"
        for day, value in values.items()
    )
    return "\n".join(["values:", *entries])
