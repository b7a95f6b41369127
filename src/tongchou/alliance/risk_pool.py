"""The risk pool (风险共济): members pay in a part of their case income and are helped with losses they cannot bear."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongchou.alliance.choices import unknown_choice
from tongchou.alliance.records import require_unique
from tongchou.alliance.risk_claim import Grant, RiskClaim
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import format_yuan, scale, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.transfer import Party, Transfer
from tongchou.policy import PolicyView
from tongchou.schema.states import RISK_REASON

_CONTRIBUTION, _GRANT, _RETURN = ("alliance.risk_pool." + part for part in ("contribution", "grant", "returned"))
_REASONS = "alliance/risk_pool/reasons"
_SHORTAGE = "alliance/risk_pool/shortage"
_YEAR_END = "alliance/risk_pool/year_end"


@dataclass(frozen=True, slots=True)
class RiskPool:
    """A pool's year; opening + contributions = grants + returned + closing, and no balance is ever below zero.

    Attributes:
        opening_fen: Balance at the beginning of the year.
        contributions_fen: Member -> what it pays in, by id.
        grants: Every claim of the year, in the order in which they were looked at.
        returned_fen: Member -> what it gets back at the end of the year.
        closing_fen: What is carried into the next year.
        transfers: All that is paid in and out.
        explanation: How it came about, with every parameter read.
    """

    opening_fen: int
    contributions_fen: Mapping[str, int]
    grants: tuple[Grant, ...]
    returned_fen: Mapping[str, int]
    closing_fen: int
    transfers: tuple[Transfer, ...]
    explanation: Step


def settle_risk_pool(
    view: PolicyView, alliance_id: str, year: int, incomes_fen: Mapping[str, int], claims: Sequence[RiskClaim]
) -> RiskPool:
    """Settle a risk pool's year.

    Each member pays `alliance/risk_pool/contribution_ratio` of its case income (an income below zero pays nothing).
    A claim of an eligible reason (`alliance/risk_pool/reasons`) may be granted `alliance/risk_pool/grant_ratio` of its
    loss; both are rounded half up to the fen. Where the pool is short, `alliance/risk_pool/shortage` says who comes
    first: `by_date`, the earlier claim (then the smaller number), the last one in part; `pro_rata`, all in proportion
    to their caps. What is left is `carried` or `returned` by the year's contributions (`alliance/risk_pool/year_end`);
    it is carried where nobody paid in. What a claim did not get is not carried into the next year.

    Args:
        view: The policy on the last day of the year.
        alliance_id: The alliance whose pool it is.
        year: The calendar year; contributions, grants and returns count in its last month.
        incomes_fen: Member -> its case income of the year.
        claims: The year's claims, in any order.

    Raises:
        TongchouError: `alliance.bad_record` for a claim that stands twice, `alliance.not_in_pool` for one of an
            institution that is no member, `alliance.unknown_choice`.
    """
    _require_sound(incomes_fen, claims)
    with view.recording() as reads:
        ratio = view.e4("alliance/risk_pool/contribution_ratio")
        opening = view.fen("alliance/risk_pool/opening_balance")
        contributions = {member: scale(max(0, income), ratio) for member, income in sorted(incomes_fen.items())}
        available = opening + sum(contributions.values())
        grants = _grants(view, claims, available)
        left = available - sum(grant.grant_fen for grant in grants)
        returned = _returned(view, left, contributions)
    closing = left - sum(returned.values())
    shown = [format_yuan(amount) for amount in (available, available - left, closing)]
    step = Step(
        "alliance.risk_pool",
        Text(f"医联体 {alliance_id} 风险共济 {year} 年", f"Risk pool of {alliance_id}, {year}"),
        Text(
            f"可用 {shown[0]} 元，补助 {shown[1]} 元，结转 {shown[2]} 元",
            f"{shown[0]} yuan available, {shown[1]} granted, {shown[2]} carried over",
        ),
        facts=(
            Fact(Text("年初余额（元）", "opening balance, yuan"), format_yuan(opening)),
            *(
                Fact(
                    Text(f"{member}（元：病例收入 / 缴纳）", f"{member} (yuan: income / paid in)"),
                    f"{format_yuan(incomes_fen[member])} / {format_yuan(fen)}",
                )
                for member, fen in contributions.items()
            ),
        ),
        parameters=tuple(reads),
        children=tuple(_grant_step(grant) for grant in grants),
    )
    transfers = _transfers(Party("risk_pool", alliance_id), f"{year:04d}-12", contributions, grants, returned, step)
    return RiskPool(opening, contributions, grants, returned, closing, transfers, step)


def _require_sound(incomes_fen: Mapping[str, int], claims: Sequence[RiskClaim]) -> None:
    require_unique([claim.claim_id for claim in claims])
    require_unique([f"{claim.institution_id} {claim.subject}" for claim in claims])
    strangers = [claim for claim in claims if claim.institution_id not in incomes_fen]
    if strangers:
        raise TongchouError(
            "alliance.not_in_pool",
            what=Text("申请机构不是共济成员", "a claim comes from outside the pool"),
            where=", ".join(f"{claim.claim_id}: {claim.institution_id}" for claim in strangers),
            why=Text("只有缴纳的成员可以申请", "only members, who pay in, can claim"),
            remedy=Text("改正机构或医联体代码", "correct the institution or the alliance"),
        )


def _grants(view: PolicyView, claims: Sequence[RiskClaim], available: int) -> tuple[Grant, ...]:
    ordered = sorted(claims, key=lambda claim: (claim.claimed_on, claim.claim_id))
    ratio = view.e4("alliance/risk_pool/grant_ratio")
    caps = {
        claim.claim_id: scale(claim.loss_fen, ratio) if _is_eligible(view, claim.reason) else 0 for claim in ordered
    }
    granted = _by_shortage(view.text(_SHORTAGE), caps, available)
    return tuple(
        Grant(
            claim.claim_id,
            claim.institution_id,
            claim.loss_fen,
            caps[claim.claim_id],
            granted[claim.claim_id],
            claim.loss_fen - granted[claim.claim_id],
            _refusals(claim, caps[claim.claim_id], granted[claim.claim_id]),
        )
        for claim in ordered
    )


def _by_shortage(rule: str, caps: Mapping[str, int], available: int) -> dict[str, int]:
    match rule:
        case "by_date":
            granted = {}
            for claim, cap in caps.items():
                granted[claim] = min(cap, available)
                available -= granted[claim]
            return granted
        case "pro_rata":
            asked = sum(caps.values())
            return dict(caps) if asked <= available else split_largest_remainder(available, caps)
        case other:
            raise unknown_choice(_SHORTAGE, other)


def _is_eligible(view: PolicyView, reason: str) -> bool:
    match view.text(_REASONS, risk_reason=reason):
        case "eligible":
            return True
        case "not_eligible":
            return False
        case other:
            raise unknown_choice(_REASONS, other)


def _refusals(claim: RiskClaim, cap: int, granted: int) -> tuple[Text, ...]:
    if not claim.loss_fen:
        return (Text("没有损失", "there was no loss"),)
    if not cap:
        name = RISK_REASON[claim.reason]
        return (Text(f"{name.zh}不属可申请的原因", f"{name.en} is not an eligible reason"),)
    return (Text("共济资金不足", "the pool was short"),) if granted < cap else ()


def _returned(view: PolicyView, left: int, contributions: Mapping[str, int]) -> dict[str, int]:
    match view.text(_YEAR_END):
        case "carried":
            return {}
        case "returned":
            return split_largest_remainder(left, contributions) if any(contributions.values()) else {}
        case other:
            raise unknown_choice(_YEAR_END, other)


def _grant_step(grant: Grant) -> Step:
    return Step(
        _GRANT,
        Text(f"申请 {grant.claim_id}（{grant.institution_id}）", f"Claim {grant.claim_id} ({grant.institution_id})"),
        Text(
            f"补助 {format_yuan(grant.grant_fen)} 元，自担 {format_yuan(grant.borne_fen)} 元",
            f"{format_yuan(grant.grant_fen)} yuan granted, {format_yuan(grant.borne_fen)} borne by the member",
        ),
        facts=(
            Fact(Text("损失（元）", "loss, yuan"), format_yuan(grant.loss_fen)),
            Fact(Text("上限（元）", "cap, yuan"), format_yuan(grant.cap_fen)),
        ),
        rejected=grant.refused,
    )


def _transfers(
    pool: Party,
    month: str,
    contributions: Mapping[str, int],
    grants: Sequence[Grant],
    returned: Mapping[str, int],
    step: Step,
) -> tuple[Transfer, ...]:
    """Return what is paid in and out; amounts of zero are none."""
    paid_in = [
        Transfer(_CONTRIBUTION, "risk_pool", Party("institution", member), pool, month, fen, pool.party_id, step)
        for member, fen in contributions.items()
        if fen
    ]
    granted = [
        Transfer(
            _GRANT,
            "risk_pool",
            pool,
            Party("institution", grant.institution_id),
            month,
            grant.grant_fen,
            grant.claim_id,
            _grant_step(grant),
        )
        for grant in grants
        if grant.grant_fen
    ]
    back = [
        Transfer(_RETURN, "risk_pool", pool, Party("institution", member), month, fen, pool.party_id, step)
        for member, fen in returned.items()
        if fen
    ]
    return (*paid_in, *granted, *back)
