"""A region's folder: where its files, its lake, its policy and its runs are."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy import Policy, PolicyView
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

    def policy(self, local: Path | None = None) -> "RegionPolicy":
        """Load the policy that the region is settled by.

        Args:
            local: A further pack below the region's own, which then answers first (a trial, an agreement).

        Raises:
            Problems: Everything that is wrong with the packs.
            TongchouError: `runs.policy_aside` if the further pack does not stand below the region's own.
        """
        own = self.folder / "policy"
        folders = [folder for folder in (own, local) if folder is not None and folder.is_dir()]
        if local is None:
            return RegionPolicy(Policy.load(*folders), self.pack)
        policy = Policy.load(*folders, *([] if local.is_dir() else [local]))
        content: Any = yaml.safe_load((local / "pack.yaml").read_text(encoding="utf-8"))
        start = str(content["id"])
        if self.pack not in {pack.region_id for pack in policy.chains[start].packs}:
            raise TongchouError(
                "runs.policy_aside",
                what=Text(f"政策包 {start} 不在本地政策之下", f"the pack {start} does not stand below the region's"),
                where=str(local),
                why=Text(f"它的上级中没有 {self.pack}", f"{self.pack} is not among its parents"),
                remedy=Text(f"在 pack.yaml 中把 parent 写为 {self.pack}", f"name {self.pack} as parent in pack.yaml"),
            )
        return RegionPolicy(policy, start)


@dataclass(frozen=True, slots=True)
class RegionPolicy:
    """A policy and the pack at which a region's readings start."""

    policy: Policy
    start: str

    def at(self, day: date) -> PolicyView:
        """Return the region's policy on a day."""
        return self.policy.at(day, self.start)

    def stretches(self, period: Period) -> list[tuple[date, date]]:
        """Return the ranges of days of a period, both inclusive, on which no parameter changes."""
        return self.policy.segments(self.start, period.start, period.end)

    @property
    def fingerprint(self) -> str:
        """The hash of everything that could be read."""
        return self.policy.fingerprint(self.start)


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
