"""An alliance's settlement as an account: from the budget to what it keeps or bears, and who has it."""

from collections.abc import Iterator, Mapping

from tongchou.alliance.budget import Budget
from tongchou.alliance.outcome import Outcome
from tongchou.alliance.split_parts import Split
from tongchou.core.explanation import AccountLine
from tongchou.core.money import format_yuan
from tongchou.core.text import Text

_NONE = Text("", "")
_BUDGET = Text("总额预算", "budget")
_COMPARED = Text("结余的比较基数", "what a surplus is measured against")


def settlement_account(budget: Budget, actual_fen: int, outcome: Outcome, split: Split) -> tuple[AccountLine, ...]:
    """Return the account of an alliance's year: in each of its two parts the lines add up to the total below them.

    The second part, the members' shares, is left out where there is nothing to share.
    """
    return (*_kept(budget, actual_fen, outcome), *_shares(outcome.alliance_fen, split.members_fen, split.reserve_fen))


def _kept(budget: Budget, actual_fen: int, outcome: Outcome) -> Iterator[AccountLine]:
    surplus = outcome.surplus_fen
    is_surplus = surplus > 0 and budget.comparison_fen != budget.base_fen
    against = budget.comparison_fen if is_surplus else budget.base_fen
    yield AccountLine(_COMPARED if is_surplus else _BUDGET, _NONE, against)
    yield AccountLine(Text("减：计入预算的基金支出", "less the fund use that counts"), _NONE, -actual_fen)
    if surplus == 0:
        left = Text("预算内余额，不构成结余", "left of the budget, no surplus")
        yield AccountLine(left, _NONE, actual_fen - against)
        yield AccountLine(Text("既无结余也无超支", "Neither surplus nor deficit"), _NONE, 0, "total")
        return
    kind = Text("结余", "Surplus") if surplus > 0 else Text("超支", "Deficit")
    yield AccountLine(kind, _NONE, surplus, "sum")
    to_fund = Text("减：退回基金", "less what goes back to the fund")
    held = format_yuan(outcome.held_fen)
    how = Text(f"其中待质量复核 {held}", f"{held} of it waits for a quality review") if outcome.held_fen else _NONE
    yield AccountLine(to_fund if surplus > 0 else Text("由基金承担", "borne by the fund"), how, -outcome.fund_fen)
    kept = Text("医联体留用", "Kept by the alliance") if surplus > 0 else Text("医联体承担", "Borne by the alliance")
    yield AccountLine(kept, _NONE, outcome.alliance_fen, "total")


def _shares(alliance_fen: int, members_fen: Mapping[str, int], reserve_fen: int) -> Iterator[AccountLine]:
    if not alliance_fen:
        return
    for member, fen in members_fen.items():
        if fen:
            yield AccountLine(Text.plain(member), _NONE, fen)
    if reserve_fen:
        yield AccountLine(Text("储备金", "reserve"), _NONE, reserve_fen)
    yield AccountLine(Text("成员与储备金合计", "Members and reserve"), _NONE, alliance_fen, "total")
