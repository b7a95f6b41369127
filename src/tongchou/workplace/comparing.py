"""Comparing institutions: gain and loss of each that somebody sees, and of the others a few together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tongchou.access.masking import built_in_masking
from tongchou.access.subject import Subject
from tongchou.browse.sums import CaseSum, Dimension, case_sums
from tongchou.core.money import divide_half_up
from tongchou.core.text import Text
from tongchou.runs.summary import InstitutionFigures
from tongchou.schema.states import INSTITUTION_LEVEL
from tongchou.workplace.peers import PeerSight, peer_sight
from tongchou.workplace.place import Workplace
from tongchou.workplace.settlement_reading import not_by_this_id
from tongchou.workplace.shelf import ShelvedRun


@dataclass(frozen=True, slots=True)
class InstitutionLine:
    """An institution's figures, or those of several together, whose id and name are then a number.

    Attributes:
        figures: Its year; of several their sums, and the mean weight of all their cases.
        level: A state of `INSTITUTION_LEVEL`; empty of several that are not of one level.
        role: A state of `MEMBER_ROLE`; empty outside of an alliance, and of several.
        alliance_id: Its alliance; empty as above.
        institutions: How many they are.
    """

    figures: InstitutionFigures
    level: str
    role: str
    alliance_id: str
    institutions: int

    @property
    def level_title(self) -> Text:
        """The level in words."""
        return INSTITUTION_LEVEL[self.level] if self.level else Text("各级合并", "several levels")


@dataclass(frozen=True, slots=True)
class GroupLine:
    """The cases of a group."""

    sums: CaseSum
    name: Text


def institutions_of(place: Workplace, subject: Subject, run_id: str) -> tuple[InstitutionLine, ...]:
    """Return the institutions of a run as far as somebody sees them: gain and loss, share, what is due.

    Raises:
        TongchouError: `access.refused`; `runs.no_run`.
    """
    shelved = place.shelf.run(run_id)
    peers = peer_sight(place, subject, shelved)
    roles = {
        member: (role, each.alliance_id) for each in shelved.alliances.values() for member, role in each.roles.items()
    }
    figures = {each.institution_id: each for each in shelved.record.summary.institutions}
    lines = [
        InstitutionLine(figures[own], shelved.places[own].level, *roles.get(own, ("", "")), 1)
        for own in sorted(peers.seen.plain & figures.keys())
    ]
    for number, group in sorted(peers.groups.items()):
        together = _together(number, peers.seen.titles[number], [figures[each] for each in group.members])
        if not 0 < together.case_count < built_in_masking().least_cases:
            lines.append(InstitutionLine(together, group.level, "", "", len(group.members)))
    return tuple(lines)


def groups_of(
    place: Workplace, subject: Subject, run_id: str, institution_id: str | None = None, by: Dimension = "drg"
) -> tuple[GroupLine, ...]:
    """Return gain and loss by group, or another dimension, of one institution or of all that are seen.

    Where others have a part that are not seen by name, only what enough of them have cases of is shown.

    Raises:
        TongchouError: `access.refused`; `runs.no_run`; `workplace.no_institution`.
    """
    shelved = place.shelf.run(run_id)
    peers = peer_sight(place, subject, shelved)
    seen = peers.seen
    wanted = seen.institutions
    if institution_id is not None:
        wanted = frozenset(each for each in seen.institutions if seen.id_of(each) == institution_id)
        if not wanted:
            place.admit(subject, "hospitals.compare", "aggregate", shelved.whose(institution_id), where=institution_id)
            raise not_by_this_id(institution_id)
    lines = case_sums(shelved.cells, by, {"institution_id": sorted(wanted)})
    if by == "institution_id":
        return _by_institution(shelved, peers, lines)
    names = shelved.group_names if by == "drg" else {}
    ungrouped = Text("未入组", "ungrouped")
    return tuple(
        GroupLine(each, names.get(each.key, Text.plain(each.key)) if each.key else ungrouped)
        for each in _enough(shelved, by, lines, wanted & seen.masked)
    )


def _enough(shelved: ShelvedRun, by: Dimension, lines: Sequence[CaseSum], masked: Collection[str]) -> Sequence[CaseSum]:
    """Return the sums of which nobody can tell whose they are beside those seen by name."""
    if not masked:
        return lines
    rules = built_in_masking()
    behind: dict[str, int] = {}
    for institution_id in sorted(masked):
        for each in case_sums(shelved.cells, by, {"institution_id": [institution_id]}):
            behind[each.key] = behind.get(each.key, 0) + 1
    return [
        each
        for each in lines
        if each.case_count >= rules.least_cases
        and (each.key not in behind or behind[each.key] >= rules.least_institutions)
    ]


def _by_institution(shelved: ShelvedRun, peers: PeerSight, lines: Sequence[CaseSum]) -> tuple[GroupLine, ...]:
    """Return sums of institutions, those that are masked a few together, and after the others."""
    seen, sums = peers.seen, {each.key: each for each in lines}
    plain = [GroupLine(sums[key], seen.name_of(shelved, key)) for key in sorted(sums.keys() & seen.plain)]
    masked = []
    for number, group in sorted(peers.groups.items()):
        members = [sums[each] for each in group.members if each in sums]
        if sum(each.case_count for each in members) >= built_in_masking().least_cases:
            added = {name: sum(getattr(each, name) for each in members) for name in CaseSum.__slots__ if name != "key"}
            masked.append(GroupLine(CaseSum(key=number, **added), seen.titles[number]))
    return (*plain, *masked)


def _together(number: str, name: Text, figures: Sequence[InstitutionFigures]) -> InstitutionFigures:
    """Return the figures of several institutions as those of one."""
    cases = sum(each.case_count for each in figures)
    weights = sum(each.cmi_e4 * each.case_count for each in figures)
    money = ("charges_fen", "fund_fen", "result_fen", "share_fen", "due_fen")
    sums = {name: sum(getattr(each, name) for each in figures) for name in money}
    return InstitutionFigures(number, name, cases, divide_half_up(weights, cases) if cases else 0, **sums)
