"""The tables of care that is not paid by group: service events, and records of outcomes and risk."""

from tongchou.core.text import Text
from tongchou.schema import service_states, states
from tongchou.schema.columns import case, day, e4, fen, institution, person, record_number, state, text, whole
from tongchou.schema.contract import Grade, Table

SERVICE_EVENTS = Table(
    "service_events",
    Text("服务事件", "Service events"),
    Text("一次不按病组付费的服务", "a service that is not paid as an inpatient case by group"),
    ("event_id",),
    (
        record_number("event_id", "事件号", "event"),
        state("kind", "事件类别", "kind of event", service_states.SERVICE_EVENT_KIND),
        day("occurred_on", "发生日期（住院为出院日）", "occurred on (a stay: left on)"),
        institution(
            "institution_id", "服务机构（互认为使用机构，专家下沉为接收机构）", "institution that serves or uses"
        ),
        institution(
            "partner_institution_id",
            "对方机构（诊断、派出或原检查机构）",
            "the other institution: reader, sender, origin of a result",
            required=False,
        ),
        person(required=False),
        state(
            "insurance_type",
            "险种（缺省取参保人的）",
            "insurance type",
            states.INSURANCE_TYPE,
            required=False,
            grade=Grade.ADMINISTRATIVE,
        ),
        case("相关结算清单号", "settlement list concerned", required=False),
        text("disease", "病种", "disease", required=False),
        text("item", "服务项目", "service item", required=False),
        whole("units", "数量（例、次、人次）", "units: cases, services, person-times", required=False),
        whole("days", "天数", "days", 0, 3660, required=False),
        whole(
            "days_before", "同次住院此前已结算天数", "days of the same stay settled before", 0, 36600, required=False
        ),
        fen("total_fen", "总费用", "total cost", required=False),
        fen("in_scope_fen", "政策范围内费用", "cost within the benefit scope", required=False),
        fen("cost_price_fen", "检查成本价", "cost price of the examination", required=False),
    ),
)

OUTCOMES = Table(
    "outcomes",
    Text("结果与风险记录", "Outcome and risk records"),
    Text("一家机构、一名参保人或一次服务事件的一项记录", "a record of an institution, a person or an event"),
    ("outcome_id",),
    (
        record_number("outcome_id", "记录号", "record"),
        state("measure", "指标", "measure", service_states.OUTCOME_MEASURE),
        institution(required=False),
        person(required=False),
        record_number("event_id", "事件号", "event", required=False, references="service_events.event_id"),
        day("valid_from", "起始日期（含）", "valid from (inclusive)"),
        day("valid_until", "截止日期（含）", "valid until (inclusive)", required=False),
        e4("value_e4", "数值", "value"),
    ),
)
