"""Laying cases out for matching: the diagnosis key, the operations that count, the way of treatment.

Cases that agree in these share a pattern; everything that does not look at cost is decided once per pattern.
"""

from dataclasses import dataclass

import polars as pl

from tongchou.grouping.dip.rules import TREATMENTS, UNCOUNTED, DipRules

NO_PRINCIPAL = "no_principal_diagnosis"
UNKNOWN_DIAGNOSIS = "unknown_diagnosis"
JOINT = "+"
"""Joins the operations of a pattern, in order."""

CARRIED = (
    "year",
    "total_fen",
    "level",
    "age_years",
    "age_days",
    "los_days",
    "discharge_way",
    "icu_hours",
    "drug_fen",
    "consumable_fen",
    "treatment_fen",
)
"""What is measured of a case, or steers its auxiliary class."""

_CATEGORY = 3
_PATTERN = ("diagnosis", "category", "chapter", "reason", "operations", "treatment")


@dataclass(frozen=True, slots=True)
class Layout:
    """Cases by pattern.

    Attributes:
        cases: One row per case, in their order: `row, pattern, principal_operation` and `CARRIED` of the case.
        diagnoses: `row, diagnoses`, apart, since they are heavy to carry along.
        patterns: `pattern`; `diagnosis` (4-character key, null for a category alone), `category` (3 characters),
            `chapter`; `reason` why it cannot be grouped, else null; `operations` joined by `JOINT`, `treatment`.
        operations: `pattern, diagnosis, operation`, a row per counted operation of a pattern.
    """

    cases: pl.DataFrame
    diagnoses: pl.DataFrame
    patterns: pl.DataFrame
    operations: pl.DataFrame


def lay_out(cases: pl.DataFrame, rules: DipRules) -> Layout:
    """Lay out checked cases (`cases.COLUMNS`).

    An operation given twice counts once. Patterns are numbered in the order of their content, so the numbers do not
    depend on the order of the cases.
    """
    numbered = cases.with_row_index("row")
    principal = numbered.select("row", pl.col("diagnoses").list.first().alias("code"))
    keys = _diagnosis_keys(principal.get_column("code").unique(), rules)
    operations = _operations(numbered, rules)
    placed = (
        principal.join(keys, on="code", how="left", nulls_equal=True, maintain_order="left")
        .join(operations, on="row", how="left", maintain_order="left")
        .with_columns(pl.col("operations").fill_null(""), pl.col("treatment").fill_null(TREATMENTS[0]))
    )
    patterns = placed.select(_PATTERN).unique().sort(_PATTERN, nulls_last=True).with_row_index("pattern")
    numbers = placed.join(patterns, on=list(_PATTERN), how="left", nulls_equal=True, maintain_order="left")
    laid = numbered.select("row", *CARRIED).with_columns(
        numbers.get_column("pattern"), numbers.get_column("principal_operation")
    )
    counted = (
        patterns.filter((pl.col("operations") != "") & pl.col("diagnosis").is_not_null())
        .select("pattern", "diagnosis", pl.col("operations").str.split(JOINT).alias("operation"))
        .explode("operation")
    )
    return Layout(laid, numbered.select("row", "diagnoses"), patterns, counted)


def treatment_of(operations: frozenset[str], rules: DipRules) -> str:
    """Return the way of treatment of a set of operations: the heaviest of their kinds."""
    ranks = [TREATMENTS.index(kind) for kind in map(rules.treatments.closest, operations) if kind in TREATMENTS]
    return TREATMENTS[max(ranks, default=0)]


def _diagnosis_keys(codes: pl.Series, rules: DipRules) -> pl.DataFrame:
    rows: list[tuple[str | None, str | None, str | None, str | None, str | None]] = []
    for code in codes.to_list():
        chapter = rules.chapters.closest(code[:_CATEGORY]) if code and _is_category(code[:_CATEGORY]) else None
        if chapter is None:
            rows.append((code, None, None, None, UNKNOWN_DIAGNOSIS if code else NO_PRINCIPAL))
        else:
            has_key = len(code) >= rules.diagnosis_characters
            key = code[: rules.diagnosis_characters] if has_key else None
            rows.append((code, key, code[:_CATEGORY], chapter, None))
    names = ("code", "diagnosis", "category", "chapter", "reason")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _is_category(text: str) -> bool:
    return len(text) == _CATEGORY and text.isascii() and "A" <= text[0] <= "Z" and text[1:].isdecimal()


def _operations(numbered: pl.DataFrame, rules: DipRules) -> pl.DataFrame:
    """Return a row per case with counted operations: they in order, the principal one, the heaviest kind."""
    given = (
        numbered.select("row", pl.col("procedures").alias("code"))
        .filter(pl.col("code").list.len() > 0)
        .explode("code")
        .drop_nulls()
    )
    kinds = _operation_kinds(given.get_column("code").unique(), rules)
    counted = given.join(kinds, on="code", how="inner", maintain_order="left")
    once = counted.unique(["row", "operation"], keep="first", maintain_order=True)
    names = pl.DataFrame({"rank": range(len(TREATMENTS)), "treatment": TREATMENTS}, schema_overrides={"rank": pl.Int64})
    return (
        once.group_by("row", maintain_order=True)
        .agg(
            pl.col("operation").sort().str.join(JOINT).alias("operations"),
            pl.col("operation").first().alias("principal_operation"),
            pl.col("rank").max(),
        )
        .join(names, on="rank", how="left", maintain_order="left")
        .drop("rank")
    )


def _operation_kinds(codes: pl.Series, rules: DipRules) -> pl.DataFrame:
    rows = []
    for code in codes.to_list():
        operation = code[: rules.operation_characters] if rules.operation_characters else code
        kind = rules.treatments.closest(operation)
        if kind is not None and kind != UNCOUNTED:
            rows.append((code, operation, TREATMENTS.index(kind)))
    return pl.DataFrame(rows, schema={"code": pl.String, "operation": pl.String, "rank": pl.Int64}, orient="row")
