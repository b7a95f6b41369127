"""Bonuses together: how they stack, their total cap, and what they come to for the fund (neutrality)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, format_yuan, round_half_up, split_largest_remainder
from tongchou.core.text import Text
from tongchou.policy import PolicyView


@dataclass(frozen=True, slots=True)
class Stacked:
    """Several rates as one factor on payment standards.

    Attributes:
        factor: The factor, exact, e.g. 1.113.
        step: The explanation.
    """

    factor: Fraction
    step: Step

    def raised(self, standard_fen: int) -> int:
        """Return a payment standard times the factor, rounded once to the fen."""
        return round_half_up(standard_fen * self.factor)


@dataclass(frozen=True, slots=True)
class Change:
    """What the factor does to one institution.

    Attributes:
        before_fen: The sum of its payment standards.
        after_fen: What it is paid for them.
    """

    before_fen: int
    after_fen: int

    @property
    def change_fen(self) -> int:
        """The difference, fen."""
        return self.after_fen - self.before_fen


@dataclass(frozen=True, slots=True)
class Neutrality:
    """What additions and deductions come to.

    Attributes:
        changes: By institution.
        added_fen: The sum of additions.
        deducted_fen: The sum of deductions, not negative.
        step: The explanation.
    """

    changes: Mapping[str, Change]
    added_fen: int
    deducted_fen: int
    step: Step

    @property
    def net_fen(self) -> int:
        """What the fund pays more in all; negative where it pays less."""
        return self.added_fen - self.deducted_fen


def stack(view: PolicyView, rates_e4: Sequence[int]) -> Stacked:
    """Stack rates (negative ones too): added, or their factors multiplied; the whole is at most 1 + the cap."""
    with view.recording() as reads:
        method = view.text("payment/referral/stacking/method")
        cap = 1 + Fraction(view.e4("payment/referral/stacking/cap"), E4)
    if method == "additive":
        factor = 1 + Fraction(sum(rates_e4), E4)
    else:
        factor = Fraction(1)
        for rate in rates_e4:
            factor *= 1 + Fraction(rate, E4)
    capped = min(factor, cap)
    shown = format_e4(round_half_up(capped * E4))
    over = format_e4(round_half_up(factor * E4))
    step = Step(
        f"payment.referral.stacking.{method}",
        Text("加成叠加", "Bonuses stacked"),
        Text(f"系数 {shown}", f"factor {shown}"),
        facts=(Fact(Text("各项加成", "rates"), ", ".join(format_e4(rate) for rate in rates_e4)),),
        parameters=tuple(reads),
        rejected=(Text(f"叠加为 {over}，已封顶", f"{over} before the cap"),) if factor > cap else (),
    )
    return Stacked(capped, step)


def neutrality(view: PolicyView, standards_fen: Mapping[str, int], factors: Mapping[str, Fraction]) -> Neutrality:
    """Report what factors come to for the fund and, where the policy balances them, cut the additions.

    With `balance`, additions that exceed the deductions are cut to them, in proportion, by largest remainder.

    Args:
        view: The policy.
        standards_fen: The sum of payment standards by institution, fen.
        factors: The factor of each of these institutions.
    """
    with view.recording() as reads:
        mode = view.text("payment/referral/neutrality")
    keys = sorted(standards_fen)
    changed = {key: round_half_up(standards_fen[key] * factors[key]) - standards_fen[key] for key in keys}
    additions = {key: fen for key, fen in changed.items() if fen > 0}
    added, deducted = sum(additions.values()), -sum(fen for fen in changed.values() if fen < 0)
    rejected: tuple[Text, ...] = ()
    if mode == "balance" and added > deducted:
        changed |= split_largest_remainder(deducted, additions)
        shown = format_yuan(added)
        rejected = (Text(f"加成原为 {shown} 元，缩至扣减合计", f"additions of {shown} yuan cut to the deductions"),)
        added = deducted
    changes = {key: Change(standards_fen[key], standards_fen[key] + changed[key]) for key in keys}
    net = format_yuan(added - deducted)
    step = Step(
        f"payment.referral.neutrality.{mode}",
        Text("绩效加减的基金中性", "Neutrality of bonuses"),
        Text(f"基金净增支出 {net} 元", f"{net} yuan more for the fund"),
        facts=(
            Fact(Text("加成合计（元）", "added, yuan"), format_yuan(added)),
            Fact(Text("扣减合计（元）", "deducted, yuan"), format_yuan(deducted)),
        ),
        parameters=tuple(reads),
        rejected=rejected,
    )
    return Neutrality(changes, added, deducted, step)
