"""The fees of stays: categories and lines in whole fen that sum exactly, and what the fund does not cover."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongchou.simulation.codes import Codes
from tongchou.simulation.county import PLACES, County
from tongchou.simulation.fee_mixes import CATEGORIES, FeeMixes
from tongchou.simulation.flow import Flow
from tongchou.simulation.size import Size

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_LINES = 12
"""The most fee lines of a stay."""
_PER_DAY = (CATEGORIES.index("bed"), CATEGORIES.index("nursing"))
_SHARE_SHAPE = 6.0
_SMALL_SHARE = 0.012
_SMALL_SHARE_PRESENT = 0.35
_LEAST_PART_OF_PRICE = 0.7
_MOST_DEAR_LINES = 4
_OWN_PART_SHAPE = 2.0
_MOST_OF_DAY_PRICE = 1.3


@dataclass(frozen=True, slots=True)
class Fees:
    """The fees of a chunk's stays.

    Attributes:
        category_fen: Amount of each category (column) of each stay (row).
        line_row, line_category, item, quantity, unit_price_fen: One element a line, by stay and category;
            quantity times unit price is the amount, and the lines of a category sum to it.
        self_paid_fen, first_self_pay_fen, over_limit_fen: Parts of the total that the fund does not cover.
    """

    category_fen: Integers
    line_row: Integers
    line_category: Integers
    item: Integers
    quantity: Integers
    unit_price_fen: Integers
    self_paid_fen: Integers
    first_self_pay_fen: Integers
    over_limit_fen: Integers

    @property
    def total_fen(self) -> Integers:
        """Total cost of each stay."""
        total: Integers = self.category_fen.sum(axis=1)
        return total

    @property
    def line_amount_fen(self) -> Integers:
        """Amount of each line."""
        return self.quantity * self.unit_price_fen


def split_rows(total_fen: Integers, shares: Floats) -> Integers:
    """Split each row's total by the row's shares: parts sum to it, left-over fen to the largest remainders."""
    exact = total_fen[:, None] * (shares / shares.sum(axis=1, keepdims=True))
    parts = np.floor(exact).astype(np.int64)
    left = total_fen - parts.sum(axis=1)
    rank = np.argsort(np.argsort(-(exact - parts), axis=1, kind="stable"), axis=1, kind="stable")
    return parts + (rank < left[:, None])


def draw_fees(rng: np.random.Generator, flow: Flow, codes: Codes, size: Size, county: County, mixes: FeeMixes) -> Fees:
    """Draw categories and lines near the aimed-at cost; a total may end some fen below it.

    Quantities are whole. A category's first line is at list price, its last one takes the rest at a unit price
    near the list's; what that price cannot divide is not charged.
    """
    amounts = _categories(rng, flow, codes, size, mixes)
    present = amounts > 0
    rank = np.argsort(np.argsort(-amounts, axis=1, kind="stable"), axis=1, kind="stable")
    spare = np.minimum(MOST_LINES - present.sum(axis=1), _MOST_DEAR_LINES)
    row, category = np.nonzero(present)
    amount = amounts[row, category]
    is_per_day = np.isin(category, _PER_DAY)
    first, last = _two_items(rng, category, amount, is_per_day, size.los_days[row], mixes)
    wants_two = (rank[row, category] < spare[row]) & (first != last) & ~is_per_day
    first_price = mixes.price_fen[first]
    first_quantity = np.where(wants_two, np.minimum(amount * 3 // 10 // first_price, 3 * size.los_days[row]), 0)
    rest = amount - first_quantity * first_price
    last_price = mixes.price_fen[last]
    quantity = np.where(is_per_day, size.los_days[row], np.maximum((rest + last_price // 2) // last_price, 1))
    unit = rest // quantity
    charged = first_quantity * first_price + quantity * unit
    category_fen = np.zeros_like(amounts)
    category_fen[row, category] = charged

    pairs = np.flatnonzero(first_quantity > 0)
    index = np.concatenate([pairs, np.arange(row.size)])
    order = np.argsort(index, kind="stable")
    index = index[order]
    own = _own_parts(rng, flow, category_fen.sum(axis=1), county)
    return Fees(
        category_fen=category_fen,
        line_row=row[index],
        line_category=category[index],
        item=np.concatenate([first[pairs], last])[order],
        quantity=np.concatenate([first_quantity[pairs], quantity])[order],
        unit_price_fen=np.concatenate([first_price[pairs], unit])[order],
        self_paid_fen=own[0],
        first_self_pay_fen=own[1],
        over_limit_fen=own[2],
    )


def _categories(rng: np.random.Generator, flow: Flow, codes: Codes, size: Size, mixes: FeeMixes) -> Integers:
    """Split each aimed-at cost by jittered shares; categories too small for a line go to the largest one."""
    mean = mixes.share[flow.profile]
    shares = mean * rng.gamma(_SHARE_SHAPE, 1 / _SHARE_SHAPE, mean.shape)
    shares[(mean < _SMALL_SHARE) & (rng.random(mean.shape) > _SMALL_SHARE_PRESENT)] = 0.0
    shares[codes.operation == 0, CATEGORIES.index("surgery")] = 0.0
    amounts = _capped_by_days(split_rows(size.cost_fen, shares), size, mixes)
    cheapest = mixes.price_fen[mixes.first_item]
    keep = amounts >= cheapest * _LEAST_PART_OF_PRICE
    keep[:, _PER_DAY] &= amounts[:, _PER_DAY] >= size.los_days[:, None]
    rank = np.argsort(np.argsort(-amounts, axis=1, kind="stable"), axis=1, kind="stable")
    keep &= rank < MOST_LINES
    largest = rank.argmin(axis=1)
    dropped = np.where(keep, 0, amounts).sum(axis=1)
    kept = np.where(keep, amounts, 0)
    kept[np.arange(flow.count), largest] += dropped
    return kept


def _capped_by_days(amounts: Integers, size: Size, mixes: FeeMixes) -> Integers:
    """Move what bed and nursing could not cost in the stay's days to the largest category."""
    capped = amounts.copy()
    for category in _PER_DAY:
        dearest = mixes.price_fen[mixes.first_item[category] + mixes.item_count[category] - 1]
        most = (size.los_days * dearest * _MOST_OF_DAY_PRICE).astype(np.int64)
        capped[:, category] = np.minimum(capped[:, category], most)
    others = capped.copy()
    others[:, _PER_DAY] = 0
    capped[np.arange(size.los_days.size), others.argmax(axis=1)] += (amounts - capped).sum(axis=1)
    return capped


def _two_items(
    rng: np.random.Generator,
    category: Integers,
    amount: Integers,
    is_per_day: npt.NDArray[np.bool_],
    los_days: Integers,
    mixes: FeeMixes,
) -> tuple[Integers, Integers]:
    """Return a cheaper and a dearer line of each category that the amount is enough for; they may be the same.

    Bed and nursing take the dearest line that the amount a day is enough for.
    """
    one, two = (
        mixes.first_item[category] + rng.integers(0, mixes.item_count[category], category.size) for _ in range(2)
    )
    dearest = mixes.first_item[category] + mixes.item_count[category] - 1
    cheap, dear = np.minimum(one, two), np.where(is_per_day, dearest, np.maximum(one, two))
    per_unit = np.where(is_per_day, amount // los_days, amount)
    # A line must not be charged far below its list price: step down to what the amount is enough for.
    for _ in range(int(mixes.item_count.max())):
        is_too_dear = (mixes.price_fen[dear] * _LEAST_PART_OF_PRICE > per_unit) & (dear > mixes.first_item[category])
        dear = dear - is_too_dear
    return np.minimum(cheap, dear), dear


def _own_parts(rng: np.random.Generator, flow: Flow, total_fen: Integers, county: County) -> list[Integers]:
    figures = [county.roster.places[place] for place in PLACES]
    means = (
        np.array([f.self_paid for f in figures]),
        np.array([f.first_self_pay for f in figures]),
        np.array([f.over_limit for f in figures]),
    )
    ratios = [rng.gamma(_OWN_PART_SHAPE, mean[flow.place] / _OWN_PART_SHAPE) for mean in means]
    # Together at most half of the total, whatever was drawn.
    scale = np.minimum(1.0, 0.5 / np.maximum(np.add.reduce(ratios), 1e-9))
    return [np.floor(total_fen * (ratio * scale)).astype(np.int64) for ratio in ratios]
