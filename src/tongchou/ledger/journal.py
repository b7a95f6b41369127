"""The journal: entries as rows of a table, balances as sums over them, the check that nothing is amiss."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.ledger.entry import Entry, Leg, entry_problems, reversal_of_reversal
from tongchou.schema.results import JOURNAL

_Row = dict[str, Any]
_HEADER = ("run_id", "booked_on", "rule", "memo", "reverses")


def journal_table(entries: Iterable[Entry]) -> pa.Table:
    """Return entries as rows of the table `journal`, a row for each leg, legs numbered from 1."""
    rows = [
        {
            "entry_id": entry.entry_id,
            "leg": number,
            "account": leg.account,
            "amount_fen": leg.amount_fen,
            **{name: getattr(entry, name) for name in _HEADER},
        }
        for entry in entries
        for number, leg in enumerate(entry.legs, start=1)
    ]
    return pa.Table.from_pylist(rows, schema=JOURNAL.arrow_schema)


def journal_entries(journal: pa.Table) -> list[Entry]:
    """Return the entries of a journal, in the order of their first rows.

    Raises:
        Problems: Everything that `verify` finds; entries of a journal that is amiss are not to be used.
    """
    problems = verify(journal)
    if problems:
        raise Problems(problems)
    return [
        Entry(entry_id, legs=tuple(_legs(rows)), **{name: rows[0][name] for name in _HEADER})
        for entry_id, rows in _by_entry(journal).items()
    ]


def balances(journal: pa.Table, upto: date) -> dict[str, int]:
    """Return every account's balance at the end of a day, fen (debit positive), ordered by account.

    Args:
        journal: Rows of the table `journal`.
        upto: The last day that counts, inclusive.
    """
    sums = journal.filter(pc.field("booked_on") <= upto).group_by("account").aggregate([("amount_fen", "sum")])
    return dict(sorted(zip(sums["account"].to_pylist(), sums["amount_fen_sum"].to_pylist(), strict=True)))


def verify(journal: pa.Table) -> list[TongchouError]:
    """Return everything that is amiss in a journal, empty if nothing is.

    Checked: legs numbered from 1 without repetition or gap; one run, day, rule and memo for all legs of an
    entry; at least two legs, none of them zero, on known accounts, summing to zero. Every reversal points to
    an entry of the journal that is no reversal, is the only one to do so, is not booked before it, and has
    its legs with the signs turned.
    """
    by_entry = _by_entry(journal)
    problems: list[TongchouError] = []
    for entry_id, rows in by_entry.items():
        problems += _numbering_problems(entry_id, rows)
        problems += _header_problems(entry_id, rows)
        problems += entry_problems(entry_id, _legs(rows))
    return problems + _reversal_problems(by_entry)


def _by_entry(journal: pa.Table) -> dict[str, list[_Row]]:
    by_entry: dict[str, list[_Row]] = {}
    for row in journal.to_pylist():
        by_entry.setdefault(row["entry_id"], []).append(row)
    return {entry_id: sorted(rows, key=lambda row: int(row["leg"])) for entry_id, rows in by_entry.items()}


def _legs(rows: Iterable[_Row]) -> list[Leg]:
    return [Leg(row["account"], row["amount_fen"]) for row in rows]


def _numbering_problems(entry_id: str, rows: list[_Row]) -> list[TongchouError]:
    numbers = [row["leg"] for row in rows]
    problems: list[TongchouError] = []
    if len(set(numbers)) < len(numbers):
        problems.append(
            TongchouError(
                "ledger.duplicated_leg",
                what=Text("同一分录的序号重复", "a leg number occurs twice in an entry"),
                where=f"{entry_id}: {numbers}",
                why=Text("分录号与序号唯一确定一条", "entry and leg number name one row"),
                remedy=_RESTORE,
            )
        )
    if set(numbers) != set(range(1, max(numbers) + 1)):
        problems.append(
            TongchouError(
                "ledger.leg_gap",
                what=Text("分录序号不连续", "leg numbers are not 1, 2, 3 …"),
                where=f"{entry_id}: {numbers}",
                why=Text("序号从 1 起连续，缺号说明有行被删除", "a missing number means that a row was taken out"),
                remedy=_RESTORE,
            )
        )
    return problems


def _header_problems(entry_id: str, rows: list[_Row]) -> list[TongchouError]:
    differing = [name for name in _HEADER if len({row[name] for row in rows}) > 1]
    if not differing:
        return []
    return [
        TongchouError(
            "ledger.legs_disagree",
            what=Text("同一分录各条的表头不一致", "the legs of an entry disagree about it"),
            where=f"{entry_id}: {', '.join(differing)}",
            why=Text("同一分录只有一个批次、日期、规则和摘要", "an entry has one run, day, rule and memo"),
            remedy=_RESTORE,
        )
    ]


def _reversal_problems(by_entry: Mapping[str, list[_Row]]) -> list[TongchouError]:
    reversed_by = {entry_id: rows[0]["reverses"] for entry_id, rows in by_entry.items() if rows[0]["reverses"]}
    times = Counter(reversed_by.values())
    problems: list[TongchouError] = []
    for entry_id, target in reversed_by.items():
        where = f"{entry_id} → {target}"
        if target not in by_entry:
            problems.append(_reversal_problem("ledger.reversal_missing", where))
            continue
        if target in reversed_by:
            problems.append(reversal_of_reversal(target))
        if times[target] > 1:
            problems.append(_reversal_problem("ledger.reversal_repeated", where))
        original, taken_back = by_entry[target], by_entry[entry_id]
        if Counter(_legs(original)) != Counter(Leg(leg.account, -leg.amount_fen) for leg in _legs(taken_back)):
            problems.append(_reversal_problem("ledger.reversal_differs", where))
        if taken_back[0]["booked_on"] < original[0]["booked_on"]:
            problems.append(_reversal_problem("ledger.reversal_early", where))
    return problems


def _reversal_problem(code: str, where: str) -> TongchouError:
    return TongchouError(
        code,
        what=_REVERSAL_PROBLEMS[code],
        where=where,
        why=_REVERSAL_RULE,
        remedy=_RESTORE,
    )


_REVERSAL_PROBLEMS = {
    "ledger.reversal_missing": Text("被冲销的分录不存在", "the entry that is reversed does not exist"),
    "ledger.reversal_repeated": Text("分录被冲销多次", "an entry is reversed more than once"),
    "ledger.reversal_differs": Text(
        "冲销金额或科目与原分录不符", "a reversal does not have the legs of its entry with the signs turned"
    ),
    "ledger.reversal_early": Text("冲销日期早于原分录", "a reversal is booked before its entry"),
}
_REVERSAL_RULE = Text(
    "冲销以相反的符号完整地抵消原分录，且只有一次",
    "a reversal takes back a whole entry, once, with the signs turned",
)
_RESTORE = Text(
    "从数据湖的旧版本恢复分录表，再查明是谁改动的",
    "restore the journal from an earlier version of the lake and find out who changed it",
)
