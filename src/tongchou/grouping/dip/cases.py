"""What a set of cases must look like, and the refusal of one that does not."""

from typing import Any

import polars as pl

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.grouping.dip.problems import cases_problem

CODES = pl.List(pl.String)
COLUMNS: dict[str, Any] = {
    "case_id": pl.String,
    "year": pl.Int64,
    "total_fen": pl.Int64,
    "diagnoses": CODES,
    "procedures": CODES,
    "institution_id": pl.String,
    "person_id": pl.String,
    "level": pl.String,
    "age_years": pl.Int64,
    "age_days": pl.Int64,
    "los_days": pl.Int64,
    "discharge_way": pl.String,
    "icu_hours": pl.Int64,
    "drug_fen": pl.Int64,
    "consumable_fen": pl.Int64,
    "treatment_fen": pl.Int64,
    "admitted_on": pl.Date,
    "discharged_on": pl.Date,
}
"""Every column that the DIP part knows; the principal diagnosis and procedure come first in their lists."""

REQUIRED = ("case_id", "diagnoses", "procedures")
MEASURED = (*REQUIRED, "year", "total_fen")
"""What a case needs to be grouped, and to be built from."""

WHOLE_AS_FRACTION = r"[.]0+$"
"""Ends a whole number as a workbook or a column with gaps writes it: 61.0."""

MOST_FEN = 10**12
"""A cost above ten billion yuan is a slip."""


def check_cases(cases: pl.DataFrame, required: tuple[str, ...]) -> pl.DataFrame:
    """Return the cases with all `COLUMNS`, absent ones as unknown, and nothing else.

    Raises:
        Problems: `grouping.dip_cases` for required columns that are missing or have gaps (codes apart), columns of
            another type, a case number that occurs twice, a cost that is negative or beyond reason.
    """
    problems: list[TongchouError] = []
    absent = [name for name in required if name not in cases.columns]
    if absent:
        names = ", ".join(absent)
        problems.append(
            cases_problem(names, Text("缺少列", "columns are missing"), Text("补上这些列", "add these columns"))
        )
        raise Problems(problems)
    columns = []
    for name, kind in COLUMNS.items():
        if name not in cases.columns:
            columns.append(pl.Series(name, [None], dtype=kind).new_from_index(0, cases.height))
            continue
        try:
            columns.append(cases.get_column(name).cast(kind))
        except pl.exceptions.PolarsError:
            problems.append(_problem(name, Text(f"这一列须为 {kind}", f"the column must be {kind}")))
    if problems:
        raise Problems(problems)
    checked = pl.DataFrame(columns)
    for name in ("case_id", *(each for each in required if each in {"year", "total_fen"})):
        gaps = checked.get_column(name).null_count()
        if gaps:
            problems.append(_problem(name, Text(f"{gaps} 例没有值", f"{gaps} cases have no value")))
    problems += _repeated(checked) + _costs(checked)
    if problems:
        raise Problems(problems)
    return checked


def _repeated(cases: pl.DataFrame) -> list[TongchouError]:
    twice = cases.get_column("case_id").drop_nulls().to_frame().filter(pl.col("case_id").is_duplicated())
    if twice.is_empty():
        return []
    first = twice.get_column("case_id").min()
    count = twice.get_column("case_id").n_unique()
    why = Text(f"{count} 个病例号重复，例如 {first!s}", f"{count} case numbers occur more than once, e.g. {first!s}")
    return [_problem("case_id", why)]


def _costs(cases: pl.DataFrame) -> list[TongchouError]:
    found: list[TongchouError] = []
    for name in ("total_fen", "drug_fen", "consumable_fen", "treatment_fen"):
        wrong = cases.filter((pl.col(name) < 0) | (pl.col(name) > MOST_FEN))
        if wrong.height:
            first = wrong.get_column("case_id").min()
            zh = f"{wrong.height} 例的金额为负或大得不合理，例如 {first!s}"
            en = f"{wrong.height} cases have a negative amount or one beyond reason, e.g. {first!s}"
            found.append(_problem(name, Text(zh, en)))
    return found


def _problem(where: str, why: Text) -> TongchouError:
    return cases_problem(where, why, Text("改正后重新提交", "mend it and hand the cases in again"))
