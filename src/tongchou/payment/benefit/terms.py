"""The terms of the benefit: read once for a view of the policy, frozen, so that a settlement takes microseconds."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Generic, TypeVar

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.explanation import ParameterRead
from tongchou.core.money import format_e4
from tongchou.core.text import Text
from tongchou.policy import Bands, PolicyView
from tongchou.policy.parameter import DEFAULT_KEY, Dimension

V = TypeVar("V", int, str, Bands)


@dataclass(frozen=True, slots=True)
class Term(Generic[V]):
    """One parameter on the day, for every key that it can be asked for.

    Attributes:
        name: The parameter.
        cells: By key, the value with its reading, or the view's refusal where the policy gives none. A refusal is
            raised when the value is needed, so a region need not decide what none of its people asks for.
    """

    name: str
    cells: Mapping[tuple[str, ...], tuple[V, ParameterRead] | TongchouError]

    def at(self, *key: str) -> tuple[V, ParameterRead]:
        """Return the value at a key and its reading.

        Raises:
            TongchouError: `policy.no_value` where the policy gives none; `benefit.unknown_disease` for a disease
                that it does not list.
        """
        cell = self.cells.get(key)
        if cell is None:
            # Only a dimension that takes any text, always the outermost, can be asked for an unlisted value.
            cell = self.cells.get((DEFAULT_KEY, *key[1:])) or self._unlisted(key[0])
        if isinstance(cell, TongchouError):
            # A copy, since raising hangs a traceback on what is raised.
            raise copy(cell)
        return cell

    @property
    def is_given(self) -> bool:
        """Whether the policy gives a value for any key."""
        return any(isinstance(cell, tuple) for cell in self.cells.values())

    @property
    def outermost(self) -> tuple[str, ...]:
        """The values of the outermost dimension for which the policy gives something."""
        given = (key[0] for key, cell in self.cells.items() if key and isinstance(cell, tuple))
        return tuple(dict.fromkeys(key for key in given if key != DEFAULT_KEY))

    def _unlisted(self, disease: str) -> TongchouError:
        listed = self.outermost
        return TongchouError(
            "benefit.unknown_disease",
            what=Text(f"政策没有列出病种 {disease}", f"the policy does not list the disease {disease}"),
            where=self.name,
            why=Text(f"列出的有 {'、'.join(listed) or '无'}", f"it lists {', '.join(listed) or 'none'}"),
            remedy=Text("核对病种代码，或在政策中补充", "check the code, or add the disease to the policy"),
        )


class Reading:
    """What one rule reads of the terms, kept for its explanation."""

    def __init__(self) -> None:
        self._reads: list[ParameterRead] = []

    def of(self, term: Term[V], *key: str) -> V:
        """Return a term's value at a key and keep the reading."""
        value, read = term.at(*key)
        self._reads.append(read)
        return value

    @property
    def reads(self) -> tuple[ParameterRead, ...]:
        """What was read so far, in order."""
        return tuple(self._reads)


@dataclass(frozen=True, slots=True)
class LayerTerms:
    """A payer that pays one ratio of the burden above a start, up to a yearly cap: each by the person's state."""

    start_fen: Term[int]
    ratio_e4: Term[int]
    cap_fen: Term[int]


@dataclass(frozen=True, slots=True)
class CatastrophicTerms:
    """Catastrophic insurance (大病保险); the parameters are those below `benefit/catastrophic`."""

    rule: Term[str]
    start_fen: Term[int]
    tiers: Term[Bands]
    start_factor_e4: Term[int]
    gain_e4: Term[int]
    cap_rule: Term[str]
    cap_fen: Term[int]
    enrolment_years: Term[int]
    enrolment_operator: Term[str]
    enrolment_step_fen: Term[int]
    enrolment_limit_e4: Term[int]


@dataclass(frozen=True, slots=True)
class DeductibleTerms:
    """The deductible of stays: `benefit/inpatient/deductible`, `benefit/deductible` and `benefit/referral`."""

    table_fen: Term[int]
    stay_factor_e4: Term[int]
    stay_counting: Term[str]
    group_factor_e4: Term[int]
    mode: Term[str]
    cut_e4: Term[int]
    continuing_over: Term[str]
    gap_limit: Term[str]
    gap_hours: Term[int]
    gap_operator: Term[str]


@dataclass(frozen=True, slots=True)
class RatioTerms:
    """The ratio by kind of care, its gains and its cuts."""

    inpatient_e4: Term[int]
    rehabilitation_terms: Term[str]
    rehabilitation_e4: Term[int]
    outpatient_e4: Term[int]
    chronic_e4: Term[int]
    two_disease_e4: Term[int]
    retired_gain_e4: Term[int]
    gain_e4: Term[int]
    maximum_e4: Term[int]
    away_cut_e4: Term[int]
    tele_ratio_of: Term[str]


@dataclass(frozen=True, slots=True)
class PotTerms:
    """Deductibles and yearly caps of outpatient care, and the yearly cap of basic insurance."""

    outpatient_deductible_fen: Term[int]
    outpatient_deductible_per: Term[str]
    outpatient_cap_fen: Term[int]
    chronic_deductible_fen: Term[int]
    chronic_deductible_shared: Term[str]
    chronic_cap_fen: Term[int]
    two_disease_cap_fen: Term[int]
    cap_rule: Term[str]
    cap_fen: Term[int]
    cap_covers: Term[str]


@dataclass(frozen=True, slots=True)
class BenefitTerms:
    """Everything that a settlement of a person's care depends on.

    Attributes:
        on: The day of the view.
        deductible: Of stays.
        ratio: Of all care.
        pots: Of outpatient care, and the yearly cap.
        burden_counts: What further payers pay of.
        burden_covers: Whether the burden of a kind of care counts for them.
        catastrophic: Catastrophic insurance.
        supplementary: Supplementary cover, by `supplement`.
        aid: Medical aid, by `aid_category`.
    """

    on: date
    deductible: DeductibleTerms
    ratio: RatioTerms
    pots: PotTerms
    burden_counts: Term[str]
    burden_covers: Term[str]
    catastrophic: CatastrophicTerms
    supplementary: LayerTerms
    aid: LayerTerms


def read_benefit_terms(view: PolicyView) -> BenefitTerms:
    """Read the terms that hold on a view's day.

    Parameters without a value are refused when a settlement needs them, not here.

    Raises:
        Problems: `benefit.away_cut_above_limit` for every cut of the ratio away from home that is above its limit.
        TongchouError: `policy.wrong_unit` and the like where a pack declares a parameter otherwise.
    """
    read = _Reader(view)
    terms = BenefitTerms(
        on=view.on,
        deductible=_deductible(read),
        ratio=_ratio(read),
        pots=_pots(read),
        burden_counts=read.text("benefit/burden/counts"),
        burden_covers=read.text("benefit/burden/covers"),
        catastrophic=_catastrophic(read),
        supplementary=_layer(read, "benefit/supplementary"),
        aid=_layer(read, "benefit/aid"),
    )
    problems = _cuts_above_limit(terms.ratio.away_cut_e4, read.e4("benefit/away/ratio_cut_limit"))
    if problems:
        raise Problems(problems)
    return terms


class _Reader:
    """Reads a parameter as a term, by its unit."""

    def __init__(self, view: PolicyView) -> None:
        self._view = view

    def text(self, name: str) -> Term[str]:
        return self._term(self._view.text, name)

    def whole(self, name: str) -> Term[int]:
        return self._term(self._view.whole, name)

    def e4(self, name: str) -> Term[int]:
        return self._term(self._view.e4, name)

    def fen(self, name: str) -> Term[int]:
        return self._term(self._view.fen, name)

    def bands(self, name: str) -> Term[Bands]:
        return self._term(self._view.bands, name)

    def _term(self, read: Callable[..., V], name: str) -> Term[V]:
        view = self._view
        parameter = view.chain.parameters.get(name)
        if parameter is None:
            read(name)  # raises the view's own refusal
            return Term(name, {})
        dimensions = [dimension.name for dimension in parameter.dimensions]
        keys = product(*(_values(view, name, dimension) for dimension in parameter.dimensions))
        return Term(name, {key: _cell(view, read, name, dict(zip(dimensions, key, strict=True))) for key in keys})


def _deductible(read: _Reader) -> DeductibleTerms:
    return DeductibleTerms(
        table_fen=read.fen("benefit/inpatient/deductible"),
        stay_factor_e4=read.e4("benefit/deductible/stay_factor"),
        stay_counting=read.text("benefit/deductible/stay_counting"),
        group_factor_e4=read.e4("benefit/deductible/group_factor"),
        mode=read.text("benefit/referral/deductible_mode"),
        cut_e4=read.e4("benefit/referral/deductible_cut"),
        continuing_over=read.text("benefit/referral/continuing_over"),
        gap_limit=read.text("benefit/referral/gap_limit"),
        gap_hours=read.whole("benefit/referral/gap_hours"),
        gap_operator=read.text("benefit/referral/gap_operator"),
    )


def _ratio(read: _Reader) -> RatioTerms:
    return RatioTerms(
        inpatient_e4=read.e4("benefit/inpatient/ratio"),
        rehabilitation_terms=read.text("benefit/rehabilitation/terms"),
        rehabilitation_e4=read.e4("benefit/rehabilitation/ratio"),
        outpatient_e4=read.e4("benefit/outpatient/ratio"),
        chronic_e4=read.e4("benefit/chronic/ratio"),
        two_disease_e4=read.e4("benefit/two_disease/ratio"),
        retired_gain_e4=read.e4("benefit/ratio/retired_gain"),
        gain_e4=read.e4("benefit/ratio/gain"),
        maximum_e4=read.e4("benefit/ratio/maximum"),
        away_cut_e4=read.e4("benefit/away/ratio_cut"),
        tele_ratio_of=read.text("benefit/tele/ratio_of"),
    )


def _pots(read: _Reader) -> PotTerms:
    return PotTerms(
        outpatient_deductible_fen=read.fen("benefit/outpatient/deductible"),
        outpatient_deductible_per=read.text("benefit/outpatient/deductible_per"),
        outpatient_cap_fen=read.fen("benefit/outpatient/cap"),
        chronic_deductible_fen=read.fen("benefit/chronic/deductible"),
        chronic_deductible_shared=read.text("benefit/chronic/deductible_shared"),
        chronic_cap_fen=read.fen("benefit/chronic/cap"),
        two_disease_cap_fen=read.fen("benefit/two_disease/cap"),
        cap_rule=read.text("benefit/cap/rule"),
        cap_fen=read.fen("benefit/cap/basic"),
        cap_covers=read.text("benefit/cap/covers"),
    )


def _catastrophic(read: _Reader) -> CatastrophicTerms:
    return CatastrophicTerms(
        rule=read.text("benefit/catastrophic/rule"),
        start_fen=read.fen("benefit/catastrophic/start"),
        tiers=read.bands("benefit/catastrophic/tiers"),
        start_factor_e4=read.e4("benefit/catastrophic/start_factor"),
        gain_e4=read.e4("benefit/catastrophic/gain"),
        cap_rule=read.text("benefit/catastrophic/cap_rule"),
        cap_fen=read.fen("benefit/catastrophic/cap"),
        enrolment_years=read.whole("benefit/catastrophic/enrolment_years"),
        enrolment_operator=read.text("benefit/catastrophic/enrolment_operator"),
        enrolment_step_fen=read.fen("benefit/catastrophic/enrolment_step"),
        enrolment_limit_e4=read.e4("benefit/catastrophic/enrolment_limit"),
    )


def _layer(read: _Reader, area: str) -> LayerTerms:
    return LayerTerms(
        start_fen=read.fen(f"{area}/start"),
        ratio_e4=read.e4(f"{area}/ratio"),
        cap_fen=read.fen(f"{area}/cap"),
    )


def _values(view: PolicyView, name: str, dimension: Dimension) -> Sequence[str]:
    if dimension.values is not None:
        return dimension.values
    answer = view.chain.answer(name, view.on)
    listed = answer.dated.value if answer else None
    # Without an answer one key is asked for all the same, so that the view's refusal is kept.
    return tuple(listed) if isinstance(listed, Mapping) else (DEFAULT_KEY,)


def _cell(
    view: PolicyView, read: Callable[..., V], name: str, dimensions: dict[str, str]
) -> tuple[V, ParameterRead] | TongchouError:
    try:
        with view.recording() as reads:
            return read(name, **dimensions), reads[0]
    except TongchouError as error:
        if error.code != "policy.no_value":
            raise
        return error


def _cuts_above_limit(cuts: Term[int], limits: Term[int]) -> list[TongchouError]:
    found = []
    for key, cell in cuts.cells.items():
        limit = limits.cells[key]
        if isinstance(cell, tuple) and isinstance(limit, tuple) and cell[0] > limit[0]:
            found.append(_cut_above_limit(key[0], cell, limit))
    return found


def _cut_above_limit(place: str, cut: tuple[int, ParameterRead], limit: tuple[int, ParameterRead]) -> TongchouError:
    return TongchouError(
        "benefit.away_cut_above_limit",
        what=Text("异地就医支付比例降幅过大", "the cut of the ratio away from home is too large"),
        where=f"benefit/away/ratio_cut [place_of_care={place}]",
        why=Text(
            f"{format_e4(cut[0])} 超过上限 {format_e4(limit[0])}（{limit[1].source}）",
            f"{format_e4(cut[0])} is above the limit of {format_e4(limit[0])} ({limit[1].source})",
        ),
        remedy=Text("降低该值", "lower the value"),
    )
