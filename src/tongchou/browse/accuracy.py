"""How accurate what was handed in is, by institution and month, against the share that is asked for, and its points.

A record is accurate if it was not set aside, a field if nothing was found in it. Shares are quotients of whole
numbers, compared exactly, and shown in ten thousandths rounded down. A record has 100 points, less those of each check
that found something in it, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tongchou.browse.handed_in import RECORD_TABLES, HandedIn
from tongchou.intake.checks.catalogue import Catalogue, load_catalogue, own_catalogue

_FULL = 100
_BY = ("institution_id", "month")
_RECORD = ("batch_id", "source")
_SUMMED = ("taken", "set_aside", "corrected", "points_lost", "fields", "fields_sound")


@dataclass(frozen=True, slots=True)
class AccuracyLine:
    """An institution's month.

    Attributes:
        institution_id: The institution; empty where nothing tells it.
        month: The month of discharge, `2025-03`; empty where nothing tells it.
        records: Records handed in: taken and set aside.
        taken: Records in the lake.
        set_aside: Records set aside.
        corrected: Those set aside that were handed in again and are in the lake since.
        accuracy_e4: Taken / records x 10,000, rounded down.
        is_met: Whether it reaches what is asked for.
        points_lost: Points that its records lost together.
        fields: Fields of the lists and front pages handed in: filled in, required, or with a finding.
        fields_sound: Those of them without a finding.
        fields_e4: Sound / fields x 10,000, rounded down; None of none.
        fields_met: Whether it reaches what is asked for of fields.
    """

    institution_id: str
    month: str
    records: int
    taken: int
    set_aside: int
    corrected: int
    accuracy_e4: int
    is_met: bool
    points_lost: int
    fields: int
    fields_sound: int
    fields_e4: int | None
    fields_met: bool | None

    @property
    def points_e2(self) -> int:
        """Mean points of a record x 100, rounded down."""
        return (_FULL * self.records - self.points_lost) * _FULL // self.records if self.records else 0


@dataclass(frozen=True, slots=True)
class Threshold:
    """The shares that are asked for, x 10,000.

    Attributes:
        records_e4: Of records without a blocking finding.
        fields_e4: Of fields without a finding.
    """

    records_e4: int
    fields_e4: int

    @staticmethod
    def of(catalogue: Catalogue) -> "Threshold":
        """Return what a catalogue of checks asks for."""
        return Threshold(catalogue.scoring.records_e4.value, catalogue.scoring.fields_e4.value)


def catalogue_of(region: Path) -> Catalogue:
    """Return the checks of a region: the built-in ones, with its own where it has some."""
    own = region / "checks"
    return load_catalogue([own]) if own.is_dir() else own_catalogue()


def accuracy_lines(facts: HandedIn, catalogue: Catalogue) -> tuple[AccuracyLine, ...]:
    """Return the accuracy of each institution and month, by institution, then month; unknown ones last."""
    found = facts.findings.filter(pl.col("table_name").is_in(sorted(RECORD_TABLES)))
    elsewhere = found.filter("counts_elsewhere").select(_RECORD)
    told = found.join(elsewhere, on=list(_RECORD), how="anti")
    lost = told.with_columns(_weight(catalogue)).unique([*_RECORD, "code"]).group_by(_RECORD).agg(pl.col("lost").sum())
    records = told.group_by(*_RECORD, maintain_order=True).agg(
        pl.col("institution_id").drop_nulls().first(),
        pl.col("month").drop_nulls().first(),
        (pl.col("handling") == "set_aside").any().alias("is_set_aside"),
        pl.col("is_corrected").any(),
    )
    judged = (
        records.join(lost, on=list(_RECORD))
        .group_by(_BY)
        .agg(
            pl.col("is_set_aside").sum().cast(pl.Int64).alias("set_aside"),
            (pl.col("is_set_aside") & pl.col("is_corrected")).sum().cast(pl.Int64).alias("corrected"),
            pl.col("lost").clip(upper_bound=_FULL).sum().alias("points_lost"),
        )
    )
    fields = facts.fields.group_by(_BY).agg(pl.col("fields", "fields_sound").sum())
    joined = facts.taken
    for part in (judged, fields):
        joined = joined.join(part, on=list(_BY), how="full", coalesce=True, nulls_equal=True)
    rows = joined.with_columns(pl.col(_SUMMED).fill_null(0)).sort(_BY, nulls_last=True)
    lines = [_line(row, Threshold.of(catalogue)) for row in rows.iter_rows(named=True)]
    return tuple(line for line in lines if line.records or line.fields)


def summed(lines: tuple[AccuracyLine, ...], threshold: Threshold) -> AccuracyLine:
    """Return the lines of several months or institutions as one, named by neither."""
    sums = {name: sum(getattr(line, name) for line in lines) for name in _SUMMED}
    return _line({"institution_id": "", "month": "", **sums}, threshold)


def _line(row: Mapping[str, object], threshold: Threshold) -> AccuracyLine:
    taken, set_aside, corrected, lost, fields, sound = (int(str(row[name])) for name in _SUMMED)
    whole = taken + set_aside
    return AccuracyLine(
        str(row["institution_id"] or ""),
        str(row["month"] or ""),
        whole,
        taken,
        set_aside,
        corrected,
        taken * 10_000 // whole if whole else 0,
        taken * 10_000 >= whole * threshold.records_e4,
        lost,
        fields,
        sound,
        sound * 10_000 // fields if fields else None,
        sound * 10_000 >= fields * threshold.fields_e4 if fields else None,
    )


def _weight(catalogue: Catalogue) -> pl.Expr:
    """Return the points that a finding takes; one of no check of the catalogue that kept a record out, as those do."""
    weights = {
        check.id: catalogue.scoring.weights[check.level].value if check.weight is None else check.weight
        for check in catalogue.in_force()
    }
    kept_out = pl.when(pl.col("handling") == "set_aside").then(catalogue.scoring.weights["blocks"].value).otherwise(0)
    known = pl.col("code").replace_strict(weights, default=None, return_dtype=pl.Int64)
    return pl.coalesce(known, kept_out).cast(pl.Int64).alias("lost")
