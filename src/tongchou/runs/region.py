"""A region's folder: where its files, its lake, its policy and its runs are."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.policy import Policy, PolicyView
from tongchou.runs.agreements import NO_AGREEMENTS, Agreements, agreement_folders, read_agreements
from tongchou.store.lake import Lake

REGION_FILE = "region.yaml"


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar year that is settled."""

    year: int

    @property
    def start(self) -> date:
        """The first day, inclusive."""
        return date(self.year, 1, 1)

    @property
    def end(self) -> date:
        """The last day, inclusive."""
        return date(self.year, 12, 31)

    def __str__(self) -> str:
        """Return `2025`."""
        return f"{self.year:04d}"

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read a period.

        Raises:
            TongchouError: `runs.period` unless it is a year of four digits.
        """
        if len(text) == 4 and text.isascii() and text.isdecimal() and text > "1999":
            return cls(int(text))
        raise TongchouError(
            "runs.period",
            what=Text(f"结算期间 {text} 无法识别", f"the period {text} cannot be read"),
            where="--period",
            why=Text("清算按自然年度进行", "a clearing covers a calendar year"),
            remedy=Text("写四位年份，例如 2025", "write a year of four digits, e.g. 2025"),
        )


@dataclass(frozen=True, slots=True)
class Region:
    """A pooling region on disk.

    Attributes:
        folder: The region's folder.
        region_id: Its id.
        name: Its name.
        pack: The id of the policy pack that its policy starts from.
    """

    folder: Path
    region_id: str
    name: Text
    pack: str

    @property
    def lake(self) -> Lake:
        """The region's facts."""
        return Lake(self.folder / "lake")

    @property
    def weights_folder(self) -> Path:
        """Where loaded weight tables are kept, a CSV each."""
        return self.folder / "weights"

    def run_folder(self, run_id: str) -> Path:
        """Return where a run keeps its record and statements."""
        return self.folder / "runs" / run_id

    @property
    def policy_folder(self) -> Path:
        """Where the region's own pack is, and below it those of its alliances and institutions."""
        return self.folder / "policy"

    @property
    def policy_folders(self) -> list[Path]:
        """The folders of the region's own pack and of those below it, as many as there are."""
        own = [self.policy_folder] if self.policy_folder.is_dir() else []
        return [*own, *agreement_folders(self.policy_folder)]

    def policy(self, local: Path | None = None) -> "RegionPolicy":
        """Load the policy that the region is settled by.

        Args:
            local: A further pack below the region's own, which then answers first (a trial), before the packs of
                alliances and institutions too.

        Raises:
            Problems: Everything that is wrong with the packs.
            TongchouError: `runs.policy_aside` if the further pack does not stand below the region's own.
        """
        policy = Policy.load(*self.policy_folders, *([local] if local else []))
        agreements = read_agreements(policy, self.pack, self.policy_folder)
        if local is None:
            return RegionPolicy(policy, self.pack, agreements)
        trial = next(chain for chain in policy.chains.values() if chain.packs[0].head.file.parent == local)
        start, *above = (pack.region_id for pack in trial.packs)
        between = above[: above.index(self.pack)] if self.pack in above else above
        if self.pack not in above or set(between) & set(agreements.packs):
            raise _aside(start, self.pack, local)
        return RegionPolicy(policy.with_first(start, agreements.packs), start, agreements)


@dataclass(frozen=True, slots=True)
class RegionPolicy:
    """A policy and the pack at which readings start: the region's, an alliance's or an institution's.

    Attributes:
        policy: The policy.
        start: The id of the pack that answers first.
        agreements: The packs of the region's alliances and institutions.
    """

    policy: Policy
    start: str
    agreements: Agreements = NO_AGREEMENTS

    def at(self, day: date) -> PolicyView:
        """Return the policy on a day."""
        return self.policy.at(day, self.start)

    def for_alliance(self, alliance_id: str) -> "RegionPolicy":
        """Return the policy as an alliance reads it: from its own pack where there is one."""
        return replace(self, start=self.agreements.alliances.get(alliance_id, self.start))

    def for_institution(self, institution_id: str) -> "RegionPolicy":
        """Return the policy as an institution reads it: from its own pack where there is one."""
        return replace(self, start=self.agreements.institutions.get(institution_id, self.start))

    @property
    def everyone(self) -> list["RegionPolicy"]:
        """This policy, and that of each alliance and institution with a pack."""
        return [self, *(replace(self, start=pack) for pack in self.agreements.packs)]

    def stretches(self, period: Period) -> list[tuple[date, date]]:
        """Return the ranges of days of a period, both inclusive, on which no parameter changes."""
        return self.policy.segments(self.start, period.start, period.end)

    @property
    def fingerprint(self) -> str:
        """The hash of everything that could be read, by the region or by any alliance or institution."""
        own = self.policy.fingerprint(self.start)
        parties = [
            *(f"alliance {party} {self.policy.fingerprint(pack)}" for party, pack in self.agreements.alliances.items()),
            *(
                f"institution {party} {self.policy.fingerprint(pack)}"
                for party, pack in self.agreements.institutions.items()
            ),
        ]
        return hash_text(own, *parties) if parties else own


def _aside(start: str, own: str, local: Path) -> TongchouError:
    return TongchouError(
        "runs.policy_aside",
        what=Text(f"政策包 {start} 不直接在本地政策之下", f"the pack {start} does not stand below the region's"),
        where=str(local),
        why=Text(
            f"它的上级中没有 {own}，或其间有某个医联体、机构的政策包",
            f"{own} is not among its parents, or the pack of an alliance or institution stands between",
        ),
        remedy=Text(f"在 pack.yaml 中把 parent 写为 {own}", f"name {own} as parent in pack.yaml"),
    )


def open_region(folder: Path) -> Region:
    """Open a region's folder.

    Raises:
        TongchouError: `runs.no_region` if the folder is not one, or its `region.yaml` cannot be read.
    """
    path = folder / REGION_FILE
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    except UnicodeDecodeError as error:
        raise _no_region(path, Text(f"{REGION_FILE} 不是 UTF-8 编码", f"{REGION_FILE} is not in UTF-8")) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a day that no calendar has
        why = Text(f"{REGION_FILE} 不是有效的 YAML：{error}", f"{REGION_FILE} is not valid YAML: {error}")
        raise _no_region(path, why) from error
    if not isinstance(content, dict) or any(content.get(key) in (None, "") for key in ("id", "name", "pack")):
        raise _no_region(
            path, Text("缺少 region.yaml 或其中的 id、name、pack", "region.yaml, or its id, name or pack, is missing")
        )
    name = content["name"]
    if not isinstance(name, dict) or not all(isinstance(name.get(language), str) for language in ("zh", "en")):
        raise _no_region(
            path,
            Text(
                f"name 写的是“{name}”，须为 {{zh: 中文名, en: 英文名}}",
                f"name is '{name}'; it is written {{zh: Chinese name, en: English name}}",
            ),
        )
    return Region(folder, str(content["id"]), Text(name["zh"], name["en"]), str(content["pack"]))


def _no_region(path: Path, why: Text) -> TongchouError:
    return TongchouError(
        "runs.no_region",
        what=Text("这不是一个统筹区目录", "this is not the folder of a region"),
        where=str(path),
        why=why,
        remedy=Text(
            "用 tongchou region generate 生成，或按手册建立 region.yaml",
            "make one with tongchou region generate, or write region.yaml as the manual says",
        ),
    )
