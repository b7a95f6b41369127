"""A record database is opened by its address, and says in sentences what goes wrong."""

from pathlib import Path

import pytest
from sqlalchemy import text
from tests.records.conftest import NOW

from tongchou.core.errors import TongchouError
from tongchou.records import uploads
from tongchou.records.database import Records, open_records, records_url
from tongchou.records.users import Grant, add_user, find_user


@pytest.mark.parametrize("url", ["mysql://u:secret@host/db", "not an address", "sqlite+aiosqlite:///x.db"])
def test_an_address_of_another_kind_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(TongchouError) as refused:
        open_records(url)
    assert refused.value.code == "records.address"
    assert "secret" not in str(refused.value)


def test_a_database_that_cannot_be_reached_is_said(tmp_path: Path) -> None:
    for url in (records_url(tmp_path / "absent"), "postgresql://nobody@127.0.0.1:1/none"):
        with pytest.raises(TongchouError) as refused:
            open_records(url)
        assert refused.value.code == "records.unavailable"


def test_sqlite_writes_ahead_and_holds_foreign_keys(tmp_path: Path) -> None:
    records = open_records(records_url(tmp_path))
    with records.reading() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
        assert session.scalar(text("PRAGMA busy_timeout")) >= 5_000
    records.close()


def test_a_block_that_fails_keeps_nothing(records: Records) -> None:
    with pytest.raises(RuntimeError, match="afterwards"), records.writing() as session:
        add_user(session, "li", "李", [Grant("supervisor")], password_hash="", by="test", at=NOW)
        raise RuntimeError("afterwards")
    with records.reading() as session:
        assert find_user(session, "li") is None


def test_what_goes_against_a_rule_of_the_database_is_a_sentence(records: Records) -> None:
    with pytest.raises(TongchouError) as refused, records.writing() as session:
        user = add_user(session, "li", "李", [], password_hash="", by="test", at=NOW)
        user.state = "asleep"
    assert refused.value.code == "records.conflict"


def test_what_no_database_keeps_is_a_sentence(records: Records) -> None:
    for words in ("\ud800", *(["\0"] if records.engine.dialect.name == "postgresql" else [])):
        with pytest.raises(TongchouError) as refused, records.writing() as session:
            add_user(session, "li", words, [], password_hash="", by="test", at=NOW)
        assert refused.value.code == "records.not_keepable"
    with pytest.raises(TongchouError) as refused, records.writing() as session:
        user = add_user(session, "li", "李", [], password_hash="", by="test", at=NOW)
        uploads.begin_upload(session, uploads.Announced("a.csv", 10**30), user.user_id, "H1", NOW)
    assert refused.value.code == "records.not_keepable"


def test_a_moment_comes_back_with_its_zone(records: Records) -> None:
    with records.writing() as session:
        add_user(session, "Li", "李", [], password_hash="", by="test", at=NOW)
    with records.reading() as session:
        found = find_user(session, "LI ")
    assert found is not None
    assert found.created_at == NOW
    assert found.created_at.tzinfo is not None


@pytest.mark.parametrize(
    "grant",
    [
        Grant("lead_hospital", "H1"),
        Grant("hospital"),
        Grant("primary_centre", "", "A"),
        Grant("doctor"),
        Grant("insurer_officer", "H1"),
    ],
)
def test_a_role_without_what_it_is_for_is_refused(records: Records, grant: Grant) -> None:
    with pytest.raises(TongchouError) as refused, records.writing() as session:
        add_user(session, "li", "李", [grant], password_hash="", by="test", at=NOW)
    assert refused.value.code == "records.role_scope"


def test_a_user_name_is_one_persons_whatever_its_capitals(records: Records) -> None:
    with records.writing() as session:
        add_user(session, "li", "李", [], password_hash="", by="test", at=NOW)
    for name, code in (("LI", "records.user_exists"), ("../etc", "records.user_name"), ("", "records.user_name")):
        with pytest.raises(TongchouError) as refused, records.writing() as session:
            add_user(session, name, "黎", [], password_hash="", by="test", at=NOW)
        assert refused.value.code == code
