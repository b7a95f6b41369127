"""A hospital's own surplus or deficit (结余留用、合理超支分担) against its actual cost by item."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, divide_half_up, format_e4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.clearing.facts import CostFigures
from tongchou.payment.clearing.lines import COST_SHARING
from tongchou.payment.comparison import holds
from tongchou.policy import Bands, PolicyView

_METHOD, _CUT = "settlement/cost_sharing/method", "settlement/cost_sharing/cut"
_OPERATOR = "settlement/cost_sharing/low_operator"


@dataclass(frozen=True, slots=True)
class CostShared:
    """What the sharing changes.

    Attributes:
        change_fen: What the hospital gets more, fen; negative: less.
        explanation: How it came about.
    """

    change_fen: int
    explanation: Step


def share_cost(view: PolicyView, institution_id: str, cost: CostFigures | None) -> CostShared | None:
    """Return what the fund takes of a hospital's surplus or bears of its deficit; None where the policy shares neither.

    Cost over payment q decides:

    * below `low_threshold` (`low_operator`): cost x `low_factor` is paid, never more than the payment;
    * up to 1: `surplus_kept` gives the hospital's ratio by bands of the saving 1 - q, the fund takes the rest;
    * above 1: `deficit_fund_share` gives the fund's ratio by bands of the excess q - 1.

    `settlement/cost_sharing/cut` says whether each band's ratio holds for the slice in it (`slices`) or the band
    reached holds for all of it (`whole`). Slices are cut at bound x payment, each half up to the fen.

    Args:
        view: The policy; the parameters named above are below `settlement/cost_sharing`.
        institution_id: The hospital.
        cost: Its cost and payment of the same cases; both zero where it had none.

    Raises:
        TongchouError: `payment.no_cost_figures` where there is nothing to measure by; `payment.unknown_choice`.
    """
    with view.recording() as reads:
        method = view.text(_METHOD)
        if method == "none":
            return None
        if method != "bands":
            raise unknown_choice(_METHOD, method)
        if cost is None or (cost.payable_fen <= 0 and cost.item_cost_fen):
            raise _no_figures(institution_id)
        has_cases = cost.payable_fen > 0
        change, facts = _change(view, cost) if has_cases else (0, ())
    explanation = Step(
        COST_SHARING,
        Text("医院结余与超支分担", "Sharing of the hospital's own surplus or deficit"),
        Text(f"增减 {format_yuan(change)} 元", f"{format_yuan(change)} yuan"),
        facts=(
            Fact(Text("按项目实际费用（元）", "actual cost by item, yuan"), format_yuan(cost.item_cost_fen)),
            Fact(Text("应支付总额（元）", "payable in all, yuan"), format_yuan(cost.payable_fen)),
            Fact(Text("费用与支付之比", "cost over payment"), _ratio(cost)),
            *facts,
        ),
        parameters=tuple(reads),
        rejected=() if has_cases else (Text("没有住院病例，无可分担", "no inpatient case: nothing to share"),),
    )
    return CostShared(change, explanation)


def _change(view: PolicyView, cost: CostFigures) -> tuple[int, tuple[Fact, ...]]:
    spent, paid = cost.item_cost_fen, cost.payable_fen
    if spent > paid:
        bands = view.bands("settlement/cost_sharing/deficit_fund_share")
        parts = list(_parts(view, bands, paid, spent - paid))
        return sum(scale(amount, ratio) for amount, ratio in parts), _part_facts(parts)
    threshold = view.e4("settlement/cost_sharing/low_threshold")
    operator = view.text(_OPERATOR)
    if operator not in ("lt", "le"):
        raise unknown_choice(_OPERATOR, operator)
    if holds(operator, spent, Fraction(paid * threshold, E4)):
        factor = view.e4("settlement/cost_sharing/low_factor")
        fact = Fact(Text("低于下限，按费用乘以", "below the lower limit: cost times"), format_e4(factor))
        return min(paid, scale(spent, factor)) - paid, (fact,)
    bands = view.bands("settlement/cost_sharing/surplus_kept")
    parts = list(_parts(view, bands, paid, paid - spent))
    return sum(scale(amount, ratio) - amount for amount, ratio in parts), _part_facts(parts)


def _ratio(cost: CostFigures) -> str:
    return format_e4(divide_half_up(cost.item_cost_fen * E4, cost.payable_fen)) if cost.payable_fen > 0 else "-"


def _parts(view: PolicyView, bands: Bands, base_fen: int, total_fen: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a surplus or deficit, each with its ratio x 10,000."""
    match view.text(_CUT):
        case "slices":
            for lower, upper, ratio in bands.slices:
                from_fen = scale(base_fen, lower)
                until_fen = total_fen if upper is None else min(total_fen, scale(base_fen, upper))
                if until_fen > from_fen:
                    yield until_fen - from_fen, ratio
        case "whole":
            yield total_fen, _ratio_at(bands, Fraction(total_fen * E4, base_fen))
        case other:
            raise unknown_choice(_CUT, other)


def _ratio_at(bands: Bands, rate_e4: Fraction) -> int:
    """Return the ratio of the band in which an exact rate x 10,000 lies."""
    return next(
        ratio
        for _, upper, ratio in bands.slices
        if upper is None or rate_e4 < upper or (bands.includes_upper and rate_e4 == upper)
    )


def _part_facts(parts: Sequence[tuple[int, int]]) -> tuple[Fact, ...]:
    label = Text("部分（元）与比例", "part, yuan, and its ratio")
    return tuple(Fact(label, f"{format_yuan(amount)} × {format_e4(ratio)}") for amount, ratio in parts)


def _no_figures(institution_id: str) -> TongchouError:
    return TongchouError(
        "payment.no_cost_figures",
        what=Text("无法计算医院结余与超支", "the hospital's surplus or deficit cannot be measured"),
        where=institution_id,
        why=Text("没有按项目费用与应支付总额，或应支付不为正", "there is no cost by item and positive payment"),
        remedy=Text(
            "检查入库病例，或将 settlement/cost_sharing/method 设为 none",
            "check the cases taken in, or set settlement/cost_sharing/method to none",
        ),
    )
