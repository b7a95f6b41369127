"""What somebody sees of a run: which institutions in full, which under a number, which alliances."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tongchou.access.decision import Decision, decide
from tongchou.access.subject import Subject, Whose
from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.runs.order import TRIAL
from tongchou.workplace.alias_key import alias_key
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
        titles: What a number is called where it stands for several institutions.
    """

    plain: frozenset[str]
    masked: frozenset[str]
    alliances: frozenset[str]
    aliases: Mapping[str, str]
    titles: Mapping[str, Text] = field(default_factory=dict)

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
        alias = self.aliases[institution_id]
        return self.titles.get(alias, Text(f"机构 {alias}", f"institution {alias}"))


def sight(place: Workplace, subject: Subject, shelved: ShelvedRun, action: str, grade: str) -> Sight:
    """Return what somebody sees of a run; of a trial only who may see scenarios with their names.

    Raises:
        TongchouError: `access.refused` if it is nothing at all.
    """
    require_no_trial(place, subject, shelved.record.run_id)
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
    return Sight(plain, masked, alliances, numbers(place, shelved.record.run_id, masked))


def require_no_trial(place: Workplace, subject: Subject, run_id: str) -> None:
    """Refuse the run of a trial to who may not see scenarios: it follows a policy that nobody has approved.

    Raises:
        TongchouError: `access.refused`, also where scenarios are seen with names hidden.
    """
    if not run_id.endswith(TRIAL):
        return
    decision = place.admit(subject, "scenarios.read", "aggregate", where=run_id)
    if decision.outcome == "masked":
        raise only_masked(run_id, decision)


def only_masked(where: str, decision: Decision) -> TongchouError:
    """Return the error for what names institutions, where somebody sees them under a number only."""
    return TongchouError(
        "access.refused",
        what=Text("没有权限", "you may not do this"),
        where=where,
        why=decision.reason,
        remedy=Text("在页面或接口中查看隐去名称的结果", "see the result with names hidden, on the page or by the API"),
    )


def numbers(place: Workplace, about: str, institutions: Collection[str]) -> Mapping[str, str]:
    """Return the number under which each institution is masked.

    Args:
        place: The place; only with its key can it be told who is behind a number.
        about: What they are masked in: numbers differ from one to another.
        institutions: The institutions.
    """
    key = alias_key(place.region.folder)
    ordered = sorted(institutions, key=lambda each: hash_text("sight", key, about, each))
    return {institution: f"{number:03d}" for number, institution in enumerate(ordered, 1)}
