"""What conditions say about one another: which codes one asks for, which it is surely met by, what it follows from.

All answers lean to the safe side: `implies` says yes only where it is certain, `asked_codes` leaves no code out that
could do, `sure_codes` holds no code that might fail.
"""

from collections.abc import Callable
from itertools import combinations

from tongchou.grouping.engine.conditions import CodeFact, Condition, Fact, Junction, NumberFact, SiteFact, Wanted
from tongchou.grouping.schemes.scheme import Kind

Codes = frozenset[str]
NO_CODES: Codes = frozenset()


class ConditionLogic:
    """Compares the conditions of one scheme.

    Args:
        codes_of: Returns the codes by which a fact about codes holds.
    """

    def __init__(self, codes_of: Callable[[CodeFact], Codes]) -> None:
        self._codes_of = codes_of

    def is_never(self, condition: Condition) -> bool:
        """Return whether no case can meet a condition."""
        match condition:
            case bool():
                return not condition
            case Wanted(fact, is_wanted):
                return is_wanted and self._cannot_hold(fact)
            case Junction(needs_all, parts):
                if not needs_all:
                    return all(self.is_never(part) for part in parts)
                return (
                    any(self.is_never(part) for part in parts)
                    or any(self.asked_codes(condition, kind) == NO_CODES for kind in ("dx", "op"))
                    or any(self.implies(one, _opposite(other)) for one, other in combinations(parts, 2))
                )

    def implies(self, given: Condition, condition: Condition) -> bool:
        """Return whether every case that meets one condition is certain to meet another."""
        if condition is True or given is False:
            return True
        if isinstance(condition, Junction) and condition.needs_all:
            return all(self.implies(given, part) for part in condition.parts)
        if isinstance(given, Junction) and not given.needs_all:
            return all(self.implies(part, condition) for part in given.parts)
        if isinstance(condition, Junction) and self._implies_one(given, condition.parts):
            return True
        if isinstance(given, Junction):
            return any(self.implies(part, condition) for part in given.parts)
        if not isinstance(given, Wanted) or not isinstance(condition, Wanted):
            return False
        if given.is_wanted and condition.is_wanted:
            return self._fact_implies(given.fact, condition.fact)
        if given.is_wanted:
            return self._excludes(given.fact, condition.fact)
        return not condition.is_wanted and self._fact_implies(condition.fact, given.fact)

    def _implies_one(self, given: Condition, parts: tuple[Condition, ...]) -> bool:
        """Return whether a case that meets a condition is certain to meet one of several, whichever it is."""
        if any(self.implies(given, part) for part in parts) or any(_opposite(part) in parts for part in parts):
            return True
        if not (isinstance(given, Wanted) and given.is_wanted and isinstance(given.fact, NumberFact)):
            return False
        bounds = given.fact
        facts = [part.fact for part in parts if isinstance(part, Wanted) and part.is_wanted]
        bands = [fact for fact in facts if isinstance(fact, NumberFact) and fact.field == bounds.field]
        reached = bounds.low - 1
        for band in sorted(bands, key=lambda band: band.low):
            if band.low <= reached + 1:
                reached = max(reached, band.high)
        return reached >= bounds.high

    def asked_codes(self, condition: Condition, kind: Kind) -> Codes | None:
        """Return the principal codes of which a case must have one to meet a condition; `None` if any may do."""
        match condition:
            case bool():
                return None if condition else NO_CODES
            case Wanted(fact, True) if isinstance(fact, CodeFact) and fact.kind == kind and fact.place == "first":
                return self._codes_of(fact)
            case Junction(True, parts):
                asked = [codes for part in parts if (codes := self.asked_codes(part, kind)) is not None]
                return frozenset.intersection(*asked) if asked else None
            case Junction(_, parts):
                either = [self.asked_codes(part, kind) for part in parts]
                known = [codes for codes in either if codes is not None]
                return frozenset().union(*known) if len(known) == len(either) else None
        return None

    def sure_codes(self, condition: Condition, kind: Kind, given: Condition) -> Codes | None:
        """Return the principal codes with which a case that meets `given` surely meets a condition; `None` for all."""
        if self.implies(given, condition):
            return None
        match condition:
            case Wanted(fact, True) if isinstance(fact, CodeFact) and fact.kind == kind and fact.place != "rest":
                return self._codes_of(fact)
            case Junction(needs_all, parts):
                sure = [self.sure_codes(part, kind, given) for part in parts]
                some = [codes for codes in sure if codes is not None]
                if needs_all:
                    return frozenset.intersection(*some) if some else None
                return frozenset().union(*some) if len(some) == len(sure) else None
        return NO_CODES

    def needs_operation(self, condition: Condition) -> bool:
        """Return whether no case without a procedure can meet a condition."""
        match condition:
            case Wanted(fact, is_wanted):
                return is_wanted and isinstance(fact, CodeFact) and fact.kind == "op"
            case Junction(needs_all, parts):
                join = any if needs_all else all
                return join(self.needs_operation(part) for part in parts)
        return False

    def _cannot_hold(self, fact: Fact) -> bool:
        if isinstance(fact, CodeFact):
            return not self._codes_of(fact)
        return isinstance(fact, NumberFact) and fact.low > fact.high

    def _fact_implies(self, given: Fact, fact: Fact) -> bool:
        if given == fact or self._cannot_hold(given):
            return True
        match given, fact:
            case NumberFact(), NumberFact():
                return given.field == fact.field and fact.low <= given.low and given.high <= fact.high
            case CodeFact(), CodeFact():
                is_wider = fact.place in (given.place, "any")
                return given.kind == fact.kind and is_wider and self._codes_of(given) <= self._codes_of(fact)
            case SiteFact(), SiteFact():
                return given.owner == fact.owner and given.minimum >= fact.minimum
        return False

    def _excludes(self, given: Fact, fact: Fact) -> bool:
        """Return whether a case for which one fact holds cannot be one for which the other holds."""
        match given, fact:
            case NumberFact(), NumberFact():
                return given.field == fact.field and (given.high < fact.low or fact.high < given.low)
            case CodeFact(), CodeFact():
                is_one_code = given.kind == fact.kind and given.place == fact.place == "first"
                return is_one_code and self._codes_of(given).isdisjoint(self._codes_of(fact))
        return False


def _opposite(condition: Condition) -> Condition:
    """Return what is met where a condition is not; `False` where that is no single fact."""
    return Wanted(condition.fact, not condition.is_wanted) if isinstance(condition, Wanted) else False
