"""What institutions ask of one another and of the insurer: referrals, special cases, decisions, notices."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tongchou.records.models.base import Base, new_id, one_of
from tongchou.records.states import APPLICATION_STATE
from tongchou.schema.review_states import REVIEW_OPINION, REVIEW_REASON
from tongchou.schema.states import REFERRAL_DIRECTION, REFERRAL_STATE


class WorkingReferral(Base):
    """A referral while it is being worked on; what is completed reaches the lake as a row of `referrals`."""

    __tablename__ = "referrals"
    __table_args__ = (
        one_of("state", REFERRAL_STATE),
        one_of("direction", REFERRAL_DIRECTION),
        CheckConstraint("from_institution_id <> to_institution_id", name="goes_elsewhere"),
        Index(None, "from_institution_id", "state"),
        Index(None, "to_institution_id", "state"),
        Index(None, "person_id"),
    )

    referral_id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[str]
    """Pseudonym."""
    direction: Mapped[str]
    from_institution_id: Mapped[str]
    to_institution_id: Mapped[str]
    department: Mapped[str] = mapped_column(default="")
    reason: Mapped[str]
    case_id: Mapped[str | None]
    """The stay before, at the sender."""
    to_case_id: Mapped[str | None]
    """The stay after, at the receiver; known when it is completed."""
    state: Mapped[str] = mapped_column(default="requested")
    created_by: Mapped[str] = mapped_column(ForeignKey("users.user_id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    steps: Mapped[list["ReferralStep"]] = relationship(order_by="ReferralStep.number", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class ReferralStep(Base):
    """A state that a referral came into: its history, one step a row, from 1."""

    __tablename__ = "referral_steps"
    __table_args__ = (one_of("state", REFERRAL_STATE),)

    referral_id: Mapped[str] = mapped_column(ForeignKey("referrals.referral_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id"))
    words: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class SpecialCaseApplication(Base):
    """A hospital's application that a case be paid on special review; one that stands for a case at a time."""

    __tablename__ = "special_case_applications"
    __table_args__ = (
        one_of("state", APPLICATION_STATE),
        one_of("reason", REVIEW_REASON),
        Index(
            "uq_special_case_applications_standing",
            "case_id",
            unique=True,
            sqlite_where=text("state <> 'withdrawn'"),
            postgresql_where=text("state <> 'withdrawn'"),
        ),
        Index(None, "institution_id", "state"),
    )

    application_id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[str]
    run_id: Mapped[str]
    """The run in which the hospital saw the case."""
    institution_id: Mapped[str]
    reason: Mapped[str]
    words: Mapped[str]
    state: Mapped[str] = mapped_column(default="applied")
    applied_by: Mapped[str] = mapped_column(ForeignKey("users.user_id"))
    applied_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    opinions: Mapped[list["ExpertOpinion"]] = relationship(order_by="ExpertOpinion.given_at", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class ExpertOpinion(Base):
    """One expert's opinion on an application.

    `amount_fen` is the payment standard proposed, fen, where adjusted; `institution_id` is where he worked then.
    """

    __tablename__ = "special_case_opinions"
    __table_args__ = (
        one_of("opinion", REVIEW_OPINION),
        CheckConstraint("(opinion = 'adjusted') = (amount_fen IS NOT NULL)", name="amount_where_adjusted"),
        CheckConstraint("amount_fen IS NULL OR amount_fen >= 0", name="amount_not_below_zero"),
    )

    application_id: Mapped[str] = mapped_column(
        ForeignKey("special_case_applications.application_id"), primary_key=True
    )
    expert_id: Mapped[str] = mapped_column(ForeignKey("users.user_id"), primary_key=True)
    opinion: Mapped[str]
    amount_fen: Mapped[int | None] = mapped_column(BigInteger())
    institution_id: Mapped[str]
    words: Mapped[str]
    given_at: Mapped[datetime]


class Decision(Base):
    """A decision on an object (a special case, an adjustment, an appeal); a later one names the one it replaces."""

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "object_kind", "object_id"),)

    decision_id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    object_kind: Mapped[str]
    object_id: Mapped[str]
    institution_id: Mapped[str]
    outcome: Mapped[str]
    amount_fen: Mapped[int | None] = mapped_column(BigInteger())
    words: Mapped[str]
    decided_by: Mapped[str] = mapped_column(ForeignKey("users.user_id"))
    decided_at: Mapped[datetime]
    replaces: Mapped[str | None] = mapped_column(ForeignKey("decisions.decision_id"), unique=True)


class Notice(Base):
    """A notice to one user, in both languages, with the page it leads to."""

    __tablename__ = "notices"
    __table_args__ = (Index(None, "user_id", "created_at"),)

    notice_id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"))
    kind: Mapped[str]
    words_zh: Mapped[str]
    words_en: Mapped[str]
    page: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
