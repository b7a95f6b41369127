"""The record database: opened by its address, migrated when it is opened, read and written in whole transactions."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    PendingRollbackError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.migrating import migrate

_BUSY_SECONDS = 10
_POOL: dict[str, int] = {"pool_size": 10, "max_overflow": 40}
"""As many connections as a server has threads; more than ten are closed again."""
_BEGIN = "sqlite_begin"


class Records:
    """The record database of a region."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = sessionmaker(engine, expire_on_commit=False)
        self._writing = sessionmaker(engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}), expire_on_commit=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session to read with; what it changes is not kept.

        Raises:
            TongchouError: `records.unavailable`.
        """
        joined = self._joined()
        if joined is not None and joined.session is not None:
            with _told():  # what the request has written is to be seen by it
                yield joined.session
            return
        with _told(), self._reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are kept together when the block ends, or not at all.

        Raises:
            TongchouError: `records.changed_meanwhile` if somebody else changed one of the records first;
                `records.conflict` if a rule of the database is broken; `records.not_keepable`; `records.unavailable`.
        """
        joined = self._joined()
        if joined is not None:
            with _told(), joined.begun().begin_nested() as savepoint:
                yield savepoint.session
            return
        with _told(), self._writing.begin() as session:
            yield session

    @contextmanager
    def at_once(self) -> Iterator[Session]:
        """Give a session whose changes are kept when the block ends, also within `as_one`: before a deed elsewhere.

        Raises:
            TongchouError: As `writing`.
            RuntimeError: If `as_one` has begun to write: SQLite would wait for itself.
        """
        joined = self._joined()
        if joined is not None and joined.session is not None:
            raise RuntimeError("what is kept at once is written before anything else")
        with _told(), self._writing.begin() as session:
            yield session

    @contextmanager
    def as_one(self, first: Callable[[Session], object]) -> Iterator[None]:
        """Keep everything that this thread writes in the block together when it ends, or nothing of it.

        Each `writing` block within stays whole for itself, and what was written by those that ended is kept also where
        the block ends by an error, as it would be without. The transaction begins with the first of them, so nobody
        waits for what only reads before.

        Args:
            first: Done at the beginning of the transaction; where it raises, nothing is begun.

        Raises:
            TongchouError: As `writing`.
        """
        joined = _Joined(self, self._writing, first)
        token = _JOINED.set(joined)
        try:
            yield
        finally:
            _JOINED.reset(token)
            if joined.session is not None:
                with _told(), joined.session:
                    joined.session.commit()

    def _joined(self) -> "_Joined | None":
        joined = _JOINED.get()
        return joined if joined is not None and joined.records is self else None

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


class _Joined:
    """The transaction that the writing blocks of one request share, once the first of them has begun it."""

    def __init__(self, records: Records, make: sessionmaker[Session], first: Callable[[Session], object]) -> None:
        self.records = records
        self.session: Session | None = None
        self._make = make
        self._first = first

    def begun(self) -> Session:
        if self.session is None:
            session = self._make()
            try:
                self._first(session)
            except BaseException:
                session.close()
                raise
            self.session = session
        return self.session


_JOINED: ContextVar[_Joined | None] = ContextVar("tongchou_joined_records", default=None)


def records_url(region: Path) -> str:
    """Return the address of the record database that a region has where no other is named."""
    return f"sqlite:///{region / 'records.db'}"


def open_records(url: str) -> Records:
    """Open a record database and bring its tables up to this edition.

    Args:
        url: `sqlite:///PATH`, or `postgresql://USER:PASSWORD@HOST/DATABASE`.

    Raises:
        TongchouError: `records.address` if the address is of neither kind; `records.newer` if a later edition of the
            program has written the database; `records.unavailable`.
    """
    records = Records(make_engine(url))
    try:
        with _told():
            migrate(records.engine)
    except TongchouError:
        records.close()
        raise
    return records


def make_engine(url: str) -> Engine:
    """Return the engine of a record database, its tables as they are.

    Raises:
        TongchouError: `records.address`.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise _bad_address(url) from error
    if address.get_backend_name() == "postgresql":
        return create_engine(
            address.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True, **_POOL
        )
    if address.drivername != "sqlite":
        raise _bad_address(address.render_as_string(hide_password=True))
    # Values never stand in the words of an error, which a log or a terminal may show.
    engine = create_engine(address, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True, **_POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # The driver would begin transactions only at the first write, and never at a change of tables.
    connection.isolation_level = None
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    # Writers wait at the beginning; one that began by reading could not wait, and would fail.
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except StaleDataError as error:
        raise changed_meanwhile(str(error)) from error
    except IntegrityError as error:
        raise TongchouError(
            "records.conflict",
            what=Text("记录与已有记录或规则冲突", "the record goes against another record or a rule"),
            where=_place(error),
            why=Text("数据库约束不允许", "the database does not allow it"),
            remedy=Text("刷新后核对再试", "look at it anew, and try again"),
        ) from error
    except (DataError, OverflowError, UnicodeEncodeError) as error:
        raise TongchouError(
            "records.not_keepable",
            what=Text("内容无法保存", "this cannot be kept"),
            where="-",
            why=Text("含有数据库不能保存的字符或过大的数", "it has characters or numbers that no database keeps"),
            remedy=Text("去掉特殊字符，核对数字", "take out strange characters, and look at the numbers"),
        ) from error
    except (OperationalError, InterfaceError, PendingRollbackError, PoolTimeout, sqlite3.OperationalError) as error:
        raise TongchouError(
            "records.unavailable",
            what=Text("记录数据库暂时不可用", "the record database cannot be used at present"),
            where=_place(error),
            why=Text("连接不上，或被占用过久", "it cannot be reached, or was held too long"),
            remedy=Text("检查数据库服务与磁盘，稍后再试", "see to its server and disk, and try again later"),
        ) from error


def changed_meanwhile(where: str) -> TongchouError:
    """Return the error that tells the second of two editors."""
    return TongchouError(
        "records.changed_meanwhile",
        what=Text("这条记录刚被别人改过", "somebody else has just changed this record"),
        where=where,
        why=Text(
            "您看到的不是最新内容，保存会覆盖别人的修改", "what you saw is not the newest: saving would undo theirs"
        ),
        remedy=Text("重新打开，核对后再改", "open it again, compare, and change it then"),
    )


def _place(error: Exception) -> str:
    # The driver's own words: SQLAlchemy's would repeat the statement and its values.
    origin: Any = error.orig if isinstance(error, DBAPIError) else error
    return str(origin).strip().partition("\n")[0]


def _bad_address(url: str) -> TongchouError:
    return TongchouError(
        "records.address",
        what=Text("记录数据库的地址无法使用", "the address of the record database cannot be used"),
        where=url,
        why=Text("只支持 SQLite 和 PostgreSQL", "it is kept in SQLite or PostgreSQL"),
        remedy=Text(
            "写成 sqlite:///路径 或 postgresql://用户@主机/库名",
            "write sqlite:///PATH or postgresql://USER@HOST/DATABASE",
        ),
    )
