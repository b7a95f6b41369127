"""Tables whose long words are wrapped and not cut, as high as their rows."""

from nicegui import ui

_FEW_ROWS = 40


def wrapped(grid: ui.aggrid, *keys: str) -> None:
    """Let the columns of a table wrap; a table of few rows is as high as they need."""
    for column in grid.options["columnDefs"]:
        if column["field"] in keys:
            style = {"lineHeight": "1.45", "paddingTop": "6px", "paddingBottom": "6px", "wordBreak": "break-word"}
            column |= {"wrapText": True, "autoHeight": True, "cellStyle": style}
    if len(grid.options["rowData"]) <= _FEW_ROWS:
        grid.options["domLayout"] = "autoHeight"
        grid.style("height: auto").classes("is-as-high-as-its-rows")
