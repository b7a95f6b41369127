"""Why a case is priced as it is: the standard or the points, its kind, the patient's part and the fund's."""

from collections.abc import Mapping
from typing import Any

from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import E4, divide_half_up, format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.payment.cases.points_value import PointValue
from tongchou.payment.cases.terms import TermsPeriod
from tongchou.runs.price_account import burden_in_figures, fund_in_figures, price_account
from tongchou.runs.priced_case import PricedCase, format_e2, how_paid
from tongchou.schema.states import CASE_KIND


def price_step(case: PricedCase) -> Step:
    """Explain what a case is paid."""
    priced = case.priced
    worth = _standard(case) if case.value is None else _points(case, case.value)
    payable, fund, patient = (format_yuan(priced[name]) for name in ("payable_fen", "fund_fen", "patient_fen"))
    is_whole = priced["payable_fen"] == priced["fund_fen"] + priced["patient_fen"]
    zh = f"应支付 {payable} = 基金 {fund} + 个人 {patient}" if is_whole else f"基金 {fund}，个人 {patient}"
    return Step(
        "payment",
        Text("支付", "Payment"),
        Text(zh, f"payable {payable} yuan, fund {fund}, patient {patient}"),
        children=(worth, _kind(case), _patient(case), _fund(case)),
        account=price_account(case),
    )


def _standard(case: PricedCase) -> Step:
    priced = case.priced
    return Step(
        "payment.drg.standard",
        Text("支付标准 = 费率 × 权重 × 机构系数", "Payment standard = base rate x weight x institution coefficient"),
        Text.plain(
            f"{format_yuan(priced['base_rate_fen'])} × {format_e4(priced['weight_e4'])} × "
            f"{format_e4(priced['factor_e4'])} = {format_yuan(priced['standard_fen'])}"
        ),
        parameters=_of(case.terms, "payment/drg/level_factor", f"level={case.case['level']}"),
        children=case.behind,
    )


def _points(case: PricedCase, value: PointValue) -> Step:
    priced = case.priced
    points, factor = format_e2(priced["points_e2"]), format_e4(priced["factor_e4"])
    return Step(
        "payment.points.case",
        Text("应支付总额 = 分值 × 机构系数 × 点值", "Payable in all = points x institution coefficient x point value"),
        Text(
            f"{points} 分，机构系数 {factor}，合 {format_yuan(priced['payable_fen'])} 元",
            f"{points} points, coefficient {factor}: {format_yuan(priced['payable_fen'])} yuan",
        ),
        facts=(
            Fact(Text("病组基准分值", "points of the group"), format_e2(case.assessed["normal_worth"])),
            Fact(
                Text("说明", "note"),
                "各院金额按分值以最大余数法分到分 / split by points with the largest remainder, to the fen",
            ),
        ),
        parameters=_of(case.terms, "payment/drg/level_factor", f"level={case.case['level']}"),
        children=(*case.behind, value.step),
    )


def _kind(case: PricedCase) -> Step:
    priced, row = case.priced, case.case
    kind = CASE_KIND[priced["case_kind"]]
    modifier: tuple[Fact, ...] = ()
    if priced["modifier_e4"] != E4:
        modifier = (
            Fact(Text("再入院与质量系数", "factor for readmission and quality"), format_e4(priced["modifier_e4"])),
        )
    excluded: tuple[Fact, ...] = ()
    if priced["excluded_fen"]:
        excluded = (_yuan(Text("除外支付", "paid outside the group's worth"), priced["excluded_fen"]),)
    return Step(
        f"payment.drg.{priced['case_kind']}",
        Text("病例类型", "Kind of case"),
        Text(
            f"{kind.zh}：应支付总额 {format_yuan(priced['payable_fen'])} 元",
            f"{kind.en}: payable in all {format_yuan(priced['payable_fen'])} yuan",
        ),
        facts=(
            _yuan(Text("医疗费总额", "total cost"), row["total_fen"]),
            Fact(Text("住院天数", "days in hospital"), str(row["los_days"])),
            Fact(Text("费用与标准之比", "cost over standard"), _multiple(priced)),
            Fact(Text("按病例类型的算法", "how its worth follows from its kind"), how_paid(case)),
            *modifier,
            *excluded,
        ),
        parameters=_kind_parameters(case),
        children=tuple(review.step for review in case.reviews),
    )


_TESTED = ("high", "low", "cheap", "short_stay", "long_stay", "early_death", "incomplete", "unstable", "ungrouped")


def _kind_parameters(case: PricedCase) -> tuple[ParameterRead, ...]:
    keys = {
        "",
        f"level={case.case['level']}",
        f"grouping_status={case.case['status']}",
        f"discharge_way={case.case['discharge_way']}",
        f"department={case.case['department']}",
        f"drg={case.priced['drg']}",
        f"institution_id={case.priced['institution_id']}",
    }
    prefixes = (
        *(f"payment/drg/{name}/" for name in _TESTED),
        "payment/bed_day/",
        "payment/readmission/",
        "payment/quality/",
    )
    own = tuple(
        read
        for read in case.terms.reads
        if read.name.startswith(prefixes) and (read.key in keys or read.key.startswith("bed_day_type="))
    )
    return own + tuple(read for read in case.year_reads if read.name.startswith(_year_names(case.priced)))


def _year_names(priced: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the beginnings of the names of the year's parameters that bear on a case."""
    bears = {
        "payment/drg/high/cap_ratio": priced["case_kind"] in {"high", "high_over_cap"},
        "payment/readmission/days": priced["modifier_e4"] != E4,
        "payment/new_technology/": priced["excluded_fen"] != 0,
    }
    return tuple(name for name, does in bears.items() if does)


def _patient(case: PricedCase) -> Step:
    row = case.case
    pair = f"insurance_type={row['insurance_type']}, level={row['level']}"
    return Step(
        "benefit.inpatient",
        Text(
            "个人负担 = 总额 −（总额 − 自费 − 先行自付 − 超限价 − 起付线，不低于零）× 支付比例",
            "The patient's part = total - (total - self-paid - first self-pay - over limit - deductible, not below "
            "zero) x ratio",
        ),
        Text.plain(f"{burden_in_figures(case)} = {format_yuan(case.priced['patient_fen'])}"),
        facts=(
            _yuan(Text("全自费", "fully self-paid"), row["self_paid_fen"]),
            _yuan(Text("先行自付", "first self-pay"), row["first_self_pay_fen"]),
            _yuan(Text("超限价", "over price limits"), row["over_limit_fen"]),
        ),
        parameters=_of(case.terms, "benefit/inpatient/", pair),
    )


def _fund(case: PricedCase) -> Step:
    benefit = case.terms.terms.benefit
    return Step(
        "payment.fund_part",
        _FUND_METHODS[benefit.fund_method, benefit.negative_fund],
        Text.plain(f"{fund_in_figures(case)} = {format_yuan(case.priced['fund_fen'])}"),
        facts=(_yuan(Text("医院盈亏", "the hospital's gain or loss"), case.priced["hospital_result_fen"]),),
        parameters=_of(case.terms, "payment/fund_part/", ""),
    )


_LESS_PATIENT = Text("应支付总额 − 个人负担", "payable in all - the patient's part")
_ON_STANDARD = Text(
    "（应支付总额 − 自费 − 先行自付 − 超限价 − 起付线）× 支付比例",
    "(payable in all - self-paid - first self-pay - over limit - deductible) x ratio",
)
_FUND_METHODS = {
    (method, negative): Text(
        f"统筹基金支付 = {words.zh}{'，不低于零' if negative == 'floor_zero' else ''}",
        f"The fund's part = {words.en}{', not below zero' if negative == 'floor_zero' else ''}",
    )
    for method, words in (("standard_less_patient", _LESS_PATIENT), ("ratio_on_standard", _ON_STANDARD))
    for negative in ("floor_zero", "carry")
}


def _multiple(priced: Mapping[str, Any]) -> str:
    if not priced["reference_fen"]:
        return "-"
    cost = priced["total_fen"] - priced["excluded_fen"]
    return format_e4(divide_half_up(cost * E4, priced["reference_fen"]))


def _of(terms: TermsPeriod, prefix: str, key: str) -> tuple[ParameterRead, ...]:
    return tuple(read for read in terms.reads if read.name.startswith(prefix) and read.key == key)


def _yuan(label: Text, fen: int) -> Fact:
    return Fact(label, format_yuan(fen))
