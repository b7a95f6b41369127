"""The synergy bonus (协同加成): points for three tests, a rate for each point, a cap (payment formulas §10.1)."""

from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, round_half_up, scale
from tongchou.core.text import Text
from tongchou.payment.comparison import SIGNS, holds
from tongchou.policy import PolicyView

RULE = "payment.referral.synergy"


@dataclass(frozen=True, slots=True)
class SynergyFacts:
    """What an institution's synergy is measured by; None where a figure was not measured.

    Attributes:
        institution_id: The institution.
        down_share: Valid down-referrals over discharges.
        shared_hours: Hours in the year that its devices served others.
        cost_drop: Drop of the groups' mean cost against the year before.
        declared_points: Points as agreed with the institution.
    """

    institution_id: str
    down_share: Fraction | None
    shared_hours: int | None
    cost_drop: Fraction | None
    declared_points: int | None = None


@dataclass(frozen=True, slots=True)
class SynergyBonus:
    """A synergy bonus.

    Attributes:
        counted: The tests that were met, by name.
        points: The points that count.
        rate_e4: Added to every payment standard x 10,000.
        step: The explanation: every test with its figure.
    """

    counted: tuple[str, ...]
    points: int
    rate_e4: int
    step: Step

    def raised(self, standard_fen: int) -> int:
        """Return a payment standard with the bonus, rounded once to the fen."""
        return scale(standard_fen, E4 + self.rate_e4)


def synergy_bonus(view: PolicyView, facts: SynergyFacts) -> SynergyBonus:
    """Count the points and return the bonus: points x rate, at most the cap.

    A figure that was not measured earns no point. Declared points are taken as they are; where the tests come to
    another number, the explanation says so. Three tests of 2 % each never reach a cap of 10 %: it binds where a point
    is worth more, or more points are declared.

    Raises:
        TongchouError: `payment.referral.no_points` if the policy takes declared points and there are none.
    """
    with view.recording() as reads:
        tests = _tests(view, facts)
        counted = tuple(test.name for test in tests if test.is_met)
        source = view.text("payment/referral/synergy/points")
        points = len(counted) if source == "counted" else _declared(facts)
        earned = points * view.e4("payment/referral/synergy/per_point")
        cap = view.e4("payment/referral/synergy/cap")
    rate = min(earned, cap)
    rejected = [_unmet(test) for test in tests if not test.is_met]
    if points != len(counted):
        rejected.append(
            Text(
                f"逐项核对为 {len(counted)} 分，按认定的 {points} 分计",
                f"the tests come to {len(counted)}; the {points} declared count",
            )
        )
    if earned > cap:
        rejected.append(Text(f"{format_e4(earned)} 超过封顶", f"{format_e4(earned)} is above the cap"))
    step = Step(
        RULE,
        Text(f"{facts.institution_id} 的协同加成", f"Synergy bonus of {facts.institution_id}"),
        Text(f"{points} 分，加成 {format_e4(rate)}", f"{points} points, bonus {format_e4(rate)}"),
        facts=tuple(Fact(_NAMES[test.name], test.shown) for test in tests),
        parameters=tuple(reads),
        rejected=tuple(rejected),
    )
    return SynergyBonus(counted, points, rate, step)


_NAMES = {
    "down_share": Text("下转占比", "down-referral share"),
    "shared_hours": Text("设备共享机时", "shared device hours"),
    "cost_drop": Text("病组费用降幅", "drop of group costs"),
}


@dataclass(frozen=True, slots=True)
class _Test:
    name: str
    is_measured: bool
    is_met: bool
    shown: str


def _tests(view: PolicyView, facts: SynergyFacts) -> list[_Test]:
    place = "payment/referral/synergy"
    figures: dict[str, tuple[Fraction | int | None, Fraction | int]] = {
        "down_share": (facts.down_share, Fraction(view.e4(f"{place}/down_share/threshold"), E4)),
        "shared_hours": (facts.shared_hours, view.whole(f"{place}/shared_hours/threshold")),
        "cost_drop": (facts.cost_drop, Fraction(view.e4(f"{place}/cost_drop/threshold"), E4)),
    }
    tests = []
    for name, (figure, bound) in figures.items():
        comparison = view.text(f"{place}/{name}/operator")
        is_met = figure is not None and holds(comparison, figure, bound)
        shown = "-" if figure is None else _shown(figure)
        tests.append(_Test(name, figure is not None, is_met, f"{shown}, {SIGNS[comparison]} {_shown(bound)}"))
    return tests


def _shown(figure: Fraction | int) -> str:
    """Return hours as they are, and a ratio exactly, as it is compared, beside its four decimals."""
    if isinstance(figure, int):
        return str(figure)
    return f"{figure} ({format_e4(round_half_up(figure * E4))})"


def _declared(facts: SynergyFacts) -> int:
    if facts.declared_points is None:
        raise TongchouError(
            "payment.referral.no_points",
            what=Text("没有认定的协同积分", "there are no declared synergy points"),
            where=facts.institution_id,
            why=Text("政策规定按认定积分计，缺失不能当作零", "the policy takes declared points; missing is not zero"),
            remedy=Text(
                "填报认定积分，或将 payment/referral/synergy/points 设为 counted",
                "hand in the points, or set payment/referral/synergy/points to counted",
            ),
        )
    return facts.declared_points


def _unmet(test: _Test) -> Text:
    name = _NAMES[test.name]
    if not test.is_measured:
        return Text(f"{name.zh}未测，不计分", f"{name.en} was not measured: no point")
    return Text(f"{name.zh}未达门槛，不计分", f"{name.en} does not reach its threshold: no point")
