"""The region's workbook: the alliance's settlement, members, institutions, months, groups, flows and data."""

from pathlib import Path

from tongchou.core.text import Text
from tongchou.schema.states import INSTITUTION_LEVEL, MEMBER_ROLE
from tongchou.statements.excel import groups_sheet, item_columns, kinds_sheet, numbered, report_facts
from tongchou.statements.model import AllianceStatement, RegionReport
from tongchou.statements.sheet import Book, Cell, Column, Figure, Formula, Sheet

_SIGNATURES = (
    Text("编制人（签字、日期）", "Prepared by (signature, date)"),
    Text("复核人（签字、日期）", "Reviewed by (signature, date)"),
    Text("牵头医院（盖章、日期）", "Lead hospital (seal, date)"),
    Text("医疗保障局（盖章、日期）", "Healthcare security bureau (seal, date)"),
)
_FLOW_KIND = {"treatment": Text("就医流向", "treatment"), "referral": Text("转诊", "referral")}


def write_region_workbook(report: RegionReport, path: Path) -> None:
    """Write the region's summary: amounts in yuan, totals as formulas.

    Args:
        report: The run's report.
        path: File to write.
    """
    title = Text(f"{report.region.zh} {report.period} 清算汇总", f"{report.region.en}: settlement {report.period}")
    book = Book(path, title, report.prepared_on, report.run_id)
    _summary(book, title, report)
    if report.alliance is not None:
        _members(book, report, report.alliance)
    _institutions(book, report)
    _months(book, report)
    groups_sheet(book, Text("病组盈亏", "Gain and loss by group"), report.groups)
    _flows(book, report)
    kinds_sheet(book, report.case_kinds, report.weight_sources)
    _data(book, report)
    book.close()


def _summary(book: Book, title: Text, report: RegionReport) -> None:
    sheet = book.sheet("汇总", title, 5)
    sheet.freeze_title()
    sheet.facts(report_facts(report))
    if report.alliance is not None:
        sheet.title(
            Text(f"{report.alliance.name.zh} 结算", f"Settlement of {report.alliance.name.en}"),
        )
        _alliance_lines(sheet, report.alliance)
        if report.alliance.slices:
            sheet.title(Text("分段计算", "Bands of the surplus or deficit rate"))
            _slices(sheet, report.alliance)
    sheet.title(Text("说明", "Notices"))
    sheet.notices(report.notices)
    sheet.signatures(_SIGNATURES)


def _alliance_lines(sheet: Sheet, alliance: AllianceStatement) -> None:
    actual = alliance.actual
    comparison = Text(f"比较基数（{alliance.comparison_name.zh}）", f"Comparison base ({alliance.comparison_name.en})")
    is_deficit = alliance.surplus_fen < 0
    items: list[tuple[Text, Cell, str]] = [
        (Text("总额预算", "Global budget"), alliance.base_fen, ""),
        (comparison, alliance.comparison_fen, ""),
        (Text("住院：成员机构内", "Inpatient, inside the members"), actual.inpatient_inside_fen, ""),
        (Text("住院：成员机构外", "Inpatient, outside the members"), actual.inpatient_outside_fen, ""),
        (Text("门诊：成员机构内", "Outpatient, inside the members"), actual.outpatient_inside_fen, ""),
        (Text("门诊：成员机构外", "Outpatient, outside the members"), actual.outpatient_outside_fen, ""),
        (Text("实际支出", "Actual use"), Formula("=SUM(B{2}:B{5})", actual.total_fen), "3 + 4 + 5 + 6"),
        (
            Text("结余（负数为超支）", "Surplus (negative: deficit)"),
            Formula("=IF(B{6}>B{0},B{0}-B{6},MAX(B{1}-B{6},0))", alliance.surplus_fen),
            "1 - 7" if is_deficit else "2 - 7",
        ),
        (
            Text("结余率（负数为超支率）", "Surplus rate (negative: deficit)"),
            Figure(alliance.rate_e4, "percent"),
            "8 / 1" if is_deficit else "8 / 2",
        ),
        (Text("医联体留用（负数为承担）", "Kept by the alliance (negative: borne)"), alliance.kept_fen, ""),
        (
            Text("返还基金（负数为基金承担）", "Returned to the fund (negative: borne by it)"),
            Formula("=B{7}-B{9}", alliance.returned_fen),
            "8 - 10",
        ),
        (Text("第 10 行中的调节金", "of line 10: reserve"), alliance.reserve_fen, ""),
        (
            Text("成员分配合计", "Shared among the members"),
            Formula("=B{9}-B{11}", alliance.kept_fen - alliance.reserve_fen),
            "10 - 12",
        ),
    ]
    if alliance.quality is not None:
        items += [
            (Text("质量考核得分", "Quality score, points"), Figure(alliance.quality.score, "number"), ""),
            (
                Text("兑现所需分数", "Points needed for a pay-out"),
                Figure(alliance.quality.threshold, "number"),
                "",
            ),
        ]
    rows = [[numbered(number, words), cell, basis] for number, (words, cell, basis) in enumerate(items, start=1)]
    sheet.table(item_columns(Text("金额（元）", "Amount, yuan"), Text("计算", "Computed from lines")), rows)


def _slices(sheet: Sheet, alliance: AllianceStatement) -> None:
    is_deficit = alliance.surplus_fen < 0
    ratio = Text("医联体承担比例", "Ratio borne") if is_deficit else Text("留用比例", "Ratio kept")
    columns = (
        Column(Text("分段", "Band")),
        Column(ratio, "percent"),
        Column(Text("金额（元）", "Amount, yuan"), "money", is_summed=True),
        Column(Text("医联体（元）", "Alliance, yuan"), "money", is_summed=True),
        Column(Text("基金（元）", "Fund, yuan"), "money", is_summed=True),
    )
    rows: list[list[Cell]] = [
        [
            band(part.lower_e4, part.upper_e4),
            part.ratio_e4,
            part.amount_fen,
            part.kept_fen,
            Formula(f"=C{{{index}}}-D{{{index}}}", part.returned_fen),
        ]
        for index, part in enumerate(alliance.slices)
    ]
    sheet.table(columns, rows)


def band(lower_e4: int, upper_e4: int | None) -> str:
    """Return the words of a band of rates: `5%–10%`, or `>10%` for the open one."""
    lower, upper = (f"{bound // 100}.{bound % 100:02d}".rstrip("0").rstrip(".") for bound in (lower_e4, upper_e4 or 0))
    return f">{lower}%" if upper_e4 is None else f"{lower}%–{upper}%"


def _members(book: Book, report: RegionReport, alliance: AllianceStatement) -> None:
    measures = report.measure_names()
    columns = (
        Column(Text("机构代码", "Institution")),
        Column(Text("名称", "Name")),
        Column(Text("角色", "Role")),
        *(Column(name, "number") for name in measures.values()),
        Column(Text("分配额（元）", "Share, yuan"), "money", is_summed=True),
    )
    rows: list[list[Cell]] = []
    for member in alliance.members:
        values = {measure.measure: measure.value for measure in member.measures}
        figures = [values.get(measure) for measure in measures]
        rows.append([member.institution_id, member.name, MEMBER_ROLE[member.role], *figures, member.share_fen])
    nothing: list[Cell] = [None] * len(measures)
    rows.append([Text("调节金", "Reserve"), "", "", *nothing, alliance.reserve_fen])
    sheet = book.sheet("成员分配", Text("成员分配", "Members' shares"), len(columns))
    sheet.table(columns, rows, is_frozen=True)


def _institutions(book: Book, report: RegionReport) -> None:
    money = (
        Text("医疗费总额", "Charges"),
        Text("支付标准", "Standards"),
        Text("应支付", "Payable"),
        Text("个人负担", "Patients"),
        Text("基金支付", "Fund"),
        Text("盈亏", "Gain or loss"),
    )
    columns = (
        Column(Text("机构代码", "Institution")),
        Column(Text("名称", "Name")),
        Column(Text("级别", "Level")),
        Column(Text("角色", "Role")),
        Column(Text("病例数", "Cases"), "count", is_summed=True),
        Column(Text("未入组", "Ungrouped"), "count", is_summed=True),
        Column(Text("CMI", "CMI"), "weight"),
        *(Column(title, "money", is_summed=True) for title in money),
    )
    rows: list[list[Cell]] = [
        [
            one.institution_id,
            one.name,
            INSTITUTION_LEVEL[one.level],
            "" if one.role is None else MEMBER_ROLE[one.role],
            one.case_count,
            one.ungrouped_count,
            one.cmi_e4,
            one.charges_fen,
            one.standard_fen,
            one.payable_fen,
            one.patient_fen,
            one.fund_fen,
            one.hospital_result_fen,
        ]
        for one in report.institutions
    ]
    book.sheet("机构", Text("机构汇总（金额单位：元）", "Institutions, amounts in yuan"), len(columns)).table(
        columns, rows, is_frozen=True
    )


def _months(book: Book, report: RegionReport) -> None:
    columns = (
        Column(Text("月份", "Month")),
        Column(Text("住院基金（元）", "Inpatient fund, yuan"), "money", is_summed=True),
        Column(Text("门诊基金（元）", "Outpatient fund, yuan"), "money", is_summed=True),
        Column(Text("预算（元）", "Budget, yuan"), "money", is_summed=True),
        Column(Text("累计支出（元）", "Used so far, yuan"), "money"),
        Column(Text("累计预算（元）", "Budget so far, yuan"), "money"),
        Column(Text("累计差额（元）", "Left so far, yuan"), "money"),
    )
    rows: list[list[Cell]] = []
    used = budget = 0
    for index, month in enumerate(report.months):
        used += month.inpatient_fund_fen + month.outpatient_fund_fen
        budget += month.budget_fen
        rows.append(
            [
                month.month,
                month.inpatient_fund_fen,
                month.outpatient_fund_fen,
                month.budget_fen,
                Formula(f"=SUM(B{{0}}:C{{{index}}})", used),
                Formula(f"=SUM(D{{0}}:D{{{index}}})", budget),
                Formula(f"=F{{{index}}}-E{{{index}}}", budget - used),
            ]
        )
    book.sheet("基金使用", Text("基金使用", "Use of the fund"), len(columns)).table(columns, rows, is_frozen=True)


def _flows(book: Book, report: RegionReport) -> None:
    columns = (
        Column(Text("种类", "Kind")),
        Column(Text("来源", "From")),
        Column(Text("去向", "To")),
        Column(Text("人次", "Cases"), "count"),
        Column(Text("基金支付（元）", "Fund, yuan"), "money"),
    )
    rows: list[list[Cell]] = [
        [_FLOW_KIND[flow.kind], flow.origin, flow.destination, flow.case_count, flow.fund_fen] for flow in report.flows
    ]
    book.sheet("流向", Text("就医与转诊流向", "Treatment and referral flows"), len(columns)).table(
        columns, rows, is_frozen=True
    )


def _data(book: Book, report: RegionReport) -> None:
    columns = (
        Column(Text("数据表", "Table")),
        Column(Text("收到行数", "Rows in"), "count", is_summed=True),
        Column(Text("搁置行数", "Rows set aside"), "count", is_summed=True),
        Column(Text("使用行数", "Rows used"), "count", is_summed=True),
    )
    rows: list[list[Cell]] = [
        [
            table.name,
            table.in_count,
            table.set_aside_count,
            Formula(f"=B{{{index}}}-C{{{index}}}", table.in_count - table.set_aside_count),
        ]
        for index, table in enumerate(report.tables)
    ]
    book.sheet("数据", Text("收到与搁置的数据", "Rows received and set aside"), len(columns)).table(
        columns, rows, is_frozen=True
    )
