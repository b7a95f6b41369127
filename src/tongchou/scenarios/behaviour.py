"""First-order behaviour: how stated responses would move the scenario's figures.

The model works on sums by insurance type and level, not on cases: who moves has the mean money of where they go. It is
a statement of its assumptions and not a forecast; with every response zero it is the static result exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, Source, Step
from tongchou.core.money import E4, format_e4, format_yuan, round_half_up, scale
from tongchou.core.text import Text
from tongchou.payment.cases.terms import INSURANCE_TYPES, LEVELS
from tongchou.scenarios.responses import CostResponse, LevelChoice, Referral, Responses
from tongchou.scenarios.results import CaseSums, RunResults
from tongchou.schema.states import INSTITUTION_LEVEL, INSURANCE_TYPE

Place = tuple[str, str]
"""Insurance type and level."""

Volumes = Mapping[Place, Fraction]
"""Stays of each place; the model moves parts of stays."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one response adds to the static result; amounts in fen, stays x 10,000.

    Attributes:
        response: `level_choice`, `referral` or `cost`.
        stays_e4: Stays moved, by insurance type and level; they sum to zero in each type before rounding.
        fund_fen: Change of the fund's part.
        patient_fen: Change of the patients' part.
        cost_fen: Change of the hospitals' charges or cost.
        result_fen: Change of the hospitals' result.
        explanation: The assumption, its source, and the reckoning.
    """

    response: str
    stays_e4: Mapping[Place, int]
    fund_fen: int
    patient_fen: int
    cost_fen: int
    result_fen: int
    explanation: Step

    def as_json(self) -> dict[str, Any]:
        """Return the effect for machines."""
        return {
            "response": self.response,
            "stays_e4": {f"{kind}-{level}": moved for (kind, level), moved in self.stays_e4.items()},
            **{name: getattr(self, name) for name in ("fund_fen", "patient_fen", "cost_fen", "result_fen")},
        }


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The scenario with its stated responses.

    Attributes:
        static: The sums of the scenario's run, nobody changing what they do.
        effects: What each response adds, in the order in which they were reckoned.
    """

    static: CaseSums
    effects: tuple[Effect, ...]

    @property
    def fund_fen(self) -> int:
        """The fund's part with all responses."""
        return self.static.fund_fen + sum(effect.fund_fen for effect in self.effects)

    @property
    def patient_fen(self) -> int:
        """The patients' part with all responses."""
        return self.static.patient_fen + sum(effect.patient_fen for effect in self.effects)

    @property
    def result_fen(self) -> int:
        """The hospitals' result with all responses."""
        return self.static.result_fen + sum(effect.result_fen for effect in self.effects)

    def as_json(self) -> dict[str, Any]:
        """Return the figures for machines."""
        sums = {name: getattr(self, name) for name in ("fund_fen", "patient_fen", "result_fen")}
        return {"effects": [effect.as_json() for effect in self.effects], "with_responses": sums}


def respond(base: RunResults, tried: RunResults, responses: Responses) -> Behaviour:
    """Return the scenario with its responses: first the choice of level, then referral, then cost.

    Raises:
        TongchouError: `scenarios.response_too_strong` if more stays would leave a level than it has.
    """
    before, after = _by_place(base), _by_place(tried)
    volumes: Volumes = {place: Fraction(sums.cases) for place, sums in after.items()}
    effects = []
    if responses.level_choice is not None:
        moved = _choose_level(responses.level_choice, before, after)
        volumes = _moved(volumes, moved)
        effects.append(
            _volume_effect("level_choice", moved, after, _choice_facts(responses.level_choice, before, after))
        )
    if responses.referral is not None:
        moved = _refer(responses.referral, volumes)
        effects.append(_volume_effect("referral", moved, after, _referral_facts(responses.referral)))
    if responses.cost is not None:
        effects.append(_cost_effect(responses.cost, base, tried))
    return Behaviour(tried.total, tuple(effects))


def _by_place(run: RunResults) -> dict[Place, CaseSums]:
    sums = run.by(lambda cell: (cell.insurance_type, cell.level))
    places = [(kind, level) for kind in INSURANCE_TYPES for level in LEVELS]
    return {place: sums[place] for place in places if place in sums}


def burden_change(choice: LevelChoice, before: CaseSums, after: CaseSums) -> Fraction:
    """Return the change of the patients' burden: relative for the mean amount, in points for the share of the cost."""
    if choice.burden == "mean_amount":
        was, now = Fraction(before.patient_fen, before.cases), Fraction(after.patient_fen, after.cases)
        return now / was - 1 if was else Fraction(0)
    was, now = (
        Fraction(sums.patient_fen, sums.total_fen) if sums.total_fen else Fraction(0) for sums in (before, after)
    )
    return now - was


def _choose_level(
    choice: LevelChoice, before: Mapping[Place, CaseSums], after: Mapping[Place, CaseSums]
) -> dict[Place, Fraction]:
    """Return the stays that each level gains: elasticity x (mean change of burden - its own change) x its stays.

    Nobody falls ill because a stay is cheaper: the stays of an insurance type are as many as before.
    """
    moved: dict[Place, Fraction] = {}
    elasticity = Fraction(choice.elasticity_e4, E4)
    for kind in INSURANCE_TYPES:
        places = [place for place in after if place[0] == kind and place in before and after[place].cases]
        stays = sum(after[place].cases for place in places)
        changes = {place: burden_change(choice, before[place], after[place]) for place in places}
        mean = sum((changes[place] * after[place].cases for place in places), Fraction(0)) / max(stays, 1)
        for place in places:
            share = elasticity * (mean - changes[place])
            if share < -1:
                raise _too_strong(place, share)
            moved[place] = share * after[place].cases
    return moved


def _refer(referral: Referral, volumes: Volumes) -> dict[Place, Fraction]:
    moved: dict[Place, Fraction] = {}
    for kind in INSURANCE_TYPES:
        sender, receiver = (kind, referral.from_level), (kind, referral.to_level)
        if sender in volumes and receiver in volumes:
            moved[sender] = -volumes[sender] * Fraction(referral.share_e4, E4)
            moved[receiver] = -moved[sender]
    return moved


def _moved(volumes: Volumes, moved: Mapping[Place, Fraction]) -> dict[Place, Fraction]:
    return {place: stays + moved.get(place, 0) for place, stays in volumes.items()}


def _volume_effect(
    response: str, moved: Mapping[Place, Fraction], after: Mapping[Place, CaseSums], facts: tuple[Fact, ...]
) -> Effect:
    """Return the effect of moved stays, at the scenario's mean money of where they go; rounded once for each amount."""

    def change(name: str) -> int:
        means = (stays * Fraction(getattr(after[place], name), after[place].cases) for place, stays in moved.items())
        return round_half_up(sum(means, Fraction(0)))

    fund, patient, cost = change("fund_fen"), change("patient_fen"), change("total_fen")
    stays_e4 = {place: round_half_up(stays * E4) for place, stays in moved.items()}
    shown = tuple(
        Fact(
            Text(
                f"{INSURANCE_TYPE[kind].zh}，{INSTITUTION_LEVEL[level].zh}：住院增减",
                f"{INSURANCE_TYPE[kind].en}, {INSTITUTION_LEVEL[level].en}: stays gained or lost",
            ),
            format_e4(number),
        )
        for (kind, level), number in stays_e4.items()
    )
    step = _step(response, fund, fund + patient - cost, (*facts, *shown))
    return Effect(response, stays_e4, fund, patient, cost, fund + patient - cost, step)


def _cost_effect(response: CostResponse, base: RunResults, tried: RunResults) -> Effect:
    """Return the effect of hospitals that spend a share of what they gain and save it of what they lose.

    Rounded once for each hospital. What patients pay by item is held as it is.
    """
    sides = [run.by(lambda cell: cell.institution_id) for run in (base, tried)]
    gains = {
        key: sides[1].get(key, CaseSums()).result_fen - sides[0].get(key, CaseSums()).result_fen
        for key in sorted(sides[0].keys() | sides[1].keys())
    }
    cost = sum(scale(gain, response.share_e4) for gain in gains.values())
    facts = (
        *_assumed(Text("成本吸收比例", "share turned into cost"), format_e4(response.share_e4), response.source),
        Fact(Text("各院盈亏变动合计（元）", "change of all results, yuan"), format_yuan(sum(gains.values()))),
    )
    return Effect("cost", {}, 0, 0, cost, -cost, _step("cost", 0, -cost, facts))


def _choice_facts(
    choice: LevelChoice, before: Mapping[Place, CaseSums], after: Mapping[Place, CaseSums]
) -> tuple[Fact, ...]:
    measured = {
        "mean_amount": Text("例均个人负担的相对变动", "relative change of the patient's mean part"),
        "share_of_cost": Text("个人负担率的百分点变动", "change of the patients' share of cost, in points"),
    }[choice.burden]
    changes = (
        Fact(
            Text(f"{measured.zh}（{kind} {level}）", f"{measured.en} ({kind}, {level})"),
            format_e4(round_half_up(burden_change(choice, before[kind, level], after[kind, level]) * E4)),
        )
        for kind, level in after
        if (kind, level) in before and after[kind, level].cases
    )
    return (*_assumed(Text("弹性", "elasticity"), format_e4(choice.elasticity_e4), choice.source), *changes)


def _referral_facts(referral: Referral) -> tuple[Fact, ...]:
    label = Text(
        f"{INSTITUTION_LEVEL[referral.from_level].zh}转往{INSTITUTION_LEVEL[referral.to_level].zh}的比例",
        f"share of {referral.from_level} stays that move to {referral.to_level}",
    )
    return _assumed(label, format_e4(referral.share_e4), referral.source)


def _assumed(label: Text, value: str, source: Source) -> tuple[Fact, ...]:
    return (
        Fact(Text(f"假设：{label.zh}", f"assumed: {label.en}"), value),
        Fact(Text("假设的出处", "source of the assumption"), str(source)),
    )


_TITLES = {
    "level_choice": Text("就医等级选择", "Choice of level"),
    "referral": Text("转诊", "Referral"),
    "cost": Text("成本反应", "Cost response"),
}


def _step(response: str, fund_fen: int, result_fen: int, facts: tuple[Fact, ...]) -> Step:
    fund, result = format_yuan(fund_fen), format_yuan(result_fen)
    return Step(
        f"scenarios.response.{response}",
        _TITLES[response],
        Text(f"基金变动 {fund} 元，医院盈亏变动 {result} 元", f"fund {fund} yuan, hospitals' result {result} yuan"),
        facts,
    )


def _too_strong(place: Place, share: Fraction) -> TongchouError:
    return TongchouError(
        "scenarios.response_too_strong",
        what=Text("假设的反应超出了一阶模型", "the assumed response is beyond a first-order model"),
        where=f"{place[0]}, {place[1]}: {format_e4(round_half_up(share * E4))}",
        why=Text("离开该等级的住院将多于其全部住院", "more stays would leave the level than it has"),
        remedy=Text("改用较小的弹性，或较小的政策调整", "assume a smaller elasticity, or change less"),
    )
