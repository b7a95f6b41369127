"""The periods of the ledger (会计期间): open, then locked, then closed, in order, and what may be booked when.

| state | meaning |
| --- | --- |
| open | entries may be booked |
| locked | checked and reported; nothing is booked any more |
| closed | final; the next year has begun from it |

Months and years have states. A region that keeps no periods books on any day; once it keeps one, a day's month must
be open, and its year not locked or closed. No period goes back: a correction is booked in the first open one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pyarrow as pa

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.ledger.days import days_of, month_of, months_of, next_month
from tongchou.ledger.entry import Entry
from tongchou.schema.results import LEDGER_PERIODS
from tongchou.schema.states import PERIOD_STATE


class State(StrEnum):
    """The states of a period, in order."""

    OPEN = "open"
    LOCKED = "locked"
    CLOSED = "closed"

    @property
    def label(self) -> Text:
        """The state's name for people."""
        return PERIOD_STATE[self.value]


_BEFORE = {State.OPEN: None, State.LOCKED: State.OPEN, State.CLOSED: State.LOCKED}
_RANK = {None: 0, State.OPEN: 1, State.LOCKED: 2, State.CLOSED: 3}


@dataclass(frozen=True, slots=True)
class PeriodChange:
    """One change of a period's state.

    Attributes:
        sequence: Number of the change in the region, from 1.
        period: The month or year.
        state: The state it has from now on.
        changed_on: The day.
        changed_by: Who did it.
        reason: Why, or for which run.
    """

    sequence: int
    period: str
    state: State
    changed_on: date
    changed_by: str
    reason: str


class Periods:
    """A region's periods.

    Args:
        changes: Every change so far.

    Raises:
        TongchouError: The first change that is out of order, as `change` refuses it.
    """

    def __init__(self, changes: Iterable[PeriodChange] = ()) -> None:
        self._changes: list[PeriodChange] = []
        self._states: dict[str, State] = {}
        for each in sorted(changes, key=lambda change: change.sequence):
            self._take(each)

    @property
    def changes(self) -> tuple[PeriodChange, ...]:
        """Every change, in order."""
        return tuple(self._changes)

    def state(self, period: str) -> State | None:
        """Return the state of a month or year; None if it was never opened."""
        return self._states.get(period)

    def states(self) -> dict[str, State]:
        """Return every period that was ever opened with its state, by name."""
        return dict(sorted(self._states.items()))

    def change(
        self, period: str, state: State, changed_on: date, changed_by: str, reason: str
    ) -> tuple[PeriodChange, ...]:
        """Change a period's state and return the changes made; opening a year opens its months too.

        Args:
            period: `YYYY-MM` or `YYYY`.
            state: The next state.
            changed_on: The day.
            changed_by: Who does it.
            reason: Why, or for which run.

        Raises:
            TongchouError: `ledger.period`; `ledger.period_order` if the state is not the next, an earlier period of
                the same kind is behind, or a year's months are.
        """
        days_of(period)
        wanted = [period]
        if state is State.OPEN and _is_year(period):
            last = max(self._months(), default="")
            wanted += [month for month in months_of(period) if month > last]
        start, before = len(self._changes), dict(self._states)
        try:
            for each in wanted:
                self._take(PeriodChange(len(self._changes) + 1, each, state, changed_on, changed_by, reason))
        except TongchouError:
            del self._changes[start:]
            self._states = before
            raise
        return tuple(self._changes[start:])

    def may_book(self, day: date) -> bool:
        """Return whether an entry may be booked on a day."""
        return self._refusal(day) is None

    def first_open_day(self, after: date) -> date:
        """Return where a correction of a day's entries is booked: the first day of the first open month after it.

        Raises:
            TongchouError: `ledger.no_open_period` if none is.
        """
        for month in sorted(self._months()):
            first = days_of(month)[0]
            if first > after and self.may_book(first):
                return first
        raise TongchouError(
            "ledger.no_open_period",
            what=Text("没有开放的期间可记更正", "no period is open for the correction"),
            where=after.isoformat(),
            why=Text("更正记入其后第一个开放的期间", "a correction is booked in the first open period after it"),
            remedy=Text("先开放期间：tongchou ledger period open", "open a period first: tongchou ledger period open"),
        )

    def require_open(self, entries: Iterable[Entry]) -> None:
        """Refuse entries of periods in which nothing is booked.

        Raises:
            TongchouError: `ledger.period_not_open` for one such period; `Problems` for several.
        """
        refused: dict[str, tuple[str, str]] = {}
        for entry in entries:
            refusal = self._refusal(entry.booked_on)
            if refusal is not None:
                refused.setdefault(refusal[0], (refusal[1], entry.entry_id))
        problems = [_not_open(period, state, entry_id) for period, (state, entry_id) in sorted(refused.items())]
        if len(problems) > 1:
            raise Problems(problems)
        for problem in problems:
            raise problem

    def _months(self) -> list[str]:
        return [period for period in self._states if not _is_year(period)]

    def _refusal(self, day: date) -> tuple[str, str] | None:
        """Return the period that keeps a day from being booked on, and its state; None if none does."""
        if not self._states:
            return None
        month, year = month_of(day), f"{day.year:04d}"
        if self._states.get(year, State.OPEN) is not State.OPEN:
            return year, str(self._states[year].label)
        if self._states.get(month) is State.OPEN:
            return None
        state = self._states.get(month)
        return month, str(state.label) if state else str(_NEVER)

    def _take(self, change: PeriodChange) -> None:
        period, state = change.period, change.state
        if self._states.get(period) is not _BEFORE[state]:
            now = self._states.get(period)
            raise _order(change, f"{now.label if now else _NEVER}", _STEPS)
        kin = [each for each in self._states if _is_year(each) == _is_year(period)]
        if state is State.OPEN:
            last = max(kin, default=None)
            if last is not None and period != _next(last):
                raise _order(change, last, Text("期间依次开放，不跳过、不回头", "periods are opened one after another"))
            if self._states.get(period[:4], State.OPEN) is not State.OPEN:
                raise _order(change, period[:4], Text("所属年度已锁定", "the year is locked"))
        behind = [each for each in kin if each < period and _RANK[self._states[each]] < _RANK[state]]
        if _is_year(period) and state is not State.OPEN:
            # A region that began in July has no months before it.
            kept = [month for month in months_of(period) if month >= min(self._months(), default="")]
            behind += [month for month in kept if _RANK[self._states.get(month)] < _RANK[state]]
        if behind:
            raise _order(
                change,
                ", ".join(sorted(behind)[:3]),
                Text("先前的期间、年度内的月份须先到这一步", "earlier periods, and a year's months, go first"),
            )
        self._states[period] = state
        self._changes.append(change)


def periods_table(changes: Sequence[PeriodChange]) -> pa.Table:
    """Return changes as rows of the table `ledger_periods`."""
    rows = [
        {name: getattr(change, name) for name in LEDGER_PERIODS.arrow_schema.names} | {"state": change.state.value}
        for change in changes
    ]
    return pa.Table.from_pylist(rows, schema=LEDGER_PERIODS.arrow_schema)


def read_periods(table: pa.Table) -> Periods:
    """Return the periods of the table `ledger_periods`.

    Raises:
        TongchouError: `ledger.period_order` if its rows are not changes in order.
    """
    return Periods(PeriodChange(**row | {"state": State(row["state"])}) for row in table.to_pylist())


def _is_year(period: str) -> bool:
    return len(period) == 4


def _next(period: str) -> str:
    return f"{int(period) + 1:04d}" if _is_year(period) else next_month(period)


def _order(change: PeriodChange, where: str, why: Text) -> TongchouError:
    state = change.state.label
    return TongchouError(
        "ledger.period_order",
        what=Text(
            f"期间 {change.period} 现在不能变为“{state.zh}”", f"the period {change.period} cannot become {state.en} now"
        ),
        where=where,
        why=why,
        remedy=Text("按顺序办理：tongchou ledger period list", "go in order: tongchou ledger period list"),
    )


def _not_open(period: str, state: str, entry_id: str) -> TongchouError:
    return TongchouError(
        "ledger.period_not_open",
        what=Text(f"期间 {period} 不可记账", f"nothing can be booked in {period}"),
        where=f"{state}: {entry_id}",
        why=Text("只有开放的期间可以记账", "entries are booked in open periods only"),
        remedy=Text(
            "未开放的先开放；已锁定的，更正记入其后第一个开放的期间",
            "open it if it never was; if it is locked, book the correction in the first open period after it",
        ),
    )


_NEVER = Text("未开放", "never opened")
_STEPS = Text("先开放，再锁定，再关闭", "a period is opened, then locked, then closed")
