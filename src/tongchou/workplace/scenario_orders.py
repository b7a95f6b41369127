"""Orders of trials: computed by the run desk like runs, and ended when they are computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from tongchou.access.admission import note_deed
from tongchou.access.decision import Decision
from tongchou.access.subject import Subject
from tongchou.records import run_orders
from tongchou.records.held import not_found
from tongchou.records.models import RunOrder
from tongchou.workplace.place import Workplace
from tongchou.workplace.scenario_trying import read_scenario_text
from tongchou.workplace.sight import only_masked

KIND = "run_orders"
SCENARIO_PREFIX = "scenario:"
"""What the trials of scenarios are about begins so; those of changes of policy are about the change's id."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a trial is for.

    Attributes:
        about: How its orders are found again: `scenario:ID`, or the id of a change of policy.
        action: The action of the rights that orders it.
        kind: The kind of the object, for the audit.
        object_id: The object.
        details: What the order is to keep beside.
    """

    about: str
    action: str
    kind: str
    object_id: str
    details: Mapping[str, Any] = field(default_factory=dict)


def order_trial(place: Workplace, subject: Subject, occasion: Occasion, content: str) -> RunOrder:
    """Order that a scenario be tried, for who has been admitted to it.

    Args:
        place: The place.
        subject: Who orders it.
        occasion: What it is for.
        content: The scenario's text.

    Raises:
        Problems: Everything that is wrong with the scenario.
    """
    scenario = read_scenario_text(place.region, content)
    details = {
        **occasion.details,
        "kind": run_orders.SCENARIO,
        "about": occasion.about,
        "scenario": content,
        "folder": scenario.folder(place.region).name,
    }
    with place.records.writing() as session:
        order = run_orders.order_run(session, str(scenario.period), details, subject.user_id, place.now())
        note_deed(session, subject, occasion.action, occasion.kind, occasion.object_id, place.now())
    return order


def kept_folder(place: Workplace, order: RunOrder) -> Path:
    """Return where a trial keeps what it comes to."""
    return place.region.folder / "scenarios" / str(order.details["folder"])


def trial_order(place: Workplace, subject: Subject, order_id: str) -> RunOrder:
    """Return an order of a trial, with how far it is.

    Raises:
        TongchouError: `access.refused`; `records.not_found`, also for the trial of a change of policy where scenarios
            are seen with names hidden.
    """
    decision = place.admit(subject, "scenarios.read", "aggregate", where=order_id)
    with place.records.reading() as session:
        order = run_orders.held_order(session, run_orders.SCENARIO, order_id)
    if decision.outcome == "masked" and not str(order.details["about"]).startswith(SCENARIO_PREFIX):
        raise not_found(f"{KIND} {order_id}")
    return order


def cancel_trial(place: Workplace, subject: Subject, order_id: str) -> RunOrder:
    """Cancel a trial that waits or is being computed; what computes it stops.

    Raises:
        TongchouError: `access.refused`; `records.step_not_possible`; `records.not_found`, also where it is finished:
            there is nothing to cancel.
    """
    decision = place.admit(subject, "scenarios.run", "aggregate", where=order_id)
    with place.records.writing() as session:
        if _own_trial(session, subject, decision, order_id).state == "computed":
            raise not_found(f"{KIND} {order_id}")
        order = run_orders.cancel(session, order_id)
        note_deed(session, subject, "scenarios.run", KIND, order_id, place.now())
    return order


def resume_trial(place: Workplace, subject: Subject, order_id: str) -> RunOrder:
    """Let a trial go on that was interrupted or has failed.

    Raises:
        TongchouError: As `cancel_trial`.
    """
    decision = place.admit(subject, "scenarios.run", "aggregate", where=order_id)
    with place.records.writing() as session:
        _own_trial(session, subject, decision, order_id)
        order = run_orders.plan_again(session, order_id)
        note_deed(session, subject, "scenarios.run", KIND, order_id, place.now())
    return order


def _own_trial(session: Session, subject: Subject, decision: Decision, order_id: str) -> RunOrder:
    """Return the order of a trial that somebody may stop or let go on: who runs scenarios masked, only his own."""
    order = run_orders.held_order(session, run_orders.SCENARIO, order_id)
    if decision.outcome == "masked" and order.ordered_by != subject.user_id:
        raise only_masked(order_id, decision)
    return order
