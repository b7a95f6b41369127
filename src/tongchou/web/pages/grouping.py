"""Grouping: one case with what-if, or a sheet of cases."""

from nicegui import ui

from tongchou.core.text import Text
from tongchou.web.frame import Page, PageView
from tongchou.web.pages.grouping_case import one_case
from tongchou.web.pages.grouping_sheet import sheet_of_cases
from tongchou.web.pages.groups import WORK


async def _build(view: PageView) -> None:
    with ui.tabs().props("dense no-caps align=left inline-label") as tabs:
        single = ui.tab("case", view.say("单例", "One case"), icon="person_search")
        many = ui.tab("sheet", view.say("批量", "Many cases"), icon="table_rows")
    chosen = many if view.query.get("tab") == "sheet" else single
    with ui.tab_panels(tabs, value=chosen, animated=False).classes("w-full").style("background: transparent"):
        with ui.tab_panel(single).style("padding: 0; display: grid; gap: 14px"):
            await one_case(view)
        with ui.tab_panel(many).style("padding: 0; display: grid; gap: 14px"):
            await sheet_of_cases(view)


GROUPING = Page("/grouping", Text("分组", "Grouping"), WORK, "category", "grouping.group", "brought", _build)
"""Grouping of cases that somebody brings."""
