"""Working referrals: requested, answered by the receiver, arrived, completed; every step is kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tongchou.records.held import held
from tongchou.records.listed import Place, after
from tongchou.records.models import ReferralStep, WorkingReferral
from tongchou.records.states import check_step


@dataclass(frozen=True, slots=True)
class ReferralRequest:
    """What an institution asks of another: `person_id` is a pseudonym, `direction` is `up` or `down`."""

    person_id: str
    direction: str
    from_institution_id: str
    to_institution_id: str
    reason: str
    department: str = ""
    case_id: str | None = None


def request_referral(session: Session, asked: ReferralRequest, by: str, at: datetime) -> WorkingReferral:
    """Begin a referral."""
    referral = WorkingReferral(
        person_id=asked.person_id,
        direction=asked.direction,
        from_institution_id=asked.from_institution_id,
        to_institution_id=asked.to_institution_id,
        reason=asked.reason,
        department=asked.department,
        case_id=asked.case_id,
        created_by=by,
        created_at=at,
        changed_at=at,
        steps=[ReferralStep(number=1, state="requested", user_id=by, at=at)],
    )
    session.add(referral)
    session.flush()
    return referral


def move_referral(
    session: Session, referral_id: str, version: int, then: str, by: str, at: datetime, *, words: str = ""
) -> WorkingReferral:
    """Bring a referral into its next state: `accepted`, `rejected`, `arrived` or `completed`.

    Raises:
        TongchouError: `records.step_not_possible`; `records.changed_meanwhile`; `records.not_found`.
    """
    referral = held(session, WorkingReferral, referral_id, version=version)
    check_step("referrals", referral_id, referral.state, then)
    referral.state, referral.changed_at = then, at
    referral.steps.append(ReferralStep(number=len(referral.steps) + 1, state=then, user_id=by, words=words, at=at))
    session.flush()
    return referral


def referrals_of(
    session: Session,
    *,
    institution_ids: frozenset[str] | None = None,
    state: str | None = None,
    before: Place | None = None,
    limit: int = 200,
) -> list[WorkingReferral]:
    """Return referrals that some institutions sent or receive (all where None), the newest first.

    Args:
        session: A session to read with.
        institution_ids: Of whom.
        state: In which state; any where None.
        before: Time and id of the last one of the page before.
        limit: At most so many.
    """
    query = select(WorkingReferral).order_by(WorkingReferral.created_at.desc(), WorkingReferral.referral_id)
    if institution_ids is not None:
        query = query.where(
            or_(
                WorkingReferral.from_institution_id.in_(institution_ids),
                WorkingReferral.to_institution_id.in_(institution_ids),
            )
        )
    if state is not None:
        query = query.where(WorkingReferral.state == state)
    if before is not None:
        query = query.where(after(before, WorkingReferral.created_at, WorkingReferral.referral_id))
    return list(session.scalars(query.limit(limit)))


def ended_referrals(session: Session) -> list[WorkingReferral]:
    """Return the referrals that change no more, completed or rejected, by id."""
    query = select(WorkingReferral).where(WorkingReferral.state.in_(("completed", "rejected")))
    return list(session.scalars(query.order_by(WorkingReferral.referral_id)))
