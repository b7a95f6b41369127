"""A catalogue as a workbook: Chinese headings, the same bytes for the same catalogue."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format

from tongchou.core.text import Text
from tongchou.grouping.dip.catalogue import Catalogue
from tongchou.grouping.dip.catalogue_folder import fingerprint
from tongchou.grouping.dip.matching import MIXED

_Kind = Literal["text", "count", "money", "points", "ratio"]
_SCALE: dict[_Kind, int] = {"text": 0, "count": 0, "money": 2, "points": 2, "ratio": 4}
_LOOK: dict[_Kind, str] = {"text": "@", "count": "#,##0", "money": "#,##0.00", "points": "#,##0.00", "ratio": "0.0000"}

_Columns = Sequence[tuple[str, Text, _Kind, int]]

_GROUP: _Columns = (
    ("group", Text("病种编码", "Group"), "text", 26),
    ("diagnosis", Text("主要诊断", "Diagnosis"), "text", 12),
    ("operations", Text("手术操作", "Operations"), "text", 26),
    ("treatment", Text("治疗方式", "Treatment"), "text", 14),
    ("level_1", Text("一级目录", "Level 1"), "text", 12),
    ("level_2", Text("二级目录", "Level 2"), "text", 20),
    ("cases", Text("病例数", "Cases"), "count", 10),
    ("mean_fen", Text("病种均费（元）", "Mean, yuan"), "money", 16),
    ("rw_e4", Text("相对权重 RW", "RW"), "ratio", 12),
    ("score_e2", Text("病种分值", "Points"), "points", 12),
    ("cv_e4", Text("变异系数 CV", "CV"), "ratio", 12),
    ("drug_rw_e4", Text("药品权重", "Drugs' RW"), "ratio", 12),
    ("consumable_rw_e4", Text("耗材权重", "Consumables' RW"), "ratio", 12),
)
_YEARS: _Columns = (
    ("group", Text("病种编码", "Group"), "text", 26),
    ("year", Text("年份", "Year"), "text", 8),
    ("cases", Text("病例数", "Cases"), "count", 10),
    ("cost_fen", Text("总费用（元）", "Cost, yuan"), "money", 18),
    ("measured_cases", Text("测算病例数", "Measured cases"), "count", 12),
    ("measured_fen", Text("测算费用（元）", "Measured cost, yuan"), "money", 18),
)
_LEVELS: _Columns = (
    ("group", Text("病种编码", "Group"), "text", 26),
    ("level", Text("医院级别", "Hospital level"), "text", 14),
    ("cases", Text("病例数", "Cases"), "count", 10),
    ("mean_fen", Text("末年均费（元）", "Last year's mean, yuan"), "money", 18),
)
_AGGREGATES: _Columns = (
    ("key", Text("目录编码", "Key"), "text", 24),
    ("groups", Text("病种数", "Groups"), "count", 10),
    ("cases", Text("病例数", "Cases"), "count", 10),
    ("cost_fen", Text("总费用（元）", "Cost, yuan"), "money", 18),
    ("mean_fen", Text("均费（元）", "Mean, yuan"), "money", 16),
    ("points_e2", Text("总分值", "Points in all"), "points", 18),
    ("score_e2", Text("例均分值", "Points a case"), "points", 12),
)
_GATES: _Columns = (
    ("group", Text("病种编码", "Group"), "text", 26),
    ("auxiliary", Text("辅助目录", "Auxiliary catalogue"), "text", 14),
    ("cv_e4", Text("拆分前 CV", "CV before"), "ratio", 12),
    ("split_cv_e4", Text("拆分后 CV", "CV after"), "ratio", 12),
    ("reduction_e4", Text("降幅", "Reduction"), "ratio", 12),
    ("open", Text("是否启用", "Open"), "text", 10),
)
_FACTORS: _Columns = (
    ("group", Text("病种编码", "Group"), "text", 26),
    ("auxiliary", Text("辅助目录", "Auxiliary catalogue"), "text", 14),
    ("class", Text("分类", "Class"), "text", 14),
    ("cases", Text("病例数", "Cases"), "count", 10),
    ("mean_fen", Text("均费（元）", "Mean, yuan"), "money", 16),
    ("factor_e4", Text("调节系数", "Factor"), "ratio", 12),
)


def write_workbook(catalogue: Catalogue, path: Path) -> None:
    """Write a catalogue as a workbook: amounts in yuan, points with two decimals, ratios with four."""
    book = xlsxwriter.Workbook(str(path))
    moment = datetime(catalogue.years[-1], 12, 31, tzinfo=UTC)
    book.set_properties({"title": str(catalogue.rules.title), "created": moment})
    page = _Page(book, catalogue.rules.treatment_titles)
    groups, tables = catalogue.groups, catalogue.tables
    page.facts("说明", _facts(catalogue))
    page.table("核心病种", _GROUP, groups.filter(pl.col("kind") != MIXED))
    page.table("综合病种", _GROUP, groups.filter(pl.col("kind") == MIXED))
    for level, name in ((1, "一级目录"), (2, "二级目录")):
        page.table(name, _AGGREGATES, tables["aggregates"].filter(pl.col("aggregate_level") == level))
    page.table("分年数据", _YEARS, tables["group_years"].with_columns(pl.col("year").cast(pl.String)))
    page.table("同级均费", _LEVELS, tables["level_means"])
    is_open = pl.when("is_open").then(pl.lit("是")).otherwise(pl.lit("否")).alias("open")
    page.table("辅助目录启用", _GATES, tables["gates"].with_columns(is_open))
    page.table("辅助目录系数", _FACTORS, tables["auxiliaries"])
    page.lines("规则", catalogue.rules.text.splitlines())
    book.close()


def _facts(catalogue: Catalogue) -> list[tuple[Text, str]]:
    kinds = dict(catalogue.groups.group_by("kind").agg(pl.len()).iter_rows())
    return [
        (Text("规则", "Rules"), str(catalogue.rules.title)),
        (Text("声明", "Notice"), str(catalogue.rules.notice)),
        (Text("病例年份", "Years of the cases"), ", ".join(map(str, catalogue.years))),
        (Text("病例数", "Cases"), f"{catalogue.case_count:,}"),
        (Text("其中未入组", "of these ungrouped"), f"{sum(catalogue.ungrouped.values()):,}"),
        (Text("核心病种数", "Core groups"), f"{sum(n for kind, n in kinds.items() if kind != MIXED):,}"),
        (Text("综合病种数", "Mixed groups"), f"{kinds.get(MIXED, 0):,}"),
        (Text("全部病例均费（元）", "Mean of all cases, yuan"), f"{Decimal(catalogue.mean_fen).scaleb(-2):,}"),
        (Text("指纹", "Fingerprint"), fingerprint(catalogue)),
    ]


class _Page:
    """Sheets of a workbook, each with a heading row that stays in sight."""

    def __init__(self, book: xlsxwriter.Workbook, treatments: Mapping[str, Text]) -> None:
        self._book = book
        self._treatments = {name: title.zh for name, title in treatments.items()}
        base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
        self._head: Format = book.add_format(base | {"bold": True, "bg_color": "#E6EDF5", "text_wrap": True})
        self._looks: dict[str, Format] = {
            kind: book.add_format(base | {"num_format": look}) for kind, look in _LOOK.items()
        }

    def facts(self, name: str, facts: Sequence[tuple[Text, str]]) -> None:
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 90)
        for row, (label, value) in enumerate(facts):
            sheet.write_string(row, 0, str(label), self._head)
            sheet.write_string(row, 1, value, self._looks["text"])

    def lines(self, name: str, lines: Sequence[str]) -> None:
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, 140)
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, line, self._looks["text"])

    def table(self, name: str, columns: _Columns, rows: pl.DataFrame) -> None:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        sheet.set_row(0, 32)
        for place, (_, title, _, width) in enumerate(columns):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, f"{title.zh}\n{title.en}", self._head)
        for place, (column, _, kind, _) in enumerate(columns):
            look = self._looks[kind]
            values = rows.get_column(column)
            if column == "treatment":
                values = values.replace(self._treatments)
            for row, value in enumerate(values, start=1):
                if value is None:
                    continue
                if kind == "text":
                    # Always as a string: a code that begins with "=" must not become a formula.
                    sheet.write_string(row, place, value, look)
                else:
                    sheet.write_number(row, place, Decimal(value).scaleb(-_SCALE[kind]), look)
        if rows.height:
            sheet.autofilter(0, 0, rows.height, len(columns) - 1)
