"""What groups cost: direct cost, indirect cost by drivers, and a part for risk (payment formulas §10.11)."""

from collections.abc import Mapping
from dataclasses import dataclass

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import format_e4, format_yuan, scale, split_largest_remainder
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.policy import PolicyView

_RISK_BY = "payment/group_cost/risk_by"


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """What is known of one group's cases.

    Attributes:
        direct_fen: Cost that belongs to the group alone, fen.
        weight_e4: Weight of the same cases together, x 10,000.
        units: What the cases took of each driver, e.g. `physician_hours`, in whole units.
    """

    direct_fen: int
    weight_e4: int
    units: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class GroupCost:
    """A group's cost, fen.

    Attributes:
        direct_fen: Its own cost.
        indirect_fen: Its part of each pool of indirect cost.
        risk_fen: The part for risk, rounded half up.
        total_fen: All three together.
        step: The explanation.
    """

    direct_fen: int
    indirect_fen: Mapping[str, int]
    risk_fen: int
    total_fen: int
    step: Step


def group_costs(
    view: PolicyView, groups: Mapping[str, GroupFigures], pools_fen: Mapping[str, int], base_rate_fen: int
) -> dict[str, GroupCost]:
    """Return the cost of every group: direct + indirect + risk.

    Each pool of indirect cost is split by its driver (`payment/group_cost/driver`) with the largest remainder, so that
    the groups' parts sum to it. The risk part is by `payment/group_cost/risk_by`: `weight`, ratio x weight x base rate,
    for a weight is not money; `cost`, ratio x (direct + indirect).

    Args:
        view: The policy.
        groups: The figures of each group.
        pools_fen: The indirect cost of all groups together, by pool, e.g. `labour`, `depreciation`.
        base_rate_fen: Fen of a weight of 1.

    Raises:
        Problems: `payment.group_cost_units` for each group whose units of a driver are not given.
        TongchouError: `payment.unknown_choice`; `money.no_shares` if no group took anything of a driver.
    """
    with view.recording() as reads:
        drivers = {pool: view.text("payment/group_cost/driver", cost_pool=pool) for pool in sorted(pools_fen)}
        risk_by = view.text(_RISK_BY)
        ratio = view.e4("payment/group_cost/risk_ratio")
    if risk_by not in ("weight", "cost"):
        raise unknown_choice(_RISK_BY, risk_by)
    problems = [
        _no_units(name, driver)
        for name, own in sorted(groups.items())
        for driver in sorted(set(drivers.values()))
        if driver not in own.units
    ]
    if problems:
        raise Problems(problems)
    parts = {
        pool: split_largest_remainder(pools_fen[pool], {name: groups[name].units[driver] for name in sorted(groups)})
        for pool, driver in drivers.items()
    }
    costs = {}
    for name, own in sorted(groups.items()):
        indirect = {pool: part[name] for pool, part in parts.items()}
        risks = {
            "weight": scale(base_rate_fen, ratio, own.weight_e4),
            "cost": scale(own.direct_fen + sum(indirect.values()), ratio),
        }
        total = own.direct_fen + sum(indirect.values()) + risks[risk_by]
        facts = (
            Fact(Text("病组", "group"), name),
            Fact(Text("直接成本（元）", "direct cost, yuan"), format_yuan(own.direct_fen)),
            *(_indirect(pool, drivers[pool], own, part) for pool, part in indirect.items()),
            Fact(Text("权重", "weight"), format_e4(own.weight_e4)),
            Fact(Text("费率（元）", "base rate, yuan"), format_yuan(base_rate_fen)),
            Fact(Text("风险成本（元）", "risk cost, yuan"), format_yuan(risks[risk_by])),
        )
        step = _step(total, facts, reads, risks, risk_by)
        costs[name] = GroupCost(own.direct_fen, indirect, risks[risk_by], total, step)
    return costs


def _indirect(pool: str, driver: str, own: GroupFigures, part_fen: int) -> Fact:
    label = Text(f"间接成本 {pool}（元），按 {driver}", f"indirect cost {pool}, yuan, by {driver}")
    return Fact(label, f"{format_yuan(part_fen)} ({own.units[driver]})")


def _step(
    total: int, facts: tuple[Fact, ...], reads: list[ParameterRead], risks: Mapping[str, int], risk_by: str
) -> Step:
    other = "cost" if risk_by == "weight" else "weight"
    return Step(
        "payment.group_cost",
        Text("病组成本", "Cost of a group"),
        Text(f"{format_yuan(total)} 元", f"{format_yuan(total)} yuan"),
        facts=facts,
        parameters=tuple(reads),
        rejected=(
            Text(
                f"风险成本未按 {other} 计算，否则为 {format_yuan(risks[other])} 元",
                f"the risk cost is not reckoned by {other}, which would be {format_yuan(risks[other])} yuan",
            ),
        ),
    )


def _no_units(group: str, driver: str) -> TongchouError:
    return TongchouError(
        "payment.group_cost_units",
        what=Text("病组缺少分摊动因的数量", "a group's units of a driver are missing"),
        where=f"{group}: {driver}",
        why=Text("间接成本按该数量分摊，缺失不等于零", "indirect cost is shared by it; missing is not zero"),
        remedy=Text("补充该病组的数量，没有发生的填 0", "give the group's units; 0 where it took none"),
    )
