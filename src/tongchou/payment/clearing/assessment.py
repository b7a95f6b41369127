"""What an institution's yearly score (年度考核得分) does: to its quality deposit, and to its fund due."""

from collections.abc import Sequence
from dataclasses import dataclass

from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import E4, divide_half_up, format_e4, format_yuan, scale
from tongchou.core.text import Text
from tongchou.payment.choices import unknown_choice
from tongchou.payment.clearing.lines import ASSESSMENT, DEPOSIT_RETURN, Line, line_fact
from tongchou.policy import PolicyView

_POINTS_OF_ALL = 100
_USE = "settlement/assessment/use"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the score decides, with the parameters read.

    Attributes:
        use: What the score is used for: `deposit`, `factor` or `both`.
        score_e4: The score x 10,000.
        return_e4: The part of the deposit that is returned x 10,000.
        factor_e4: The assessment factor on the fund due x 10,000 (κ); None where the score has none.
        deposit_reads: What was read for the deposit.
        factor_reads: What was read for the factor.
    """

    use: str
    score_e4: int
    return_e4: int
    factor_e4: int | None
    deposit_reads: tuple[ParameterRead, ...]
    factor_reads: tuple[ParameterRead, ...]


def assess(view: PolicyView, institution_id: str) -> Assessment:
    """Return what an institution's score decides, by `settlement/assessment/use`.

    * `deposit`: which part of the deposit is returned; `factor`: the factor on the fund due, and the whole deposit is
      returned; `both`.
    * Either follows from the score by bands (`bands`) or point by point (`one_percent_per_point`, 87.5 points give
      0.875), as `settlement/assessment/deposit_return_method` and `settlement/assessment/factor_method` say.

    Raises:
        TongchouError: `payment.unknown_choice`; `policy.no_value` for a missing parameter.
    """
    return_e4, factor_e4 = E4, None
    with view.recording() as deposit_reads:
        use = view.text(_USE)
        if use not in ("deposit", "factor", "both"):
            raise unknown_choice(_USE, use)
        score_e4 = view.e4("settlement/assessment/score", institution_id=institution_id)
        if use != "factor":
            return_e4 = _by_score(view, "settlement/assessment/deposit_return", score_e4)
    with view.recording() as factor_reads:
        if use != "deposit":
            # Read again, so that the factor's step names them too.
            view.text(_USE)
            view.e4("settlement/assessment/score", institution_id=institution_id)
            factor_e4 = _by_score(view, "settlement/assessment/factor", score_e4)
    return Assessment(use, score_e4, return_e4, factor_e4, tuple(deposit_reads), tuple(factor_reads))


def factor_change(due_fen: int, factor_e4: int) -> int:
    """Return what a factor changes of a due amount, fen, half up; nothing of an amount below zero.

    >>> factor_change(1_000_000, 9_800), factor_change(-1_000_000, 9_800)
    (-20000, 0)
    """
    return scale(max(0, due_fen), factor_e4) - max(0, due_fen)


def return_step(assessment: Assessment, deposit_fen: int, returned_fen: int) -> Step:
    """Explain what was returned of the deposit."""
    ratio = format_e4(assessment.return_e4)
    returned, forfeited = format_yuan(returned_fen), format_yuan(deposit_fen - returned_fen)
    by_factor = Text(
        "考核得分用于考核系数，保证金全额返还", "the score counts by its factor: the deposit returns whole"
    )
    return Step(
        DEPOSIT_RETURN,
        Text("质量保证金返还", "Return of the quality deposit"),
        Text(
            f"返还比例 {ratio}，返还 {returned} 元，扣减 {forfeited} 元",
            f"at {ratio}: {returned} yuan returned, {forfeited} yuan forfeited",
        ),
        facts=(_score_fact(assessment), line_fact(Line.DEPOSIT_WITHHELD, deposit_fen)),
        parameters=assessment.deposit_reads,
        rejected=(by_factor,) if assessment.use == "factor" else (),
    )


def factor_steps(assessment: Assessment, due_fen: int, change_fen: int) -> Sequence[Step]:
    """Explain what the factor changed; nothing where the score has no factor."""
    if assessment.factor_e4 is None:
        return ()
    below = Text("应付不为正，系数不适用", "nothing positive is due, so the factor does not apply")
    step = Step(
        ASSESSMENT,
        Text("考核系数", "Assessment factor"),
        Text(
            f"系数 {format_e4(assessment.factor_e4)}，增减 {format_yuan(change_fen)} 元",
            f"factor {format_e4(assessment.factor_e4)}: {format_yuan(change_fen)} yuan",
        ),
        facts=(
            _score_fact(assessment),
            Fact(Text("全年病例应付（元）", "due for the year's cases, yuan"), format_yuan(due_fen)),
        ),
        parameters=assessment.factor_reads,
        rejected=() if due_fen > 0 else (below,),
    )
    return (step,)


def _by_score(view: PolicyView, name: str, score_e4: int) -> int:
    match view.text(f"{name}_method"):
        case "bands":
            return view.bands(name).at(score_e4)
        case "one_percent_per_point":
            return divide_half_up(score_e4, _POINTS_OF_ALL)
        case other:
            raise unknown_choice(f"{name}_method", other)


def _score_fact(assessment: Assessment) -> Fact:
    return Fact(Text("考核得分", "assessment score"), format_e4(assessment.score_e4))
