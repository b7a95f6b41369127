"""The payers between basic insurance and the patient: catastrophic insurance, supplementary cover, medical aid."""

from collections.abc import Sequence
from dataclasses import dataclass

from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import E4, divide_half_up, format_e4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.payment.benefit.burden import Burden
from tongchou.payment.benefit.facts import Person
from tongchou.payment.benefit.position import LayerUse
from tongchou.payment.benefit.terms import BenefitTerms, CatastrophicTerms, LayerTerms, Reading
from tongchou.policy import Bands

_E4_PER_FEN = 100
"""A band's bound is yuan x 10,000; divided by this it is fen (a bound finer than that is cut off)."""

Tier = tuple[int, int | None, int]
"""Lower bound, upper bound (None: no end) and ratio x 10,000 of a slice of the year's burden; bounds in fen."""


@dataclass(frozen=True, slots=True)
class LayerPart:
    """What one payer pays of the burden that earlier payers left; amounts in fen.

    Attributes:
        paid_fen: What it pays.
        use: What it has counted and paid in the year, this care included.
        before: The same before this care.
        start_fen: The burden of the year above which it pays.
        tiers: The slices of the burden of the year and their ratios.
        by_tiers_fen: What the tiers give for this care, before the cap.
        room_fen: What its yearly cap still left; None where it has none.
        reads: The parameters read.
    """

    paid_fen: int
    use: LayerUse
    before: LayerUse
    start_fen: int
    tiers: tuple[Tier, ...]
    by_tiers_fen: int
    room_fen: int | None
    reads: tuple[ParameterRead, ...]

    def step(self, rule: str, title: Text) -> Step:
        """Return how the payment came about, under the payer's rule and name."""
        return _explained(self, rule, title)


def tiered_payment(burden_fen: int, start_fen: int, tiers: Sequence[Tier]) -> int:
    """Return what tiers pay of a year's burden above a start, rounded once.

    >>> tiered_payment(98_000_00, 22_000_00, [(0, 50_000_00, 6_000), (50_000_00, 80_000_00, 6_500),
    ...     (80_000_00, None, 7_000)])
    4890000
    """
    product = 0
    for lower, upper, ratio in tiers:
        begin = max(lower, start_fen)
        end = burden_fen if upper is None else min(upper, burden_fen)
        product += max(0, end - begin) * ratio
    return divide_half_up(product, E4)


def catastrophic_part(terms: BenefitTerms, person: Person, kind: str, burden: Burden, use: LayerUse) -> LayerPart:
    """Return what catastrophic insurance (大病保险) pays of the burden that basic insurance left.

    The year's burden is cut into tiers. What a care adds is the payment for the year with it less the payment without
    it, so that a year comes to the same however it is divided. People of the stated aid categories have a lower
    start, more points in every tier and no cap; continuous enrolment raises the cap.

    Args:
        terms: The terms.
        person: The person.
        kind: The kind of care.
        burden: What earlier payers left.
        use: What it counted and paid in the year before.

    Raises:
        TongchouError: `policy.no_value` for a parameter that the policy does not give.
    """
    own, reading = terms.catastrophic, Reading()
    has_none = reading.of(own.rule, person.insurance_type) == "none"
    if has_none or reading.of(terms.burden_covers, "catastrophic", kind) == "not_counted":
        return _nothing(use, reading)
    start = reading.of(own.start_fen, person.insurance_type)
    bands = reading.of(own.tiers, person.insurance_type)
    gain = 0
    if person.aid_category != "none":
        start = scale(start, reading.of(own.start_factor_e4, person.aid_category))
        gain = reading.of(own.gain_e4, person.aid_category)
    cap = _catastrophic_cap(own, person, reading)
    counted = burden.counting(reading.of(terms.burden_counts, "catastrophic"))
    return _paid(counted, use, start, _tiers(bands, gain), cap, reading)


def layer_part(
    terms: BenefitTerms, layer: LayerTerms, covering: tuple[str, str], kind: str, burden: Burden, use: LayerUse
) -> LayerPart:
    """Return what supplementary cover or medical aid (医疗救助) pays of the burden that earlier payers left.

    It pays one ratio of the year's burden above its start, up to its yearly cap.

    Args:
        terms: The terms.
        layer: The payer's own terms.
        covering: The payer's name (`supplementary` or `aid`) and the person's state in it.
        kind: The kind of care.
        burden: What earlier payers left.
        use: What it counted and paid in the year before.

    Raises:
        TongchouError: `policy.no_value` for a parameter that the policy does not give.
    """
    payer, state = covering
    reading = Reading()
    if reading.of(terms.burden_covers, payer, kind) == "not_counted":
        return _nothing(use, reading)
    tiers: tuple[Tier, ...] = ((0, None, reading.of(layer.ratio_e4, state)),)
    start, cap = reading.of(layer.start_fen, state), reading.of(layer.cap_fen, state)
    counted = burden.counting(reading.of(terms.burden_counts, payer))
    return _paid(counted, use, start, tiers, cap, reading)


def _nothing(use: LayerUse, reading: Reading) -> LayerPart:
    return LayerPart(0, use, use, 0, (), 0, None, reading.reads)


def _paid(
    added: int, use: LayerUse, start: int, tiers: tuple[Tier, ...], cap: int | None, reading: Reading
) -> LayerPart:
    counted = use.burden_fen + added
    by_tiers = tiered_payment(counted, start, tiers) - tiered_payment(use.burden_fen, start, tiers)
    room = None if cap is None else max(0, cap - use.paid_fen)
    paid = by_tiers if room is None else min(by_tiers, room)
    return LayerPart(paid, LayerUse(counted, use.paid_fen + paid), use, start, tiers, by_tiers, room, reading.reads)


def _tiers(bands: Bands, gain_e4: int) -> tuple[Tier, ...]:
    return tuple(
        (lower // _E4_PER_FEN, None if upper is None else upper // _E4_PER_FEN, min(E4, ratio + gain_e4))
        for lower, upper, ratio in bands.slices
    )


def _catastrophic_cap(own: CatastrophicTerms, person: Person, reading: Reading) -> int | None:
    if reading.of(own.cap_rule, person.aid_category) == "none":
        return None
    cap = reading.of(own.cap_fen, person.insurance_type)
    step = reading.of(own.enrolment_step_fen, person.insurance_type)
    if not step:
        return cap
    beyond = person.enrolled_years - reading.of(own.enrolment_years)
    if reading.of(own.enrolment_operator) == "ge":
        beyond += 1
    limit = scale(cap, reading.of(own.enrolment_limit_e4))
    return cap + min(limit, max(0, beyond) * step)


def _explained(part: LayerPart, rule: str, title: Text) -> Step:
    paid = format_yuan(part.paid_fen)
    if not part.tiers:
        why = Text("本次不在其支付范围内", "it does not pay of this care")
        return Step(rule, title, Text("0.00 元", "0.00 yuan"), parameters=part.reads, rejected=(why,))
    facts = [
        Fact(Text("此前累计负担（元）", "burden of the year before, yuan"), format_yuan(part.before.burden_fen)),
        Fact(Text("累计负担（元）", "burden of the year, yuan"), format_yuan(part.use.burden_fen)),
        Fact(Text("起付线（元）", "start, yuan"), format_yuan(part.start_fen)),
        *(_tier_fact(tier) for tier in part.tiers),
    ]
    rejected: tuple[Text, ...] = ()
    if part.room_fen is not None:
        facts.append(Fact(Text("年度限额余额（元）", "left under the yearly cap, yuan"), format_yuan(part.room_fen)))
        if part.paid_fen < part.by_tiers_fen:
            rest = format_yuan(part.by_tiers_fen - part.paid_fen)
            rejected = (Text(f"超出限额的 {rest} 元不予支付", f"{rest} yuan beyond the cap are not paid"),)
    return Step(
        rule, title, Text(f"{paid} 元", f"{paid} yuan"), facts=tuple(facts), parameters=part.reads, rejected=rejected
    )


def _tier_fact(tier: Tier) -> Fact:
    lower, upper, ratio = tier
    bounds = f"{format_yuan(lower)} – {'' if upper is None else format_yuan(upper)}"
    return Fact(Text(f"{bounds} 元", f"{bounds} yuan"), format_e4(ratio))
