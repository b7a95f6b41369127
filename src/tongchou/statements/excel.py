"""Workbooks that an officer can check: a statement per institution, and the region's summary."""

from collections.abc import Sequence
from pathlib import Path

from tongchou.core.text import Text
from tongchou.schema.states import INSTITUTION_LEVEL, MEMBER_ROLE
from tongchou.statements.model import (
    CaseShare,
    GroupResult,
    InstitutionStatement,
    RegionReport,
    StatementLine,
)
from tongchou.statements.sheet import Book, Cell, Column, Figure, Formula, Sheet

UNGROUPED = Text("未入组", "ungrouped")
"""Stands for the code of a group where a case has none."""

_GROUP_COLUMNS = (
    Column(Text("病组", "Group")),
    Column(Text("名称", "Name")),
    Column(Text("权重", "Weight"), "weight"),
    Column(Text("病例数", "Cases"), "count", is_summed=True),
    Column(Text("医疗费总额（元）", "Charges, yuan"), "money", is_summed=True),
    Column(Text("应支付总额（元）", "Payable, yuan"), "money", is_summed=True),
    Column(Text("盈亏（元）", "Gain or loss, yuan"), "money", is_summed=True),
)
_SIGNATURES = (
    Text("经办人（签字、日期）", "Prepared by (signature, date)"),
    Text("复核人（签字、日期）", "Reviewed by (signature, date)"),
    Text("医疗机构（盖章、日期）", "Institution (seal, date)"),
    Text("医保经办机构（盖章、日期）", "Insurance agency (seal, date)"),
)


def write_institution_workbook(report: RegionReport, one: InstitutionStatement, path: Path) -> None:
    """Write an institution's statement (清算单): amounts in yuan, totals as formulas.

    Args:
        report: The run's report, for what identifies it and for its notices.
        one: The institution.
        path: File to write.
    """
    title = Text(f"{one.name.zh} {report.period} 清算单", f"{one.name.en}: settlement statement {report.period}")
    book = Book(path, title, report.prepared_on, f"{one.institution_id} · {report.run_id}")
    sheet = book.sheet("清算单", title, 3, pages_high=1)
    sheet.freeze_title()
    sheet.facts(
        [
            (Text("机构代码", "Institution"), one.institution_id),
            (Text("级别", "Level"), str(INSTITUTION_LEVEL[one.level])),
            (Text("医联体角色", "Role in the alliance"), str(_role(one.role))),
            *report_facts(report),
        ]
    )
    sheet.title(Text("清算", "Settlement"))
    _lines_table(sheet, one.lines)
    sheet.title(Text("说明", "Notices"))
    sheet.notices(report.notices)
    sheet.signatures(_SIGNATURES)
    _overview(book.sheet("概况", Text("概况", "Overview"), 3), one)
    _institution_months(book, one)
    groups_sheet(book, Text("病组盈亏", "Gain and loss by group"), one.groups)
    kinds_sheet(book, one.case_kinds, one.weight_sources)
    book.close()


def report_facts(report: RegionReport) -> list[tuple[Text, str]]:
    """Return what identifies the run on every first sheet."""
    return [
        (Text("统筹区", "Pooling region"), str(report.region)),
        (Text("结算期间", "Period"), report.period),
        (Text("分组方案", "Grouping scheme"), str(report.scheme)),
        (Text("适用政策", "Policy"), str(report.policy_levels)),
        (Text("批次号", "Run"), report.run_id),
        (Text("编制日期", "Prepared on"), report.prepared_on.isoformat()),
    ]


def groups_sheet(book: Book, title: Text, groups: Sequence[GroupResult]) -> None:
    """Add the sheet of groups in the order given."""
    sheet = book.sheet("病组", title, len(_GROUP_COLUMNS))
    rows: list[list[Cell]] = [
        [
            row.drg or UNGROUPED,
            row.name,
            row.weight_e4 if row.drg else None,
            row.case_count,
            row.charges_fen,
            row.payable_fen,
            row.result_fen,
        ]
        for row in groups
    ]
    sheet.table(_GROUP_COLUMNS, rows, is_frozen=True)


def kinds_sheet(book: Book, case_kinds: Sequence[CaseShare], weight_sources: Sequence[CaseShare]) -> None:
    """Add the sheet that counts cases by kind and by source of the weight."""
    sheet = book.sheet("病例构成", Text("病例构成", "Cases by kind and source of weight"), 4)
    sheet.freeze_title()
    for first, rows in (
        (Text("病例类型", "Kind of case"), case_kinds),
        (Text("权重来源", "Source of the weight"), weight_sources),
    ):
        columns = (
            Column(first),
            Column(Text("病例数", "Cases"), "count", is_summed=True),
            Column(Text("医疗费总额（元）", "Charges, yuan"), "money", is_summed=True),
            Column(Text("应支付总额（元）", "Payable, yuan"), "money", is_summed=True),
        )
        sheet.table(columns, [[row.name, row.case_count, row.charges_fen, row.payable_fen] for row in rows])


def item_columns(value: Text, basis: Text) -> tuple[Column, Column, Column]:
    """Return the columns of a list of items: its words, its amount in yuan, how it comes about."""
    return Column(Text("项目", "Item")), Column(value, "money"), Column(basis)


def numbered(number: int, words: Text) -> Text:
    """Return the words of an item with its number in front."""
    return Text(f"{number}. {words.zh}", f"{number}. {words.en}")


def _lines_table(sheet: Sheet, lines: Sequence[StatementLine]) -> None:
    places = {line.line: index for index, line in enumerate(lines)}
    rows: list[list[Cell]] = []
    for number, line in enumerate(lines, start=1):
        parts = "+".join(f"B{{{places[part]}}}" for part in line.sums)
        basis = " + ".join(str(places[part] + 1) for part in line.sums)
        amount = Formula(f"={parts}", line.amount_fen) if parts else line.amount_fen
        rows.append([numbered(number, line.title), amount, basis])
    sheet.table(item_columns(Text("金额（元）", "Amount, yuan"), Text("计算", "Computed from lines")), rows)


def _overview(sheet: Sheet, one: InstitutionStatement) -> None:
    rows: list[list[Cell]] = [
        [Text("结算病例数", "Cases settled"), Figure(one.case_count, "count"), ""],
        [Text("其中未入组", "of these ungrouped"), Figure(one.ungrouped_count, "count"), ""],
        [Text("病例组合指数（CMI）", "Case-mix index (CMI)"), Figure(one.cmi_e4, "weight"), ""],
        [Text("医疗费总额", "Total charges"), one.charges_fen, ""],
        [Text("支付标准合计", "Sum of payment standards"), one.standard_fen, ""],
        [
            Text("应支付总额", "Payable in all"),
            one.payable_fen,
            Text("基金与个人合计", "by the fund and the patients"),
        ],
        [Text("个人负担", "Patients' part"), one.patient_fen, ""],
        [Text("统筹基金支付", "Fund's part"), one.fund_fen, ""],
        [
            Text("医院盈亏", "Hospital's gain or loss"),
            one.hospital_result_fen,
            Text("收入减费用，负数为亏损", "income less charges; a loss is negative"),
        ],
    ]
    sheet.freeze_title()
    sheet.table(item_columns(Text("数值（金额为元）", "Value, amounts in yuan"), Text("备注", "Remark")), rows)


def _institution_months(book: Book, one: InstitutionStatement) -> None:
    columns = (
        Column(Text("月份", "Month")),
        Column(Text("病例数", "Cases"), "count", is_summed=True),
        Column(Text("基金应付（元）", "Fund due, yuan"), "money", is_summed=True),
        Column(Text("已预付（元）", "Prepaid, yuan"), "money", is_summed=True),
        Column(Text("质量保证金（元）", "Quality deposit, yuan"), "money", is_summed=True),
        Column(Text("差额（元）", "Difference, yuan"), "money", is_summed=True),
    )
    rows: list[list[Cell]] = [
        [
            row.month,
            row.case_count,
            row.fund_due_fen,
            row.prepaid_fen,
            row.deposit_fen,
            Formula(
                f"=C{{{index}}}-D{{{index}}}-E{{{index}}}",
                row.fund_due_fen - row.prepaid_fen - row.deposit_fen,
            ),
        ]
        for index, row in enumerate(one.months)
    ]
    book.sheet("月度", Text("月度拨付", "Payments by month"), len(columns)).table(columns, rows, is_frozen=True)


def _role(role: str | None) -> Text:
    return Text("非成员", "not a member") if role is None else MEMBER_ROLE[role]
