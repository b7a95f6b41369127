"""What an alliance keeps or bears in every draw: the settlement's own rule, over a column of fund uses."""

import numpy as np

from tongchou.alliance.budget import Budget
from tongchou.alliance.surplus import share_surplus
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step
from tongchou.core.money import E4, FenArray, divide_column_half_up, scale
from tongchou.core.text import Text
from tongchou.policy import Bands, PolicyView

_UNEXPLAINED = Step("scenarios.budget", Text("预算", "Budget"), Text.plain("-"))


def kept_of_draws(view: PolicyView, base_fen: int, comparison_fen: int, used: FenArray) -> FenArray:
    """Return what the alliance keeps (negative: bears) for each fund use, as `share_surplus` gives it.

    The column is reckoned at once; the least, the middle and the greatest use are reckoned by `share_surplus` as well.

    Args:
        view: The policy that the year is settled by.
        base_fen: The budget: use above it is a deficit.
        comparison_fen: Use below it is a surplus.
        used: Fund uses, fen.

    Raises:
        TongchouError: `scenarios.shares_differ` if the column and the rule disagree.
    """
    deficit = np.maximum(0, used - base_fen)
    surplus = np.maximum(0, comparison_fen - used)
    kept = np.zeros(len(used), dtype=np.int64)
    if deficit.any():
        bands = view.bands("alliance/deficit/fund_share")
        kept -= deficit - _sliced(bands, base_fen, deficit)
    if surplus.any() and view.e4("alliance/quality/score") >= view.e4("alliance/quality/threshold"):
        kept += _sliced(view.bands("alliance/surplus/kept"), comparison_fen, surplus)
    _require_same(view, Budget(base_fen, comparison_fen, _UNEXPLAINED), used, kept)
    return kept


def _sliced(bands: Bands, base_fen: int, totals: FenArray) -> FenArray:
    parts = np.zeros(len(totals), dtype=np.int64)
    for lower, upper, ratio in bands.slices:
        until = totals if upper is None else np.minimum(totals, scale(base_fen, upper))
        amount = np.maximum(0, until - scale(base_fen, lower))
        whole, rest = np.divmod(amount, E4)
        parts += whole * ratio + divide_column_half_up(rest * ratio, np.int64(E4))
    return parts


def _require_same(view: PolicyView, budget: Budget, used: FenArray, kept: FenArray) -> None:
    order = np.argsort(used, kind="stable")
    for number in (order[0], order[len(order) // 2], order[-1]):
        by_rule = share_surplus(view, budget, int(used[number])).alliance_fen
        if by_rule != int(kept[number]):
            raise TongchouError(
                "scenarios.shares_differ",
                what=Text("抽样所用的分担与清算规则不一致", "the drawn shares differ from the settlement's rule"),
                where=f"{int(used[number])}: {int(kept[number])} / {by_rule}",
                why=Text("结余留用规则有抽样未包含的部分", "the rule of surplus has a part that the draws leave out"),
                remedy=Text("报告此问题", "report this problem"),
            )
