"""One parameter: what it says on a day, by dimension, who says so, and all that was ever written."""

from datetime import date
from urllib.parse import quote

from nicegui import ui

from tongchou.access.decision import decide
from tongchou.access.subject import REGION
from tongchou.core.money import format_e4
from tongchou.core.text import Text
from tongchou.policy.value import Bands
from tongchou.web import tables
from tongchou.web.frame import PageView
from tongchou.web.pages.wrapping import wrapped
from tongchou.web.policy_words import LEVEL_NAMES, key_words, source_words, unit_of, value_words
from tongchou.workplace.policy_reading import ParameterHistory, policy_parameter


async def parameter_panel(view: PageView, name: str, on: date) -> None:
    """Show a parameter on a day."""
    found = await view.ask(policy_parameter, name, on)
    _now(view, found, on)
    with ui.element("section").classes("panel"):
        ui.html(f"<h2>{view.say('沿革', 'History')}</h2>", sanitize=False)
        _history(view, found)


def _now(view: PageView, found: ParameterHistory, on: date) -> None:
    shown, parameter = view.shown, found.standing.parameter
    with ui.element("section").classes("panel"):
        with ui.element("div").classes("bar"):
            ui.label(shown.say(parameter.title)).props('role="heading" aria-level="2"').classes("panel-heading")
            ui.label(parameter.name).classes("is-muted").style("overflow-wrap: anywhere")
            ui.element("div").classes("grow")
            if decide(view.subject, "policy.propose", REGION, "open").outcome == "allowed":
                ui.button(
                    view.say("提出修改", "Propose a change"),
                    icon="edit",
                    on_click=lambda: ui.navigate.to(f"/policy?propose={quote(parameter.name, safe='')}"),
                ).props("no-caps unelevated")
        ui.label(shown.say(parameter.meaning))
        unit = shown.say(unit_of(parameter))
        ui.label(view.say(f"单位：{unit}", f"unit: {unit}")).classes("is-muted")
        answers = found.standing.answers
        if not answers:
            ui.label(view.say(f"{on} 没有任何政策包给出值", f"no pack gives a value on {on}")).classes("notice")
            return
        answer = answers[0]
        level, until = shown.say(LEVEL_NAMES[answer.pack.level]), found.standing.last
        given = f"{level} {shown.say(answer.pack.name)}"
        ends = view.say(f"至 {until}", f"until {until}") if until else view.say("无截止日", "no end")
        start = answer.dated.valid_from
        ui.label(view.say(f"由{given}给出，自 {start} 起，{ends}", f"given by {given}, from {start}, {ends}"))
        source = source_words(answer.dated.source, shown)
        ui.label(view.say(f"依据：{source}", f"source: {source}"))
        if answer.dated.is_overdue(on):
            due = answer.dated.review_by
            ui.label(view.say(f"复核期限 {due} 已过", f"it was to be reviewed by {due}")).classes("notice")
        _values(view, found)
        for hidden in answers[1:]:
            if hidden.dated.value is not None:
                name = shown.say(hidden.pack.name)
                value = value_words(found.standing.parameter, hidden.dated.value, shown)
                ui.label(view.say(f"被覆盖的上级值：{name} {value}", f"hidden above it: {name}: {value}")).classes(
                    "is-muted"
                ).style("overflow-wrap: anywhere")


def _values(view: PageView, found: ParameterHistory) -> None:
    values, parameter = found.values, found.standing.parameter
    if list(values) == [""] and not isinstance(values[""], Bands):
        ui.label(value_words(parameter, values[""], view.shown)).style("font-size: 26px; font-weight: 700")
        return
    rows = []
    for key, value in values.items():
        words = key_words(key, view.shown, [each.name for each in parameter.dimensions])
        if not isinstance(value, Bands):
            rows.append({"key": words, "value": value_words(parameter, value, view.shown)})
            continue
        for lower, upper, ratio in value.slices:
            sign = "≤" if value.includes_upper else "<"
            reach = f"{sign} {format_e4(upper)}" if upper is not None else f"> {format_e4(lower)}"
            rows.append({"key": f"{words} {reach}".removeprefix("— "), "value": format_e4(ratio)})
    grid = tables.table(
        [
            tables.Column("key", Text("维度或分档", "dimension or band"), width=260),
            tables.Column("value", Text("值", "value"), width=140),
        ],
        rows,
        view.shown,
        name=Text(f"{found.standing.parameter.title.zh} 各值", f"{found.standing.parameter.title.en}: values"),
    )
    wrapped(grid, "key", "value")


def _history(view: PageView, found: ParameterHistory) -> None:
    grid = tables.table(
        [
            tables.Column("from", Text("自", "from"), "date", width=95),
            tables.Column("until", Text("至", "until"), "date", width=95),
            tables.Column("pack", Text("政策包", "pack"), width=120),
            tables.Column("value", Text("值", "value"), width=160),
            tables.Column("source", Text("依据", "source"), width=160),
            tables.Column("checked", Text("核对日", "checked on"), "date", width=95),
        ],
        [
            {
                "from": each.dated.valid_from.isoformat(),
                "until": each.last.isoformat() if each.last else "",
                "pack": view.shown.say(each.pack.name),
                "value": view.say("终止", "ends")
                if each.dated.value is None
                else value_words(found.standing.parameter, each.dated.value, view.shown),
                "source": source_words(each.dated.source, view.shown),
                "checked": each.dated.checked_on.isoformat() if each.dated.checked_on else "",
            }
            for each in found.written
        ],
        view.shown,
        name=Text(f"{found.standing.parameter.title.zh} 沿革", f"{found.standing.parameter.title.en}: history"),
    )
    wrapped(grid, "pack", "value", "source")
