"""What a settlement is told: the person, the care, and the referral that led to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.payment.benefit import states
from tongchou.schema.states import INSTITUTION_LEVEL, INSURANCE_TYPE, REFERRAL_DIRECTION


@dataclass(frozen=True, slots=True)
class Person:
    """A person as insured on the day of the care.

    Attributes:
        insurance_type: `employee` or `resident`.
        work_status: `working` or `retired`; residents are `working` for all purposes here.
        contract: Whether a family-doctor contract (家庭医生签约) holds: `signed` or `unsigned`.
        aid_category: Category of medical aid (医疗救助), a key of `states.AID_CATEGORY`.
        supplement: Supplementary cover, a key of `states.SUPPLEMENT`.
        enrolled_years: Years of continuous enrolment (连续参保).
    """

    insurance_type: str
    work_status: str = "working"
    contract: str = "unsigned"
    aid_category: str = "none"
    supplement: str = "none"
    enrolled_years: int = 0

    def __post_init__(self) -> None:
        """Refuse a person whom no policy could settle.

        Raises:
            Problems: `benefit.unknown_state` for each state that does not exist; `benefit.person` for a retired
                resident or negative years.
        """
        _refuse(self._problems())

    def _problems(self) -> Iterator[TongchouError]:
        yield from _unknown("insurance_type", self.insurance_type, INSURANCE_TYPE)
        yield from _unknown("work_status", self.work_status, states.WORK_STATUS)
        yield from _unknown("contract", self.contract, states.CONTRACT)
        yield from _unknown("aid_category", self.aid_category, states.AID_CATEGORY)
        yield from _unknown("supplement", self.supplement, states.SUPPLEMENT)
        if self.enrolled_years < 0:
            yield _wrong_person(
                f"enrolled_years {self.enrolled_years}",
                Text("连续参保年数不得为负", "years of enrolment are not negative"),
            )
        if self.insurance_type == "resident" and self.work_status == "retired":
            yield _wrong_person(
                "resident, retired",
                Text("退休待遇只属于职工医保", "only employee insurance knows retired people"),
            )


@dataclass(frozen=True, slots=True)
class Referral:
    """A filed referral (转诊备案) that led to a stay.

    Attributes:
        direction: `up` or `down`.
        valid_from: First day on which the stay may begin, inclusive.
        valid_until: Last such day, inclusive.
        left_at: When the patient left the sending institution.
    """

    direction: str
    valid_from: date
    valid_until: date
    left_at: datetime


@dataclass(frozen=True, slots=True)
class Care:
    """A stay or visit to be settled; amounts in fen.

    Amounts outside the scope are given by the catalogue of the place of care (就医地目录), wherever the person is
    insured.

    Attributes:
        care_id: The case or visit.
        kind: A key of `states.CARE_KIND`.
        level: The institution's level as registered; never inferred from its kind or name.
        decided_on: The day whose policy and year count (see `payment/deciding_date`).
        began_at: Admission, or the time of the visit.
        total_fen: Total cost.
        self_paid_fen: Fully self-paid (全自费).
        first_self_pay_fen: First self-pay (先行自付).
        over_limit_fen: Over price limits (超限价).
        episode_id: The episode (疗程) that referred stays share; empty where the stay belongs to none.
        referral: The referral that led to it, if one did.
        entry: `first_visit` where care began at this institution (首诊), otherwise `other`.
        place: A key of `states.PLACE_OF_CARE`.
        expert_level: For a tele-service, the level of the institution that diagnoses; empty for care in person.
        disease: The disease of care that names one: a code for `chronic`, a key of `states.TWO_DISEASE`.
    """

    care_id: str
    kind: str
    level: str
    decided_on: date
    began_at: datetime
    total_fen: int
    self_paid_fen: int = 0
    first_self_pay_fen: int = 0
    over_limit_fen: int = 0
    episode_id: str = ""
    referral: Referral | None = None
    entry: str = "other"
    place: str = "local"
    expert_level: str = ""
    disease: str = ""

    def __post_init__(self) -> None:
        """Refuse care that no policy could settle.

        Raises:
            Problems: `benefit.unknown_state`, `benefit.amounts`, `benefit.disease` and `benefit.referral`, as
                many as there are.
        """
        _refuse(self._problems())

    @property
    def outside_scope_fen(self) -> int:
        """What the patient pays before any benefit begins: fully self-paid, first self-pay, over price limits."""
        return self.self_paid_fen + self.first_self_pay_fen + self.over_limit_fen

    @property
    def in_scope_fen(self) -> int:
        """The in-scope cost (政策范围内费用)."""
        return self.total_fen - self.outside_scope_fen

    @property
    def is_stay(self) -> bool:
        """Whether it is a stay; otherwise it is a visit."""
        return self.kind in states.STAY_KINDS

    def _problems(self) -> Iterator[TongchouError]:
        yield from _unknown("kind", self.kind, states.CARE_KIND)
        yield from _unknown("level", self.level, INSTITUTION_LEVEL)
        yield from _unknown("entry", self.entry, states.ENTRY)
        yield from _unknown("place", self.place, states.PLACE_OF_CARE)
        if self.expert_level:
            yield from _unknown("expert_level", self.expert_level, INSTITUTION_LEVEL)
        parts = (self.self_paid_fen, self.first_self_pay_fen, self.over_limit_fen)
        if min(self.total_fen, *parts) < 0 or sum(parts) > self.total_fen:
            yield self._wrong_amounts()
        if bool(self.disease) != (self.kind in states.DISEASE_KINDS):
            yield self._wrong_disease()
        if self.kind == "two_disease" and self.disease:
            yield from _unknown("disease", self.disease, states.TWO_DISEASE)
        if self.referral is not None:
            yield from _unknown("referral.direction", self.referral.direction, REFERRAL_DIRECTION)
            if not (self.episode_id and self.is_stay):
                yield self._wrong_referral()

    def _wrong_amounts(self) -> TongchouError:
        amounts = (self.total_fen, self.self_paid_fen, self.first_self_pay_fen, self.over_limit_fen)
        return TongchouError(
            "benefit.amounts",
            what=Text("费用金额不成立", "the amounts cannot be"),
            where=f"{self.care_id}: {' / '.join(format_yuan(amount) for amount in amounts)}",
            why=Text(
                "金额不得为负，全自费、先行自付与超限价之和不得超过总费用",
                "none is negative, and self-paid, first self-pay and over-limit together do not exceed the total",
            ),
            remedy=Text("核对费用明细的汇总", "check the sums of the fee items"),
        )

    def _wrong_disease(self) -> TongchouError:
        return TongchouError(
            "benefit.disease",
            what=Text("病种与待遇类别不符", "disease and kind of benefit do not fit"),
            where=f"{self.care_id}: {self.kind}, {self.disease or '-'}",
            why=Text(
                "门诊慢特病与两病用药须写病种，其他类别不写",
                "chronic care and drugs for the two diseases name a disease, other care does not",
            ),
            remedy=Text("补上或删去病种", "add the disease or leave it out"),
        )

    def _wrong_referral(self) -> TongchouError:
        return TongchouError(
            "benefit.referral",
            what=Text("转诊信息不完整", "the referral is not complete"),
            where=self.care_id,
            why=Text(
                "转诊只用于住院，且须写明疗程，才能找到已付的起付线",
                "a referral leads to a stay, and names the episode in which deductibles were paid",
            ),
            remedy=Text("写明 episode_id，门诊不写转诊", "give the episode_id; leave the referral out for visits"),
        )


def _refuse(found: Iterator[TongchouError]) -> None:
    problems = tuple(found)
    if problems:
        raise Problems(problems)


def _unknown(name: str, state: str, known: Mapping[str, Text]) -> Iterator[TongchouError]:
    if state not in known:
        yield TongchouError(
            "benefit.unknown_state",
            what=Text(f"{name} 没有“{state}”这个取值", f"{name} has no value '{state}'"),
            where=name,
            why=Text(f"取值为 {'、'.join(known)}", f"its values are {', '.join(known)}"),
            remedy=Text("改用其中之一", "use one of them"),
        )


def _wrong_person(where: str, why: Text) -> TongchouError:
    return TongchouError(
        "benefit.person",
        what=Text("参保人信息不成立", "the person's facts cannot be"),
        where=where,
        why=why,
        remedy=Text("核对参保登记", "check the registration"),
    )
