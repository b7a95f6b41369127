"""The officer's page can be followed: every file on it is a pack's, every command answers as it says."""

import ast
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from tongchou.alliance.contract import MECHANISMS
from tongchou.cli.main import app
from tongchou.policy import Policy
from tongchou.runs.agreements import _READ_THERE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
SOURCE = ROOT / "src" / "tongchou"
FILES = re.findall(r"`(\S+\.yaml)`:\n\n```yaml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """Return the exit status and output of every command of the page, run in their order beside its files."""
    folder = tmp_path_factory.mktemp("page")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        # The county must be generated into a folder that is still empty: its packs are written after it.
        for number, line in enumerate(COMMANDS):
            program, *arguments = shlex.split(line)
            assert program == "tongchou"
            result = CliRunner().invoke(app, arguments)
            found[line] = (result.exit_code, result.output)
            if number == 0:
                for name, content in FILES:
                    Path(name).parent.mkdir(parents=True, exist_ok=True)
                    Path(name).write_text(content, encoding="utf-8")
    return found


def test_every_block_of_the_page_is_run() -> None:
    assert PAGE.count("```yaml\n") == len(FILES) >= 10
    assert PAGE.count("```") == 2 * (len(FILES) + len(re.findall("```sh\n", PAGE)) + len(re.findall("```text\n", PAGE)))
    assert len(COMMANDS) == len(set(COMMANDS)) >= 15


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_page_answers(line: str, answers: dict[str, tuple[int, str]]) -> None:
    status, output = answers[line]
    assert status == 0, output


def test_what_the_page_says_lint_answers_is_what_it_answers(answers: dict[str, tuple[int, str]]) -> None:
    (block,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    lint = next(line for line in COMMANDS if "policy lint" in line)
    for line in block.splitlines():
        assert line in answers[lint][1]


def test_the_agreements_of_the_page_answer_for_those_whom_they_are_for(answers: dict[str, tuple[int, str]]) -> None:
    history = next(line for line in COMMANDS if "policy history" in line and "H00000000001" in line)
    content = json.loads(answers[history][1])
    assert [(each["pack"], each["value"]) for each in content["written"]] == [
        ("H00000000001", "0.9"),
        ("demo_city", "0.95"),
    ]
    explained = answers[next(line for line in COMMANDS if "explain" in line)][1]
    assert "月度预付比例 = 0.9 ratio，自 2025-01-01 起" in explained
    assert "医联体质量得分 = 86.5 points，自 2025-12-31 起" in explained
    assert "合同期限至：2027-12-31" in explained


def test_a_value_past_its_review_is_named_wherever_the_page_says(answers: dict[str, tuple[int, str]]) -> None:
    def said(*words: str) -> str:
        return answers[next(line for line in COMMANDS if all(word in line for word in words))][1]

    name = "alliance/contract/term"
    assert f"参数已过复核期限 / past its review 2025-10-31: {name} = 2027-12-31" in said("settle", "--period")
    assert "复核期限已过：2025-10-31" in said("explain")
    assert "复核期限 2025-10-31" in said("policy show", "alliance/contract")
    found = json.loads(said("policy lint", "--json"))["findings"]
    assert any(each["check"] == "review_missed" and name in each["where"] for each in found)


def test_every_check_of_lint_is_on_the_page_with_its_severity_and_no_other() -> None:
    named = set(re.findall(r"^\| `(\w+)` \| (warning|ask|hint) \|", PAGE, re.MULTILINE))
    made = set()
    for path in (SOURCE / "policy").glob("lint*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding":
                check, severity = node.args[:2]
                assert isinstance(check, ast.Constant)
                assert isinstance(severity, ast.Attribute)
                made.add((check.value, severity.attr.lower()))
    assert named == made
    assert len(made) == 8


def test_every_parameter_of_a_contract_is_on_the_page_with_its_choices() -> None:
    rows = dict(re.findall(r"^\| `(alliance/(?:contract|deficit)/\w+)` \| (.+) \|$", PAGE, re.MULTILINE))
    declared = {
        name: each
        for name, each in Policy.load().chain("national").parameters.items()
        if name.startswith("alliance/contract/") or name == "alliance/deficit/rule"
    }
    assert rows.keys() == declared.keys()
    for name, parameter in declared.items():
        named = re.findall(r"`(\w+)`", rows[name])
        wanted = list(MECHANISMS) if name.endswith("/allows") else list(parameter.choices)
        assert [each for each in named if each in wanted] == wanted


def test_every_refusal_of_an_agreement_and_of_a_contract_is_on_the_page() -> None:
    named = set(re.findall(r"^\| `((?:runs|alliance)\.\w+)` \|", PAGE, re.MULTILINE))
    sources = "".join((SOURCE / "runs" / f"{name}.py").read_text() for name in ("agreements", "agreed_terms"))
    contract = (SOURCE / "alliance" / "contract.py").read_text(encoding="utf-8")
    made = set(re.findall(r'TongchouError\(\s+"((?:runs|alliance)\.\w+)"', sources + contract))
    assert named == made | {"runs.changes_within_period"}


def test_what_is_read_from_an_agreement_is_what_the_page_says() -> None:
    rows = re.findall(r"^\| \S+政策包 an? (alliance|hospital)'s pack \| (.+) \|$", PAGE, re.MULTILINE)
    assert {level: set(re.findall(r"`([\w/]+)`", names)) for level, names in rows} == {
        level: set(names) for level, names in _READ_THERE.items()
    }


def test_every_file_of_the_page_has_the_keys_that_the_page_explains() -> None:
    for name, content in FILES:
        keys = set(yaml.safe_load(content))
        assert keys == ({"id", "name", "level", "parent"} if name.endswith("pack.yaml") else {"values"})


def test_every_link_of_the_page_leads_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    targets = re.findall(r"\]\(#([^)]+)\)", PAGE)
    assert len(targets) == 8
    assert set(targets) <= anchors
