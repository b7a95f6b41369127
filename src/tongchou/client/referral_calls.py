"""The client's part for referrals: begun, answered, followed, listed."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from tongchou.client.asking import Asks, part
from tongchou.client.work_results import Referral


class ReferralCalls(Asks):
    """Referrals between institutions; each step names the referral as it was seen."""

    def referral_persons(self, institution_id: str, begins: str) -> list[str]:
        """Return pseudonyms of an institution's own cases and contracts that begin so; the read is noted."""
        return self._list("/referral-persons", institution_id=institution_id, begins=begins)

    def begin_referral(
        self,
        person_id: str,
        from_institution_id: str,
        to_institution_id: str,
        reason: str,
        *,
        direction: Literal["up", "down"],
        department: str = "",
        case_id: str | None = None,
    ) -> Referral:
        """Begin a referral of one's institution; the receiver is told.

        Args:
            person_id: The person's pseudonym, of the sender's own cases or contracts.
            from_institution_id: The sender.
            to_institution_id: The receiver.
            reason: Why.
            direction: `up` or `down`.
            department: The receiver's department.
            case_id: The stay before.
        """
        asked = {
            "person_id": person_id,
            "from_institution_id": from_institution_id,
            "to_institution_id": to_institution_id,
            "reason": reason,
            "direction": direction,
            "department": department,
            "case_id": case_id,
        }
        return Referral.of(self._caller.data("POST", "/referrals", body=asked))

    def referrals(
        self, *, state: str | None = None, institution_id: str | None = None, size: int = 100
    ) -> Iterator[Referral]:
        """Yield referrals with their history, the newest first; the read of persons is noted."""
        query = {"state": state, "institution_id": institution_id, "size": size}
        yield from map(Referral.of, self._caller.pages("/referrals", query))

    def referral(self, referral_id: str) -> Referral:
        """Return a referral with its history."""
        return Referral.of(self._caller.data("GET", f"/referrals/{part(referral_id)}"))

    def referral_summary(self) -> Mapping[str, Any]:
        """Return counts by state, and the streams between institutions."""
        return self._mapping("GET", "/referrals/summary")

    def answer_referral(self, referral: Referral, answer: Literal["accepted", "rejected"], words: str = "") -> Referral:
        """Accept or reject a referral to one's institution; a rejection says why."""
        return self._go_on(referral, "answer", {"answer": answer, "words": words})

    def note_arrival(self, referral: Referral, words: str = "") -> Referral:
        """Note that the person has arrived."""
        return self._go_on(referral, "arrival", {"words": words})

    def complete_referral(self, referral: Referral, words: str = "", *, case_id: str | None = None) -> Referral:
        """Note that the referral is completed, with the stay that it led to."""
        return self._go_on(referral, "completion", {"words": words, "case_id": case_id})

    def _go_on(self, referral: Referral, step: str, body: object) -> Referral:
        return Referral.of(self._step(f"/referrals/{part(referral.referral_id)}/{step}", referral.version, body))
