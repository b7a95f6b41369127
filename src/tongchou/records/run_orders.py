"""Run orders: what somebody asked to be computed, how far it is, and who let it be booked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from tongchou.core.errors import TongchouError
from tongchou.records.held import held, not_found
from tongchou.records.models import RunOrder
from tongchou.records.states import check_step

SETTLE, SCENARIO, INTAKE = "settle", "scenario", "intake"
"""Kinds of orders: a year that is settled and may be booked; a trial, and a file that is taken in, which both end when
they are computed."""


def kind_of(order: RunOrder) -> str:
    """Return the kind of an order: `settle` where its details name none."""
    return str(order.details.get("kind", SETTLE))


def held_order(session: Session, kind: str, order_id: str) -> RunOrder:
    """Return an order of a kind.

    Raises:
        TongchouError: `records.not_found` if there is none of the kind.
    """
    order = held(session, RunOrder, order_id)
    if kind_of(order) != kind:
        raise not_found(f"run_orders {order_id}")
    return order


def order_run(session: Session, period: str, details: Mapping[str, Any], by: str, at: datetime) -> RunOrder:
    """Order a run of a period (`2025`, `2025-03`)."""
    order = RunOrder(period=period, details=dict(details), ordered_by=by, ordered_at=at)
    session.add(order)
    session.flush()
    return order


def take_up(session: Session, worker: str, at: datetime) -> RunOrder | None:
    """Give the oldest planned order to a worker; None where none waits. Two workers never get the same one."""
    query = (
        select(RunOrder)
        .where(RunOrder.state == "planned")
        .order_by(RunOrder.ordered_at, RunOrder.order_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    order = session.scalars(query).first()
    return None if order is None else begin(session, order.order_id, worker, at)


def begin(session: Session, order_id: str, worker: str, at: datetime) -> RunOrder:
    """Begin an order, or take up one that was interrupted or had failed."""
    order = _step(session, order_id, "running")
    order.worker, order.heartbeat_at, order.problem = worker, at, None
    session.flush()
    return order


def progress(session: Session, order_id: str, stage: str, done: int, of: int, at: datetime) -> bool:
    """Note how far a running order is; return False where it is no longer running (cancelled): the worker stops.

    This does not count as a change that another editor must be told of.
    """
    changed = session.execute(
        update(RunOrder)
        .where(RunOrder.order_id == order_id, RunOrder.state.in_(("running", "posting")))
        .values(stage=stage, done_steps=done, all_steps=of, heartbeat_at=at)
        .returning(RunOrder.order_id),
        execution_options={"synchronize_session": False},
    )
    return changed.first() is not None


def computed(session: Session, order_id: str, run_id: str, at: datetime) -> RunOrder:
    """Note that the run stands, under the id that it has in the region."""
    order = _step(session, order_id, "computed")
    order.run_id, order.computed_at, order.worker = run_id, at, ""
    session.flush()
    return order


def failed(session: Session, order_id: str, problem: TongchouError) -> RunOrder:
    """Note that a run failed, and why."""
    order = _step(session, order_id, "failed")
    order.problem, order.worker = problem.as_json(), ""
    session.flush()
    return order


def cancel(session: Session, order_id: str) -> RunOrder:
    """Cancel an order that is not posted; a worker that computes it sees so at its next `progress`."""
    order = _step(session, order_id, "cancelled")
    order.worker = ""
    session.flush()
    return order


def plan_again(session: Session, order_id: str) -> RunOrder:
    """Let an order that was interrupted or has failed wait for a worker again."""
    order = _step(session, order_id, "planned")
    order.problem, order.worker = None, ""
    session.flush()
    return order


def let_go(session: Session, order_id: str) -> RunOrder:
    """Note that a worker stops: its run is interrupted, and waits for the next worker as what it was posting does."""
    order = held(session, RunOrder, order_id)
    if order.state == "running":
        for then in ("interrupted", "planned"):
            _step(session, order_id, then)
    order.worker = ""
    session.flush()
    return order


def interrupt_abandoned(session: Session, *, silent_since: datetime) -> list[RunOrder]:
    """Note as interrupted what runs by name but has not been heard of since a moment; return those orders."""
    query = select(RunOrder).where(RunOrder.state == "running", RunOrder.heartbeat_at < silent_since)
    orders = list(session.scalars(query.with_for_update(skip_locked=True)))
    for order in orders:
        check_step("run_orders", order.order_id, order.state, "interrupted")
        order.state, order.worker = "interrupted", ""
    session.flush()
    return orders


def review(session: Session, order_id: str, version: int, by: str, at: datetime) -> RunOrder:
    """Note that somebody has reviewed a computed run; the database refuses who ordered it."""
    order = _step(session, order_id, "reviewed", version)
    order.reviewed_by, order.reviewed_at = by, at
    session.flush()
    return order


def begin_posting(session: Session, order_id: str, version: int, by: str, at: datetime) -> RunOrder:
    """Let a reviewed run be booked; the database refuses who ordered it."""
    order = _step(session, order_id, "posting", version)
    order.posted_by, order.posted_at, order.problem, order.worker = by, at, None, ""
    session.flush()
    return order


def take_up_posting(session: Session, worker: str, at: datetime, *, silent_since: datetime) -> RunOrder | None:
    """Give a run that is to be booked to a worker: one that nobody has begun, or whose worker is not heard of."""
    query = (
        select(RunOrder)
        .where(
            RunOrder.state == "posting",
            or_(RunOrder.worker == "", RunOrder.heartbeat_at < silent_since),
        )
        .order_by(RunOrder.posted_at, RunOrder.order_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    order = session.scalars(query).first()
    if order is not None:
        order.worker, order.heartbeat_at = worker, at
        session.flush()
    return order


def posted(session: Session, order_id: str, run_id: str, at: datetime) -> RunOrder:
    """Note that a run is booked, under the id that the ledger names."""
    order = _step(session, order_id, "posted")
    order.run_id, order.posted_at, order.worker = run_id, at, ""
    session.flush()
    return order


def not_posted(session: Session, order_id: str, problem: TongchouError) -> RunOrder:
    """Note that a run could not be booked, and why; it is reviewed as before."""
    order = _step(session, order_id, "reviewed")
    order.posted_by = order.posted_at = None
    order.problem, order.worker = problem.as_json(), ""
    session.flush()
    return order


def run_orders(
    session: Session, *, kind: str = SETTLE, state: str | None = None, about: str | None = None, limit: int = 200
) -> list[RunOrder]:
    """Return orders of a kind, the newest first.

    Args:
        session: A session of the records.
        kind: The kind.
        state: Those in a state; all where None.
        about: Those whose details name this as what they are about; all where None.
        limit: At most so many.
    """
    query = select(RunOrder).order_by(RunOrder.ordered_at.desc(), RunOrder.order_id).limit(limit)
    query = query.where(func.coalesce(RunOrder.details["kind"].as_string(), SETTLE) == kind)
    if state is not None:
        query = query.where(RunOrder.state == state)
    if about is not None:
        query = query.where(RunOrder.details["about"].as_string() == about)
    return list(session.scalars(query))


def _step(session: Session, order_id: str, then: str, version: int | None = None) -> RunOrder:
    order = held(session, RunOrder, order_id, version=version)
    check_step("run_orders", order_id, order.state, then)
    order.state = then
    return order
