"""Rows of other tables that name a case which has left: they follow it to the case in its place, or are told and kept.

A referral, an examination or a service event without its case is still a fact: it is kept and names none. An
application, a decision or a claim about a case that is not there is about nothing: it leaves with the case. Both are in
the history as they were, with the reason.
"""

from collections.abc import Mapping, Sequence

import polars as pl
import pyarrow as pa

from tongchou.intake.case_checks import CASE_TABLES
from tongchou.intake.deliveries.document_findings import LANDED
from tongchou.intake.deliveries.superseding import append
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.intake.documents.words import DOCUMENT_FAULTS
from tongchou.intake.superseded_rows import keep_rows
from tongchou.schema.alliance_tables import RISK_CLAIMS
from tongchou.schema.contract import Column, Table
from tongchou.schema.tables import CASES, INPUT_TABLES, VISITS
from tongchou.store.lake import Batch, Lake, Snapshot

LEFT = "intake.case_left"
LEFT_WITH = "intake.left_with_case"

_NAMES = ("case_id", "from_case_id", "to_case_id")
_OF_CASES = f"{CASES.name}.case_id"
_GONE, _NEW = "_gone", "_new"


def follow_cases(batch: Batch, lake: Lake, left: pl.DataFrame) -> pl.DataFrame:
    """Change the rows that name cases or visits which have left, and return the findings, of the schema `LANDED`.

    Args:
        batch: The batch by which they leave.
        lake: The lake, its lock held.
        left: `_document` that made it leave, `former_case`, `new_case` that stands in its place or null.
    """
    gone = left.drop_nulls("former_case").unique("former_case", keep="first", maintain_order=True)
    found = []
    if gone.is_empty():
        return pl.DataFrame(schema=LANDED)
    snapshot = lake.snapshot()
    former: dict[str, pl.DataFrame] = {}
    for table in INPUT_TABLES:
        columns = _naming(table)
        files = lake.files(table.name, snapshot)
        if not columns or not files:
            continue
        wanted = gone.get_column("former_case").implode()
        names_one = pl.any_horizontal(pl.col(column.name).is_in(wanted) for column in columns)
        rows = pl.scan_parquet(files).filter(names_one.fill_null(value=False)).collect()
        if rows.is_empty():
            continue
        changed = _changed(rows, columns, gone)
        former[table.name] = changed
        found.append(_told(table, changed))
        for other, parts in _named_by(lake, snapshot, table, changed.filter("_leaves")):
            former[other.name] = parts
            found.append(_told(other, parts))
    plain = {name: _as_they_were(name, rows) for name, rows in former.items()}
    keep_rows(batch, lake, snapshot, plain, "case_left")
    for table in INPUT_TABLES:
        if table.name in former:
            batch.remove_keys(table, _keys(table, plain[table.name]))
            stays = former[table.name].filter(~pl.col("_leaves"))
            if stays.height:
                append(batch, table, stays)
    return pl.concat(found) if found else pl.DataFrame(schema=LANDED)


def cases_left(leaving: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """Return the cases and visits that leave for good: `_document`, `former_case`, `new_case`.

    Args:
        leaving: Documents that leave, as `Superseding` takes them.
        taken: The rows of the register of what is taken in their place, with `case_id`.
    """
    new = taken.select(DOCUMENT, pl.col("case_id").alias("new_case"))
    joined = leaving.filter(pl.col("former_document") != "referral").join(
        new, on=DOCUMENT, how="left", maintain_order="left"
    )
    stays = (pl.col("former_case") == pl.col("new_case")).fill_null(value=False)
    return joined.filter(~stays).select(DOCUMENT, "former_case", "new_case")


def _naming(table: Table) -> Sequence[Column]:
    """Return the columns of a table that name a case of another table's rows."""
    if table in CASE_TABLES or table is VISITS:
        return ()
    subject = ("subject",) if table is RISK_CLAIMS else ()
    return [column for column in table.columns if column.references == _OF_CASES or column.name in (*_NAMES, *subject)]


def _changed(rows: pl.DataFrame, columns: Sequence[Column], gone: pl.DataFrame) -> pl.DataFrame:
    """Return rows as they become, with `_was_...` as they were, `_document`, and `_leaves`: they cannot be without."""
    pairs = gone.select(pl.col("former_case").alias(_GONE), pl.col("new_case").alias(_NEW), DOCUMENT)
    changed = rows.with_columns(pl.lit(None, pl.Int64).alias(DOCUMENT), pl.lit(value=False).alias("_leaves"))
    for column in columns:
        name = column.name
        joined = changed.join(
            pairs.rename({DOCUMENT: "_by"}), left_on=name, right_on=_GONE, how="left", maintain_order="left"
        )
        is_gone = pl.col("_by").is_not_null()
        changed = joined.with_columns(
            pl.col(name).alias(f"_was_{name}"),
            pl.when(is_gone).then(_NEW).otherwise(name).alias(name),
            pl.coalesce(DOCUMENT, "_by").alias(DOCUMENT),
            (pl.col("_leaves") | (is_gone & pl.col(_NEW).is_null() & pl.lit(column.is_required))).alias("_leaves"),
        ).drop("_by", _NEW)
    return changed


def _named_by(
    lake: Lake, snapshot: Snapshot, table: Table, leaving: pl.DataFrame
) -> Sequence[tuple[Table, pl.DataFrame]]:
    """Return the rows of other tables that must name one of the rows that leave."""
    if leaving.is_empty() or len(table.key) != 1:
        return ()
    reference = f"{table.name}.{table.key[0]}"
    found = []
    for other in INPUT_TABLES:
        columns = [column for column in other.columns if column.references == reference and column.is_required]
        files = lake.files(other.name, snapshot)
        if not columns or not files:
            continue
        name = columns[0].name
        by = leaving.select(pl.col(table.key[0]).alias(name), DOCUMENT)
        rows = pl.scan_parquet(files).join(by.lazy(), on=name).collect()
        if rows.height:
            found.append((other, rows.with_columns(pl.lit(value=True).alias("_leaves"))))
    return found


def _as_they_were(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    was = {column: column.removeprefix("_was_") for column in rows.columns if column.startswith("_was_")}
    table = next(table for table in INPUT_TABLES if table.name == name)
    return rows.with_columns(pl.col(column).alias(plain) for column, plain in was.items()).select(
        table.arrow_schema.names
    )


def _keys(table: Table, rows: pl.DataFrame) -> pa.Table:
    found = rows.select(table.key).unique().to_arrow(compat_level=pl.CompatLevel.oldest())
    return found.cast(pa.schema([table.arrow_schema.field(name) for name in table.key]))


def _told(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    key = pl.concat_str([pl.col(name).cast(pl.String) for name in table.key], separator="|")
    code = pl.when("_leaves").then(pl.lit(LEFT_WITH)).otherwise(pl.lit(LEFT))
    was = [pl.col(name) for name in rows.columns if name.startswith("_was_")]
    case = pl.coalesce(was) if was else pl.lit(None, pl.String)
    told = rows.select(
        DOCUMENT,
        pl.lit(table.name).alias("table_name"),
        pl.concat_str(pl.lit(f"{table.name}:"), key).alias("source"),
        key.alias("row_key"),
        case.alias("case_id"),
        pl.when("_leaves").then(pl.lit("set_aside")).otherwise(pl.lit("noted")).alias("handling"),
        code.alias("code"),
        *(_sentence(code, part, language, key) for part in ("what", "remedy") for language in ("zh", "en")),
        pl.struct(table.arrow_schema.names).struct.json_encode().alias("row"),
        pl.lit(None, pl.String).alias("column_name"),
    )
    return told.select(list(LANDED))


def _sentence(code: pl.Expr, part: str, language: str, key: pl.Expr) -> pl.Expr:
    words: Mapping[str, str] = {
        each: getattr(getattr(DOCUMENT_FAULTS[each], part), language) for each in (LEFT, LEFT_WITH)
    }
    said = code.replace_strict(words, return_dtype=pl.String)
    return said.str.replace("{key}", key, literal=True).alias(f"{part}_{language}")
