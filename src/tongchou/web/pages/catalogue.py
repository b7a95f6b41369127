"""The DIP catalogue that the region pays by: its groups with weight and points."""

from nicegui import ui

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.dip.names import KIND_NAMES
from tongchou.web import states, tables
from tongchou.web.frame import PageView
from tongchou.workplace.dip_reading import CatalogueGroups, groups_of

_MOST_SHOWN = 3_000


async def catalogue_groups(view: PageView, words: str) -> None:
    """Show the groups in which some words stand; all of them where there are none."""
    try:
        found = await view.ask(groups_of, words, _MOST_SHOWN)
    except TongchouError as error:
        states.failed(view.shown, error)
        return
    _groups(view, found)


def _groups(view: PageView, found: CatalogueGroups) -> None:
    say, ready = view.shown.say, found.ready
    ui.label(say(ready.notice)).classes("notice")
    if ready.period is not None:
        ui.label(
            view.say(
                f"目录库由 {ready.period} 年结算 {ready.run_id} 测算",
                f"measured by the run {ready.run_id} of {ready.period}",
            )
        ).classes("is-muted")
    if not found.groups:
        states.empty(
            view.shown, Text("没有找到", "nothing found"), Text("换一个词或编码再找", "try another word or code")
        )
        return
    if found.found > len(found.groups):
        more = view.say(
            f"共 {found.found:,} 个病种，表中为前 {len(found.groups):,} 个，可用查找缩小范围",
            f"{found.found:,} groups, of which the first {len(found.groups):,} are shown; search for fewer",
        )
        ui.label(more).classes("is-muted")
    titles = ready.grouper.catalogue.rules.treatment_titles
    with ui.element("section").classes("panel stack"):
        tables.table(
            [
                tables.Column("group", Text("病种编码", "group"), width=190),
                tables.Column("name", Text("名称", "name"), width=420),
                tables.Column("kind", Text("类别", "kind"), width=110),
                tables.Column("treatment", Text("治疗方式", "treatment"), width=130),
                tables.Column("rw_e4", Text("RW", "RW"), "ratio"),
                tables.Column("score_e2", Text("病种分值", "points"), "points"),
            ],
            [
                {
                    "group": row["group"],
                    "name": say(found.names[row["group"]]),
                    "kind": say(KIND_NAMES[row["kind"]]),
                    "treatment": say(titles[row["treatment"]]),
                    "rw_e4": row["rw_e4"],
                    "score_e2": row["score_e2"],
                }
                for row in found.groups
            ],
            view.shown,
            name=Text("DIP 病种目录库", "DIP catalogue"),
        )
