"""The policy: all of it as a tree at the left, one parameter at the right; changes on the second tab."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from nicegui import ui

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy.timeline import Standing
from tongchou.web import states
from tongchou.web.addresses import address
from tongchou.web.frame import Page, PageView
from tongchou.web.pages.groups import RULES
from tongchou.web.pages.page_tabs import page_tabs
from tongchou.web.pages.policy_change_form import change_form
from tongchou.web.pages.policy_changes import list_of_changes, one_change
from tongchou.web.pages.policy_parameter import parameter_panel
from tongchou.web.policy_words import LEVEL_NAMES, area
from tongchou.workplace.policy_reading import PolicyTree, policy_tree


async def _build(view: PageView) -> None:
    query = view.query
    _tabs(view, is_changes=bool({"changes", "change"} & query.keys()))
    if "change" in query:
        await one_change(view, query["change"])
    elif "changes" in query:
        await list_of_changes(view)
    elif "propose" in query:
        await change_form(view, query["propose"])
    else:
        await _policy(view)


def _tabs(view: PageView, *, is_changes: bool) -> None:
    page_tabs(
        view,
        {
            "/policy": Text("政策参数", "Parameters"),
            "/policy?changes=all": Text("修改申请", "Change requests"),
        },
        "/policy?changes=all" if is_changes else "/policy",
    )


async def _policy(view: PageView) -> None:
    on = _day(view)
    waiting = states.loading(view.shown)
    tree = await view.ask(policy_tree, on)
    waiting.delete()
    _head(view, tree)
    with ui.element("div").style("display: flex; flex-wrap: wrap; gap: 14px; align-items: flex-start; width: 100%"):
        with ui.element("section").classes("panel").style("flex: 1 1 300px; max-width: 400px"):
            _Tree(view, tree).show()
        with ui.element("div").style("flex: 3 1 560px; min-width: 0; display: grid; gap: 14px"):
            if view.query.get("name"):
                await parameter_panel(view, view.query["name"], tree.on)
            else:
                hint = Text("在左边选一个参数", "choose a parameter at the left")
                more = Text(
                    "值、依据、沿革和修改申请在这里显示", "its value, source, history and changes are shown here"
                )
                states.empty(view.shown, hint, more)


def _head(view: PageView, tree: PolicyTree) -> None:
    with ui.element("div").classes("bar"):
        day = ui.input(view.say("日期", "day"), value=tree.on.isoformat()).props("outlined dense type=date")
        day.style("width: 180px")
        day.on("change", lambda: ui.navigate.to(_address(view, on=str(day.value))))
        ui.label(view.say("先后次序", "in the order in which they answer")).classes("is-muted")
        for number, pack in enumerate(tree.packs):
            if number:
                ui.label("›").classes("is-muted").props('aria-hidden="true"')
            level = view.shown.say(LEVEL_NAMES[pack.level])
            ui.label(
                f"{level}：{view.shown.say(pack.name)}"
                if view.shown.language == "zh"
                else f"{level}: {view.shown.say(pack.name)}"
            )


class _Tree:
    """The tree of parameters, with a search by words of either language."""

    def __init__(self, view: PageView, tree: PolicyTree) -> None:
        self._view = view
        self._on = tree.on
        self._lines = tree.lines
        self._chosen = view.query.get("name", "")

    def show(self) -> None:
        search = ui.input(self._view.say("查找：名称、路径、依据", "find: name, path, source"))
        search.props("outlined dense clearable debounce=400").style("width: 100%")
        self._count = ui.label().classes("is-muted")
        self._place = ui.element("div").style("max-height: 68vh; overflow: auto; width: 100%")
        search.on_value_change(lambda event: self._find(event.value or ""))
        self._draw(self._lines, is_found=False)

    async def _find(self, words: str) -> None:
        try:
            found = await self._view.ask(policy_tree, self._on, words)
        except TongchouError as error:
            states.notify(self._view.shown, error)
            return
        self._draw(found.lines, is_found=bool(words.strip()))

    def _draw(self, lines: Sequence[Standing], *, is_found: bool) -> None:
        self._count.set_text(self._view.say(f"{len(lines)} 个参数", f"{len(lines)} parameters"))
        self._place.clear()
        with self._place:
            if not lines:
                ui.label(self._view.say("没有符合的参数", "nothing found")).classes("is-muted")
                return
            nodes = _nodes(self._view, lines)
            tree = ui.tree(nodes, on_select=lambda event: self._choose(event.value))
            words = self._view.say("政策参数", "parameters of the policy")
            tree.props(f'no-connectors dense aria-label="{words}" no-nodes-label=""').style("width: 100%")
            if is_found and len(lines) <= 60:
                tree.expand()
            elif not self._chosen:
                tree.expand([node["id"] for node in nodes])
            else:
                parts = self._chosen.split("/")
                tree.expand(["/".join(parts[:length]) for length in (1, 2)])
                tree.select(self._chosen)

    def _choose(self, name: str | None) -> None:
        if name and name != self._chosen and any(line.parameter.name == name for line in self._lines):
            ui.navigate.to(_address(self._view, name=name))


def _nodes(view: PageView, lines: Sequence[Standing]) -> list[dict[str, Any]]:
    """Return the tree: two levels of areas, and the parameters below them."""
    top: dict[str, dict[str, Any]] = {}
    inner: dict[str, dict[str, Any]] = {}
    for line in lines:
        name = line.parameter.name
        parts = name.split("/")
        first = parts[0]
        at = top.setdefault(first, {"id": first, "label": view.shown.say(area(first)), "children": []})
        if len(parts) > 2:
            second = "/".join(parts[:2])
            if second not in inner:
                inner[second] = {"id": second, "label": view.shown.say(area(second)), "children": []}
                at["children"].append(inner[second])
            at = inner[second]
        at["children"].append({"id": name, "label": view.shown.say(line.parameter.title)})
    return list(top.values())


def _address(view: PageView, **changed: str) -> str:
    return address("/policy", {**view.query, **changed})


def _day(view: PageView) -> date:
    try:
        return date.fromisoformat(view.query.get("on", ""))
    except ValueError:
        return view.place.today


POLICY = Page("/policy", Text("政策", "Policy"), RULES, "policy", "policy.read", "open", _build)
"""The policy and its changes."""
