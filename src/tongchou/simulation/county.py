"""What the county's data files say, apart from the clinical profiles: roster, population, care, truths, budget."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from tongchou.simulation.county_files import COUNTY, Entry, LogNormal, Positive, Share, read_entry

Place = Literal["lead", "tcm", "township", "city"]
"""Where a stay can be: the lead county hospital, the county hospital of Chinese medicine, a township, the city."""
VisitPlace = Literal["village", "township", "lead", "tcm", "city"]
"""Where an outpatient visit can be."""
Band = Literal["newborn", "infant", "child", "youth", "adult", "middle", "senior", "old", "very_old"]
"""Ages: under 29 days, under 1 year, 1-6, 7-17, 18-44, 45-59, 60-69, 70-79, 80 and over."""

PLACES: tuple[Place, ...] = ("lead", "tcm", "township", "city")
VISIT_PLACES: tuple[VisitPlace, ...] = ("village", "township", "lead", "tcm", "city")
BANDS: tuple[Band, ...] = ("newborn", "infant", "child", "youth", "adult", "middle", "senior", "old", "very_old")

Range = tuple[int, int]
Weights = Annotated[dict[str, Positive], Field(min_length=1)]


class Named(Entry):
    """An id with a Chinese and an English name."""

    id: str
    zh: str
    en: str


class PlaceFigures(Entry):
    """What the institutions of one place have in common; cost and days are against the lead hospital."""

    case_share: Share
    level: Literal["primary", "secondary", "tertiary"]
    cost_factor: Positive
    los_factor: Positive
    cases_per_bed: Positive
    self_paid: Share
    first_self_pay: Share
    over_limit: Share


class Hospital(Named):
    """A hospital; `share` is its part of its place's cases."""

    place: Place
    share: Share
    kind: Literal["general_hospital", "tcm_hospital"]


class Township(Entry):
    """A township and its health centre; `weight` is its part of the county's people."""

    zh: str
    en: str
    weight: Positive


class InsuredPerCase(Entry):
    """How many people are insured for how many stays a year."""

    persons: Annotated[int, Field(gt=0)]
    cases: Annotated[int, Field(gt=0)]


class RosterFile(Entry):
    """Institutions and areas."""

    year: int
    pack: str
    parent_pack: str
    insured_per_case: InsuredPerCase
    county: Named
    city: Named
    alliance: Named
    places: dict[Place, PlaceFigures]
    hospital_effect_sigma: Annotated[float, Field(ge=0)]
    hospitals: tuple[Hospital, ...]
    townships: tuple[Township, ...]
    village_clinics_per_township: tuple[int, ...]


class AgeBand(Entry):
    """An age band of the insured; `years` is the age on 1 January, the upper bound excluded."""

    share: Share
    years: tuple[float, float]
    female: Share
    employee: Share
    cost: Positive


class ChronicDisease(Entry):
    """A chronic disease, its prevalence by age, the codes that show it and its outpatient diagnosis."""

    prevalence: dict[Band, Share]
    code_prefixes: tuple[str, ...]
    outpatient: str


class Uneven(Entry):
    """A figure for the well and for the chronically ill."""

    well: Positive
    chronic: Positive


class ContractFigures(Entry):
    """Family-doctor contracts: share by insurance type, share begun after 1 January, mean follow-ups."""

    resident: Share
    employee: Share
    started_late: Share
    follow_ups: Uneven


class PopulationFile(Entry):
    """The insured."""

    ages: dict[Band, AgeBand]
    chronic_diseases: dict[str, ChronicDisease]
    frailty_shape: Uneven
    stays_in_home_township: Share
    days_between_stays: Annotated[int, Field(ge=1)]
    contracts: ContractFigures


class Holiday(Entry):
    """Days, both inclusive, with `factor` times the usual discharges."""

    start: date = Field(alias="from")
    until: date
    factor: Positive


class Season(Entry):
    """Relative frequency of discharges over the year."""

    months: tuple[Positive, ...] = Field(min_length=12, max_length=12)
    respiratory_months: tuple[Positive, ...] = Field(min_length=12, max_length=12)
    respiratory_mdc: str
    weekdays: tuple[Positive, ...] = Field(min_length=7, max_length=7)
    holidays: tuple[Holiday, ...]


class StayFigures(Entry):
    """What every stay has in common; tails are normal draws of a share of stays times `tail_scale`."""

    cost_los_correlation: Annotated[float, Field(gt=-1, lt=1)]
    tail_share: Share
    tail_scale: Positive
    longest_days: Annotated[int, Field(gt=1)]
    settled_at_discharge: Share
    settled_within_days: Annotated[int, Field(ge=1)]
    emergency_share: Share
    other_way_share: Share
    newborn_born_in_house: Share


class IntensiveCare(Entry):
    """Who is in intensive care and for how many hours."""

    share_of_major: Share
    hours: Range
    places: tuple[Place, ...]


class ReferralFigures(Entry):
    """Referrals: where they go, how many lead to a stay, and what the two stays cost and last."""

    up: dict[Place, dict[Place, Share]]
    down: dict[Place, dict[Place, Share]]
    down_with_stay: Share
    up_from_outpatients: dict[Place, Share]
    rejected_share: Share
    cost: dict[Literal["up_before", "up_after", "down_before", "down_after"], Positive]
    los: dict[Literal["up_before", "up_after", "down_before", "down_after"], Positive]


class VisitFigures(Entry):
    """Outpatient visits."""

    per_case: Positive
    from_chronic_persons: Share
    chronic_kind: Share
    emergency_share: Share
    places: dict[VisitPlace, Share]
    cost_yuan: dict[VisitPlace, LogNormal]
    fund_ratio: dict[VisitPlace, Share]
    chronic_fund_ratio: Share
    employee_fund_ratio_added: Share
    diagnoses: Weights


class ExamFigures(Entry):
    """Examinations with a result that others can recognise."""

    recognition_days: Annotated[int, Field(ge=1)]
    recognising_levels: tuple[str, ...]
    categories: tuple[str, ...]
    recognisable_categories: tuple[str, ...]
    recognised_share_of_cases: Share
    earlier_result_days: Range


class CareFile(Entry):
    """How care runs through the year; `severity_scheme` is the grouping scheme whose CC and MCC make stays dearer."""

    season: Season
    stay: StayFigures
    severity_scheme: str
    intensive_care: IntensiveCare
    ventilator_hours: dict[str, Range]
    departments: dict[str, tuple[str, str]]
    township_department: str
    referrals: ReferralFigures
    visits: VisitFigures
    exams: ExamFigures


class OverCoding(Entry):
    """A hospital adds severe secondary codes to a share of its cases."""

    share_of_cases: Share
    codes: tuple[str, ...]


class PairedStays(Entry):
    """A share of a hospital's cases becomes two stays; factors apply to each of them."""

    share_of_cases: Share
    gap_days: Range
    los: Positive
    cost: Positive


class LowStandard(Entry):
    """A share of a township's cases needed no stay: few days, low cost, nothing secondary, no operation."""

    share_of_cases: Share
    los_days: Range
    cost: Positive


class RepeatedExam(Entry):
    """A share of hospital cases repeats an examination done elsewhere shortly before."""

    share_of_cases: Share


class PolicyChange(Entry):
    """The share of contracted residents' visits that go to township centres, before and after a change."""

    start: date = Field(alias="from")
    start_share: Share
    monthly_growth: float
    jump: float
    added_monthly_growth: float


class TruthsFile(Entry):
    """What is planted."""

    over_coding: OverCoding
    split_stay: PairedStays
    false_down_referral: PairedStays
    low_standard_admission: LowStandard
    repeated_exam: RepeatedExam
    first_visits_to_townships: PolicyChange


class AssessmentScore(Entry):
    """Points of the yearly assessment: the default and the range for single institutions."""

    default: int
    lowest: int
    highest: int


class BudgetFile(Entry):
    """How the region's money parameters follow from what was generated."""

    alliance_surplus_rate: Annotated[float, Field(ge=0, lt=1)]
    prior_year_growth: Share
    quality_score: int
    assessment_score: AssessmentScore


class DrugFigures(Entry):
    """Purchases of drugs for two diseases."""

    share: Share
    purchases: Range
    cost_yuan: LogNormal
    diseases: tuple[str, ...]


class ReadingFigures(Entry):
    """Examinations below that are read above."""

    share: Share
    items: Weights


class ReuseFigures(Entry):
    """Results from above that a stay makes use of."""

    share: Share
    items: Weights
    cost_price_yuan: LogNormal


class ExpertVisitFigures(Entry):
    """Visits of experts to each township health centre."""

    a_year: Annotated[int, Field(ge=0)]
    experts: Range


class ServiceEventsFile(Entry):
    """Care that is not paid as an inpatient case by group."""

    drugs: DrugFigures
    readings: ReadingFigures
    reuse: ReuseFigures
    expert_visits: ExpertVisitFigures


class County(NamedTuple):
    """All data files but the clinical profiles, the comorbidities and the fee mixes."""

    roster: RosterFile
    population: PopulationFile
    care: CareFile
    truths: TruthsFile
    budget: BudgetFile
    service_events: ServiceEventsFile


def load_county(folder: Path = COUNTY) -> County:
    """Return a county's data files.

    Raises:
        TongchouError: `simulation.bad_file` if one is missing or wrong.
    """
    return County(
        read_entry(folder / "roster.yaml", RosterFile),
        read_entry(folder / "population.yaml", PopulationFile),
        read_entry(folder / "care.yaml", CareFile),
        read_entry(folder / "truths.yaml", TruthsFile),
        read_entry(folder / "budget.yaml", BudgetFile),
        read_entry(folder / "service-events.yaml", ServiceEventsFile),
    )
