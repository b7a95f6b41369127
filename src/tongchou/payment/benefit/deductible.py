"""The deductible of a stay (起付线): by level and stay of the year, and what a valid referral makes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import E4, format_e4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.payment.benefit.facts import Care, Person, Referral
from tongchou.payment.benefit.position import Position
from tongchou.payment.benefit.states import AID_CATEGORY, DEDUCTIBLE_MODE, STAY_RANK
from tongchou.payment.benefit.terms import DeductibleTerms, Reading
from tongchou.schema.states import REFERRAL_DIRECTION


@dataclass(frozen=True, slots=True)
class StayDeductible:
    """The deductible of one stay.

    Attributes:
        amount_fen: What the patient pays first, D'; never below zero.
        table_fen: The policy's amount for insurance type and level.
        target_fen: The same for this stay of the year and this person, before any referral, D_target.
        earlier_fen: Deductibles already paid that a continuing deductible counts.
        mode: What was done, a key of `states.DEDUCTIBLE_MODE`.
    """

    amount_fen: int
    table_fen: int
    target_fen: int
    earlier_fen: int
    mode: str
    _words: "_Words"

    def step(self) -> Step:
        """Return how the deductible came about."""
        return _explained(self, self._words)


@dataclass(frozen=True, slots=True)
class _Words:
    """What the explanation needs besides the amounts."""

    rank: str
    rank_factor_e4: int
    aid_category: str
    group_factor_e4: int
    direction: str
    refusal: Text | None
    reads: tuple[ParameterRead, ...]


def stay_deductible(terms: DeductibleTerms, person: Person, stay: Care, position: Position) -> StayDeductible:
    """Return the deductible of a stay.

    D_target is the amount for insurance type and level x the factor of the stay of the year x the factor of the
    person's aid category, rounded once. A valid referral applies its mode to it: continuing takes off what was
    already paid (in the episode or the year), a cut takes off a part; where both apply, the mode says which comes
    first. Nothing falls below zero.

    Raises:
        TongchouError: `policy.no_value` for a parameter that the stay needs and the policy does not give.
    """
    reading = Reading()
    table = reading.of(terms.table_fen, person.insurance_type, stay.level)
    rank = _rank(terms, stay, position, reading)
    rank_factor = reading.of(terms.stay_factor_e4, rank)
    group_factor = E4 if person.aid_category == "none" else reading.of(terms.group_factor_e4, person.aid_category)
    target = scale(table, rank_factor, group_factor)
    mode, direction, refusal, earlier, kept = "full", "", None, 0, E4
    if stay.referral is not None:
        direction = stay.referral.direction
        refusal = _refusal(terms, stay, stay.referral, reading)
        if refusal is None:
            mode = reading.of(terms.mode, direction)
            if "continuing" in mode:
                earlier = _earlier(terms, stay, position, reading)
            if "cut" in mode:
                kept = E4 - reading.of(terms.cut_e4)
    words = _Words(rank, rank_factor, person.aid_category, group_factor, direction, refusal, reading.reads)
    return StayDeductible(_MODES[mode](target, earlier, kept), table, target, earlier, mode, words)


_MODES: Mapping[str, Callable[[int, int, int], int]] = {
    "full": lambda target, _earlier, _kept: target,
    "continuing": lambda target, earlier, _kept: max(0, target - earlier),
    "cut": lambda target, _earlier, kept: scale(target, kept),
    "waived": lambda _target, _earlier, _kept: 0,
    "continuing_then_cut": lambda target, earlier, kept: scale(max(0, target - earlier), kept),
    "cut_then_continuing": lambda target, earlier, kept: max(0, scale(target, kept) - earlier),
}


def _rank(terms: DeductibleTerms, stay: Care, position: Position, reading: Reading) -> str:
    number = position.stay_count + 1
    if reading.of(terms.stay_counting) == "each_episode":
        # An episode that began in the year before counts there: here its stays are as a first one.
        carried = 1 if stay.episode_id in position.episode_deductible_fen else position.episode_count + 1
        number = position.episode_number.get(stay.episode_id, carried)
    return ("first", "second", "later")[min(number, 3) - 1]


def _earlier(terms: DeductibleTerms, stay: Care, position: Position, reading: Reading) -> int:
    if reading.of(terms.continuing_over) == "year":
        return position.deductible_fen
    return position.episode_deductible_fen.get(stay.episode_id, 0)


def _refusal(terms: DeductibleTerms, stay: Care, referral: Referral, reading: Reading) -> Text | None:
    """Return why a referral does not count, or None where it does."""
    began_on = stay.began_at.date()
    if not referral.valid_from <= began_on <= referral.valid_until:
        window = f"{referral.valid_from} – {referral.valid_until}"
        return Text(
            f"转诊备案有效期 {window}，入院日 {began_on} 不在其内，按未转诊计算起付线",
            f"the referral is valid {window}, the stay began on {began_on}: the deductible is that of no referral",
        )
    gap = stay.began_at - referral.left_at
    if gap < timedelta():
        return Text(
            "入院早于转出机构出院，转诊不成立",
            "the stay began before the sending institution was left: this is no referral",
        )
    if reading.of(terms.gap_limit) == "none":
        return None
    hours = reading.of(terms.gap_hours)
    limit = timedelta(hours=hours)
    is_within = gap <= limit if reading.of(terms.gap_operator) == "le" else gap < limit
    if is_within:
        return None
    return Text(
        f"出院与入院相隔 {gap}，超出 {hours} 小时的界限，按未转诊计算起付线",
        f"{gap} between discharge and admission, beyond the limit of {hours} hours: as without a referral",
    )


def _explained(found: StayDeductible, words: _Words) -> Step:
    mode, rank = DEDUCTIBLE_MODE[found.mode], STAY_RANK[words.rank]
    facts = [
        Fact(Text("标准起付线（元）", "deductible of the level, yuan"), format_yuan(found.table_fen)),
        Fact(
            Text(f"年度住院：{rank.zh}，系数", f"stay of the year: {rank.en}, factor"), format_e4(words.rank_factor_e4)
        ),
    ]
    if words.aid_category != "none":
        group = AID_CATEGORY[words.aid_category]
        facts.append(Fact(Text(f"{group.zh}，系数", f"{group.en}, factor"), format_e4(words.group_factor_e4)))
    facts.append(Fact(Text("应付起付线（元）", "deductible before a referral, yuan"), format_yuan(found.target_fen)))
    if words.direction:
        facts.append(Fact(Text("转诊", "referral"), REFERRAL_DIRECTION[words.direction]))
    if "continuing" in found.mode:
        facts.append(Fact(Text("已付起付线（元）", "deductibles already paid, yuan"), format_yuan(found.earlier_fen)))
    amount = format_yuan(found.amount_fen)
    return Step(
        "payment.benefit.deductible",
        Text("起付线", "Deductible"),
        Text(f"{amount} 元（{mode.zh}）", f"{amount} yuan ({mode.en})"),
        facts=tuple(facts),
        parameters=words.reads,
        rejected=(words.refusal,) if words.refusal else (),
    )
