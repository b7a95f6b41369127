"""The policy terms by which a case is priced, read once for each stretch of days on which they do not change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tongchou.core.explanation import ParameterRead
from tongchou.policy.value import Bands
from tongchou.policy.view import PolicyView
from tongchou.schema.states import INSTITUTION_LEVEL, INSURANCE_TYPE

LEVELS = tuple(INSTITUTION_LEVEL)
INSURANCE_TYPES = tuple(INSURANCE_TYPE)


@dataclass(frozen=True, slots=True)
class DrgTerms:
    """Everything that the price of a case depends on besides its weight and the base rate.

    Attributes:
        level_factor_e4: Institution coefficient by level.
        high_threshold_e4: Multiple of the standard above which a case is extremely costly, banded by weight.
        high_or_equals: Whether the multiple itself counts as high.
        high_method: `excess_over_threshold` or `by_item`.
        low_threshold_e4: Multiple of the standard below which a case is extremely cheap.
        low_or_equals: Whether the multiple itself counts as low.
        long_stay_days: A stay of more days is paid by item.
        ungrouped_ratio_e4: Share of an ungrouped case's cost that is payable.
        fund_method: `ratio_on_standard` (method A) or `standard_less_patient` (method B).
        negative_fund: `floor_zero` or `carry`.
        deductible_fen: By insurance type and level.
        ratio_e4: The fund's ratio by insurance type and level.
    """

    level_factor_e4: Mapping[str, int]
    high_threshold_e4: Bands
    high_or_equals: bool
    high_method: str
    low_threshold_e4: int
    low_or_equals: bool
    long_stay_days: int
    ungrouped_ratio_e4: int
    fund_method: str
    negative_fund: str
    deductible_fen: Mapping[tuple[str, str], int]
    ratio_e4: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class TermsPeriod:
    """Terms, the days on which they hold (both inclusive), and the parameters they were read from."""

    valid_from: date
    valid_until: date
    terms: DrgTerms
    reads: tuple[ParameterRead, ...]


def read_terms(view: PolicyView, valid_until: date) -> TermsPeriod:
    """Read the terms that hold from the view's day until another, both inclusive.

    Raises:
        TongchouError: `policy.no_value` for the first parameter that has no value on the day.
    """
    with view.recording() as reads:
        terms = _terms(view)
    return TermsPeriod(view.on, valid_until, terms, tuple(reads))


def terms_on(periods: Sequence[TermsPeriod], day: date) -> TermsPeriod:
    """Return the terms that hold on a day; the periods cover it by construction."""
    return next(period for period in periods if period.valid_from <= day <= period.valid_until)


def _terms(view: PolicyView) -> DrgTerms:
    pairs = [(insurance, level) for insurance in INSURANCE_TYPES for level in LEVELS]
    return DrgTerms(
        level_factor_e4={level: view.e4("payment/drg/level_factor", level=level) for level in LEVELS},
        high_threshold_e4=view.bands("payment/drg/high/threshold"),
        high_or_equals=view.text("payment/drg/high/operator") == "ge",
        high_method=view.text("payment/drg/high/method"),
        low_threshold_e4=view.e4("payment/drg/low/threshold"),
        low_or_equals=view.text("payment/drg/low/operator") == "le",
        long_stay_days=view.whole("payment/drg/long_stay/days"),
        ungrouped_ratio_e4=view.e4("payment/drg/ungrouped/cost_ratio"),
        fund_method=view.text("payment/fund_part/method"),
        negative_fund=view.text("payment/fund_part/negative"),
        deductible_fen={
            (insurance, level): view.fen("benefit/inpatient/deductible", insurance_type=insurance, level=level)
            for insurance, level in pairs
        },
        ratio_e4={
            (insurance, level): view.e4("benefit/inpatient/ratio", insurance_type=insurance, level=level)
            for insurance, level in pairs
        },
    )
