"""A new scenario: part by part, or as the text of its file."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from nicegui import ui

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.web import states
from tongchou.web.frame import PageView
from tongchou.workplace.policy_reading import policy_parameter, policy_tree
from tongchou.workplace.scenario_files import FormChange, ScenarioForm, text_of
from tongchou.workplace.scenario_work import make_scenario


async def scenario_form(view: PageView) -> None:
    """Show the form."""
    tree = await view.ask(policy_tree)
    names = {
        line.parameter.name: f"{view.shown.say(line.parameter.title)} · {line.parameter.name}" for line in tree.lines
    }
    _Form(view, names).show()


@dataclass
class _Change:
    """The inputs of one change."""

    parameter: Any
    value: Any
    begins: Any
    reason: Any
    row: ui.element


class _Form:
    """The inputs of a scenario; its text is put together from them and can be written on."""

    def __init__(self, view: PageView, names: dict[str, str]) -> None:
        self._view = view
        self._names = names
        self._changes: list[_Change] = []

    def show(self) -> None:
        view = self._view
        year = view.place.today.year - 1
        with ui.element("section").classes("panel").style("display: grid; gap: 10px"):
            with ui.element("div").classes("bar"):
                self._id = self._input(view.say("编号（小写字母、数字、连字符）", "id: a-z, 0-9, hyphens"), "", 290)
                self._zh = self._input(view.say("中文名", "name in Chinese"), "", 240)
                self._en = self._input(view.say("英文名", "name in English"), "", 240)
                self._period = self._input(view.say("年度", "year"), str(year), 110)
            title = view.say("调整的参数", "Parameters that it changes")
            ui.html(f"<h2>{title}</h2>", sanitize=False)
            self._rows = ui.element("div").style("display: grid; gap: 8px; width: 100%")
            add = view.say("加一项调整", "Add a change")
            ui.button(add, icon="add", on_click=self._add).props("no-caps outline")
            words = view.say("行为假设与风险（可省，写法见手册）", "Assumed behaviour and risk (optional)")
            with ui.expansion(words).style("width: 100%"):
                self._assumptions, self._risk = (
                    ui.textarea(label)
                    .props("outlined dense autogrow maxlength=20000")
                    .style("width: 100%; font-family: monospace")
                    for label in ("assumptions (YAML)", "risk (YAML)")
                )
            with ui.element("div").classes("bar"):
                save = view.say("建立情景", "Make it")
                ui.button(save, icon="save", on_click=self._save).props("no-caps unelevated")
                ui.button(view.say("转为文件文本", "As text"), icon="code", on_click=self._as_text).props(
                    "no-caps outline"
                )
                ui.button(view.say("取消", "Cancel"), on_click=lambda: ui.navigate.to("/scenarios")).props(
                    "no-caps outline"
                )
        with ui.element("section").classes("panel").style("display: grid; gap: 10px"):
            ui.html(f"<h2>{view.say('或粘贴情景文件', 'Or paste the file')}</h2>", sanitize=False)
            self._text = ui.textarea(view.say("情景文件（YAML）", "the file, in YAML"))
            self._text.props("outlined dense autogrow maxlength=200000").style("width: 100%; font-family: monospace")
            keep = view.say("按文本建立", "Make it from the text")
            ui.button(keep, icon="save", on_click=self._save_text).props("no-caps outline")
        self._add()

    def _input(self, label: str, value: str, width: int) -> ui.input:
        return ui.input(label, value=value).props("outlined dense maxlength=200").style(f"width: {width}px")

    def _add(self) -> None:
        view = self._view
        year = self._period.value or str(view.place.today.year - 1)
        with self._rows, ui.element("div").classes("bar") as row:
            parameter = ui.select(self._names, label=view.say("参数", "parameter"), with_input=True)
            parameter.props("outlined dense options-dense").style("flex: 2 1 300px")
            value = ui.textarea(view.say("新值（写法同政策文件）", "new value, as a policy file writes it"))
            value.props("outlined dense autogrow maxlength=20000").style("flex: 2 1 280px; font-family: monospace")
            begins = ui.input(view.say("自何日起", "from"), value=f"{year}-01-01").props("outlined dense type=date")
            begins.style("width: 180px")
            reason = self._input(view.say("理由", "reason"), "", 220)
            change = _Change(parameter, value, begins, reason, row)
            remove = ui.button(view.say("去掉", "Remove"), on_click=lambda: self._remove(change))
            remove.props("no-caps flat dense")
        self._changes.append(change)

        async def fill() -> None:
            try:
                found = await view.ask(policy_parameter, str(parameter.value), view.place.today)
            except TongchouError as error:
                states.notify(view.shown, error)
                return
            value.set_value(found.text)

        parameter.on_value_change(fill)

    def _remove(self, change: _Change) -> None:
        self._changes.remove(change)
        change.row.delete()

    def _form(self) -> ScenarioForm:
        changes = [
            FormChange(
                str(each.parameter.value or ""),
                str(each.value.value or ""),
                _day(each.begins.value),
                None,
                str(each.reason.value or ""),
            )
            for each in self._changes
            if each.parameter.value
        ]
        name = Text(str(self._zh.value or ""), str(self._en.value or ""))
        return ScenarioForm(
            str(self._id.value or ""),
            name,
            str(self._period.value or ""),
            changes,
            str(self._assumptions.value or ""),
            str(self._risk.value or ""),
        )

    def _as_text(self) -> None:
        try:
            self._text.set_value(text_of(self._form(), self._view.place.region))
        except TongchouError as error:
            states.notify(self._view.shown, error)

    async def _save(self) -> None:
        try:
            form = self._form()
        except TongchouError as error:
            states.notify(self._view.shown, error)
            return
        await self._keep(form)

    async def _save_text(self) -> None:
        await self._keep(str(self._text.value or ""))

    async def _keep(self, wanted: str | ScenarioForm) -> None:
        try:
            line = await self._view.ask(make_scenario, wanted)
        except TongchouError as error:
            states.notify(self._view.shown, error)
            return
        ui.navigate.to(f"/scenarios?scenario={line.file.scenario_id}")


def _day(words: object) -> date:
    try:
        return date.fromisoformat(str(words))
    except ValueError as error:
        raise TongchouError(
            "workplace.no_day",
            what=Text("没有写明自何日起", "the first day is missing"),
            where=str(words or "-"),
            why=Text("每个值都有起始日期", "every value begins on a day"),
            remedy=Text("填写日期", "fill in the day"),
        ) from error
