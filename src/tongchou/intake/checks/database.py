"""The database in memory in which checks run: closed to files and networks, filled from frames."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files

import duckdb
import polars as pl

from tongchou.intake.checks.reference import REFERENCE_TABLES
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.typed_batch import typed_schema
from tongchou.schema.list_fields import document_table_names

_CLOSED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "1",
}
"""A pack is data that somebody wrote: its SQL reads the documents and nothing else. Workers are processes, so each
database keeps to one thread."""


_FACTS: Mapping[str, pl.DataType] = {
    "kind": pl.String(),
    "transaction": pl.String(),
    "received_at": pl.Datetime("ms"),
}


def open_database(reference: Mapping[str, pl.DataFrame]) -> duckdb.DuckDBPyConnection:
    """Return a database with the reference tables, those that are not given empty."""
    base = duckdb.connect(":memory:", config=dict(_CLOSED))
    base.execute(_script("macros"))
    for name, schema in REFERENCE_TABLES.items():
        _put(base, name, reference.get(name, pl.DataFrame(schema=dict(schema))))
    for table in document_table_names():
        _put_rows(base, table, pl.DataFrame(schema=typed_schema(table)))
    # No variable of this program can be read as a table either.
    base.execute("set python_enable_replacements = false; set lock_configuration = true")
    return base


def put_documents(
    base: duckdb.DuckDBPyConnection,
    documents: pl.DataFrame,
    frames: Mapping[str, pl.DataFrame],
    facts: tuple[str, str, datetime | None],
    columns: Mapping[str, str],
) -> None:
    """Replace the documents of a database, and derive `lists`: a row per document, with what checks ask of it.

    Args:
        base: The database.
        documents: The documents' numbers, as `DocumentBatch.documents`.
        frames: Their rows by document table; a table that is missing is empty.
        facts: Kind of the documents, transaction, and when they came in.
        columns: Further columns of `lists`, by name: SQL over its row `l`.
    """
    _put(base, "documents", documents.select(pl.col(DOCUMENT).alias("document")))
    _put(base, "facts", pl.DataFrame([facts], schema=dict(_FACTS), orient="row"), _wide(_FACTS))
    for table in document_table_names():
        if table in frames and frames[table].height:
            _put_rows(base, table, frames[table])
        else:
            base.execute(f"truncate {table}")
    further = "".join(f', {sql} as "{name}"' for name, sql in columns.items())
    base.execute(f"create or replace temp table lists as select *{further} from ({_script('lists')}) as l")


def _put_rows(base: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    schema = typed_schema(table)
    # What a reader left out altogether is absent, as any empty field.
    present = [pl.col(c) if c in frame.columns else pl.lit(None, kind).alias(c) for c, kind in schema.items()]
    _put(base, table, frame.select(present).rename({DOCUMENT: "document", SEQUENCE: "seq"}), _wide(schema))


def _put(base: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, columns: str = "*") -> None:
    """Replace a table by the rows of a frame."""
    base.register("handed_in", frame.to_arrow())
    base.execute(f'create or replace temp table "{name}" as select {columns} from handed_in')
    base.unregister("handed_in")


def _wide(schema: Mapping[str, pl.DataType]) -> str:
    """Return the columns of a table in types that nothing in a document overflows.

    Whole numbers in 128 bits, and times that are not turned into nanoseconds, which end in 2262.
    """
    wide: dict[pl.DataType, str] = {pl.Int64(): "hugeint", pl.Datetime("ms"): "timestamp"}
    given = {name: wide[kind] for name, kind in schema.items() if kind in wide and name not in (DOCUMENT, SEQUENCE)}
    casts = [f"cast({name} as {kind}) as {name}" for name, kind in given.items()]
    return f"* replace ({', '.join(casts)})" if casts else "*"


@cache
def _script(name: str) -> str:
    return files("tongchou").joinpath("packs", "intake", "checks", f"{name}.sql").read_text(encoding="utf-8")
