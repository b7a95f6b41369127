"""What a stay's cost consists of: mean shares of the fee categories, and fee lines with prices."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tongchou.core.text import Text
from tongchou.schema.states import FEE_CATEGORY
from tongchou.simulation.county_files import COUNTY, Entry, Positive, Share, bad_file, read_entry
from tongchou.simulation.profiles import ProfileSet

CATEGORIES = tuple(FEE_CATEGORY)
"""The 14 fee categories in the order of the settlement list."""

Category = Literal[
    "bed",
    "consultation",
    "examination",
    "laboratory",
    "treatment",
    "surgery",
    "nursing",
    "consumables",
    "western_medicine",
    "herbal_pieces",
    "chinese_patent_medicine",
    "general_diagnosis",
    "registration",
    "other",
]


class FeeLine(Entry):
    """A line that can be charged."""

    zh: str
    en: str
    price_yuan: Positive


class FeeMixFile(Entry):
    """Shares of the categories by kind of stay, and the lines of each category."""

    shares: dict[str, dict[Category, Share]]
    lines: dict[Category, Annotated[tuple[FeeLine, ...], Field(min_length=1)]]


@dataclass(frozen=True, slots=True)
class FeeMixes:
    """Fee mixes as columns.

    Attributes:
        share: Mean share of each category (column) in each profile's cost (row).
        item_codes: Codes of all lines, `<category>_<number>`, those of a category together, the cheapest first.
        price_fen: List price of each line.
        first_item, item_count: Where the lines of each category begin, and how many there are.
    """

    share: npt.NDArray[np.float64]
    item_codes: tuple[str, ...]
    price_fen: npt.NDArray[np.int64]
    first_item: npt.NDArray[np.int64]
    item_count: npt.NDArray[np.int64]

    def items_of(self, category: str) -> npt.NDArray[np.int64]:
        """Return the indices of a category's lines."""
        number = CATEGORIES.index(category)
        return np.arange(self.first_item[number], self.first_item[number] + self.item_count[number])


def load_fee_mixes(profiles: ProfileSet, folder: Path = COUNTY) -> FeeMixes:
    """Return the fee mixes of `fee-mixes.yaml` for the profiles.

    Raises:
        TongchouError: `simulation.bad_file` if the file does not fit, lacks a category, or lacks a mix that a
            profile names.
    """
    place = folder / "fee-mixes.yaml"
    file = read_entry(place, FeeMixFile)
    missing = [category for category in CATEGORIES if category not in file.lines]
    missing += [p.fee_mix for p in profiles.profiles if p.fee_mix not in file.shares]
    if missing:
        raise bad_file(str(place), Text(f"缺少 {missing[0]}", f"{missing[0]} is missing"))
    codes: list[str] = []
    prices: list[int] = []
    firsts, counts = [], []
    shares = [{str(name): share for name, share in mix.items()} for mix in file.shares.values()]
    by_mix = dict(zip(file.shares, shares, strict=True))
    lines_of = {str(category): lines for category, lines in file.lines.items()}
    for category in CATEGORIES:
        lines = sorted(lines_of[category], key=lambda line: line.price_yuan)
        firsts.append(len(codes))
        counts.append(len(lines))
        codes += [f"{category}_{number:02d}" for number in range(1, len(lines) + 1)]
        prices += [round(line.price_yuan * 100) for line in lines]
    share = np.array([[by_mix[p.fee_mix].get(category, 0.0) for category in CATEGORIES] for p in profiles.profiles])
    return FeeMixes(
        share=share / share.sum(axis=1, keepdims=True),
        item_codes=tuple(codes),
        price_fen=np.array(prices),
        first_item=np.array(firsts),
        item_count=np.array(counts),
    )
