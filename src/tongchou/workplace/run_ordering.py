"""Ordering runs: ordered by one, reviewed and booked by another."""

from tongchou.access.admission import note_deed
from tongchou.access.subject import Subject
from tongchou.access.two_persons import check_two_persons
from tongchou.records import run_orders
from tongchou.records.models import RunOrder
from tongchou.runs.region import Period
from tongchou.workplace.noticing import tell_of_review
from tongchou.workplace.place import Workplace

KIND = "run_orders"


def order_run(place: Workplace, subject: Subject, period: str, scheme: str | None = None) -> RunOrder:
    """Order that a year be settled; it is computed as a shadow run, and booked once another person lets it.

    Raises:
        TongchouError: `access.refused`; `runs.period`; `grouping.no_scheme`.
    """
    place.admit(subject, "runs.order", "cost", where=period)
    year = str(Period.parse(period))
    if scheme is not None:
        place.at_hand.require_scheme(scheme)
    with place.records.writing() as session:
        order = run_orders.order_run(session, year, {"scheme": scheme}, subject.user_id, place.now())
        note_deed(session, subject, "runs.order", KIND, order.order_id, place.now())
    return order


def ordered_runs(place: Workplace, subject: Subject, state: str | None = None) -> list[RunOrder]:
    """Return the orders, the newest first.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "runs.read", "open")
    with place.records.reading() as session:
        return run_orders.run_orders(session, state=state)


def ordered_run(place: Workplace, subject: Subject, order_id: str) -> RunOrder:
    """Return an order.

    Raises:
        TongchouError: `access.refused`; `records.not_found`.
    """
    place.admit(subject, "runs.read", "open", where=order_id)
    with place.records.reading() as session:
        return run_orders.held_order(session, run_orders.SETTLE, order_id)


def review_run(place: Workplace, subject: Subject, order_id: str, version: int) -> RunOrder:
    """Say that a computed run is right; not by who ordered it.

    Raises:
        TongchouError: `access.refused`; `access.second_person`; `records.changed_meanwhile`;
            `records.step_not_possible`; `records.not_found`.
    """
    place.admit(subject, "runs.review", "cost", where=order_id)
    with place.records.writing() as session:
        ordered = run_orders.held_order(session, run_orders.SETTLE, order_id)
        check_two_persons(subject, "runs.review", {"orderer": [ordered.ordered_by]})
        order = run_orders.review(session, order_id, version, subject.user_id, place.now())
        note_deed(session, subject, "runs.review", KIND, order_id, place.now())
        tell_of_review(place, session, order)
    return order


def post_run(place: Workplace, subject: Subject, order_id: str, version: int) -> RunOrder:
    """Let a reviewed run be booked; not by who ordered it. It is booked a moment later, whole.

    Raises:
        TongchouError: As `review_run`.
    """
    place.admit(subject, "runs.post", "cost", where=order_id)
    with place.records.writing() as session:
        ordered = run_orders.held_order(session, run_orders.SETTLE, order_id)
        check_two_persons(subject, "runs.post", {"orderer": [ordered.ordered_by]})
        order = run_orders.begin_posting(session, order_id, version, subject.user_id, place.now())
        note_deed(session, subject, "runs.post", KIND, order_id, place.now())
    return order


def cancel_run(place: Workplace, subject: Subject, order_id: str) -> RunOrder:
    """Cancel an order that is not booked; what computes it stops.

    Raises:
        TongchouError: `access.refused`; `records.step_not_possible`; `records.not_found`.
    """
    place.admit(subject, "runs.cancel", "cost", where=order_id)
    with place.records.writing() as session:
        run_orders.held_order(session, run_orders.SETTLE, order_id)
        order = run_orders.cancel(session, order_id)
        note_deed(session, subject, "runs.cancel", KIND, order_id, place.now())
    return order


def resume_run(place: Workplace, subject: Subject, order_id: str) -> RunOrder:
    """Let an order go on that was interrupted or has failed.

    Raises:
        TongchouError: As `cancel_run`.
    """
    place.admit(subject, "runs.cancel", "cost", where=order_id)
    with place.records.writing() as session:
        run_orders.held_order(session, run_orders.SETTLE, order_id)
        order = run_orders.plan_again(session, order_id)
        note_deed(session, subject, "runs.cancel", KIND, order_id, place.now())
    return order
