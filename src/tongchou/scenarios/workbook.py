"""The comparison as a workbook: numbers as numbers, base, scenario and difference side by side, heads in zh and en."""

from collections.abc import Sequence
from pathlib import Path

from tongchou.core.explanation import Fact, Step
from tongchou.core.text import Text
from tongchou.scenarios.behaviour import Behaviour
from tongchou.scenarios.comparison import Comparison
from tongchou.scenarios.tables import Section
from tongchou.statements.sheet import Book, Cell, Column

_SIDES = (Text("现行", "base"), Text("情景", "scenario"), Text("差额", "difference"))

_TABS = {
    "fund": "基金 Fund",
    "rates": "费率 Rates",
    "institutions": "机构 Institutions",
    "ranking": "得失 Ranking",
    "groups": "病组 Groups",
    "burden": "个人负担 Burden",
    "alliances": "医联体 Alliances",
}


def write_workbook(comparison: Comparison, behaviour: Behaviour | None, path: Path) -> None:
    """Write the comparison; the same comparison gives the same bytes.

    Args:
        comparison: The comparison.
        behaviour: The stated responses; None where none were stated.
        path: The file, replaced when the new one is complete.
    """
    scenario = comparison.trial.scenario
    footer = f"{comparison.trial.base.record.run_id} / {comparison.trial.tried.record.run_id}"
    draft = path.with_name(f".{path.name}.draft")
    book = Book(draft, scenario.name, scenario.period.end, footer)
    _first(book, comparison, behaviour)
    for section in comparison.sections:
        _section(book, section)
    book.close()
    draft.replace(path)


def _first(book: Book, comparison: Comparison, behaviour: Behaviour | None) -> None:
    trial = comparison.trial
    sheet = book.sheet("情景 Scenario", trial.scenario.name, 6)
    sheet.facts(
        (
            (Text("情景", "scenario"), trial.scenario.scenario_id),
            (Text("统筹区", "region"), str(trial.region.name)),
            (Text("期间", "period"), str(trial.scenario.period)),
            (Text("现行批次", "run of the base"), trial.base.record.run_id),
            (Text("情景批次", "run of the scenario"), trial.tried.record.run_id),
        )
    )
    columns = [
        Column(Text("参数", "parameter")),
        Column(Text("维度", "key")),
        Column(Text("现行值", "base")),
        Column(Text("情景值", "scenario")),
        Column(Text("现行值依据", "source of the base")),
        Column(Text("调整理由", "reason")),
    ]
    rows: list[Sequence[Cell]] = [
        (
            each.tried.title,
            each.tried.key,
            each.base.value if each.base else "–",
            each.tried.value,
            str(each.base.source) if each.base else "–",
            each.tried.source.article,
        )
        for each in comparison.changed
    ]
    sheet.table(columns, rows)
    notices = [
        Text(f"参数 {name} 未被读取，调整无效果。", f"{name} is not read by this settlement: no effect.")
        for name in comparison.unread
    ]
    if behaviour is not None:
        notices += [line for effect in behaviour.effects for line in _lines(effect.explanation)]
    if notices:
        sheet.notices(notices)


def _lines(step: Step) -> list[Text]:
    """Return a step and its facts as notices: every assumption stands beside what follows from it."""
    head = Text(f"{step.title.zh}：{step.outcome.zh}", f"{step.title.en}: {step.outcome.en}")
    return [head, *(_told(each) for each in step.facts)]


def _told(fact: Fact) -> Text:
    zh, en = fact.value_in_language("zh"), fact.value_in_language("en")
    return Text(f"{fact.label.zh}：{zh}", f"{fact.label.en}: {en}")


def _section(book: Book, section: Section) -> None:
    columns = [Column(Text("名称", "name"))]
    for measure in section.measures:
        columns += [
            Column(Text(f"{measure.title.zh}·{side.zh}", f"{measure.title.en}, {side.en}"), measure.kind, is_summed)
            for side in _SIDES
            for is_summed in (measure.is_summed and section.total is not None,)
        ]
    rows: list[Sequence[Cell]] = []
    for line in section.lines:
        triples = zip(line.base, line.scenario, line.difference, strict=True)
        rows.append((line.name, *(value for triple in triples for value in triple)))
    sheet = book.sheet(_TABS[section.name], section.title, len(columns))
    sheet.table(columns, rows, is_frozen=True)
