"""Surplus kept and deficit borne (结余留用、合理超支分担): what is the alliance's, what the fund's."""

from collections.abc import Iterator
from dataclasses import dataclass

from tongchou.alliance.budget import Budget
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import E4, divide_half_up, format_e4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.policy import Bands, PolicyView


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a surplus or deficit that falls into one band of the rate.

    Attributes:
        lower_e4: Lower bound of the band, ratio of the budget x 10,000.
        upper_e4: Upper bound; `None` where the band has no end.
        amount_fen: The part in the band; negative in a deficit.
        ratio_e4: The alliance's ratio of it by the bands, x 10,000.
        alliance_fen: The alliance's part, rounded half up to the fen; nothing of a surplus whose quality
            gate is closed.
        fund_fen: The rest, which goes back to the fund or is borne by it.
    """

    lower_e4: int
    upper_e4: int | None
    amount_fen: int
    ratio_e4: int
    alliance_fen: int
    fund_fen: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """An alliance's surplus (positive) or deficit (negative) and who has it.

    `alliance_fen + fund_fen = surplus_fen`, and the slices sum to all three.

    Attributes:
        surplus_fen: Surplus; negative: deficit.
        rate_e4: Its ratio to the budget it is measured against x 10,000, rounded half up.
        slices: One for each band it reaches, lowest first.
        alliance_fen: Kept by the alliance; negative: borne by it.
        fund_fen: Returned to the fund; negative: borne by it.
        explanation: How it came about.
    """

    surplus_fen: int
    rate_e4: int
    slices: tuple[Slice, ...]
    alliance_fen: int
    fund_fen: int
    explanation: Step


def share_surplus(view: PolicyView, budget: Budget, actual_fen: int) -> Outcome:
    """Divide a year's surplus or deficit between the alliance and the fund.

    Fund use above the budget is a deficit: `alliance/deficit/fund_share` gives the fund's ratio of each
    slice. Fund use below the comparison base is a surplus: `alliance/surplus/kept` gives the alliance's
    ratio of each slice, kept only where the score (`alliance/quality/score`) reaches the threshold
    (`alliance/quality/threshold`), inclusive. Between the two there is neither. Slices are cut at amounts:
    a band's bound x the budget (for a surplus the comparison base), rounded half up to the fen.

    Args:
        view: The policy that the year is settled by.
        budget: The alliance's budget.
        actual_fen: Fund use that counts against it, fen.
    """
    if actual_fen > budget.base_fen:
        return _deficit(view, budget.base_fen, actual_fen)
    if actual_fen < budget.comparison_fen:
        return _surplus(view, budget.comparison_fen, actual_fen)
    explanation = Step(
        "alliance.surplus.none",
        Text("结余与超支", "Surplus or deficit"),
        Text("既无结余也无超支", "neither surplus nor deficit"),
        facts=_inputs(budget.base_fen, actual_fen),
    )
    return Outcome(0, 0, (), 0, 0, explanation)


def _surplus(view: PolicyView, base_fen: int, actual_fen: int) -> Outcome:
    surplus = base_fen - actual_fen
    with view.recording() as reads:
        score_e4 = view.e4("alliance/quality/score")
        threshold_e4 = view.e4("alliance/quality/threshold")
        bands = view.bands("alliance/surplus/kept")
    is_paid = score_e4 >= threshold_e4
    slices = tuple(
        _slice(lower, upper, amount, ratio, scale(amount, ratio) if is_paid else 0)
        for lower, upper, amount, ratio in _cut(bands, base_fen, surplus)
    )
    facts = (
        *_inputs(base_fen, actual_fen),
        Fact(Text("质量得分", "quality score"), format_e4(score_e4)),
        Fact(Text("质量门槛", "quality threshold"), format_e4(threshold_e4)),
    )
    refused = Text("质量得分未达门槛，结余不予留用", "quality score below the threshold: nothing is kept")
    return _outcome("alliance.surplus.kept", surplus, base_fen, slices, facts, reads, () if is_paid else (refused,))


def _deficit(view: PolicyView, base_fen: int, actual_fen: int) -> Outcome:
    deficit = actual_fen - base_fen
    with view.recording() as reads:
        bands = view.bands("alliance/deficit/fund_share")
    slices = tuple(
        _slice(lower, upper, -amount, E4 - fund_ratio, scale(amount, fund_ratio) - amount)
        for lower, upper, amount, fund_ratio in _cut(bands, base_fen, deficit)
    )
    return _outcome("alliance.deficit.shared", -deficit, base_fen, slices, _inputs(base_fen, actual_fen), reads, ())


def _cut(bands: Bands, base_fen: int, total_fen: int) -> Iterator[tuple[int, int | None, int, int]]:
    """Cut an amount at the bounds of the bands: yield lower, upper, amount and ratio of every slice."""
    for lower, upper, ratio in bands.slices:
        from_fen = scale(base_fen, lower)
        until_fen = total_fen if upper is None else min(total_fen, scale(base_fen, upper))
        if until_fen > from_fen:
            yield lower, upper, until_fen - from_fen, ratio


def _slice(lower: int, upper: int | None, amount: int, ratio: int, alliance_fen: int) -> Slice:
    return Slice(lower, upper, amount, ratio, alliance_fen, amount - alliance_fen)


def _outcome(
    rule: str,
    surplus: int,
    base_fen: int,
    slices: tuple[Slice, ...],
    inputs: tuple[Fact, ...],
    reads: list[ParameterRead],
    rejected: tuple[Text, ...],
) -> Outcome:
    rate_e4 = divide_half_up(surplus * E4, base_fen)
    alliance = sum(part.alliance_fen for part in slices)
    fund = surplus - alliance
    kind = ("结余", "留用", "退回基金", "surplus", "kept", "returned to the fund")
    if surplus < 0:
        kind = ("超支", "由医联体承担", "由基金承担", "deficit", "borne by the alliance", "borne by the fund")
    zh_kind, zh_alliance, zh_fund, en_kind, en_alliance, en_fund = kind
    rate = format_e4(abs(rate_e4))
    total, part, rest = (format_yuan(abs(amount)) for amount in (surplus, alliance, fund))
    explanation = Step(
        rule,
        Text("结余与超支", "Surplus or deficit"),
        Text(
            f"{zh_kind} {total} 元（{rate}），{zh_alliance} {part} 元，{zh_fund} {rest} 元",
            f"{en_kind} {total} yuan ({rate}): {part} {en_alliance}, {rest} {en_fund}",
        ),
        facts=(*inputs, *(_slice_fact(part) for part in slices)),
        parameters=tuple(reads),
        rejected=rejected,
    )
    return Outcome(surplus, rate_e4, slices, alliance, fund, explanation)


def _inputs(base_fen: int, actual_fen: int) -> tuple[Fact, ...]:
    return (
        Fact(Text("比较基数（元）", "measured against, yuan"), format_yuan(base_fen)),
        Fact(Text("实际支出（元）", "fund use, yuan"), format_yuan(actual_fen)),
    )


def _slice_fact(part: Slice) -> Fact:
    upper = "" if part.upper_e4 is None else format_e4(part.upper_e4)
    label = f"{format_e4(part.lower_e4)}–{upper}"
    amounts = (part.amount_fen, part.alliance_fen, part.fund_fen)
    return Fact(
        Text(f"{label}（元：金额 / 医联体 / 基金）", f"{label} (yuan: amount / alliance / fund)"),
        " / ".join(format_yuan(amount) for amount in amounts),
    )
