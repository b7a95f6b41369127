"""Whether the levels' prices of a group keep the bands that the policy promises (等级差异)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, format_yuan, round_half_up
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.coefficients.coefficient import no_basis
from tongchou.policy import PolicyView
from tongchou.schema.states import INSTITUTION_LEVEL

_BASE = "payment/drg/coefficient/band/base"


@dataclass(frozen=True, slots=True)
class LevelDifference:
    """A level's price against the base.

    Attributes:
        level: The level.
        difference_e4: Price / base - 1, x 10,000, half up; for reading only.
        lower_e4, upper_e4: Its band, both inclusive.
        leaves_band: Whether the exact difference lies outside.
    """

    level: str
    difference_e4: int
    lower_e4: int
    upper_e4: int
    leaves_band: bool


@dataclass(frozen=True, slots=True)
class BandReport:
    """The levels of a group compared with its base.

    Attributes:
        differences: Of every level but the one that is the base.
        explanation: The base, the differences, and a warning for each that leaves its band.
    """

    differences: tuple[LevelDifference, ...]
    explanation: Step


def leaving_bands(view: PolicyView, group: str, prices_fen: Mapping[str, int]) -> BandReport:
    """Compare the levels' prices of a group with the base that `payment/drg/coefficient/band/base` names.

    The base is a level's own price, which is then not compared, or the mean of all (`mean`). It is a warning, not a
    refusal: the sources give bands without saying of what they are ratios.

    Args:
        view: The policy.
        group: A name for the group; free text, it need not be a code.
        prices_fen: Price by level, fen.

    Raises:
        TongchouError: `payment.no_coefficient_basis` where the base level has no positive price.
    """
    with view.recording() as reads:
        base_name = view.text(_BASE)
        base = _base(group, base_name, prices_fen)
        compared = [level for level in INSTITUTION_LEVEL if level in prices_fen and level != base_name]
        differences = tuple(_compare(view, level, Fraction(prices_fen[level]) / base) for level in compared)
    leaving = [each for each in differences if each.leaves_band]
    explanation = Step(
        "payment.drg.coefficient.band",
        Text(f"{group} 的等级差异", f"Differences of the levels of {group}"),
        Text(f"{len(leaving)} 个等级超出浮动范围", f"{len(leaving)} levels leave their band"),
        facts=(
            Fact(Text("基准（元）", "base, yuan"), f"{base_name} {format_yuan(round_half_up(base))}"),
            *(
                Fact(INSTITUTION_LEVEL[each.level], f"{format_e4(each.difference_e4)} ({_band(each)})")
                for each in differences
            ),
        ),
        parameters=tuple(reads),
        rejected=tuple(_warning(each) for each in leaving),
    )
    return BandReport(differences, explanation)


def _base(group: str, name: str, prices_fen: Mapping[str, int]) -> Fraction:
    if name == "mean":
        base = Fraction(sum(prices_fen.values()), max(1, len(prices_fen)))
    elif name in INSTITUTION_LEVEL:
        base = Fraction(prices_fen.get(name, 0))
    else:
        raise unknown_choice(_BASE, name)
    if base <= 0:
        raise no_basis(group, Text(f"基准 {name} 没有价格", f"the base {name} has no price"))
    return base


def _compare(view: PolicyView, level: str, ratio: Fraction) -> LevelDifference:
    lower = view.e4("payment/drg/coefficient/band/lower", level=level)
    upper = view.e4("payment/drg/coefficient/band/upper", level=level)
    difference = (ratio - 1) * E4
    return LevelDifference(level, round_half_up(difference), lower, upper, not lower <= difference <= upper)


def _band(each: LevelDifference) -> str:
    return f"{format_e4(each.lower_e4)} … {format_e4(each.upper_e4)}"


def _warning(each: LevelDifference) -> Text:
    level, shown = INSTITUTION_LEVEL[each.level], format_e4(each.difference_e4)
    return Text(
        f"{level.zh}浮动 {shown} 超出 {_band(each)}", f"{level.en}: the difference {shown} leaves {_band(each)}"
    )
