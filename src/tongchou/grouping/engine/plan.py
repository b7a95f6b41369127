"""How a scheme is decided by bits: what the principal codes settle beforehand, what is left to facts.

Every place has one bit in a mask that the principal diagnosis brings and one in a mask that the principal procedure
brings; a place is a candidate where both are set. What a condition asks beyond the principal codes is left as facts:
each has one bit, and a place asks for some bits to be set and some not, or for a small tree of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tongchou.grouping.engine.conditions import (
    CodeFact,
    Condition,
    Fact,
    Junction,
    NumberFact,
    SiteFact,
    Wanted,
    all_parts,
    facts_of,
    joined,
)
from tongchou.grouping.engine.places import Order, whole_condition

WORD_BITS = 64


@dataclass(frozen=True, slots=True)
class Tree:
    """A condition over fact bits: a bit that must be as wanted, or parts of which all or any must be met."""

    bit: int = -1
    is_wanted: bool = True
    needs_all: bool = True
    parts: tuple["Tree", ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What a place asks of the facts: these bits set, those not, and these trees met."""

    wanted: tuple[int, ...]
    unwanted: tuple[int, ...]
    trees: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The decision of a scheme by bits.

    Attributes:
        by_diagnosis: For each place, the condition on the principal diagnosis alone.
        by_procedure: For each place, the condition on the principal procedure alone.
        asks: For each place, what else it asks for.
        bits: The facts by their bits.
    """

    by_diagnosis: tuple[Condition, ...]
    by_procedure: tuple[Condition, ...]
    asks: tuple[Ask, ...]
    bits: tuple[Fact, ...]

    @property
    def fact_words(self) -> int:
        """Number of 64-bit words that hold the facts of a case."""
        return max(1, -(-len(self.bits) // WORD_BITS))

    @property
    def place_words(self) -> int:
        """Number of 64-bit words that hold a mask of places."""
        return max(1, -(-len(self.asks) // WORD_BITS))


def plan_of(order: Order) -> Plan:
    """Return how a scheme is decided by bits."""
    maker = _PlanMaker()
    for place in order.places:
        maker.add(whole_condition(order, place), place.condition)
    return maker.plan()


class _PlanMaker:
    def __init__(self) -> None:
        self._by_diagnosis: list[Condition] = []
        self._by_procedure: list[Condition] = []
        self._asks: list[Ask] = []
        self._bits: dict[Fact, int] = {}

    def add(self, whole: Condition, own: Condition) -> None:
        """Add a place: masks hold the gate too, so that a shut gate shuts its places; facts are asked only once."""
        parts = all_parts(whole)
        self._by_diagnosis.append(_of_principal(parts, "dx"))
        self._by_procedure.append(_of_principal(parts, "op"))
        self._asks.append(self._ask(part for part in all_parts(own) if _principal_kind(part) is None))

    def plan(self) -> Plan:
        return Plan(tuple(self._by_diagnosis), tuple(self._by_procedure), tuple(self._asks), tuple(self._bits))

    def _ask(self, parts: Iterable[Condition]) -> Ask:
        wanted: list[int] = []
        unwanted: list[int] = []
        trees: list[Tree] = []
        for part in parts:
            if isinstance(part, Wanted):
                (wanted if part.is_wanted else unwanted).append(self._bit(part.fact))
            elif isinstance(part, Junction):
                trees.append(self._tree(part))
        return Ask(tuple(wanted), tuple(unwanted), tuple(trees))

    def _tree(self, condition: Condition) -> Tree:
        match condition:
            case Wanted(fact, is_wanted):
                return Tree(self._bit(fact), is_wanted)
            case Junction(needs_all, parts):
                return Tree(needs_all=needs_all, parts=tuple(self._tree(part) for part in parts))
            case _:
                raise AssertionError(condition)  # constants are folded away

    def _bit(self, fact: Fact) -> int:
        return self._bits.setdefault(fact, len(self._bits))


def _of_principal(parts: Iterable[Condition], kind: str) -> Condition:
    return joined((part for part in parts if part is False or _principal_kind(part) == kind), needs_all=True)


def _principal_kind(condition: Condition) -> str | None:
    """Return whether a condition looks at nothing but the principal diagnosis (`dx`) or procedure (`op`)."""
    if condition is False:
        return "dx"
    kinds = {_kind_at_first(fact) for fact in facts_of(condition)}
    return kinds.pop() if len(kinds) == 1 else None


def _kind_at_first(fact: Fact) -> str | None:
    return fact.kind if isinstance(fact, CodeFact) and fact.place == "first" else None


def number_facts(plan: Plan) -> list[tuple[int, NumberFact]]:
    """Return the facts about numbers with their bits."""
    return [(bit, fact) for bit, fact in enumerate(plan.bits) if isinstance(fact, NumberFact)]


def code_facts(plan: Plan, kind: str) -> list[tuple[int, CodeFact]]:
    """Return the facts about codes of a kind with their bits."""
    return [(bit, fact) for bit, fact in enumerate(plan.bits) if isinstance(fact, CodeFact) and fact.kind == kind]


def site_facts(plan: Plan) -> list[tuple[int, SiteFact]]:
    """Return the facts about body sites with their bits."""
    return [(bit, fact) for bit, fact in enumerate(plan.bits) if isinstance(fact, SiteFact)]
