"""One case: its form, and below it its group, why, and what it would be if it were coded otherwise."""

from typing import Any

from nicegui import ui

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.runs.groupings import DIP
from tongchou.web import states
from tongchou.web.frame import PageView
from tongchou.web.pages.grouping_by_dip import DipAnswer
from tongchou.web.pages.grouping_by_scheme import SchemeAnswer
from tongchou.web.pages.grouping_form import CaseForm
from tongchou.web.pages.scheme_choice import schemes_to_choose

_EXAMPLE: dict[str, Any] = {
    "sex": "female",
    "age_years": 61,
    "los_days": 8,
    "discharge_way": "home",
    "level": "secondary",
    "total_fen": "6800.00",
    "diagnoses": ["J18.900", "I10.x00", "J96.000"],
    "procedures": ["33.2403"],
}


async def one_case(view: PageView) -> None:
    """Show the form, and below it what comes of it."""
    await _OneCase(view).show()


class _OneCase:
    def __init__(self, view: PageView) -> None:
        self._view = view

    async def show(self) -> None:
        view = self._view
        names, todays = await schemes_to_choose(view)
        with ui.element("section").classes("panel stack"):
            with ui.element("div").classes("bar"):
                ui.html(f"<h2>{view.say('病例', 'The case')}</h2>", sanitize=False)
                ui.element("div").classes("grow")
                ui.button(view.say("填入示例", "Fill in an example"), icon="edit_note", on_click=self._example).props(
                    "flat dense no-caps"
                )
            self._form = CaseForm(view, names, todays, self._forget)
            with ui.element("div").classes("bar"):
                ui.button(view.say("分组", "Group"), icon="play_arrow", on_click=self._group).props(
                    "no-caps unelevated"
                )
        self._place = ui.element("div").style("display: grid; gap: 14px; width: 100%; min-width: 0")
        with self._place:
            states.empty(
                view.shown,
                Text("还没有分组", "not grouped yet"),
                Text("填写病例后按“分组”", "fill in a case and press 'Group'"),
            )

    async def _example(self) -> None:
        await self._form.put(_EXAMPLE)
        await self._group()

    def _forget(self) -> None:
        """Take away a result that is no longer that of the form."""
        if hasattr(self, "_place"):
            self._place.clear()

    async def _group(self) -> None:
        view, scheme = self._view, self._form.scheme
        try:
            case = self._form.case()
            answer: DipAnswer | SchemeAnswer
            if scheme == DIP:
                answer = await DipAnswer.to(view, case)
            else:
                answer = await SchemeAnswer.to(view, case, scheme)
        except TongchouError as error:
            states.notify(view.shown, error)
            return
        self._place.clear()
        with self._place:
            await answer.show()
