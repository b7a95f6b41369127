"""A service event as the payment methods see it."""

from dataclasses import dataclass
from datetime import date

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

_NUMBERS = ("units", "days", "days_before", "total_fen", "in_scope_fen", "cost_price_fen")


@dataclass(frozen=True, slots=True)
class Event:
    """A service that is not paid as an inpatient case by group.

    Attributes:
        event_id: The event.
        kind: Its kind, a state of `SERVICE_EVENT_KIND`.
        occurred_on: The day that decides its policy and its month; of a stay the day it ended.
        institution_id: Who served; who used a result; who received an expert.
        level: That institution's level on the day.
        partner_id: The other institution: reader of images, sender of experts, origin of a result.
        partner_level: Its level on the day.
        person_id: The insured person.
        insurance_type: `employee` or `resident`.
        case_id: The inpatient case that the event follows or belongs to.
        disease: The disease, as the policy labels it.
        item: The service item, as the policy labels it.
        units: Cases, services or person-times.
        days: Days.
        days_before: Days of the same stay that were settled before.
        total_fen: Total cost.
        in_scope_fen: Cost within the benefit scope.
        cost_price_fen: Cost price of an examination.
        stops_on: Day on which a payment that goes on ends: death, departure, a later enrolment; its month still counts.
        actual_e4: Functional gain reached x 10,000.
        predicted_e4: Functional gain predicted x 10,000.
    """

    event_id: str
    kind: str
    occurred_on: date
    institution_id: str
    level: str | None = None
    partner_id: str | None = None
    partner_level: str | None = None
    person_id: str | None = None
    insurance_type: str | None = None
    case_id: str | None = None
    disease: str | None = None
    item: str | None = None
    units: int | None = None
    days: int | None = None
    days_before: int | None = None
    total_fen: int | None = None
    in_scope_fen: int | None = None
    cost_price_fen: int | None = None
    stops_on: date | None = None
    actual_e4: int | None = None
    predicted_e4: int | None = None

    def __post_init__(self) -> None:
        """Refuse negative numbers and amounts.

        Raises:
            TongchouError: `payment.negative_event`.
        """
        negative = [name for name in _NUMBERS if (getattr(self, name) or 0) < 0]
        if negative:
            raise TongchouError(
                "payment.negative_event",
                what=Text("服务事件的数值为负", "a number of a service event is negative"),
                where=f"{self.event_id}: {', '.join(negative)}",
                why=Text("数量、天数和金额不得为负", "units, days and amounts are not negative"),
                remedy=Text("核对数据；退费以更正原事件处理", "check the data; a refund corrects the event itself"),
            )

    @property
    def month(self) -> str:
        """The month that the event counts in, `YYYY-MM`."""
        return self.occurred_on.isoformat()[:7]

    def text(self, name: str) -> str:
        """Return a text that the method needs; an event without it is refused (`payment.event_lacks`)."""
        value = getattr(self, name)
        if value is None:
            raise self.lacks(name)
        return str(value)

    def whole(self, name: str) -> int:
        """Return a number that the method needs; an event without it is refused (`payment.event_lacks`)."""
        value = getattr(self, name)
        if value is None:
            raise self.lacks(name)
        return int(value)

    def lacks(self, name: str) -> TongchouError:
        """Return the error of an event that lacks what its method needs."""
        label = _LABELS[name]
        return TongchouError(
            "payment.event_lacks",
            what=Text(f"服务事件缺少{label.zh}", f"a service event lacks its {label.en}"),
            where=f"{self.event_id} ({self.kind}): {name}",
            why=Text("该类事件的支付方法须用此项", "the method that pays this kind of event needs it"),
            remedy=Text("补充数据后重新入库", "complete the data and take it in again"),
        )


_LABELS = {
    "level": Text("机构等级", "institution's level"),
    "partner_id": Text("对方机构", "partner institution"),
    "partner_level": Text("对方机构等级", "partner's level"),
    "person_id": Text("参保人", "person"),
    "insurance_type": Text("险种", "insurance type"),
    "case_id": Text("结算清单号", "settlement list"),
    "disease": Text("病种", "disease"),
    "item": Text("服务项目", "service item"),
    "units": Text("数量", "units"),
    "days": Text("天数", "days"),
    "days_before": Text("此前已结算天数", "days settled before"),
    "total_fen": Text("总费用", "total cost"),
    "in_scope_fen": Text("政策范围内费用", "cost within the benefit scope"),
    "cost_price_fen": Text("成本价", "cost price"),
    "actual_e4": Text("功能改善实际值", "actual functional gain"),
    "predicted_e4": Text("功能改善预测值", "predicted functional gain"),
}
