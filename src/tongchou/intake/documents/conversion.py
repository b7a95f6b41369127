"""From documents as read to documents as typed columns: what cannot be read exactly is empty and is a finding."""

import polars as pl

from tongchou.intake.documents import written_values
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentBatch
from tongchou.intake.documents.finding_rows import all_found, found_rows
from tongchou.intake.documents.typed_batch import TypedBatch, column_type, typed_schema
from tongchou.schema.list_fields import ListField, document_table_names, has_dictionary, list_fields

HEAD = "settlement_lists"
"""The table whose one row is the head of a document; for lines, replies and filings it names the sender at most."""

LIST_KINDS = ("settlement_list", "front_page", "claim", "message")
"""Documents of which a stay or a visit can be made."""

MISSING, UNREADABLE, UNKNOWN_CODE = "Q01", "Q02", "Q03"
"""The checks that conversion makes: what must be filled, what is written as declared, codes of their list."""

_DECIMALS = {"fen": 2, "e4": 4, "e6": 6}
_PLAIN = r"^[0-9A-Za-z.,/:+\- ]{1,24}$"
_LONG_NUMBER = r"\d[\d -]{7,}\d"
_STAY_ONLY = frozenset(
    ("admitted_at", "discharged_at", "admission_department", "discharge_department", "care_kind", "los_days")
)
"""What an outpatient list of a chronic disease has not, whatever the transaction requires."""


def convert_documents(batch: DocumentBatch, institution_id: str | None = None) -> TypedBatch:
    """Return documents as typed columns, with the findings of the conversion.

    Text is trimmed, full-width letters and digits are made half-width, codes are the same with or without zeros before
    them. Amounts become fen exactly, durations minutes. Every list has its head row, be it empty.

    Args:
        batch: As a reader gave it.
        institution_id: Whose documents they are, where they do not say it.
    """
    frames: dict[str, pl.DataFrame] = {}
    found: list[pl.DataFrame] = []
    for name in document_table_names():
        received = _with_heads(batch, institution_id) if name == HEAD else batch.frames.get(name)
        if received is None or received.is_empty():
            frames[name] = pl.DataFrame(schema=typed_schema(name))
        else:
            frames[name], faults = _converted(name, received)
            found += faults
    for name, frame in frames.items():
        found += _missing(batch, name, frame, frames)
    return TypedBatch(batch.kind, batch.transaction, batch.documents, frames, all_found(found))


def is_outpatient(frames: dict[str, pl.DataFrame]) -> pl.Series:
    """Return the numbers of documents that are outpatient lists of a chronic disease: no stay, but a treatment."""
    head = frames[HEAD].filter(pl.col("admitted_at").is_null() & pl.col("discharged_at").is_null())
    treated = frames["list_chronic_treatments"].get_column(DOCUMENT).unique()
    is_chronic = pl.col("chronic_visited_on").is_not_null() | pl.col(DOCUMENT).is_in(treated.implode())
    return head.filter(is_chronic).get_column(DOCUMENT)


def _with_heads(batch: DocumentBatch, institution_id: str | None) -> pl.DataFrame:
    received = batch.frames.get(HEAD, pl.DataFrame(schema={DOCUMENT: pl.Int64, SEQUENCE: pl.Int64}))
    heads = batch.documents.select(DOCUMENT).join(received, on=DOCUMENT, how="left", maintain_order="left")
    heads = heads.with_columns(pl.col(SEQUENCE).fill_null(1))
    if institution_id is None:
        return heads
    given = pl.lit(institution_id)
    own = pl.col("institution_id") if "institution_id" in heads.columns else pl.lit(None, pl.String)
    return heads.with_columns(pl.coalesce(own, given).alias("institution_id"))


def _converted(name: str, received: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    rows = received.select(DOCUMENT, SEQUENCE)
    columns: list[pl.Series] = []
    found: list[pl.DataFrame] = []
    for field in list_fields(name):
        if field.column not in received.columns:
            columns.append(pl.Series(field.column, [None], dtype=column_type(field)).new_from_index(0, rows.height))
            continue
        text = written_values.trimmed(received.get_column(field.column).cast(pl.String), is_free=field.kind == "text")
        value, is_wrong = _read(field, text)
        columns.append(value.cast(column_type(field)).alias(field.column))
        if is_wrong.any():
            found.append(_fault(name, field, rows, text, is_wrong))
    return rows.with_columns(columns), found


def _read(field: ListField, text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the values of a column, and which are wrong: unreadable, unknown, or too long."""
    if field.kind in ("text", "code"):
        if not has_dictionary(field.dictionary):
            length = field.length
            too_long = (text.str.len_chars() > length) if length else pl.Series([False]).new_from_index(0, len(text))
            return text, too_long.fill_null(value=False)
        state = written_values.states(text, field.dictionary)
        is_unknown = state.is_null() & text.is_not_null()
        if field.column.startswith("is_"):
            state = state.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
        return state, is_unknown
    value = _number_or_day(field, text)
    is_wrong = value.is_null() & text.is_not_null()
    if field.length is not None and field.kind != "duration":
        digits = 10 ** (field.length - (field.decimals or 0) + _DECIMALS.get(field.kind, 0))
        is_wrong |= (value.abs() >= digits).fill_null(value=False)
        value = value.set(is_wrong, None)
    return value, is_wrong


def _number_or_day(field: ListField, text: pl.Series) -> pl.Series:
    match field.kind:
        case "date":
            return written_values.dates(text)
        case "moment":
            return written_values.moments(text)
        case "duration":
            return written_values.durations(text)
        case "whole":
            return written_values.whole(text)
        case _:
            return written_values.scaled(text, _DECIMALS[field.kind])


def _fault(name: str, field: ListField, rows: pl.DataFrame, text: pl.Series, is_wrong: pl.Series) -> pl.DataFrame:
    is_code = field.kind in ("text", "code") and has_dictionary(field.dictionary)
    shown = None if field.grade == "identity" or field.kind == "text" else _shown(pl.col("value"))
    return found_rows(
        UNKNOWN_CODE if is_code else UNREADABLE,
        rows.with_columns(text.alias("value")).filter(is_wrong),
        table=name,
        column=field.column,
        value=shown,
        expected=None if is_code else _written(field),
    )


def _shown(value: pl.Expr) -> pl.Expr:
    """Return values that cannot be somebody's name, id or phone number put in the wrong column; others are masked."""
    is_plain = value.str.contains(_PLAIN) & ~value.str.contains(_LONG_NUMBER)
    return pl.when(is_plain).then(value).otherwise(pl.lit("***"))


def _written(field: ListField) -> str:
    match field.kind:
        case "date":
            return "yyyy-MM-dd"
        case "moment":
            return "yyyy-MM-dd HH:mm:ss"
        case "duration":
            return "d/h/m, h < 24, m < 60"
        case "text" | "code":
            return f"char({field.length})"
        case _:
            return f"num({field.length},{field.decimals or 0})"


def _missing(
    batch: DocumentBatch, name: str, frame: pl.DataFrame, frames: dict[str, pl.DataFrame]
) -> list[pl.DataFrame]:
    required = [field for field in list_fields(name) if batch.transaction in field.required]
    if frame.is_empty() or not required:
        return []
    outpatient = is_outpatient(frames) if name == HEAD else pl.Series([], dtype=pl.Int64)
    found = []
    received = batch.frames.get(name)
    for field in required:
        is_missing = frame.get_column(field.column).is_null()
        if not is_missing.any():
            continue
        if received is not None and field.column in received.columns and received.height == frame.height:
            # What was given and could not be read has its finding already.
            text = written_values.trimmed(received.get_column(field.column).cast(pl.String), is_free=True)
            is_missing &= text.is_null() | (field.column == "institution_id")
        rows = frame.filter(is_missing)
        if field.column in _STAY_ONLY:
            rows = rows.filter(~pl.col(DOCUMENT).is_in(outpatient.implode()))
        if rows.height:
            found.append(found_rows(MISSING, rows, table=name, column=field.column))
    return found
