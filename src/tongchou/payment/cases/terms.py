"""The policy terms by which cases are priced, read once for each stretch of days on which they do not change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tongchou.core.explanation import ParameterRead
from tongchou.core.money import E4
from tongchou.policy.value import Bands
from tongchou.policy.view import PolicyView
from tongchou.schema.states import DISCHARGE_WAY, INSTITUTION_LEVEL, INSURANCE_TYPE

LEVELS = tuple(INSTITUTION_LEVEL)
INSURANCE_TYPES = tuple(INSURANCE_TYPE)
DISCHARGE_WAYS = tuple(DISCHARGE_WAY)
STAGES = ("1", "2", "3", "4")
"""Stages of a stay that is paid by the day; the last of them has no end."""
NOT_GROUPED = ("ungrouped", "ambiguous", "invalid")
"""The states of grouping that give a case no group."""


CASE_TERMS = (
    "payment/drg/level_factor",
    "payment/drg/high/threshold",
    "payment/drg/high/operator",
    "payment/drg/high/method",
    "payment/drg/low/",
    "payment/drg/cheap/",
    "payment/drg/ungrouped/",
    "payment/drg/short_stay/",
    "payment/drg/long_stay/",
    "payment/drg/early_death/",
    "payment/drg/incomplete/",
    "payment/drg/unstable/",
    "payment/bed_day/",
    "payment/readmission/earlier_ratio",
    "payment/readmission/exempt",
    "payment/quality/",
    "payment/fund_part/",
    "benefit/inpatient/",
)
"""Beginnings of the names of the parameters that `read_terms` reads: what may be agreed with one hospital."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound with its operator.

    Attributes:
        at_e4: The multiple x 10,000.
        includes: Whether the bound itself is met.
    """

    at_e4: int
    includes: bool


@dataclass(frozen=True, slots=True)
class DeviationTerms:
    """What a case's cost may deviate from its reference (payment formulas §4, §6.4).

    Attributes:
        high_e4: Multiple from which a case is extremely costly, by level, banded by weight.
        high_includes: Whether the multiple itself counts as high.
        high_method: `excess_over_threshold` or `by_item`.
        low: Multiple below which a case is extremely cheap.
        cheap: Multiple up to which a case is cheap though not extremely; None where there is no such kind.
        cheap_addition_e4: What is added to a cheap case's multiple.
        panel: Multiple above which an expert panel decides and the payment is for the time being; None without.
    """

    high_e4: Mapping[str, Bands]
    high_includes: bool
    high_method: str
    low: Bound
    cheap: Bound | None = None
    cheap_addition_e4: int = 0
    panel: Bound | None = None


@dataclass(frozen=True, slots=True)
class ExceptionTerms:
    """Kinds of cases that are tested before the deviation.

    Attributes:
        ungrouped_e4: Share of its cost that a case without a group is paid, by state of grouping.
        short_stay_days: A stay of at most so many days is paid by item; 0 where there is no such kind.
        long_stay_days: A stay of more days is paid by item.
        early_death: Whether a death within 24 hours is paid by item.
        incomplete_ways: Ways of discharge by which a stay counts as not completed.
        unstable_method: `weight` (as any group), `by_item` or `mean`: how cases of unstable groups are paid.
        unstable_cases: A group of fewer cases is unstable.
        unstable_cv_e4: So is one with a larger coefficient of variation.
    """

    ungrouped_e4: Mapping[str, int]
    short_stay_days: int
    long_stay_days: int
    early_death: bool
    incomplete_ways: frozenset[str]
    unstable_method: str
    unstable_cases: int
    unstable_cv_e4: int


@dataclass(frozen=True, slots=True)
class BedDayTerms:
    """Stays that are paid by the day (按床日付费).

    Attributes:
        type_of_department: Type of bed-day by department, of the departments that have one.
        type_of_group: The same by group.
        stages: By type, each stage's last day (None for the rest) and its fen a day.
    """

    type_of_department: Mapping[str, str]
    type_of_group: Mapping[str, str]
    stages: Mapping[str, tuple[tuple[int | None, int], ...]]


@dataclass(frozen=True, slots=True)
class ModifierTerms:
    """What a case's worth is multiplied by in the end.

    Attributes:
        readmitted_e4: For a stay after which the person came back within the policy's days; 1 without such a rule.
        exempt_groups: Groups whose patients are meant to come back (planned staged treatment).
        quality_e4: By institution; 1 for those not named.
    """

    readmitted_e4: int
    exempt_groups: frozenset[str]
    quality_e4: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BenefitTerms:
    """What the patient pays, and how the fund's part follows.

    Attributes:
        fund_method: `ratio_on_standard` (method A) or `standard_less_patient` (method B).
        negative_fund: `floor_zero` or `carry`.
        deductible_fen: By insurance type and level.
        ratio_e4: The fund's ratio by insurance type and level.
    """

    fund_method: str
    negative_fund: str
    deductible_fen: Mapping[tuple[str, str], int]
    ratio_e4: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class CaseTerms:
    """Everything that the price of a case depends on besides its group's worth.

    Attributes:
        level_factor_e4: Institution coefficient by level.
        deviation: High, low and cheap cases.
        exceptions: Kinds tested before them.
        bed_day: Stays paid by the day.
        modifier: What a worth is multiplied by.
        benefit: The patient's part and the fund's.
    """

    level_factor_e4: Mapping[str, int]
    deviation: DeviationTerms
    exceptions: ExceptionTerms
    bed_day: BedDayTerms
    modifier: ModifierTerms
    benefit: BenefitTerms


@dataclass(frozen=True, slots=True)
class TermsPeriod:
    """Terms, the days on which they hold (both inclusive), and the parameters they were read from."""

    valid_from: date
    valid_until: date
    terms: CaseTerms
    reads: tuple[ParameterRead, ...]


@dataclass(frozen=True, slots=True)
class Occurring:
    """What occurs among the cases to be priced, so that terms by department, group or institution can be read."""

    departments: Collection[str] = ()
    groups: Collection[str] = ()
    institutions: Collection[str] = ()


def read_terms(
    view: PolicyView, valid_until: date, occurring: Occurring, deviation: DeviationTerms | None = None
) -> TermsPeriod:
    """Read the terms that hold from the view's day until another, both inclusive.

    Args:
        view: The policy on the first day.
        valid_until: The last day.
        occurring: What the cases have; terms for anything else are not read.
        deviation: The deviation that a catalogue's rules state, which then is not read from the policy.

    Raises:
        TongchouError: `policy.no_value` for the first parameter that has no value on the day.
    """
    with view.recording() as reads:
        terms = CaseTerms(
            level_factor_e4={level: view.e4("payment/drg/level_factor", level=level) for level in LEVELS},
            deviation=deviation or _deviation(view),
            exceptions=_exceptions(view),
            bed_day=_bed_day(view, occurring),
            modifier=_modifier(view, occurring),
            benefit=_benefit(view),
        )
    return TermsPeriod(view.on, valid_until, terms, tuple(reads))


def terms_on(periods: Sequence[TermsPeriod], day: date) -> TermsPeriod:
    """Return the terms that hold on a day; the periods cover it by construction."""
    return next(period for period in periods if period.valid_from <= day <= period.valid_until)


def _deviation(view: PolicyView) -> DeviationTerms:
    has_cheap = view.has("payment/drg/cheap/threshold")
    return DeviationTerms(
        high_e4={level: view.bands("payment/drg/high/threshold", level=level) for level in LEVELS},
        high_includes=view.text("payment/drg/high/operator") == "ge",
        high_method=view.text("payment/drg/high/method"),
        low=Bound(view.e4("payment/drg/low/threshold"), view.text("payment/drg/low/operator") == "le"),
        cheap=Bound(view.e4("payment/drg/cheap/threshold"), view.text("payment/drg/cheap/operator") == "le")
        if has_cheap
        else None,
        cheap_addition_e4=view.e4("payment/drg/cheap/addition") if has_cheap else 0,
    )


def _exceptions(view: PolicyView) -> ExceptionTerms:
    unstable = view.text("payment/drg/unstable/method")
    is_tested = unstable != "weight"
    return ExceptionTerms(
        ungrouped_e4={
            state: view.e4("payment/drg/ungrouped/cost_ratio", grouping_status=state) for state in NOT_GROUPED
        },
        short_stay_days=_days(view, "payment/drg/short_stay/days"),
        long_stay_days=view.whole("payment/drg/long_stay/days"),
        early_death=view.text("payment/drg/early_death/method") == "by_item",
        incomplete_ways=_chosen(view, "payment/drg/incomplete/counts", DISCHARGE_WAYS),
        unstable_method=unstable,
        unstable_cases=view.whole("payment/drg/unstable/min_cases") if is_tested else 0,
        unstable_cv_e4=view.e4("payment/drg/unstable/max_cv") if is_tested else 0,
    )


def _bed_day(view: PolicyView, occurring: Occurring) -> BedDayTerms:
    departments = _named(view, "payment/bed_day/type_of_department", "department", occurring.departments)
    groups = _named(view, "payment/bed_day/type_of_group", "drg", occurring.groups)
    types = sorted({*departments.values(), *groups.values()})
    return BedDayTerms(departments, groups, {each: _stages(view, each) for each in types})


def _stages(view: PolicyView, bed_day_type: str) -> tuple[tuple[int | None, int], ...]:
    """Return the stages of a type; a stage that lasts 0 days takes all that are left."""
    stages: list[tuple[int | None, int]] = []
    for stage in STAGES:
        days = view.whole("payment/bed_day/stage_days", bed_day_type=bed_day_type, day_stage=stage)
        rate = view.fen("payment/bed_day/rate", bed_day_type=bed_day_type, day_stage=stage)
        last = stages[-1][0] if stages else 0
        stages.append(((last or 0) + days if days else None, rate))
        if not days:
            break
    return tuple(stages)


def _modifier(view: PolicyView, occurring: Occurring) -> ModifierTerms:
    readmitted = E4
    exempt: Mapping[str, str] = {}
    if view.has("payment/readmission/earlier_ratio"):
        readmitted = view.e4("payment/readmission/earlier_ratio")
        exempt = _named(view, "payment/readmission/exempt", "drg", occurring.groups)
    quality: dict[str, int] = {}
    if view.has("payment/quality/factor"):
        quality = {each: view.e4("payment/quality/factor", institution_id=each) for each in occurring.institutions}
    return ModifierTerms(readmitted, frozenset(exempt), quality)


def _named(view: PolicyView, name: str, dimension: str, values: Collection[str]) -> dict[str, str]:
    """Return what a rule says of some values of a dimension, of those of which it says anything but `none`."""
    if not view.has(name):
        return {}
    said = {value: view.text(name, **{dimension: value}) for value in sorted(values)}
    return {value: word for value, word in said.items() if word != "none"}


def _benefit(view: PolicyView) -> BenefitTerms:
    pairs = [(insurance, level) for insurance in INSURANCE_TYPES for level in LEVELS]
    return BenefitTerms(
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


def _days(view: PolicyView, name: str) -> int:
    """Return a number of days; 0 where the policy has no such rule."""
    return view.whole(name) if view.has(name) else 0


def _chosen(view: PolicyView, name: str, ways: Collection[str]) -> frozenset[str]:
    """Return the ways of discharge that a rule counts; none where the policy has no such rule."""
    if not view.has(name):
        return frozenset()
    return frozenset(way for way in ways if view.text(name, discharge_way=way) == "yes")
