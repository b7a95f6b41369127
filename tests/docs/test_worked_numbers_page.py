"""The page of worked numbers is true: its files exist, its numbers stand in them, its parameters are declared."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tongchou.policy import Policy

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "worked-numbers.md").read_text(encoding="utf-8")
FILE = re.compile(r"`(tests/[\w/]+\.(?:yaml|py))`")
PARAMETER = re.compile(r"`((?:alliance|benefit|payment|settlement)/[\w/]+)`")
NUMBER = re.compile(r"(?<![\w.])-?\d[\d,_]*(?:\.\d+)?(?![\w%])")
NOT_BUILT: set[str] = set()


def _rows(heading: str) -> list[list[str]]:
    part = PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


NUMBERS = _rows("算例")
SIDES = _rows("分歧")


def _numbers(text: str) -> set[Decimal]:
    return {Decimal(re.sub("[,_]", "", found)) for found in NUMBER.findall(text.replace("−", "-"))}


def test_every_file_of_the_page_exists() -> None:
    named = set(FILE.findall(PAGE))
    assert len(named) > 50
    assert {name for name in named if not (ROOT / name).is_file()} == set()


@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: f"{row[0]} {row[1].partition(' / ')[2]}")
def test_every_number_stands_in_a_file_of_its_row(row: list[str]) -> None:
    section, what, numbers, files = row
    assert re.fullmatch(r"\d+(\.\d+)?", section)
    assert " / " in what
    written = set().union(*(_numbers((ROOT / name).read_text(encoding="utf-8")) for name in FILE.findall(files)))
    wanted = _numbers(numbers)
    assert wanted
    assert wanted - written == set()


def test_every_section_with_worked_numbers_is_on_the_page() -> None:
    sections = {row[0].partition(".")[0] for row in NUMBERS}
    assert {str(number) for number in range(2, 11)} <= sections


def test_every_parameter_of_the_page_is_declared() -> None:
    named = set(PARAMETER.findall(PAGE))
    assert len(named) > 20
    assert named - set(Policy.load().chain("national").parameters) == set()


def test_every_contradiction_has_a_row_and_a_test_unless_it_is_said_not_to_be_built() -> None:
    assert [row[0] for row in SIDES] == [f"C{number}" for number in range(1, 23)]
    assert {row[0] for row in SIDES if "没有做" in row[3]} == NOT_BUILT
    for number, _, _, sides, files in SIDES:
        assert " / " in sides
        assert FILE.findall(files) or number in NOT_BUILT


def test_a_setting_of_a_contradiction_is_set_by_a_case_of_its_row() -> None:
    for number, _, settings, _, files in SIDES:
        text = "".join((ROOT / name).read_text(encoding="utf-8") for name in FILE.findall(files))
        for name in PARAMETER.findall(settings):
            assert name in text, (number, name)
