"""What a trial comes to: the main figures, who gains and who loses, and every table, a measure at a time."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from nicegui import ui

from tongchou.core.text import Text
from tongchou.web import charts, tables
from tongchou.web.frame import PageView

Kind = Literal["count", "money", "weight", "percent"]

_TABLE_KINDS: Mapping[Kind, tables.ColumnKind] = {
    "count": "count",
    "money": "money",
    "weight": "ratio",
    "percent": "percent",
}
_MAIN = (
    ("fund_fen", Text("统筹基金支付", "fund's part")),
    ("patient_fen", Text("个人负担", "patients' part")),
    ("result_fen", Text("医院盈亏", "hospitals' result")),
)
_ORDER = ("fund", "institutions", "ranking", "groups", "burden", "alliances", "rates")
_FIRST = {"institutions": "result_fen", "groups": "result_fen", "fund": "fund_fen", "burden": "mean_patient_fen"}
_BARS = 12


def scenario_result(view: PageView, result: Mapping[str, Any]) -> None:
    """Show a comparison as a trial wrote it."""
    total = result["sections"]["fund"]["total"]
    with ui.element("div").classes("tiles"):
        for key, words in _MAIN:
            _tile(view, words, total[key])
    _notes(view, result)
    with ui.element("section").classes("panel"):
        gains_chart(view, result, Text("得失最大的机构（情景减现行）", "Who gains and loses most: scenario less base"))
    with ui.element("section").classes("panel"):
        _tables(view, result)


def gains_chart(view: PageView, result: Mapping[str, Any], name: Text) -> None:
    """Show the institutions that gain or lose most."""
    lines = result["sections"]["ranking"]["lines"]
    by_size = sorted(lines, key=lambda line: -abs(line["gain_fen"]["difference"] or 0))[:_BARS]
    keys = {line["key"] for line in by_size}
    rows = [(_name(line), line["gain_fen"]["difference"] or 0) for line in lines if line["key"] in keys]
    charts.gains_and_losses(rows, view.shown, name=name)


def _tile(view: PageView, words: Text, figures: Mapping[str, int]) -> None:
    difference = figures["difference"] or 0
    with ui.element("div").classes("tile"):
        unit, title = view.shown.unit_name, view.shown.say(words)
        ui.label(view.say(f"{title}（{unit}）：情景减现行", f"{title} ({unit}): scenario less base")).classes("name")
        ui.label(f"{'+' if difference > 0 else ''}{view.shown.money(difference)}").classes("value")
        base, tried = (view.shown.money(figures[side] or 0) for side in ("base", "scenario"))
        ui.label(view.say(f"现行 {base} → 情景 {tried}", f"base {base} → scenario {tried}")).classes("exact")


def _notes(view: PageView, result: Mapping[str, Any]) -> None:
    for name in result["without_effect"]:
        words = view.say(f"参数 {name} 未被读取，调整无效果", f"{name} is not read by this settlement: no effect")
        ui.label(words).classes("notice")
    if result.get("responses"):
        figures = result["responses"]["with_responses"]
        fund, patient = (view.shown.money(figures[key]) for key in ("fund_fen", "patient_fen"))
        words = view.say(
            f"计入所写的行为假设后（不是预测）：基金 {fund}，个人 {patient} {view.shown.unit_name}",
            f"with the stated responses (no forecast): fund {fund}, patients {patient} ({view.shown.unit_name})",
        )
        ui.label(words).classes("notice")
    if result.get("risk"):
        parts = []
        for side, words in (("base", view.say("现行", "base")), ("scenario", view.say("情景", "scenario"))):
            found = result["risk"][side]["fund_result"]
            low, high = (view.shown.money(found[key]) for key in ("p5_fen", "p95_fen"))
            chance = f"{found['deficit_probability_e4'] / 100:.2f}%"
            parts.append(f"{words} P5 {low}, P95 {high}, {view.say('赤字概率', 'deficit in')} {chance}")
        head = view.say("基金当年结余的范围", "range of the fund's result")
        unit = view.shown.unit_name
        ui.label(view.say(f"{head}（{unit}）：{'；'.join(parts)}", f"{head} ({unit}): {'; '.join(parts)}")).classes(
            "notice"
        )
    runs = f"{result['base_run']} → {result['scenario_run']}"
    ui.label(view.say(f"批次 {runs}", f"runs {runs}")).classes("is-muted").style("overflow-wrap: anywhere")


def _tables(view: PageView, result: Mapping[str, Any]) -> None:
    sections = {name: result["sections"][name] for name in _ORDER if result["sections"][name]["measures"]}
    chosen = {"section": next(iter(sections)), "measure": ""}
    with ui.element("div").classes("bar"):
        section = ui.select(
            {name: view.shown.say(_words(each["title"])) for name, each in sections.items()},
            value=chosen["section"],
            label=view.say("对比表", "table"),
        )
        section.props("outlined dense options-dense").style("min-width: 300px")
        measure = ui.select({}, label=view.say("指标", "measure"))
        measure.props("outlined dense options-dense").style("min-width: 240px")
    place = ui.element("div").style("width: 100%; display: grid; gap: 8px")

    def draw() -> None:
        place.clear()
        each = sections[section.value]
        found = next((one for one in each["measures"] if one["key"] == measure.value), each["measures"][0])
        with place:
            _table(view, each, found)

    def choose() -> None:
        each = sections[section.value]
        options = {one["key"]: view.shown.say(_words(one["title"])) for one in each["measures"]}
        first = _FIRST.get(section.value, "")
        measure.set_options(options, value=first if first in options else next(iter(options)))
        draw()

    choose()
    section.on_value_change(choose)
    measure.on_value_change(draw)


def _table(view: PageView, section: Mapping[str, Any], measure: Mapping[str, Any]) -> None:
    kind = _TABLE_KINDS[measure["kind"]]
    lines: Sequence[Mapping[str, Any]] = [*section["lines"], *([section["total"]] if section["total"] else [])]
    tables.table(
        [
            tables.Column("name", Text("名称", "name"), width=260),
            tables.Column("base", Text("现行", "base"), kind, width=130),
            tables.Column("scenario", Text("情景", "scenario"), kind, width=130),
            tables.Column("difference", Text("差额", "difference"), kind, width=130, is_signed=True),
        ],
        [{"name": view.shown.say(_name(line)), **line[measure["key"]]} for line in lines],
        view.shown,
        name=Text(
            f"{section['title']['zh']} {measure['title']['zh']}", f"{section['title']['en']}: {measure['title']['en']}"
        ),
    )


def _name(line: Mapping[str, Any]) -> Text:
    return _words(line["name"])


def _words(words: Mapping[str, str]) -> Text:
    return Text(words["zh"], words["en"])
