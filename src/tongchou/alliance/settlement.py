"""The year's settlement of an alliance: budget, fund use, surplus or deficit, and the members' shares."""

from collections.abc import Mapping
from dataclasses import dataclass

from tongchou.alliance.account import settlement_account
from tongchou.alliance.budget import measure_budget
from tongchou.alliance.contract import read_contract
from tongchou.alliance.facts import AllianceFacts, FundUse
from tongchou.alliance.outcome import Slice
from tongchou.alliance.package import measure_fund_use, read_package
from tongchou.alliance.records import Finding
from tongchou.alliance.split import split_among_members
from tongchou.alliance.surplus import share_surplus
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step
from tongchou.core.money import E4, divide_half_up, format_yuan
from tongchou.core.text import Text
from tongchou.policy import PolicyView

_NO_USE = FundUse(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class AllianceSettlement:
    """What became of an alliance's year.

    `alliance_fen + fund_fen = surplus_fen` and `sum(members_fen) + reserve_fen = alliance_fen`, to the fen.

    Attributes:
        alliance_id: The alliance.
        base_fen: Its budget.
        comparison_fen: What a surplus is measured against.
        actual_fen: Fund use that counts against the budget.
        surplus_fen: Surplus; negative: deficit.
        rate_e4: Its ratio x 10,000 to the amount it is measured against.
        slices: Its slices by the bands of the policy.
        alliance_fen: Kept by the alliance; negative: borne by it.
        fund_fen: Returned to the fund; negative: borne by it.
        members_fen: Institution -> its share of `alliance_fen`.
        reserve_fen: The reserve's share of `alliance_fen`.
        explanation: The whole reckoning, with every parameter read.
        counted_use: The fund use that counts, by place; it sums to `actual_fen`.
        adjustments_fen: Written adjustments in the budget.
        deducted_fen: Taken off the budget first for care elsewhere, in the money that the budget is stated in.
        held_fen: The part of `fund_fen` that waits for the review of a high surplus.
        unreasonable_fen: The part of a deficit without an accepted reason; never below zero.
        findings: What people must look at.
    """

    alliance_id: str
    base_fen: int
    comparison_fen: int
    actual_fen: int
    surplus_fen: int
    rate_e4: int
    slices: tuple[Slice, ...]
    alliance_fen: int
    fund_fen: int
    members_fen: Mapping[str, int]
    reserve_fen: int
    explanation: Step
    counted_use: FundUse = _NO_USE
    adjustments_fen: int = 0
    deducted_fen: int = 0
    held_fen: int = 0
    unreasonable_fen: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def execution_e4(self) -> int:
        """Fund use as a ratio of the budget (预算执行率) x 10,000, rounded half up."""
        return divide_half_up(self.actual_fen * E4, self.base_fen)


def settle_alliance(view: PolicyView, facts: AllianceFacts) -> AllianceSettlement:
    """Settle one alliance's year.

    Args:
        view: The policy on the day the year is settled by.
        facts: The alliance's year.

    Raises:
        TongchouError: `alliance.not_packaged` if its contract has no package; as `read_contract`, `measure_budget`,
            `share_surplus` and `split_among_members` say.
    """
    contract = read_contract(view, facts.alliance_id)
    if not contract.is_packaged:
        raise _not_packaged(facts.alliance_id)
    budget = measure_budget(view, facts)
    actual_fen, use_step = measure_fund_use(view, facts)
    outcome = share_surplus(view, budget, actual_fen, facts.reasons, facts.review)
    split = split_among_members(view, outcome.alliance_fen, facts.members)
    amount = format_yuan(abs(outcome.alliance_fen))
    zh, en = ("留用", "kept") if outcome.alliance_fen >= 0 else ("承担", "borne")
    explanation = Step(
        "alliance.settlement",
        Text(f"医联体 {facts.alliance_id} 年度结算", f"Settlement of alliance {facts.alliance_id}"),
        Text(f"医联体{zh} {amount} 元", f"{amount} yuan {en} by the alliance"),
        children=(contract.explanation, budget.explanation, use_step, outcome.explanation, split.explanation),
        account=settlement_account(budget, actual_fen, outcome, split),
    )
    return AllianceSettlement(
        alliance_id=facts.alliance_id,
        base_fen=budget.base_fen,
        comparison_fen=budget.comparison_fen,
        actual_fen=actual_fen,
        surplus_fen=outcome.surplus_fen,
        rate_e4=outcome.rate_e4,
        slices=outcome.slices,
        alliance_fen=outcome.alliance_fen,
        fund_fen=outcome.fund_fen,
        members_fen=split.members_fen,
        reserve_fen=split.reserve_fen,
        explanation=explanation,
        counted_use=read_package(view).counted_use(facts),
        adjustments_fen=budget.adjustments_fen,
        deducted_fen=budget.deducted_fen,
        held_fen=outcome.held_fen,
        unreasonable_fen=outcome.unreasonable_fen,
        findings=outcome.findings,
    )


def _not_packaged(alliance_id: str) -> TongchouError:
    return TongchouError(
        "alliance.not_packaged",
        what=Text("该医联体没有打包预算", "the alliance has no package budget"),
        where=alliance_id,
        why=Text(
            "其合同为 not_packaged，各成员各自清算", "its contract is not_packaged: members are cleared one by one"
        ),
        remedy=Text("核对参数 alliance/contract/package", "check the parameter alliance/contract/package"),
    )
