"""The rules of a region's DIP: every threshold, list and class, as read from its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tongchou.core.text import Text
from tongchou.grouping.dip.patterns import CodeLists

Method = Literal["mean", "reference", "quota"]
Per = Literal["year", "catalogue"]
Operator = Literal["lt", "le", "gt", "ge"]
FactorSource = Literal["stated", "measured"]

CONSERVATIVE = "conservative"
UNCOUNTED = "uncounted"
TREATMENTS = (CONSERVATIVE, "diagnostic", "therapeutic", "surgery")
"""The ways of treatment, the heaviest last."""

RATIO_MEASURES = ("cost_ratio", "treatment_share", "drug_share")
WHOLE_MEASURES = ("cci", "age_years", "age_days", "icu_days", "los_days")
LIST_MEASURES = ("secondary", "principal", "not_principal")
WORD_MEASURES = ("discharge_way",)


@dataclass(frozen=True, slots=True)
class Range:
    """Values from `low` to `high`, both inclusive; None where there is no bound. Ratios are x 10,000."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of an auxiliary class: a measure within a range, or one of some words or lists."""

    measure: str
    within: Range | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuxiliaryClass:
    """A class of an auxiliary catalogue: all conditions must be met; `factor_e4` where the rules state one."""

    name: str
    title: Text
    conditions: tuple[Condition, ...]
    factor_e4: int | None


@dataclass(frozen=True, slots=True)
class Auxiliary:
    """An auxiliary catalogue (辅助目录): its classes in order, and the conditions of the cases it is for."""

    name: str
    title: Text
    factors: FactorSource
    only: tuple[Condition, ...]
    classes: tuple[AuxiliaryClass, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """When a group opens an auxiliary catalogue: least variation, least reduction of it, least cases of a class."""

    cv_e4: int
    reduction_e4: int
    min_cases: int


@dataclass(frozen=True, slots=True)
class Charlson:
    """A condition of the Charlson index; `over` is the milder condition that it replaces, or empty."""

    condition: str
    weight: int
    over: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound of the deviation: x compared with `bound_e4` by `operator`."""

    operator: Operator
    bound_e4: int

    def met(self, cost_fen: int, mean_fen: int) -> bool:
        """Return whether cost over mean is beyond the bound, compared exactly."""
        left, right = cost_fen * 10_000, self.bound_e4 * mean_fen
        return {"lt": left < right, "le": left <= right, "gt": left > right, "ge": left >= right}[self.operator]


@dataclass(frozen=True, slots=True)
class Deviation:
    """The bounds of cost deviation (费用偏差): below `low`, above `high`, above `panel`."""

    low: Bound
    high: Bound
    panel: Bound


@dataclass(frozen=True, slots=True)
class Score:
    """How a group's mean becomes points.

    Attributes:
        method: Over the mean of all cases, of a reference group, or over a fixed amount a point.
        unit: Points of a relative weight of 1 (not for the quota).
        is_neutral: Whether the mean of all cases is that of the groups' means over their cases.
        reference_group: The group of the method `reference`, else empty.
        quota_fen: Fen of one point of the method `quota`, else 0.
    """

    method: Method
    unit: int
    is_neutral: bool
    reference_group: str
    quota_fen: int


@dataclass(frozen=True, slots=True)
class Measuring:
    """Which cases weigh on a mean: stays of at most so many days, costs above so many fen, the middle of a year."""

    max_los_days: int
    min_cost_fen: int
    trim_low_e4: int
    trim_high_e4: int
    trim_from_cases: int


@dataclass(frozen=True, slots=True)
class Minimum:
    """A least number of cases, in the mean of the years or in all years together."""

    cases: int
    per: Per

    def over(self, years: int) -> int:
        """Return how many cases of a catalogue of so many years meet the minimum."""
        return self.cases * (years if self.per == "year" else 1)


@dataclass(frozen=True, slots=True)
class Watch:
    """Bounds and points of the supervision catalogue (违规行为监管辅助目录), grades from the gravest."""

    readmission_days: int
    readmission_points: int
    low_standard_e4: tuple[int, ...]
    low_standard_points: tuple[int, ...]
    over_long_e4: tuple[int, ...]
    over_long_points: tuple[int, ...]
    mortality_below_e4: int
    death_points: int
    extreme_sigma: int
    extreme_points: int
    upcoding_sigma: int
    upcoding_points: int


@dataclass(frozen=True, slots=True)
class DipRules:
    """The rules of a region's DIP.

    Attributes:
        name, title, notice: What they are called; the notice is shown with every result.
        text: The file as it was written, comments and all: a catalogue keeps it.
        diagnosis_characters, operation_characters: Length of the keys; 0 operations' characters for whole codes.
        year_weights: Weight by distance from the newest year (0, -1, -2).
        measuring, core, related_raise_e4, mixed, ladder, score, deviation: See the file's comments.
        treatment_titles: Names of the ways of treatment.
        treatments: Operations by kind, with `uncounted`.
        chapters: The chapters of ICD-10, each a list named by its range.
        lists: Diagnoses that the auxiliary classes name, and the conditions of the Charlson index.
        list_names: Names of the former.
        charlson, gate, not_applicable, auxiliaries: The auxiliary catalogues.
        watch: The supervision catalogue.
        drift_share_e4: Change of a group's share of the cases that is shown.
    """

    name: str
    title: Text
    notice: Text
    text: str
    diagnosis_characters: int
    operation_characters: int
    year_weights: Mapping[int, int]
    measuring: Measuring
    core: Minimum
    related_raise_e4: int
    mixed: Minimum
    ladder: tuple[str, ...]
    score: Score
    deviation: Deviation
    treatment_titles: Mapping[str, Text]
    treatments: CodeLists
    chapters: CodeLists
    lists: CodeLists
    list_names: tuple[str, ...]
    charlson: tuple[Charlson, ...]
    gate: Gate
    not_applicable: frozenset[str]
    auxiliaries: tuple[Auxiliary, ...]
    watch: Watch
    drift_share_e4: int
