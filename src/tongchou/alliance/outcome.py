"""A surplus or deficit cut at the bounds of its bands, and who has which part of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tongchou.alliance.records import Finding
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import E4, divide_half_up, format_e4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.policy import Bands


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a surplus or deficit that falls into one band of the rate.

    Attributes:
        lower_e4: Lower bound of the band, ratio of the budget x 10,000.
        upper_e4: Upper bound; `None` where the band has no end.
        amount_fen: The part in the band; negative in a deficit.
        ratio_e4: The alliance's ratio of it by the bands, x 10,000.
        alliance_fen: The alliance's part, rounded half up to the fen; nothing of a surplus whose quality
            gate is closed, and nothing of what a review holds or returns.
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
        slices: One for each band it reaches, lowest first; in a deficit whose reasons are tested, last the part
            without an accepted reason.
        alliance_fen: Kept by the alliance; negative: borne by it.
        fund_fen: Returned to the fund; negative: borne by it.
        explanation: How it came about.
        held_fen: The part of `fund_fen` that waits for a review and may still be the alliance's.
        unreasonable_fen: The part of a deficit without an accepted reason; never below zero.
        findings: What people must look at.
    """

    surplus_fen: int
    rate_e4: int
    slices: tuple[Slice, ...]
    alliance_fen: int
    fund_fen: int
    explanation: Step
    held_fen: int = 0
    unreasonable_fen: int = 0
    findings: tuple[Finding, ...] = ()


def make_slice(lower: int, upper: int | None, amount: int, ratio: int, alliance_fen: int) -> Slice:
    """Return a slice whose parts sum to its amount."""
    return Slice(lower, upper, amount, ratio, alliance_fen, amount - alliance_fen)


def cut(bands: Bands, base_fen: int, total_fen: int) -> Iterator[tuple[int, int | None, int, int]]:
    """Cut an amount at the bounds of the bands: yield lower, upper, amount and ratio of every slice."""
    for lower, upper, ratio in bands.slices:
        from_fen = scale(base_fen, lower)
        until_fen = total_fen if upper is None else min(total_fen, scale(base_fen, upper))
        if until_fen > from_fen:
            yield lower, upper, until_fen - from_fen, ratio


def make_outcome(
    rule: str,
    surplus: int,
    base_fen: int,
    slices: tuple[Slice, ...],
    inputs: tuple[Fact, ...],
    reads: Sequence[ParameterRead],
    rejected: tuple[Text, ...] = (),
    children: tuple[Step, ...] = (),
) -> Outcome:
    """Return the outcome of its slices, explained."""
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
        children=children,
    )
    return Outcome(surplus, rate_e4, slices, alliance, fund, explanation)


def compared(base_fen: int, actual_fen: int) -> tuple[Fact, ...]:
    """Return the two amounts that are compared, as facts."""
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
