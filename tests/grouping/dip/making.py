"""Cases and rules small enough to reason about."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tongchou.grouping.dip.rules import DipRules
from tongchou.grouping.dip.rules_reading import national_rules, parse_rules


def changed_rules(*changes: tuple[str, str]) -> DipRules:
    """Return the national rules with pieces of their text replaced; each must be there once."""
    text = national_rules().text
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return parse_rules(text, "rules.yaml")


def made_cases(rows: Sequence[tuple[Any, ...]], **columns: Any) -> pl.DataFrame:
    """Return cases from rows of diagnoses, procedures, yuan and, if given, the year; blanks part the codes."""
    return pl.DataFrame(
        {
            "case_id": [f"C{number:04d}" for number in range(len(rows))],
            "diagnoses": [row[0].split() for row in rows],
            "procedures": [row[1].split() for row in rows],
            "total_fen": [row[2] * 100 for row in rows],
            "year": [row[3] if len(row) > 3 else 2025 for row in rows],
            **columns,
        },
        schema_overrides={"diagnoses": pl.List(pl.String), "procedures": pl.List(pl.String)},
    )
