"""Two policies side by side: what changed, what came, what went."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from tongchou.policy.chain import Answer, Chain
from tongchou.policy.parameter import Parameter

Change = Literal["changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A parameter that says different things on the two sides.

    Attributes:
        parameter: The parameter.
        change: `changed`; `added`, if only the right side has a value; `removed`, if only the left has one.
        left: What the left side says.
        right: What the right side says.
    """

    parameter: Parameter
    change: Change
    left: Answer | None
    right: Answer | None


@dataclass(frozen=True, slots=True)
class Side:
    """A chain of packs on a day."""

    chain: Chain
    on: date


def compare(left: Side, right: Side) -> list[Difference]:
    """Return the parameters whose values differ, by name.

    Numbers are compared and not their digits: 0.6 is 0.60. Whoever gives the value, and its source, may differ.
    """
    parameters = {**right.chain.parameters, **left.chain.parameters}
    found = []
    for name, parameter in sorted(parameters.items()):
        before, after = (side.chain.answer(name, side.on) for side in (left, right))
        if before and after:
            if before.dated.value != after.dated.value:
                found.append(Difference(parameter, "changed", before, after))
        elif before or after:
            found.append(Difference(parameter, "removed" if before else "added", before, after))
    return found
