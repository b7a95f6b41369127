"""The advance of a package (打包预拨): paid to the lead hospital month by month, closed at the end of the year."""

from collections.abc import Sequence
from dataclasses import dataclass

from tongchou.alliance.facts import MemberFacts
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, divide_half_up, format_yuan, scale, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.transfer import FUND, Party, Transfer
from tongchou.policy import PolicyView

_RULE = "alliance.advance"
_CLOSE = "alliance.advance.close"


@dataclass(frozen=True, slots=True)
class Advance:
    """A year's advance of a package.

    Attributes:
        months_fen: `YYYY-MM` -> what is paid in the month; twelve months that sum to `advance_fen`.
        advance_fen: The part of the budget that is paid in advance.
        kept_back_fen: The rest of the budget, settled at the end of the year.
        transfers: From the fund to the lead hospital, one a month.
        explanation: How it came about.
    """

    months_fen: dict[str, int]
    advance_fen: int
    kept_back_fen: int
    transfers: tuple[Transfer, ...]
    explanation: Step

    def deviation_e4(self, actual_fen: int) -> int:
        """Return fund use less the advance as a ratio of the advance x 10,000, half up; 0 where there is none."""
        if not self.advance_fen:
            return 0
        return divide_half_up((actual_fen - self.advance_fen) * E4, self.advance_fen)


def monthly_advance(
    view: PolicyView, alliance_id: str, year: int, base_fen: int, members: Sequence[MemberFacts]
) -> Advance:
    """Return the monthly advance: budget x `alliance/advance/share` / 12.

    The share is rounded once, half up to the fen; the months are equal but for odd fen, which go one each to the
    first months. The agency pays the lead hospital, with which the members settle.

    Args:
        view: The policy at the beginning of the year.
        alliance_id: The alliance.
        year: The calendar year.
        base_fen: Its budget.
        members: Its members, one of them the lead hospital.

    Raises:
        TongchouError: `alliance.no_lead` if there is not exactly one lead hospital.
    """
    lead = _lead(alliance_id, members)
    with view.recording() as reads:
        share_e4 = view.e4("alliance/advance/share")
    advance = scale(base_fen, share_e4)
    months = split_largest_remainder(advance, {f"{year:04d}-{number:02d}": 1 for number in range(1, 13)})
    step = Step(
        _RULE,
        Text(f"医联体 {alliance_id} 打包预拨", f"Advance of the package of {alliance_id}"),
        Text(
            f"全年预拨 {format_yuan(advance)} 元，留待年终 {format_yuan(base_fen - advance)} 元",
            f"{format_yuan(advance)} yuan in the year, {format_yuan(base_fen - advance)} at its end",
        ),
        facts=(
            Fact(Text("预算（元）", "budget, yuan"), format_yuan(base_fen)),
            *(Fact(Text(f"{month}（元）", f"{month}, yuan"), format_yuan(fen)) for month, fen in months.items()),
        ),
        parameters=tuple(reads),
    )
    transfers = tuple(
        Transfer(_RULE, "package_advance", FUND, lead, month, fen, alliance_id, step) for month, fen in months.items()
    )
    return Advance(months, advance, base_fen - advance, transfers, step)


def close_advance(advance: Advance, alliance_id: str, entitlement_fen: int, members: Sequence[MemberFacts]) -> Transfer:
    """Return the transfer that closes a year: what the alliance is entitled to against what it got in advance.

    Args:
        advance: The year's advance.
        alliance_id: The alliance.
        entitlement_fen: What the package comes to: what members' care counts for and the alliance's part of the
            surplus or deficit.
        members: Its members.

    Returns:
        From the fund to the lead hospital where the advance fell short, else back; in the last month of the advance.

    Raises:
        TongchouError: `alliance.no_lead`.
    """
    lead = _lead(alliance_id, members)
    due = entitlement_fen - advance.advance_fen
    amount = format_yuan(abs(due))
    zh, en = ("补付", "still due") if due >= 0 else ("收回", "to be paid back")
    step = Step(
        _CLOSE,
        Text(f"医联体 {alliance_id} 打包清算", f"Closing the package of {alliance_id}"),
        Text(f"{zh} {amount} 元", f"{amount} yuan {en}"),
        facts=(
            Fact(Text("应得（元）", "entitled to, yuan"), format_yuan(entitlement_fen)),
            Fact(Text("已预拨（元）", "paid in advance, yuan"), format_yuan(advance.advance_fen)),
        ),
    )
    payer, payee = (FUND, lead) if due >= 0 else (lead, FUND)
    return Transfer(_CLOSE, "package_closing", payer, payee, max(advance.months_fen), abs(due), alliance_id, step)


def _lead(alliance_id: str, members: Sequence[MemberFacts]) -> Party:
    leads = sorted(member.institution_id for member in members if member.role == "lead")
    if len(leads) != 1:
        raise TongchouError(
            "alliance.no_lead",
            what=Text("医联体没有唯一的牵头医院", "the alliance has not exactly one lead hospital"),
            where=f"{alliance_id}: {', '.join(leads) or '-'}",
            why=Text("打包资金拨付给牵头医院", "the package is paid to the lead hospital"),
            remedy=Text("改正成员名册", "correct the list of members"),
        )
    return Party("institution", leads[0])
