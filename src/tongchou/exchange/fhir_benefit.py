"""What a run paid for a stay, as an explanation of benefit: group, weight, standard, who pays what, and why."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.exchange.elements import HL7_CODES, Resource, concept, identifier, reference, resource, yuan
from tongchou.exchange.fhir_claim import INSURER, Case
from tongchou.intake.readers.exchange_codes import CODES
from tongchou.intake.readers.fhir.bills import AMOUNT_SYSTEM
from tongchou.runs.record import RunRecord
from tongchou.schema.results import PRICED
from tongchou.schema.states import CASE_KIND, GROUPING_STATUS, WEIGHT_SOURCE

RUN_SYSTEM = f"{CODES}run"
GROUP_SYSTEM = f"{CODES}group"
PRICE_SYSTEM = f"{CODES}case-price"
"""The system of a case's price: its codes are columns of the table `priced` without their unit."""

_REPLIED: Mapping[str, tuple[str, str | None]] = {
    "total_fen": ("total", "submitted"),
    "self_paid_fen": ("own_pay", "noncovered"),
    "first_self_pay_fen": ("first_self_pay", None),
    "over_limit_fen": ("over_limit", None),
    "fund_fen": ("fund_total", "benefit"),
    "patient_fen": ("person_part", None),
}
"""Columns that a settlement's reply has too: the code of ours, and that of HL7 where it means the same."""

_PRICES = ("standard_fen", "reference_fen", "excluded_fen", "payable_fen", "hospital_result_fen")
_RATIOS = ("weight_e4", "factor_e4", "modifier_e4")


def explanation(case: Case, record: RunRecord, standing: str) -> Resource:
    """Return the explanation of benefit of a case.

    Args:
        case: The case.
        record: The run that priced it.
        standing: `active`, `draft` for a shadow run, `cancelled` where a later run has reversed it.
    """
    return resource(
        "ExplanationOfBenefit",
        f"{record.run_id}:{case['case_id']}",
        identifier=identifier(RUN_SYSTEM, f"{record.run_id}:{case['case_id']}"),
        status=standing,
        type=concept((f"{HL7_CODES}claim-type", "institutional")),
        use="claim",
        patient=reference("Patient", case["person_id"]),
        created=case["settled_on"].isoformat(),
        insurer=INSURER,
        provider=reference("Organization", case["institution_id"]),
        claim=reference("Claim", case["case_id"]),
        outcome="complete",
        insurance=[{"focal": True, "coverage": {"display": INSURER["display"]}}],
        diagnosis=_group(case, record),
        adjudication=_adjudication(case),
        total=_totals(case),
        payment={"amount": yuan(case["fund_fen"])},
        processNote=_why(case, record),
    )


def _group(case: Case, record: RunRecord) -> list[dict[str, Any]]:
    if not case["diagnoses"]:
        return []
    grouped = {"packageCode": concept((GROUP_SYSTEM, case["drg"]), text=record.inputs.scheme)} if case["drg"] else {}
    return [{"sequence": 1, "diagnosisReference": reference("Condition", f"{case['case_id']}:1"), **grouped}]


def _adjudication(case: Case) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = [
        {"category": concept((PRICE_SYSTEM, name.removesuffix("_e4"))), "value": _decimal(case[name], 4)}
        for name in _RATIOS
    ]
    said.append({"category": concept((PRICE_SYSTEM, "base_rate")), "amount": yuan(case["base_rate_fen"])})
    if case["points_e2"] is not None:
        said.append({"category": concept((PRICE_SYSTEM, "points")), "value": _decimal(case["points_e2"], 2)})
    said.append(
        {"category": concept((PRICE_SYSTEM, "case_kind")), "reason": concept((PRICE_SYSTEM, case["case_kind"]))}
    )
    return said


def _totals(case: Case) -> list[dict[str, Any]]:
    said = []
    for column, (ours, theirs) in _REPLIED.items():
        codings = [(AMOUNT_SYSTEM, ours), *([(f"{HL7_CODES}adjudication", theirs)] if theirs else [])]
        said.append({"category": concept(*codings), "amount": yuan(case[column])})
    prices = ((name.removesuffix("_fen"), case[name]) for name in _PRICES)
    return [*said, *({"category": concept((PRICE_SYSTEM, name)), "amount": yuan(fen)} for name, fen in prices)]


def _why(case: Case, record: RunRecord) -> list[dict[str, Any]]:
    sentence = _sentence(case, record)
    return [
        {
            "number": number,
            "type": "display",
            "text": words,
            "language": concept(("urn:ietf:bcp:47", language)),
        }
        for number, (language, words) in enumerate((("zh", sentence.zh), ("en", sentence.en)), start=1)
    ]


def _sentence(case: Case, record: RunRecord) -> Text:
    kind, source = CASE_KIND[case["case_kind"]], WEIGHT_SOURCE[case["weight_source"]]
    group = Text.plain(case["drg"]) if case["drg"] else GROUPING_STATUS[case["status"]]
    weight, rate = format_e4(case["weight_e4"]), format_yuan(case["base_rate_fen"])
    standard, payable = format_yuan(case["standard_fen"]), format_yuan(case["payable_fen"])
    fund, own = format_yuan(case["fund_fen"]), format_yuan(case["patient_fen"])
    title = _title("standard_fen")
    return Text(
        f"病组 {group.zh}（{record.inputs.scheme}）；{kind.zh}；权重 {weight}（{source.zh}）；费率 {rate} 元；"
        f"{title.zh} {standard} 元；应支付 {payable} 元，其中统筹基金 {fund} 元，个人 {own} 元。"
        f"结算批次 {record.run_id}",
        f"group {group.en} ({record.inputs.scheme}); {kind.en}; weight {weight} ({source.en}); rate {rate} yuan; "
        f"{title.en} {standard} yuan; payable {payable} yuan, of it {fund} by the fund, {own} by the patient. "
        f"Run {record.run_id}",
    )


def _title(column: str) -> Text:
    return next(each.title for each in PRICED.columns if each.name == column)


def _decimal(scaled: int, digits: int) -> Decimal:
    return Decimal(scaled).scaleb(-digits)
