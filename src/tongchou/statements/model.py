"""What a statement shows: plain figures of a settled period, filled by the run, checked by `checks`.

Amounts are int fen, ratios and weights `_e4` (value x 10,000). A result or line may be negative. Names come
in both languages; a level, role or kind is a state of `schema.states`. Tuples keep the order of printing.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Literal

from tongchou.core.text import Text

FlowKind = Literal["treatment", "referral"]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of a statement, signed so that a total line is the plain sum of its parts.

    Attributes:
        line: Stable id of the line, unique within its statement.
        title: Its name for people.
        amount_fen: The amount, fen; a deduction is negative.
        sums: Ids of the lines whose sum this line is; empty for a line that stands by itself.
    """

    line: str
    title: Text
    amount_fen: int
    sums: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstitutionMonth:
    """A month of an institution: the fund part due, what of it is prepaid and what is kept as deposit."""

    month: str
    case_count: int
    fund_due_fen: int
    prepaid_fen: int
    deposit_fen: int


@dataclass(frozen=True, slots=True)
class GroupResult:
    """The cases of one group; ungrouped cases stand in one row of their own with an empty `drg` and weight 0.

    Attributes:
        drg: Code of the group.
        name: Name of the group.
        case_count: Cases in it.
        weight_e4: The group's weight per case.
        charges_fen: Total cost of the cases.
        payable_fen: What fund and patients pay for them.
        result_fen: Gain (positive) or loss of the hospitals on them.
    """

    drg: str
    name: Text
    case_count: int
    weight_e4: int
    charges_fen: int
    payable_fen: int
    result_fen: int


@dataclass(frozen=True, slots=True)
class CaseShare:
    """The cases of one kind or of one source of weight; `key` is the state, `name` its words."""

    key: str
    name: Text
    case_count: int
    charges_fen: int
    payable_fen: int


@dataclass(frozen=True, slots=True)
class InstitutionStatement:
    """An institution's period (清算单).

    Attributes:
        institution_id: Its code; also the name of its file.
        name: Its name.
        level: A state of `INSTITUTION_LEVEL`.
        role: A state of `MEMBER_ROLE`; None outside the alliance.
        case_count: Cases that were priced, ungrouped ones among them.
        ungrouped_count: Cases without a group.
        cmi_e4: Case-mix index: mean weight of the grouped cases.
        charges_fen: Total cost.
        standard_fen: Sum of payment standards.
        payable_fen: Payable in all, by fund and patients.
        patient_fen: Patients' part.
        fund_fen: The fund's part.
        hospital_result_fen: Gain or loss: income less charges.
        lines: From the fund's part to the amount to clear.
        months: In order of time.
        groups: Every priced case is in exactly one row.
        case_kinds: Every priced case is in exactly one row.
        weight_sources: Every priced case is in exactly one row.
    """

    institution_id: str
    name: Text
    level: str
    role: str | None
    case_count: int
    ungrouped_count: int
    cmi_e4: int
    charges_fen: int
    standard_fen: int
    payable_fen: int
    patient_fen: int
    fund_fen: int
    hospital_result_fen: int
    lines: tuple[StatementLine, ...]
    months: tuple[InstitutionMonth, ...]
    groups: tuple[GroupResult, ...]
    case_kinds: tuple[CaseShare, ...]
    weight_sources: tuple[CaseShare, ...]


@dataclass(frozen=True, slots=True)
class SurplusSlice:
    """A band of the surplus or deficit rate.

    Attributes:
        lower_e4: Lower bound of the band, as a positive rate.
        upper_e4: Upper bound; None for the open last band.
        ratio_e4: The alliance's ratio of the band: kept of a surplus, borne of a deficit.
        amount_fen: The part of the surplus in the band; negative in a deficit.
        kept_fen: What of it stays with the alliance; negative: what the alliance bears.
    """

    lower_e4: int
    upper_e4: int | None
    ratio_e4: int
    amount_fen: int
    kept_fen: int

    @property
    def returned_fen(self) -> int:
        """Return what of the band goes back to the fund; negative: what the fund bears."""
        return self.amount_fen - self.kept_fen


@dataclass(frozen=True, slots=True)
class QualityTest:
    """The quality score of the alliance, points, and the score from which a surplus is paid out."""

    score: Decimal
    threshold: Decimal

    @property
    def is_passed(self) -> bool:
        """Return whether the score reaches the threshold."""
        return self.score >= self.threshold


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure by which the surplus is split, e.g. primary visits; `measure` is its id in the policy."""

    measure: str
    name: Text
    value: Decimal


@dataclass(frozen=True, slots=True)
class MemberShare:
    """A member's share of what the alliance keeps; negative: of what it bears. `role` is of `MEMBER_ROLE`."""

    institution_id: str
    name: Text
    role: str
    measures: tuple[Measure, ...]
    share_fen: int


@dataclass(frozen=True, slots=True)
class ActualUse:
    """What the fund paid for the alliance's insured: inside its members and outside of them."""

    inpatient_inside_fen: int
    inpatient_outside_fen: int
    outpatient_inside_fen: int
    outpatient_outside_fen: int

    @property
    def total_fen(self) -> int:
        """Return the fund's payments in all."""
        return (
            self.inpatient_inside_fen
            + self.inpatient_outside_fen
            + self.outpatient_inside_fen
            + self.outpatient_outside_fen
        )


@dataclass(frozen=True, slots=True)
class AllianceStatement:
    """The alliance's year: budget, use, surplus and who gets it.

    Attributes:
        alliance_id: Its code.
        name: Its name.
        base_fen: The global budget.
        comparison_fen: What a surplus is measured against (the policy names which base); a deficit is measured
            against the budget.
        comparison_name: Which base that is.
        actual: The fund's payments of the period.
        surplus_fen: Comparison base less actual use where that is positive; budget less actual use, a negative
            amount, where the use is above the budget; 0 between the two.
        rate_e4: Ratio of the surplus or deficit to what it is measured against; negative in a deficit.
        quality: The quality test; None where the policy has none.
        slices: The bands of the rate that the surplus or deficit reaches; empty where there is neither.
        kept_fen: Stays with the alliance, its reserve included; negative: borne by the alliance.
        returned_fen: Goes back to the fund; negative: borne by the fund.
        reserve_fen: Part of `kept_fen` that goes into the reserve.
        members: Shares, which with the reserve sum to `kept_fen`.
    """

    alliance_id: str
    name: Text
    base_fen: int
    comparison_fen: int
    comparison_name: Text
    actual: ActualUse
    surplus_fen: int
    rate_e4: int
    quality: QualityTest | None
    slices: tuple[SurplusSlice, ...]
    kept_fen: int
    returned_fen: int
    reserve_fen: int
    members: tuple[MemberShare, ...]


@dataclass(frozen=True, slots=True)
class MonthUse:
    """The fund's payments of a month for the insured of the region, and the month's part of the budget."""

    month: str
    inpatient_fund_fen: int
    outpatient_fund_fen: int
    budget_fen: int


@dataclass(frozen=True, slots=True)
class Flow:
    """Insured persons on their way.

    Attributes:
        kind: `treatment`: from where they are contracted to where they were treated; `referral`: from the
            institution that referred to the one that received.
        origin: Where from, a level or place.
        destination: Where to, a level or place.
        case_count: Stays, visits or referrals.
        fund_fen: The fund's payments for them; 0 where none belongs to the flow.
    """

    kind: FlowKind
    origin: Text
    destination: Text
    case_count: int
    fund_fen: int


@dataclass(frozen=True, slots=True)
class TableRows:
    """How many rows of a table came in and how many of them were set aside with a reason."""

    table: str
    name: Text
    in_count: int
    set_aside_count: int


@dataclass(frozen=True, slots=True)
class RegionReport:
    """All that is printed of one run.

    Attributes:
        run_id: The run.
        region: Name of the pooling region.
        period: Year (`2025`) or month (`2025-03`).
        scheme: Name and edition of the grouping scheme.
        policy_levels: Which levels of policy took part.
        prepared_on: Day of the run; the only date that the files bear.
        notices: What a reader must know, e.g. that weights were borrowed.
        tables: Rows in and set aside.
        alliance: The alliance's statement; None where the region has none.
        institutions: Every institution that has its own workbook.
        months: Use of the fund, in order of time.
        groups: Every priced case of the institutions is in exactly one row.
        flows: Treatment and referral flows.
        case_kinds: Every priced case is in exactly one row.
        weight_sources: Every priced case is in exactly one row.
    """

    run_id: str
    region: Text
    period: str
    scheme: Text
    policy_levels: Text
    prepared_on: date
    notices: tuple[Text, ...]
    tables: tuple[TableRows, ...]
    alliance: AllianceStatement | None
    institutions: tuple[InstitutionStatement, ...]
    months: tuple[MonthUse, ...]
    groups: tuple[GroupResult, ...]
    flows: tuple[Flow, ...]
    case_kinds: tuple[CaseShare, ...]
    weight_sources: tuple[CaseShare, ...]

    def measure_names(self) -> dict[str, Text]:
        """Return the measures that the members are compared by, in order of first appearance."""
        members = self.alliance.members if self.alliance else ()
        measures = chain.from_iterable(member.measures for member in members)
        return {measure.measure: measure.name for measure in measures}
