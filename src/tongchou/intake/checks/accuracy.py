"""How accurate documents are: by record and by field, by institution and month, against what is asked for.

A record is sound if it has no finding that blocks. A field counts if it is filled in, if it is required, or if a
finding is about it; it is sound if none is. Every share is a quotient of whole numbers: it is compared exactly, and
shown in ten thousandths rounded down, so that nothing below the threshold looks as if it had reached it.
"""

from collections.abc import Sequence

import polars as pl

from tongchou.intake.checks.catalogue import Catalogue
from tongchou.intake.checks.scoring import Scoring
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.typed_batch import TypedBatch
from tongchou.schema.list_fields import list_fields

_FULL_POINTS = 100
_LISTS = "settlement_lists"
_BY = ("institution_id", "month")

MEASURED = pl.Schema(
    {
        DOCUMENT: pl.Int64,
        "institution_id": pl.String,
        "month": pl.String,
        "is_sound": pl.Boolean,
        "fields": pl.Int64,
        "fields_sound": pl.Int64,
        "points": pl.Int64,
        "grade": pl.String,
    }
)
"""A row per document: whose it is, in which month the patient left (`2025-03`), and how it was judged."""

ACCURACY = pl.Schema(
    {
        "institution_id": pl.String,
        "month": pl.String,
        "records": pl.Int64,
        "records_sound": pl.Int64,
        "records_e4": pl.Int64,
        "records_met": pl.Boolean,
        "fields": pl.Int64,
        "fields_sound": pl.Int64,
        "fields_e4": pl.Int64,
        "fields_met": pl.Boolean,
        "points": pl.Int64,
    }
)
"""A row per institution and month: counts, shares x 10,000 rounded down, whether they reach the threshold, and the
sum of the documents' points."""


def measured(batch: TypedBatch, found: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Return how each document of a batch was judged.

    Args:
        batch: The documents.
        found: All findings in them, of the schema `FOUND`.
        catalogue: The checks that were run.

    Returns:
        Rows of the schema `MEASURED`, in the order of the batch. An institution or a month that a document does not
        say is null.
    """
    documents = batch.documents.select(DOCUMENT).join(_owners(batch), on=DOCUMENT, how="left", maintain_order="left")
    for judged in (_blocked(found, catalogue), _fields(batch, found), _lost(found, catalogue)):
        documents = documents.join(judged, on=DOCUMENT, how="left", maintain_order="left")
    none = pl.lit(0, pl.Int64)
    wrong = pl.col("wrong").fill_null(none)
    fields = pl.col("filled").fill_null(none) + pl.col("added").fill_null(none)
    points = pl.max_horizontal(none, _FULL_POINTS - pl.col("lost").fill_null(none))
    return documents.with_columns(
        pl.col("blocked").is_null().alias("is_sound"),
        fields.alias("fields"),
        (fields - wrong).alias("fields_sound"),
        points.alias("points"),
        _grade(points, catalogue.scoring).alias("grade"),
    ).select([pl.col(name).cast(kind) for name, kind in MEASURED.items()])


def accuracy(judged: pl.DataFrame, scoring: Scoring) -> pl.DataFrame:
    """Return the accuracy of each institution and month.

    Args:
        judged: Documents of any number of batches, of the schema `MEASURED`.
        scoring: The thresholds.

    Returns:
        Rows of the schema `ACCURACY`, by institution, then month, unknown ones first. A share of nothing is null,
        and so is whether it is met.
    """
    sums = judged.group_by(_BY).agg(
        pl.len().cast(pl.Int64).alias("records"),
        pl.col("is_sound").sum().cast(pl.Int64).alias("records_sound"),
        pl.col("fields", "fields_sound", "points").sum(),
    )
    shares = []
    for name, threshold in (("records", scoring.records_e4), ("fields", scoring.fields_e4)):
        whole, sound = pl.col(name), pl.col(f"{name}_sound")
        is_any = whole > 0
        shares += [
            pl.when(is_any).then(sound * 10_000 // whole).alias(f"{name}_e4"),
            pl.when(is_any).then(sound * 10_000 >= whole * threshold.value).alias(f"{name}_met"),
        ]
    return sums.with_columns(shares).select(list(ACCURACY)).cast(ACCURACY).sort(_BY)


def grades(judged: pl.DataFrame, scoring: Scoring) -> pl.DataFrame:
    """Return how many documents of each institution and month have each grade: a row per grade that occurs.

    Columns: `institution_id`, `month`, `grade`, `records`; the best grade first.
    """
    order = {band.name: place for place, band in enumerate(scoring.grades)}
    counted = judged.group_by(*_BY, "grade").agg(pl.len().cast(pl.Int64).alias("records"))
    place = pl.col("grade").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    return counted.sort(*_BY, place)


def _owners(batch: TypedBatch) -> pl.DataFrame:
    lists = batch.frames.get(_LISTS, pl.DataFrame(schema={DOCUMENT: pl.Int64, SEQUENCE: pl.Int64}))
    names = ("institution_id", "discharged_at", "chronic_visited_on", "admitted_at")
    given = lists.sort(SEQUENCE).unique(DOCUMENT, keep="first", maintain_order=True)
    given = given.with_columns(pl.lit(None, pl.String).alias(name) for name in names if name not in lists.columns)
    month = pl.coalesce(pl.col(name).cast(pl.String).str.slice(0, 7) for name in names[1:])
    return given.select(DOCUMENT, "institution_id", month.alias("month"))


def _blocked(found: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    blocking = found.filter(pl.col("check").is_in(catalogue.blocking()))
    return blocking.select(DOCUMENT).unique().with_columns(pl.lit(value=True).alias("blocked"))


def _lost(found: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Return the points that each document loses: those of every check that fired, once."""
    weights = {
        check.id: catalogue.scoring.weights[check.level].value if check.weight is None else check.weight
        for check in catalogue.in_force()
    }
    fired = found.select(DOCUMENT, "check").unique()
    lost = pl.col("check").replace_strict(weights, default=0, return_dtype=pl.Int64)
    return fired.group_by(DOCUMENT).agg(lost.sum().alias("lost"))


def _fields(batch: TypedBatch, found: pl.DataFrame) -> pl.DataFrame:
    """Return the fields of each document: filled in or required, wrong, and wrong among neither."""
    counts = [_filled(batch, table) for table in batch.frames]
    filled = pl.concat(counts) if counts else pl.DataFrame(schema={DOCUMENT: pl.Int64, "filled": pl.Int64})
    fields = found.select(DOCUMENT, "table", SEQUENCE, "column").unique()
    wrong = fields.group_by(DOCUMENT).agg(pl.len().cast(pl.Int64).alias("wrong"))
    by_column = fields.partition_by("table", "column", as_dict=True)
    added = [_added(batch, str(table), str(column), rows) for (table, column), rows in by_column.items()]
    more = pl.concat(added) if added else pl.DataFrame(schema={DOCUMENT: pl.Int64, "added": pl.Int64})
    return (
        filled.group_by(DOCUMENT)
        .agg(pl.col("filled").sum())
        .join(wrong, on=DOCUMENT, how="full", coalesce=True)
        .join(more.group_by(DOCUMENT).agg(pl.col("added").sum()), on=DOCUMENT, how="full", coalesce=True)
    )


def _filled(batch: TypedBatch, table: str) -> pl.DataFrame:
    frame = batch.frames[table]
    counted: Sequence[pl.Expr] = [
        pl.lit(1, pl.Int64)
        if batch.transaction in field.required
        else pl.col(field.column).is_not_null().cast(pl.Int64)
        for field in list_fields(table)
        if field.column in frame.columns or batch.transaction in field.required
    ]
    return frame.select(DOCUMENT, pl.sum_horizontal(pl.lit(0, pl.Int64), *counted).alias("filled"))


def _added(batch: TypedBatch, table: str, column: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return how many of the wrong fields of a column are counted nowhere else, by document."""
    frame = batch.frames.get(table)
    one = pl.lit(1, pl.Int64)
    if frame is None:
        return rows.select(DOCUMENT, one.alias("added"))
    keys = [DOCUMENT] if table == _LISTS else [DOCUMENT, SEQUENCE]
    is_required = any(field.column == column and batch.transaction in field.required for field in list_fields(table))
    is_filled = pl.col(column).is_not_null() if column in frame.columns else pl.lit(value=False)
    counted = frame.filter(pl.lit(is_required) | is_filled).select(keys).unique()
    return rows.join(counted, on=keys, how="anti").select(DOCUMENT, one.alias("added"))


def _grade(points: pl.Expr, scoring: Scoring) -> pl.Expr:
    worst = scoring.grades[-1].name
    grade = pl.lit(worst)
    for band in reversed(scoring.grades[:-1]):
        grade = pl.when(points >= band.from_points).then(pl.lit(band.name)).otherwise(grade)
    return grade
