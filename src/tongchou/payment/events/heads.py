"""Heads: who is counted for whom in which months, from contracts, deaths and departures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from tongchou.core.errors import TongchouError
from tongchou.core.money import E4
from tongchou.core.text import Text
from tongchou.payment.transfer import Party

CountedOn = Literal["first_day", "any_day"]
"""Whether a contract must hold on a month's first day to count in it, or on any of its days."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A person's contract with an institution, both days inclusive."""

    person_id: str
    institution_id: str
    confirmed_on: date
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Head:
    """A person as one institution's head.

    Attributes:
        person_id: The person.
        institution_id: The institution that holds the contract.
        months: The months counted, `YYYY-MM`, in order, each once.
        factor_e4: Risk factor x 10,000; 1 where nothing is adjusted.
    """

    person_id: str
    institution_id: str
    months: tuple[str, ...]
    factor_e4: int = E4

    def __post_init__(self) -> None:
        """Refuse a negative factor, and months that are no ordered set.

        Raises:
            TongchouError: `payment.head`.
        """
        if self.factor_e4 < 0 or list(self.months) != sorted(set(self.months)):
            raise TongchouError(
                "payment.head",
                what=Text("人头记录不成立", "the record of a head is not one"),
                where=f"{self.person_id} {self.institution_id}",
                why=Text("风险系数不得为负，月份须有序且不重复", "factors are not negative, months in order and once"),
                remedy=Text("核对风险系数与签约记录", "check the risk factor and the contracts"),
            )


@dataclass(frozen=True, slots=True)
class HeadPool:
    """Heads whose fees are reckoned together: those of an alliance, or of an institution outside any.

    Attributes:
        pool_id: The alliance, or the institution.
        reserve: Who takes differences of rounding and bears a deficit.
        heads: In the order of person and institution, however they were given.
        disease: The disease of a capitation; empty for contract fees.
        actual_fen: Person -> the fund's inpatient cost of the months counted.
        scores_e4: Institution -> score of its contract services x 10,000.
    """

    pool_id: str
    reserve: Party
    heads: tuple[Head, ...]
    disease: str = ""
    actual_fen: Mapping[str, int] = field(default_factory=dict)
    scores_e4: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put the heads in order.

        Raises:
            TongchouError: `payment.counted_twice` if a month of a person is counted twice.
        """
        heads = tuple(sorted(self.heads, key=lambda head: (head.person_id, head.institution_id)))
        seen: set[tuple[str, str]] = set()
        for head in heads:
            for month in head.months:
                if (head.person_id, month) in seen:
                    raise TongchouError(
                        "payment.counted_twice",
                        what=Text("同一人同一月计了两次人头", "a month of a person is counted twice"),
                        where=f"{self.pool_id} {head.person_id} {month}",
                        why=Text("重复签约以最近确认的为准", "of two contracts the latest confirmed counts"),
                        remedy=Text("核对签约记录", "check the contracts"),
                    )
                seen.add((head.person_id, month))
        object.__setattr__(self, "heads", heads)

    @property
    def member_months(self) -> int:
        """How many months of heads are counted."""
        return sum(len(head.months) for head in self.heads)

    @property
    def last_month(self) -> str:
        """The last month counted; empty where none is."""
        return max((head.months[-1] for head in self.heads if head.months), default="")


def month_start(month: str) -> date:
    """Return the first day of a month `YYYY-MM`."""
    return date.fromisoformat(f"{month}-01")


def month_after(month: str, count: int = 1) -> str:
    """Return the month a number of months later."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + count, 12)
    return f"{year:04d}-{number + 1:02d}"


def count_months(
    contracts: Iterable[Contract], months: Sequence[str], ended: Mapping[str, date], counted_on: CountedOn
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the months in which each person counts for each institution.

    A person counts for one institution in a month: of several contracts the latest confirmed wins (of equal days the
    one that began later, then the greater institution id). The month of a death or departure still counts, the next
    does not.

    Args:
        contracts: All contracts.
        months: The months to count, in order.
        ended: Person -> day of death or departure, the first of them.
        counted_on: Which day of a month a contract must hold on.

    Returns:
        (person, institution) -> months, in order; without those that have none.
    """
    by_person: dict[str, list[Contract]] = defaultdict(list)
    for contract in contracts:
        by_person[contract.person_id].append(contract)
    spans = [(month, month_start(month), month_start(month_after(month)) - timedelta(days=1)) for month in months]
    counted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for person, own in sorted(by_person.items()):
        end = ended.get(person)
        for month, first, last in spans:
            if end is not None and first > end:
                break
            latest_start = first if counted_on == "first_day" else last
            holding = [each for each in own if each.valid_from <= latest_start and each.valid_until >= first]
            if holding:
                winner = max(holding, key=lambda each: (each.confirmed_on, each.valid_from, each.institution_id))
                counted[person, winner.institution_id].append(month)
    return {key: tuple(found) for key, found in counted.items()}
