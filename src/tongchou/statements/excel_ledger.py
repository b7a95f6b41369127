"""Workbooks of the ledger: trial balance, statements of accounts, journal; amounts in yuan, sums as formulas."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.ledger.entry import Entry
from tongchou.ledger.statement import AccountStatement, TrialBalance
from tongchou.statements.sheet import Book, Cell, Column, Formula

_MOST_ROWS = 1_048_000
"""Excel has 1,048,576 rows on a sheet; titles and totals need some."""

_DEBIT = Column(Text("借方（元）", "Debit, yuan"), "money", is_summed=True)
_CREDIT = Column(Text("贷方（元）", "Credit, yuan"), "money", is_summed=True)
_MEMO = Column(Text("摘要", "Memo"))
_DAY = Column(Text("日期", "Day"))
_ENTRY = Column(Text("分录号", "Entry"))


def write_trial_balance(trial: TrialBalance, region: Text, path: Path) -> None:
    """Write a trial balance (试算平衡表).

    Args:
        trial: The trial balance.
        region: The region's name.
        path: File to write.
    """
    span = f"{trial.start.isoformat()} – {trial.end.isoformat()}"
    title = Text(f"{region.zh} 试算平衡表 {span}", f"{region.en}: trial balance {span}")
    book = Book(path, title, trial.end, span)
    sheet = book.sheet("试算平衡表", title, 6)
    columns = (
        Column(Text("科目", "Account")),
        Column(Text("名称", "Name")),
        Column(Text("期初（元）", "Opening, yuan"), "money", is_summed=True),
        _DEBIT,
        _CREDIT,
        Column(Text("期末（元）", "Closing, yuan"), "money", is_summed=True),
    )
    rows: list[list[Cell]] = []
    for at, line in enumerate(trial.lines):
        closing = Formula(f"=C{{{at}}}+D{{{at}}}-E{{{at}}}", line.closing_fen)
        rows.append([line.account, line.title, line.opening_fen, line.debits_fen, line.credits_fen, closing])
    sheet.table(columns, rows, is_frozen=True)
    book.close()


def write_account_statements(statements: Sequence[AccountStatement], title: Text, path: Path) -> None:
    """Write statements of accounts (对账单), one under the other; opening, legs, closing.

    Args:
        statements: At least one; all over the same days.
        title: Whose statements they are.
        path: File to write.

    Raises:
        TongchouError: `statements.too_long` if they do not fit on a sheet.
    """
    _require_room(sum(len(each.legs) + 6 for each in statements))
    span = f"{statements[0].start.isoformat()} – {statements[0].end.isoformat()}"
    book = Book(path, title, statements[0].end, span)
    sheet = book.sheet("对账单", Text(f"{title.zh} {span}", f"{title.en} {span}"), 6)
    columns = (_DAY, _ENTRY, _MEMO, _DEBIT, _CREDIT, Column(Text("余额（借正）", "Balance, debit positive"), "money"))
    for each in statements:
        sheet.title(Text(f"{each.account} {each.title.zh}", each.title.en))
        opening: list[Cell] = [each.start.isoformat(), "", Text("期初余额", "opening"), None, None, each.opening_fen]
        rows = [opening]
        for at, leg in enumerate(each.legs, start=1):
            debit, credit = _sides(leg.amount_fen)
            balance = Formula(f"=F{{{at - 1}}}+D{{{at}}}-E{{{at}}}", leg.balance_fen)
            rows.append([leg.booked_on.isoformat(), leg.entry_id, leg.memo, debit, credit, balance])
        last = Formula(f"=F{{{len(each.legs)}}}", each.closing_fen)
        sheet.table(columns, [*rows, [each.end.isoformat(), "", Text("期末余额", "closing"), None, None, last]])
    book.close()


def write_journal(entries: Iterable[Entry], title: Text, path: Path) -> None:
    """Write the journal (序时账), a row for each leg.

    Args:
        entries: At least one, in the order in which they are to stand.
        title: Whose journal it is.
        path: File to write.

    Raises:
        TongchouError: `statements.too_long` if it does not fit on a sheet.
    """
    booked = list(entries)
    _require_room(sum(len(entry.legs) for entry in booked))
    book = Book(path, title, max(entry.booked_on for entry in booked), title.zh)
    columns = (_DAY, _ENTRY, _MEMO, Column(Text("科目", "Account")), _DEBIT, _CREDIT)
    rows: list[list[Cell]] = [
        [entry.booked_on.isoformat(), entry.entry_id, entry.memo, leg.account, *_sides(leg.amount_fen)]
        for entry in booked
        for leg in entry.legs
    ]
    book.sheet("序时账", title, len(columns)).table(columns, rows, is_frozen=True)
    book.close()


def _sides(amount_fen: int) -> tuple[int | None, int | None]:
    """Return an amount as debit or credit, the other side empty."""
    return (amount_fen, None) if amount_fen > 0 else (None, -amount_fen)


def _require_room(rows: int) -> None:
    if rows > _MOST_ROWS:
        raise TongchouError(
            "statements.too_long",
            what=Text("一张工作表放不下", "it does not fit on a sheet"),
            where=f"{rows:,} / {_MOST_ROWS:,}",
            why=Text("Excel 的行数有限", "Excel has so many rows and no more"),
            remedy=Text("缩短期间，或导出 .csv、.journal", "take a shorter period, or export .csv or .journal"),
        )
