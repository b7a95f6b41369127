"""Notices: what happened that somebody should know, and one's own list of them."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from tongchou.access.subject import Subject
from tongchou.core.text import Text
from tongchou.ledger.periods import State
from tongchou.records import notices
from tongchou.records.held import held
from tongchou.records.models import Notice, PolicyChange, RunOrder, User
from tongchou.records.users import find_user, users_in_role
from tongchou.workplace.place import Workplace


def tell(place: Workplace, session: Session, people: Iterable[User | str], kind: str, text: Text, page: str) -> None:
    """Send a notice to users (or ids of users), in the transaction that does what it tells."""
    ids = [each if isinstance(each, str) else each.user_id for each in people]
    notices.notify(session, ids, notices.Words(kind, text, page), place.now())


def tell_of_run(place: Workplace, session: Session, order: RunOrder) -> None:
    """Tell who must know that a run is computed, booked, or has failed: approvers, officers, and who ordered it."""
    match order.state:
        case "computed":
            people = [*users_in_role(session, "insurer_approver"), *users_in_role(session, "insurer_officer")]
            others = [each.user_id for each in people if each.user_id != order.ordered_by]
            text = Text(f"{order.period} 年结算已算出，待复核", f"the run of {order.period} is computed: review it")
            tell(place, session, others, "run.computed", text, f"/settlement?run={order.run_id}")
        case "posted":
            text = Text(f"{order.period} 年结算已入账", f"the run of {order.period} is posted")
            tell(place, session, [order.ordered_by], "run.posted", text, f"/settlement?run={order.run_id}")
        case "failed":
            text = Text(f"{order.period} 年结算失败", f"the run of {order.period} has failed")
            tell(place, session, [order.ordered_by], "run.failed", text, "/settlement")
        case "reviewed":
            text = Text(f"{order.period} 年结算未能入账", f"the run of {order.period} could not be posted")
            tell(place, session, [order.ordered_by], "run.not_posted", text, "/settlement")


def tell_of_review(place: Workplace, session: Session, order: RunOrder) -> None:
    """Tell who may post a run that it is reviewed: approvers but who ordered or reviewed it; and who ordered it."""
    approvers = [each.user_id for each in users_in_role(session, "insurer_approver")]
    people = [each for each in approvers if each not in {order.ordered_by, order.reviewed_by}]
    text = Text(f"{order.period} 年结算已复核，待入账", f"the run of {order.period} is reviewed: it waits to be posted")
    tell(place, session, [*people, order.ordered_by], "run.reviewed", text, f"/settlement?run={order.run_id}")


def tell_of_period(place: Workplace, session: Session, period: str, state: State, by: str, lockers: list[str]) -> None:
    """Tell who must know of a period: approvers that it is locked and may be closed, who locked it that it is closed.

    Args:
        place: The place.
        session: The transaction that does what it tells.
        period: The period.
        state: Its new state.
        by: Id of who changed it.
        lockers: Names of who locked it.
    """
    match state:
        case State.LOCKED:
            others = [each for each in users_in_role(session, "insurer_approver") if each.user_id != by]
            text = Text(f"会计期间 {period} 已锁定，待关闭", f"the period {period} is locked: it waits to be closed")
            tell(place, session, others, "ledger.locked", text, "/ledger")
        case State.CLOSED:
            found = [user for user in (find_user(session, name) for name in lockers) if user is not None]
            text = Text(f"会计期间 {period} 已关闭", f"the period {period} is closed")
            tell(place, session, [each for each in found if each.user_id != by], "ledger.closed", text, "/ledger")


def tell_of_change(place: Workplace, session: Session, change: PolicyChange) -> None:
    """Tell who must know that a change of policy was handed in or decided: approvers, and who drafted it."""
    title = Text(**change.diff["title"])
    page = f"/policy?change={change.change_id}"
    match change.state:
        case "submitted":
            others = [each for each in users_in_role(session, "insurer_approver") if each.user_id != change.author_id]
            text = Text(f"政策变更待审批：{title.zh}", f"a change of policy waits for approval: {title.en}")
            tell(place, session, others, "policy.submitted", text, page)
        case "approved":
            text = Text(f"政策变更已批准：{title.zh}", f"the change of policy is approved: {title.en}")
            tell(place, session, [change.author_id], "policy.approved", text, page)
        case "rejected":
            text = Text(f"政策变更被退回：{title.zh}", f"the change of policy is rejected: {title.en}")
            tell(place, session, [change.author_id], "policy.rejected", text, page)


def own_notices(place: Workplace, subject: Subject, limit: int = 100) -> list[Notice]:
    """Return one's own notices, the newest first.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "notices.read", "own")
    with place.records.reading() as session:
        return notices.notices_of(session, subject.user_id, limit)


def unread_count(place: Workplace, subject: Subject) -> int:
    """Return how many notices one has not read.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "notices.read", "own")
    with place.records.reading() as session:
        return notices.unread(session, subject.user_id)


def mark_read(place: Workplace, subject: Subject, notice_id: str | None = None) -> int:
    """Note that one has read a notice, or all of them; return how many are left.

    Raises:
        TongchouError: `access.refused`; `records.not_found` if it is not one's own.
    """
    place.admit(subject, "notices.read", "own")
    with place.records.writing() as session:
        if notice_id is None:
            notices.mark_read(session, subject.user_id, place.now())
        else:
            if held(session, Notice, notice_id).user_id != subject.user_id:
                held(session, Notice, f"-{notice_id}")  # another's is as good as none
            notices.mark_one_read(session, subject.user_id, notice_id, place.now())
        return notices.unread(session, subject.user_id)
