"""Schemes: which there are, from MDC to ADRG to DRG, code lists, and a search in all of it."""

from nicegui import ui

from tongchou.core.text import Text
from tongchou.grouping.reasons.rule_words import SEVERITY_WORDS, list_in_words, rule_in_words
from tongchou.grouping.schemes.scheme import Adrg, Mdc
from tongchou.runs.groupings import DIP
from tongchou.web import states, tables
from tongchou.web.addresses import address, go
from tongchou.web.frame import Page, PageView
from tongchou.web.pages.catalogue import catalogue_groups
from tongchou.web.pages.groups import RULES
from tongchou.web.pages.scheme_choice import schemes_to_choose
from tongchou.workplace.at_hand import Ready
from tongchou.workplace.scheme_reading import CodeList, lists_of, scheme_of, search_in

_MOST_SHOWN = 400


async def _build(view: PageView) -> None:
    names, todays = await schemes_to_choose(view)
    if todays is None:
        states.empty(view.shown, Text("还没有分组方案", "no schemes yet"), Text("用命令导入一个", "import one"))
        return
    name = view.query.get("scheme") or todays
    if name == DIP and DIP in names:
        _bar(view, names, name, todays)
        await catalogue_groups(view, view.query.get("words", ""))
        return
    ready = await view.ask(scheme_of, name)
    _bar(view, names, name, todays)
    if ready.notice:
        ui.label(view.shown.say(ready.notice)).classes("notice")
    if view.query.get("words"):
        await _found(view, name, view.query["words"])
        return
    mdc = next((each for each in ready.grouper.scheme.mdcs if each.code == view.query.get("mdc")), None)
    if mdc is None:
        _mdcs(view, ready)
        return
    adrg = next((each for each in mdc.adrgs if each.code == view.query.get("adrg")), None)
    if adrg is None:
        await _adrgs(view, ready, mdc)
    else:
        await _drgs(view, ready, mdc, adrg)


def _bar(view: PageView, names: dict[str, str], name: str, todays: str) -> None:
    with ui.element("div").classes("bar"):
        ui.select(
            names,
            value=name,
            label=view.say("分组方案", "scheme"),
            on_change=lambda event: go("/schemes", scheme=event.value),
        ).props("outlined dense options-dense").style("min-width: 260px")
        if name == todays:
            ui.label(view.say("现行政策所用", "used by today's policy")).classes("is-muted")
        ui.element("div").classes("grow")
        sought = ui.input(
            view.say("查组或编码", "find a group or a code"), value=view.query.get("words", ""), placeholder="J18"
        )
        sought.props("outlined dense clearable").style("min-width: 240px")

        def search() -> None:
            if (sought.value or "").strip():
                go("/schemes", scheme=name, words=sought.value.strip())

        sought.on("keydown.enter", search)
        ui.button(view.say("查找", "Search"), icon="search", on_click=search).props("no-caps outline")


def _trail(view: PageView, name: str, *steps: tuple[str, dict[str, str]]) -> None:
    with ui.element("nav").props(f'aria-label="{view.say("位置", "place")}"').classes("bar"):
        ui.link(view.say("全部 MDC", "all MDCs"), address("/schemes", {"scheme": name}))
        for words, query in steps:
            ui.label("›").classes("is-muted")
            ui.link(words, address("/schemes", {"scheme": name, **query}))


def _mdcs(view: PageView, ready: Ready) -> None:
    rows = [
        {
            "code": mdc.code,
            "name": view.shown.say(mdc.name),
            "adrgs": len(mdc.adrgs),
            "drgs": sum(len(adrg.drgs) for adrg in mdc.adrgs),
            "rule": view.shown.say(rule_in_words(mdc.rule)),
        }
        for mdc in ready.grouper.scheme.mdcs
    ]
    with ui.element("section").classes("panel stack"):
        tables.table(
            [
                tables.Column("code", Text("MDC", "MDC"), width=90),
                tables.Column("name", Text("名称", "name"), width=300),
                tables.Column("adrgs", Text("ADRG 数", "ADRGs"), "count"),
                tables.Column("drgs", Text("DRG 数", "DRGs"), "count"),
                tables.Column("rule", Text("进入条件", "takes cases where"), width=360),
            ],
            rows,
            view.shown,
            name=Text("主要诊断大类（MDC）", "Major diagnostic categories (MDC)"),
            on_row=lambda row: go("/schemes", scheme=ready.name, mdc=row["code"]),
        )


async def _adrgs(view: PageView, ready: Ready, mdc: Mdc) -> None:
    _trail(view, ready.name, (f"{mdc.code} {view.shown.say(mdc.name)}", {"mdc": mdc.code}))
    weights = ready.prices.weights_e4 if ready.prices else {}
    rows = [
        {
            "code": adrg.code,
            "name": view.shown.say(adrg.name),
            "drgs": len(adrg.drgs),
            "least": min((weights[drg.code] for drg in adrg.drgs if drg.code in weights), default=None),
            "most": max((weights[drg.code] for drg in adrg.drgs if drg.code in weights), default=None),
            "rule": view.shown.say(rule_in_words(adrg.rule)),
        }
        for adrg in mdc.adrgs
    ]
    with ui.element("section").classes("panel stack"):
        tables.table(
            [
                tables.Column("code", Text("ADRG", "ADRG"), width=90),
                tables.Column("name", Text("名称", "name"), width=280),
                tables.Column("drgs", Text("DRG 数", "DRGs"), "count"),
                tables.Column("least", Text("最低权重", "lowest weight"), "ratio"),
                tables.Column("most", Text("最高权重", "highest weight"), "ratio"),
                tables.Column("rule", Text("进入条件", "takes cases where"), width=360),
            ],
            rows,
            view.shown,
            name=Text(f"{mdc.code} 的 ADRG", f"ADRGs of {mdc.code}"),
            on_row=lambda row: go("/schemes", scheme=ready.name, mdc=mdc.code, adrg=row["code"]),
        )
    _lists(view, await view.ask(lists_of, ready.name, mdc.code))


async def _drgs(view: PageView, ready: Ready, mdc: Mdc, adrg: Adrg) -> None:
    _trail(
        view,
        ready.name,
        (f"{mdc.code} {view.shown.say(mdc.name)}", {"mdc": mdc.code}),
        (f"{adrg.code} {view.shown.say(adrg.name)}", {"mdc": mdc.code, "adrg": adrg.code}),
    )
    weights = ready.prices.weights_e4 if ready.prices else {}
    with ui.element("section").classes("panel stack"):
        rule = view.shown.say(rule_in_words(adrg.rule))
        ui.label(f"{view.say('进入条件：', 'Takes cases where: ')}{rule}")
        tables.table(
            [
                tables.Column("code", Text("DRG", "DRG"), width=90),
                tables.Column("name", Text("名称", "name"), width=320),
                tables.Column("severity", Text("并发症与合并症", "severity"), width=180),
                tables.Column("weight", Text("权重", "weight"), "ratio"),
            ],
            [
                {
                    "code": drg.code,
                    "name": view.shown.say(drg.name),
                    "severity": view.shown.say(SEVERITY_WORDS[drg.severity]),
                    "weight": weights.get(drg.code),
                }
                for drg in adrg.drgs
            ],
            view.shown,
            name=Text(f"{adrg.code} 的 DRG", f"DRGs of {adrg.code}"),
        )
        if ready.prices:
            run = ready.prices
            ui.label(
                view.say(
                    f"权重来自 {run.period} 年结算 {run.run_id}", f"weights of the run {run.run_id} of {run.period}"
                )
            ).classes("is-muted")
    _lists(view, await view.ask(lists_of, ready.name, adrg.code))


def _lists(view: PageView, lists: list[CodeList]) -> None:
    for each in lists:
        with ui.element("section").classes("panel stack"):
            count = f"{len(each.patterns):,}"
            title = f"{view.shown.say(list_in_words(each.key))} · {count}"
            with ui.expansion(title, value=len(each.patterns) <= _MOST_SHOWN).classes("w-full").props("dense"):
                shown = each.patterns[:_MOST_SHOWN]
                with ui.element("div").classes("patterns"):
                    for pattern in shown:
                        ui.label(pattern).classes("pattern")
                if len(shown) < len(each.patterns):
                    ui.label(view.say(f"只列前 {len(shown)} 个", f"the first {len(shown)} of them")).classes("is-muted")


async def _found(view: PageView, name: str, words: str) -> None:
    found = await view.ask(search_in, name, words)
    _trail(view, name, (view.say(f"查找“{words}”", f"search: {words}"), {"words": words}))
    if not found.groups and not found.lists:
        states.empty(
            view.shown, Text("没有找到", "nothing found"), Text("换一个词或编码再找", "try another word or code")
        )
        return
    scheme = (await view.ask(scheme_of, name)).grouper.scheme
    above = {adrg.code: mdc.code for mdc in scheme.mdcs for adrg in mdc.adrgs}
    above_drg = {drg.code: (mdc.code, adrg.code) for mdc in scheme.mdcs for adrg in mdc.adrgs for drg in adrg.drgs}
    names = {adrg.code: adrg.name for mdc in scheme.mdcs for adrg in mdc.adrgs} | {
        mdc.code: mdc.name for mdc in scheme.mdcs
    }

    def show(code: str) -> None:
        if code in above_drg:
            mdc, adrg = above_drg[code]
            go("/schemes", scheme=name, mdc=mdc, adrg=adrg)
        elif code in above:
            go("/schemes", scheme=name, mdc=above[code], adrg=code)
        else:
            go("/schemes", scheme=name, mdc=code)

    if found.groups:
        with ui.element("section").classes("panel stack"):
            tables.table(
                [
                    tables.Column("code", Text("组", "group"), width=110),
                    tables.Column("name", Text("名称", "name"), width=420),
                ],
                [{"code": each.code, "name": view.shown.say(each.name)} for each in found.groups],
                view.shown,
                name=Text("找到的组", "groups found"),
                on_row=lambda row: show(row["code"]),
            )
    if found.lists:
        with ui.element("section").classes("panel stack"):
            tables.table(
                [
                    tables.Column("owner", Text("属于", "belongs to"), width=100),
                    tables.Column("name", Text("名称", "name"), width=280),
                    tables.Column("list", Text("列表", "list"), width=160),
                    tables.Column("takes", Text("含此编码", "takes the code")),
                    tables.Column("patterns", Text("以此开头的编码", "codes that begin so"), width=260),
                ],
                [
                    {
                        "owner": each.key.owner,
                        "name": view.shown.say(names[each.key.owner]) if each.key.owner in names else "",
                        "list": view.shown.say(list_in_words(each.key)),
                        "takes": view.say("是", "yes") if each.takes else "",
                        "patterns": " ".join(each.patterns[:60]),
                    }
                    for each in found.lists
                ],
                view.shown,
                name=Text("找到的编码列表", "code lists found"),
                on_row=lambda row: show(row["owner"]) if row["owner"] in names else None,
            )


SCHEMES = Page("/schemes", Text("分组方案", "Schemes"), RULES, "account_tree", "schemes.read", "open", _build)
"""Grouping schemes."""
