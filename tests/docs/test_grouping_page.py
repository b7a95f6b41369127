"""What the page on grouping tells a hospital's programmer to type does what the page says."""

import doctest
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tongchou.cli.main import app

PAGE = (Path(__file__).parents[2] / "docs" / "grouping.md").read_text(encoding="utf-8")


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def _file(name: str) -> str:
    return re.search(rf"`{re.escape(name)}`[^\n]*:\n\n```csv\n(.*?)```", PAGE, re.DOTALL)[1]  # type: ignore[index]


def test_every_command_runs_and_gives_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TONGCHOU_HOME", str(tmp_path / "home"))
    for name in ("cases.csv", "weights.csv"):
        (tmp_path / name).write_text(_file(name), encoding="utf-8")
    commands = [line for block in _blocks("sh") for line in block.splitlines()]
    assert len(commands) > 15
    for command in commands:
        program, *arguments = shlex.split(command)
        result = CliRunner().invoke(app, arguments)
        # A check of a scheme exits with 1 where it finds errors, as the page says.
        assert program == "tongchou"
        assert result.exit_code == 0 or (arguments[:2] == ["scheme", "check"] and result.exit_code == 1), result.output
    assert (tmp_path / "grouped.csv").read_text(encoding="utf-8") == _file("grouped.csv")


def test_every_line_of_python_gives_what_the_page_shows() -> None:
    text = "\n".join(_blocks("python"))
    example = doctest.DocTestParser().get_doctest(text, {}, "grouping.md", "docs/grouping.md", 0)
    assert len(example.examples) > 20
    assert doctest.DocTestRunner().run(example).failed == 0


def test_every_link_of_the_page_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (Path(__file__).parents[2] / "docs" / target).exists(), target
