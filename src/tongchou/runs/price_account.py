"""What a case is paid, as an account: the fund's part, the patient's part, the hospital's gain or loss."""

from collections.abc import Iterator

from tongchou.core.explanation import AccountLine
from tongchou.core.money import E4, format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.runs.priced_case import PricedCase, format_e2, how_paid
from tongchou.schema.states import CASE_KIND

_NONE = Text("", "")


def price_account(case: PricedCase) -> tuple[AccountLine, ...]:
    """Return the account of a case: in each of its three parts the lines add up to the sums and totals below them."""
    return (*_fund(case), *_patient(case), *_hospital(case))


def burden_in_figures(case: PricedCase) -> str:
    """Return the formula of the patient's part with its figures."""
    row, assessed = case.case, case.assessed
    total = format_yuan(row["total_fen"])
    taken = " − ".join(
        (total, *(format_yuan(fen) for _, fen in _outside(case)), format_yuan(assessed["deductible_fen"]))
    )
    return f"{total} − ({taken}) × {format_e4(assessed['ratio_e4'])}"


def fund_in_figures(case: PricedCase) -> str:
    """Return the formula of the fund's part with its figures."""
    payable = format_yuan(case.priced["payable_fen"])
    if not _pays_by_ratio(case):
        return f"{payable} − {format_yuan(case.priced['patient_fen'])}"
    assessed = case.assessed
    taken = " − ".join(
        (payable, *(format_yuan(fen) for _, fen in _outside(case)), format_yuan(assessed["deductible_fen"]))
    )
    return f"({taken}) × {format_e4(assessed['ratio_e4'])}"


def _fund(case: PricedCase) -> Iterator[AccountLine]:
    priced = case.priced
    payable, patient, fund = priced["payable_fen"], priced["patient_fen"], priced["fund_fen"]
    yield from _payable(case)
    if _pays_by_ratio(case):
        words = Text("减：基金按比例不付的部分", "less what the fund's ratio leaves out")
        yield AccountLine(
            words, Text(f"基金 = {fund_in_figures(case)}", f"fund = {fund_in_figures(case)}"), fund - payable
        )
    else:
        words = Text("减：个人负担", "less the patient's part")
        yield AccountLine(words, Text("见下", "see below"), -patient)
        if floored := fund - (payable - patient):
            yield AccountLine(Text("基金支付不低于零", "the fund's part is not below zero"), _NONE, floored)
    yield AccountLine(Text("统筹基金支付", "The fund pays"), _NONE, fund, "total")


def _payable(case: PricedCase) -> Iterator[AccountLine]:
    """Yield what makes the amount payable, and the amount."""
    priced = case.priced
    payable, kind, how = priced["payable_fen"], CASE_KIND[priced["case_kind"]], _changed(case, how_paid(case))
    if case.value is not None:
        points, factor = format_e2(priced["points_e2"]), format_e4(priced["factor_e4"])
        words = Text(
            f"{kind.zh}，{how.zh}；{points} 分（机构系数 {factor}）按点值分到分",
            f"{kind.en}, {how.en}; {points} points (coefficient {factor}) at the point's value, to the fen",
        )
        yield AccountLine(Text("应支付总额", "Payable in all"), words, payable, "sum")
        return
    standard = priced["standard_fen"]
    rate, weight, factor = (
        format_yuan(priced["base_rate_fen"]),
        format_e4(priced["weight_e4"]),
        format_e4(priced["factor_e4"]),
    )
    if standard:
        words = Text(
            f"费率 {rate} × 权重 {weight} × 机构系数 {factor}",
            f"base rate {rate} x weight {weight} x coefficient {factor}",
        )
        yield AccountLine(Text("支付标准", "payment standard"), words, standard)
    words = Text(f"{kind.zh}：{how.zh}", f"{kind.en}: {how.en}")
    if payable != standard and standard:
        label = Text("因病例类型增减", "more or less by its kind")
        yield AccountLine(label, Text(f"应支付 = {how.zh}", f"payable = {how.en}"), payable - standard)
        words = kind
    yield AccountLine(Text("应支付总额", "Payable in all"), words, payable, "sum")


def _changed(case: PricedCase, how: Text) -> Text:
    """Return how a case is paid, with what is paid outside its group's worth and what it is multiplied by."""
    excluded, modifier = case.priced["excluded_fen"], case.priced["modifier_e4"]
    if excluded:
        amount = format_yuan(excluded)
        how = Text(f"{how.zh} + 除外支付 {amount}", f"{how.en} + {amount} outside the group's worth")
    if modifier != E4:
        factor = format_e4(modifier)
        how = Text(f"（{how.zh}）× 再入院与质量系数 {factor}", f"({how.en}) x readmission and quality {factor}")
    return how


def _patient(case: PricedCase) -> Iterator[AccountLine]:
    """Yield what the patient pays: outside the scope, the deductible, and his share of the rest."""
    patient, total = case.priced["patient_fen"], case.case["total_fen"]
    outside = sum(fen for _, fen in _outside(case))
    deductible = min(case.assessed["deductible_fen"], max(0, total - outside))
    shared = patient - outside - deductible
    if shared >= 0:
        lines = [(label, _NONE, fen) for label, fen in _outside(case)]
        lines.append((Text("起付线", "deductible"), _NONE, deductible))
        taken = " − ".join(format_yuan(fen) for fen in (total, outside, deductible))
        ratio = format_e4(case.assessed["ratio_e4"])
        lines.append(
            (Text("范围内按比例自付", "share of what is in scope"), Text.plain(f"({taken}) × (1 − {ratio})"), shared)
        )
        yield from (AccountLine(label, words, fen) for label, words, fen in lines if fen)
        yield AccountLine(Text("个人负担", "The patient pays"), _NONE, patient, "total")
    else:
        # What is said to be outside the scope is more than the whole bill: the patient pays the bill.
        yield AccountLine(Text("个人负担", "The patient pays"), Text.plain(burden_in_figures(case)), patient, "total")


def _hospital(case: PricedCase) -> Iterator[AccountLine]:
    priced = case.priced
    yield AccountLine(Text("统筹基金支付", "the fund pays"), _NONE, priced["fund_fen"])
    yield AccountLine(Text("个人负担", "the patient pays"), _NONE, priced["patient_fen"])
    yield AccountLine(Text("减：医疗费总额", "less the charges"), _NONE, -case.case["total_fen"])
    yield AccountLine(Text("医院盈亏", "The hospital's result"), _NONE, priced["hospital_result_fen"], "total")


def _outside(case: PricedCase) -> tuple[tuple[Text, int], ...]:
    """Return what of the bill is outside the scope of the insurance, fen."""
    row = case.case
    return (
        (Text("全自费", "fully self-paid"), row["self_paid_fen"]),
        (Text("先行自付", "first self-pay"), row["first_self_pay_fen"]),
        (Text("超限价", "over price limits"), row["over_limit_fen"]),
    )


def _pays_by_ratio(case: PricedCase) -> bool:
    return case.terms.terms.benefit.fund_method == "ratio_on_standard"
