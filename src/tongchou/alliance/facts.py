"""What must be known of an alliance's year to settle it: its people, its fund use, its members' work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from tongchou.alliance.records import BudgetAdjustment, DeficitReason, SurplusReview, require_unique
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.schema.states import ASSESSED_MEASURE, MEMBER_ROLE

Tier = Literal["county", "township", "village", ""]
"""Where a member stands in the county: its hospitals, township centres, village clinics; empty where not known."""


class Measure(StrEnum):
    """What a member's contribution is measured by; the value is the key in `MemberFacts.measures`."""

    CONTRACTED_HEADS = "contracted_heads"
    PRIMARY_VISITS = "primary_visits"
    DOWN_REFERRALS = "down_referrals"
    RECOGNISED_EXAMS = "recognised_exams"
    CASE_WEIGHT = "case_weight_e4"

    @property
    def label(self) -> Text:
        """The measure's name for people, as the label of a figure."""
        return _MEASURE_LABELS[self]

    @property
    def policy_key(self) -> str:
        """The measure's name as a dimension of a policy parameter."""
        return self.value.removesuffix("_e4")


class AssessedMeasure(StrEnum):
    """What is assessed of a member and handed in, rather than counted; the value is the key in `measures`."""

    EQUIPMENT_HOURS = "equipment_hours"
    COST_DROP = "cost_drop"
    LOS_DROP = "los_drop"
    SATISFACTION = "satisfaction"
    COMPLICATION_FREE = "complication_free"
    SERVICE_QUALITY = "service_quality"

    @property
    def label(self) -> Text:
        """The measure's name for people."""
        return ASSESSED_MEASURE[self.value]

    @property
    def policy_key(self) -> str:
        """The measure's name as a dimension of a policy parameter."""
        return self.value


_MEASURE_LABELS = {
    Measure.CONTRACTED_HEADS: Text("签约人数", "contracted heads"),
    Measure.PRIMARY_VISITS: Text("基层诊疗人次", "primary visits"),
    Measure.DOWN_REFERRALS: Text("下转人次", "down-referrals"),
    Measure.RECOGNISED_EXAMS: Text("检查检验互认次数", "recognised exams"),
    Measure.CASE_WEIGHT: Text("病例总权重（万分之一）", "total case weight x 10,000"),
}


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """One member's work in the year.

    Attributes:
        institution_id: The member.
        role: `lead`, `hospital` or `primary`.
        measures: Amount of each `Measure`, whole numbers in any unit that is the same for all members; with those
            `AssessedMeasure` that were handed in.
        level: `tertiary`, `secondary` or `primary`; empty where it is not known.
        tier: Whether it is a hospital of the county, a township centre or a village clinic.
        township_id: The township centre that answers for a village clinic; empty for others.
    """

    institution_id: str
    role: str
    measures: Mapping[str, int]
    level: str = ""
    tier: Tier = ""
    township_id: str = ""

    def __post_init__(self) -> None:
        """Refuse a role that the split would not know.

        Raises:
            TongchouError: `alliance.unknown_role`.
        """
        if self.role not in MEMBER_ROLE:
            raise TongchouError(
                "alliance.unknown_role",
                what=Text(f"成员角色 {self.role!r} 不存在", f"there is no member role {self.role!r}"),
                where=self.institution_id,
                why=Text(f"角色只有 {'、'.join(MEMBER_ROLE)}", f"a role is one of {', '.join(MEMBER_ROLE)}"),
                remedy=Text("改正成员名册", "correct the list of members"),
            )

    @property
    def is_primary(self) -> bool:
        """Whether the member shares in the primary part; the others share in the hospitals' part."""
        return self.role == "primary"

    def amount(self, measure: Measure | AssessedMeasure) -> int:
        """Return the amount of a measure.

        Raises:
            TongchouError: `alliance.measure_missing` if it is absent (which is not zero) or negative.
        """
        amount = self.measures.get(measure)
        if amount is None or amount < 0:
            zh, en = measure.label.zh, measure.label.en
            raise TongchouError(
                "alliance.measure_missing",
                what=Text(f"成员缺少有效的{zh}", f"a member has no valid figure of {en}"),
                where=f"{self.institution_id}: {amount}",
                why=Text("分配依据不得缺失或为负数", "a basis of the split must not be absent or negative"),
                remedy=Text("补齐数据，确实没有的填 0", "supply the figure, 0 where there really was none"),
            )
        return amount


@dataclass(frozen=True, slots=True)
class MoneyByPlace:
    """A year's money for the care of the package's people, by kind and place of care; fen.

    Attributes:
        inpatient_inside_fen: Stays at members of the alliance.
        inpatient_outside_fen: Stays elsewhere.
        outpatient_inside_fen: Outpatient settlements at members.
        outpatient_outside_fen: Outpatient settlements elsewhere.
    """

    inpatient_inside_fen: int
    inpatient_outside_fen: int
    outpatient_inside_fen: int
    outpatient_outside_fen: int


@dataclass(frozen=True, slots=True)
class FundUse(MoneyByPlace):
    """What the fund paid, wherever the package's people were treated."""


@dataclass(frozen=True, slots=True)
class PatientPayments(MoneyByPlace):
    """What the package's people paid themselves."""


@dataclass(frozen=True, slots=True)
class AllianceFacts:
    """One alliance's year.

    Attributes:
        alliance_id: The alliance.
        heads: People of the package, counted by the rule `alliance/package/population`.
        fund_use: What the fund paid for them.
        members: The members of the year, each once, in any order.
        insured: Insurance type -> people of the package; they sum to `heads`. Empty where it is not known.
        patient_payments: What the people paid themselves; `None` where it is not known.
        adjustments: Written adjustments of the year's budget.
        reasons: Reasons given for a deficit.
        review: The quality review of a high surplus; `None` where there was none yet.
    """

    alliance_id: str
    heads: int
    fund_use: FundUse
    members: tuple[MemberFacts, ...]
    insured: Mapping[str, int] = field(default_factory=dict)
    patient_payments: PatientPayments | None = None
    adjustments: tuple[BudgetAdjustment, ...] = ()
    reasons: tuple[DeficitReason, ...] = ()
    review: SurplusReview | None = None

    def __post_init__(self) -> None:
        """Refuse what would count twice.

        Raises:
            TongchouError: `alliance.duplicate_member` for a member listed twice, `alliance.bad_record` for a record.
        """
        require_unique([each.adjustment_id for each in self.adjustments])
        require_unique([each.reason_id for each in self.reasons])
        ids = [member.institution_id for member in self.members]
        twice = sorted({institution_id for institution_id in ids if ids.count(institution_id) > 1})
        if twice:
            raise TongchouError(
                "alliance.duplicate_member",
                what=Text("成员重复", "a member is listed twice"),
                where=f"{self.alliance_id}: {', '.join(twice)}",
                why=Text("每个成员只能参加一次分配", "each member shares once"),
                remedy=Text("合并或删除重复的成员", "merge or remove the duplicates"),
            )
