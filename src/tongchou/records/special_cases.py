"""Special review of cases: the hospital applies, experts give opinions, the insurer decides."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.decisions import Ruling, decide_on
from tongchou.records.held import held
from tongchou.records.listed import Place, after
from tongchou.records.models import Decision, ExpertOpinion, SpecialCaseApplication
from tongchou.records.states import check_step

OBJECT_KIND = "special_case_applications"


@dataclass(frozen=True, slots=True)
class Opinion:
    """An expert's opinion: `by_item`, `adjusted` (with the amount, fen) or `refuse`; and where he works."""

    opinion: str
    words: str
    institution_id: str
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class CaseApplied:
    """What a hospital applies for: a case, the run in which it saw it, a reason of `REVIEW_REASON`, and words."""

    case_id: str
    run_id: str
    institution_id: str
    reason: str
    words: str


def standing_application(session: Session, case_id: str) -> str | None:
    """Return the id of the application that stands for a case; None where none was made, or all were withdrawn."""
    standing = select(SpecialCaseApplication.application_id).where(
        SpecialCaseApplication.case_id == case_id, SpecialCaseApplication.state != "withdrawn"
    )
    return session.scalars(standing).first()


def apply_for(session: Session, asked: CaseApplied, by: str, at: datetime) -> SpecialCaseApplication:
    """Apply that a case be paid on special review.

    Raises:
        TongchouError: `records.already_applied` if an application that was not withdrawn stands for the case.
    """
    present = standing_application(session, asked.case_id)
    if present is not None:
        raise TongchouError(
            "records.already_applied",
            what=Text("这份清单已申请特例单议", "special review of this case was applied for already"),
            where=f"{asked.case_id}: {present}",
            why=Text("一份清单只受理一次申请", "a case has one application"),
            remedy=Text("查看已有申请", "look at the one that stands"),
        )
    application = SpecialCaseApplication(
        case_id=asked.case_id,
        run_id=asked.run_id,
        institution_id=asked.institution_id,
        reason=asked.reason,
        words=asked.words,
        applied_by=by,
        applied_at=at,
        changed_at=at,
    )
    session.add(application)
    session.flush()
    return application


def give_opinion(
    session: Session, application_id: str, opinion: Opinion, expert_id: str, at: datetime
) -> SpecialCaseApplication:
    """Add an expert's opinion; the first one brings the application into review. An expert gives one, which stands.

    Raises:
        TongchouError: `records.step_not_possible` if it is decided or withdrawn; `records.opinion_given` if the expert
            has given one.
    """
    application = held(session, SpecialCaseApplication, application_id)
    if any(given.expert_id == expert_id for given in application.opinions):
        raise TongchouError(
            "records.opinion_given",
            what=Text("您已对这份申请提出意见", "you have given an opinion on this application"),
            where=application_id,
            why=Text("每位专家只提一次意见，提出后不改", "an expert gives one opinion, which stands"),
            remedy=Text("查看已提出的意见", "look at the one that you gave"),
        )
    if application.state != "in_review":
        check_step(OBJECT_KIND, application_id, application.state, "in_review")
    application.state, application.changed_at = "in_review", at
    application.opinions.append(
        ExpertOpinion(
            expert_id=expert_id,
            opinion=opinion.opinion,
            amount_fen=opinion.amount_fen,
            institution_id=opinion.institution_id,
            words=opinion.words,
            given_at=at,
        )
    )
    session.flush()
    return application


def decide_application(
    session: Session, application_id: str, version: int, ruling: Ruling, by: str, at: datetime
) -> Decision:
    """Decide an application that experts have reviewed."""
    application = _step(session, application_id, version, "decided", at)
    return decide_on(session, OBJECT_KIND, application_id, application.institution_id, ruling, by, at)


def withdraw_application(session: Session, application_id: str, version: int, at: datetime) -> SpecialCaseApplication:
    """Take an application back; the case may be applied for anew."""
    application = _step(session, application_id, version, "withdrawn", at)
    session.flush()
    return application


def applications(
    session: Session,
    *,
    institution_ids: frozenset[str] | None = None,
    state: str | None = None,
    before: Place | None = None,
    limit: int = 200,
) -> list[SpecialCaseApplication]:
    """Return applications of some institutions (all where None), the newest first.

    Args:
        session: A session to read with.
        institution_ids: Whose.
        state: In which state; any where None.
        before: Time and id of the last one of the page before.
        limit: At most so many.
    """
    query = select(SpecialCaseApplication).order_by(
        SpecialCaseApplication.applied_at.desc(), SpecialCaseApplication.application_id
    )
    if institution_ids is not None:
        query = query.where(SpecialCaseApplication.institution_id.in_(institution_ids))
    if state is not None:
        query = query.where(SpecialCaseApplication.state == state)
    if before is not None:
        query = query.where(after(before, SpecialCaseApplication.applied_at, SpecialCaseApplication.application_id))
    return list(session.scalars(query.limit(limit)))


def _step(session: Session, application_id: str, version: int, then: str, at: datetime) -> SpecialCaseApplication:
    application = held(session, SpecialCaseApplication, application_id, version=version)
    check_step(OBJECT_KIND, application_id, application.state, then)
    application.state, application.changed_at = then, at
    return application
