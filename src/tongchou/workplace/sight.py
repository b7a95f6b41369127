"""What somebody sees of a run: which institutions in full, which under a number, which alliances."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tongchou.access.decision import decide
from tongchou.access.subject import Subject, Whose
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.workplace.place import Workplace
from tongchou.workplace.shelf import ShelvedRun


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees with one grade of data.

    Attributes:
        plain: Institutions in full.
        masked: Institutions under a number, their small cells left out.
        alliances: Alliances whose budget and result are seen.
        aliases: The number of each institution that is masked.
    """

    plain: frozenset[str]
    masked: frozenset[str]
    alliances: frozenset[str]
    aliases: Mapping[str, str]

    @property
    def institutions(self) -> frozenset[str]:
        """All that are seen, in full or under a number."""
        return self.plain | self.masked

    def id_of(self, institution_id: str) -> str:
        """Return what stands for an institution's id."""
        return institution_id if institution_id in self.plain else self.aliases[institution_id]

    def name_of(self, shelved: ShelvedRun, institution_id: str) -> Text:
        """Return what stands for an institution's name."""
        if institution_id in self.plain:
            return shelved.places[institution_id].name
        return Text(f"机构 {self.aliases[institution_id]}", f"institution {self.aliases[institution_id]}")


def sight(place: Workplace, subject: Subject, shelved: ShelvedRun, action: str, grade: str) -> Sight:
    """Return what somebody sees of a run.

    Raises:
        TongchouError: `access.refused` if it is nothing at all.
    """
    outcomes = {
        institution: decide(subject, action, shelved.whose(institution), grade).outcome
        for institution in shelved.places
    }
    plain = frozenset(institution for institution, outcome in outcomes.items() if outcome == "allowed")
    masked = frozenset(institution for institution, outcome in outcomes.items() if outcome == "masked")
    alliances = frozenset(
        alliance
        for alliance in shelved.alliances
        if decide(subject, action, Whose(alliance_ids=(alliance,)), grade).outcome != "refused"
    )
    if not plain and not masked and not alliances:
        place.admit(subject, action, grade, where=shelved.record.run_id)
    return Sight(plain, masked, alliances, numbers(shelved.record.run_id, masked))


def numbers(run_id: str, institutions: Collection[str]) -> Mapping[str, str]:
    """Return the number under which each institution is masked: it tells nothing of it and differs from run to run."""
    ordered = sorted(institutions, key=lambda each: hash_text("sight", run_id, each))
    return {institution: f"{number:03d}" for number, institution in enumerate(ordered, 1)}
