"""The overview: budget, forecast, level of care, referrals, alerts."""

from nicegui import ui

from tongchou.browse.budget_use import BudgetUse
from tongchou.browse.overview import Alert, Overview
from tongchou.core.text import Text
from tongchou.schema.states import INSTITUTION_LEVEL
from tongchou.web import charts, states
from tongchou.web.frame import Page, PageView
from tongchou.web.pages.groups import MONEY
from tongchou.web.tiles import figure_tile, money_tile
from tongchou.workplace.settlement_reading import overview_of

_FORECAST = {
    "whole_year": Text("全年已到齐", "the whole year is in"),
    "last_year": Text("按上年各月比重推算", "by last year's months"),
    "even": Text("按各月均匀推算", "by even months"),
}


async def _build(view: PageView) -> None:
    waiting = states.loading(view.shown)
    seen = await view.ask(overview_of, view.query.get("run"))
    waiting.delete()
    record = seen.record
    standing = view.say("已入账", "posted") if seen.is_standing else view.say("未入账", "not posted")
    whose = "".join(f" · {view.shown.say(each.name)}" for each in seen.budgets)
    with ui.element("div").classes("bar is-muted"):
        ui.label(view.say(f"{record.inputs.period} 年{whose}", f"{record.inputs.period}{whose}"))
        ui.link(
            view.say(f"批次 {record.run_id}（{standing}）", f"run {record.run_id} ({standing})"),
            f"/settlement?run={record.run_id}",
        )
    _tiles(view, seen)
    _alerts(view, seen)
    for budget in seen.budgets:
        _budget(view, budget)
    _care(view, seen)


def _tiles(view: PageView, seen: Overview) -> None:
    shown, summary = view.shown, seen.record.summary
    with ui.element("div").classes("tiles"):
        for budget in seen.budgets:
            forecast, name = budget.forecast, Text("总额预算", "budget")
            if len(seen.budgets) > 1:
                name = Text(f"{budget.name.zh}：{name.zh}", f"{budget.name.en}: {name.en}")
            money_tile(shown, name, budget.base_fen)
            money_tile(shown, Text("实际基金支出", "fund used"), budget.used_fen)
            surplus = (
                Text("结余", "surplus")
                if forecast.surplus_fen >= 0
                else Text("结余（负为超支）", "surplus (negative: deficit)")
            )
            money_tile(shown, surplus, forecast.surplus_fen, shown.say(_FORECAST[forecast.basis]))
        if not seen.budgets:
            own = summary.institutions
            money_tile(shown, Text("基金支付", "paid by the fund"), sum(each.fund_fen for each in own))
            result = Text("盈亏（负为亏损）", "result (negative: loss)")
            money_tile(shown, result, sum(each.result_fen for each in own))
        if seen.budgets:  # what a single institution gives is all primary care, or none
            figure_tile(
                view.say("基层就诊占比", "primary share of care"),
                f"{seen.primary_share_e4 / 100:.2f}%",
                view.say("住院与门诊人次", "stays and visits"),
            )
        figure_tile(
            view.say("住院病例（人次）", "stays"),
            f"{sum(month.stays for month in seen.care):,}",
            view.say(f"未入组 {summary.ungrouped_count:,}", f"{summary.ungrouped_count:,} without a group"),
        )


def _alerts(view: PageView, seen: Overview) -> None:
    if not seen.alerts:
        return
    with ui.element("section").classes("panel"):
        ui.html(f"<h2>{view.say('需要关注', 'What asks for attention')}</h2>", sanitize=False)
        for alert in seen.alerts:
            _alert(view, alert)


def _alert(view: PageView, alert: Alert) -> None:
    tone = "is-muted" if alert.severity == "notice" else "is-loss-text"
    icons = {"danger": "error", "warning": "warning", "notice": "info"}
    words = {"danger": Text("严重", "grave"), "warning": Text("注意", "warning"), "notice": Text("提示", "notice")}
    with ui.element("div").classes("bar").style("flex-wrap: nowrap"):
        ui.icon(icons[alert.severity], size="20px").classes(tone)
        ui.label(f"{view.shown.say(words[alert.severity])}：{view.shown.say(alert.title)}")


def _budget(view: PageView, budget: BudgetUse) -> None:
    months = [month.month for month in budget.months]
    used = [month.used_fen for month in budget.months]
    allowed = [month.allowed_fen for month in budget.months]
    stays = [month.inpatient_fen for month in budget.months]
    visits = [month.outpatient_fen for month in budget.months]
    with ui.element("section").classes("panel"):
        charts.money_over_months(
            months,
            [
                charts.Line(Text("累计支出", "used since January"), used, shape="line"),
                charts.Line(Text("累计预算", "budget since January"), allowed, shape="line", is_dashed=True),
            ],
            [
                charts.Line(Text("住院（当月）", "stays (month)"), stays, stack="use"),
                charts.Line(Text("门诊（当月）", "visits (month)"), visits, stack="use"),
            ],
            view.shown,
            name=Text(
                f"{budget.name.zh} {months[0][:4]} 年预算使用",
                f"{budget.name.en}: use of the budget of {months[0][:4]}",
            ),
        )


def _care(view: PageView, seen: Overview) -> None:
    year = seen.record.inputs.period
    primary = [month.primary_stays for month in seen.care]
    others = [month.stays - month.primary_stays for month in seen.care]
    levels = [(Text("基层住院", "primary stays"), primary), (Text("二三级住院", "other stays"), others)]
    with ui.element("div").classes("columns"):
        with ui.element("section").classes("panel"):
            charts.counts_over_months(
                [month.month for month in seen.care],
                [charts.Line(words, counts, stack="stays") for words, counts in levels if any(counts)],
                view.shown,
                name=Text(f"{year} 年各级机构住院", f"Stays of {year} by level of care"),
                unit=Text("人次", "stays"),
            )
        with ui.element("section").classes("panel"):
            _referrals(view, seen)


def _referrals(view: PageView, seen: Overview) -> None:
    # Primary care first: it has the accent here as it has in the chart beside.
    levels = list(reversed(INSTITUTION_LEVEL))
    flows = [
        charts.Stream(INSTITUTION_LEVEL[flow.from_level], INSTITUTION_LEVEL[flow.to_level], flow.arrived)
        for flow in sorted(seen.flows, key=lambda flow: (levels.index(flow.from_level), levels.index(flow.to_level)))
        if flow.arrived
    ]
    if flows:
        year = seen.record.inputs.period
        name = Text(f"{year} 年转诊流向", f"Referral flows of {year}")
        charts.streams(flows, view.shown, name=name, unit=Text("已到院人次", "arrived"))
        return
    remedy = Text("转诊登记后在此显示", "they are shown here once they are there")
    states.empty(view.shown, Text("没有转诊", "no referrals"), remedy)


OVERVIEW = Page("/overview", Text("总览", "Overview"), MONEY, "insights", "overview.read", "aggregate", _build)
"""The overview."""
