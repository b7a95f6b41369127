"""Policy changes: drafted, submitted, decided by somebody else, applied."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.held import held
from tongchou.records.models import PolicyChange
from tongchou.records.states import check_step


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be changed, and why.

    Attributes:
        pack: The policy pack.
        parameter: The parameter's name.
        diff: The dated values before and after, as the policy writes them.
        reason: Why.
        source: The document that the new value follows.
        base_fingerprint: The fingerprint of the policy that the diff was made against.
    """

    pack: str
    parameter: str
    diff: Mapping[str, Any]
    reason: str
    source: str
    base_fingerprint: str


def draft(session: Session, proposal: Proposal, author_id: str, at: datetime) -> PolicyChange:
    """Begin a change."""
    change = PolicyChange(
        pack=proposal.pack,
        parameter=proposal.parameter,
        diff=dict(proposal.diff),
        reason=proposal.reason,
        source=proposal.source,
        base_fingerprint=proposal.base_fingerprint,
        author_id=author_id,
        created_at=at,
        changed_at=at,
    )
    session.add(change)
    session.flush()
    return change


def edit(session: Session, change_id: str, version: int, proposal: Proposal, at: datetime) -> PolicyChange:
    """Change a draft, as its editor saw it in a version.

    Raises:
        TongchouError: `records.not_a_draft`; `records.changed_meanwhile`; `records.not_found`.
    """
    change = held(session, PolicyChange, change_id, version=version)
    if change.state != "drafted":
        raise TongchouError(
            "records.not_a_draft",
            what=Text("这份修改已不是草稿", "the change is no longer a draft"),
            where=f"{change.parameter} {change_id}",
            why=Text("提交后的内容不能再改", "what was submitted stays as it is"),
            remedy=Text("先撤回为草稿再改", "take it back to a draft first"),
        )
    change.pack, change.parameter, change.diff = proposal.pack, proposal.parameter, dict(proposal.diff)
    change.reason, change.source = proposal.reason, proposal.source
    change.base_fingerprint, change.changed_at = proposal.base_fingerprint, at
    session.flush()
    return change


def submit(session: Session, change_id: str, version: int, at: datetime) -> PolicyChange:
    """Hand a draft in for approval."""
    change = _step(session, change_id, version, "submitted", at)
    change.submitted_at = at
    session.flush()
    return change


def take_back(session: Session, change_id: str, version: int, at: datetime) -> PolicyChange:
    """Make a change a draft again that is submitted, rejected, or approved and not applied.

    What was decided on it is cleared; the audit keeps it.
    """
    change = _step(session, change_id, version, "drafted", at)
    change.submitted_at = change.decided_by = change.decided_at = None
    change.decision_words = ""
    session.flush()
    return change


def approve(
    session: Session, change_id: str, version: int, by: str, at: datetime, *, fingerprint: str, words: str = ""
) -> PolicyChange:
    """Approve a change, made against the policy as it still is.

    Raises:
        TongchouError: `records.policy_moved` if the policy's fingerprint is not the one it was made against any more.
    """
    change = _step(session, change_id, version, "approved", at)
    if change.base_fingerprint != fingerprint:
        raise policy_moved(change)
    return _decided(session, change, by, at, words)


def policy_moved(change: PolicyChange) -> TongchouError:
    """Return the error of a change that was made against what does not stand any more."""
    return TongchouError(
        "records.policy_moved",
        what=Text("政策在此期间已变动", "the policy has changed meanwhile"),
        where=f"{change.parameter} {change.change_id}",
        why=Text("修改是对照旧内容提出的", "the change was made against what stood before"),
        remedy=Text("退回，请提出人对照现行内容重新提出", "reject it, and have it made anew against what stands now"),
    )


def reject(session: Session, change_id: str, version: int, by: str, at: datetime, *, words: str) -> PolicyChange:
    """Reject a change, with the reason."""
    return _decided(session, _step(session, change_id, version, "rejected", at), by, at, words)


def applied(session: Session, change_id: str, version: int, at: datetime) -> PolicyChange:
    """Note that an approved change now stands in the policy."""
    change = _step(session, change_id, version, "applied", at)
    change.applied_at = at
    session.flush()
    return change


def policy_changes(session: Session, *, state: str | None = None, limit: int = 200) -> list[PolicyChange]:
    """Return changes, the newest first."""
    query = select(PolicyChange).order_by(PolicyChange.created_at.desc(), PolicyChange.change_id).limit(limit)
    if state is not None:
        query = query.where(PolicyChange.state == state)
    return list(session.scalars(query))


def _step(session: Session, change_id: str, version: int, then: str, at: datetime) -> PolicyChange:
    change = held(session, PolicyChange, change_id, version=version)
    check_step("policy_changes", change_id, change.state, then)
    change.state, change.changed_at = then, at
    return change


def _decided(session: Session, change: PolicyChange, by: str, at: datetime, words: str) -> PolicyChange:
    change.decided_by, change.decided_at, change.decision_words = by, at, words
    session.flush()
    return change
