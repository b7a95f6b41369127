"""The record database as lines of JSON: one form that SQLite and PostgreSQL both give and take.

The tables are read as they stand, in one transaction, so a database is kept as the edition has it that wrote it; it is
loaded into tables of that edition, and brought up to this one afterwards.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

import orjson
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Connection, Date, DateTime, Engine, LargeBinary, MetaData, Table, func, select
from sqlalchemy.types import TypeEngine

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.migrating import migrate_to

_ROWS = 500
_REVISION_TABLE = "alembic_version"


def dump(engine: Engine, out: BinaryIO) -> None:
    """Write every row of a record database as it is at one moment: a head line, then one line a row, table by table.

    Others go on reading and writing meanwhile.
    """
    with _one_moment(engine) as connection:
        tables = _tables(connection)
        revision = MigrationContext.configure(connection).get_current_revision()
        counts = {str(table.name): connection.scalar(select(func.count()).select_from(table)) for table in tables}
        out.write(_line({"revision": revision, "rows": counts}))
        for table in tables:
            keys = list(table.primary_key.columns)
            found = connection.execution_options(yield_per=_ROWS).execute(select(table).order_by(*keys))
            for row in found.mappings():
                out.write(_line([str(table.name), {str(name): _said(value) for name, value in row.items()}]))


def load(engine: Engine, lines: Iterable[bytes]) -> int:
    """Fill an empty record database with the rows of `dump`, in one transaction, and return how many.

    Raises:
        TongchouError: `records.not_empty` if the database holds rows; `records.dump_damaged` if rows are missing;
            `records.newer` if a later edition wrote the dump.
    """
    each = iter(lines)
    head = orjson.loads(next(each))
    with engine.connect() as connection:
        if any(_has_rows(connection, table) for table in _tables(connection)):
            raise _not_empty(engine)
    migrate_to(engine, head["revision"])
    with engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection:
        tables = {str(table.name): table for table in _tables(connection)}
        for table in tables.values():
            if _has_rows(connection, table):
                connection.execute(table.delete())  # what the migrations themselves put there
        counts = dict.fromkeys(tables, 0)
        for name, rows in _by_table(each):
            table = tables[name]
            connection.execute(table.insert(), [_read(table, row, connection.dialect.name) for row in rows])
            counts[name] += len(rows)
        if counts != head["rows"]:
            raise TongchouError(
                "records.dump_damaged",
                what=Text("记录数据库的备份不完整", "the copy of the record database is not whole"),
                where=", ".join(sorted(name for name in counts if counts[name] != head["rows"].get(name))),
                why=Text("行数与备份开头所记不符", "there are not as many rows as its head says"),
                remedy=Text("换一份备份", "take another backup"),
            )
    return sum(counts.values())


@contextmanager
def _one_moment(engine: Engine) -> Iterator[Connection]:
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        ) as connection:
            yield connection
    else:
        with engine.connect() as connection:  # in SQLite's WAL a transaction reads what stood at its first read
            yield connection


def _tables(connection: Connection) -> list[Table]:
    """Return the tables as the database has them, those that others refer to first."""
    found = MetaData()
    found.reflect(connection)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type.none_as_null = True  # what is not there stays so, and does not become the word "null"
    return [table for table in found.sorted_tables if table.name != _REVISION_TABLE]


def _has_rows(connection: Connection, table: Table) -> bool:
    return connection.execute(select(table).limit(1)).first() is not None


def _by_table(lines: Iterator[bytes]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    name, rows = "", list[dict[str, Any]]()
    for line in lines:
        table, row = orjson.loads(line)
        if rows and (table != name or len(rows) == _ROWS):
            yield name, rows
            rows = []
        name = table
        rows.append(row)
    if rows:
        yield name, rows


def _line(content: object) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS)


def _said(value: Any) -> Any:  # noqa: ANN401  # whatever a column holds
    match value:
        case datetime():
            # SQLite keeps moments in UTC without their zone.
            return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return value


def _read(table: Table, row: dict[str, Any], dialect: str) -> dict[str, Any]:
    kinds = {name: table.columns[name].type for name in row}
    return {name: None if value is None else _held(kinds[name], value, dialect) for name, value in row.items()}


def _held(kind: TypeEngine[Any], value: Any, dialect: str) -> Any:  # noqa: ANN401  # whatever a column holds
    match kind:
        case DateTime():
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=None) if dialect == "sqlite" else moment
        case Date():
            return date.fromisoformat(value)
        case LargeBinary():
            return bytes.fromhex(value)
        case _:
            return value


def _not_empty(engine: Engine) -> TongchouError:
    return TongchouError(
        "records.not_empty",
        what=Text("记录数据库里已有数据", "the record database holds rows already"),
        where=engine.url.render_as_string(hide_password=True),
        why=Text("恢复会与现有记录混在一起", "what is restored would mix with them"),
        remedy=Text("恢复到一个新的空库", "restore into a new, empty database"),
    )
