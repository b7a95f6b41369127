"""The form of a change: new values beside the present ones, what becomes different told while one writes."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from nicegui import ui

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy.change import ValueChange
from tongchou.policy.parameter import Parameter, Unit
from tongchou.policy.value import Bands
from tongchou.records.models import PolicyChange
from tongchou.web import states
from tongchou.web.frame import PageView
from tongchou.web.pages.policy_diff import diff_tables
from tongchou.web.policy_words import choice_words, key_words, unit_of
from tongchou.workplace.policy_proposals import (
    WantedChange,
    change_of_policy,
    draft_change,
    edit_change,
    preview_change,
    wanted_of,
)
from tongchou.workplace.policy_reading import ParameterHistory, policy_parameter

_MOST_INPUTS = 24
"""A value of more parts is edited as text."""


async def change_form(view: PageView, name: str) -> None:
    """Show the form for a parameter; with `edit` in the address, for a draft that is there."""
    change = await view.ask(change_of_policy, view.query["edit"]) if "edit" in view.query else None
    found = await view.ask(policy_parameter, name, view.place.today)
    _Form(view, found, change).show()


class _Form:
    """The inputs of a change, and what they come to."""

    def __init__(self, view: PageView, found: ParameterHistory, change: PolicyChange | None) -> None:
        self._view = view
        self._parameter = found.standing.parameter
        self._found = found
        self._change = change
        self._present = wanted_of(change) if change else None
        self._parts: dict[str, Any] = {}

    def show(self) -> None:
        view, parameter = self._view, self._parameter
        with ui.element("section").classes("panel").style("display: grid; gap: 10px"):
            title = view.say("修改：", "Change of ") + view.shown.say(parameter.title)
            ui.label(title).style("font-size: 18px; font-weight: 650").props('role="heading" aria-level="2"')
            ui.label(f"{parameter.name} · {view.shown.say(unit_of(parameter))}").classes("is-muted")
            ui.label(view.shown.say(parameter.meaning))
            begins = self._present.values[0][0] if self._present else date(view.place.today.year + 1, 1, 1)
            with ui.element("div").classes("bar"):
                self._day = ui.input(view.say("自何日起", "from"), value=begins.isoformat())
                self._day.props("outlined dense type=date").style("width: 190px")
                self._inputs()
            self._source = ui.input(
                view.say("依据文件（名称、文号、条款）", "source: document, number, article"),
                value=self._present.source if self._present else "",
            )
            self._reason = ui.textarea(
                view.say("修改理由", "reason"), value=self._present.reason if self._present else ""
            )
            for each in (self._source, self._reason):
                each.props("outlined dense autogrow maxlength=500").style("width: 100%")
            with ui.element("div").classes("bar"):
                save = view.say("保存草稿", "Save as a draft")
                ui.button(save, icon="save", on_click=self._save).props("no-caps unelevated")
                ui.button(view.say("取消", "Cancel"), on_click=self._leave).props("no-caps outline")
        with ui.element("section").classes("panel").style("display: grid; gap: 10px"):
            ui.html(f"<h2>{view.say('改动前后', 'Before and after')}</h2>", sanitize=False)
            self._diff = ui.element("div").style("width: 100%; display: grid; gap: 8px")
        for each in (self._day, *self._parts.values()):
            each.on_value_change(self._preview)
        ui.timer(0.1, self._preview, once=True)

    def _inputs(self) -> None:
        """Show an input for each single value; a banded or a long value is edited as its text."""
        values, parameter = self._found.values, self._parameter
        is_banded = any(isinstance(each, Bands) for each in values.values())
        if self._present or not values or is_banded or len(values) > _MOST_INPUTS:
            text = self._present.values[0][1] if self._present else self._found.text
            words = self._view.say("值（写法同政策文件）", "value, as a policy file writes it")
            box = ui.textarea(words, value=text).props("outlined dense autogrow debounce=500 maxlength=20000")
            self._parts["text"] = box.style("flex: 1 1 420px; font-family: monospace")
            return
        for key, value in values.items():
            names = [each.name for each in parameter.dimensions]
            words = key_words(key, self._view.shown, names) if key else self._view.say("新值", "new value")
            if parameter.choices:
                choices = {each: choice_words(parameter.name, each, self._view.shown) for each in parameter.choices}
                part: Any = ui.select(choices, value=value.written, label=words)
                part.props("outlined dense options-dense")
            else:
                part = ui.input(words, value=value.written).props("outlined dense debounce=500 maxlength=60")
            self._parts[f"={key}"] = part.style("width: 190px")

    def _wanted(self) -> WantedChange:
        later = self._present.values[1:] if self._present else ()
        try:
            day = date.fromisoformat(str(self._day.value))
        except ValueError as error:
            raise TongchouError(
                "workplace.no_day",
                what=Text("没有写明自何日起", "the first day is missing"),
                where=self._parameter.name,
                why=Text("每个值都有起始日期", "every value begins on a day"),
                remedy=Text("填写日期", "fill in the day"),
            ) from error
        values = ((day, self._text()), *later)
        return WantedChange(
            self._parameter.name, values, str(self._source.value or "").strip(), str(self._reason.value or "").strip()
        )

    def _text(self) -> str:
        if "text" in self._parts:
            return str(self._parts["text"].value or "")
        return _text_of(self._parameter, {key[1:]: str(part.value or "") for key, part in self._parts.items()})

    async def _preview(self) -> None:
        try:
            compared = await self._view.ask(preview_change, self._wanted())
        except TongchouError as error:
            self._diff.clear()
            with self._diff:
                states.failed(self._view.shown, error)
            return
        self._diff.clear()
        with self._diff:
            _preview_tables(self._view, self._parameter.name, compared)

    async def _save(self) -> None:
        view = self._view
        try:
            wanted = self._wanted()
            if not wanted.source or not wanted.reason:
                states.remind(view.shown, Text("请填写依据文件和修改理由", "fill in the source and the reason"))
                return
            if self._change is None:
                change = await view.ask(draft_change, wanted)
            else:
                change = await view.ask(edit_change, self._change.change_id, self._change.version, wanted)
        except TongchouError as error:
            states.notify(view.shown, error)
            return
        ui.navigate.to(f"/policy?change={change.change_id}")

    def _leave(self) -> None:
        if self._change is not None:
            ui.navigate.to(f"/policy?change={self._change.change_id}")
        else:
            ui.navigate.to(f"/policy?name={quote(self._parameter.name, safe='')}")


def _preview_tables(view: PageView, parameter: str, compared: tuple[ValueChange, ...]) -> None:
    if not any(each.is_different for each in compared):
        ui.label(view.say("与现行值相同，还没有改动", "the same as now: nothing is changed yet")).classes("is-muted")
    diff_tables(
        view,
        parameter,
        [
            {
                "from": each.valid_from.isoformat(),
                "until": each.last.isoformat() if each.last else None,
                "values": [{"key": leaf.key, "before": leaf.before, "after": leaf.after} for leaf in each.leaves],
            }
            for each in compared
        ],
    )


def _text_of(parameter: Parameter, values: Mapping[str, str]) -> str:
    """Return the parts of a value as a policy file writes the whole."""
    root: dict[str, Any] = {}
    for key, value in values.items():
        words = json.dumps(value, ensure_ascii=False) if parameter.unit is Unit.TEXT else value.strip()
        if not key:
            return words
        *above, last = key.split(", ")
        at = root
        for part in above:
            at = at.setdefault(part, {})
        at[last] = words
    return _flow(root)


def _flow(value: Any) -> str:  # noqa: ANN401  # nested mappings of texts
    if not isinstance(value, dict):
        return str(value)
    return (
        "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    )
