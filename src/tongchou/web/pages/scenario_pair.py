"""Two scenarios beside the same base."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from tongchou.core.text import Text
from tongchou.web import tables
from tongchou.web.frame import PageView
from tongchou.web.pages.scenario_result import gains_chart
from tongchou.workplace.scenario_work import results_beside

_MEASURES = ("charges_fen", "payable_fen", "fund_fen", "patient_fen", "result_fen")


async def scenario_pair(view: PageView, left: str, right: str) -> None:
    """Show two scenarios side by side: totals, who gains and loses under each, and every institution."""
    results = await view.ask(results_beside, left, right)
    names = [Text(each["name"]["zh"], each["name"]["en"]) for each in results]
    with ui.element("div").classes("bar"):
        ui.link(view.say("全部情景", "all scenarios"), "/scenarios")
        ui.label("›").classes("is-muted")
        ui.label(" ⇄ ".join(view.shown.say(each) for each in names)).style("font-weight: 650").props(
            'role="heading" aria-level="2"'
        )
    with ui.element("section").classes("panel"):
        ui.html(f"<h2>{view.say('合计', 'Totals')}</h2>", sanitize=False)
        _beside(view, _totals(results), names, Text("两个情景的合计", "totals of two scenarios"))
    with ui.element("div").classes("columns"):
        for result, name in zip(results, names, strict=True):
            with ui.element("section").classes("panel"):
                ui.label(view.shown.say(name)).style("font-weight: 650")
                gains_chart(view, result, Text("得失最大的机构", "who gains and loses most"))
    with ui.element("section").classes("panel"):
        title = view.say("各机构：盈亏加结余分配", "Institutions: result and share of surplus")
        ui.html(f"<h2>{title}</h2>", sanitize=False)
        _beside(view, _institutions(results), names, Text("两个情景的机构得失", "institutions under two scenarios"))


def _totals(results: tuple[Mapping[str, Any], ...]) -> list[dict[str, Any]]:
    left, right = (each["sections"]["fund"] for each in results)
    titles = {each["key"]: each["title"] for each in left["measures"]}
    return [
        _row(Text(titles[key]["zh"], titles[key]["en"]), left["total"][key], right["total"][key]) for key in _MEASURES
    ]


def _institutions(results: tuple[Mapping[str, Any], ...]) -> list[dict[str, Any]]:
    left, right = ({line["key"]: line for line in each["sections"]["ranking"]["lines"]} for each in results)
    return [
        _row(Text(line["name"]["zh"], line["name"]["en"]), line["gain_fen"], right[key]["gain_fen"])
        for key, line in sorted(left.items())
        if key in right
    ]


def _row(name: Text, left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, Any]:
    return {
        "name": name,
        "base": left["base"],
        "left": left["scenario"],
        "left_difference": left["difference"],
        "right": right["scenario"],
        "right_difference": right["difference"],
    }


def _beside(view: PageView, rows: list[dict[str, Any]], names: list[Text], title: Text) -> None:
    left, right = names
    less = Text("差额", "difference")
    tables.table(
        [
            tables.Column("name", Text("名称", "name"), width=200),
            tables.Column("base", Text("现行", "base"), "money", width=130),
            tables.Column("left", left, "money", width=160),
            tables.Column("left_difference", less, "money", width=130, is_signed=True),
            tables.Column("right", right, "money", width=160),
            tables.Column("right_difference", less, "money", width=130, is_signed=True),
        ],
        [{**row, "name": view.shown.say(row["name"])} for row in rows],
        view.shown,
        name=title,
    )
