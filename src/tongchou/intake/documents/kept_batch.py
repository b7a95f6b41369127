"""Documents as they are kept: without identity, each with its name and the hash of its content."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from tongchou.core.hashing import hash_text
from tongchou.intake.documents.conversion import HEAD
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentKind
from tongchou.intake.documents.pseudonymiser import Pseudonymiser
from tongchou.intake.documents.typed_batch import TypedBatch
from tongchou.schema.list_fields import list_fields
from tongchou.schema.list_tables import LIST_TABLES

LIST_ID = "list_id"
CONTENT = "content"
_HASHED = 20
_UNIT = "\x1f"
_SENT = ("person_id", "to_institution_id", "referred_on")


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """A batch of documents without identity.

    Attributes:
        kind: What they are.
        transaction: The transaction or format.
        heads: A row per document, in order: `_document`, `_place`, `list_id`, `institution_id`, `content`,
            `is_person_certain` (the platform's own number names the person). `list_id` is null where the document
            does not say what it is called.
        frames: Rows by document table, with `_document`, `_seq` and the columns of `LIST_TABLES` that come from the
            fields.
    """

    kind: DocumentKind
    transaction: str
    heads: pl.DataFrame
    frames: Mapping[str, pl.DataFrame]

    @property
    def lists(self) -> pl.DataFrame:
        """The head rows of the documents, in order."""
        return self.frames[HEAD]

    def with_frames(self, changed: Mapping[str, pl.DataFrame]) -> "KeptBatch":
        """Return the batch with some tables changed."""
        return replace(self, frames={**self.frames, **changed})


def keep(batch: TypedBatch, pseudonymiser: Pseudonymiser) -> KeptBatch:
    """Return documents without identity.

    A settlement list is called `{institution}-{settlement number}`, a front page `{institution}-{case number's
    pseudonym}-{day of discharge}`, a claim or message by the first of these or its visit number, a reply by its
    settlement number, a filing by its referral number or by who is sent where on which day; what has no number of its
    own by the hash of its content.
    """
    frames = {}
    for name, rows in batch.frames.items():
        kept = pseudonymiser.replace(rows, name)
        frames[name] = kept.select(DOCUMENT, SEQUENCE, *_from_fields(name))
    heads = batch.documents.join(_senders(frames), on=DOCUMENT, how="left", maintain_order="left")
    heads = heads.with_columns(
        pl.Series(CONTENT, _contents(heads.get_column(DOCUMENT), frames), dtype=pl.String),
        batch.frames[HEAD].get_column("person_number").is_not_null().alias("is_person_certain"),
    )
    named = heads.with_columns(_names(batch, heads, frames).alias(LIST_ID))
    return KeptBatch(batch.kind, batch.transaction, named, frames)


def renamed(batch: KeptBatch) -> pl.DataFrame:
    """Return the heads of documents with the name and content that they have by what their rows say now.

    Only filings are named by their person; others keep their name.
    """
    contents = pl.Series(CONTENT, _contents(batch.heads.get_column(DOCUMENT), batch.frames), dtype=pl.String)
    heads = batch.heads.with_columns(contents)
    if batch.kind != "referral":
        return heads
    hashed = pl.concat_str(pl.col("institution_id").fill_null("-"), pl.col(CONTENT).str.head(_HASHED), separator="-")
    return heads.with_columns(_names_of_filings(heads, batch.frames["referral_filings"], hashed).alias(LIST_ID))


def checked_batch(typed: TypedBatch, kept: KeptBatch) -> TypedBatch:
    """Return typed documents with what completion has filled since, identity still there: what the checks look at."""
    frames = {}
    for name, rows in typed.frames.items():
        filled = kept.frames[name]
        shared = [column for column in rows.columns if column in filled.columns]
        is_same = rows.height == filled.height
        frames[name] = rows.with_columns(filled.select(shared)) if is_same else _refilled(rows, filled)
    return replace(typed, frames=frames)


def _refilled(rows: pl.DataFrame, filled: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, rows.schema[name]).alias(name) for name in rows.columns if name not in filled.columns]
    return filled.with_columns(missing).select(rows.columns)


def _from_fields(name: str) -> list[str]:
    own = {"list_id", "seq", "document", "case_id", "received_batch"}
    if "institution_id" not in {field.column for field in list_fields(name)}:
        own.add("institution_id")
    return [column for column in LIST_TABLES[name].arrow_schema.names if column not in own]


def _senders(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return whose each document is, by whichever of its rows says it."""
    said = [rows.select(DOCUMENT, "institution_id") for rows in frames.values() if "institution_id" in rows.columns]
    return pl.concat(said).drop_nulls().group_by(DOCUMENT).agg(pl.col("institution_id").first())


def _contents(numbers: pl.Series, frames: Mapping[str, pl.DataFrame]) -> list[str]:
    """Return the hash of each document's rows: the same content has the same hash, whatever file it came in."""
    parts = numbers.to_frame()
    for name, rows in frames.items():
        if rows.is_empty():
            continue
        ordered = rows.sort(DOCUMENT, SEQUENCE)
        given = [name for name in ordered.columns if name not in (DOCUMENT, SEQUENCE)]
        # Only what is given is hashed: whether others of the batch have a value says nothing of this document.
        told = [pl.lit(f"{column}=") + pl.col(column).cast(pl.String) for column in given]
        text = ordered.select(DOCUMENT, pl.concat_str(told, separator=_UNIT, ignore_nulls=True).alias(name))
        joined = text.group_by(DOCUMENT, maintain_order=True).agg(pl.col(name).str.join("\n"))
        parts = parts.join(joined, on=DOCUMENT, how="left", maintain_order="left")
    names = [name for name in parts.columns if name != DOCUMENT]
    return [
        hash_text(*(f"{name}:{text}" for name, text in zip(names, row, strict=True) if text))
        for row in parts.select(names).iter_rows()
    ]


def _names(batch: TypedBatch, heads: pl.DataFrame, frames: Mapping[str, pl.DataFrame]) -> pl.Series:
    sender = pl.col("institution_id")
    hashed = pl.concat_str(sender.fill_null("-"), pl.col(CONTENT).str.head(_HASHED), separator="-")
    if batch.kind == "fee_lines":
        return heads.select(hashed).to_series()
    if batch.kind == "referral":
        return _names_of_filings(heads, frames["referral_filings"], hashed)
    if batch.kind == "settlement_reply":
        replies = frames["settlement_replies"].group_by(DOCUMENT).agg(pl.col("settlement_number").first())
        joined = heads.join(replies, on=DOCUMENT, how="left", maintain_order="left")
        return joined.select("settlement_number").to_series()
    settled = pl.concat_str(sender, "settlement_number", separator="-")
    visited = pl.concat_str(sender, "visit_number", separator="-")
    stayed = pl.concat_str(sender, "case_number_id", pl.col("discharged_at").dt.strftime("%Y%m%d"), separator="-")
    lists = frames[HEAD].with_columns(heads.get_column(CONTENT))
    if batch.kind == "settlement_list":
        return lists.select(settled).to_series()
    if batch.kind == "front_page":
        return lists.select(pl.coalesce(stayed, hashed)).to_series()
    return lists.select(pl.coalesce(settled, visited, stayed, hashed)).to_series()


def _names_of_filings(heads: pl.DataFrame, filings: pl.DataFrame, hashed: pl.Expr) -> pl.Series:
    """Name filings so that one that comes again with other words is known to be the same."""
    given = filings.group_by(DOCUMENT).agg(pl.col("referral_number", *_SENT).first())
    sent = pl.concat_str(*(pl.col(name).cast(pl.String) for name in _SENT), separator=_UNIT)
    told = given.with_columns(sent.map_elements(hash_text, pl.String).str.head(_HASHED).alias("_sent"))
    joined = heads.join(told, on=DOCUMENT, how="left", maintain_order="left")
    own = pl.concat_str(pl.col("institution_id"), pl.coalesce("referral_number", "_sent"), separator="-")
    return joined.select(pl.coalesce(own, hashed)).to_series()
