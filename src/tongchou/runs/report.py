"""The run's figures laid out for printing."""

from collections.abc import Sequence

from tongchou.core.money import split_largest_remainder
from tongchou.core.text import Text
from tongchou.policy import PolicyView
from tongchou.runs.flows import flows, fund_use_by_month
from tongchou.runs.frames import Facts, set_aside_rows
from tongchou.runs.report_parts import Figures, Part, ReportSetting
from tongchou.runs.settlement import SettledAlliance
from tongchou.schema.states import CASE_KIND, WEIGHT_SOURCE
from tongchou.schema.tables import INPUT_TABLES
from tongchou.statements import model
from tongchou.store.engine import Frame


def region_reports(
    setting: ReportSetting, parts: Sequence[Part], priced: Frame
) -> list[tuple[str, model.RegionReport]]:
    """Return the reports of a run, each with the place below the run's folder where it is printed."""
    return [(part.place, _report(setting, part, priced)) for part in parts]


def _report(setting: ReportSetting, part: Part, priced: Frame) -> model.RegionReport:
    settled, figures = part.settled, part.figures
    return model.RegionReport(
        run_id=setting.run_id,
        region=setting.region.name,
        period=str(setting.period),
        scheme=setting.grouping.title,
        policy_levels=_policy_levels(settled.view if settled else setting.view),
        prepared_on=setting.settlement.cleared_on,
        notices=_notices(setting, figures),
        tables=_tables(setting.facts),
        alliance=part.alliance,
        institutions=part.institutions,
        months=_months(setting, settled, priced),
        groups=figures.groups(),
        flows=flows(setting.facts, settled.view, setting.period, settled.alliance, priced) if settled else (),
        case_kinds=figures.shares("case_kind", CASE_KIND),
        weight_sources=figures.shares("weight_source", WEIGHT_SOURCE),
    )


def _months(setting: ReportSetting, settled: SettledAlliance | None, priced: Frame) -> tuple[model.MonthUse, ...]:
    if settled is None:
        return ()
    months = [f"{setting.period}-{number:02d}" for number in range(1, 13)]
    budget = split_largest_remainder(settled.settlement.base_fen, dict.fromkeys(months, 1))
    use = fund_use_by_month(setting.facts, settled.view, setting.period, settled.alliance, priced)
    return tuple(model.MonthUse(month, *use.get(month, (0, 0)), budget[month]) for month in months)


def _tables(facts: Facts) -> tuple[model.TableRows, ...]:
    set_aside = set_aside_rows(facts)
    taken = facts.row_counts()
    return tuple(
        model.TableRows(
            table.name, table.title, taken[table.name] + set_aside.get(table.name, 0), set_aside.get(table.name, 0)
        )
        for table in INPUT_TABLES
        if taken[table.name] or table.name in set_aside
    )


def _policy_levels(view: PolicyView) -> Text:
    names = [pack.name for pack in view.chain.packs]
    return Text("、".join(name.zh for name in names), ", ".join(name.en for name in names))


def _notices(setting: ReportSetting, figures: Figures) -> tuple[Text, ...]:
    notices = list(setting.grouping.notices)
    if setting.run_id.endswith("-shadow"):
        notices.append(Text("模拟运行：只计算，不记账。", "Shadow run: computed, nothing posted."))
    borrowed = {
        "adrg": Text("因本组例数不足而借用 ADRG 权重", "took their ADRG's weight, their group having too few cases"),
        "neighbour": Text(
            "因权重表没有本组而借用相邻组权重", "took a neighbour group's weight, the table not having theirs"
        ),
    }
    by_source = figures.by("weight_source")
    for source, why in borrowed.items():
        cases = by_source[source].total("case_count") if source in by_source else 0
        if cases:
            notices.append(Text(f"{cases} 例{why.zh}。", f"{cases} cases {why.en}."))
    return tuple(notices)
