"""Peers: the institutions that somebody may compare with and not see by name, a few together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tongchou.access.masking import built_in_masking
from tongchou.access.subject import Subject
from tongchou.core.text import Text
from tongchou.schema.states import INSTITUTION_LEVEL
from tongchou.workplace.place import Workplace
from tongchou.workplace.shelf import ShelvedRun
from tongchou.workplace.sight import Sight, numbers, sight

PREFIX = "G"
"""How the number of a group of peers begins: it is not mistaken for that of one institution."""


@dataclass(frozen=True, slots=True)
class Peer:
    """An institution: its level, a word of `INSTITUTION_LEVEL`, and how many cases it had."""

    institution_id: str
    level: str
    case_count: int


@dataclass(frozen=True, slots=True)
class PeerGroup:
    """Institutions that stand together.

    Attributes:
        level: The level that all of them have; empty where they are of several.
        members: Their ids.
    """

    level: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeerSight:
    """What somebody sees of a run to compare with.

    Attributes:
        seen: As `Sight`, masked institutions under the number of their group; those of too few are not seen at all.
        groups: The groups by number.
    """

    seen: Sight
    groups: Mapping[str, PeerGroup]


def peer_groups(peers: Iterable[Peer], least: int) -> tuple[PeerGroup, ...]:
    """Return institutions in groups of at least so many: each is in one, or, where there are too few, in none.

    Levels of which there are fewer are put together with the next one below; within a level, or several together,
    those of about one size stand together.
    """
    by_level: dict[str, list[Peer]] = {level: [] for level in INSTITUTION_LEVEL}
    for peer in peers:
        by_level.setdefault(peer.level, []).append(peer)
    together: list[list[Peer]] = [[]]
    for level in by_level.values():
        if len(together[-1]) >= least:
            together.append([])
        together[-1] += level
    if len(together) > 1 and len(together[-1]) < least:
        few = together.pop()
        together[-1] += few
    if len(together[-1]) < least:
        return ()
    return tuple(group for each in together for group in _cut(each, least))


def _cut(peers: list[Peer], least: int) -> list[PeerGroup]:
    ordered = sorted(peers, key=lambda peer: (-peer.case_count, peer.institution_id))
    ends = [*range(least, len(ordered) - least + 1, least), len(ordered)]
    starts = [0, *ends[:-1]]
    found = []
    for start, end in zip(starts, ends, strict=True):
        group = ordered[start:end]
        levels = {peer.level for peer in group}
        level = levels.pop() if len(levels) == 1 else ""
        found.append(PeerGroup(level, tuple(peer.institution_id for peer in group)))
    return found


def peer_sight(place: Workplace, subject: Subject, shelved: ShelvedRun) -> PeerSight:
    """Return what somebody sees of a run to compare institutions; of others those that had cases.

    Raises:
        TongchouError: `access.refused` if it is nothing at all.
    """
    seen = sight(place, subject, shelved, "hospitals.compare", "aggregate")
    counts = {each.institution_id: each.case_count for each in shelved.record.summary.institutions}
    having = sorted(each for each in seen.masked if counts.get(each))
    peers = [Peer(each, shelved.places[each].level, counts[each]) for each in having]
    groups = peer_groups(peers, built_in_masking().least_institutions)
    # The order of the numbers follows from the region's key: it must not tell sizes.
    keys = {"+".join(sorted(group.members)): group for group in groups}
    named = {
        f"{PREFIX}{number}": keys[key] for key, number in numbers(place, f"peers {shelved.record.run_id}", keys).items()
    }
    aliases = {member: number for number, group in named.items() for member in group.members}
    titles = {
        number: Text(
            f"机构组 {number}（{len(group.members)} 家）", f"group {number} of {len(group.members)} institutions"
        )
        for number, group in named.items()
    }
    return PeerSight(replace(seen, masked=frozenset(aliases), aliases=aliases, titles=titles), named)


def _title(number: str, count: int) -> Text:
    return Text(f"机构组 {number}（{count} 家）", f"group {number} of {count} institutions")
