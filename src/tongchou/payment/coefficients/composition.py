"""Coefficients put together of several parts by weights."""

from collections.abc import Mapping
from fractions import Fraction

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.explanation import Fact
from tongchou.core.money import E4, format_e4
from tongchou.core.text import Text
from tongchou.payment.coefficients.coefficient import Coefficient, explained
from tongchou.policy import PolicyView

_COMPOSITION, _BONUS = "payment/drg/coefficient/composition", "payment/drg/coefficient/bonus"
COEFFICIENT_PARTS = ("level", "historic_cost", "cmi", "visits_per_head", "personal_burden")
BONUS_PARTS = ("medical_level", "specialty", "cmi", "performance", "agreement")


def composition(view: PolicyView, institution_id: str, parts_e4: Mapping[str, int]) -> Coefficient:
    """Return the weighted sum of an institution's parts: level, historic cost, CMI, visits per head, personal burden.

    The weights (`payment/drg/coefficient/composition/weight`) sum to 1 and each lies between `least` and `most` of its
    part.

    Args:
        view: The policy.
        institution_id: The institution.
        parts_e4: Every part's own coefficient x 10,000.

    Raises:
        Problems: `payment.coefficient_weights` for weights out of their limits or of another sum;
            `payment.coefficient_parts` for a part that is missing or unknown.
    """
    _require_parts(institution_id, parts_e4, COEFFICIENT_PARTS)
    with view.recording() as reads:
        weights = {part: view.e4(f"{_COMPOSITION}/weight", coefficient_part=part) for part in COEFFICIENT_PARTS}
        problems = _sum_problems(f"{_COMPOSITION}/weight", weights)
        for part, weight in weights.items():
            least = view.e4(f"{_COMPOSITION}/least", coefficient_part=part)
            most = view.e4(f"{_COMPOSITION}/most", coefficient_part=part)
            if not least <= weight <= most:
                limits = f"{format_e4(least)}–{format_e4(most)}"
                why = Text(
                    f"权重 {format_e4(weight)} 超出 {limits}", f"the weight {format_e4(weight)} is not in {limits}"
                )
                problems.append(_problem(f"{_COMPOSITION}/weight {part}", why))
    if problems:
        raise Problems(problems)
    value = _weighted(weights, parts_e4)
    title = Text("组合机构系数", "Composed coefficient")
    return explained("composition", title, value, _facts(institution_id, weights, parts_e4), reads)


def bonus(view: PolicyView, institution_id: str, parts_e4: Mapping[str, int]) -> Coefficient:
    """Return 1 and the weighted sum of an institution's bonuses by `payment/drg/coefficient/bonus/weight`.

    Args:
        view: The policy.
        institution_id: The institution.
        parts_e4: The bonus of every part x 10,000: medical level, specialty, CMI, performance, agreement.

    Raises:
        Problems: `payment.coefficient_weights`, `payment.coefficient_parts`.
    """
    _require_parts(institution_id, parts_e4, BONUS_PARTS)
    with view.recording() as reads:
        weights = {part: view.e4(f"{_BONUS}/weight", bonus_part=part) for part in BONUS_PARTS}
    problems = _sum_problems(f"{_BONUS}/weight", weights)
    if problems:
        raise Problems(problems)
    value = 1 + _weighted(weights, parts_e4)
    title = Text("加成系数", "Coefficient with bonuses")
    return explained("bonus", title, value, _facts(institution_id, weights, parts_e4), reads)


def _weighted(weights: Mapping[str, int], parts_e4: Mapping[str, int]) -> Fraction:
    return Fraction(sum(weights[part] * parts_e4[part] for part in weights), E4 * E4)


def _facts(institution_id: str, weights: Mapping[str, int], parts_e4: Mapping[str, int]) -> tuple[Fact, ...]:
    own = (Fact(Text("机构", "institution"), institution_id),)
    return own + tuple(
        Fact(
            Text(f"{_NAMES[part].zh}：系数 × 权重", f"{_NAMES[part].en}: coefficient x weight"),
            f"{format_e4(parts_e4[part])} × {format_e4(weight)}",
        )
        for part, weight in weights.items()
    )


_NAMES = {
    "level": Text("等级", "level"),
    "historic_cost": Text("历史费用", "historic cost"),
    "cmi": Text("CMI", "CMI"),
    "visits_per_head": Text("人次人头比", "visits per head"),
    "personal_burden": Text("个人负担", "personal burden"),
    "medical_level": Text("医疗水平", "medical level"),
    "specialty": Text("专科能力", "specialty"),
    "performance": Text("绩效", "performance"),
    "agreement": Text("协议履行", "agreement compliance"),
}


def _require_parts(institution_id: str, parts_e4: Mapping[str, int], expected: tuple[str, ...]) -> None:
    differing = sorted(parts_e4.keys() ^ set(expected))
    if differing:
        raise TongchouError(
            "payment.coefficient_parts",
            what=Text("机构系数的组成部分不全或多余", "parts of the coefficient are missing or unknown"),
            where=f"{institution_id}: {', '.join(differing)}",
            why=Text("每个组成部分都须有值，缺失不等于零", "every part needs a value; missing is not zero"),
            remedy=Text(f"给出 {'、'.join(expected)}", f"give {', '.join(expected)}"),
        )


def _sum_problems(where: str, weights: Mapping[str, int]) -> list[TongchouError]:
    total = sum(weights.values())
    if total == E4:
        return []
    return [_problem(where, Text(f"权重合计为 {format_e4(total)}", f"the weights sum to {format_e4(total)}"))]


def _problem(where: str, why: Text) -> TongchouError:
    return TongchouError(
        "payment.coefficient_weights",
        what=Text("机构系数的权重有误", "the weights of the coefficient are wrong"),
        where=where,
        why=why,
        remedy=Text("改正政策中的权重，合计须为 1", "correct the weights in the policy; they must sum to 1"),
    )
