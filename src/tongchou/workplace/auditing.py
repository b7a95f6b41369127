"""The audit: searched, and verified from its first event to its last."""

from dataclasses import dataclass, replace

from tongchou.access.subject import Subject
from tongchou.records import audit
from tongchou.records.audit import AuditSearch, Fault, Head
from tongchou.records.models import AuditEvent
from tongchou.records.users import find_user
from tongchou.workplace.cursors import bad_cursor
from tongchou.workplace.place import Workplace


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of events, the newest first; `cursor` is where the next page begins, None at the end."""

    events: tuple[AuditEvent, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the whole audit found: the head to keep elsewhere, and every fault."""

    head: Head
    faults: tuple[Fault, ...]


def audit_page(
    place: Workplace,
    subject: Subject,
    wanted: AuditSearch,
    user_name: str | None = None,
    size: int = 100,
    cursor: str | None = None,
) -> AuditPage:
    """Return a page of events.

    Args:
        place: The place.
        subject: Who asks.
        wanted: What to look for.
        user_name: Of this user, in place of `wanted.user_id`; a name that nobody has finds nothing.
        size: Events of a page.
        cursor: Where the page begins, as the page before said.

    Raises:
        TongchouError: `access.refused`; `workplace.bad_cursor`.
    """
    place.admit(subject, "audit.search", "account")
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 18):
        raise bad_cursor()
    with place.records.reading() as session:
        if user_name:
            user = find_user(session, user_name)
            wanted = replace(wanted, user_id=user.user_id if user else "-")
        before = None if cursor is None else int(cursor)
        found = audit.search(session, wanted, before=before, limit=size + 1)
    page = tuple(found[:size])
    return AuditPage(page, str(page[-1].sequence) if len(found) > size else None)


def verify_audit(place: Workplace, subject: Subject, known: Head | None = None) -> Verified:
    """Check the audit from its first event to its last, and against a head kept elsewhere where one is given.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "audit.search", "account", where="verify")
    with place.records.reading() as session:
        return Verified(audit.head_of(session), audit.verify(session, known))
