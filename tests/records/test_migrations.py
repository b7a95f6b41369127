"""Migrations lead up and down, on SQLite and on PostgreSQL, and end where the models are."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text
from tests.records_on import KINDS, NewUrl

from tongchou.core.errors import TongchouError
from tongchou.records.database import make_engine, open_records
from tongchou.records.migrating import migrate, migrate_back, revisions
from tongchou.records.models import Base

pytestmark = pytest.mark.parametrize("kind", KINDS)


def test_the_models_are_what_the_migrations_make(kind: str, new_url: NewUrl) -> None:
    records = open_records(new_url(kind))
    with records.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": Base.metadata}
        )
        assert compare_metadata(context, Base.metadata) == []
    inspector = inspect(records.engine)
    for table in Base.metadata.sorted_tables:
        made = {str(check["name"]): check["sqltext"] for check in inspector.get_check_constraints(table.name)}
        meant = {str(c.name): str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)}
        # PostgreSQL writes a condition in its own words.
        assert (made == meant) if kind == "sqlite" else (made.keys() == meant.keys()), table.name
    records.close()


def test_every_migration_can_be_taken_back_and_made_again(kind: str, new_url: NewUrl) -> None:
    engine = make_engine(new_url(kind))
    migrate(engine)
    whole = _columns(engine)
    for revision in [*reversed(revisions()[:-1]), "base"]:
        before = _columns(engine)
        migrate_back(engine, revision)
        assert _columns(engine) < before
    assert _tables(engine) == {"alembic_version"}
    migrate(engine)
    assert _columns(engine) == whole
    engine.dispose()


def test_rows_of_earlier_tables_stay_when_later_ones_are_taken_back(kind: str, new_url: NewUrl) -> None:
    engine = make_engine(new_url(kind))
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO users (user_id, user_name, display_name, password_hash, state, created_at, version)"
                " VALUES ('1', 'li', '李', '', 'active', '2025-01-01 00:00:00+00:00', 1)"
            )
        )
    migrate_back(engine, "0001")
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT display_name FROM users")).scalar_one() == "李"
    engine.dispose()


def test_processes_that_start_at_once_migrate_once(kind: str, new_url: NewUrl) -> None:
    url = new_url(kind)
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(open_records, [url] * 4))
    assert {tuple(sorted(_tables(records.engine))) for records in opened} == {tuple(sorted(_tables(opened[0].engine)))}
    for records in opened:
        records.close()


def test_a_database_of_a_later_edition_is_refused(kind: str, new_url: NewUrl) -> None:
    url = new_url(kind)
    records = open_records(url)
    with records.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    records.close()
    with pytest.raises(TongchouError) as refused:
        open_records(url)
    assert refused.value.code == "records.newer"


def _tables(engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def _columns(engine) -> set[tuple[str, str]]:
    inspector = inspect(engine)
    return {(table, column["name"]) for table in inspector.get_table_names() for column in inspector.get_columns(table)}
