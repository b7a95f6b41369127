"""The cases of every check, and what the checks find in their documents."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from tests.intake.checks.clean import BASES, CODES, Rows, batch, changed, reference

from tongchou.intake.checks.catalogue import own_catalogue
from tongchou.intake.checks.running import Checker

CASES = Path(__file__).parents[2] / "cases" / "intake" / "checks"
PARTS = ("fires", "inside", "not_for")
_OWN = ("base", "finds", "without", "twice", "many")


class _Written(yaml.SafeLoader):
    """Codes and dates stay as written; only whole numbers, true, false and null are read as such."""


_Written.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":int", ":bool", ":null"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _cases() -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(CASES.glob("*.yaml")):
        content = yaml.load(path.read_text(encoding="utf-8"), _Written)
        assert not set(content) & set(found), "a check has its cases in one place"
        found |= content
    return found


CASES_BY_CHECK = _cases()
CHECKS = [check.id for check in own_catalogue().checks.values() if check.place == "sql"]


def seen(check: str, part: str) -> tuple[pl.DataFrame, bool]:
    """Return the check's findings in the documents of a case, and whether it applied to one of them."""
    found, applicability, numbers = looked_at()
    mine = pl.col("_document").is_in(numbers[check, part])
    return found.filter(mine, pl.col("check") == check), bool(applicability.filter(mine)[check].any())


@cache
def looked_at() -> tuple[pl.DataFrame, pl.DataFrame, dict[tuple[str, str], list[int]]]:
    """Check the documents of all cases, those that need the same in one batch."""
    groups: dict[tuple[str, str, tuple[str, ...]], dict[int, Rows]] = {}
    numbers: dict[tuple[str, str], list[int]] = {}
    number = 0
    for check, part, given in _all_cases():
        kind, transaction, _ = BASES[given.get("base", "list")]
        group = groups.setdefault((kind, transaction, tuple(given.get("without", ()))), {})
        for rows in _documents(given):
            number += 1
            numbers.setdefault((check, part), []).append(number)
            own = rows.get("settlement_lists", [{}])[0]
            if own.get("settlement_number") == "S1" and check != "Q05":
                own["settlement_number"] = f"S1-{number}"
            group[number] = rows
    found, applicability = [], []
    for (kind, transaction, without), group in groups.items():
        with Checker(reference(*without), own_catalogue()) as checker:
            found.append(checker.check(batch(kind, transaction, list(group.values()), list(group))))
            applicability.append(checker.applicability())
    return pl.concat(found), pl.concat(applicability), numbers


def _all_cases() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for check, parts in CASES_BY_CHECK.items():
        for part in PARTS:
            if part in parts:
                yield check, part, parts[part] or {}


def _documents(given: Mapping[str, Any]) -> list[Rows]:
    rows = changed(given.get("base", "list"), {name: value for name, value in given.items() if name not in _OWN})
    for table, count in given.get("many", {}).items():
        rows[table] = [{"_seq": place, "code": next(iter(CODES))} for place in range(1, count + 1)]
    return [rows, rows] if given.get("twice") else [rows]
