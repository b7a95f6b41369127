"""The synergy bonus (协同加成): a higher standard for who refers down, shares equipment and lowers the cost."""

from collections.abc import Mapping
from dataclasses import dataclass

from tongchou.alliance.choices import unknown_choice
from tongchou.core.explanation import Fact, Step
from tongchou.core.money import E4, format_e4, scale
from tongchou.core.text import Text
from tongchou.policy import PolicyView

_OPERATOR = "alliance/synergy/operator"
_ITEMS = {
    "down_share": Text("下转占比", "share of down-referrals"),
    "shared_hours": Text("共享设备时长（小时/年）", "hours of shared equipment in the year"),
    "cost_drop": Text("组内费用下降率", "drop of the cost in the groups"),
}


@dataclass(frozen=True, slots=True)
class Bonus:
    """A member's bonus.

    Attributes:
        counted: The items that count, in the order down_share, shared_hours, cost_drop.
        bonus_e4: The bonus as a ratio of the standard x 10,000.
        explanation: How it came about; it lists the items counted and those not.
    """

    counted: tuple[str, ...]
    bonus_e4: int
    explanation: Step

    def on(self, standard_fen: int) -> int:
        """Return a standard with the bonus, rounded half up to the fen."""
        return scale(standard_fen, E4 + self.bonus_e4)


def synergy_bonus(view: PolicyView, institution_id: str, figures_e4: Mapping[str, int]) -> Bonus:
    """Return a member's bonus: `alliance/synergy/bonus` for each item that reaches its threshold, at most the cap.

    An item whose figure is not known does not count. With three items of 2 % each a cap of 10 % never binds; it stands
    for regions that set more.

    Args:
        view: The policy.
        institution_id: The member.
        figures_e4: Item (`down_share`, `shared_hours`, `cost_drop`) -> its figure x 10,000.

    Raises:
        TongchouError: `alliance.unknown_choice` if an operator is neither `ge` nor `gt`.
    """
    counted, rejected, facts = [], [], []
    with view.recording() as reads:
        for item, name in _ITEMS.items():
            threshold = view.e4("alliance/synergy/threshold", synergy_item=item)
            figure = figures_e4.get(item)
            if figure is None:
                rejected.append(Text(f"{name.zh}未知，不计", f"{name.en} is not known and does not count"))
                continue
            facts.append(Fact(name, f"{format_e4(figure)} / {format_e4(threshold)}"))
            if _reaches(view.text(_OPERATOR, synergy_item=item), figure, threshold):
                counted.append(item)
            else:
                rejected.append(Text(f"{name.zh}未达标，不计", f"{name.en} is below its threshold"))
        each, cap = view.e4("alliance/synergy/bonus"), view.e4("alliance/synergy/bonus_cap")
    bonus = min(cap, each * len(counted))
    explanation = Step(
        "alliance.synergy.bonus",
        Text(f"{institution_id} 协同加成", f"Synergy bonus of {institution_id}"),
        Text(
            f"计 {len(counted)} 项，加成 {format_e4(bonus)}", f"{len(counted)} items count: bonus of {format_e4(bonus)}"
        ),
        tuple(facts),
        tuple(reads),
        tuple(rejected),
    )
    return Bonus(tuple(counted), bonus, explanation)


def _reaches(operator: str, figure: int, threshold: int) -> bool:
    match operator:
        case "ge":
            return figure >= threshold
        case "gt":
            return figure > threshold
        case other:
            raise unknown_choice(_OPERATOR, other)
