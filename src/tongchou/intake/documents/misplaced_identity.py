"""Identity values in fields that are no place for them, taken out before anything else is done with a document.

Codes are mapped, listed and shown, numbers name documents, words are kept: an id number, a phone number or a name that
a hospital's system put there would go with them. What is read of such a field is the mask where it holds words and
nothing elsewhere; the finding names the field and does not show the value.
"""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from tongchou.intake.documents.document_batch import DOCUMENT, DocumentBatch
from tongchou.intake.documents.finding_rows import all_found, found_rows
from tongchou.privacy.redaction import MASK, is_name
from tongchou.privacy.shapes import identity_shapes
from tongchou.schema.list_fields import ListField, list_fields

MISPLACED = "intake.misplaced_identity"

_SHORTEST_NUMBER = 11
"""A mobile number; no shorter run of digits is taken for somebody's."""

_LONG_AMOUNT = r"^[^\d]*[1-9]\d{9}"
_DAYS = frozenset(("date", "moment", "duration"))
_HAN = r"\p{Han}"
_OPERATORS = ("agency_operator", "filled_by")
_TELLING = ("person_name", "contact_name", "doctor_name", "surgeon_name", "anaesthetist_name", *_OPERATORS,
            "identity_number", "person_number", "insurance_number", "case_number", "phone")  # fmt: skip
_LONG = 7
_LONGEST = 200
_RECORD_ENDINGS = ("_id", "_number", "_code")
_BETWEEN_WORDS = r"[，、,;；/|\s]"
_SHORT_NAME = 2
_VALUE = pl.col("value")


def take_out_identity(batch: DocumentBatch) -> tuple[DocumentBatch, pl.DataFrame]:
    """Return documents without identity values in wrong fields, and a finding, of the schema `FOUND`, for each.

    Known are numbers by their shape, names by their surname where nothing else stands with them, and whatever the
    document itself gives as its person's name, number, or phone.
    """
    frames = dict(batch.frames)
    found: list[pl.DataFrame] = []
    given = _given(batch)
    for table, rows in batch.frames.items():
        if rows.is_empty():
            continue
        for field, flags in (*_misplaced(table, rows), *_repeated(table, rows, given)):
            found.append(found_rows(MISPLACED, rows.filter(flags), table=table, column=field.column))
            put = MASK if _holds_words(field) else None
            frames[table] = frames[table].with_columns(
                pl.when(flags).then(pl.lit(put)).otherwise(pl.col(field.column)).alias(field.column)
            )
    # A value may be known by its shape and as the document's own; it is told once.
    told = all_found(found).unique(maintain_order=True)
    return (replace(batch, frames=frames), told) if found else (batch, told)


def _misplaced(table: str, rows: pl.DataFrame) -> Iterator[tuple[ListField, pl.Series]]:
    """Yield the fields of a table that hold identity values and are no place for them, with the rows that do."""
    for field in list_fields(table):
        if field.grade == "identity" or field.kind in _DAYS or field.column not in rows.columns:
            continue
        values = rows.get_column(field.column)
        suspects = _suspects(values)
        if suspects.is_empty():
            continue
        looked_at = values.gather(suspects).alias("value").to_frame()
        is_somebody = looked_at.select(_names_somebody(field).fill_null(value=False)).to_series()
        if is_somebody.any():
            flags = pl.Series([False]).new_from_index(0, rows.height)
            yield field, flags.scatter(suspects.filter(is_somebody), values=True)


def _given(batch: DocumentBatch) -> pl.DataFrame:
    """Return what documents themselves say of who somebody is: `_document`, `given`."""
    said = [pl.DataFrame(schema={DOCUMENT: pl.Int64, "given": pl.String})]
    for table, rows in batch.frames.items():
        for field in list_fields(table):
            is_identity = field.grade == "identity" and field.column.endswith(_TELLING)
            if is_identity and field.column in rows.columns:
                values = rows.select(DOCUMENT, pl.col(field.column).alias("given")).drop_nulls()
                is_name_field = field.column.endswith("_name") or field.column in _OPERATORS
                # Who stands in for a name ("self", a department) is nobody; short numbers stand in others by chance.
                is_telling = is_name(pl.col("given")) if is_name_field else pl.col("given").str.len_bytes() >= _LONG
                said.append(values.filter(is_telling & (pl.col("given").str.len_bytes() <= _LONGEST)))
    return pl.concat(said).unique(maintain_order=True)


def _repeated(table: str, rows: pl.DataFrame, given: pl.DataFrame) -> Iterator[tuple[ListField, pl.Series]]:
    """Yield the fields whose words repeat what the document says of who somebody is, with the rows that do."""
    fields = [each for each in list_fields(table) if each.grade != "identity" and each.kind in ("text", "code")]
    filled = [each for each in fields if each.column in rows.columns and rows[each.column].null_count() < rows.height]
    if not filled or given.is_empty():
        return
    together = pl.concat_str([_words(each) for each in filled], separator="\n", ignore_nulls=True)
    if _rows_with(rows.select(DOCUMENT, together.alias("words")), given).is_empty():
        return
    for field in filled:
        hit = _rows_with(rows.select(DOCUMENT, _words(field).alias("words")), given)
        if len(hit):
            yield field, pl.Series([False]).new_from_index(0, rows.height).scatter(hit, values=True)


def _words(field: ListField) -> pl.Expr:
    """Return a field's words; a code or number without any is one that may well be somebody's, too."""
    value = pl.col(field.column)
    return value if _holds_words(field) else pl.when(value.str.contains(_HAN)).then(value)


def _rows_with(words: pl.DataFrame, given: pl.DataFrame) -> pl.Series:
    """Return the positions of rows whose words hold anything that their document gives.

    A name of two characters may stand in a term by chance (张力 in 张力性气胸): it counts where it stands alone.
    """
    joined = words.with_row_index("_at").drop_nulls("words").join(given, on=DOCUMENT)
    stands_alone = pl.col("words").str.replace_all(_BETWEEN_WORDS, ",").str.split(",").list.contains(pl.col("given"))
    is_within = pl.col("words").str.find(pl.col("given"), literal=True).is_not_null()
    is_short = pl.col("given").str.len_chars() <= _SHORT_NAME
    return joined.filter(is_within & (~is_short | stands_alone)).get_column("_at").unique()


def _suspects(values: pl.Series) -> pl.Series:
    """Return the positions of values that are long, or hold more than plain signs: by far the most are neither."""
    if values.null_count() == len(values):
        return pl.Series([], dtype=pl.UInt32)
    length = values.str.len_bytes()
    is_suspect = length >= _SHORTEST_NUMBER
    characters = values.str.len_chars()
    if length.sum() != characters.sum():
        is_suspect |= length != characters
    return is_suspect.fill_null(value=False).arg_true()


def _names_somebody(field: ListField) -> pl.Expr:
    shapes = identity_shapes()
    parts = _VALUE.str.replace_all(_BETWEEN_WORDS, ",").str.split(",")
    is_person = parts.list.eval(is_name(pl.element())).list.any()
    in_words = _VALUE.str.contains(shapes.in_text) | _VALUE.str.contains(shapes.inside)
    if _holds_words(field):
        return in_words | is_person
    has_words = _VALUE.str.contains(_HAN)
    if field.kind in ("text", "code"):
        # Numbers of records and codes may have as many digits as an id number, so only what can be none is taken.
        return _VALUE.str.contains(shapes.whole_in_records) | is_person | (has_words & in_words)
    return _VALUE.str.contains(_LONG_AMOUNT) | is_person | (has_words & in_words)


def _holds_words(field: ListField) -> bool:
    return field.kind == "text" and not field.column.endswith(_RECORD_ENDINGS)
