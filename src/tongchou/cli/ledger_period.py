"""`tongchou ledger period`: open, lock, close and list the periods of the ledger."""

from datetime import date
from typing import Annotated

import typer
from rich.markup import escape

from tongchou.cli.console import console, print_json, speaks_errors, table
from tongchou.cli.ledger_proof import OnOption
from tongchou.cli.options import JsonOption, RegionOption
from tongchou.ledger.days import days_of, next_month
from tongchou.ledger.periods import State
from tongchou.runs.books import Books
from tongchou.runs.region import open_region
from tongchou.store.engines import open_engine

app = typer.Typer(no_args_is_help=True, help="会计期间 / periods of the ledger.")

PeriodsArgument = Annotated[
    list[str],
    typer.Argument(
        help="月份、年度或范围 / months, years or a range: 2025-03, 2025, 2025-01..2025-06.",
        metavar="PERIOD...",
        show_default=False,
    ),
]
ByOption = Annotated[str, typer.Option("--by", help="经办人 / who does it.", show_default=False)]
ReasonOption = Annotated[str, typer.Option("--reason", help="原因或结算批次 / reason, or the run.", show_default=False)]


def _offer(name: str, state: State, words: str) -> None:
    """Add the command that brings periods into a state."""

    @app.command(name, help=words)
    @speaks_errors
    def change(
        periods: PeriodsArgument,
        region: RegionOption,
        by: ByOption,
        reason: ReasonOption,
        on: OnOption = None,
        as_json: JsonOption = False,
    ) -> None:
        day = on.date() if on else date.today()  # noqa: DTZ011  # the officer's calendar day
        names = [name for each in periods for name in _expanded(each)]
        place = open_region(region)
        with open_engine("duckdb") as engine:
            books = Books(place.lake, engine, place.region_id)
            changes = books.change_periods(names, state, day, by, reason)
        if as_json:
            print_json({"ok": True, "changed": [change.period for change in changes], "state": state.value})
            return
        console.print(f"{state.label}: {', '.join(change.period for change in changes)}", markup=False)


_EXAMPLE = "\n\n例 / example:  tongchou ledger period {} --region demo/county --by 张三 --reason {}"

_offer(
    "open",
    State.OPEN,
    "开放期间；年度连同其月份 / open periods; a year with its months." + _EXAMPLE.format("open 2025", "年初开账"),
)
_offer(
    "lock",
    State.LOCKED,
    "锁定期间，不再记账 / lock periods: nothing more is booked." + _EXAMPLE.format("lock 2025-01", "月报已出"),
)
_offer(
    "close",
    State.CLOSED,
    "关闭已锁定的期间 / close locked periods for good." + _EXAMPLE.format("close 2025-01", "审计通过"),
)


@app.command("list")
@speaks_errors
def list_(region: RegionOption, as_json: JsonOption = False) -> None:
    """列出期间及每次变更 / list the periods and every change.

    例 / example:  tongchou ledger period list --region demo/county
    """
    place = open_region(region)
    with open_engine("duckdb") as engine:
        periods = Books(place.lake, engine, place.region_id).periods()
    if as_json:
        changes = [
            {
                "sequence": each.sequence,
                "period": each.period,
                "state": each.state.value,
                "changed_on": each.changed_on.isoformat(),
                "changed_by": each.changed_by,
                "reason": each.reason,
            }
            for each in periods.changes
        ]
        print_json({"ok": True, "periods": periods.states(), "changes": changes})
        return
    shown = table("会计期间 / periods", "期间 / period", "状态 / state", "日期 / on", "经办人 / by", "原因 / reason")
    for change in sorted(periods.changes, key=lambda each: (each.period, each.sequence)):
        who, why = escape(change.changed_by), escape(change.reason)
        shown.add_row(change.period, str(change.state.label), change.changed_on.isoformat(), who, why)
    console.print(shown)


def _expanded(words: str) -> list[str]:
    first, dots, last = words.partition("..")
    if not dots or len(first) != len(last) or days_of(first) > days_of(last):
        return [words]
    names = [first]
    while names[-1] != last:
        names.append(next_month(names[-1]) if len(last) > 4 else f"{int(names[-1]) + 1:04d}")
    return names
