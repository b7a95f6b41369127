"""All policy packs together: load them, and look at a region on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tongchou.core.errors import Problems, TongchouError
from tongchou.policy import refusals
from tongchou.policy.chain import Chain, join_chains
from tongchou.policy.pack import BUILT_IN, read_pack
from tongchou.policy.view import PolicyView


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of all regions whose packs were loaded."""

    chains: dict[str, Chain]

    @classmethod
    def load(cls, *folders: Path) -> "Policy":
        """Return the policy in the built-in packs and in further packs.

        Args:
            folders: Folders that each hold a `pack.yaml`; their order does not matter.

        Raises:
            Problems: Every problem of every file, if there is one.
        """
        policy, problems = cls.load_what_can_be(*folders)
        if problems:
            raise Problems(problems)
        return policy

    @classmethod
    def load_what_can_be(cls, *folders: Path) -> tuple["Policy", list[TongchouError]]:
        """Return the policy as far as it can be read, and every problem: for examining packs, not for settling."""
        problems: list[TongchouError] = []
        built_in = sorted(file.parent for file in BUILT_IN.glob("*/pack.yaml"))
        packs = [pack for folder in (*built_in, *folders) if (pack := read_pack(folder, problems))]
        return cls(join_chains(packs)), problems

    def with_first(self, first: str, region_ids: Iterable[str]) -> "Policy":
        """Return the policy in which a pack (a trial) answers before some others, wherever it stands itself."""
        return Policy(self.chains | {each: self.chains[each].under(self.chains[first]) for each in region_ids})

    def chain(self, region_id: str) -> Chain:
        """Return a region's packs with everything that can be read in them.

        Raises:
            TongchouError: `policy.unknown_region`.
        """
        if region_id not in self.chains:
            raise refusals.unknown_region(region_id, self.chains)
        return self.chains[region_id]

    def at(self, on: date, region_id: str) -> PolicyView:
        """Return the policy of a region on a day.

        Args:
            on: The day.
            region_id: The id of the region's pack.

        Raises:
            TongchouError: `policy.unknown_region`.
        """
        return PolicyView(on, self.chain(region_id))

    def segments(self, region_id: str, start: date, end: date) -> list[tuple[date, date]]:
        """Return the longest ranges of days, both ends inclusive, on which no parameter changes.

        The ranges follow one another without gap from `start` to `end`. A change of the answering pack or of
        the source counts as a change, since an explanation would differ.

        Raises:
            TongchouError: `policy.unknown_region`, or `policy.empty_range` if `end` is before `start`.
        """
        chain = self.chain(region_id)
        if end < start:
            raise refusals.empty_range(start, end)
        day = timedelta(days=1)
        possible = (on for on in chain.days_of_change() if start < on <= end)
        starts = [start, *(on for on in possible if _answers(chain, on) != _answers(chain, on - day))]
        return list(zip(starts, [*(on - day for on in starts[1:]), end], strict=True))

    def fingerprint(self, region_id: str) -> str:
        """Return a hash of everything that can be read for the region, at any date.

        Raises:
            TongchouError: `policy.unknown_region`.
        """
        return self.chain(region_id).fingerprint()


def _answers(chain: Chain, on: date) -> list[tuple[str, date] | None]:
    found = (chain.answer(name, on) for name in chain.entries)
    return [(answer.pack.region_id, answer.dated.valid_from) if answer else None for answer in found]
