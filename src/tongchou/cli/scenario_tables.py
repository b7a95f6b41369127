"""What `tongchou scenario` prints: comparison, risk and proposal as tables for reading."""

from collections.abc import Callable, Iterable
from pathlib import Path

from rich.markup import escape

from tongchou.cli.console import console, table
from tongchou.core.explanation import Step
from tongchou.core.money import format_e4, format_yuan
from tongchou.scenarios.behaviour import Behaviour
from tongchou.scenarios.comparison import Comparison
from tongchou.scenarios.proposal import Verification
from tongchou.scenarios.risk import PolicyRisk, Risk
from tongchou.scenarios.search import Proposal
from tongchou.scenarios.spread import PERCENTILES, Spread
from tongchou.scenarios.tables import Line, Section, shown

_MOST = 5
_SIDES = ("现行 / base", "情景 / scenario", "差额 / difference")


def show_comparison(comparison: Comparison, behaviour: Behaviour | None) -> None:
    """Print what changes, the fund, rates, winners and losers, groups, burden, alliances, and the assumptions."""
    _show_changed(comparison)
    fund, burden = comparison.section("fund"), comparison.section("burden")
    _show(fund, [*fund.lines, *([fund.total] if fund.total else [])], ("cases", "fund", "patient", "result"))
    rates = comparison.section("rates")
    _show(rates, rates.lines, ("rate",))
    ranking, groups = comparison.section("ranking"), comparison.section("groups")
    moved = [line for line in ranking.lines if line.difference[0]]
    _show(ranking, moved if len(moved) <= 2 * _MOST else [*moved[:_MOST], *moved[-_MOST:]], ("gain",))
    _show(groups, _most_moved(groups, "payable"), ("payable", "result"))
    _show(burden, burden.lines, ("mean_patient", "patient_share"))
    alliances = comparison.section("alliances")
    _show(alliances, alliances.lines, tuple(measure.name for measure in alliances.measures))
    if behaviour is not None:
        for effect in behaviour.effects:
            _show_step(effect.explanation)
        sums = (
            ("统筹基金支付 / fund's part", behaviour.static.fund_fen, behaviour.fund_fen),
            ("个人负担 / patients' part", behaviour.static.patient_fen, behaviour.patient_fen),
            ("医院盈亏 / hospitals' result", behaviour.static.result_fen, behaviour.result_fen),
        )
        made = table(
            "含假设反应 / with the assumed responses", "元 / yuan", "静态 / static", "含反应 / with", numeric=2
        )
        for name, static, moved_fen in sums:
            made.add_row(name, format_yuan(static), format_yuan(moved_fen))
        console.print(made)
    trial = comparison.trial
    runs = f"批次 / runs: {trial.base.record.run_id}, {trial.tried.record.run_id}"
    console.print(runs, markup=False, soft_wrap=True)


def show_risk(risk: Risk) -> None:
    """Print the assumptions and the ranges of base and scenario."""
    _show_step(risk.explanation)
    _show_policy_risk("现行政策 / base", risk.base)
    if risk.tried is not risk.base:
        _show_policy_risk("情景 / scenario", risk.tried)


def show_proposal(proposal: Proposal, verification: Verification | None, folder: Path) -> None:
    """Print the proposed values, what they come to, and the check by a trial run."""
    format_value = format_yuan if proposal.find == "base_rates" else format_e4
    made = table("提案 / proposal", "项目 / unknown", "现行 / present", "提案 / proposed", numeric=2)
    for name, value in proposal.outcome.values.items():
        made.add_row(name, format_value(proposal.present[name]), format_value(value))
    console.print(made)
    console.print(str(proposal.explanation.outcome), markup=False)
    if verification is not None:
        console.print(
            f"模拟运行核对 / checked by {verification.run_id}: 基金 / fund {format_yuan(verification.fund_fen)}, "
            f"模型误差 / error of the model {format_yuan(verification.model_error_fen)}",
            markup=False,
            soft_wrap=True,
        )
        for demand in verification.missed:
            console.print(f"未满足 / missed: {demand.label}", style="yellow", markup=False, soft_wrap=True)
    console.print(f"政策包 / pack: {folder}", markup=False, soft_wrap=True)


def _show_changed(comparison: Comparison) -> None:
    heads = ("参数 / parameter", "现行 / base", "情景 / scenario", "现行依据 / source of the base", "理由 / reason")
    made = table("调整的参数 / parameters changed", *heads)
    for each in comparison.changed:
        if each.base is not None and each.base.value == each.tried.value:
            continue
        key = f" \\[{escape(each.tried.key)}]" if each.tried.key else ""
        before, origin = (each.base.value, str(each.base.source)) if each.base else ("–", "–")
        cells = (before, each.tried.value, origin, each.tried.source.article)
        made.add_row(escape(str(each.tried.title)) + key, *(escape(cell) for cell in cells))
    console.print(made)
    for name in comparison.unread:
        console.print(f"未被读取，无效果 / not read, no effect: {name}", style="yellow", markup=False)


def _show(section: Section, lines: Iterable[Line], measures: tuple[str, ...]) -> None:
    made = table(escape(str(section.title)), "", "", *_SIDES, numeric=3)
    for line in lines:
        for number, name in enumerate(measures):
            position = section.column(name)
            measure = section.measures[position]
            figures = (line.base[position], line.scenario[position], line.difference[position])
            label = escape(str(line.name)) if number == 0 else ""
            made.add_row(label, escape(str(measure.title)), *(shown(figure, measure.kind) for figure in figures))
    console.print(made)


def _most_moved(section: Section, measure: str) -> list[Line]:
    position = section.column(measure)
    moved = sorted(section.lines, key=lambda line: (-abs(line.difference[position] or 0), line.key))
    return [line for line in moved[:_MOST] if line.difference[position]]


def _show_step(step: Step) -> None:
    console.print(f"{step.title}：{step.outcome}", markup=False, style="bold")
    for fact in step.facts:
        console.print(f"  · {fact.label}：{fact.value}", markup=False, soft_wrap=True)


def _show_policy_risk(title: str, risk: PolicyRisk) -> None:
    columns: list[tuple[str, Spread, Callable[[int], str]]] = [("基金当年结余\nfund's result", risk.fund, format_yuan)]
    for each in risk.alliances:
        name = escape(each.alliance_id)
        columns += [
            (f"{name} 结余\nsurplus", each.surplus, format_yuan),
            (f"{name} 留用\nkept", each.kept, format_yuan),
        ]
    columns.append(("年末可支付月数\nmonths payable", risk.months_e4, format_e4))
    heads = [head for head, _, _ in columns]
    made = table(f"{title}（元）/ yuan: {risk.run_id}", "", *heads, numeric=len(heads))
    rows: list[tuple[str, Callable[[Spread], int]]] = [
        ("无冲击 / no shock", lambda spread: spread.deterministic),
        ("均值 / mean", lambda spread: spread.mean),
        ("  ± 标准误 / standard error", lambda spread: spread.mean_error),
        *(
            (f"P{percent}", lambda spread, number=number: spread.percentiles[number])
            for number, percent in enumerate(PERCENTILES)
        ),
        ("最差 / worst case", lambda spread: spread.worst),
    ]
    for label, read in rows:
        made.add_row(label, *(show(read(spread)) for _, spread, show in columns))
    chances = [(spread.deficit_e4, spread.deficit_error_e4) for _, spread, _ in columns]
    made.add_row("赤字概率 / P(below zero)", *(format_e4(chance) for chance, _ in chances))
    made.add_row("  ± 标准误 / standard error", *(format_e4(error) for _, error in chances))
    console.print(made)
    heads = ["冲击 / shock", "标准差 / sd", "方差占比 / share", "均值影响 / mean"]
    shares = table("单项冲击对基金结余 / each shock alone, on the fund's result", *heads, numeric=3)
    for part in risk.contributions:
        share = "–" if part.share_e4 is None else format_e4(part.share_e4)
        shares.add_row(escape(part.shock), format_yuan(part.deviation_fen), share, format_yuan(part.mean_fen))
    console.print(shares)
