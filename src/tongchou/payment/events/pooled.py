"""Head fees as a budget: the heads' inpatient cost held against it, all together, with stop-loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import scale, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.events.heads import HeadPool
from tongchou.payment.events.paying import institution, money, yuan_text
from tongchou.payment.transfer import FUND, Transfer
from tongchou.policy import PolicyView

RULE = "payment.events.capitation.pooled"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A pool's fees against its cost.

    Attributes:
        actual_fen: The heads' inpatient cost.
        stopped_fen: What of it the fund bears beyond the stop-loss.
        counted_fen: `actual_fen - stopped_fen`.
        result_fen: Fees less counted cost; negative: a deficit.
    """

    actual_fen: int
    stopped_fen: int
    counted_fen: int
    result_fen: int


def compare(total_fen: int, actual_fen: Mapping[str, int], threshold_fen: int, fund_share_e4: int) -> Comparison:
    """Hold the heads' cost against their fees, all heads together.

    Comparing head by head would make every stay a loss, for one stay costs more than a year's fee; together those
    without a stay carry those with one.

    Args:
        total_fen: The pool's fees.
        actual_fen: Person -> inpatient cost of the fund.
        threshold_fen: Stop-loss: cost of one head beyond it is the fund's, in part or whole.
        fund_share_e4: The fund's share of a cost beyond the threshold x 10,000, rounded half up for each head; 0 is no
            stop-loss.
    """
    actual = sum(actual_fen.values())
    stopped = sum(scale(max(0, cost - threshold_fen), fund_share_e4) for cost in actual_fen.values())
    counted = actual - stopped
    return Comparison(actual, stopped, counted, total_fen - counted)


def compare_with_actual(
    view: PolicyView,
    pool: HeadPool,
    total_fen: int,
    fees_fen: Mapping[str, int],
    facts: tuple[Fact, ...],
    reads: Sequence[ParameterRead],
) -> list[Transfer]:
    """Pay out what a pool's fees leave over its counted cost, or have its reserve make up what they lack.

    The fund has paid the stays themselves. A surplus goes to the institutions by their heads' fees, as far as
    `payment/events/capitation/surplus_kept`; a deficit is the reserve's as far as
    `payment/events/capitation/deficit_borne`. Neither is carried into another year.

    Args:
        view: The policy.
        pool: The heads and their cost.
        total_fen: The pool's fees.
        fees_fen: Institution -> its heads' fees.
        facts: How the fees came about.
        reads: The parameters read for them.
    """
    with view.recording() as own_reads:
        threshold = view.fen("payment/events/capitation/stop_loss/threshold", disease=pool.disease)
        fund_share = view.e4("payment/events/capitation/stop_loss/fund_share")
        result = compare(total_fen, pool.actual_fen, threshold, fund_share)
        is_surplus = result.result_fen >= 0
        ratio = view.e4(f"payment/events/capitation/{'surplus_kept' if is_surplus else 'deficit_borne'}")
    part = scale(abs(result.result_fen), ratio)
    facts = (
        *facts,
        money("住院实际费用", "actual inpatient cost", result.actual_fen),
        money("其中超过止损线由基金承担", "of it the fund's, beyond the stop-loss", result.stopped_fen),
        money("结余（负数为超支）", "surplus (negative: deficit)", result.result_fen),
    )
    all_reads = (*reads, *(read for read in own_reads if read not in reads))
    rejected = (Text("不逐人比较：一次住院即超过人头费", "not head by head: one stay exceeds a head's fee"),)

    def step(amount_fen: int) -> Step:
        title = Text("人头费与实际费用合并比较", "Head fees against actual cost, pooled")
        return Step(RULE, title, yuan_text(amount_fen), facts, all_reads, rejected)

    month, subject = pool.last_month, f"{pool.pool_id}/{pool.disease}"
    if not is_surplus:
        return [Transfer(RULE, "capitation_deficit", pool.reserve, FUND, month, part, f"{subject}/deficit", step(part))]
    parts = split_largest_remainder(part, fees_fen)
    return [
        Transfer(RULE, "capitation", FUND, institution(one), month, amount, f"{subject}/{one}", step(amount))
        for one, amount in parts.items()
    ]
