"""A region's folder: where its files, its lake, its policy and its runs are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy import Policy
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
        if len(text) == 4 and text.isdigit() and text > "1999":
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

    def policy(self, extra: Sequence[Path] = ()) -> Policy:
        """Load the built-in packs, the region's own and further ones.

        Raises:
            Problems: Everything that is wrong with the packs.
        """
        own = self.folder / "policy"
        return Policy.load(*([own] if own.is_dir() else []), *extra)


def open_region(folder: Path) -> Region:
    """Open a region's folder.

    Raises:
        TongchouError: `runs.no_region` if the folder is not one.
    """
    path = folder / REGION_FILE
    content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    if not isinstance(content, dict) or not {"id", "name", "pack"} <= content.keys():
        raise TongchouError(
            "runs.no_region",
            what=Text("这不是一个统筹区目录", "this is not the folder of a region"),
            where=str(path),
            why=Text("缺少 region.yaml 或其中的 id、name、pack", "region.yaml, or its id, name or pack, is missing"),
            remedy=Text(
                "用 tongchou region generate 生成，或按手册建立 region.yaml",
                "make one with tongchou region generate, or write region.yaml as the manual says",
            ),
        )
    return Region(folder, str(content["id"]), Text(**content["name"]), str(content["pack"]))
