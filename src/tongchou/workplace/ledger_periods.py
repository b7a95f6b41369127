"""Periods of the ledger: opened, locked, and closed by another person than who locked them."""

from tongchou.access.admission import note_deed
from tongchou.access.subject import Subject
from tongchou.access.two_persons import check_two_persons
from tongchou.core.text import Text
from tongchou.ledger.periods import PeriodChange, Periods, State
from tongchou.workplace.ledger_reading import books_of
from tongchou.workplace.place import Workplace
from tongchou.workplace.referring import words_needed

KIND = "ledger_periods"


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
        changes = books.periods().changes
    lockers = [each.changed_by for each in changes if each.period == period and each.state is State.LOCKED]
    own = [subject.user_id] if subject.user_name in lockers else []
    check_two_persons(subject, "ledger.close", {"locker": own})
    return _change(place, subject, period, State.CLOSED, reason, "ledger.close")


def _change(
    place: Workplace, subject: Subject, period: str, state: State, reason: str, action: str
) -> list[PeriodChange]:
    place.admit(subject, action, "cost", where=period)
    if not reason.strip():
        raise words_needed(Text("期间变更须写明原因", "a change of a period says why"))
    # The books last: where the records cannot be kept, the period stays as it was.
    with place.records.writing() as session, books_of(place) as books:
        note_deed(session, subject, action, KIND, f"{period} {state.value}", place.now())
        return books.change_periods([period], state, place.today, subject.user_name, reason.strip())
