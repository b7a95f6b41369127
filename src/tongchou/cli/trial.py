"""`tongchou trial`: a trial settlement (预结算) of one stay or visit: who pays what, and why."""

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape

from tongchou.cli.console import console, print_json, speaks_errors, table
from tongchou.cli.options import JsonOption
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import explanation_as_json, explanation_as_text
from tongchou.core.money import format_yuan, yuan_to_fen
from tongchou.core.text import Language
from tongchou.payment.benefit import BenefitResult, Person, read_benefit_terms, settle_benefit
from tongchou.payment.benefit.states import AID_CATEGORY, CARE_KIND, PLACE_OF_CARE, SUPPLEMENT, TWO_DISEASE
from tongchou.payment.benefit.trial import Bill, CareTried, YearSoFar, care_tried, position_before
from tongchou.policy import Policy, PolicyView
from tongchou.runs.region import open_region
from tongchou.schema.states import INSTITUTION_LEVEL, INSURANCE_TYPE

_TOO_MUCH_FEN = 10**15
"""No care costs 10 million million yuan; and 64 bits hold what is below."""


@speaks_errors
def trial(
    on: Annotated[str, typer.Option("--on", help="适用政策的日期 / day, e.g. 2025-06-01.", show_default=False)],
    level: Annotated[
        str, typer.Option("--level", help=f"医院等级 / level: {' | '.join(INSTITUTION_LEVEL)}.", show_default=False)
    ],
    insurance: Annotated[
        str, typer.Option("--insurance", help=f"险种 / insurance: {' | '.join(INSURANCE_TYPE)}.", show_default=False)
    ],
    total: Annotated[str, typer.Option("--total", help="总费用（元）/ total cost, yuan.", show_default=False)],
    region: Annotated[
        Path | None, typer.Option("--region", help="统筹区目录 / the region's folder.", show_default=False)
    ] = None,
    pack: Annotated[
        str | None, typer.Option("--pack", help="内置政策包 / a built-in policy pack.", show_default=False)
    ] = None,
    care: Annotated[
        str | None,
        typer.Option(
            "--care",
            help=f"待遇类别，缺省住院 / kind, inpatient if not given: {' | '.join(CARE_KIND)}.",
            show_default=False,
        ),
    ] = None,
    self_paid: Annotated[str, typer.Option(help="全自费（元）/ fully self-paid, yuan.")] = "0",
    first_self_pay: Annotated[str, typer.Option(help="先行自付（元）/ first self-pay, yuan.")] = "0",
    over_limit: Annotated[str, typer.Option(help="超限价（元）/ over price limits, yuan.")] = "0",
    referred: Annotated[
        str | None, typer.Option("--referred", help="有效转诊 / valid referral: up | down.", show_default=False)
    ] = None,
    place: Annotated[str, typer.Option("--place", help=f"就医地 / place: {' | '.join(PLACE_OF_CARE)}.")] = "local",
    signed: Annotated[bool, typer.Option("--signed", help="已签约家庭医生 / family-doctor contract.")] = False,
    first_visit: Annotated[bool, typer.Option("--first-visit", help="首诊 / care began here.")] = False,
    retired: Annotated[bool, typer.Option("--retired", help="退休 / retired.")] = False,
    aid: Annotated[str, typer.Option("--aid", help=f"救助类别 / aid: {' | '.join(AID_CATEGORY)}.")] = "none",
    supplement: Annotated[
        str, typer.Option("--supplement", help=f"补充保障 / supplement: {' | '.join(SUPPLEMENT)}.")
    ] = "none",
    chronic: Annotated[
        str | None, typer.Option("--chronic", help="门诊慢特病病种代码 / disease code.", show_default=False)
    ] = None,
    two_disease: Annotated[
        str | None,
        typer.Option("--two-disease", help=f"两病 / drugs for: {' | '.join(TWO_DISEASE)}.", show_default=False),
    ] = None,
    tele: Annotated[
        str, typer.Option("--tele", help="远程医疗诊断方等级 / tele-service: level that diagnoses.", show_default=False)
    ] = "",
    nth: Annotated[
        int | None,
        typer.Option(min=1, help="本年度第几次住院，转诊缺省 2 / stay of the year; 2 if referred.", show_default=False),
    ] = None,
    paid_before: Annotated[str, typer.Option(help="已付起付线（元）/ deductibles paid before, yuan.")] = "0",
    fund_used: Annotated[str, typer.Option(help="已用统筹基金（元）/ basic fund used this year, yuan.")] = "0",
    burden: Annotated[str, typer.Option(help="大病累计负担（元）/ catastrophic burden so far, yuan.")] = "0",
    account: Annotated[str, typer.Option(help="个人账户余额（元）/ balance of the account, yuan.")] = "0",
    enrolled_years: Annotated[int, typer.Option(min=0, help="连续参保年数 / years enrolled without a break.")] = 0,
    language: Annotated[
        Literal["zh", "en", "both"], typer.Option("--language", help="理由的语言 / language of the reasons.")
    ] = "both",
    as_json: JsonOption = False,
) -> None:
    """试算一次住院或门诊由谁支付多少、为什么 / who pays what for a stay or visit, and why; nothing is booked.

    例 / example:  tongchou trial --pack demo_city --on 2025-06-01 --level secondary --insurance resident
                   --total 12000 --self-paid 300
    """
    day = _day(on)
    bill = Bill(
        _fen("--total", total),
        _fen("--self-paid", self_paid),
        _fen("--first-self-pay", first_self_pay),
        _fen("--over-limit", over_limit),
    )
    so_far = YearSoFar(
        nth,
        _fen("--paid-before", paid_before),
        _fen("--fund-used", fund_used),
        _fen("--burden", burden),
        _fen("--account", account),
    )
    tried = CareTried(
        day,
        _kind(care, chronic, two_disease),
        level,
        referred or "",
        entry="first_visit" if first_visit else "other",
        place=place,
        expert_level=tele,
        disease=chronic or two_disease or "",
    )
    try:
        person = Person(
            insurance,
            "retired" if retired else "working",
            "signed" if signed else "unsigned",
            aid,
            supplement,
            enrolled_years,
        )
        given = care_tried(tried, bill)
    except TongchouError as error:
        raise typer.BadParameter(f"\n{error}") from error
    view = _view(region, pack, day)
    result = settle_benefit(read_benefit_terms(view), person, given, position_before(given, so_far))
    if as_json:
        print_json(_document(result, view))
    else:
        _show(result, ["zh", "en"] if language == "both" else [language])


def _kind(care: str | None, chronic: str | None, two_disease: str | None) -> str:
    named = {"chronic": chronic, "two_disease": two_disease}
    kinds = {kind for kind, disease in named.items() if disease} | ({care} if care else set())
    if len(kinds) > 1:
        words = f"一次只能是一类待遇 / one kind of benefit at a time: {', '.join(sorted(kinds))}"
        raise typer.BadParameter(words, param_hint="--care, --chronic, --two-disease")
    return next(iter(kinds), "inpatient")


def _view(region: Path | None, pack: str | None, day: date) -> PolicyView:
    if (region is None) == (pack is None):
        raise typer.BadParameter("写 --region 目录，或写 --pack 政策包 / give --region or --pack, one of them")
    if region is not None:
        return open_region(region).policy().at(day)
    policy = Policy.load()
    if pack not in policy.chains:
        known = ", ".join(policy.chains)
        raise typer.BadParameter(
            f"没有政策包 {pack}，只有 / there is no pack {pack}, only: {known}", param_hint="--pack"
        )
    return policy.at(day, pack)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        words = f"{text} 不是日期，写作 2025-06-01 / {text} is no day; write it as 2025-06-01"
        raise typer.BadParameter(words, param_hint="--on") from error


def _fen(option: str, text: str) -> int:
    words = f"{text} 不是金额，写作 12000 或 12000.50，不得为负 / {text} is no amount; write 12000 or 12000.50"
    try:
        amount = Decimal(text)
        fen = yuan_to_fen(amount) if amount.is_finite() else -1
    except (InvalidOperation, TongchouError) as error:
        raise typer.BadParameter(words, param_hint=option) from error
    if not 0 <= fen < _TOO_MUCH_FEN:
        raise typer.BadParameter(words, param_hint=option)
    return fen


def _document(result: BenefitResult, view: PolicyView) -> dict[str, object]:
    return {
        "ok": True,
        "pack": view.region_id,
        "on": view.on.isoformat(),
        "total_fen": result.care.total_fen,
        "parts_fen": {payer.value: amount for payer, amount in result.parts_fen.items()},
        "patient_fen": result.patient_fen,
        **explanation_as_json(result.explanation()),
    }


def _show(result: BenefitResult, languages: list[Language]) -> None:
    shown = table("试算 / trial settlement", "支付方 / payer", "元 / yuan", numeric=1)
    for payer, amount in result.parts_fen.items():
        shown.add_row(escape(str(payer.label)), format_yuan(amount))
    shown.add_row("[bold]总费用 / total[/bold]", format_yuan(result.care.total_fen))
    console.print(shown)
    explanation = result.explanation()
    for language in languages:
        typer.echo(explanation_as_text(explanation, language))
        typer.echo("")
