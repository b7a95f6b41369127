"""The data dictionary: `docs/dictionary.md`, made from the table contracts.

`python -m tongchou.schema.dictionary` writes it anew.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tongchou.core.text import Text
from tongchou.schema.contract import Column, Grade, Kind, Table
from tongchou.schema.correction_tables import CORRECTION_TABLES
from tongchou.schema.link_tables import LINK_TABLES
from tongchou.schema.list_tables import DOCUMENT_TABLES
from tongchou.schema.results import RESULT_TABLES
from tongchou.schema.tables import INPUT_TABLES

DICTIONARY_FILE = Path("docs/dictionary.md")
"""Where the dictionary lies in the project."""

_KIND = {
    Kind.TEXT: Text("文本", "text"),
    Kind.WHOLE: Text("整数", "whole number"),
    Kind.FEN: Text("金额（分，整数）", "amount in fen, whole number"),
    Kind.E4: Text("万分之一，整数", "value x 10,000, whole number"),
    Kind.DATE: Text("日期 yyyy-MM-dd", "date yyyy-MM-dd"),
    Kind.MOMENT: Text("时间 yyyy-MM-dd HH:mm:ss", "date and time yyyy-MM-dd HH:mm:ss"),
    Kind.FLAG: Text("是否（true / false）", "true or false"),
}
_GRADE = {
    Grade.IDENTITY: Text("身份", "identity"),
    Grade.PERSON: Text("个人（假名、单号）", "person"),
    Grade.CLINICAL: Text("诊疗", "clinical"),
    Grade.COST: Text("费用", "cost"),
    Grade.ADMINISTRATIVE: Text("经办", "administrative"),
    Grade.PUBLIC: Text("公开", "public"),
}
_HEADINGS = (
    Text("列", "column"),
    Text("名称", "name"),
    Text("类型", "type"),
    Text("分级", "grade"),
    Text("必填", "required"),
    Text("允许的值", "allowed"),
    Text("引用", "references"),
    Text("说明", "note"),
)
_CHAPTERS = (
    (INPUT_TABLES, Text("一、交入的表", "Tables handed in")),
    (RESULT_TABLES, Text("二、系统生成的表", "Tables that the system makes")),
    (
        (*DOCUMENT_TABLES, *CORRECTION_TABLES, *LINK_TABLES),
        Text("三、文书的表（清单、首页、明细、回执）", "Tables of documents (lists, front pages, lines, replies)"),
    ),
)


def dictionary_page() -> str:
    """Return the dictionary as Markdown: every table's grain, key and columns, Chinese first, English with it."""
    lines = [
        "# 数据字典 / Data dictionary",
        "",
        "本页由表契约生成，请勿手改：`python -m tongchou.schema.dictionary`。",
        "",
        "This page is made from the table contracts; do not edit it: `python -m tongchou.schema.dictionary`.",
        "",
    ]
    for tables, title in _CHAPTERS:
        lines += [f"## {title}", "", *_contents(tables), ""]
        for table in tables:
            lines += [*_section(table), ""]
    return "\n".join(lines).rstrip() + "\n"


def _contents(tables: Sequence[Table]) -> Iterator[str]:
    for table in tables:
        yield f"- [`{table.name}`](#{table.name}) {table.title}"


def _section(table: Table) -> Iterator[str]:
    yield f'<a id="{table.name}"></a>'
    yield ""
    yield f"### `{table.name}` {table.title}"
    yield ""
    yield f"- 一行是 / one row is: {table.grain}"
    yield f"- 主键 / key: {', '.join(f'`{name}`' for name in table.key)}"
    yield ""
    yield "| " + " | ".join(f"{heading.zh}<br>{heading.en}" for heading in _HEADINGS) + " |"
    yield "|" + "---|" * len(_HEADINGS)
    for column in table.columns:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in _cells(table, column)) + " |"


def _cells(table: Table, column: Column) -> Iterator[str]:
    yield f"`{column.name}`"
    yield str(column.title)
    yield str(_KIND[column.kind])
    yield str(_GRADE[table.grade_of(column.name)])
    yield "是 / yes" if column.is_required else "否 / no"
    yield "<br>".join(_allowed(column))
    yield f"`{column.references}`" if column.references else ""
    yield str(column.note) if column.note else ""


def _allowed(column: Column) -> Iterator[str]:
    for value, name in column.values.items():
        yield f"`{value}` {name}"
    if column.minimum is not None:
        yield f"≥ {column.minimum:,}"
    if column.maximum is not None:
        yield f"≤ {column.maximum:,}"
    if column.pattern is not None:
        yield f"`{column.pattern}`"


if __name__ == "__main__":
    DICTIONARY_FILE.write_text(dictionary_page(), encoding="utf-8")
