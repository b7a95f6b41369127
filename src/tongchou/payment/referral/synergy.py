"""The synergy bonus (协同加成): points for three tests, a rate for each point, a cap (payment formulas §10.1)."""

from dataclasses import dataclass
from fractions import Fraction

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, scale
from tongchou.core.text import Text
from tongchou.payment.referral.comparison import holds
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
    another number, the explanation says so.

    Raises:
        TongchouError: `payment.referral.no_points` if the policy takes declared points and there are none.
    """
    with view.recording() as reads:
        tests = _tests(view, facts)
        counted = tuple(name for name, is_met, _ in tests if is_met)
        source = view.text("payment/referral/synergy/points")
        points = len(counted) if source == "counted" else _declared(facts)
        earned = points * view.e4("payment/referral/synergy/per_point")
        cap = view.e4("payment/referral/synergy/cap")
    rate = min(earned, cap)
    rejected = [_unmet(name) for name, is_met, _ in tests if not is_met]
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
        facts=tuple(Fact(_NAMES[name], figure) for name, _, figure in tests),
        parameters=tuple(reads),
        rejected=tuple(rejected),
    )
    return SynergyBonus(counted, points, rate, step)


_NAMES = {
    "down_share": Text("下转占比", "down-referral share"),
    "shared_hours": Text("设备共享机时", "shared device hours"),
    "cost_drop": Text("病组费用降幅", "drop of group costs"),
}


def _tests(view: PolicyView, facts: SynergyFacts) -> list[tuple[str, bool, str]]:
    """Return each test: its name, whether it is met, and the figure as it is shown."""
    hours_bound = view.whole("payment/referral/synergy/shared_hours/threshold")
    figures: dict[str, tuple[Fraction | int | None, Fraction | int]] = {
        "down_share": (facts.down_share, Fraction(view.e4("payment/referral/synergy/down_share/threshold"), E4)),
        "shared_hours": (facts.shared_hours, hours_bound),
        "cost_drop": (facts.cost_drop, Fraction(view.e4("payment/referral/synergy/cost_drop/threshold"), E4)),
    }
    tests = []
    for name, (figure, bound) in figures.items():
        comparison = view.text(f"payment/referral/synergy/{name}/operator")
        is_met = figure is not None and holds(comparison, figure, bound)
        tests.append((name, is_met, "-" if figure is None else str(figure)))
    return tests


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


def _unmet(name: str) -> Text:
    return Text(f"{_NAMES[name].zh}未达门槛或未测", f"{_NAMES[name].en}: not reached, or not measured")
