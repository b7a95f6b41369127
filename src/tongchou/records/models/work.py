"""What people order and change: policy changes, run orders, uploads, and the answers kept for repeated requests."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from tongchou.records.models.base import Base, new_id, one_of
from tongchou.records.states import ANSWER_STATE, POLICY_CHANGE_STATE, RUN_ORDER_STATE, UPLOAD_STATE
from tongchou.schema.states import PERIOD_STATE


class PolicyChange(Base):
    """A request to change one parameter: the diff, and the fingerprint of the policy that it was made against."""

    __tablename__ = "policy_changes"
    __table_args__ = (
        one_of("state", POLICY_CHANGE_STATE),
        CheckConstraint("decided_by IS NULL OR decided_by <> author_id", name="approver_is_another"),
        Index(None, "state"),
    )

    change_id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    pack: Mapped[str]
    parameter: Mapped[str]
    diff: Mapped[dict[str, Any]]
    reason: Mapped[str]
    source: Mapped[str]
    base_fingerprint: Mapped[str]
    state: Mapped[str] = mapped_column(default="drafted")
    author_id: Mapped[str] = mapped_column(ForeignKey("users.user_id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("users.user_id"))
    decided_at: Mapped[datetime | None]
    decision_words: Mapped[str] = mapped_column(default="")
    applied_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class RunOrder(Base):
    """A run as the working place knows it: what was ordered, how far it is, who reviewed and who posted it."""

    __tablename__ = "run_orders"
    __table_args__ = (
        one_of("state", RUN_ORDER_STATE),
        CheckConstraint("reviewed_by IS NULL OR reviewed_by <> ordered_by", name="reviewer_is_another"),
        CheckConstraint("posted_by IS NULL OR posted_by <> ordered_by", name="poster_is_another"),
        CheckConstraint("done_steps >= 0 AND all_steps >= done_steps", name="progress_within_bounds"),
        Index(None, "state"),
        Index(None, "run_id"),
    )

    order_id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    period: Mapped[str]
    details: Mapped[dict[str, Any]]
    """Scheme, policy, scenario and whatever else the order names."""
    state: Mapped[str] = mapped_column(default="planned")
    stage: Mapped[str] = mapped_column(default="")
    done_steps: Mapped[int] = mapped_column(default=0)
    all_steps: Mapped[int] = mapped_column(default=0)
    run_id: Mapped[str | None]
    problem: Mapped[dict[str, Any] | None]
    """The error as JSON where it failed."""
    worker: Mapped[str] = mapped_column(default="")
    """The process that computes it, while one does."""
    heartbeat_at: Mapped[datetime | None]
    ordered_by: Mapped[str] = mapped_column(ForeignKey("users.user_id"))
    ordered_at: Mapped[datetime]
    computed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("users.user_id"))
    reviewed_at: Mapped[datetime | None]
    posted_by: Mapped[str | None] = mapped_column(ForeignKey("users.user_id"))
    posted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Upload(Base):
    """A file on its way in: `received` of `size` bytes are here, and it can go on from there."""

    __tablename__ = "uploads"
    __table_args__ = (
        one_of("state", UPLOAD_STATE),
        CheckConstraint("size > 0 AND received >= 0 AND received <= size", name="received_within_size"),
        Index(None, "institution_id", "created_at"),
        Index(None, "owner_id"),
    )

    upload_id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    file_name: Mapped[str]
    """As the sender calls it; for people, never a path."""
    content_type: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(BigInteger())
    received: Mapped[int] = mapped_column(BigInteger(), default=0)
    sha256: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="receiving")
    problem: Mapped[dict[str, Any] | None]
    batch_id: Mapped[str | None]
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.user_id"))
    institution_id: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class IdempotencyKey(Base):
    """A key that a client sent with a request, and the answer that it gets again when it repeats the request."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (one_of("state", ANSWER_STATE), Index(None, "expires_at"))

    user_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    state: Mapped[str] = mapped_column(default="begun")
    attempt: Mapped[str | None]
    """Who works on it: whoever takes the key up later has another, and what the first one did is not kept."""
    status: Mapped[int | None]
    answer: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class PeriodIntent(Base):
    """A change of a ledger period that is about to be made in the books, which the records cannot hold.

    It is kept before the books change and removed in the transaction that notes the change, so what was changed by a
    process that ended in between can be noted later.
    """

    __tablename__ = "period_intents"
    __table_args__ = (one_of("state", PERIOD_STATE),)

    intent_id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    period: Mapped[str]
    state: Mapped[str]
    action: Mapped[str]
    """The action of the rights by which it is changed."""
    changes_before: Mapped[int]
    """How many changes of periods the books held."""
    user_id: Mapped[str]
    user_name: Mapped[str]
    begun_at: Mapped[datetime]
