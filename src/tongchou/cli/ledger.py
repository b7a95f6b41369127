"""`tongchou ledger`: verify, balance and export the books."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.csv as pa_csv
import typer

from tongchou.cli.console import DATA_PROBLEM, console, errors, print_json, speaks_errors, table
from tongchou.cli.options import JsonOption, RegionOption
from tongchou.core.money import format_yuan
from tongchou.ledger.accounts import account
from tongchou.ledger.journal import balances, verify
from tongchou.runs.region import open_region
from tongchou.schema.results import JOURNAL
from tongchou.store.engines import open_engine

app = typer.Typer(no_args_is_help=True, help="总账 / the ledger.")


@app.command("verify")
@speaks_errors
def verify_(region: RegionOption, as_json: JsonOption = False) -> None:
    """核对总账：借贷平衡、科目、冲销 / check the books: balance, accounts, reversals.

    例 / example:  tongchou ledger verify --region demo/county
    """
    journal = _journal(region)
    problems = verify(journal)
    entries = len(set(journal["entry_id"].to_pylist()))
    total = sum(journal["amount_fen"].to_pylist())
    if as_json:
        print_json(
            {
                "ok": not problems,
                "entries": entries,
                "legs": journal.num_rows,
                "sum_fen": total,
                "problems": [problem.as_json() for problem in problems],
            }
        )
    elif not problems:
        console.print(f"{entries:,} 笔分录、{journal.num_rows:,} 条借贷，合计 {total} 分，核对无误 / entries verified")
    for problem in problems if not as_json else ():
        errors.print(str(problem), markup=False, style="red")
    if problems:
        raise typer.Exit(DATA_PROBLEM)


@app.command()
@speaks_errors
def balance(
    region: RegionOption,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="截至（含）/ up to, inclusive.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """各科目余额 / balances by account.

    例 / example:  tongchou ledger balance --region demo/county --on 2025-06-30
    """
    journal = _journal(region)
    days = journal["booked_on"].to_pylist()
    found = balances(journal, on.date() if on else max(days)) if days else {}
    if as_json:
        print_json({"ok": True, "balances_fen": found})
        return
    shown = table("余额（借正贷负，元）/ balances, yuan", "科目 / account", "名称 / name", "余额 / balance", numeric=1)
    for code, fen in sorted(found.items()):
        if fen:
            shown.add_row(code, str(account(code).title), format_yuan(fen))
    shown.add_row("", "合计 / sum", format_yuan(sum(found.values())))
    console.print(shown)


@app.command()
@speaks_errors
def export(
    region: RegionOption,
    out: Annotated[Path, typer.Option("--out", help="CSV 文件 / file.", show_default=False)],
) -> None:
    """导出全部分录 / export every entry.

    例 / example:  tongchou ledger export --region demo/county --out journal.csv
    """
    journal = _journal(region)
    pa_csv.write_csv(journal, out)
    console.print(f"{journal.num_rows:,} → {out}", markup=False)


def _journal(region: Path) -> pa.Table:
    lake = open_region(region).lake
    with open_engine("duckdb") as engine:
        frame = engine.scan(lake.files(JOURNAL.name, lake.snapshot()), JOURNAL.arrow_schema)
        return engine.collect(frame.sort("booked_on", "entry_id", "leg"))
