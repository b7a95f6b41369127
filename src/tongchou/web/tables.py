"""Tables: one description of the columns for the page, for the download, and for those who cannot see."""

import io
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import xlsxwriter
from nicegui import ui

from tongchou.core.money import fen_to_yuan
from tongchou.core.text import Text
from tongchou.web.grid_columns import AMOUNTS, Column, ColumnKind, grid_columns, unit_of_all
from tongchou.web.grid_words import grid_words
from tongchou.web.preferences import Preferences

__all__ = ["Column", "ColumnKind", "table", "workbook"]

_EXCEL_FORMATS: Mapping[ColumnKind, str] = {
    "count": "#,##0",
    "money": "#,##0.00",
    "yuan": "#,##0.00",
    "ratio": "0.0000",
    "percent": "0.00%",
    "points": "#,##0.00",
}
_SCALES: Mapping[ColumnKind, int] = {"count": 1, "ratio": 10_000, "percent": 10_000, "points": 100}
"""What numbers other than amounts are divided by."""
_ROW_HEIGHT = 30
_SHOWN_ROWS = 16
_HEADING_HEIGHT = 44


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
        ui.label(_measures(columns, rows, shown)).classes("is-muted")
        ui.button(
            shown.say(Text("下载 Excel", "Download Excel")),
            icon="download",
            on_click=lambda: ui.download.content(workbook(columns, rows, shown, name), f"{shown.say(name)}.xlsx"),
        ).props("flat dense no-caps").classes("no-print")
    grid = ui.aggrid(
        {
            "columnDefs": grid_columns(columns, rows, shown),
            "rowData": [dict(row) for row in rows],
            "defaultColDef": {"sortable": True, "resizable": True, "wrapHeaderText": True, "autoHeaderHeight": True},
            "rowHeight": _ROW_HEIGHT,
            "localeText": grid_words(shown.language),
            "tooltipShowDelay": 300,
            "enableCellTextSelection": True,
            "suppressColumnVirtualisation": len(columns) <= 30,
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
        grid.classes("opens-rows")
        grid.on("cellClicked", lambda event: on_row(event.args["data"]), ["data"])
        grid.on("cellKeyDown", lambda event: on_row(event.args["data"]), ["data"], js_handler=_ON_ENTER)
    return grid


def _measures(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], shown: Preferences) -> str:
    """Return how many rows there are, and the unit of their amounts where it is one."""
    lines = "row" if len(rows) == 1 else "rows"
    count = shown.say(Text(f"{len(rows):,} 行", f"{len(rows):,} {lines}"))
    unit = unit_of_all(columns, shown)
    return f"{shown.say(Text('金额单位：', 'amounts in '))}{unit} · {count}" if unit else count


_ON_ENTER = "(event) => { if (event.event && event.event.key === 'Enter') emit({data: event.data}) }"


def workbook(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], shown: Preferences, name: Text) -> bytes:
    """Return the rows as an Excel workbook: amounts in yuan to the fen, whatever unit the page shows."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(shown.say(Text("数据", "data")))
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = {kind: book.add_format({"num_format": code}) for kind, code in _EXCEL_FORMATS.items()}
    sheet.write(0, 0, _begun(shown.say(name)), book.add_format({"bold": True, "font_size": 13}))
    yuan = Text("（元）", " (yuan)")
    for place, column in enumerate(columns):
        title = _begun(shown.say(column.title)) + (shown.say(yuan) if column.kind in AMOUNTS else "")
        sheet.write(2, place, title, heading)
        longest = max([len(title) * 2, *(len(str(row.get(column.key, ""))) * 2 for row in rows[:500])])
        sheet.set_column(place, place, min(60, max(12, longest)))
        for number, row in enumerate(rows, 3):
            value = row.get(column.key)
            if value is None:
                continue
            if column.kind in AMOUNTS:
                sheet.write_number(number, place, fen_to_yuan(value), formats[column.kind])
            elif column.kind in _SCALES:
                sheet.write_number(number, place, value / _SCALES[column.kind], formats[column.kind])
            else:
                sheet.write_string(number, place, str(value))
    sheet.freeze_panes(3, 0)
    book.close()
    return content.getvalue()


def _begun(words: str) -> str:
    """Return words with a capital at their beginning, as the style sheet shows them."""
    return words[:1].upper() + words[1:]
