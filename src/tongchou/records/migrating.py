"""Bringing the tables of a record database up to this edition, or back."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_469_102_335
"""The lock that processes starting at once wait for in PostgreSQL; any number that nothing else uses."""


def migrate(engine: Engine) -> None:
    """Bring the tables up to the newest migration; processes that start at once wait for one another.

    Raises:
        TongchouError: `records.newer`.
    """
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(_config())
    if present == scripts.get_current_head():
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if present is not None and present not in known:
        raise _newer(engine, present)
    migrate_to(engine, "head")


def migrate_to(engine: Engine, revision: str) -> None:
    """Bring the tables up to a migration that this edition knows.

    Raises:
        TongchouError: `records.newer` if it does not know it.
    """
    if revision != "head" and revision not in revisions():
        raise _newer(engine, revision)
    with engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(_config(connection), revision)


def migrate_back(engine: Engine, revision: str) -> None:
    """Take the tables back to an earlier migration; `base` is before the first. Their later columns are lost."""
    with engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection:
        command.downgrade(_config(connection), revision)


def revisions() -> tuple[str, ...]:
    """Return the migrations, the first one first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(script.revision for script in reversed(list(scripts.walk_revisions())))


def _newer(engine: Engine, revision: str) -> TongchouError:
    return TongchouError(
        "records.newer",
        what=Text("记录数据库由更新的版本写成", "a later edition has written the record database"),
        where=f"{engine.url.render_as_string(hide_password=True)}: {revision}",
        why=Text("本版本不认识其中的表结构", "this edition does not know its tables"),
        remedy=Text("升级程序，或恢复升级前的备份", "install the later edition, or restore the backup made before it"),
    )


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if connection is not None:
        config.attributes["connection"] = connection
    return config
