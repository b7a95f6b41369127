"""Tables: one description of the columns for the page, for the download, and for those who cannot see."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Literal

import xlsxwriter
from nicegui import ui

from tongchou.core.money import fen_to_yuan
from tongchou.core.text import Text
from tongchou.web.preferences import Preferences

ColumnKind = Literal["text", "count", "money", "yuan", "ratio", "percent", "date"]
"""`money` holds fen, shown in the unit of the page; `yuan` holds fen of one case, always shown in yuan;
`ratio` and `percent` a number x 10,000; all numbers stand to the right."""

_FEN_IN: Mapping[str, int] = {"yuan": 100, "ten_thousand": 1_000_000}
_EXCEL_FORMATS: Mapping[ColumnKind, str] = {
    "count": "#,##0",
    "money": "#,##0.00",
    "yuan": "#,##0.00",
    "ratio": "0.0000",
    "percent": "0.00%",
}
_ROW_HEIGHT = 30
_SHOWN_ROWS = 16
_HEADING_HEIGHT = 44


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        key: Its key in the rows.
        title: Its heading.
        kind: What it holds.
        width: Least width in pixels.
        is_signed: Whether a negative amount is a loss, shown as one.
    """

    key: str
    title: Text
    kind: ColumnKind = "text"
    width: int = 0
    is_signed: bool = False


def table(
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    shown: Preferences,
    *,
    name: Text,
    on_row: Callable[[Mapping[str, Any]], None] | None = None,
) -> ui.aggrid:
    """Show rows as a table with sorting, filters and a download to Excel.

    Args:
        columns: The columns, in order.
        rows: The rows; a missing key is an empty cell.
        shown: How the page is shown.
        name: What the table holds; name of the download and for screen readers.
        on_row: Called with the row that was chosen, by click or by Enter.
    """
    with ui.element("div").classes("bar table-bar"):
        # Where the panel has a heading of its own, the style sheet leaves this one out.
        ui.html(f'<h2 class="table-name">{escape(shown.say(name))}</h2>', sanitize=False).classes("grow")
        count = Text(f"{len(rows):,} 行", f"{len(rows):,} rows")
        ui.label(shown.say(count)).classes("is-muted")
        ui.button(
            shown.say(Text("下载 Excel", "Download Excel")),
            icon="download",
            on_click=lambda: ui.download.content(workbook(columns, rows, shown, name), f"{shown.say(name)}.xlsx"),
        ).props("flat dense no-caps").classes("no-print")
    grid = ui.aggrid(
        {
            "columnDefs": [_column(column, shown) for column in columns],
            "rowData": [dict(row) for row in rows],
            "defaultColDef": {"sortable": True, "resizable": True, "wrapHeaderText": True, "autoHeaderHeight": True},
            "rowHeight": _ROW_HEIGHT,
            "overlayNoRowsTemplate": shown.say(Text("没有数据", "no rows")),
            "tooltipShowDelay": 300,
            "enableCellTextSelection": True,
            "suppressColumnVirtualisation": len(columns) <= 30,
            "autoSizeStrategy": {"type": "fitGridWidth"},
        },
        theme="balham",
    )
    if len(rows) <= _SHOWN_ROWS:
        grid.options["domLayout"] = "autoHeight"
        grid.style("width: 100%; height: auto").classes("is-as-high-as-its-rows" if rows else "")
    else:
        # Half a row at the end shows that there are more.
        grid.style(f"width: 100%; height: {_ROW_HEIGHT * _SHOWN_ROWS + _HEADING_HEIGHT + _ROW_HEIGHT // 2}px")
    # Set, not written into a line of props: a name may come from the address, and a quotation mark in it would end it.
    grid.props["aria-label"] = shown.say(name)
    if on_row is not None:
        grid.on("cellClicked", lambda event: on_row(event.args["data"]), ["data"])
        grid.on("cellKeyDown", lambda event: on_row(event.args["data"]), ["data"], js_handler=_ON_ENTER)
    return grid


_ON_ENTER = "(event) => { if (event.event && event.event.key === 'Enter') emit({data: event.data}) }"


_AMOUNTS = frozenset({"money", "yuan"})


def _in_unit(column: Column, shown: Preferences) -> Preferences:
    return replace(shown, unit="yuan") if column.kind == "yuan" else shown


_AMOUNT_WIDTHS = {"yuan": 130, "ten_thousand": 94}
"""Of the largest amount that a county's year shows: 1,234,567,890.12 yuan, 1,234,567.89 of 10,000 yuan."""


def _width(column: Column, heading: str, shown: Preferences) -> int:
    """Return the least width in pixels: of its values, and of its heading, which may wrap once."""
    # A heading in Chinese takes about 15 px a sign, in English 8; no word is broken.
    of_heading = max(72, min(150, (15 if shown.language == "zh" else 8) * len(heading) // 2 + 24))
    of_word = 8 * max(len(word) for word in column.title.en.split(" ")) + 24 if shown.language == "en" else 0
    of_values = 0
    if column.kind in _AMOUNTS:
        # The unit stands in one line.
        of_values = max(_AMOUNT_WIDTHS[_in_unit(column, shown).unit], 112 if shown.language == "en" else 0)
    return max(column.width or of_heading, of_word, of_values)


def _column(column: Column, shown: Preferences) -> dict[str, Any]:
    heading = shown.say(column.title)
    if column.kind in _AMOUNTS:
        heading = _in_unit(column, shown).with_unit(column.title)
    said: dict[str, Any] = {"field": column.key, "headerName": heading, "tooltipField": column.key}
    said["minWidth"] = _width(column, heading, shown)
    said["width"] = said["minWidth"]
    if column.kind in {"text", "date"}:
        return {**said, "filter": "agTextColumnFilter"}
    formatters = {
        "count": "params.value == null ? '' : params.value.toLocaleString('en-US')",
        "yuan": _amount(100),
        "money": _amount(_FEN_IN[shown.unit]),
        "ratio": "params.value == null ? '' : (params.value / 10000).toFixed(4)",
        "percent": "params.value == null ? '' : (params.value / 100).toFixed(2) + '%'",
    }
    said |= {
        "type": "rightAligned",
        "filter": "agNumberColumnFilter",
        ":valueFormatter": f"params => {formatters[column.kind]}",
    }
    said.pop("tooltipField")
    if column.is_signed:
        said["cellClassRules"] = {"is-loss-text": "x < 0"}
    return said


def _amount(divisor: int) -> str:
    return (
        f"params.value == null ? '' : (params.value / {divisor}).toLocaleString('en-US', "
        "{minimumFractionDigits: 2, maximumFractionDigits: 2})"
    )


def workbook(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], shown: Preferences, name: Text) -> bytes:
    """Return the rows as an Excel workbook: amounts in yuan to the fen, whatever unit the page shows."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(shown.say(Text("数据", "data")))
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = {kind: book.add_format({"num_format": code}) for kind, code in _EXCEL_FORMATS.items()}
    sheet.write(0, 0, shown.say(name), book.add_format({"bold": True, "font_size": 13}))
    yuan = Text("（元）", " (yuan)")
    for place, column in enumerate(columns):
        title = shown.say(column.title) + (shown.say(yuan) if column.kind in _AMOUNTS else "")
        sheet.write(2, place, title, heading)
        longest = max([len(title) * 2, *(len(str(row.get(column.key, ""))) * 2 for row in rows[:500])])
        sheet.set_column(place, place, min(60, max(12, longest)))
        for number, row in enumerate(rows, 3):
            value = row.get(column.key)
            if value is None:
                continue
            if column.kind in _AMOUNTS:
                sheet.write_number(number, place, fen_to_yuan(value), formats[column.kind])
            elif column.kind in {"ratio", "percent"}:
                sheet.write_number(number, place, value / 10_000, formats[column.kind])
            elif column.kind == "count":
                sheet.write_number(number, place, value, formats["count"])
            else:
                sheet.write_string(number, place, str(value))
    sheet.freeze_panes(3, 0)
    book.close()
    return content.getvalue()
