"""`python -m benchmarks.benefit`: a trial settlement of one visit, without and with its explanation."""

import gc
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from tongchou.core.explanation import explanation_as_json
from tongchou.payment.benefit import (
    Care,
    LayerUse,
    Person,
    Position,
    Referral,
    read_benefit_terms,
    settle_benefit,
)
from tongchou.policy import Policy

_ON = date(2025, 6, 1)
_BEGAN = datetime.fromisoformat("2025-06-01 09:00")
_WARM_UP = 200


@dataclass(frozen=True, slots=True)
class Figure:
    """How long one call of a work takes, in microseconds.

    Attributes:
        name: The work.
        p50_us: Half of the calls take at most this.
        p99_us: 99 of 100 calls take at most this.
        cpu_p99_us: The same in processor time; on a busy machine it says more than the clock.
    """

    name: str
    p50_us: float
    p99_us: float
    cpu_p99_us: float


def floor(total: int, outside: int, table: int, paid: int, ratio_e4: int) -> tuple[int, int]:
    """Settle the same stay by plain arithmetic: no policy, no position, no reasons. Nothing can be faster."""
    in_scope = total - outside
    deductible = min(max(0, table - paid), in_scope)
    fund = (2 * (in_scope - deductible) * ratio_e4 + 10_000) // 20_000
    return fund, total - fund


def measure(calls: int) -> list[Figure]:
    """Measure every work; the terms are read once before, as in a warm process."""
    view = Policy.load().at(_ON, "demo_city")
    terms = read_benefit_terms(view)
    person = Person("resident", contract="signed", aid_category="minimum_living", enrolled_years=6)
    referral = Referral("up", _ON, _ON, _BEGAN - timedelta(hours=3))
    stay = Care(
        "C1", "inpatient", "tertiary", _ON, _BEGAN, 24_000_000, 30_000, 5_000, episode_id="E1", referral=referral
    )
    position = Position(
        2025,
        stay_count=1,
        episode_count=1,
        episode_number={"E1": 1},
        episode_deductible_fen={"E1": 50_000},
        catastrophic=LayerUse(3_000_000, 500_000),
        account_fen=120_000,
    )
    return [
        _timed("算术下限 / floor: plain arithmetic", lambda: floor(24_000_000, 35_000, 80_000, 50_000, 6_500), calls),
        _timed("试算 / trial settlement", lambda: settle_benefit(terms, person, stay, position), calls),
        _timed(
            "试算与理由 / with its explanation",
            lambda: settle_benefit(terms, person, stay, position).explanation(),
            calls,
        ),
        _timed(
            "试算、理由与 JSON / with its explanation as JSON",
            lambda: orjson.dumps(explanation_as_json(settle_benefit(terms, person, stay, position).explanation())),
            calls,
        ),
        _timed(
            "读取条款（每日一次）/ reading the terms, once a day",
            lambda: read_benefit_terms(view),
            max(20, calls // 200),
        ),
    ]


def _timed(name: str, work: Callable[[], object], calls: int) -> Figure:
    for _ in range(min(calls, _WARM_UP)):
        work()
    gc.collect()
    clock, processor = [], []
    for _ in range(calls):
        cpu_began, began = time.thread_time_ns(), time.perf_counter_ns()
        work()
        clock.append(time.perf_counter_ns() - began)
        processor.append(time.thread_time_ns() - cpu_began)
    clock.sort()
    processor.sort()
    at_99 = min(calls - 1, calls * 99 // 100)
    return Figure(name, clock[calls // 2] / 1_000, clock[at_99] / 1_000, processor[at_99] / 1_000)


def benefit(
    calls: Annotated[int, typer.Option(min=1, help="每项次数 / calls of each.")] = 20_000,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="另存 JSON / also as JSON.", show_default=False)
    ] = None,
) -> None:
    """测一次待遇试算的时间 / time of one trial settlement; the demand is 5 ms.

    例 / example:  python -m benchmarks.benefit --calls 5000
    """
    figures = measure(calls)
    shown = Table(title=f"待遇试算，每次耗时 / trial settlement, time of a call ({calls:,})", title_justify="left")
    shown.add_column("")
    for column in ("p50 µs", "p99 µs", "CPU p99 µs", "x 下限 / floor"):
        shown.add_column(column, justify="right")
    for each in figures:
        times = each.p50_us / figures[0].p50_us
        figures_shown = (f"{us:,.1f}" for us in (each.p50_us, each.p99_us, each.cpu_p99_us))
        shown.add_row(each.name, *figures_shown, f"{times:,.0f}")
    Console().print(shown)
    if json_file:
        content = [asdict(each) for each in figures]
        json_file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(benefit)
    app()
