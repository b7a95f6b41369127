"""Periods of the ledger: opened, locked, and closed by another person than who locked them."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock
from sqlalchemy import select
from sqlalchemy.orm import Session

from tongchou.access.admission import note_deed
from tongchou.access.subject import Subject
from tongchou.access.two_persons import check_two_persons
from tongchou.core.text import Text
from tongchou.ledger.periods import PeriodChange, Periods, State
from tongchou.records.audit import Event, note
from tongchou.records.models import PeriodIntent
from tongchou.records.period_intents import end_intent, intend, intents
from tongchou.workplace.ledger_reading import books_of
from tongchou.workplace.noticing import tell_of_period
from tongchou.workplace.place import Workplace
from tongchou.workplace.referring import words_needed

KIND = "ledger_periods"
_LOCK = ".ledger-periods.lock"


def periods_of(place: Workplace, subject: Subject) -> Periods:
    """Return the periods with every change; they hold no amounts.

    Raises:
        TongchouError: `access.refused`; `ledger.period_order` if they were tampered with.
    """
    place.admit(subject, "ledger.heads", "open")
    with books_of(place) as books:
        return books.periods()


def open_period(place: Workplace, subject: Subject, period: str, reason: str) -> list[PeriodChange]:
    """Open a month, or a year with its months.

    Raises:
        TongchouError: `access.refused`; `workplace.words_needed`; `ledger.period`; `ledger.period_order`.
    """
    return _change(place, subject, period, State.OPEN, reason, "ledger.open")


def lock_period(place: Workplace, subject: Subject, period: str, reason: str) -> list[PeriodChange]:
    """Lock a period: nothing more is booked in it.

    Raises:
        TongchouError: As `open_period`.
    """
    return _change(place, subject, period, State.LOCKED, reason, "ledger.lock")


def close_period(place: Workplace, subject: Subject, period: str, reason: str) -> list[PeriodChange]:
    """Close a locked period for good; not by who locked it.

    Raises:
        TongchouError: As `open_period`; `access.second_person`.
    """
    place.admit(subject, "ledger.close", "cost", where=period)
    with books_of(place) as books:
        lockers = _lockers(books.periods(), period)
    own = [subject.user_id] if subject.user_name in lockers else []
    check_two_persons(subject, "ledger.close", {"locker": own})
    return _change(place, subject, period, State.CLOSED, reason, "ledger.close")


def complete_changes(place: Workplace) -> int:
    """Note the changes that are in the books and not in the audit: those of processes that ended in between.

    Returns:
        How many were noted.

    Raises:
        TongchouError: `records.unavailable`; `ledger.period_order` if the books were tampered with.
    """
    with place.records.reading() as session:
        if session.scalars(select(PeriodIntent).limit(1)).first() is None:
            return 0
    with _one_at_a_time(place), books_of(place) as books:
        periods = books.periods()
        with place.records.at_once() as session:
            return _complete(place, session, periods)


def _change(
    place: Workplace, subject: Subject, period: str, state: State, reason: str, action: str
) -> list[PeriodChange]:
    place.admit(subject, action, "cost", where=period)
    if not reason.strip():
        raise words_needed(Text("期间变更须写明原因", "a change of a period says why"))
    with _one_at_a_time(place), books_of(place) as books:
        periods = books.periods()
        # Books and records are two stores: what is to be done is kept first, so that whoever comes after a process
        # that ended between the two knows what to look for in the books.
        with place.records.at_once() as session:
            _complete(place, session, periods)
            intent_id = intend(
                session,
                period,
                state.value,
                action,
                changes_before=len(periods.changes),
                user_id=subject.user_id,
                user_name=subject.user_name,
                at=place.now(),
            )
        # The books last: where the records cannot be kept, the period stays as it was.
        with place.records.writing() as session:
            end_intent(session, intent_id)
            note_deed(session, subject, action, KIND, f"{period} {state.value}", place.now())
            tell_of_period(place, session, period, state, subject.user_id, _lockers(periods, period))
            return books.change_periods([period], state, place.today, subject.user_name, reason.strip())


@contextmanager
def _one_at_a_time(place: Workplace) -> Iterator[None]:
    """Let one process at a time change periods: an intent that it finds is of a process that has ended."""
    with FileLock(place.region.folder / _LOCK):
        yield


def _complete(place: Workplace, session: Session, periods: Periods) -> int:
    """Note what came of the intents that are left, and remove them; return how many had changed the books."""
    noted = 0
    for intent in intents(session):
        made = any(
            (each.period, each.state.value, each.changed_by) == (intent.period, intent.state, intent.user_name)
            for each in periods.changes
            if each.sequence > intent.changes_before
        )
        if made:
            event = Event(
                user_id=intent.user_id,
                user_name=intent.user_name,
                action=intent.action,
                object_kind=KIND,
                object_id=f"{intent.period} {intent.state}",
                details={"begun_at": intent.begun_at.isoformat(), "noted": "afterwards"},
            )
            note(session, event, place.now())
            lockers = _lockers(periods, intent.period)
            tell_of_period(place, session, intent.period, State(intent.state), intent.user_id, lockers)
            noted += 1
        end_intent(session, intent.intent_id)
    return noted


def _lockers(periods: Periods, period: str) -> list[str]:
    return [each.changed_by for each in periods.changes if each.period == period and each.state is State.LOCKED]
