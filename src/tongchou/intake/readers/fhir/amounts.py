"""Amounts and codes of FHIR, as text."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from tongchou.intake.readers.exchange_codes import exchange_codes

CURRENCY = "CNY"


def amount_of(money: Mapping[str, Any] | None, element: str, ignored: Counter[str]) -> str | None:
    """Return an amount in yuan, with every digit as received.

    An amount of another currency is none in yuan: it is counted and left out. One without a currency is in yuan.
    """
    if money is None or money.get("value") is None:
        return None
    if money.get("currency", CURRENCY) != CURRENCY:
        ignored[f"{element} (not in yuan)"] += 1
        return None
    return number_text(money["value"])


def sum_of(amounts: Iterable[str | None]) -> str | None:
    """Return the exact sum of amounts; None where one of them is missing, since a part is no sum."""
    read = list(amounts)
    if not read or None in read:
        return None
    if len(read) == 1:
        return read[0]
    return number_text(sum((Decimal(each) for each in read if each), Decimal(0)))


def number_text(value: Decimal | int) -> str:
    """Return a number as it was written; an exponent is written out where the number stays readable."""
    exact = Decimal(value)
    return format(exact, "f") if abs(exact.adjusted()) < 30 else str(exact)


def coded(concept: Mapping[str, Any] | None) -> tuple[str | None, str | None, str | None]:
    """Return the code of a concept, its system and its name; of several codes that of the preferred system."""
    if concept is None:
        return None, None, None
    order: list[str] = exchange_codes("fhir")["preferred_systems"]
    codings = sorted(
        concept.get("coding", ()),
        key=lambda each: order.index(each["system"]) if each.get("system") in order else len(order),
    )
    first = codings[0] if codings else {}
    return first.get("code"), first.get("system"), first.get("display") or concept.get("text")


def codes(concept: Mapping[str, Any] | None, system: str | None = None) -> list[str]:
    """Return the codes of a concept, those of one system if it is named."""
    found = concept.get("coding", ()) if concept else ()
    return [each["code"] for each in found if each.get("code") and system in {None, each.get("system")}]
