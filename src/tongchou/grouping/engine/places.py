"""The whole order of decision of a scheme as one list of places: checks, gates, groups, ends of MDCs.

A case goes through the places in order and stops at the first that decides. A gate decides nothing: it opens the
places up to its end, or shuts them.
"""

from dataclasses import dataclass
from typing import Literal

from tongchou.grouping.engine.conditions import Condition, Vocabulary, all_parts, condition_of, joined
from tongchou.grouping.schemes.rules import AllOf, Constant
from tongchou.grouping.schemes.scheme import Adrg, Mdc, Scheme

NO_MDC, NO_ADRG, NO_DRG = "0000", "00", "0000"
"""What stands in the place of a group where there is none (CHS-DRG)."""

LEVELS = 3
"""Severity of a case: none, CC, MCC, as 0, 1, 2."""

LEVELS_OF = {"always": (0, 1, 2), "mcc": (2,), "mcc_or_cc": (1, 2), "cc": (1,), "none": (0,)}
"""The severities of a case that a DRG's severity takes."""

Status = Literal["grouped", "ambiguous", "ungrouped", "invalid"]


@dataclass(frozen=True, slots=True)
class Grouped:
    """The result of one case.

    Attributes:
        decided_by: The step that decided: a check's name, `no_mdc`, `no_adrg`, `adrg` or `drg`.
    """

    status: Status
    mdc: str
    adrg: str
    drg: str
    decided_by: str


NOT_OPEN = Grouped("ungrouped", NO_MDC, NO_ADRG, NO_DRG, "no_mdc")
NOTHING_FITS = Grouped("ungrouped", NO_MDC, NO_ADRG, NO_DRG, "no_adrg")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the order of decision.

    Attributes:
        condition: What must be met beyond the gate.
        outcomes: Number of the outcome by the case's severity, `None` where the place does not take it.
        gate: Number of the gate that the place lies behind; -1 for none.
        is_gate: Whether the place only opens others.
    """

    condition: Condition
    outcomes: tuple[int | None, ...]
    gate: int
    is_gate: bool


@dataclass(frozen=True, slots=True)
class Order:
    """The places in order, the outcomes that they lead to, and for each gate the place after its last."""

    places: tuple[Place, ...]
    outcomes: tuple[Grouped, ...]
    gate_ends: dict[int, int]


def order_of(scheme: Scheme) -> Order:
    """Return the order of decision of a scheme."""
    return _OrderMaker(scheme).order()


class _OrderMaker:
    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._vocabulary = Vocabulary(scheme)
        self._places: list[Place] = []
        self._outcomes: dict[Grouped, int] = {NOT_OPEN: 0, NOTHING_FITS: 1}
        self._ends: dict[int, int] = {}

    def order(self) -> Order:
        for check in self._scheme.checks:
            outcome = Grouped("invalid", NO_MDC, NO_ADRG, NO_DRG, check.code)
            self._add(condition_of(check.rule, self._vocabulary), (self._number(outcome),) * LEVELS)
        for mdc in self._scheme.mdcs:
            self._add_mdc(mdc)
        return Order(tuple(self._places), tuple(self._outcomes), self._ends)

    def _add_mdc(self, mdc: Mdc) -> None:
        gate = len(self._places)
        self._add(condition_of(mdc.rule, self._vocabulary), (None,) * LEVELS, is_gate=True)
        for adrg in mdc.adrgs:
            self._add_adrg(mdc, adrg, gate)
        if mdc.if_none == "stop":
            self._add(True, (self._number(NOTHING_FITS),) * LEVELS, gate)  # noqa: FBT003  # a condition
        self._ends[gate] = len(self._places)

    def _add_adrg(self, mdc: Mdc, adrg: Adrg, gate: int) -> None:
        if adrg.outcome == "ambiguous" and not adrg.drgs:
            outcome = Grouped("ambiguous", mdc.code, adrg.code, adrg.code, "adrg")
            self._add(condition_of(adrg.rule, self._vocabulary), (self._number(outcome),) * LEVELS, gate)
            return
        status, step = ("grouped", "drg") if adrg.outcome == "grouped" else ("ambiguous", "adrg")
        waiting: list[int | None] = [None] * LEVELS
        for drg in adrg.drgs:
            number = self._number(Grouped(status, mdc.code, adrg.code, drg.code, step))  # type: ignore[arg-type]
            if drg.rule == Constant(is_met=True):
                for level in LEVELS_OF[drg.severity]:
                    waiting[level] = number if waiting[level] is None else waiting[level]
                continue
            # A DRG with a rule of its own is a place of its own; those before it come first.
            self._flush(adrg, waiting, gate)
            own = [number if level in LEVELS_OF[drg.severity] else None for level in range(LEVELS)]
            self._add(condition_of(AllOf((adrg.rule, drg.rule)), self._vocabulary), tuple(own), gate)
        self._flush(adrg, waiting, gate)

    def _flush(self, adrg: Adrg, waiting: list[int | None], gate: int) -> None:
        if any(number is not None for number in waiting):
            self._add(condition_of(adrg.rule, self._vocabulary), tuple(waiting), gate)
            waiting[:] = [None] * LEVELS

    def _add(
        self, condition: Condition, outcomes: tuple[int | None, ...], gate: int = -1, *, is_gate: bool = False
    ) -> None:
        self._places.append(Place(condition, outcomes, gate, is_gate))

    def _number(self, outcome: Grouped) -> int:
        return self._outcomes.setdefault(outcome, len(self._outcomes))


def whole_condition(order: Order, place: Place) -> Condition:
    """Return what must be met for a case to reach a place and fit: its gate's condition and its own."""
    if place.gate < 0:
        return place.condition
    gate = order.places[place.gate].condition
    return joined(iter((*all_parts(gate), *all_parts(place.condition))), needs_all=True)
