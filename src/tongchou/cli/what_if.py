"""`tongchou what-if`: one case coded otherwise, its groups, weights and prices beside each other."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from tongchou.cli.console import console, print_json, speaks_errors, table
from tongchou.cli.group import CasesArgument, SchemeOption, show_notice
from tongchou.cli.options import JsonOption
from tongchou.cli.weights import read_weights
from tongchou.core.money import format_e4, format_yuan, scale, yuan_to_fen
from tongchou.core.text import Text
from tongchou.grouping.exchange.case_file import open_cases
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.review.severity_options import SeverityOptions, severity_options
from tongchou.grouping.review.what_if import (
    Change,
    DiagnosisAdded,
    DiagnosisDropped,
    FieldSet,
    PrincipalReplaced,
    PrincipalSwapped,
    ProcedureAdded,
    ProcedureDropped,
    ProcedureMadePrincipal,
    Together,
    Variant,
)
from tongchou.grouping.review.what_if import what_if as group_otherwise
from tongchou.payment.weights import GroupWeight

CodesOption = list[str] | None


@speaks_errors
def what_if(
    cases: CasesArgument,
    scheme: SchemeOption,
    case: Annotated[str, typer.Option("--case", help="病例号 / case.", show_default=False)],
    principal: Annotated[
        CodesOption, typer.Option(help="主要诊断改为 / another principal diagnosis.", show_default=False)
    ] = None,
    swap: Annotated[
        list[int] | None,
        typer.Option(help="主要诊断与第 N 个其他诊断互换 / with secondary diagnosis N.", show_default=False),
    ] = None,
    add_diagnosis: Annotated[
        CodesOption, typer.Option(help="增加其他诊断 / a secondary diagnosis more.", show_default=False)
    ] = None,
    drop_diagnosis: Annotated[CodesOption, typer.Option(help="去掉诊断 / without it.", show_default=False)] = None,
    add_procedure: Annotated[
        CodesOption, typer.Option(help="增加手术操作 / a procedure more.", show_default=False)
    ] = None,
    drop_procedure: Annotated[CodesOption, typer.Option(help="去掉手术操作 / without it.", show_default=False)] = None,
    principal_procedure: Annotated[
        CodesOption, typer.Option(help="病例中的它改排首位 / one of the procedures put first.", show_default=False)
    ] = None,
    set_field: Annotated[
        CodesOption, typer.Option("--set", help="改字段，如 age_years=5 / set a field.", show_default=False)
    ] = None,
    together: Annotated[bool, typer.Option(help="各项改动合在一起 / all changes at once.")] = False,
    weights: Annotated[
        Path | None,
        typer.Option(help="权重表 CSV：drg,weight / weight table.", dir_okay=False, show_default=False),
    ] = None,
    rate: Annotated[
        str | None, typer.Option(help="费率（元/权重）/ base rate, yuan a weight.", show_default=False)
    ] = None,
    show_options: Annotated[
        bool,
        typer.Option("--severity-options", help="列出会成为 CC/MCC 的诊断 / diagnoses that would be CC or MCC."),
    ] = False,
    beginning: Annotated[
        CodesOption, typer.Option(help="其中以此开头的 / those that begin so.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """试改一例的编码，并列组、权重、金额 / code one case otherwise: groups, weights, prices beside each other.

    权重只取自所给的表，金额 = 权重 × 费率，四舍五入到分，不含机构系数等调整。
    Weights come from the given table only; price = weight x rate, half up to the fen, before any coefficient.

    例 / example:  tongchou what-if cases.csv --scheme chs-drg-category --case 1 --add-diagnosis J96.000
                   tongchou what-if cases.csv --scheme chs-drg-category --case 1 --principal J15.900
                   --weights weights.csv --rate 9600 --severity-options --beginning J
    """
    if rate is not None and weights is None:
        raise typer.BadParameter("--rate 须与 --weights 同用 / --rate goes with --weights")
    changes: list[Change] = [
        *map(PrincipalReplaced, principal or ()),
        *map(PrincipalSwapped, swap or ()),
        *map(DiagnosisAdded, add_diagnosis or ()),
        *map(DiagnosisDropped, drop_diagnosis or ()),
        *map(ProcedureAdded, add_procedure or ()),
        *map(ProcedureDropped, drop_procedure or ()),
        *map(ProcedureMadePrincipal, principal_procedure or ()),
        *map(_field_set, set_field or ()),
    ]
    if not changes and not show_options:
        raise typer.BadParameter("写明至少一项改动 / give one change at least")
    prices = _Prices(read_weights(weights) if weights else None, _rate_fen(rate))
    grouper = Grouper.find(scheme)
    chosen = open_cases(cases).case(case)
    variants = group_otherwise(grouper, chosen, [Together(tuple(changes))] if together and changes else changes)
    options = severity_options(grouper, chosen, beginning=tuple(beginning or ())) if show_options else None
    if as_json:
        answer: dict[str, Any] = {"ok": True, "variants": [prices.as_json(variant) for variant in variants]}
        if options is not None:
            answer["severity_options"] = _options_as_json(options)
        print_json(answer)
        return
    prices.show(variants, grouper.scheme.drg_names())
    if options is not None:
        _show_options(options)
    show_notice(scheme)


class _Prices:
    """Weights and prices of variants, from a given table."""

    def __init__(self, weights: dict[str, GroupWeight] | None, rate_fen: int | None) -> None:
        self._weights = weights
        self._rate_fen = rate_fen

    def as_json(self, variant: Variant) -> dict[str, Any]:
        grouped = variant.grouped
        said: dict[str, Any] = {
            "description": {"zh": variant.description.zh, "en": variant.description.en},
            "status": grouped.status,
            "mdc": grouped.mdc,
            "adrg": grouped.adrg,
            "drg": grouped.drg,
            "differs_in": variant.differs_in,
        }
        if self._weights is not None:
            weight_e4 = self._weight_e4(variant)
            said["weight"] = None if weight_e4 is None else format_e4(weight_e4)
            said["price_fen"] = self._price_fen(weight_e4)
        return said

    def show(self, variants: list[Variant], names: dict[str, Text]) -> None:
        with_money = () if self._weights is None else ("权重 / weight", "金额（元）/ price, yuan")
        heads = ("改动 / change", "状态 / status", "DRG", "名称 / name", *with_money)
        shown = table("", *heads, numeric=len(with_money))
        for variant in variants:
            grouped = variant.grouped
            name = str(names[grouped.drg]) if grouped.drg in names else ""
            mark = "≠ " if variant.differs_in else ""
            cells = [str(variant.description), grouped.status, mark + grouped.drg, name]
            if self._weights is not None:
                cells += self._money(variant)
            shown.add_row(*map(escape, cells))
        console.print(shown)

    def _money(self, variant: Variant) -> tuple[str, str]:
        weight_e4 = self._weight_e4(variant)
        if weight_e4 is None:
            return ("-", "-") if variant.grouped.status != "grouped" else ("表中没有 / not in the table", "-")
        price_fen = self._price_fen(weight_e4)
        return format_e4(weight_e4), "-" if price_fen is None else format_yuan(price_fen)

    def _weight_e4(self, variant: Variant) -> int | None:
        found = (self._weights or {}).get(variant.grouped.drg)
        return found.weight_e4 if found is not None and variant.grouped.status == "grouped" else None

    def _price_fen(self, weight_e4: int | None) -> int | None:
        return None if weight_e4 is None or self._rate_fen is None else scale(self._rate_fen, weight_e4)


def _field_set(written: str) -> FieldSet:
    field, equals, value = written.partition("=")
    if not equals:
        raise typer.BadParameter(f"写成 字段=值 / write field=value: {written}")
    return FieldSet(field.strip(), value.strip() or None)


def _rate_fen(rate: str | None) -> int | None:
    if rate is None:
        return None
    try:
        yuan = Decimal(rate)
    except InvalidOperation:
        yuan = Decimal(-1)
    if not yuan.is_finite() or yuan <= 0:
        raise typer.BadParameter(f"--rate 须为正数（元）/ --rate is a positive number of yuan: {rate}")
    return yuan_to_fen(yuan)


def _options_as_json(options: SeverityOptions) -> dict[str, Any]:
    return {
        "warning": {"zh": options.warning.zh, "en": options.warning.en},
        "found": options.found_count,
        "options": [{"code": each.code, "level": each.level, "drg": each.grouped.drg} for each in options.options],
    }


def _show_options(options: SeverityOptions) -> None:
    console.print(str(options.warning), style="yellow", markup=False)
    title = f"会改变 DRG 的其他诊断 / secondary diagnoses that would change the DRG: {options.found_count:,}"
    shown = table(title, "级别 / level", "DRG", "编码 / codes")
    by_result: dict[tuple[str, str], list[str]] = {}
    for each in options.options:
        by_result.setdefault((each.level.upper(), each.grouped.drg), []).append(each.code)
    for (level, drg), codes in by_result.items():
        shown.add_row(level, escape(drg), escape(" ".join(codes)))
    console.print(shown)
    hidden = options.found_count - len(options.options)
    if hidden:
        zh, en = f"另有 {hidden:,} 个，用 --beginning 缩小范围", f"{hidden:,} more, narrow them down by --beginning"
        console.print(f"{zh} / {en}", markup=False)
