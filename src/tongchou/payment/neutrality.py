"""What factors and bonuses do to a fixed total: how they stack, whether they are neutral, and what is then paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, format_yuan, round_half_up, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.policy import PolicyView

_STACKING = "payment/bonus/stacking"
_MODE = "payment/bonus/neutrality"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a factor does to one institution.

    Attributes:
        institution_id: The institution.
        before_fen: Its payments without the factor, fen.
        after_fen: With it.
        neutral_fen: With it and the neutral factor on top.
    """

    institution_id: str
    before_fen: int
    after_fen: int
    neutral_fen: int


@dataclass(frozen=True, slots=True)
class NeutralityReport:
    """Whether a factor keeps the total, and who gains and loses by it.

    `sum(neutral_fen) = before_fen`, to the fen.

    Attributes:
        before_fen: All payments without the factor, fen.
        after_fen: With it.
        neutral_factor: The factor that keeps the total if everything is multiplied by it once more; exact.
        effects: Of every institution, by id.
        explanation: The figures.
    """

    before_fen: int
    after_fen: int
    neutral_factor: Fraction
    effects: tuple[Effect, ...]
    explanation: Step

    @property
    def difference_fen(self) -> int:
        """What the factor costs (positive) or saves; zero where it is neutral."""
        return self.after_fen - self.before_fen


@dataclass(frozen=True, slots=True)
class Stacked:
    """Several bonuses as one factor.

    Attributes:
        factor: The factor, exact, e.g. 1113/1000; only the amount that it is applied to is rounded.
        explanation: How they were put together, and whether the cap was reached.
    """

    factor: Fraction
    explanation: Step

    def on(self, standard_fen: int) -> int:
        """Return a payment standard times the factor, rounded once, half up to the fen."""
        return round_half_up(standard_fen * self.factor)


@dataclass(frozen=True, slots=True)
class Paid:
    """What is paid after bonuses and deductions.

    Attributes:
        paid_fen: Institution -> its payments, fen, by id.
        added_fen: The sum of all additions that are paid.
        deducted_fen: The sum of all deductions, not negative.
        explanation: Both sums, and what the additions were cut from.
    """

    paid_fen: Mapping[str, int]
    added_fen: int
    deducted_fen: int
    explanation: Step

    @property
    def net_fen(self) -> int:
        """What the fund pays more in all; negative where it pays less."""
        return self.added_fen - self.deducted_fen


def apply_factors(before_fen: Mapping[str, int], factors: Mapping[str, Fraction]) -> dict[str, int]:
    """Return every institution's payments times its factor, half up to the fen; 1 where it has none."""
    return {one: round_half_up(amount * factors.get(one, Fraction(1))) for one, amount in before_fen.items()}


def neutral_factor(before: int, after: int) -> Fraction:
    """Return k such that k x `after` is `before` (payment formulas §2.2 step 8).

    >>> neutral_factor(1_710, 1_800)
    Fraction(19, 20)

    Raises:
        TongchouError: `payment.no_neutral_factor` if nothing is left to multiply.
    """
    if before < 0 or after <= 0:
        raise TongchouError(
            "payment.no_neutral_factor",
            what=Text("不存在使总额不变的系数", "no factor keeps the total"),
            where=f"{before} / {after}",
            why=Text(
                "调整后的总额须为正，调整前的不得为负", "the total after must be positive, that before not negative"
            ),
            remedy=Text("检查系数与金额", "check the factors and amounts"),
        )
    return Fraction(before, after)


def report_neutrality(name: Text, before_fen: Mapping[str, int], after_fen: Mapping[str, int]) -> NeutralityReport:
    """Report what a factor, or a top-up, that claims to be neutral does to the total and to every institution.

    Args:
        name: The factor, for people.
        before_fen: Institution -> payments without it, fen; not below zero.
        after_fen: The same institutions -> payments with it, fen; not below zero.

    Raises:
        TongchouError: `payment.no_neutral_factor` where the total after is not positive or the institutions differ.
    """
    if before_fen.keys() != after_fen.keys():
        raise _other_institutions(before_fen, after_fen)
    before, after = sum(before_fen.values()), sum(after_fen.values())
    factor = neutral_factor(before, after)
    ordered = sorted(before_fen)
    neutral = split_largest_remainder(before, {one: after_fen[one] for one in ordered})
    effects = tuple(Effect(one, before_fen[one], after_fen[one], neutral[one]) for one in ordered)
    difference = after - before
    shown = format_e4(round_half_up(factor * E4))
    outcome = Text("中性：总额不变", "neutral: the total is kept")
    if difference:
        outcome = Text(
            f"不中性：差额 {format_yuan(difference)} 元，乘以 {shown} 后中性",
            f"not neutral: {format_yuan(difference)} yuan of difference; neutral times {shown}",
        )
    explanation = Step(
        "payment.neutrality",
        Text(f"中性检验：{name.zh}", f"Neutrality of {name.en}"),
        outcome,
        facts=(
            Fact(Text("调整前合计（元）", "before, yuan"), format_yuan(before)),
            Fact(Text("调整后合计（元）", "after, yuan"), format_yuan(after)),
            Fact(Text("中性系数", "neutral factor"), shown),
            *(_effect_fact(effect) for effect in effects),
        ),
    )
    return NeutralityReport(before, after, factor, effects, explanation)


def pay_after_bonuses(view: PolicyView, before_fen: Mapping[str, int], after_fen: Mapping[str, int]) -> Paid:
    """Return what is paid where bonuses and deductions change payments, as `payment/bonus/neutrality` says.

    * `report`: what the factors come to; the fund bears the difference.
    * `balance`: additions above the sum of the deductions are cut to it, in proportion and by largest remainder.
      Deductions are never enlarged: what they bring above the additions stays with the fund.

    Args:
        view: The policy.
        before_fen: Institution -> payments without bonuses, fen.
        after_fen: The same institutions -> payments with them, fen.

    Raises:
        TongchouError: `payment.no_neutral_factor` where the institutions differ; `payment.unknown_choice`.
    """
    if before_fen.keys() != after_fen.keys():
        raise _other_institutions(before_fen, after_fen)
    with view.recording() as reads:
        mode = view.text(_MODE)
    changed = {one: after_fen[one] - before_fen[one] for one in sorted(before_fen)}
    additions = {one: fen for one, fen in changed.items() if fen > 0}
    wanted, deducted = sum(additions.values()), -sum(fen for fen in changed.values() if fen < 0)
    match mode:
        case "report":
            added = wanted
        case "balance":
            added = min(wanted, deducted)
        case other:
            raise unknown_choice(_MODE, other)
    if added < wanted:
        changed |= split_largest_remainder(added, additions)
    shown = format_yuan(wanted)
    cut = Text(f"加成原为 {shown} 元，缩至扣减合计", f"additions of {shown} yuan are cut to the deductions")
    net = format_yuan(added - deducted)
    explanation = Step(
        f"payment.bonus.neutrality.{mode}",
        Text("激励加减的基金中性", "Neutrality of bonuses"),
        Text(f"基金净增支出 {net} 元", f"{net} yuan more for the fund"),
        facts=(
            Fact(Text("加成合计（元）", "added, yuan"), format_yuan(added)),
            Fact(Text("扣减合计（元）", "deducted, yuan"), format_yuan(deducted)),
            *(Fact(Text(f"{one}（元）", f"{one}, yuan"), format_yuan(fen)) for one, fen in changed.items()),
        ),
        parameters=tuple(reads),
        rejected=(cut,) if added < wanted else (),
    )
    return Paid({one: before_fen[one] + fen for one, fen in changed.items()}, added, deducted, explanation)


def stack(view: PolicyView, bonuses_e4: Mapping[str, int]) -> Stacked:
    """Put several bonuses together into one factor.

    `payment/bonus/stacking` adds their ratios (`additive`: 6 % and 5 % give 1.11) or multiplies their factors
    (`multiplicative`: 1.113); what they add is at most `payment/bonus/total_cap`.

    Args:
        view: The policy.
        bonuses_e4: Name of the bonus -> its ratio x 10,000; a deduction is negative.

    Raises:
        TongchouError: `payment.unknown_choice`.
    """
    with view.recording() as reads:
        method = view.text(_STACKING)
        most = 1 + Fraction(view.e4("payment/bonus/total_cap"), E4)
    match method:
        case "additive":
            stacked = Fraction(E4 + sum(bonuses_e4.values()), E4)
        case "multiplicative":
            stacked = prod((Fraction(E4 + bonus, E4) for bonus in bonuses_e4.values()), start=Fraction(1))
        case other:
            raise unknown_choice(_STACKING, other)
    factor = min(stacked, most)
    shown, found = (format_e4(round_half_up(each * E4)) for each in (factor, stacked))
    capped = Text(f"叠加后 {found} 超过合计上限", f"stacked they come to {found}, above the cap")
    explanation = Step(
        f"payment.bonus.{method}",
        Text("激励叠加", "Bonuses stacked"),
        Text(f"系数 {shown}", f"factor {shown}"),
        facts=tuple(Fact(Text.plain(name), format_e4(bonus)) for name, bonus in sorted(bonuses_e4.items())),
        parameters=tuple(reads),
        rejected=(capped,) if factor < stacked else (),
    )
    return Stacked(factor, explanation)


def _effect_fact(effect: Effect) -> Fact:
    label = Text(
        f"{effect.institution_id}（元）：调整前 / 调整后 / 中性化后",
        f"{effect.institution_id}, yuan: before / after / made neutral",
    )
    amounts = (effect.before_fen, effect.after_fen, effect.neutral_fen)
    return Fact(label, " / ".join(format_yuan(amount) for amount in amounts))


def _other_institutions(before_fen: Mapping[str, int], after_fen: Mapping[str, int]) -> TongchouError:
    return TongchouError(
        "payment.no_neutral_factor",
        what=Text("调整前后的机构不同", "the institutions before and after differ"),
        where=", ".join(sorted(before_fen.keys() ^ after_fen.keys())),
        why=Text("中性检验比较同一批机构", "the same institutions are compared"),
        remedy=Text("给出每家机构调整前后的金额", "give every institution's amounts before and after"),
    )
