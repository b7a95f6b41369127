"""Printing who loses by a valid referral: a workbook beside a run's statements."""

from pathlib import Path

from tongchou.core.text import Text
from tongchou.runs.frames import Facts
from tongchou.runs.referrals import LossRow, loss_rows
from tongchou.runs.region import Period, Region
from tongchou.runs.settlement import YearSettlement
from tongchou.statements.sheet import Book, Cell, Column

LOSSES = "referral-losses.xlsx"
"""The workbook's name in a run's folder."""

_COLUMNS = (
    Column(Text("转诊过程", "Episode")),
    Column(Text("转诊单号", "Referral")),
    Column(Text("机构", "Institution")),
    Column(Text("角色", "Role")),
    Column(Text("收入（元）", "Income, yuan"), "money"),
    Column(Text("成本（元）", "Cost, yuan"), "money"),
    Column(Text("不转诊的结余（元）", "Left without the referral, yuan"), "money"),
    Column(Text("损失（元）", "Loss, yuan"), "money", is_summed=True),
    Column(Text("原因", "Reason")),
)


def print_losses(facts: Facts, region: Region, period: Period, settlement: YearSettlement, folder: Path) -> list[Path]:
    """Write the report of members that lose by a valid referral; nothing where the policy asks for none.

    Args:
        facts: The region's tables.
        region: The region.
        period: The settled year.
        settlement: The year.
        folder: Where the run's statements are printed.

    Returns:
        The file, if one was written.
    """
    report = settlement.beside.referrals.losses
    if report is None:
        return []
    path = folder / LOSSES
    title = Text(f"{region.name.zh} {period} 年转诊损失", f"{region.name.en}: losses by referral, {period}")
    book = Book(path, title, settlement.cleared_on, str(period))
    sheet = book.sheet("转诊损失", title, len(_COLUMNS))
    sheet.table(_COLUMNS, [_cells(row) for row in loss_rows(facts, period, report)], is_frozen=True)
    book.close()
    return [path]


def _cells(row: LossRow) -> list[Cell]:
    return [
        row.episode_id,
        row.referral_id,
        Text(row.institution_zh, row.institution_en),
        Text(row.role_zh, row.role_en),
        row.income_fen,
        row.cost_fen,
        row.without_fen,
        row.amount_fen,
        Text(row.reason_zh, row.reason_en),
    ]
