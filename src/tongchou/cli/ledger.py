"""`tongchou ledger`: verify, balance, state and export the books."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.csv as pa_csv
import typer
from rich.markup import escape

from tongchou.cli import ledger_period, ledger_proof
from tongchou.cli.console import DATA_PROBLEM, console, errors, print_json, speaks_errors, table
from tongchou.cli.ledger_key import public_key
from tongchou.cli.options import JsonOption, RegionOption
from tongchou.cli.whole_file import whole_file
from tongchou.core.errors import TongchouError
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.ledger.accounts import account
from tongchou.ledger.days import days_of
from tongchou.ledger.journal import balances, journal_entries
from tongchou.ledger.log import newest_head, newest_signed
from tongchou.ledger.plain_text import plain_text
from tongchou.ledger.statement import AccountStatement, account_statement, member_statements, trial_balance
from tongchou.runs.books import Books
from tongchou.runs.region import Region, open_region
from tongchou.store.engines import open_engine

app = typer.Typer(no_args_is_help=True, help="总账 / the ledger.")
app.add_typer(ledger_period.app, name="period")
app.command("key")(ledger_proof.key)
app.command("head")(ledger_proof.head)
app.command("prove")(ledger_proof.prove)
app.command("prove-growth")(ledger_proof.prove_growth)

DayOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="只看这一天 / this day only.", show_default=False),
]
PeriodOption = Annotated[
    str | None,
    typer.Option("--period", help="月份或年度，缺省为全部 / month or year; all if not given.", show_default=False),
]
WorkbookOption = Annotated[
    Path | None,
    typer.Option("--out", help="另存为 Excel / also as a workbook (.xlsx).", dir_okay=False, show_default=False),
]


@app.command("verify")
@speaks_errors
def verify_(
    region: RegionOption,
    key: Annotated[
        str | None,
        typer.Option("--key", help="公钥：最新树头须由它签名 / public key the newest head must be signed with."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """核对总账：借贷平衡、科目、冲销、日志与树头 / check the books: balance, accounts, reversals, log and heads.

    例 / example:  tongchou ledger verify --region demo/county --key ledger.key.pub
    """
    trusted = public_key(key)
    place = open_region(region)
    with open_engine("duckdb") as engine:
        books = Books(place.lake, engine, place.region_id)
        journal, heads = books.journal(), books.heads()
        problems = books.problems(heads, trusted)
    entries = len(journal["entry_id"].unique())
    total = sum(journal["amount_fen"].to_pylist())
    newest, signed = newest_head(heads), newest_signed(heads)
    if as_json:
        print_json(
            {
                "ok": not problems,
                "entries": entries,
                "legs": journal.num_rows,
                "sum_fen": total,
                "logged": newest.size if newest else 0,
                "signed": signed.size if signed else 0,
                "problems": [problem.as_json() for problem in problems],
            }
        )
    elif not problems:
        console.print(f"{entries:,} 笔分录、{journal.num_rows:,} 条借贷，合计 {total} 分，核对无误 / entries verified")
        console.print(
            f"账本日志 {newest.size if newest else 0:,} 笔，其中 {signed.size if signed else 0:,} 笔有签名的树头"
            " / entries in the log, under a signed head"
        )
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
    journal = _journal(open_region(region))
    days = journal["booked_on"].to_pylist()
    found = balances(journal, on.date() if on else max(days)) if days else {}
    if as_json:
        print_json({"ok": True, "balances_fen": found})
        return
    shown = table("余额（借正贷负，元）/ balances, yuan", "科目 / account", "名称 / name", "余额 / balance", numeric=1)
    for code, fen in sorted(found.items()):
        if fen:
            shown.add_row(escape(code), str(account(code).title), format_yuan(fen))
    shown.add_row("", "合计 / sum", format_yuan(sum(found.values())))
    console.print(shown)


@app.command("trial-balance")
@speaks_errors
def trial_balance_(
    region: RegionOption,
    period: PeriodOption = None,
    on: DayOption = None,
    out: WorkbookOption = None,
    as_json: JsonOption = False,
) -> None:
    """试算平衡表：期初、借方、贷方、期末 / trial balance of a day or a period.

    例 / example:  tongchou ledger trial-balance --region demo/county --period 2025-03 --out trial.xlsx
    """
    place = open_region(region)
    journal = _journal(place)
    found = trial_balance(journal, *_days(journal, period, on))
    if out is not None:
        # The workbook's library need not be waited for where no workbook is asked for.
        from tongchou.statements.excel_ledger import write_trial_balance  # noqa: PLC0415

        with whole_file(out) as draft:
            write_trial_balance(found, place.name, draft)
    lines = {
        line.account: {
            "opening_fen": line.opening_fen,
            "debits_fen": line.debits_fen,
            "credits_fen": line.credits_fen,
            "closing_fen": line.closing_fen,
        }
        for line in found.lines
    }
    if as_json:
        print_json({"ok": True, "start": found.start.isoformat(), "end": found.end.isoformat(), "accounts": lines})
        return
    title = f"试算平衡（元）/ trial balance, yuan: {found.start} – {found.end}"
    shown = table(title, "科目 / account", "期初 / opening", "借 / debit", "贷 / credit", "期末 / closing", numeric=4)
    for code, amounts in lines.items():
        shown.add_row(escape(code), *map(format_yuan, amounts.values()))
    sums = (found.opening_fen, found.debits_fen, found.credits_fen, found.closing_fen)
    shown.add_row("合计 / sum", *map(format_yuan, sums))
    console.print(shown)


@app.command()
@speaks_errors
def statement(
    region: RegionOption,
    member: Annotated[
        str | None,
        typer.Option("--member", help="机构或医联体：其全部账户 / institution or alliance.", show_default=False),
    ] = None,
    code: Annotated[
        str | None, typer.Option("--account", help="一个科目 / one account, e.g. fund.cash.", show_default=False)
    ] = None,
    period: PeriodOption = None,
    out: WorkbookOption = None,
    as_json: JsonOption = False,
) -> None:
    """对账单：期初、逐笔、期末 / statement of a member's accounts, or of one account.

    例 / example:  tongchou ledger statement --region demo/county --member H00000000001 --period 2025-03
    """
    if (member is None) == (code is None):
        raise typer.BadParameter("写 --member 或 --account 之一 / give one of --member, --account")
    place = open_region(region)
    journal = _journal(place)
    start, end = _days(journal, period, None)
    if code is None:
        found = member_statements(journal, str(member), start, end)
    else:
        found = (account_statement(journal, code, start, end),)
    if out is not None:
        from tongchou.statements.excel_ledger import write_account_statements  # noqa: PLC0415

        title = Text(f"{place.name.zh} 对账单 {member or code}", f"{place.name.en}: statement of {member or code}")
        with whole_file(out) as draft:
            write_account_statements(found, title, draft)
    if as_json:
        print_json({"ok": True, "statements": [_plain(each) for each in found]})
        return
    for each in found:
        _show(each)


@app.command()
@speaks_errors
def export(
    region: RegionOption,
    out: Annotated[
        Path,
        typer.Option(
            "--out", help="文件：.csv、.xlsx 或 .journal（hledger） / file.", dir_okay=False, show_default=False
        ),
    ],
) -> None:
    """导出全部分录 / export every entry.

    例 / example:  tongchou ledger export --region demo/county --out books.journal
    """
    place = open_region(region)
    journal = _journal(place)
    with whole_file(out) as draft:
        if out.suffix.lower() == ".journal":
            with draft.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(plain_text(journal_entries(journal)))
        elif out.suffix.lower() == ".xlsx":
            from tongchou.statements.excel_ledger import write_journal  # noqa: PLC0415

            title = Text(f"{place.name.zh} 序时账", f"{place.name.en}: journal")
            write_journal(journal_entries(_booked(journal, region)), title, draft)
        else:
            pa_csv.write_csv(journal, draft)
    console.print(f"{journal.num_rows:,} → {out}", markup=False)


def _journal(place: Region) -> pa.Table:
    with open_engine("duckdb") as engine:
        return Books(place.lake, engine, place.region_id).journal()


def _days(journal: pa.Table, period: str | None, on: datetime | None) -> tuple[date, date]:
    if on is not None:
        return on.date(), on.date()
    if period is not None:
        return days_of(period)
    booked = journal["booked_on"].to_pylist()
    return (booked[0], booked[-1]) if booked else (date.min, date.max)


def _booked(journal: pa.Table, region: Path) -> pa.Table:
    if journal.num_rows:
        return journal
    raise TongchouError(
        "cli.nothing_booked",
        what=Text("还没有分录", "nothing is booked yet"),
        where=str(region),
        why=Text("空的账簿不成工作表", "an empty journal makes no workbook"),
        remedy=Text("先结算：tongchou settle", "settle first: tongchou settle"),
    )


def _plain(each: AccountStatement) -> dict[str, object]:
    legs = [
        {
            "booked_on": leg.booked_on.isoformat(),
            "entry_id": leg.entry_id,
            "memo": leg.memo,
            "amount_fen": leg.amount_fen,
            "balance_fen": leg.balance_fen,
        }
        for leg in each.legs
    ]
    return {
        "account": each.account,
        "start": each.start.isoformat(),
        "end": each.end.isoformat(),
        "opening_fen": each.opening_fen,
        "legs": legs,
        "closing_fen": each.closing_fen,
    }


def _show(each: AccountStatement) -> None:
    title = f"{escape(each.account)} {each.title}, {each.start} – {each.end}"
    shown = table(title, "日期 / day", "分录 / entry", "摘要 / memo", "金额 / amount", "余额 / balance", numeric=2)
    shown.add_row("", "", "期初 / opening", "", format_yuan(each.opening_fen))
    for leg in each.legs:
        amounts = (format_yuan(leg.amount_fen), format_yuan(leg.balance_fen))
        shown.add_row(leg.booked_on.isoformat(), escape(leg.entry_id), escape(leg.memo), *amounts)
    shown.add_row("", "", "期末 / closing", "", format_yuan(each.closing_fen))
    console.print(shown)
