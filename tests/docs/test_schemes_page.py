"""The scheme manual says what schemes do: its example, its findings, its rules."""

import ast
import csv
import re
from pathlib import Path

import pytest
import yaml
from tests.grouping.cases import case

from tongchou.core.errors import TongchouError
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.review.scheme_check import check_scheme
from tongchou.grouping.schemes.library import HOME_VARIABLE, find_scheme, find_whole_tables, install_scheme
from tongchou.grouping.schemes.rule_parser import parse_rule
from tongchou.grouping.schemes.tables import MANIFEST_KEYS, TABLES, read_tables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "schemes.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.partition("### A city's edition, step by step")[2].partition("\n## ")[0]
BUILT_IN = "chs-drg-category"


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    folder = tmp_path / "written"
    folder.mkdir()
    for name, content in re.findall(r"`([a-z_]+\.(?:yaml|csv))`:\n\n```\w+\n(.*?)```", EXAMPLE, re.DOTALL):
        (folder / name).write_text(content, encoding="utf-8")
    install_scheme(read_tables(folder), "example-city")
    return "example-city"


def test_the_city_s_edition_groups_as_the_page_says(city: str) -> None:
    rows = re.findall(r"^\| (.+?); (?:.*?; )?(\d+) years \| `(\w+)` \| `(\w+)` \|$", EXAMPLE, re.MULTILINE)
    assert len(rows) == 5
    base, changed = Grouper(find_scheme(BUILT_IN)), Grouper(find_scheme(city))
    for codes, age, before, after in rows:
        diagnoses, _, procedures = codes.replace(",", "").partition(" procedure ")
        patient = case(diagnoses, procedures, age_years=int(age), ventilator_hours=120)
        assert (base.group_one(patient).drg, changed.group_one(patient).drg) == (before, after), codes


def test_the_city_s_edition_breaks_nothing(city: str) -> None:
    findings = check_scheme(find_whole_tables(city), find_scheme(city))
    before = check_scheme(find_whole_tables(BUILT_IN), find_scheme(BUILT_IN))
    new = {(each.check, each.where) for each in findings} - {(each.check, each.where) for each in before}
    assert new == {("base_not_pinned", "scheme.yaml base_fingerprint")}


def test_every_check_is_on_the_page_and_no_other() -> None:
    named = set(re.findall(r"^\| `([a-z_]+)` \| (?:error|warning|note) \|", PAGE, re.MULTILINE))
    made: set[str] = set()
    for path in (ROOT / "src" / "tongchou" / "grouping" / "review").glob("*check*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) >= 4 and isinstance(node.args[0], ast.Constant):
                made.add(node.args[0].value)
    assert named == made


def test_every_table_is_shown_with_its_columns() -> None:
    pages = PAGE.partition("## The tables, page by page")[2].partition("\n## ")[0]
    shown = {tuple(block.splitlines()[0].split(",")) for block in re.findall(r"```csv\n(.*?)```", pages, re.DOTALL)}
    assert shown == set(TABLES.values())
    assert {name for name in TABLES if f"`{name}`" in pages} == set(TABLES)


def test_every_rule_on_the_page_is_one() -> None:
    blocks = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    rules = [row["rule"] for block in blocks for row in csv.DictReader(block.splitlines()) if row.get("rule")]
    language = PAGE.partition("## The rule language")[2].partition("Numbers:")[0]
    for cell in re.findall(r"^\| (`.*?`) \|", language, re.MULTILINE):
        rules += cell.strip("`").split("`, `")
    constructs = re.findall(r"`([^`]+)`", PAGE.partition("## What each edition asks for")[2].replace("\\|", "|"))
    rules += [words for words in constructs if "(" in words]
    assert len(rules) > 50
    for rule in rules:
        try:
            parse_rule(rule.replace("(L)", "(dx)").replace("(N)", "(1)").replace(">=N", ">=2"), rule)
        except TongchouError as error:
            pytest.fail(str(error))


def test_the_manifest_on_the_page_has_every_key_in_its_order() -> None:
    block = re.search(r"## The manifest\n\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    assert tuple(yaml.safe_load(block[1])) == MANIFEST_KEYS


def test_every_link_of_the_page_leads_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert target.removeprefix("#") in anchors if target.startswith("#") else (ROOT / "docs" / target).exists(), (
            target
        )
