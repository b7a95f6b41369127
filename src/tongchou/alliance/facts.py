"""What must be known of an alliance's year to settle it: its people, its fund use, its members' work."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.schema.states import MEMBER_ROLE


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
        measures: Amount of each `Measure`, whole numbers in any unit that is the same for all members.
    """

    institution_id: str
    role: str
    measures: Mapping[str, int]

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

    def amount(self, measure: Measure) -> int:
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
class FundUse:
    """What the fund paid in the year for the people of the package, wherever they were treated; fen.

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
class AllianceFacts:
    """One alliance's year.

    Attributes:
        alliance_id: The alliance.
        heads: People of the package, counted by the rule `alliance/package/population`.
        fund_use: What the fund paid for them.
        members: The members of the year, each once, in any order.
    """

    alliance_id: str
    heads: int
    fund_use: FundUse
    members: tuple[MemberFacts, ...]

    def __post_init__(self) -> None:
        """Refuse a member that is listed twice.

        Raises:
            TongchouError: `alliance.duplicate_member`.
        """
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
