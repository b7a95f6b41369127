"""The linear programme of a search, solved by HiGHS in whole units, and what conflicts where nothing solves it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import highspy
import numpy as np

from tongchou.core.errors import TongchouError
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.scenarios.demands import Demand
from tongchou.scenarios.model import Values

_FARTHEST = 10_000_000_000
"""No unknown moves further than this from its present value, in its own unit."""


class _Quiet(highspy.Highs):
    """A solver that writes nothing: its making would print a banner into the output of a command."""

    def enableCallbacks(self) -> None:  # noqa: N802 - the library's name, called while it is made
        self.setOptionValue("output_flag", False)  # noqa: FBT003 - the library's signature
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def least_change(present: Values, demands: Sequence[Demand], weights_e4: Mapping[str, int]) -> dict[str, int] | None:
    """Return whole values that meet the demands with the least weighted change; None if there are none.

    The solver works with floating-point numbers, so a demand may be missed by a little: test the values exactly.

    Args:
        present: The present values.
        demands: What must hold.
        weights_e4: The cost of a unit of change of each unknown.
    """
    names = list(present)
    solver = _programme(names, present, demands, is_whole=True)
    for number, name in enumerate(names):
        # The change is bounded from both sides by a column of its own, which is what costs.
        solver.addVar(0.0, float(_FARTHEST))
        size = len(names) + number
        solver.changeColCost(size, float(weights_e4[name]))
        for sign in (1.0, -1.0):
            solver.addRow(0.0, highspy.kHighsInf, 2, *_entries({size: 1.0, number: sign}))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    moved = solver.getSolution().col_value
    return {name: present[name] + round(moved[number]) for number, name in enumerate(names)}


def conflict(present: Values, demands: Sequence[Demand]) -> list[Demand]:
    """Return demands that cannot hold together, though all but any one of them can; empty if all can hold.

    Each demand is left out in turn and put back only if the rest can hold without it (a deletion filter).
    """
    if _can_hold(present, demands):
        return []
    kept = list(demands)
    for demand in demands:
        rest = [each for each in kept if each is not demand]
        if not _can_hold(present, rest):
            kept = rest
    return kept


def attainable(present: Values, demand: Demand, others: Sequence[Demand]) -> Fraction:
    """Return about how far a demand can be met while the others hold: the greatest value of its form."""
    names = list(present)
    solver = _programme(names, present, others, is_whole=False)
    for number, name in enumerate(names):
        solver.changeColCost(number, -float(demand.form.slopes.get(name, Fraction(0))) / _size(demand))
    solver.run()
    moved = solver.getSolution().col_value
    values = {name: present[name] + Fraction(moved[number]) for number, name in enumerate(names)}
    return demand.form.constant + sum((slope * values[name] for name, slope in demand.form.slopes.items()), Fraction(0))


def conflict_error(scenario_id: str, present: Values, found: Sequence[Demand]) -> TongchouError:
    """Return the sentence of a search without solution: a smallest set of demands, and how near each can come."""
    near = {id(demand): attainable(present, demand, [each for each in found if each is not demand]) for demand in found}

    lacks = [(demand.label, shortfall(demand, demand.least - near[id(demand)])) for demand in found]
    named_zh = "；".join(f"{label.zh}（单独放宽 {amount} 即可）" for label, amount in lacks)
    named_en = "; ".join(f"{label.en} (loosening it alone by {amount} would do)" for label, amount in lacks)
    return TongchouError(
        "scenarios.infeasible",
        what=Text("各约束不能同时满足", "the constraints cannot hold together"),
        where=scenario_id,
        why=Text(
            f"以下各项互相冲突，去掉任何一项其余即可成立：{named_zh}",
            f"these conflict, and without any one of them the others could hold: {named_en}",
        ),
        remedy=Text("放宽其中一项", "loosen one of them"),
    )


def shortfall(demand: Demand, lack: Fraction) -> str:
    """Return by how much a demand is missed, rounded up."""
    whole = -(-lack.numerator // lack.denominator)
    return f"{format_yuan(whole)} yuan" if demand.unit == "fen" else format_e4(whole)


def _can_hold(present: Values, demands: Sequence[Demand]) -> bool:
    solver = _programme(list(present), present, demands, is_whole=False)
    solver.run()
    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)


def _programme(names: Sequence[str], present: Values, demands: Sequence[Demand], *, is_whole: bool) -> highspy.Highs:
    """Return a programme over the changes from the present, a column for each unknown and a row for each demand."""
    solver = _Quiet()  # type: ignore[no-untyped-call]
    solver.setOptionValue("mip_rel_gap", 0.0)  # the least change, not one near it
    for number, _ in enumerate(names):
        solver.addVar(-float(_FARTHEST), float(_FARTHEST))
        if is_whole:
            solver.changeColIntegrality(number, highspy.HighsVarType.kInteger)
    for demand in demands:
        # Scaled to slopes of about one, so that fen and ten-thousandths have the same tolerance.
        size = _size(demand)
        slopes = {number: float(demand.form.slopes.get(name, Fraction(0))) / size for number, name in enumerate(names)}
        least = float(demand.least - demand.form.at(present)) / size
        entries = {number: slope for number, slope in slopes.items() if slope}
        solver.addRow(least, highspy.kHighsInf, len(entries), *_entries(entries))
    return solver


def _size(demand: Demand) -> float:
    return float(max((abs(slope) for slope in demand.form.slopes.values()), default=Fraction(0))) or 1.0


def _entries(entries: Mapping[int, float]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(list(entries), dtype=np.int32), np.array(list(entries.values()), dtype=np.float64)
