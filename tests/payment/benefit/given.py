"""People, care and positions from the words of a worked example."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from hypothesis import settings
from tests.worked import Worked, view_with

from tongchou.core.money import ratio_to_e4, yuan_to_fen
from tongchou.payment.benefit import (
    BenefitResult,
    BenefitTerms,
    Care,
    LayerUse,
    Payer,
    Person,
    Position,
    Referral,
    read_benefit_terms,
    settle_benefit,
)

ON = date(2025, 6, 10)
UNTIMED = settings(deadline=None)
"""For properties: how long they take says nothing on a busy machine."""
PLAIN = {
    "benefit/inpatient/deductible": {"default": {"tertiary": 1100, "secondary": 600, "primary": 300}},
    "benefit/inpatient/ratio": {"default": {"tertiary": 0.80, "secondary": 0.85, "primary": 0.90}},
}
"""A region that has decided nothing but the deductible and the ratio of stays."""

_AMOUNTS = ("total", "self_paid", "first_self_pay", "over_limit")
_LAYERS = ("catastrophic", "supplementary", "aid")


def terms_with(**changes: object) -> BenefitTerms:
    """Return the terms of a plain region with further values; `__` in a name stands for `/`."""
    return read_benefit_terms(
        view_with({**PLAIN, **{f"benefit/{k.replace('__', '/')}": v for k, v in changes.items()}})
    )


def at(text: str) -> datetime:
    """Return a time of the region's clock."""
    return datetime.fromisoformat(text)


def with_ratio(terms: BenefitTerms, insurance: str, level: str, ratio_e4: int) -> BenefitTerms:
    """Return terms in which one ratio of stays is another."""
    term = terms.ratio.inpatient_e4
    _, read = term.at(insurance, level)
    changed = replace(term, cells={**term.cells, (insurance, level): (ratio_e4, read)})
    return replace(terms, ratio=replace(terms.ratio, inpatient_e4=changed))


def stay(**changes: Any) -> Care:
    """Return a stay of 24,000 yuan in a tertiary hospital, with changes."""
    words: dict[str, Any] = {
        "care_id": "C1",
        "kind": "inpatient",
        "level": "tertiary",
        "decided_on": ON,
        "began_at": at("2025-06-01 10:00"),
        "total_fen": 2_400_000,
    }
    return Care(**{**words, **changes})


def person_of(words: Mapping[str, str]) -> Person:
    values: dict[str, Any] = dict(words)
    if "enrolled_years" in values:
        values["enrolled_years"] = int(values["enrolled_years"])
    return Person(**values)


def care_of(words: Mapping[str, Any], care_id: str = "C1") -> Care:
    values = dict(words)
    amounts = {f"{name}_fen": yuan_to_fen(values.pop(name)) for name in _AMOUNTS if name in values}
    on = date.fromisoformat(values.pop("on", "2025-06-10"))
    began = datetime.fromisoformat(values.pop("began", f"{on} 10:00"))
    referral = values.pop("referral", None)
    if referral:
        values["referral"] = Referral(
            referral["direction"],
            date.fromisoformat(referral["from"]),
            date.fromisoformat(referral["until"]),
            datetime.fromisoformat(referral["left"]),
        )
    return Care(care_id, values.pop("kind", "inpatient"), values.pop("level"), on, began, **amounts, **values)


def position_of(words: Mapping[str, Any]) -> Position:
    values: dict[str, Any] = {}
    for name, value in words.items():
        if name in {"stay_count", "episode_count"}:
            values[name] = int(value)
        elif name in _LAYERS:
            values[name] = LayerUse(*(yuan_to_fen(value.get(part, "0")) for part in ("burden", "paid")))
        elif name == "episode_number":
            values[name] = {key: int(number) for key, number in value.items()}
        elif isinstance(value, Mapping):
            values[f"{name}_fen"] = {key: yuan_to_fen(amount) for key, amount in value.items()}
        else:
            values[f"{name}_fen"] = yuan_to_fen(value)
    return Position(2025, **values)


def settled(case: Worked) -> BenefitResult:
    given = case.given
    person = person_of(given.get("person", {"insurance_type": "resident"}))
    position = position_of(given.get("position", {}))
    return settle_benefit(read_benefit_terms(case.view), person, care_of(given["care"]), position)


def check(result: BenefitResult, expect: Mapping[str, str]) -> None:
    """Compare a result with what an example expects: parts by payer, and figures on the way."""
    found = {
        **{payer.value: amount for payer, amount in result.parts_fen.items()},
        "patient": result.patient_fen,
        "deductible": result.basic.deductible.amount_fen,
        "catastrophic_room": result.layers[Payer.CATASTROPHIC].room_fen,
        "ratio": result.basic.ratio.ratio_e4,
    }
    read = {name: ratio_to_e4(value) if name == "ratio" else yuan_to_fen(value) for name, value in expect.items()}
    assert {name: found[name] for name in read} == read
    assert sum(result.parts_fen.values()) == result.care.total_fen
    assert min(result.parts_fen.values()) >= 0
