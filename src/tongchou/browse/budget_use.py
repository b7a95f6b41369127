"""How an alliance's budget is used up in the course of the year, and where that leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from tongchou.browse.keeping import keep
from tongchou.browse.rows import OpenRun
from tongchou.core.money import divide_half_up, split_largest_remainder
from tongchou.core.text import Text
from tongchou.runs.flows import fund_use_by_month
from tongchou.schema.results import PRICED

Basis = Literal["whole_year", "last_year", "even"]


@dataclass(frozen=True, slots=True)
class MonthOfBudget:
    """A month of an alliance's budget, fen.

    Attributes:
        month: `2025-03`.
        inpatient_fen: The fund's payments for stays of the package's people.
        outpatient_fen: The same for visits, where the package includes them.
        budget_fen: A twelfth of the budget; the twelve sum to it.
        used_fen: Payments from January to this month; None where the month has not come yet.
        allowed_fen: Budget from January to this month.
    """

    month: str
    inpatient_fen: int
    outpatient_fen: int
    budget_fen: int
    used_fen: int | None
    allowed_fen: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a year will come to if it goes on as it began.

    Attributes:
        basis: `whole_year`: all months are in, nothing is forecast; `last_year`: the months to come weigh what they
            weighed last year; `even`: every month weighs the same.
        used_fen: Payments of the whole year, fen, half up.
        surplus_fen: Budget less payments; negative: a deficit.
    """

    basis: Basis
    used_fen: int
    surplus_fen: int


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """An alliance's budget and its use.

    Attributes:
        alliance_id: The alliance.
        name: Its name.
        base_fen: The budget of the year.
        months: January to December.
        used_fen: Payments so far.
        forecast: Where that leads.
    """

    alliance_id: str
    name: Text
    base_fen: int
    months: tuple[MonthOfBudget, ...]
    used_fen: int
    forecast: Forecast


def budget_uses(run: OpenRun, last_year: OpenRun | None) -> tuple[BudgetUse, ...]:
    """Return the use of each alliance's budget, in the order of the run's record.

    Args:
        run: The run.
        last_year: The run that stands for the year before; None where there is none.
    """
    spent = _spent(run)
    before = _spent(last_year) if last_year else {}
    return tuple(
        use_of(
            each.alliance_id,
            each.name,
            each.base_fen,
            str(run.period),
            spent[each.alliance_id],
            before.get(each.alliance_id),
        )
        for each in run.record.summary.alliances
        if each.alliance_id in spent
    )


_Months = dict[str, tuple[int, int]]


def _spent(run: OpenRun) -> dict[str, _Months]:
    """Return the fund's payments by alliance and month; computed once for a run and kept."""
    path = run.kept / "budget.json"
    if path.is_file():
        kept = orjson.loads(path.read_bytes())
        return {alliance: {month: tuple(pair) for month, pair in own.items()} for alliance, own in kept.items()}
    pack = run.record.inputs.policy_pack
    policy = run.region.policy(Path(pack) if pack else None)
    spent = {
        alliance.alliance_id: fund_use_by_month(
            run.facts,
            policy.for_alliance(alliance.alliance_id).at(run.period.end),
            run.period,
            alliance,
            run.rows(PRICED),
        )
        for alliance in run.alliances.values()
    }
    keep(path, lambda draft: draft.write_bytes(orjson.dumps(spent)))
    return spent


def use_of(alliance_id: str, name: Text, base_fen: int, year: str, spent: _Months, before: _Months | None) -> BudgetUse:
    """Return an alliance's use of its budget.

    Args:
        alliance_id: The alliance.
        name: Its name.
        base_fen: The budget of the year.
        year: The year.
        spent: The fund's payments by month: (inpatient, outpatient), fen.
        before: Those of the year before; None where they are not known.
    """
    names = [f"{year}-{number:02d}" for number in range(1, 13)]
    budget = split_largest_remainder(base_fen, dict.fromkeys(names, 1))
    come = [month for month in names if sum(spent.get(month, (0, 0)))]
    last = max(come, default="")
    months: list[MonthOfBudget] = []
    used = allowed = 0
    for month in names:
        inpatient, outpatient = spent.get(month, (0, 0))
        used += inpatient + outpatient
        allowed += budget[month]
        months.append(
            MonthOfBudget(month, inpatient, outpatient, budget[month], used if month <= last else None, allowed)
        )
    return BudgetUse(
        alliance_id,
        name,
        base_fen,
        tuple(months),
        used,
        _forecast(base_fen, used, names.index(last) + 1 if last else 0, before),
    )


def _forecast(base_fen: int, used_fen: int, months: int, before: _Months | None) -> Forecast:
    shares: Sequence[int] = [sum(pair) for _, pair in sorted(before.items())] if before else []
    if months in (0, 12):
        return Forecast("whole_year", used_fen, base_fen - used_fen)
    if len(shares) == 12 and sum(shares[:months]) > 0:
        whole = divide_half_up(used_fen * sum(shares), sum(shares[:months]))
        return Forecast("last_year", whole, base_fen - whole)
    whole = divide_half_up(used_fen * 12, months)
    return Forecast("even", whole, base_fen - whole)
