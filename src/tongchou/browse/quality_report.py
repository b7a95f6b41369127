"""The quality report that goes back to an institution: one web page that needs nothing but itself, and a workbook."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from tongchou.browse.accuracy import AccuracyLine, Threshold, accuracy_lines, catalogue_of, summed
from tongchou.browse.findings_told import FindingKind, FindingRow, finding_kinds, finding_rows
from tongchou.browse.handed_in import HandedIn
from tongchou.core.text import Text
from tongchou.runs.region import Region
from tongchou.schema.list_tables import DOCUMENT_TABLES
from tongchou.schema.results import FINDINGS
from tongchou.schema.tables import INPUT_TABLES
from tongchou.statements.html import page_environment, percent
from tongchou.statements.sheet import Book, Column

PAGE, WORKBOOK = "html", "xlsx"
_MOST_ROWS = 200
"""The page shows so many findings one by one; the workbook has all of them."""

TABLE_TITLES = {table.name: table.title for table in (*INPUT_TABLES, *DOCUMENT_TABLES)}
HANDLING = FINDINGS.column("handling").values


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What is sent back to an institution.

    Attributes:
        region: The region's name.
        institution_id: The institution.
        name: Its name.
        prepared_on: The day it was made.
        threshold: The accuracy that is asked for, of records and of fields.
        lines: By month.
        total: All months.
        kinds: Findings by code and table, the most frequent first; their counts add up to the number of `rows`.
        rows: Every finding.
    """

    region: Text
    institution_id: str
    name: Text
    prepared_on: date
    threshold: Threshold
    lines: tuple[AccuracyLine, ...]
    total: AccuracyLine
    kinds: tuple[FindingKind, ...]
    rows: tuple[FindingRow, ...]


def quality_report(region: Region, facts: HandedIn, institution_id: str, name: Text, on: date) -> QualityReport:
    """Return the report of an institution.

    Args:
        region: The region.
        facts: What was handed in; that of others is left out.
        institution_id: The institution.
        name: Its name.
        on: The day.
    """
    own = facts.of(frozenset((institution_id,)))
    catalogue = catalogue_of(region.folder)
    lines = accuracy_lines(own, catalogue)
    threshold = Threshold.of(catalogue)
    return QualityReport(
        region.name,
        institution_id,
        name,
        on,
        threshold,
        lines,
        summed(lines, threshold),
        finding_kinds(region.lake, own.findings),
        finding_rows(region.lake, own.findings.get_column("finding_id").cast(pl.String)),
    )


def render_quality_page(report: QualityReport) -> str:
    """Return the report as a web page, Chinese first."""
    environment = page_environment("tongchou.browse")
    environment.filters["percent"] = _share
    environment.filters["points"] = lambda points_e2: f"{points_e2 // 100}.{points_e2 % 100:02d}"
    return environment.get_template("quality.html.j2").render(
        report=report, rows=report.rows[:_MOST_ROWS], tables=TABLE_TITLES, handling=HANDLING
    )


def write_quality_workbook(report: QualityReport, path: Path) -> None:
    """Write the report as a workbook: summary, findings, records; the same report gives the same bytes.

    Args:
        report: The report.
        path: The file, replaced when the new one is complete.
    """
    draft = path.with_name(f".{path.name}.draft")
    title = Text(f"{report.name.zh} 数据质量报告", f"{report.name.en}: data quality")
    book = Book(draft, title, report.prepared_on, report.institution_id)
    _summary(book, report, title)
    _findings(book, report)
    _records(book, report)
    book.close()
    draft.replace(path)


def _summary(book: Book, report: QualityReport, title: Text) -> None:
    sheet = book.sheet("汇总 Summary", title, 12)
    sheet.facts(
        (
            (Text("统筹区", "region"), str(report.region)),
            (Text("机构", "institution"), report.institution_id),
            (Text("编制日期", "prepared on"), report.prepared_on.isoformat()),
            (Text("要求的记录准确率", "accuracy of records asked for"), percent(report.threshold.records_e4)),
            (Text("记录准确率", "accuracy of records"), percent(report.total.accuracy_e4)),
            (Text("要求的字段准确率", "accuracy of fields asked for"), percent(report.threshold.fields_e4)),
            (Text("字段准确率", "accuracy of fields"), _share(report.total.fields_e4)),
        )
    )
    columns = [
        Column(Text("月份", "month")),
        Column(Text("报送", "handed in"), "count", is_summed=True),
        Column(Text("入库", "taken"), "count", is_summed=True),
        Column(Text("搁置", "set aside"), "count", is_summed=True),
        Column(Text("其中已更正", "corrected since"), "count", is_summed=True),
        Column(Text("记录准确率", "accuracy of records"), "percent"),
        Column(Text("达标", "reached")),
        Column(Text("平均分", "mean points"), "number"),
        Column(Text("字段", "fields"), "count", is_summed=True),
        Column(Text("没有问题的字段", "fields without a finding"), "count", is_summed=True),
        Column(Text("字段准确率", "accuracy of fields"), "percent"),
        Column(Text("字段达标", "reached, of fields")),
    ]
    yes, no = Text("达标", "yes"), Text("未达标", "no")
    sheet.table(
        columns,
        [
            [
                line.month or Text("不明", "unknown"),
                line.records,
                line.taken,
                line.set_aside,
                line.corrected,
                line.accuracy_e4,
                yes if line.is_met else no,
                line.points_e2 // 100,
                line.fields,
                line.fields_sound,
                line.fields_e4,
                yes if line.fields_met else "" if line.fields_met is None else no,
            ]
            for line in report.lines
        ],
    )


def _share(share_e4: int | None) -> str:
    return "–" if share_e4 is None else percent(share_e4)


def _findings(book: Book, report: QualityReport) -> None:
    sheet = book.sheet("问题 Findings", Text("问题汇总", "Findings"), 7)
    columns = [
        Column(Text("代码", "code")),
        Column(Text("表", "table")),
        Column(Text("处理", "handling")),
        Column(Text("次数", "findings"), "count", is_summed=True),
        Column(Text("涉及记录", "records"), "count"),
        Column(Text("问题（举例）", "what (example)")),
        Column(Text("办法", "remedy")),
    ]
    sheet.table(
        columns,
        [
            [
                each.code,
                TABLE_TITLES.get(each.table_name, Text.plain(each.table_name)),
                HANDLING.get(each.handling, Text.plain(each.handling)),
                each.count,
                each.records,
                each.what,
                each.remedy,
            ]
            for each in report.kinds
        ],
        is_frozen=True,
    )


def _records(book: Book, report: QualityReport) -> None:
    sheet = book.sheet("记录 Records", Text("逐条问题", "Findings one by one"), 8)
    columns = [
        Column(Text("文件与位置", "file and place")),
        Column(Text("清单号", "list")),
        Column(Text("表", "table")),
        Column(Text("字段", "field")),
        Column(Text("处理", "handling")),
        Column(Text("代码", "code")),
        Column(Text("问题", "what")),
        Column(Text("办法", "remedy")),
    ]
    sheet.table(
        columns,
        [
            [
                each.source,
                each.case_id or "",
                TABLE_TITLES.get(each.table_name, Text.plain(each.table_name)),
                each.field if each.column_name else "",
                HANDLING.get(each.handling, Text.plain(each.handling)),
                each.code,
                each.what,
                each.remedy,
            ]
            for each in report.rows
        ],
        is_frozen=True,
    )
