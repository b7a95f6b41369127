"""Outpatient drugs for hypertension and diabetes (两病门诊用药): a ratio, a low deductible, a yearly cap (§8)."""

from dataclasses import dataclass
from functools import cache

from tongchou.core.explanation import Fact, ParameterRead
from tongchou.core.money import format_e4, scale
from tongchou.core.text import Text
from tongchou.payment.events.batch import Batch, Used
from tongchou.payment.events.event import Event
from tongchou.payment.events.method import BuiltIn
from tongchou.payment.events.paying import Words, due, institution, money
from tongchou.payment.transfer import FUND, Transfer
from tongchou.policy import PolicyView


def fund_part(in_scope_fen: int, used: Used, deductible_fen: int, cap_fen: int, ratio_e4: int) -> int:
    """Return the fund's part of a purchase: ratio x (cost - deductible left), up to what is left of the cap.

    Args:
        in_scope_fen: Cost within the benefit scope.
        used: What the person used before in the year.
        deductible_fen: The year's deductible; may be zero.
        cap_fen: The most the fund pays in the year.
        ratio_e4: The fund's ratio x 10,000.
    """
    deductible_left = max(0, deductible_fen - used.in_scope_fen)
    cap_left = max(0, cap_fen - used.fund_fen)
    return min(cap_left, scale(max(0, in_scope_fen - deductible_left), ratio_e4))


@dataclass(frozen=True, slots=True)
class _Terms:
    """By what purchases of one insurance type, level and disease are paid."""

    ratio_e4: int
    deductible_fen: int
    cap_fen: int
    reads: tuple[ParameterRead, ...]


def price(view: PolicyView, batch: Batch) -> tuple[Transfer, ...]:
    """Pay each purchase in the order of days; deductible and cap are a person's for the year and the disease."""

    @cache
    def terms_of(insurance_type: str, level: str, disease: str) -> _Terms:
        return _read(view, insurance_type, level, disease)

    used = dict(batch.used)
    transfers = []
    for event in batch.events:
        key = (event.text("person_id"), event.text("disease"))
        before = used.get(key, Used())
        transfer = _price(terms_of(event.text("insurance_type"), event.text("level"), key[1]), event, before)
        used[key] = Used(before.in_scope_fen + event.whole("in_scope_fen"), before.fund_fen + transfer.amount_fen)
        transfers.append(transfer)
    return tuple(transfers)


def _read(view: PolicyView, insurance_type: str, level: str, disease: str) -> _Terms:
    with view.recording() as reads:
        return _Terms(
            view.e4("payment/events/two_diseases/ratio", insurance_type=insurance_type, level=level),
            view.fen("payment/events/two_diseases/deductible", insurance_type=insurance_type),
            view.fen("payment/events/two_diseases/yearly_cap", insurance_type=insurance_type, disease=disease),
            tuple(reads),
        )


def _price(terms: _Terms, event: Event, used: Used) -> Transfer:
    in_scope = event.whole("in_scope_fen")
    amount = fund_part(in_scope, used, terms.deductible_fen, terms.cap_fen, terms.ratio_e4)
    parties = (FUND, institution(event.institution_id))
    name, title = TWO_DISEASES.name, TWO_DISEASES.title
    return due(name, title, "two_disease_drugs", parties, event, amount, terms.reads, _words, terms, used, amount)


def _words(event: Event, terms: _Terms, used: Used, amount: int) -> Words:
    in_scope = event.whole("in_scope_fen")
    no_cap = terms.cap_fen + used.fund_fen + in_scope
    uncapped = fund_part(in_scope, used, terms.deductible_fen, no_cap, terms.ratio_e4)
    facts = [
        money("政策范围内费用", "cost within scope", in_scope),
        money("本年此前范围内费用", "within scope before, this year", used.in_scope_fen),
        money("本年此前基金支付", "paid by the fund before, this year", used.fund_fen),
        Fact(Text("基金比例", "fund's ratio"), format_e4(terms.ratio_e4)),
    ]
    over = money("超过年度限额不付", "over the year's cap, not paid", uncapped - amount)
    rejected = [Text(f"{over.label.zh}：{over.value}", f"{over.label.en}: {over.value}")] if uncapped > amount else []
    return facts, rejected


TWO_DISEASES = BuiltIn(
    "two_diseases",
    Text("两病门诊用药保障", "Outpatient drugs for two diseases"),
    ("person_id", "disease", "in_scope_fen", "level", "insurance_type"),
    price,
)
"""Ratio x cost over the deductible, up to a yearly cap."""
