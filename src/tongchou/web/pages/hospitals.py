"""Hospitals: who gains and who loses, by which groups."""

from nicegui import ui

from tongchou.core.text import Text
from tongchou.web import charts, states, tables
from tongchou.web.addresses import go
from tongchou.web.frame import Page, PageView
from tongchou.web.pages.groups import MONEY
from tongchou.web.pages.result_columns import INSTITUTION_FIGURES, institution_row, with_cases_first
from tongchou.workplace.comparing import groups_of, institutions_of
from tongchou.workplace.settlement_reading import newest_run, period_of

_SHOWN = 10


async def _build(view: PageView) -> None:
    waiting = states.loading(view.shown)
    run_id = view.query["run"] if view.query.get("run") else await view.ask(newest_run)
    year = await view.ask(period_of, run_id)
    lines = await view.ask(institutions_of, run_id)
    chosen = view.query.get("institution")
    groups = await view.ask(groups_of, run_id, chosen)
    waiting.delete()
    named = {line.figures.institution_id: line.figures.name for line in lines}
    with ui.element("div").classes("bar"):
        options = {"": view.say("全部可见机构", "all that you see")}
        options |= {key: view.shown.say(name) for key, name in named.items()}
        ui.select(
            options,
            value=chosen or "",
            label=view.say("机构", "institution"),
            with_input=True,
            on_change=lambda event: go("/hospitals", run=run_id, institution=event.value),
        ).props("outlined dense options-dense").style("min-width: 280px")
        ui.label(view.say(f"批次 {run_id}", f"run {run_id}")).classes("is-muted")
    with ui.element("div").classes("columns"):
        _results(
            view,
            [(line.figures.name, line.figures.result_fen) for line in lines if line.figures.case_count],
            Text(f"{year} 年各机构盈亏", f"Gain and loss of {year} by institution"),
        )
        _results(
            view,
            [
                (
                    Text(f"{each.sums.key} {each.name.zh}", f"{each.sums.key} {each.name.en}"),
                    each.sums.hospital_result_fen,
                )
                for each in groups
            ],
            Text(f"{year} 年各病组盈亏", f"Gain and loss of {year} by group"),
        )
    with ui.element("section").classes("panel"):
        tables.table(
            [
                tables.Column("name", Text("机构", "institution"), width=210),
                tables.Column("level", Text("级别", "level"), width=90),
                *INSTITUTION_FIGURES,
            ],
            [institution_row(view, line) for line in with_cases_first(lines)],
            view.shown,
            name=Text(f"{year} 年各机构", f"institutions in {year}"),
            on_row=lambda row: go("/hospitals", run=run_id, institution=row["id"]),
        )


def _results(view: PageView, rows: list[tuple[Text, int]], name: Text) -> None:
    """Show the largest gains and the largest losses."""
    ordered = sorted(rows, key=lambda row: -row[1])
    shown = ordered if len(ordered) <= 2 * _SHOWN else [*ordered[:_SHOWN], *ordered[-_SHOWN:]]
    with ui.element("section").classes("panel"):
        if shown:
            charts.gains_and_losses(shown, view.shown, name=name)
        else:
            states.empty(view.shown, Text("没有住院病例", "no stays"), Text("换一家机构", "choose another institution"))


HOSPITALS = Page(
    "/hospitals", Text("医院盈亏", "Hospitals"), MONEY, "bar_chart", "hospitals.compare", "aggregate", _build
)
"""Gain and loss of hospitals."""
