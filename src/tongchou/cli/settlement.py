"""`tongchou settle` and `tongchou explain`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import typer
from rich.markup import escape

from tongchou.cli.console import console, print_json, speaks_errors, stage_bar, table
from tongchou.cli.options import EngineOption, JsonOption, RegionOption, RunOption
from tongchou.core.explanation import Step, explanation_as_json, explanation_as_text
from tongchou.core.money import format_e4, format_ten_thousand, format_yuan
from tongchou.core.text import Language
from tongchou.runs.beside_report import BESIDE
from tongchou.runs.beside_words import PARTY_KINDS
from tongchou.runs.collector import collector_paused
from tongchou.runs.explain import Explainer, newest_run, open_run
from tongchou.runs.explain_beside import LARGEST
from tongchou.runs.order import Order
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Period, Region, open_region
from tongchou.runs.settle import settle as settle_order
from tongchou.runs.summary import InstitutionFigures, PurposeFigures
from tongchou.store.engine import Engine
from tongchou.store.engines import open_engine

STAGE_TITLES = {
    "group": "分组 / grouping",
    "weigh": "权重与费率 / weights and rate",
    "price": "定价 / pricing",
    "settle": "清算 / settling",
    "print": "清算单 / statements",
    "post": "记账 / posting",
}


@speaks_errors
def settle(
    region: RegionOption,
    period: Annotated[str, typer.Option("--period", help="年度 / year, e.g. 2025.", show_default=False)],
    policy: Annotated[
        Path | None,
        typer.Option(help="另加的政策包，上级为本地政策 / a further pack below the region's.", show_default=False),
    ] = None,
    scheme: Annotated[
        str | None, typer.Option("--scheme", help="改用此分组方案 / another grouping scheme.", show_default=False)
    ] = None,
    shadow: Annotated[bool, typer.Option("--shadow", help="模拟运行，不记账 / compute all, post nothing.")] = False,
    engine: EngineOption = "duckdb",
    as_json: JsonOption = False,
) -> None:
    """结算一个年度：分组、定价、清算、记账、出清算单 / settle a year, from groups to statements.

    例 / example:  tongchou settle --region demo/county --period 2025
    """
    opened = open_region(region)
    order = Order(opened, Period.parse(period), policy, scheme, shadow)
    with open_engine(engine) as running:
        record = run_order(order, running)
    if as_json:
        print_json({"ok": True, "record": asdict(record)})
    else:
        show_run(opened, record)


def run_order(order: Order, engine: Engine) -> RunRecord:
    """Settle with a progress bar."""
    with stage_bar(STAGE_TITLES) as announce:
        return settle_order(order, engine, announce)


def show_run(region: Region, record: RunRecord) -> None:
    """Print a run: budget, actual, surplus, shares, gain and loss, rows set aside, and where the statements are."""
    summary = record.summary
    show_institutions([each for each in summary.institutions if each.case_count])
    show_shares([each for each in summary.institutions if not each.case_count])
    for alliance in summary.alliances:
        shown = table(f"{escape(str(alliance.name))} — 总额预算 / global budget", "项目 / item", "元 / yuan", numeric=1)
        shown.add_row("预算 / budget", format_yuan(alliance.base_fen))
        shown.add_row(
            "实际基金支出（成员参保人，无论何处就医）/ actual use, wherever treated", format_yuan(alliance.actual_fen)
        )
        shown.add_row(
            "结余（负为超支）/ surplus", f"{format_yuan(alliance.surplus_fen)} ({format_e4(alliance.rate_e4)})"
        )
        shown.add_row("医联体留用（负为分担）/ kept", format_yuan(alliance.kept_fen))
        shown.add_row("基金收回（负为分担）/ returned", format_yuan(alliance.returned_fen))
        shown.add_row("公共储备 / reserve", format_yuan(alliance.reserve_fen))
        console.print(shown)
    show_beside(summary.beside)
    for pool in summary.pools:
        words = f"点值 / point value ({pool.pool}, {pool.source}): {format_e4(pool.value_e4)} 元/分"
        shared = f"可分配 / to share {format_yuan(pool.pool_fen)}，应付 / payable {format_yuan(pool.payable_fen)}"
        left = f"，余（负为不足）/ left {format_yuan(pool.left_fen)}" if pool.left_fen else ""
        console.print(f"{words}，{shared}{left}", style="red" if pool.left_fen < 0 else None, markup=False)
    aside = ", ".join(f"{name} {number:,}" for name, number in summary.set_aside.items()) or "0"
    riv = f", RIV {format_e4(record.riv_e4)}" if record.riv_e4 is not None else ""
    console.print(
        f"搁置的行 / rows set aside: {aside}; 病例 / cases {summary.case_count:,}, "
        f"未入组 / ungrouped {summary.ungrouped_count:,}{riv}",
        markup=False,
    )
    run = f"批次 / run: {record.run_id} ({record.state}), 结果哈希 / result {record.result_hash[:16]}"
    console.print(run, markup=False)
    for read in record.reads:
        if read.review_missed:
            console.print(
                f"警告 / warning: 参数已过复核期限 / past its review {read.review_missed}: {read.name} = {read.value} "
                f"[{read.level}]",
                style="yellow",
                markup=False,
                soft_wrap=True,
            )
    for folder, count in statement_folders(region, record).items():
        console.print(f"清算单 / statements: {folder} ({count})", soft_wrap=True, markup=False)
    if BESIDE in record.file_hashes:
        workbook = region.run_folder(record.run_id) / BESIDE
        console.print(f"病例以外的款项 / money beside cases: {workbook}", soft_wrap=True, markup=False)
    for page in report_pages(region, record):
        console.print(f"报告 / report: {page}", soft_wrap=True, markup=False)
    if summary.sample_case:
        where = f"--region {region.folder}"
        console.print(f"追问 / ask why: tongchou explain {where} {summary.sample_case}", soft_wrap=True, markup=False)
        member = max(summary.institutions, key=lambda each: each.share_fen).institution_id
        console.print(f"               tongchou explain {where} --member {member}", soft_wrap=True, markup=False)
        console.print(f"               tongchou ledger verify {where}", soft_wrap=True, markup=False)


def statement_folders(region: Region, record: RunRecord) -> dict[Path, int]:
    """Return the folders of a run's statements, by the record, with how many each holds."""
    files = (PurePosixPath(name) for name in sorted(record.file_hashes) if name.endswith(".xlsx"))
    run = region.run_folder(record.run_id)
    return dict(Counter(run / file.parent for file in files if file.parent.name == "statements"))


def report_pages(region: Region, record: RunRecord) -> list[Path]:
    """Return the report pages of a run, by the record: one, or one for each alliance."""
    run = region.run_folder(record.run_id)
    return [run / name for name in sorted(record.file_hashes) if name.endswith(".html")]


def show_institutions(institutions: Sequence[InstitutionFigures]) -> None:
    """Print the institutions that had stays: cases, gain and loss, share, what is due."""
    shown = table(
        "有住院的机构（万元）/ institutions with stays (10,000 yuan)",
        "机构\ninstitution",
        "病例\ncases",
        "病例组合指数\nCMI",
        "费用\ncharges",
        "基金\nfund",
        "盈亏\nresult",
        "结余分配\nshare",
        "清算应付\ndue",
        numeric=7,
    )
    for each in institutions:
        amounts = (each.charges_fen, each.fund_fen, each.result_fen, each.share_fen, each.due_fen)
        shown.add_row(
            f"{escape(each.name.zh)}\n[dim]{escape(each.name.en)}[/dim]",
            f"{each.case_count:,}",
            format_e4(each.cmi_e4),
            *(format_ten_thousand(fen) for fen in amounts),
        )
    console.print(shown)


def show_shares(institutions: Sequence[InstitutionFigures]) -> None:
    """Print the members that had no stays: their share of the surplus and what is due."""
    if not institutions:
        return
    heads = (
        "无住院的成员（元）/ members without stays (yuan)",
        "机构 / institution",
        "结余分配 / share",
        "清算应付 / due",
    )
    shown = table(*heads, numeric=2)
    for each in institutions:
        shown.add_row(escape(str(each.name)), format_yuan(each.share_fen), format_yuan(each.due_fen))
    console.print(shown)


def show_beside(figures: Sequence[PurposeFigures]) -> None:
    """Print what is due beside cases by purpose; nothing where there is none."""
    if not figures:
        return
    shown = table(
        "病例以外的款项（元）/ money beside cases (yuan)",
        "用途 / purpose",
        "付款方 → 收款方 / payer → payee",
        "笔数 / amounts",
        "合计 / sum",
        numeric=2,
    )
    for each in figures:
        payer, payee = PARTY_KINDS[each.payer_kind], PARTY_KINDS[each.payee_kind]
        parties = f"{payer.zh} → {payee.zh}\n[dim]{payer.en} → {payee.en}[/dim]"
        name = f"{escape(each.name.zh)}\n[dim]{escape(each.name.en)}[/dim]"
        shown.add_row(name, parties, f"{each.count:,}", format_yuan(each.amount_fen))
    console.print(shown)


@speaks_errors
def explain(
    region: RegionOption,
    case_id: Annotated[str | None, typer.Argument(help="清单号 / case.", show_default=False)] = None,
    member: Annotated[
        str | None,
        typer.Option("--member", help="改为解释一家机构的清算 / an institution instead.", show_default=False),
    ] = None,
    event: Annotated[
        str | None,
        typer.Option("--event", help="改为解释一个服务事件或人头组 / a service event or heads.", show_default=False),
    ] = None,
    referral: Annotated[
        str | None, typer.Option("--referral", help="改为解释一次转诊 / a referral instead.", show_default=False)
    ] = None,
    largest: Annotated[
        int,
        typer.Option("--largest", min=0, help="机构每项病例以外款项逐笔解释几笔 / amounts shown of each rule."),
    ] = LARGEST,
    run: RunOption = None,
    language: Annotated[
        Literal["zh", "en", "both"], typer.Option("--language", help="显示的语言 / languages shown.")
    ] = "both",
    as_json: JsonOption = False,
) -> None:
    """解释一例的分组与支付，或机构清算、服务事件、转诊 / explain a case, or a settlement, an event, a referral.

    例 / example:  tongchou explain --region demo/county C000000001
                   tongchou explain --region demo/county --member H00000000001
                   tongchou explain --region demo/county --referral R000000001
    """
    if sum(each is not None for each in (case_id, member, event, referral)) != 1:
        raise typer.BadParameter(
            "写清单号，或写 --member、--event、--referral 之一 / give a case, or one of --member, --event, --referral"
        )
    opened = open_region(region)
    with open_engine("duckdb") as engine, collector_paused():
        explainer = open_run(opened, run or newest_run(opened), engine)
        step = _explained(explainer, case_id, member, event, referral, largest)
    if as_json:
        print_json({"ok": True, "run": explainer.record.run_id, **explanation_as_json(step)})
        return
    languages: list[Language] = ["zh", "en"] if language == "both" else [language]
    for chosen in languages:
        typer.echo(explanation_as_text(step, chosen))
        typer.echo("")


def _explained(
    explainer: Explainer, case_id: str | None, member: str | None, event: str | None, referral: str | None, largest: int
) -> Step:
    """Ask a run for the one thing that is named."""
    if case_id is not None:
        return explainer.case(case_id)
    if event is not None:
        return explainer.event(event)
    if referral is not None:
        return explainer.referral(referral)
    return explainer.member(member or "", largest)
