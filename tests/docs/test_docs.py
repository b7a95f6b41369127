"""The documents say what the source says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tongchou"


def test_the_error_page_is_what_the_source_says() -> None:
    result = subprocess.run(
        [sys.executable, "tools/errors_page.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_every_room_stands_in_the_architecture_and_no_other() -> None:
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    table = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("| room")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == rooms


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "CHANGELOG.md"])
def test_every_link_inside_the_project_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        assert "://" in target or (ROOT / target).exists(), target


def test_both_readmes_show_the_same_commands() -> None:
    def commands(page: str) -> list[str]:
        blocks = re.findall(r"```\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
        return re.findall(r"^(?:make|tongchou) \S+", "\n".join(blocks), re.MULTILINE)

    assert commands("README.md") == commands("README.zh-CN.md")


def test_no_document_names_an_identifier_that_the_glossary_writes_otherwise() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_0-9]+_(?:fen|e4))`", glossary))
    columns = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    assert {name for name in named if name not in columns} == set()
