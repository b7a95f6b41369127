"""How a command names a policy: a pack's id, a pack's folder or a region's folder, and a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import typer

from tongchou.policy import Policy
from tongchou.policy.comparison import Side
from tongchou.policy.pack import BUILT_IN
from tongchou.runs.region import REGION_FILE, open_region


@dataclass(frozen=True, slots=True)
class Named:
    """A policy as it is named, and the day on which it is looked at."""

    name: str
    on: date


def parse_side(words: str, on: date) -> Named:
    """Read `NAME` or `NAME@2025-12-31`; without a day it is the one given."""
    name, found, day = words.rpartition("@")
    if not found:
        return Named(words, on)
    try:
        return Named(name, date.fromisoformat(day))
    except ValueError as error:
        message = f"“{day}”不是日期 / '{day}' is not a day; 写作 / write {name}@2025-12-31"
        raise typer.BadParameter(message, param_hint=words) from error


def open_side(named: Named, region: Path | None, along: Sequence[Path]) -> Side:
    """Load a policy by its name.

    Args:
        named: A region's folder, the folder of a pack, or the id of a pack.
        region: A region whose packs are loaded along, so that they may be named by their ids.
        along: Folders of further packs to load along.

    Raises:
        Problems: Everything that is wrong with the packs.
        TongchouError: `policy.unknown_region` for an id that no pack has.
    """
    folder = Path(named.name)
    if folder == region or (folder / REGION_FILE).is_file():
        opened = open_region(folder)
        opened.policy()  # refuses packs of alliances and institutions that would not be read
        return Side(_load([*opened.policy_folders, *along]).chain(opened.pack), named.on)
    folders = [*(open_region(region).policy_folders if region else []), *along]
    if not (folder / "pack.yaml").is_file():
        return Side(_load(folders).chain(named.name), named.on)
    chains = _load([*folders, folder]).chains.values()
    (chain,) = (each for each in chains if each.packs[0].head.file.parent == folder.resolve())
    return Side(chain, named.on)


def _load(folders: Sequence[Path]) -> Policy:
    """Load packs, each once: a folder may be named twice, and may be one that comes with the package."""
    own = dict.fromkeys(folder.resolve() for folder in folders)
    return Policy.load(*(folder for folder in own if folder.parent != BUILT_IN))
