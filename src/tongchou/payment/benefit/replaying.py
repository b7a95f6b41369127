"""Replaying the care of a year or more: each person's parts, settled one after the other with running positions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.payment.benefit.facts import Care, Person
from tongchou.payment.benefit.position import Position
from tongchou.payment.benefit.settling import BenefitResult, settle_benefit
from tongchou.payment.benefit.terms import BenefitTerms


@dataclass(frozen=True, slots=True)
class PersonCare:
    """Care of a person, to be settled in its turn.

    Attributes:
        person_id: Whose it is.
        person: The person as insured on the care's day, which may differ from one care to the next.
        care: The stay or visit.
    """

    person_id: str
    person: Person
    care: Care


def replay(
    terms_on: Callable[[date], BenefitTerms],
    given: Iterable[PersonCare],
    openings: Mapping[str, Position] | None = None,
) -> dict[str, tuple[BenefitResult, ...]]:
    """Settle the care of many people, each person's in the order of its days.

    The order of the input does not matter: care is settled by its day (`decided_on`), then by when it began, then by
    its id. At the turn of a year the position is opened anew. One person's results never depend on another's.

    Args:
        terms_on: The terms of a day; called for each care, so it should remember what it has read.
        given: The care.
        openings: Positions at the beginning, by person; who has none begins with nothing.

    Returns:
        By person, in the order of ids, the results in the order in which they were settled.

    Raises:
        Problems: `benefit.care_twice` for each id that occurs more than once.
        TongchouError: What `settle_benefit` raises, for the first care in order.
    """
    by_person: dict[str, list[PersonCare]] = {}
    seen: set[str] = set()
    twice: set[str] = set()
    for each in given:
        (twice if each.care.care_id in seen else seen).add(each.care.care_id)
        by_person.setdefault(each.person_id, []).append(each)
    if twice:
        raise Problems([_care_twice(care_id) for care_id in sorted(twice)])
    return {
        person_id: _replay_one(terms_on, by_person[person_id], (openings or {}).get(person_id))
        for person_id in sorted(by_person)
    }


def _replay_one(
    terms_on: Callable[[date], BenefitTerms], given: list[PersonCare], opening: Position | None
) -> tuple[BenefitResult, ...]:
    ordered = sorted(given, key=lambda each: (each.care.decided_on, each.care.began_at, each.care.care_id))
    position = opening or Position(ordered[0].care.decided_on.year)
    results = []
    for each in ordered:
        day = each.care.decided_on
        if day.year > position.year:
            position = position.opening(day.year)
        result = settle_benefit(terms_on(day), each.person, each.care, position)
        results.append(result)
        position = result.position
    return tuple(results)


def _care_twice(care_id: str) -> TongchouError:
    return TongchouError(
        "benefit.care_twice",
        what=Text("同一病例或就诊出现两次", "the same stay or visit occurs twice"),
        where=care_id,
        why=Text("重复结算会重复累计起付线与限额", "settled twice, it would count twice in deductibles and caps"),
        remedy=Text("去除重复，或更正编号", "remove one of them, or correct the id"),
    )
