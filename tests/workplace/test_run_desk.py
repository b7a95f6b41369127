"""Runs are ordered, computed in a process of their own, reviewed and booked by another, and survive what ends them."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.workplace.conftest import as_role

from tongchou.core.errors import TongchouError
from tongchou.records import run_orders
from tongchou.records.models import RunOrder
from tongchou.runs.preconditions import standing_runs
from tongchou.workplace.noticing import own_notices
from tongchou.workplace.place import Workplace
from tongchou.workplace.run_desk import RunDesk
from tongchou.workplace.run_ordering import (
    cancel_run,
    order_run,
    ordered_run,
    post_run,
    review_run,
)

pytestmark = pytest.mark.slow


def waited(place: Workplace, order_id: str, until: Callable[[RunOrder], bool]) -> RunOrder:
    officer, end = as_role(place, "insurer_officer"), time.monotonic() + 120
    while time.monotonic() < end:
        order = ordered_run(place, officer, order_id)
        if until(order):
            return order
        time.sleep(0.1)
    raise AssertionError(f"still {order.state} {order.stage} {order.problem}")


def test_a_run_is_ordered_reviewed_and_booked_by_two_people(place: Workplace) -> None:
    officer, approver = as_role(place, "insurer_officer"), as_role(place, "insurer_approver")
    before = dict(standing_runs(place.region.lake))
    desk = RunDesk(place)
    desk.start()
    try:
        order_id = order_run(place, officer, "2025").order_id
        computed = waited(place, order_id, lambda order: order.state in {"computed", "failed"})
        assert computed.state == "computed"
        assert computed.run_id == before["2025"] + "-shadow"
        with pytest.raises(TongchouError) as own:
            review_run(place, officer, order_id, computed.version)
        assert own.value.code == "access.second_person"
        reviewed = review_run(place, approver, order_id, computed.version)
        assert "run.reviewed" in {each.kind for each in own_notices(place, officer)}
        assert "run.reviewed" not in {each.kind for each in own_notices(place, approver)}  # he did it
        with pytest.raises(TongchouError) as second:
            post_run(place, approver, order_id, computed.version)
        assert second.value.code == "records.changed_meanwhile"
        post_run(place, approver, order_id, reviewed.version)
        posted = waited(place, order_id, lambda order: order.state in {"posted", "reviewed"})
        assert (posted.state, posted.run_id) == ("posted", before["2025"])
        assert dict(standing_runs(place.region.lake)) == before
    finally:
        desk.stop()


def test_a_run_of_which_nothing_is_heard_any_more_is_noted_as_interrupted(place: Workplace) -> None:
    officer = as_role(place, "insurer_officer")
    order_id = order_run(place, officer, "2025").order_id
    with place.records.writing() as session:
        run_orders.take_up(session, "a desk that is gone", place.now() - timedelta(seconds=2))
    desk = RunDesk(place, silence=timedelta(seconds=1))
    desk.start()
    try:
        assert waited(place, order_id, lambda order: order.state == "interrupted").state == "interrupted"
    finally:
        desk.stop()


def test_what_the_desk_leaves_when_it_stops_is_taken_up_by_the_next(place: Workplace) -> None:
    officer = as_role(place, "insurer_officer")
    desk = RunDesk(place)
    desk.start()
    order_id = order_run(place, officer, "2025").order_id
    waited(place, order_id, lambda order: order.state == "running")
    desk.stop()
    assert ordered_run(place, officer, order_id).state == "planned"
    again = RunDesk(place)
    again.start()
    try:
        assert waited(place, order_id, lambda order: order.state in {"computed", "failed"}).state == "computed"
    finally:
        again.stop()


def test_a_cancelled_run_stops_and_one_after_it_that_cannot_be_computed_says_why(place: Workplace) -> None:
    officer = as_role(place, "insurer_officer")
    desk = RunDesk(place)
    desk.start()
    try:
        order_id = order_run(place, officer, "2025").order_id
        waited(place, order_id, lambda order: order.state == "running")
        cancel_run(place, officer, order_id)
        follows = order_run(place, officer, "2031").order_id
        failed = waited(place, follows, lambda order: order.state in {"computed", "failed"})
        assert ordered_run(place, officer, order_id).state == "cancelled"
        assert failed.state == "failed"
        assert failed.problem is not None
        assert failed.problem["code"]
    finally:
        desk.stop()


def test_what_changed_since_the_review_is_not_booked(place: Workplace) -> None:
    officer, approver = as_role(place, "insurer_officer"), as_role(place, "insurer_approver")
    desk = RunDesk(place)
    desk.start()
    try:
        order_id = order_run(place, officer, "2025").order_id
        computed = waited(place, order_id, lambda order: order.state in {"computed", "failed"})
        reviewed = review_run(place, approver, order_id, computed.version)
        score = place.region.policy_folder / "parameters" / "settlement" / "assessment" / "score.yaml"
        content = score.read_text(encoding="utf-8")
        assert "default: 95" in content
        score.write_text(content.replace("default: 95", "default: 94"), encoding="utf-8")
        before = place.region.lake.snapshot()
        post_run(place, approver, order_id, reviewed.version)
        refused = waited(place, order_id, lambda order: order.state in {"posted", "reviewed"})
        assert refused.state == "reviewed"
        assert refused.problem is not None
        assert refused.problem["code"] == "workplace.changed_since_review"
        assert place.region.lake.snapshot() == before
    finally:
        desk.stop()
