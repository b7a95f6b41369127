"""The audit: one event a row, each holding the hash of the one before it."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from tongchou.records.models.base import Base, one_of
from tongchou.records.states import AUDIT_OUTCOME


class AuditEvent(Base):
    """Who did what to which object, when, for which institution and purpose, and with what outcome."""

    __tablename__ = "audit"
    __table_args__ = (
        one_of("outcome", AUDIT_OUTCOME),
        Index(None, "at"),
        Index(None, "user_id", "sequence"),
        Index(None, "action", "sequence"),
        Index(None, "institution_id", "sequence"),
        Index(None, "object_kind", "object_id"),
    )

    sequence: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime]
    user_id: Mapped[str]
    user_name: Mapped[str]
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    institution_id: Mapped[str]
    purpose: Mapped[str]
    outcome: Mapped[str]
    details: Mapped[str]
    """Canonical JSON, kept as text so that its hash is of what stands there."""
    previous_hash: Mapped[str]
    hash: Mapped[str]


class AuditHead(Base):
    """The last event of the audit: one row, which also makes writers wait for one another."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("name = 'audit'", name="one_row"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger())
    hash: Mapped[str]
