"""`python -m benchmarks.ledger`: the log over a million entries, beside what hashing their bytes alone needs."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing import get_context
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.table import Table

from benchmarks.measure import Clock, Spent
from tongchou.ledger.entry import Entry, Leg
from tongchou.ledger.journal import journal_table
from tongchou.ledger.log import entry_record, log_entries
from tongchou.ledger.log_check import verify_log
from tongchou.ledger.proofs import prove_entry, sign_head
from tongchou.ledger.verify import ALGORITHMS, canonical_bytes, check_inclusion, hash_of, leaf_hash, node_hash

_RUN = 20_000
_DAY = date(2025, 1, 1)


@dataclass(frozen=True, slots=True)
class Figure:
    """What one piece of work on the log spent."""

    name: str
    entries: int
    spent: Spent


def measure(algorithm: str, count: int) -> list[Figure]:
    """Measure a log of so many entries: the floor, rooting, growing by a run, checking, proving."""
    entries = _entries(0, count)
    data = [canonical_bytes(entry_record(entry)) for entry in entries]
    hashed = hash_of(algorithm)
    clock = Clock()
    clock.begin("floor: hashing alone / 只算哈希")
    leaves = [leaf_hash(hashed, each) for each in data]
    for _ in range(count - 1):
        node_hash(hashed, leaves[0], leaves[-1])
    clock.end()
    del data
    more = _entries(count, count + _RUN)
    clock.begin("log all entries / 全部记入日志")
    whole = log_entries("bench", entries, None, algorithm)
    clock.begin(f"log {_RUN:,} more / 再记 {_RUN:,} 笔")
    log_entries("bench", more, whole.head, algorithm)
    clock.end()
    if whole.head is None:
        raise SystemExit("no entries")
    head = sign_head(whole.head, Ed25519PrivateKey.generate(), _DAY)
    clock.begin("prove an entry / 证明一笔")
    proof = prove_entry(entry_record(entries[count // 2]), count // 2, leaves, head)
    clock.begin("check a proof / 核对证明")
    check_inclusion(proof)
    clock.end()
    journal = journal_table(entries)
    del entries, leaves
    clock.begin("check journal, log and heads / 核对全部")
    problems = verify_log(journal, whole.rows, [whole.head, head])
    spent = clock.end()
    if problems:
        raise SystemExit(str(problems[0]))
    return [Figure(f"{algorithm}: {name}", _RUN if "more" in name else count, each) for name, each in spent.items()]


def bench(
    entries: Annotated[int, typer.Option(min=1, help="分录笔数 / entries.")] = 1_000_000,
    only: Annotated[
        str | None, typer.Option(help=f"只测一种哈希 / one hash only: {', '.join(ALGORITHMS)}.", show_default=False)
    ] = None,
) -> None:
    """测账本日志的时间与内存 / time and memory of the ledger's log.

    例 / example:  python -m benchmarks.ledger --entries 100000 --only sm3
    """
    table = Table(title=f"账本日志 / the ledger's log, {entries:,}", title_justify="left", header_style="bold")
    table.add_column("", no_wrap=True)
    for title in ("秒 / s", "CPU s", "微秒每笔 / µs each", "内存峰值 / peak GB"):
        table.add_column(title, justify="right")
    for algorithm in ALGORITHMS if only is None else (only,):
        for figure in _alone(measure, algorithm, entries):
            spent = figure.spent
            each = spent.cpu_seconds / figure.entries * 1_000_000
            memory = f"{spent.peak_bytes / 1024**3:.2f}"
            table.add_row(figure.name, f"{spent.seconds:,.3f}", f"{spent.cpu_seconds:,.3f}", f"{each:.2f}", memory)
    Console(width=120).print(table)


def _alone(work: Callable[[str, int], list[Figure]], algorithm: str, count: int) -> list[Figure]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, algorithm, count).result()


def _entries(start: int, end: int) -> list[Entry]:
    return [
        Entry(
            f"r2025-0123456789ab/ledger.month.settled/H{number % 997:011d}/{number}",
            _DAY + timedelta(days=number % 365),
            "r2025-0123456789ab",
            "ledger.month.settled",
            f"H{number % 997:011d} 2025-01 住院月结算 / inpatient settlement of the month",
            (
                Leg("fund.expense.inpatient.drg", 1000 + number),
                Leg(f"payable.hospital.H{number % 997:011d}", -1000 - number),
            ),
        )
        for number in range(start, end)
    ]


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(bench)
    app()
