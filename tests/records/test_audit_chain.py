"""Whoever changes the audit is found."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from tests.records.conftest import NOW
from tests.records_on import empty, guard

from tongchou.records.audit import AuditSearch, Event, Head, head_of, note, search, verify
from tongchou.records.database import Records

COLUMNS = (
    "user_id",
    "user_name",
    "action",
    "object_kind",
    "object_id",
    "institution_id",
    "purpose",
    "details",
    "previous_hash",
    "hash",
)
events = st.builds(
    Event,
    user_id=st.text(max_size=8),
    user_name=st.text(max_size=8),
    action=st.sampled_from(["sign_in", "cases.read", "runs.post"]),
    outcome=st.sampled_from(["done", "failed", "refused", "masked"]),
    object_id=st.text(max_size=20),
    purpose=st.text(max_size=20),
    details=st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=8), max_size=2),
)
logs = st.lists(events, min_size=2, max_size=6)
on_the_database = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def written(records: Records, log: list[Event]):
    """Give a session in which a log is written and the guards are away; nothing of it stays."""
    with records.engine.connect() as connection, connection.begin() as transaction:
        empty(connection)
        guard(connection, on=False)
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            for number, event in enumerate(log):
                note(session, event, NOW + timedelta(seconds=number))
            yield session
        transaction.rollback()


@on_the_database
@given(log=logs)
def test_a_log_as_it_was_written_has_no_fault(records: Records, log: list[Event]) -> None:
    with written(records, log) as session:
        head = head_of(session)
        assert head.sequence == len(log)
        assert verify(session, head) == ()
        assert verify(session, Head(0, "0" * 64)) == ()


@on_the_database
@given(log=logs, data=st.data())
def test_a_changed_word_is_found_where_it_is(records: Records, log: list[Event], data: st.DataObject) -> None:
    with written(records, log) as session:
        sequence = data.draw(st.integers(1, len(log)))
        column = data.draw(st.sampled_from(COLUMNS))
        session.execute(text(f"UPDATE audit SET {column} = {column} || 'x' WHERE sequence = {sequence}"))
        assert sequence in {fault.sequence for fault in verify(session)}


@on_the_database
@given(log=logs, data=st.data())
def test_a_missing_event_is_found_even_the_last(records: Records, log: list[Event], data: st.DataObject) -> None:
    with written(records, log) as session:
        sequence = data.draw(st.integers(1, len(log)))
        session.execute(text(f"DELETE FROM audit WHERE sequence = {sequence}"))
        assert verify(session)


@on_the_database
@given(log=logs)
def test_events_that_changed_places_are_found(records: Records, log: list[Event]) -> None:
    with written(records, log) as session:
        for now, then in ((1, -1), (2, 1), (-1, 2)):
            session.execute(text(f"UPDATE audit SET sequence = {then} WHERE sequence = {now}"))
        assert verify(session)


@on_the_database
@given(log=logs)
def test_a_whole_log_forged_is_found_by_a_head_kept_elsewhere(records: Records, log: list[Event]) -> None:
    with written(records, log) as session:
        kept = head_of(session)
    with written(records, [Event("", "somebody else", "sign_in"), *log]) as session:
        assert verify(session) == ()
        assert verify(session, kept)


def test_the_database_itself_refuses_to_change_or_remove_an_event(records: Records) -> None:
    with records.writing() as session:
        note(session, Event("1", "li", "sign_in"), NOW)
    for statement in ("UPDATE audit SET outcome = 'failed'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="only added to"), records.engine.begin() as connection:
            connection.execute(text(statement))


def test_events_of_writers_at_once_make_one_chain(records: Records) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def write(number: int) -> None:
        with records.writing() as session:
            note(session, Event(str(number), "li", "sign_in"), NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(40)))
    with records.reading() as session:
        assert verify(session) == ()
        assert head_of(session).sequence == 40


def test_a_search_turns_pages_from_the_newest(records: Records) -> None:
    with records.writing() as session:
        for number in range(7):
            event = Event("1", "li", "cases.read" if number % 2 else "sign_in", institution_id="H1")
            note(session, event, NOW + timedelta(minutes=number))
    with records.reading() as session:
        first = search(session, AuditSearch(institution_id="H1"), limit=4)
        rest = search(session, AuditSearch(institution_id="H1"), before=first[-1].sequence, limit=4)
        assert [row.sequence for row in first + rest] == [7, 6, 5, 4, 3, 2, 1]
        reads = search(session, AuditSearch(action="cases.read", since=NOW + timedelta(minutes=2)))
        assert [row.sequence for row in reads] == [6, 4]
