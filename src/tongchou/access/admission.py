"""Letting somebody in to do something, or refusing with the reason; a refusal is noted in the audit."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tongchou.access.decision import Decision, decide
from tongchou.access.subject import REGION, Subject, Whose
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.audit import Event, note
from tongchou.records.database import Records


def admit(
    records: Records, subject: Subject, action: str, whose: Whose, grade: str, at: datetime, *, where: str = ""
) -> Decision:
    """Return the decision where it is allowed or masked.

    Args:
        records: Where a refusal is noted.
        subject: Who asks.
        action: What is to be done.
        whose: Whose the object is.
        grade: The grade of its data.
        at: Now.
        where: The object, for the error and the audit.

    Raises:
        TongchouError: `access.refused`, with the reason and who could.
    """
    decision = decide(subject, action, whose, grade)
    if decision.outcome != "refused":
        return decision
    with records.writing() as session:
        note(
            session,
            Event(
                user_id=subject.user_id,
                user_name=subject.user_name,
                action=action,
                outcome="refused",
                object_id=where,
                institution_id=whose.institution_ids[0] if whose.institution_ids else "",
                details={"rule": decision.rule, "grade": grade},
            ),
            at,
        )
    raise TongchouError(
        "access.refused",
        what=Text("没有权限", "you may not do this"),
        where=where or action,
        why=decision.reason,
        remedy=Text("请有此权限的人办理，或向管理员申请角色", "ask somebody who may, or the administrator for a role"),
    )


@dataclass(frozen=True, slots=True)
class PersonRead:
    """A read of rows joined to persons.

    Attributes:
        purpose: What for, in the reader's words or of a list.
        what: The table or page, and what was asked of it.
        institution_id: Whose persons; empty of several institutions.
        count: How many rows were given.
        outcome: `done`, or `masked` where pseudonyms were left out.
    """

    purpose: str
    what: str
    institution_id: str
    count: int
    outcome: str = "done"


def record_read(session: Session, subject: Subject, read: PersonRead, at: datetime) -> None:
    """Note a read of person-level rows; do so before they are given away.

    Raises:
        TongchouError: `access.purpose_needed` if no purpose is named.
    """
    if not read.purpose.strip():
        raise TongchouError(
            "access.purpose_needed",
            what=Text("请写明查看个人明细的用途", "say what the rows of persons are for"),
            where=read.what,
            why=Text("每次查看个人明细都要留痕", "every read of persons' rows is noted with its purpose"),
            remedy=Text("填写用途后再查看", "name the purpose, and look then"),
        )
    event = Event(
        user_id=subject.user_id,
        user_name=subject.user_name,
        action="cases.person_read",
        outcome=read.outcome,
        object_id=read.what,
        institution_id=read.institution_id,
        purpose=read.purpose.strip(),
        details={"rows": read.count, "roles": list(subject.roles)},
    )
    note(session, event, at)


def note_deed(
    session: Session,
    subject: Subject,
    action: str,
    object_kind: str,
    object_id: str,
    at: datetime,
    *,
    whose: Whose = REGION,
) -> None:
    """Note what somebody did, in the transaction that does it."""
    institution_id = whose.institution_ids[0] if whose.institution_ids else ""
    event = Event(
        user_id=subject.user_id,
        user_name=subject.user_name,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        institution_id=institution_id,
    )
    note(session, event, at)
