"""Printing money beside cases: a workbook beside a run's statements, with a sheet for all that there is of a kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tongchou.alliance.grants import GrantRound
from tongchou.alliance.risk_pool import RiskPool
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.cases.reviews import Review
from tongchou.runs.beside_sheets import (
    AWARD_COLUMNS,
    CLAIM_COLUMNS,
    CONTRIBUTION_COLUMNS,
    Names,
    Rows,
    Table,
    award_cells,
    claim_cells,
    contribution_cells,
    deduction_table,
    event_table,
    loss_table,
    referral_table,
    review_table,
)
from tongchou.runs.frames import Facts, institutions_of
from tongchou.runs.referrals import loss_rows
from tongchou.runs.region import Period, Region
from tongchou.runs.settlement import YearSettlement
from tongchou.schema.states import GRANT_FUND
from tongchou.statements.sheet import Book, Column, Sheet

BESIDE = "beside-cases.xlsx"
"""The workbook's name in a run's folder."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A part of a sheet that holds several tables under a heading: a pool, a fund's round."""

    title: Text
    facts: tuple[tuple[Text, str], ...]
    tables: tuple[tuple[Sequence[Column], Rows], ...]


def print_beside(
    facts: Facts, region: Region, period: Period, settlement: YearSettlement, reviews: Sequence[Review], folder: Path
) -> list[Path]:
    """Write the workbook of money beside cases and of special reviews; nothing where there is none of it.

    Args:
        facts: The region's tables.
        region: The region.
        period: The settled year.
        settlement: The year.
        reviews: Every application for a special review with its decision.
        folder: Where the run's statements are printed.

    Returns:
        The file, if one was written.
    """
    beside = settlement.beside
    names = _names(facts, period)
    tables = [
        event_table(beside.events.transfers, names),
        referral_table(beside.referrals, names),
        deduction_table(beside.referrals, names),
        review_table(reviews, names),
        loss_table(loss_rows(facts, period, beside.referrals.losses)),
    ]
    blocks = {
        Text("风险共济", "Risk pools"): [_pool(each, names) for each in beside.pools],
        Text("激励与专项资金", "Grants"): [_round(each, names) for each in beside.grants],
    }
    if not any(table.rows for table in tables) and not any(blocks.values()):
        return []
    path = folder / BESIDE
    title = Text(f"{region.name.zh} {period} 年病例以外的款项", f"{region.name.en}: money beside cases, {period}")
    book = Book(path, title, settlement.cleared_on, str(period))
    for table in tables:
        _print_table(book, table, period)
    for name, own in blocks.items():
        _print_blocks(book, name, own, period)
    book.close()
    return [path]


def _names(facts: Facts, period: Period) -> Names:
    records = institutions_of(facts, period)
    return {one: Text(row["name_zh"], row["name_en"]) for one, row in records.items()}


def _print_table(book: Book, table: Table, period: Period) -> None:
    if not table.rows:
        return
    sheet = book.sheet(table.name.zh, _headed(table.name, period), len(table.columns))
    sheet.table(table.columns, table.rows, is_frozen=True)
    if table.notice:
        sheet.notices([table.notice])


def _print_blocks(book: Book, name: Text, blocks: Sequence[_Block], period: Period) -> None:
    if not blocks:
        return
    width = max(len(columns) for block in blocks for columns, _ in block.tables)
    sheet = book.sheet(name.zh, _headed(name, period), width)
    for block in blocks:
        _print_block(sheet, block)


def _print_block(sheet: Sheet, block: _Block) -> None:
    sheet.title(block.title)
    sheet.facts(block.facts)
    for columns, rows in block.tables:
        if rows:
            sheet.table(columns, rows)


def _headed(name: Text, period: Period) -> Text:
    return Text(f"{period} 年{name.zh}", f"{name.en}, {period}")


def _pool(pool: RiskPool, names: Names) -> _Block:
    amounts: Mapping[Text, int] = {
        Text("年初余额（元）", "Opening balance, yuan"): pool.opening_fen,
        Text("成员缴纳（元）", "Paid in by members, yuan"): sum(pool.contributions_fen.values()),
        Text("补助（元）", "Granted, yuan"): sum(grant.grant_fen for grant in pool.grants),
        Text("年末返还（元）", "Returned at the year's end, yuan"): sum(pool.returned_fen.values()),
        Text("结转下年（元）", "Carried into the next year, yuan"): pool.closing_fen,
    }
    return _Block(
        pool.explanation.title,
        tuple((label, format_yuan(fen)) for label, fen in amounts.items()),
        (
            (CLAIM_COLUMNS, [claim_cells(grant, names) for grant in pool.grants]),
            (CONTRIBUTION_COLUMNS, contribution_cells(pool, names)),
        ),
    )


def _round(grant: GrantRound, names: Names) -> _Block:
    return _Block(
        GRANT_FUND[grant.fund],
        (
            (Text("年度资金（元）", "In the year, yuan"), format_yuan(grant.yearly_fen)),
            (Text("剩余（元）", "Left, yuan"), format_yuan(grant.left_fen)),
        ),
        ((AWARD_COLUMNS, [award_cells(award, names) for award in grant.awards]),),
    )
