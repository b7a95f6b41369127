"""The packs of a region's alliances and hospitals: where they lie, what they may give, and for whom they are."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.payment.cases.terms import CASE_TERMS
from tongchou.policy import Policy
from tongchou.policy.chain import Chain

_FOLDERS = {"alliance": "alliances", "hospital": "institutions"}
"""Level of a pack -> the folder below the region's own pack that holds them."""
_KINDS = {"alliance": Text("医联体", "alliance"), "hospital": Text("医疗机构", "institution")}
_READ_OF_MEMBERS = (
    *CASE_TERMS,
    "settlement/prepay_ratio",
    "settlement/assessment/",
    "settlement/deposit/",
    "settlement/advance/",
    "settlement/cost_sharing/",
)
_READ_THERE = {"alliance": ("alliance/", *_READ_OF_MEMBERS), "hospital": _READ_OF_MEMBERS}
"""Level of a pack -> the parameters that a settlement reads from it. What it gives beside them would go unread."""


@dataclass(frozen=True, slots=True)
class Agreements:
    """The packs below a region's own.

    Attributes:
        alliances: Alliance -> the id of its pack.
        institutions: Institution -> the id of its pack.
    """

    alliances: Mapping[str, str]
    institutions: Mapping[str, str]

    @property
    def packs(self) -> tuple[str, ...]:
        """The ids of all packs, those of alliances first."""
        return (*self.alliances.values(), *self.institutions.values())


NO_AGREEMENTS = Agreements({}, {})
"""Of a region without packs below its own."""


def agreement_folders(policy_folder: Path) -> list[Path]:
    """Return the folders of the packs below a region's own pack."""
    return [folder for level in _FOLDERS for folder in _folders(policy_folder, level).values()]


def read_agreements(policy: Policy, region_pack: str, policy_folder: Path) -> Agreements:
    """Return whose packs a loaded policy holds.

    Args:
        policy: The policy, loaded with `agreement_folders`.
        region_pack: The id of the region's own pack.
        policy_folder: Its folder.

    Raises:
        Problems: `runs.agreement_astray` for a pack that lies where nothing is read; `runs.agreement_head` for a
            wrong level or parent; `runs.agreement_unread` for parameters that no settlement reads from such a pack.
    """
    problems = list(agreement_problems(policy, region_pack, policy_folder))
    if problems:
        raise Problems(problems)
    by_folder = _by_folder(policy)
    of_level = {
        level: {name: by_folder[folder].packs[0].region_id for name, folder in _folders(policy_folder, level).items()}
        for level in _FOLDERS
    }
    return Agreements(of_level["alliance"], of_level["hospital"])


def agreement_problems(policy: Policy, region_pack: str, policy_folder: Path) -> Iterator[TongchouError]:
    """Yield what is wrong with the packs below a region's own, as far as they could be loaded."""
    yield from _astray(policy_folder)
    by_folder = _by_folder(policy)
    chains = {
        level: [by_folder[folder] for folder in _folders(policy_folder, level).values() if folder in by_folder]
        for level in _FOLDERS
    }
    of_alliances = {chain.packs[0].region_id for chain in chains["alliance"]}
    for chain in chains["alliance"]:
        yield from _wrong(chain, "alliance", {region_pack})
    for chain in chains["hospital"]:
        yield from _wrong(chain, "hospital", {region_pack, *of_alliances})


def _wrong(chain: Chain, level: str, parents: Collection[str]) -> Iterator[TongchouError]:
    pack, kind = chain.packs[0], _KINDS[level]
    if pack.level != level:
        yield TongchouError(
            "runs.agreement_head",
            what=Text(
                f"{kind.zh}政策包的层级写为 {pack.level}", f"the pack of an {kind.en} has the level {pack.level}"
            ),
            where=str(pack.head.file),
            why=Text(
                f"目录 {_FOLDERS[level]} 中的政策包为 {level} 级", f"packs in {_FOLDERS[level]} are of level {level}"
            ),
            remedy=Text(f"把 level 写为 {level}，或移到相应目录", f"write {level} as level, or move it to its folder"),
        )
    if pack.parent_id not in parents:
        named = sorted(parents)
        yield TongchouError(
            "runs.agreement_head",
            what=Text(
                f"{kind.zh}政策包的上级写为 {pack.parent_id}", f"the pack of an {kind.en} names {pack.parent_id}"
            ),
            where=str(pack.head.file),
            why=Text(f"上级只能是 {'、'.join(named)}", f"its parent is one of {', '.join(named)}"),
            remedy=Text("改正 parent", "correct parent"),
        )
    unread = sorted(name for name in pack.files if not name.startswith(_READ_THERE[level]))
    if unread:
        yield TongchouError(
            "runs.agreement_unread",
            what=Text(
                f"{kind.zh}政策包给出了不会从中读取的参数：{'、'.join(unread)}",
                f"the pack of an {kind.en} gives parameters that are not read from it: {', '.join(unread)}",
            ),
            where=str(pack.head.file.parent),
            why=Text(
                f"从中只读取 {'、'.join(_READ_THERE[level])}，其余以统筹区为准",
                f"only {', '.join(_READ_THERE[level])} are read from it, all else is the region's",
            ),
            remedy=Text("移到统筹区的政策包，或删去", "move them to the region's pack, or remove them"),
        )


def _astray(policy_folder: Path) -> Iterator[TongchouError]:
    known = {policy_folder / "pack.yaml", *(folder / "pack.yaml" for folder in agreement_folders(policy_folder))}
    for head in sorted(set(policy_folder.rglob("pack.yaml")) - known):
        yield TongchouError(
            "runs.agreement_astray",
            what=Text("这里的政策包不会被读取", "a pack that lies here is not read"),
            where=str(head.parent),
            why=Text(
                "只读取 alliances/<医联体>/ 和 institutions/<机构>/ 中的政策包",
                "packs are read from alliances/<alliance>/ and institutions/<institution>/ only",
            ),
            remedy=Text("移到其中之一，或移出 policy 目录", "move it to one of them, or out of the folder policy"),
        )


def _folders(policy_folder: Path, level: str) -> dict[str, Path]:
    place = policy_folder / _FOLDERS[level]
    if not place.is_dir():
        return {}
    return {each.name: each for each in sorted(place.iterdir()) if each.is_dir() and not each.name.startswith(".")}


def _by_folder(policy: Policy) -> dict[Path, Chain]:
    return {chain.packs[0].head.file.parent: chain for chain in policy.chains.values()}
