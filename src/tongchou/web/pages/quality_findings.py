"""What was found in the data handed in: by kind, and one by one."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from tongchou.browse.quality_report import HANDLING, TABLE_TITLES
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.web import tables
from tongchou.web.addresses import address
from tongchou.web.frame import PageView
from tongchou.workplace.quality_reading import Quality, finding_rows_of

_MOST_ROWS = 500


def here(view: PageView, **changed: str | None) -> str:
    """Return the address of this page with some of its query changed."""
    return address("/quality", {**view.query, **changed})


def findings_by_kind(view: PageView, quality: Quality) -> None:
    """Show the findings by code and table; a click shows those of a code one by one."""
    shown = view.shown
    with ui.element("section").classes("panel"):
        ui.html(f"<h2>{view.say('问题汇总', 'Findings by kind')}</h2>", sanitize=False)
        if not quality.kinds:
            ui.label(view.say("没有问题", "nothing was found")).classes("is-muted")
            return
        tables.table(
            [
                tables.Column("code", Text("代码", "code"), width=190),
                tables.Column("table", Text("表", "table"), width=130),
                tables.Column("handling", Text("处理", "handling"), width=110),
                tables.Column("count", Text("次数", "findings"), "count"),
                tables.Column("records", Text("涉及记录", "records"), "count"),
                tables.Column("what", Text("问题（举例）", "what (example)"), width=330),
                tables.Column("remedy", Text("办法", "remedy"), width=260),
            ],
            [
                {
                    "code": each.code,
                    "table": shown.say(TABLE_TITLES.get(each.table_name, Text.plain(each.table_name))),
                    "handling": shown.say(HANDLING.get(each.handling, Text.plain(each.handling))),
                    "count": each.count,
                    "records": each.records,
                    "what": shown.say(each.what),
                    "remedy": shown.say(each.remedy),
                }
                for each in quality.kinds
            ],
            shown,
            name=Text("问题汇总", "findings by kind"),
            on_row=lambda row: ui.navigate.to(here(view, code=row["code"])),
        )


async def findings_one_by_one(view: PageView, institution: str | None, code: str | None, batch: str | None) -> None:
    """Show the findings of a code or batch with their rows, the first of them; a click shows one whole."""
    try:
        rows, after = await view.ask(finding_rows_of, institution, code, batch, _MOST_ROWS)
    except TongchouError:
        return
    if not rows:
        return
    with ui.element("section").classes("panel"):
        more = view.say(f"前 {_MOST_ROWS} 条", f"the first {_MOST_ROWS}") if after else ""
        title = view.say("逐条问题", "Findings one by one")
        ui.html(f"<h2>{title} <small>{more}</small></h2>", sanitize=False)
        said = Text("改正后重新上传，原记录与更正都会保留", "mend them and upload anew; both versions are kept")
        ui.label(view.shown.say(said)).classes("is-muted")
        tables.table(
            [
                tables.Column("source", Text("文件与位置", "file and place"), width=210),
                tables.Column("case", Text("清单号", "list"), width=150),
                tables.Column("code", Text("代码", "code"), width=150),
                tables.Column("field", Text("字段", "field"), width=140),
                tables.Column("what", Text("问题", "what"), width=320),
                tables.Column("remedy", Text("办法", "remedy"), width=240),
                tables.Column("row", Text("原始行（已去标识）", "row (without identity)"), width=320),
            ],
            [
                {
                    "source": each.source,
                    "case": each.case_id or "",
                    "code": each.code,
                    "field": view.shown.say(each.field) if each.column_name else "",
                    "what": view.shown.say(each.what),
                    "remedy": view.shown.say(each.remedy),
                    "row": "，".join(f"{name}={value}" for name, value in each.row.items()),
                }
                for each in rows
            ],
            view.shown,
            name=Text("逐条问题", "findings one by one"),
            on_row=lambda row: _whole(view, row),
        )


def _whole(view: PageView, row: Mapping[str, Any]) -> None:
    """Show a finding whole, where its line in the table is too short for it."""
    titles = {
        "source": Text("文件与位置", "file and place"),
        "case": Text("清单号", "list"),
        "code": Text("代码", "code"),
        "field": Text("字段", "field"),
        "what": Text("问题", "what"),
        "remedy": Text("办法", "remedy"),
        "row": Text("原始行（已去标识）", "row (without identity)"),
    }
    with ui.dialog(value=True), ui.card().classes("panel").style("max-width: 720px"):
        for key, title in titles.items():
            ui.label(view.shown.say(title)).classes("is-muted")
            ui.label(str(row.get(key) or "–")).style("overflow-wrap: anywhere")
