"""Fee lines that come again with other content: the line that came last counts, the former one is in the history.

A line is known by institution, visit and line number. Lines that say more of each other, as what was sent and what was
replied, do not contradict; only where both say something and say it differently is one a correction of the other.
"""

from collections.abc import Callable
from datetime import date

import polars as pl

from tongchou.intake.deliveries.known_documents import JUDGED, TWICE
from tongchou.intake.deliveries.prepared import Prepared
from tongchou.intake.deliveries.superseding import Paid, append, changes_of, rows_about, values
from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.schema.correction_tables import CORRECTIONS, SUPERSEDED_DOCUMENTS
from tongchou.schema.list_tables import DOCUMENTS, LIST_TABLES
from tongchou.store.lake import Batch, Lake

_LINES = LIST_TABLES["list_fee_lines"]
_KEY = ["institution_id", "visit_number", "line_number"]
_SAID = [name for name in _LINES.arrow_schema.names if name not in (*_KEY, "list_id", "seq")]


def contradicting(prepared: Prepared, register: pl.DataFrame, barred: pl.Series) -> pl.DataFrame:
    """Return documents of one file that have a line in common and say it differently, of the schema `JUDGED`.

    Args:
        prepared: The file.
        register: Its register.
        barred: Documents that are not taken anyway.
    """
    none = pl.DataFrame(schema=JUDGED)
    if _LINES.name not in prepared.tables:
        return none
    wanted = register.filter("is_sound", document="fee_lines").select(DOCUMENT)
    lines = _lines(prepared).join(wanted, on=DOCUMENT, how="semi").filter(~pl.col(DOCUMENT).is_in(barred.implode()))
    differs = pl.any_horizontal(pl.col(_SAID).drop_nulls().n_unique() > 1)
    keys = lines.group_by(_KEY).agg(differs.alias("_differs")).filter("_differs").select(_KEY)
    found = lines.join(keys, on=_KEY, how="semi", nulls_equal=True).select(DOCUMENT).unique().sort(DOCUMENT)
    absent = [pl.lit(None, kind).alias(name) for name, kind in JUDGED.items() if name != DOCUMENT]
    return found.with_columns(absent).with_columns(pl.lit(TWICE).alias("code")).select(list(JUDGED))


def correct_lines(
    batch: Batch, prepared: Prepared, accepted: pl.DataFrame, lake: Lake, paid: Callable[[], Paid]
) -> int:
    """Take out lines of the lake that lines of a file correct, keep them in the history, and return how many.

    Args:
        batch: The batch that brings the file; its own lines are written afterwards.
        prepared: The file.
        accepted: The rows of its register that are taken.
        lake: The lake, its lock held.
        paid: Says the day.
    """
    if _LINES.name not in prepared.tables:
        return 0
    documents = accepted.filter(document="fee_lines").select(DOCUMENT, pl.col("list_id").alias("replaced_by"))
    coming = _lines(prepared).drop("list_id", "seq").join(documents, on=DOCUMENT)
    held = rows_about(lake, lake.snapshot(), _LINES, "line_number", coming.get_column("line_number"))
    leaving = _corrected(coming, held)
    if leaving.is_empty():
        return 0
    own = ["list_id", "seq"]
    ids = leaving.get_column("list_id").unique()
    of_documents = rows_about(lake, lake.snapshot(), _LINES, "list_id", ids)
    remaining = of_documents.join(leaving, on=own, how="anti")
    _keep(batch, leaving, of_documents.join(leaving.select(own), on=own, how="semi"), coming, lake, paid())
    batch.remove(_LINES, "list_id", values(ids))
    if remaining.height:
        append(batch, _LINES, remaining)
    emptied = ids.filter(~ids.is_in(remaining.get_column("list_id").implode()))
    if len(emptied):
        batch.remove(DOCUMENTS, "list_id", values(emptied))
    return leaving.height


def _corrected(coming: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Return the lines that are corrected: `list_id`, `seq`, `replaced_by`."""
    visits = pl.concat([each.select(_KEY) for each in (coming, held)]).drop_nulls("visit_number")
    several = visits.unique().group_by("institution_id", "line_number").agg(pl.len()).filter(pl.col("len") > 1)
    # A reply names the line alone; where that number is of several visits, it is not known which line it is about.
    unclear = pl.col("visit_number").is_null()
    line = ["institution_id", "line_number"]
    known = pl.concat(
        [coming.filter(~unclear), coming.filter(unclear).join(several, on=line, how="anti", nulls_equal=True)]
    )
    both = held.join(known, on=_KEY, suffix="_coming", nulls_equal=True)
    differs = [(pl.col(name) != pl.col(f"{name}_coming")).fill_null(value=False) for name in _SAID]
    found = both.filter(pl.any_horizontal(differs)).sort("list_id", "seq", "replaced_by")
    # A document that comes is never one that is there: it would have been known by its content.
    return found.select("list_id", "seq", "replaced_by", *_KEY).unique(
        ["list_id", "seq"], keep="last", maintain_order=True
    )


def _keep(
    batch: Batch, leaving: pl.DataFrame, former: pl.DataFrame, coming: pl.DataFrame, lake: Lake, paid: Paid
) -> None:
    """Write the history: a version of a document is those of its lines that left together."""
    snapshot = lake.snapshot()
    documents = leaving.group_by("list_id").agg(pl.col("replaced_by").max()).sort("list_id")
    ids = documents.get_column("list_id")
    register = rows_about(lake, snapshot, DOCUMENTS, "list_id", ids)
    before = rows_about(lake, snapshot, CORRECTIONS, "list_id", ids).group_by("list_id").agg(pl.col("version").max())
    texts = former.sort("list_id", "seq").select(
        "list_id", pl.struct(_LINES.arrow_schema.names).struct.json_encode().alias("_row")
    )
    listed = texts.group_by("list_id", maintain_order=True).agg(
        pl.concat_str(pl.lit(f'{{"{_LINES.name}":['), pl.col("_row").str.join(","), pl.lit("]}")).alias("rows")
    )
    pairs = leaving.join(coming, on=[*_KEY, "replaced_by"], nulls_equal=True)
    old = former.with_columns(pl.col("list_id").alias("former_id"))
    new = pairs.select(pl.col("list_id").alias("former_id"), "seq", *_KEY, *_SAID)
    kept = documents.join(register, on="list_id", maintain_order="left")
    for part in (before, listed, changes_of(_LINES.name, old, new).rename({"former_id": "list_id"})):
        kept = kept.join(part, on="list_id", how="left", maintain_order="left")
    kept = kept.with_columns(
        pl.col("version").fill_null(0) + 1,
        pl.col("changes").fill_null("[]"),
        pl.lit(batch.batch_id).alias("superseded_by"),
        pl.lit("replaces").alias("kind"),
        pl.lit(paid.today or date.today(), pl.Date).alias("corrected_on"),  # noqa: DTZ011  # the local day
        pl.lit(None, pl.String).alias("run_id"),
        pl.lit(0, pl.Int64).alias("difference_fen"),
    )
    append(batch, SUPERSEDED_DOCUMENTS, kept)
    append(batch, CORRECTIONS, kept)


def _lines(prepared: Prepared) -> pl.DataFrame:
    return pl.read_parquet(prepared.tables[_LINES.name])
