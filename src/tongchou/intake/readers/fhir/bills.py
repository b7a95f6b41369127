"""The money of an encounter: its claims' items, and what explanations of benefit say was paid."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tongchou.intake.readers.exchange_codes import CODES, exchange_codes
from tongchou.intake.readers.fhir.amounts import amount_of, coded, codes, number_text, sum_of
from tongchou.intake.readers.fhir.people import Fields
from tongchou.intake.readers.fhir.resources import Resource
from tongchou.intake.readers.wire_values import moment_of_fhir
from tongchou.schema.list_fields import list_fields

FEE_CATEGORY_SYSTEM = f"{CODES}fee-category"
"""The system of the fee categories of a settlement list (医疗收费项目)."""

AMOUNT_SYSTEM = f"{CODES}settlement-amount"
"""The system of amounts of a settlement: its codes are the columns of `settlement_replies`."""


def total_of(claims: Sequence[Resource], ignored: Counter[str]) -> str | None:
    """Return the claims' total; None where one of them has none in yuan."""
    return sum_of([amount_of(claim.get("total"), "Claim.total", ignored) for claim in claims])


def fee_rows(claims: Sequence[Resource], ignored: Counter[str]) -> tuple[list[Fields], list[Fields]]:
    """Return the rows of `list_fees` and of `list_fee_lines`.

    An item whose category is a fee category is a total of that category; any other item with an amount or a price is
    a fee line; one with neither (the encounter, a diagnosis) is no fee.
    """
    fees: list[Fields] = []
    lines: list[Fields] = []
    for claim in claims:
        for item in claim.get("item", ()):
            category = codes(item.get("category"), FEE_CATEGORY_SYSTEM)
            amount = amount_of(item.get("net"), "Claim.item.net", ignored)
            if category and "net" in item:
                fees.append({"category": category[0], "amount_fen": amount})
            elif "net" in item or "unitPrice" in item:
                lines.append(_line(claim, item, amount, ignored))
    return fees, lines


def reply_rows(explanations: Sequence[Resource], fields: Fields, ignored: Counter[str]) -> list[Fields]:
    """Return the rows of `settlement_replies`, one for each explanation of benefit.

    Args:
        explanations: The explanations.
        fields: The fields that they share with their list: its number, the visit, the person.
        ignored: What no field is known for.
    """
    columns = {field.column for field in list_fields("settlement_replies") if field.kind == "fen"}
    known: dict[str, str] = exchange_codes("fhir")["amounts"]
    rows: list[Fields] = []
    for explanation in explanations:
        row = dict(fields)
        for total in explanation.get("total", ()):
            ours = [f"{code}_fen" for code in codes(total["category"], AMOUNT_SYSTEM)]
            theirs = [known[code] for code in codes(total["category"]) if code in known]
            column = next((each for each in (*ours, *theirs) if each in columns), None)
            if column is None:
                ignored["ExplanationOfBenefit.total (of no field)"] += 1
            elif row.get(column) is None:
                row[column] = amount_of(total["amount"], "ExplanationOfBenefit.total", ignored)
        if row.get("fund_total_fen") is None and "payment" in explanation:
            paid = explanation["payment"].get("amount")
            row["fund_total_fen"] = amount_of(paid, "ExplanationOfBenefit.payment", ignored)
        rows.append(row)
    return rows


def _line(claim: Resource, item: dict[str, Any], amount: str | None, ignored: Counter[str]) -> Fields:
    code, system, _ = coded(item.get("productOrService"))
    serviced = item.get("servicedDate") or item.get("servicedPeriod", {}).get("start")
    quantity = item.get("quantity", {}).get("value")
    return {
        "line_number": f"{claim.get('id', '')}-{item['sequence']}",
        "charged_at": moment_of_fhir(serviced or claim.get("created")),
        "local_code": code,
        "code_system": system,
        "amount_fen": amount,
        "quantity_e4": number_text(quantity) if quantity is not None else None,
        "unit_price_e6": amount_of(item.get("unitPrice"), "Claim.item.unitPrice", ignored),
    }
