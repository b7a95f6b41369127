"""What every way of measuring a coefficient gives, and what the ways share."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import E4, format_e4, round_half_up
from tongchou.core.text import Text


@dataclass(frozen=True, slots=True)
class Coefficient:
    """An institution's coefficient, for all groups or for one.

    Attributes:
        value_e4: The coefficient x 10,000, rounded once, half up.
        explanation: How it came about.
    """

    value_e4: int
    explanation: Step


def explained(
    rule: str,
    title: Text,
    value: Fraction,
    facts: Sequence[Fact],
    reads: Sequence[ParameterRead] = (),
    rejected: Sequence[Text] = (),
) -> Coefficient:
    """Return an exact value as a coefficient with its step; here, and only here, it is rounded."""
    value_e4 = round_half_up(value * E4)
    shown = format_e4(value_e4)
    step = Step(
        f"payment.drg.coefficient.{rule}",
        title,
        Text(f"系数 {shown}", f"coefficient {shown}"),
        tuple(facts),
        tuple(reads),
        tuple(rejected),
    )
    return Coefficient(value_e4, step)


def within(value: Fraction, lower_e4: int, upper_e4: int) -> tuple[Fraction, tuple[Text, ...]]:
    """Return a value moved to the nearer bound where it lies outside, and a sentence that says so."""
    lower, upper = Fraction(lower_e4, E4), Fraction(upper_e4, E4)
    bounded = max(lower, min(value, upper))
    if bounded == value:
        return value, ()
    found, bound = format_e4(round_half_up(value * E4)), format_e4(round_half_up(bounded * E4))
    return bounded, (Text(f"算得 {found} 超出界限，取 {bound}", f"{found} lies out of bounds: {bound} is taken"),)


def ratio_fact(label: Text, value: Fraction) -> Fact:
    """Return an exact ratio as a fact, shown with four decimals."""
    return Fact(label, format_e4(round_half_up(value * E4)))


def no_basis(where: str, why: Text) -> TongchouError:
    """Return the error of a coefficient that there is nothing to measure by."""
    return TongchouError(
        "payment.no_coefficient_basis",
        what=Text("无法测算机构系数", "the institution coefficient cannot be measured"),
        where=where,
        why=why,
        remedy=Text("检查测算数据，或对新机构、新病组取 1", "check the data, or take 1 for a new institution or group"),
    )
