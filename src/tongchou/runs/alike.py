"""Whether a finished run followed from what another run follows from: only then may anything of it be taken."""

from pathlib import Path

from tongchou.runs.order import Work
from tongchou.runs.record import RunRecord
from tongchou.runs.region import RegionPolicy


def has_same_facts(work: Work, finished: RunRecord) -> bool:
    """Return whether a finished run read the same tables for the same period, and the same software wrote it."""
    own, other = work.inputs, finished.inputs
    return (own.versions, own.period, own.software) == (other.versions, other.period, other.software)


def policy_of(work: Work, finished: RunRecord) -> RegionPolicy | None:
    """Return the policy that a finished run followed; None where its packs say something else by now."""
    other = finished.inputs
    policy = work.order.region.policy(Path(other.policy_pack) if other.policy_pack else None)
    return policy if policy.fingerprint == other.policy else None
