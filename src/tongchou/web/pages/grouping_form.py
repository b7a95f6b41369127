"""The form of one case: by which scheme it is grouped, what that asks for, and its codes."""

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from tongchou.core.text import Text
from tongchou.runs.groupings import DIP
from tongchou.schema.states import DISCHARGE_WAY, INSTITUTION_LEVEL, SEX
from tongchou.web.frame import PageView
from tongchou.web.pages.code_list import CodeList
from tongchou.web.typed_amounts import fen_typed
from tongchou.workplace.dip_sheets import AMOUNTS

_NUMBERS = {
    "age_years": (Text("年龄（岁）", "age, years"), 150),
    "age_days": (Text("日龄（不足一岁）", "age, days (under 1)"), 366),
    "birth_weight_g": (Text("出生体重（克）", "birth weight, g"), 20_000),
    "los_days": (Text("住院天数", "days of stay"), 36_500),
    "icu_hours": (Text("重症监护（小时）", "intensive care, hours"), 900_000),
}
_WORDS = {
    "sex": (Text("性别", "sex"), SEX),
    "discharge_way": (Text("离院方式", "discharge"), DISCHARGE_WAY),
    "level": (Text("医院等级", "hospital's level"), INSTITUTION_LEVEL),
}
_OF_SCHEME = ("sex", "age_years", "age_days", "birth_weight_g", "los_days", "department", "discharge_way")
_OF_DIP = ("age_years", "age_days", "los_days", "icu_hours", "discharge_way", "level", *AMOUNTS)


class CaseForm:
    """A case as somebody fills it in.

    Args:
        view: The page.
        schemes: What can be grouped by, with names; `runs.groupings.DIP` is the region's catalogue.
        todays: What today's policy groups by.
        on_change: Called when the case is no longer what it was.
    """

    def __init__(
        self, view: PageView, schemes: Mapping[str, str], todays: str | None, on_change: Callable[[], None]
    ) -> None:
        self._view = view
        self._on_change = on_change
        self._fields: dict[str, Any] = {}
        with ui.element("div").classes("fields"):
            self._scheme = ui.select(
                dict(schemes), value=todays, label=view.say("分组方案", "scheme"), on_change=self._asked_otherwise
            )
            self._scheme.props("outlined dense options-dense").classes("is-double")
            for key in dict.fromkeys((*_OF_SCHEME, *_OF_DIP)):
                self._fields[key] = self._field(key)
                self._fields[key].props("outlined dense options-dense clearable")
        with ui.element("div").classes("columns"):
            dx, op = Text("诊断，主要诊断在前", "diagnoses, principal first"), Text("手术操作", "procedures")
            self._diagnoses = CodeList(view, "dx", dx, on_change)
            self._procedures = CodeList(view, "op", op, on_change)
        self._show_what_is_asked()

    @property
    def scheme(self) -> str | None:
        """By what the case is to be grouped; None where nothing is at hand."""
        return self._scheme.value

    def case(self) -> dict[str, Any]:
        """Return the case (`case_fields`, or `dip.brought.BROUGHT_FIELDS`) without what was left empty.

        Raises:
            TongchouError: `web.amount` for an amount that is none.
        """
        filled = {key: self._fields[key].value for key in self._asked() if self._fields[key].value not in (None, "")}
        case = {key: self._read(key, value) for key, value in filled.items()}
        return {**case, "diagnoses": self._diagnoses.codes, "procedures": self._procedures.codes}

    async def put(self, case: Mapping[str, Any]) -> None:
        """Let this case stand in the form; amounts in yuan, as somebody writes them."""
        for key, field in self._fields.items():
            field.set_value(case.get(key))
        await self._diagnoses.put(case["diagnoses"])
        await self._procedures.put(case["procedures"])

    def _field(self, key: str) -> Any:  # noqa: ANN401  # of several kinds
        say = self._view.shown.say
        if key in _NUMBERS:
            name, most = _NUMBERS[key]
            return ui.number(say(name), min=0, max=most, precision=0, on_change=self._on_change)
        if key in _WORDS:
            name, words = _WORDS[key]
            options = {word: say(text) for word, text in words.items()}
            return ui.select(options, label=say(name), on_change=self._on_change)
        name = AMOUNTS.get(key, Text("出院科室", "department"))
        return ui.input(say(name), on_change=self._on_change)

    def _read(self, key: str, value: Any) -> Any:  # noqa: ANN401  # what stands in a field
        if key in _NUMBERS:
            return int(value)
        return fen_typed(value) if key in AMOUNTS else value

    def _asked(self) -> tuple[str, ...]:
        return _OF_DIP if self.scheme == DIP else _OF_SCHEME

    def _asked_otherwise(self) -> None:
        self._show_what_is_asked()
        self._on_change()

    def _show_what_is_asked(self) -> None:
        asked = self._asked()
        for key, field in self._fields.items():
            field.set_visibility(key in asked)
