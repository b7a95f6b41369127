"""The family-doctor contract fee (签约服务费), a share of it by outcome (payment formulas §8)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import E4, divide_half_up, format_e4, format_yuan, scale, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch
from tongchou.payment.events.heads import Head, HeadPool
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import institution, money, number, yuan_text
from tongchou.payment.transfer import FUND, Transfer
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class ContractFee:
    """An institution's contract fee.

    Attributes:
        total_fen: The insurance's part of fee x member-months / 12.
        fixed_fen: Paid whatever the outcome.
        at_stake_fen: The share by outcome, rounded half up; `fixed_fen + at_stake_fen = total_fen`.
        earned_fen: What of it the score earns, rounded half up.
    """

    total_fen: int
    fixed_fen: int
    at_stake_fen: int
    earned_fen: int


def contract_fee(total_fen: int, outcome_share_e4: int, score_e4: int) -> ContractFee:
    """Return (1 - w) x total + w x total x score, in its parts.

    Args:
        total_fen: The insurance's part of the fee for all member-months.
        outcome_share_e4: w, the share by outcome, x 10,000.
        score_e4: The score of 0 to 1, x 10,000.

    Raises:
        TongchouError: `payment.score` if the score is not of 0 to 1.
    """
    if not 0 <= score_e4 <= E4:
        raise TongchouError(
            "payment.score",
            what=Text("签约服务考核得分超出范围", "the score of contract services is out of range"),
            where=format_e4(score_e4),
            why=Text("得分在 0 与 1 之间，82 分写 0.82", "a score is of 0 to 1: 82 points are 0.82"),
            remedy=Text("核对结果记录", "check the outcome records"),
        )
    at_stake = scale(total_fen, outcome_share_e4)
    return ContractFee(total_fen, total_fen - at_stake, at_stake, scale(at_stake, score_e4))


@dataclass(frozen=True, slots=True)
class _Terms:
    fee_fen: int
    outcome_share_e4: int
    parts_fen: Mapping[str, int]


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay each institution its contract fee: the fixed part month by month, the part by outcome in the last month.

    Where `payment/events/contract_fee/parts` is given, the fund pays the insurance's part only; what public-health
    money and residents bear is named in the explanation and is no transfer of the fund.

    Raises:
        TongchouError: `payment.no_score` if an institution's score is not recorded; `payment.contract_fee_parts` if
            the parts of the payers do not sum to the fee.
    """
    return tuple(transfer for pool in batch.pools for transfer in _price_pool(view, pool))


def _price_pool(view: PolicyView, pool: HeadPool) -> list[Transfer]:
    with view.recording() as reads:
        fee = view.fen("payment/events/contract_fee/fee")
        share = view.e4("payment/events/contract_fee/outcome_share")
        parts = _parts(view, fee)
    by_institution: dict[str, list[Head]] = defaultdict(list)
    for head in pool.heads:
        if head.months:
            by_institution[head.institution_id].append(head)
    return [
        transfer
        for institution_id, heads in sorted(by_institution.items())
        for transfer in _price(institution_id, heads, _score(pool, institution_id), _Terms(fee, share, parts), reads)
    ]


def _price(
    institution_id: str, heads: Sequence[Head], score_e4: int, terms: _Terms, reads: Sequence[ParameterRead]
) -> list[Transfer]:
    months: dict[str, int] = defaultdict(int)
    for month in sorted(month for head in heads for month in head.months):
        months[month] += 1
    whole = divide_half_up(terms.fee_fen * sum(months.values()), 12)
    # Without any fee there is nothing to split.
    borne = split_largest_remainder(whole, terms.parts_fen) if terms.fee_fen else dict(terms.parts_fen)
    fee = contract_fee(borne["insurance"], terms.outcome_share_e4, score_e4)
    facts = (
        Fact(Text("机构", "institution"), institution_id),
        number("签约人数", "contracted heads", len({head.person_id for head in heads})),
        number("人月数", "member-months", sum(months.values())),
        money("签约服务费", "contract fee", whole),
        *(money(_PAYERS[payer].zh, _PAYERS[payer].en, amount) for payer, amount in borne.items() if len(borne) > 1),
        money("固定部分", "fixed part", fee.fixed_fen),
        money("按结果部分", "part by outcome", fee.at_stake_fen),
        Fact(Text("考核得分", "score"), format_e4(score_e4)),
        money("按得分获得", "earned by the score", fee.earned_fen),
    )
    lost = fee.at_stake_fen - fee.earned_fen
    unearned = money("得分不足未付", "not earned by the score", lost)
    rejected = (
        (Text(f"{unearned.label.zh}：{unearned.value}", f"{unearned.label.en}: {unearned.value}"),) if lost else ()
    )

    def transfer(purpose: str, month: str, amount: int) -> Transfer:
        step = Step(RULE, CONTRACT_FEE.title, yuan_text(amount), facts, tuple(reads), rejected)
        return Transfer(RULE, purpose, FUND, institution(institution_id), month, amount, institution_id, step)

    fixed = split_largest_remainder(fee.fixed_fen, months)
    return [
        *(transfer("contract_fee", month, amount) for month, amount in fixed.items()),
        transfer("contract_outcome", max(months), fee.earned_fen),
    ]


def _parts(view: PolicyView, fee_fen: int) -> dict[str, int]:
    if not view.has(_PARTS):
        return {"insurance": fee_fen}
    parts = {payer: view.fen(_PARTS, fee_payer=payer) for payer in _PAYERS}
    if sum(parts.values()) != fee_fen:
        raise TongchouError(
            "payment.contract_fee_parts",
            what=Text("签约服务费的分担合计不等于签约服务费", "the payers' parts do not sum to the contract fee"),
            where=f"{_PARTS}: {format_yuan(sum(parts.values()))} ≠ {format_yuan(fee_fen)}",
            why=Text("医保、财政、居民三方须合计承担全部费用", "the payers together bear the whole fee"),
            remedy=Text("改正政策中的签约服务费或分担", "correct the fee or the parts in the policy"),
        )
    return parts


def _score(pool: HeadPool, institution_id: str) -> int:
    if institution_id not in pool.scores_e4:
        raise TongchouError(
            "payment.no_score",
            what=Text("没有签约服务考核得分", "there is no score of contract services"),
            where=institution_id,
            why=Text("签约服务费的一部分按得分支付", "a part of the contract fee is paid by the score"),
            remedy=Text("在结果记录中补充 contract_score", "hand in a contract_score among the outcome records"),
        )
    return pool.scores_e4[institution_id]


_PARTS = "payment/events/contract_fee/parts"
_PAYERS = {
    "insurance": Text("其中：医保承担", "of it by insurance"),
    "finance": Text("其中：公共卫生经费承担", "of it by public-health money"),
    "resident": Text("其中：居民承担", "of it by residents"),
}
RULE = "payment.events.contract_fee"
CONTRACT_FEE = BuiltIn("contract_fee", Text("家庭医生签约服务费", "Family-doctor fee"), (), price, takes="heads")
"""A fee per head, partly by outcome."""
