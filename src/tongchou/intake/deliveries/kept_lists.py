"""Documents of the lake, and those that wait, as they came: before anything that came beside them was filled in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import orjson
import polars as pl

from tongchou.intake.deliveries.superseding import rows_about
from tongchou.intake.documents.conversion import HEAD
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentKind
from tongchou.intake.documents.finding_rows import all_found
from tongchou.intake.documents.kept_batch import LIST_ID, KeptBatch
from tongchou.intake.documents.parts import COMPLETED, as_given
from tongchou.intake.documents.typed_batch import TypedBatch, typed_schema
from tongchou.schema.link_tables import COMPLETIONS, WAITING_DOCUMENTS
from tongchou.schema.list_tables import DOCUMENTS, LIST_TABLES
from tongchou.schema.polars_types import POLARS_TYPE
from tongchou.store.lake import Lake, Snapshot

_GROUP = ["document", "transaction"]
_OWN = ("list_id", "document", "case_id", "received_batch")


@dataclass(frozen=True, slots=True)
class KeptLists:
    """Documents of one state of the lake, numbered from 1.

    Attributes:
        register: A row per document: `_document`, the columns of `documents`, `is_standing` (it is taken in, else it
            waits), `parts` and `completed_columns` as they were kept, `rows` of those that wait.
        frames: Their rows by document table, with `_document`, as the lake holds them.
    """

    register: pl.DataFrame
    frames: Mapping[str, pl.DataFrame]

    def batches(self) -> Iterator[tuple[TypedBatch, KeptBatch]]:
        """Yield the documents as they came, those of one kind and transaction together; no identity is in them."""
        for (kind, transaction), rows in self.register.partition_by(_GROUP, as_dict=True, maintain_order=True).items():
            numbers = rows.get_column(DOCUMENT)
            frames = {
                name: each.filter(pl.col(DOCUMENT).is_in(numbers.implode())) for name, each in self.frames.items()
            }
            heads = rows.select(
                DOCUMENT, pl.col(LIST_ID).alias("_place"), LIST_ID, "institution_id", "content", "is_person_certain"
            )
            completed = KeptBatch(cast("DocumentKind", kind), str(transaction), heads, frames)
            given = as_given(completed, rows.select(list(COMPLETED)))
            yield _typed(given), given


def kept_lists(lake: Lake, snapshot: Snapshot, standing: pl.DataFrame, waiting: pl.DataFrame) -> KeptLists:
    """Return documents of the lake.

    Args:
        lake: The lake.
        snapshot: Its state.
        standing: `document` and `list_id` of those that are taken in.
        waiting: `document` and `list_id` of those that wait.
    """
    key = ["document", "list_id"]
    there = rows_about(lake, snapshot, DOCUMENTS, "list_id", standing.get_column("list_id"))
    there = there.join(standing, on=key, how="semi").sort(key)
    known = rows_about(lake, snapshot, COMPLETIONS, "list_id", standing.get_column("list_id"))
    there = there.join(known, on=key, how="left", maintain_order="left")
    held = rows_about(lake, snapshot, WAITING_DOCUMENTS, "list_id", waiting.get_column("list_id"))
    held = held.join(waiting, on=key, how="semi").sort(key)
    both = pl.concat(
        [
            there.with_columns(pl.lit(value=True).alias("is_standing"), pl.lit(None, pl.String).alias("rows")),
            held.with_columns(
                pl.lit(value=False).alias("is_standing"),
                *(pl.lit(None, pl.String).alias(name) for name in ("completed_columns", "given_person_id", "case_id")),
            ),
        ],
        how="diagonal",
    )
    register = both.with_row_index(DOCUMENT, 1).with_columns(
        pl.col(DOCUMENT).cast(pl.Int64), pl.col("is_person_certain").fill_null(value=True)
    )
    taken_in, waits = register.filter("is_standing"), register.filter(~pl.col("is_standing"))
    told = _of_json(waits)
    frames = {}
    for name, table in LIST_TABLES.items():
        found = rows_about(lake, snapshot, table, "list_id", taken_in.get_column("list_id"))
        names = key if name == HEAD else ["list_id"]
        numbered = found.join(taken_in.select(DOCUMENT, *names), on=names).sort(DOCUMENT, "seq")
        frames[name] = pl.concat([_kept(name, numbered), _kept(name, told[name])])
    return KeptLists(register, frames)


def as_json(tables: Mapping[str, pl.DataFrame], numbers: pl.Series) -> Mapping[int, str]:
    """Return the rows of documents as JSON by their number: table to its rows in order."""
    parts: dict[int, dict[str, list[object]]] = {number: {} for number in numbers.to_list()}
    for name, rows in tables.items():
        here = rows.filter(pl.col(DOCUMENT).is_in(numbers.implode())).sort(DOCUMENT, "seq")
        fields = [column for column in here.columns if column != DOCUMENT]
        texts = here.select(DOCUMENT, pl.struct(fields).struct.json_encode().alias("_row"))
        for number, text in texts.iter_rows():
            parts[number].setdefault(name, []).append(orjson.Fragment(text))
    return {number: orjson.dumps(listed).decode() for number, listed in parts.items()}


def _of_json(waits: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    listed: dict[str, list[dict[str, object]]] = {name: [] for name in LIST_TABLES}
    for number, text in waits.select(DOCUMENT, "rows").iter_rows():
        for name, rows in orjson.loads(text).items():
            listed[name] += [{DOCUMENT: number, **row} for row in rows]
    return {name: _read(name, rows) for name, rows in listed.items()}


def _read(name: str, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    types = {column.name: POLARS_TYPE[column.kind] for column in LIST_TABLES[name].columns}
    # JSON has no days and moments; they stand there as text.
    plain = {each: pl.String if kind in (pl.Date, pl.Datetime) else kind for each, kind in types.items()}
    frame = pl.DataFrame(list(rows), schema={DOCUMENT: pl.Int64, **plain})
    return frame.with_columns(
        pl.col(each).str.to_date() if kind == pl.Date else pl.col(each).str.to_datetime(time_unit="ms")
        for each, kind in types.items()
        if kind in (pl.Date, pl.Datetime)
    )


def _kept(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of a document table as `KeptBatch` has them."""
    table = LIST_TABLES[name]
    fields = typed_schema(name)
    # The sender of lines and replies is said by their document, where their own fields do not have it.
    own = {*_OWN, "seq"} | (set() if "institution_id" in fields else {"institution_id"})
    names = [column for column in table.arrow_schema.names if column not in own]
    return rows.select(
        pl.col(DOCUMENT).cast(pl.Int64),
        pl.col("seq").cast(pl.Int64).alias(SEQUENCE),
        *(pl.col(each).cast(fields.get(each, pl.String())) for each in names),
    )


def _typed(given: KeptBatch) -> TypedBatch:
    frames = {}
    for name, rows in given.frames.items():
        schema = typed_schema(name)
        absent = [pl.lit(None, kind).alias(each) for each, kind in schema.items() if each not in rows.columns]
        frames[name] = rows.with_columns(absent).select(list(schema))
    documents = given.heads.select(DOCUMENT, "_place")
    return TypedBatch(given.kind, given.transaction, documents, frames, all_found([]))
