"""The client's part for special review: applied for, reviewed by experts of other hospitals, decided."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from tongchou.client.asking import Asks, part
from tongchou.client.work_results import Application

Verdict = Literal["by_item", "adjusted", "refuse"]


class ReviewCalls(Asks):
    """Special review of cases; amounts in fen, named for `adjusted` only."""

    def apply_for_review(self, run_id: str, case_id: str, reason: str, words: str) -> Application:
        """Apply that a case of a run be reviewed, within the quota of the policy.

        Args:
            run_id: The run in which it was seen.
            case_id: The case.
            reason: A word of the dictionary of reasons, such as `high_cost` or `long_stay`.
            words: What was special about it.
        """
        asked = {"run_id": run_id, "case_id": case_id, "reason": reason, "words": words}
        return Application.of(self._caller.data("POST", "/special-cases", body=asked))

    def review_quota(self, run_id: str, institution_id: str) -> Mapping[str, int]:
        """Return how many cases of a hospital may be reviewed in the year of a run, and how many applications stand."""
        query = {"run_id": run_id, "institution_id": institution_id}
        return self._mapping("GET", "/special-cases/quota", query=query)

    def applications(self, *, state: str | None = None, size: int = 100) -> Iterator[Application]:
        """Yield applications, the newest first; those of other hospitals masked."""
        yield from map(Application.of, self._caller.pages("/special-cases", {"state": state, "size": size}))

    def application(self, application_id: str) -> Mapping[str, Any]:
        """Return an application with its case, the opinions that one may read, and what they come to."""
        return self._mapping("GET", f"/special-cases/{part(application_id)}")

    def withdraw_application(self, application: Application) -> Application:
        """Take one's institution's application back."""
        path = f"/special-cases/{part(application.application_id)}/withdrawal"
        return Application.of(self._step(path, application.version))

    def give_opinion(
        self, application_id: str, opinion: Verdict, words: str, *, amount_fen: int | None = None
    ) -> Mapping[str, Any]:
        """Give an opinion as an expert of another hospital; it stands."""
        body = {"opinion": opinion, "words": words, "amount_fen": amount_fen}
        return self._mapping("POST", f"/special-cases/{part(application_id)}/opinions", body=body)

    def decide_application(
        self, application: Application, outcome: Verdict, words: str, *, amount_fen: int | None = None
    ) -> Mapping[str, Any]:
        """Decide as the experts found, or refuse; the hospital is told, and the next run pays by it."""
        body = {"outcome": outcome, "words": words, "amount_fen": amount_fen}
        return self._step(f"/special-cases/{part(application.application_id)}/decision", application.version, body)
