"""The client's part for policy: read on a day, changed by requests that somebody else approves."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tongchou.client.asking import Asks, part, seen
from tongchou.client.work_results import PolicyChange


class PolicyCalls(Asks):
    """Policy; days as `2025-06-01`, today where none is named. Each step names the change as it was seen."""

    def policy(self, on: str | None = None, *, search: str = "") -> Mapping[str, Any]:
        """Return the packs in their order, and what each parameter in which `search` stands says on a day."""
        return self._mapping("GET", "/policy", query={"on": on, "search": search})

    def policy_parameter(self, name: str, on: str | None = None) -> Mapping[str, Any]:
        """Return what a parameter, such as `payment/drg/level_factor`, says on a day, with history and sources."""
        return self._mapping("GET", f"/policy/parameters/{quote(name)}", query={"on": on})

    def preview_policy_change(
        self, parameter: str, values: Mapping[str, str], source: str, reason: str
    ) -> list[Mapping[str, Any]]:
        """Return what a change would make different; nothing is kept. The arguments are those of a draft."""
        body = _wanted(parameter, values, source, reason)
        found: list[Mapping[str, Any]] = self._caller.data("POST", "/policy-changes/preview", body=body)
        return found

    def draft_policy_change(self, parameter: str, values: Mapping[str, str], source: str, reason: str) -> PolicyChange:
        """Draft a change of policy.

        Args:
            parameter: Which parameter.
            values: The value from each first day on, as policy files write it: `{"2026-01-01": "0.95"}`.
            source: After which document.
            reason: Why.
        """
        body = _wanted(parameter, values, source, reason)
        return PolicyChange.of(self._caller.data("POST", "/policy-changes", body=body))

    def edit_policy_change(
        self, change: PolicyChange, values: Mapping[str, str], source: str, reason: str
    ) -> PolicyChange:
        """Write a draft anew; the second of two editors is told."""
        body = _wanted(change.parameter, values, source, reason)
        path = f"/policy-changes/{part(change.change_id)}"
        return PolicyChange.of(self._caller.data("PUT", path, body=body, headers=seen(change.version)))

    def policy_changes(self, state: str | None = None) -> list[PolicyChange]:
        """Return changes, the newest first."""
        return [PolicyChange.of(each) for each in self._list("/policy-changes", state=state)]

    def policy_change(self, change_id: str) -> PolicyChange:
        """Return a change."""
        return PolicyChange.of(self._caller.data("GET", f"/policy-changes/{part(change_id)}"))

    def submit_policy_change(self, change: PolicyChange) -> PolicyChange:
        """Hand a draft in for approval; approvers are told."""
        return self._change_on(change, "submit")

    def take_back_policy_change(self, change: PolicyChange) -> PolicyChange:
        """Make a change a draft again."""
        return self._change_on(change, "take-back")

    def approve_policy_change(self, change: PolicyChange, words: str = "") -> PolicyChange:
        """Approve a change; somebody else than its authors."""
        return self._change_on(change, "approve", {"words": words})

    def reject_policy_change(self, change: PolicyChange, words: str) -> PolicyChange:
        """Reject a change with the reason; somebody else than its authors."""
        return self._change_on(change, "reject", {"words": words})

    def apply_policy_change(self, change: PolicyChange) -> PolicyChange:
        """Put an approved change into effect."""
        return self._change_on(change, "apply")

    def measure_policy_change(self, change_id: str) -> Mapping[str, Any]:
        """Order that a change be tried on the cases of the last settled year."""
        return self._mapping("POST", f"/policy-changes/{part(change_id)}/effects")

    def effects_of_policy_change(self, change_id: str) -> Mapping[str, Any]:
        """Return how far that trial is, and what it came to."""
        return self._mapping("GET", f"/policy-changes/{part(change_id)}/effects")

    def _change_on(self, change: PolicyChange, step: str, body: object | None = None) -> PolicyChange:
        return PolicyChange.of(self._step(f"/policy-changes/{part(change.change_id)}/{step}", change.version, body))


def _wanted(parameter: str, values: Mapping[str, str], source: str, reason: str) -> Mapping[str, Any]:
    dated = [{"valid_from": day, "value": value} for day, value in values.items()]
    return {"parameter": parameter, "values": dated, "source": source, "reason": reason}
