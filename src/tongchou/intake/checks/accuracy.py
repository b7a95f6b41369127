"""How accurate documents are: by record and by field, by institution and month, against what is asked for.

A record is sound if it has no finding that blocks. A field counts if it is filled in, if it is required, or if a
finding is about it; it is sound if none is. Every share is a quotient of whole numbers: it is compared exactly, and
shown in ten thousandths rounded down, so that nothing below the threshold looks as if it had reached it.
"""

import polars as pl

from tongchou.intake.checks.catalogue import Catalogue
from tongchou.intake.checks.scoring import Scoring
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.documents.field_counts import field_counts
from tongchou.intake.documents.typed_batch import TypedBatch

_FULL_POINTS = 100
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
    documents = field_counts(batch, found)
    for judged in (_blocked(found, catalogue), _lost(found, catalogue)):
        documents = documents.join(judged, on=DOCUMENT, how="left", maintain_order="left")
    none = pl.lit(0, pl.Int64)
    points = pl.max_horizontal(none, _FULL_POINTS - pl.col("lost").fill_null(none))
    return documents.with_columns(
        pl.col("blocked").is_null().alias("is_sound"),
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


def _grade(points: pl.Expr, scoring: Scoring) -> pl.Expr:
    worst = scoring.grades[-1].name
    grade = pl.lit(worst)
    for band in reversed(scoring.grades[:-1]):
        grade = pl.when(points >= band.from_points).then(pl.lit(band.name)).otherwise(grade)
    return grade
