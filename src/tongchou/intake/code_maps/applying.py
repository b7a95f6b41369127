"""Putting code maps over the columns of a batch, and keeping a record of every code that was changed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from tongchou.intake.code_maps.checking import dated_pairs
from tongchou.intake.code_maps.code_map import CodeMap, MappedColumn, in_order, mapped_columns
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentBatch

MAPPED: Mapping[str, type[pl.DataType]] = {
    DOCUMENT: pl.Int64,
    "table": pl.String,
    SEQUENCE: pl.Int64,
    "column": pl.String,
    "from_code": pl.String,
    "to_code": pl.String,
    "map_id": pl.String,
}
"""A change of a code: where it stands, what it was and became, and the map that says so."""

UNMAPPED: Mapping[str, type[pl.DataType]] = {
    "kind": pl.String,
    "code": pl.String,
    "name": pl.String,
    "case_count": pl.Int64,
    "total_fen": pl.Int64,
}
"""A code that no map leads to a known one: on how many documents it stands, and what those cost in all."""

_DAYS = {"settlement_lists": "discharged_at", "list_fee_lines": "charged_at", "referral_filings": "referred_on"}
_UNDATED = date(9999, 12, 30)  # what has no day is mapped as today's codes are


@dataclass(frozen=True, slots=True)
class MappedBatch:
    """A batch after its codes were mapped.

    Attributes:
        batch: The batch with the codes of the last map of each chain.
        mapped: Every change, of the schema `MAPPED`, in the order of the maps.
        unmapped: Codes that stayed unknown, of the schema `UNMAPPED`, the dearest first.
    """

    batch: DocumentBatch
    mapped: pl.DataFrame
    unmapped: pl.DataFrame


def apply_code_maps(
    batch: DocumentBatch, maps: Sequence[CodeMap], known: Mapping[str, Collection[str]] | None = None
) -> MappedBatch:
    """Map the codes of a batch by the day of discharge (of the charge, of the referral); others are left as they are.

    Args:
        batch: The documents.
        maps: The maps, of every kind; a chain is applied by its steps.
        known: The codes that may stand at the end, by kind. Where a kind is not in it, the targets of its last maps
            are; a kind without maps and not in it has no unmapped codes.
    """
    ordered = in_order(tuple(maps))
    frames = dict(batch.frames)
    facts = _facts(frames)
    changes = [pl.DataFrame(schema=MAPPED)]
    for code_map in ordered:
        for column in mapped_columns(code_map.kind):
            if column.table in frames and column.source in frames[column.table].columns:
                frames[column.table], changed = _apply(frames[column.table], code_map, column, facts)
                changes.append(changed)
        if code_map.kind == "institution":
            facts = _facts(frames)  # a map of one institution means it by the code that it became
    ends = _ends(ordered) | dict(known or {})
    totals = _totals(frames)
    missing = [_missing(frames, kind, codes, totals) for kind, codes in ends.items()]
    unmapped = pl.concat([pl.DataFrame(schema=UNMAPPED), *missing])
    return MappedBatch(replace(batch, frames=frames), pl.concat(changes), sum_unmapped([unmapped]))


def sum_unmapped(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return the unmapped codes of several batches as one table of the schema `UNMAPPED`, the dearest first."""
    rows = pl.concat([pl.DataFrame(schema=UNMAPPED), *parts])
    summed = rows.group_by("kind", "code", maintain_order=True).agg(
        pl.col("name").drop_nulls().first(), pl.col("case_count").sum(), pl.col("total_fen").sum()
    )
    return summed.sort(["total_fen", "case_count", "kind", "code"], descending=[True, True, False, False])


def _facts(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the day and institution of each document."""
    found = [pl.DataFrame(schema={DOCUMENT: pl.Int64, "day": pl.Date, "institution": pl.String})]
    for table, day in _DAYS.items():
        if table not in frames:
            continue
        held = frames[table].columns
        said = pl.col(day) if day in held else pl.lit(None, dtype=pl.String)
        place = pl.col("institution_id") if "institution_id" in held else pl.lit(None, dtype=pl.String)
        text = said.str.replace_all(r"\D", "").str.head(8)
        found.append(
            frames[table].select(
                DOCUMENT, text.str.to_date("%Y%m%d", strict=False).alias("day"), place.alias("institution")
            )
        )
    return pl.concat(found).unique(DOCUMENT, keep="first", maintain_order=True)


def _apply(
    frame: pl.DataFrame, code_map: CodeMap, column: MappedColumn, facts: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = frame.with_row_index("_row")
    if column.target != column.source and column.target in frame.columns:
        rows = rows.filter(pl.col(column.target).is_null())
    candidates = rows.select("_row", DOCUMENT, SEQUENCE, pl.col(column.source).alias("from_code")).join(
        dated_pairs(code_map).select("from_code", "to_code", "to_name", "valid_from", "valid_until"), on="from_code"
    )
    day = pl.col("day").fill_null(_UNDATED)
    hits = candidates.join(facts, on=DOCUMENT, how="left").filter(day.is_between("valid_from", "valid_until"))
    if code_map.institution_id is not None:
        hits = hits.filter(pl.col("institution") == code_map.institution_id)
    if column.target == column.source:
        hits = hits.filter(pl.col("to_code") != pl.col("from_code"))
    hits = hits.unique("_row", keep="first", maintain_order=True).sort("_row")
    changed = hits.select(
        DOCUMENT,
        pl.lit(column.table).alias("table"),
        SEQUENCE,
        pl.lit(column.target).alias("column"),
        "from_code",
        "to_code",
        pl.lit(code_map.map_id).alias("map_id"),
    )
    if not hits.height:
        return frame, changed
    values = {column.target: "to_code"} | ({column.name: "to_name"} if column.name in frame.columns else {})
    put = hits.select("_row", *(pl.col(said).alias(f"_{target}") for target, said in values.items() if target))
    joined = frame.with_row_index("_row").join(put, on="_row", how="left", maintain_order="left")
    mapped = joined.with_columns(
        pl.coalesce(f"_{target}", target if target in frame.columns else pl.lit(None)).alias(target)
        for target in values
        if target
    )
    return mapped.select(*frame.columns, *(name for name in values if name and name not in frame.columns)), changed


def _ends(maps: Sequence[CodeMap]) -> dict[str, Collection[str]]:
    ends: dict[str, Collection[str]] = {}
    for kind in dict.fromkeys(each.kind for each in maps):
        own = [each for each in maps if each.kind == kind]
        starts = {each.from_system for each in own}
        last = [each for each in own if each.to_system not in starts] or own[-1:]
        ends[kind] = {code for each in last for code in each.pairs["to_code"]}
    return ends


def _missing(
    frames: Mapping[str, pl.DataFrame], kind: str, codes: Collection[str], totals: pl.DataFrame
) -> pl.DataFrame:
    stands = [pl.DataFrame(schema={DOCUMENT: pl.Int64, "code": pl.String, "name": pl.String})]
    for column in mapped_columns(kind):
        frame = frames.get(column.table)
        if frame is None or column.source not in frame.columns:
            continue
        name = pl.col(column.name) if column.name in frame.columns else pl.lit(None, dtype=pl.String)
        rows = frame
        if column.target != column.source and column.target in frame.columns:
            rows = frame.filter(pl.col(column.target).is_null())
        stands.append(rows.select(DOCUMENT, pl.col(column.source).alias("code"), name.alias("name")).drop_nulls("code"))
    known = pl.DataFrame({"code": pl.Series(list(codes), dtype=pl.String)})
    unknown = pl.concat(stands).join(known, on="code", how="anti")
    by_document = unknown.group_by(DOCUMENT, "code", maintain_order=True).agg(pl.col("name").drop_nulls().first())
    costed = by_document.join(totals, on=DOCUMENT, how="left")
    return (
        costed.group_by("code", maintain_order=True)
        .agg(
            pl.lit(kind).alias("kind"),
            pl.col("name").drop_nulls().first(),
            pl.len().cast(pl.Int64).alias("case_count"),
            pl.col("total_fen").sum(),
        )
        .select(list(UNMAPPED))
    )


def _totals(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return what each document costs, fen: its own total, else that of its fees; what cannot be read is nothing."""
    found = [pl.DataFrame(schema={DOCUMENT: pl.Int64, "total_fen": pl.Int64})]
    for table, column in (
        ("settlement_lists", "total_fen"),
        ("list_fees", "amount_fen"),
        ("list_fee_lines", "amount_fen"),
        ("settlement_replies", "total_fen"),
    ):
        if table in frames and column in frames[table].columns:
            yuan = pl.col(column).cast(pl.Decimal(20, 2), strict=False)
            fen = (yuan * 100).cast(pl.Int64, strict=False)
            rows = frames[table].filter(yuan.is_not_null()).group_by(DOCUMENT, maintain_order=True)
            found.append(rows.agg(fen.sum().alias("total_fen")))
    return pl.concat(found).unique(DOCUMENT, keep="first", maintain_order=True)
