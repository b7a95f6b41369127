"""Accounts of explanations, added up."""

from collections.abc import Iterable

from tongchou.core.explanation import AccountLine


def totals_of(account: Iterable[AccountLine]) -> list[int]:
    """Return the totals of an account; every sum and total is what the lines above it add up to."""
    left, totals = 0, []
    for line in account:
        if line.rank == "line":
            left += line.fen
            continue
        assert left == line.fen, line
        left = line.fen if line.rank == "sum" else 0
        totals += [line.fen] if line.rank == "total" else []
    return totals
