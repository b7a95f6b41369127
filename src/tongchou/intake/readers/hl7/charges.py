"""Charges (FT1) of a message as fee lines."""

from collections import Counter

from tongchou.intake.readers.exchange_codes import exchange_codes
from tongchou.intake.readers.hl7.people import Fields
from tongchou.intake.readers.hl7.segments import Message, Segment
from tongchou.intake.readers.wire_values import moment_of_hl7, whole_name


def charge_rows(message: Message, ignored: Counter[str]) -> list[Fields]:
    """Return the rows of `list_fee_lines`: charges, and credits as negative amounts; payments are counted."""
    signs: dict[str, str] = exchange_codes("hl7")["charge_types"]
    rows: list[Fields] = []
    for charge in message.all("FT1"):
        kind = charge.value(6)
        if kind not in signs:
            ignored["FT1 (no charge)"] += 1
            continue
        amount = _amount(charge, 11, ignored)
        rows.append(
            {
                "line_number": charge.value(2) or charge.value(1),
                "charged_at": moment_of_hl7(charge.value(4)),
                "local_code": charge.value(7),
                "code_system": charge.value(7, 3),
                "quantity_e4": _signed(charge.value(10), signs[kind]),
                "amount_fen": _signed(amount, signs[kind]),
                "unit_price_e6": _amount(charge, 12, ignored),
                "department": charge.value(13),
                "doctor_code": charge.value(21),
                "doctor_name": whole_name(charge.value(21, 2), charge.value(21, 3)),
            }
        )
    return rows


def _amount(charge: Segment, field: int, ignored: Counter[str]) -> str | None:
    """Return an amount in yuan; one of another currency is counted and left out, one of none is in yuan."""
    amount, currency = charge.value(field), charge.value(field, 1, 2)
    if amount is not None and currency is not None and currency not in exchange_codes("hl7")["currencies"]:
        ignored[f"FT1-{field} (not in yuan)"] += 1
        return None
    return amount


def _signed(value: str | None, sign: str) -> str | None:
    # A credit is written as a positive amount; one that is negative already is left so.
    return value if value is None or value.startswith("-") else f"{sign}{value}"
