"""Grants of the incentive fund (激励基金) and of special funds (专项资金): applications, ranking, cap, balance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from tongchou.alliance.choices import unknown_choice
from tongchou.alliance.records import require_known, require_not_negative, require_unique
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.payment.transfer import Party, Transfer
from tongchou.policy import PolicyView
from tongchou.schema.states import GRANT_FUND, GRANT_PURPOSE

_RULE = "alliance.grants"
_RANKING = "alliance/grants/ranking"
_SHORTAGE = "alliance/grants/shortage"
_PAYERS = {"incentive": Party("incentive_fund"), "special": Party("finance")}


@dataclass(frozen=True, slots=True)
class FundApplication:
    """A county's application.

    Attributes:
        application_id: Its number.
        fund: A key of `GRANT_FUND`.
        area_id: The county, to which the cap applies.
        institution_id: Who is paid.
        purpose: A key of `GRANT_PURPOSE`.
        amount_fen: The amount applied for.
        score_e4: Its score x 10,000, out of 100.
        cost_per_weight_fen: The county's cost per weight; `None` where it is not known.
        received_before_fen: What the county received of the fund in earlier years.
        applied_on: The day of the application.
    """

    application_id: str
    fund: str
    area_id: str
    institution_id: str
    purpose: str
    amount_fen: int
    score_e4: int
    cost_per_weight_fen: int | None
    received_before_fen: int
    applied_on: date

    def __post_init__(self) -> None:
        """Refuse an application to an unknown fund or purpose, or with an amount below zero.

        Raises:
            TongchouError: `alliance.bad_record`.
        """
        require_known(self.application_id, self.fund, GRANT_FUND)
        require_known(self.application_id, self.purpose, GRANT_PURPOSE)
        require_not_negative(self.application_id, self.amount_fen, self.received_before_fen)


@dataclass(frozen=True, slots=True)
class Award:
    """What became of an application.

    Attributes:
        application: The application.
        rank: Its place, from 1; 0 where it was not ranked.
        granted_fen: What is granted.
        refused: Why less is granted than was applied for; empty where all of it is.
    """

    application: FundApplication
    rank: int
    granted_fen: int
    refused: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class GrantRound:
    """A fund's year: `yearly_fen` = what is granted + `left_fen`, which is never below zero.

    Attributes:
        fund: A key of `GRANT_FUND`.
        yearly_fen: What the fund could grant.
        awards: Every application, by rank, those not ranked last.
        left_fen: What is left.
        transfers: From the fund, or the public finances, to the institutions paid.
        explanation: How it came about, with every parameter read.
    """

    fund: str
    yearly_fen: int
    awards: tuple[Award, ...]
    left_fen: int
    transfers: tuple[Transfer, ...]
    explanation: Step


def grant_applications(view: PolicyView, fund: str, month: str, applications: Sequence[FundApplication]) -> GrantRound:
    """Grant a fund's applications of a year.

    An application below `alliance/grants/minimum_score` is not ranked. The others are ranked by
    `alliance/grants/ranking`: `by_score`, the higher first; `by_date`, the earlier; `by_cost`, the lower cost per
    weight, those without one not ranked; ties by the number. In that order each gets what it applies for, at most what
    `alliance/grants/cap` leaves its county (earlier years and earlier applications included) and what is left of
    `alliance/grants/yearly_budget`; where the fund does not cover it, `alliance/grants/shortage` says whether it gets
    what is left (`partial`) or nothing (`whole`, and the next is looked at).

    Args:
        view: The policy on the last day of the year.
        fund: A key of `GRANT_FUND`.
        month: The month that the grants count in, `YYYY-MM`.
        applications: The year's applications, in any order; those to other funds are left out.

    Raises:
        TongchouError: `alliance.bad_record` for an application that stands twice; `alliance.unknown_choice`.
    """
    own = [each for each in applications if each.fund == fund]
    require_unique([each.application_id for each in own])
    with view.recording() as reads:
        yearly = view.fen("alliance/grants/yearly_budget", grant_fund=fund)
        cap = view.fen("alliance/grants/cap", grant_fund=fund)
        ranked, unranked = _ranked(view, fund, own)
        shortage = view.text(_SHORTAGE, grant_fund=fund)
    if shortage not in ("partial", "whole"):
        raise unknown_choice(_SHORTAGE, shortage)
    awards, left = _award(ranked, cap, yearly, shortage)
    awards += [Award(each, 0, 0, (why,)) for each, why in unranked]
    return GrantRound(
        fund,
        yearly,
        tuple(awards),
        left,
        tuple(_transfer(award, month) for award in awards if award.granted_fen),
        _step(fund, yearly, left, awards, reads),
    )


def _ranked(
    view: PolicyView, fund: str, applications: Sequence[FundApplication]
) -> tuple[list[FundApplication], list[tuple[FundApplication, Text]]]:
    minimum = view.e4("alliance/grants/minimum_score", grant_fund=fund)
    ranking = view.text(_RANKING, grant_fund=fund)
    order = _ORDERS.get(ranking)
    if order is None:
        raise unknown_choice(_RANKING, ranking)
    ranked, unranked = [], []
    for each in sorted(applications, key=lambda application: application.application_id):
        if each.score_e4 < minimum:
            unranked.append((each, _LOW_SCORE))
        elif ranking == "by_cost" and each.cost_per_weight_fen is None:
            unranked.append((each, _NO_COST))
        else:
            ranked.append(each)
    # Sorting keeps the order of what is equal, which is that of the numbers.
    return sorted(ranked, key=order), unranked


def _award(ranked: Sequence[FundApplication], cap: int, yearly: int, shortage: str) -> tuple[list[Award], int]:
    left = yearly
    received: dict[str, int] = {}
    awards = []
    for rank, each in enumerate(ranked, start=1):
        before = each.received_before_fen + received.get(each.area_id, 0)
        allowed = min(each.amount_fen, max(0, cap - before))
        covered = allowed <= left or shortage == "partial"
        granted = min(allowed, left) if covered else 0
        refused = [_CAP] if allowed < each.amount_fen else []
        if granted < allowed:
            refused.append(_SHORT)
        left -= granted
        received[each.area_id] = received.get(each.area_id, 0) + granted
        awards.append(Award(each, rank, granted, tuple(refused)))
    return awards, left


def _transfer(award: Award, month: str) -> Transfer:
    application = award.application
    return Transfer(
        _RULE,
        f"{application.fund}_grant",
        _PAYERS[application.fund],
        Party("institution", application.institution_id),
        month,
        award.granted_fen,
        application.application_id,
        _award_step(award),
    )


def _step(fund: str, yearly: int, left: int, awards: Sequence[Award], reads: Sequence[ParameterRead]) -> Step:
    title, count = GRANT_FUND[fund], sum(1 for award in awards if award.granted_fen)
    return Step(
        _RULE,
        Text(f"{title.zh}评审", f"Grants of the {title.en}"),
        Text(
            f"年度 {format_yuan(yearly)} 元，{count} 项获得，余 {format_yuan(left)} 元",
            f"{format_yuan(yearly)} yuan in the year, {count} granted, {format_yuan(left)} left",
        ),
        parameters=tuple(reads),
        children=tuple(_award_step(award) for award in awards),
    )


def _award_step(award: Award) -> Step:
    each = award.application
    purpose = GRANT_PURPOSE[each.purpose]
    return Step(
        "alliance.grants.award",
        Text(f"申请 {each.application_id}（{purpose.zh}）", f"Application {each.application_id} ({purpose.en})"),
        Text(f"获得 {format_yuan(award.granted_fen)} 元", f"{format_yuan(award.granted_fen)} yuan granted"),
        facts=(
            Fact(Text("位次", "rank"), str(award.rank or "-")),
            Fact(Text("得分", "score"), format_e4(each.score_e4)),
            Fact(Text("申请金额（元）", "applied for, yuan"), format_yuan(each.amount_fen)),
            Fact(Text("以前年度已获（元）", "received before, yuan"), format_yuan(each.received_before_fen)),
        ),
        rejected=award.refused,
    )


_ORDERS: dict[str, Callable[[FundApplication], int]] = {
    "by_score": lambda each: -each.score_e4,
    "by_date": lambda each: each.applied_on.toordinal(),
    "by_cost": lambda each: each.cost_per_weight_fen or 0,
}
_LOW_SCORE = Text("得分低于最低分，不参加排序", "the score is below the least: not ranked")
_NO_COST = Text("没有每权重费用，不参加排序", "the cost per weight is not known: not ranked")
_CAP = Text("以单县上限为限", "cut to the county's cap")
_SHORT = Text("资金余额不足", "the fund was short")
