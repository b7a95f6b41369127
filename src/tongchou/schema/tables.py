"""The tables that users hand in: institutions, people, stays and care between institutions."""

from collections.abc import Mapping

from tongchou.core.text import Text
from tongchou.schema import states
from tongchou.schema.alliance_tables import ALLIANCE_TABLES
from tongchou.schema.contract import Column, Kind, Table


def _text(name: str, zh: str, en: str, *, required: bool = True, references: str | None = None) -> Column:
    return Column(name, Kind.TEXT, Text(zh, en), required, references=references)


def _state(name: str, zh: str, en: str, values: Mapping[str, Text], *, required: bool = True) -> Column:
    return Column(name, Kind.TEXT, Text(zh, en), required, values)


def _whole(
    name: str, zh: str, en: str, minimum: int = 0, maximum: int | None = None, *, required: bool = True
) -> Column:
    return Column(name, Kind.WHOLE, Text(zh, en), required, minimum=minimum, maximum=maximum)


def _fen(name: str, zh: str, en: str, *, minimum: int | None = 0, required: bool = True) -> Column:
    return Column(name, Kind.FEN, Text(zh + "（分）", en + ", fen"), required, minimum=minimum)


def _date(name: str, zh: str, en: str, *, required: bool = True) -> Column:
    return Column(name, Kind.DATE, Text(zh, en), required)


def _flag(name: str, zh: str, en: str) -> Column:
    return Column(name, Kind.FLAG, Text(zh, en))


def _institution(name: str = "institution_id", zh: str = "机构代码", en: str = "institution") -> Column:
    return _text(name, zh, en, references="institutions.institution_id")


def _diagnosis_code(name: str, zh: str, en: str) -> Column:
    pattern = r"[A-Z]\d{2}[0-9A-Za-z.+*†/]{0,24}"
    return Column(
        name, Kind.TEXT, Text(zh, en), pattern=pattern, note=Text("医保版 ICD-10 2.0", "insurance ICD-10 2.0")
    )


_CASE = _text("case_id", "结算清单号", "settlement list", references="cases.case_id")
_PERSON = _text("person_id", "参保人（假名）", "insured person (pseudonym)", references="persons.person_id")

INSTITUTIONS = Table(
    "institutions",
    Text("定点医疗机构", "Institutions"),
    Text("一家机构的一段有效期", "an institution in a period of validity"),
    ("institution_id", "valid_from"),
    (
        _text("institution_id", "机构代码", "institution"),
        _date("valid_from", "有效期起（含）", "valid from (inclusive)"),
        _date("valid_until", "有效期止（含）", "valid until (inclusive)", required=False),
        _text("name_zh", "中文名称", "Chinese name"),
        _text("name_en", "英文名称", "English name"),
        _state("level", "医院等级", "level", states.INSTITUTION_LEVEL),
        _state("kind", "机构类别", "kind", states.INSTITUTION_KIND),
        _text("area_id", "所在地区", "area"),
        _whole("bed_count", "编制床位数", "beds"),
    ),
)

ALLIANCES = Table(
    "alliances",
    Text("医联体", "Alliances"),
    Text("一个医联体", "an alliance"),
    ("alliance_id",),
    (
        _text("alliance_id", "医联体代码", "alliance"),
        _text("name_zh", "中文名称", "Chinese name"),
        _text("name_en", "英文名称", "English name"),
        _state("alliance_type", "紧密程度", "tightness", states.ALLIANCE_TYPE),
        _text("area_id", "服务地区", "area whose insured people it serves"),
    ),
)

ALLIANCE_MEMBERS = Table(
    "alliance_members",
    Text("医联体成员", "Alliance members"),
    Text("一家机构在一个医联体中的一段成员资格", "a membership of an institution in an alliance"),
    ("alliance_id", "institution_id", "valid_from"),
    (
        _text("alliance_id", "医联体代码", "alliance", references="alliances.alliance_id"),
        _institution(),
        _date("valid_from", "有效期起（含）", "valid from (inclusive)"),
        _date("valid_until", "有效期止（含）", "valid until (inclusive)", required=False),
        _state("role", "角色", "role", states.MEMBER_ROLE),
    ),
)

PERSONS = Table(
    "persons",
    Text("参保人", "Insured persons"),
    Text("一名参保人（假名）", "an insured person (pseudonym)"),
    ("person_id",),
    (
        _text("person_id", "参保人（假名）", "insured person (pseudonym)"),
        _state("sex", "性别", "sex", states.SEX),
        _date("born_on", "出生日期", "date of birth"),
        _state("insurance_type", "险种", "insurance type", states.INSURANCE_TYPE),
        _text("area_id", "参保地区", "area of insurance"),
        Column(
            "chronic_diseases",
            Kind.TEXT,
            Text("慢性病", "chronic diseases"),
            is_required=False,
            note=Text("多个以 | 分隔", "several joined by |"),
        ),
    ),
)

CASES = Table(
    "cases",
    Text("住院结算清单", "Cases"),
    Text("一次住院的一张医保结算清单", "the settlement list of one stay"),
    ("case_id",),
    (
        _text("case_id", "结算清单号", "settlement list"),
        _PERSON,
        _institution(),
        _state("insurance_type", "险种", "insurance type", states.INSURANCE_TYPE),
        _state("sex", "性别", "sex", states.SEX),
        _whole("age_years", "年龄（周岁）", "age, whole years", 0, 130),
        _whole("age_days", "日龄（不足一周岁时）", "age in days (under one year)", 0, 366, required=False),
        _whole("birth_weight_g", "新生儿出生体重（克）", "birth weight, g", 1, 9999, required=False),
        _text("department", "出院科别", "discharge department", required=False),
        _state("admission_route", "入院途径", "route of admission", states.ADMISSION_ROUTE),
        _date("admitted_on", "入院日期", "admitted on"),
        _date("discharged_on", "出院日期", "discharged on"),
        _date("settled_on", "结算日期", "settled on"),
        _whole("los_days", "实际住院天数（当日出入院计 1 天）", "days in hospital (same day counts 1)", 1, 3660),
        _state("discharge_way", "离院方式", "way of leaving", states.DISCHARGE_WAY),
        _whole("icu_hours", "重症监护时长（小时）", "intensive care, hours"),
        _whole("ventilator_hours", "呼吸机使用时长（小时）", "ventilator, hours"),
        _fen("total_fen", "医疗费总额", "total cost"),
        _fen("self_paid_fen", "全自费金额", "fully self-paid amount"),
        _fen("first_self_pay_fen", "先行自付金额", "first self-pay amount"),
        _fen("over_limit_fen", "超限价自付金额", "amount over price limits"),
    ),
)

DIAGNOSES = Table(
    "diagnoses",
    Text("诊断", "Diagnoses"),
    Text("一张清单上的一个出院诊断；序号 1 为主要诊断", "a discharge diagnosis of a case; seq 1 is the principal one"),
    ("case_id", "seq"),
    (_CASE, _whole("seq", "序号", "order", 1, 200), _diagnosis_code("code", "诊断代码", "diagnosis code")),
)

PROCEDURES = Table(
    "procedures",
    Text("手术操作", "Procedures"),
    Text("一张清单上的一项手术或操作；序号 1 为主要手术", "an operation of a case; seq 1 is the principal one"),
    ("case_id", "seq"),
    (
        _CASE,
        _whole("seq", "序号", "order", 1, 200),
        Column(
            "code",
            Kind.TEXT,
            Text("手术操作代码", "operation code"),
            pattern=r"\d{2}\.[0-9A-Za-z.]{0,20}",
            note=Text("医保版 ICD-9-CM-3 2.0", "insurance ICD-9-CM-3 2.0"),
        ),
    ),
)

FEES = Table(
    "fees",
    Text("收费项目分类合计", "Fee categories"),
    Text("一张清单一个收费类别的合计；各类之和等于总额", "a category total of a case; they sum to its total"),
    ("case_id", "category"),
    (_CASE, _state("category", "收费类别", "fee category", states.FEE_CATEGORY), _fen("amount_fen", "金额", "amount")),
)

FEE_ITEMS = Table(
    "fee_items",
    Text("收费明细", "Fee lines"),
    Text("一张清单的一行收费；退费为负", "a fee line of a case; refunds are negative"),
    ("case_id", "line_no"),
    (
        _CASE,
        _whole("line_no", "行号", "line", 1),
        _state("category", "收费类别", "fee category", states.FEE_CATEGORY),
        _text("item_code", "项目代码", "item code"),
        _date("charged_on", "发生日期", "charged on"),
        Column("quantity_e4", Kind.E4, Text("数量（万分之一）", "quantity x 10,000")),
        _fen("unit_price_fen", "单价", "unit price"),
        _fen("amount_fen", "金额", "amount", minimum=None),
    ),
)

VISITS = Table(
    "visits",
    Text("门诊结算", "Outpatient visits"),
    Text("一次门诊结算", "an outpatient settlement"),
    ("visit_id",),
    (
        _text("visit_id", "门诊结算号", "visit"),
        _PERSON,
        _institution(),
        _state("insurance_type", "险种", "insurance type", states.INSURANCE_TYPE),
        _date("visited_on", "就诊日期", "visited on"),
        _state("kind", "门诊类别", "kind of visit", states.VISIT_KIND),
        _diagnosis_code("diagnosis", "诊断代码", "diagnosis code"),
        _fen("total_fen", "医疗费总额", "total cost"),
        _fen("fund_fen", "统筹基金支付", "fund payment"),
    ),
)

REFERRALS = Table(
    "referrals",
    Text("转诊", "Referrals"),
    Text("一次转诊", "a referral"),
    ("referral_id",),
    (
        _text("referral_id", "转诊单号", "referral"),
        _PERSON,
        _state("direction", "方向", "direction", states.REFERRAL_DIRECTION),
        _institution("from_institution_id", "转出机构", "sending institution"),
        _institution("to_institution_id", "接收机构", "receiving institution"),
        _text("from_case_id", "转出前住院", "stay before", required=False),
        _text("to_case_id", "接收后住院", "stay after", required=False),
        _date("requested_on", "申请日期", "requested on"),
        _date("accepted_on", "接收日期", "accepted on", required=False),
        _state("state", "状态", "state", states.REFERRAL_STATE),
    ),
)

CONTRACTS = Table(
    "contracts",
    Text("家庭医生签约", "Family-doctor contracts"),
    Text("一名居民的一段签约", "a resident's contract in a period"),
    ("person_id", "valid_from"),
    (
        _PERSON,
        _institution("institution_id", "签约机构", "contracted institution"),
        _date("valid_from", "有效期起（含）", "valid from (inclusive)"),
        _date("valid_until", "有效期止（含）", "valid until (inclusive)"),
        _whole("follow_up_count", "随访次数", "follow-ups done"),
    ),
)

EXAM_RESULTS = Table(
    "exam_results",
    Text("检查检验结果", "Examination results"),
    Text("一次检查检验的结果", "the result of one examination"),
    ("exam_id",),
    (
        _text("exam_id", "检查号", "examination"),
        _PERSON,
        _institution(),
        _text("case_id", "结算清单号", "settlement list", required=False),
        _text("item_code", "项目代码", "item code"),
        _date("examined_on", "检查日期", "examined on"),
        _fen("price_fen", "价格", "price"),
        _flag("is_recognisable", "在互认清单内", "on the recognition list"),
        _text("recognised_exam_id", "互认的既往检查号", "earlier result recognised instead", required=False),
    ),
)

SPECIAL_REVIEWS = Table(
    "special_reviews",
    Text("特例单议申请", "Special reviews"),
    Text("一份特例单议申请", "an application for a special review"),
    ("review_id",),
    (
        _text("review_id", "申请号", "application"),
        _CASE,
        _date("applied_on", "申请日期", "applied on"),
        _state("reason", "申请理由", "reason", states.REVIEW_REASON),
    ),
)

REVIEW_OPINIONS = Table(
    "review_opinions",
    Text("特例单议专家意见", "Opinions on special reviews"),
    Text("一名专家对一份申请的意见", "an expert's opinion on an application"),
    ("review_id", "expert_id"),
    (
        _text("review_id", "申请号", "application", references="special_reviews.review_id"),
        _text("expert_id", "专家（假名）", "expert (pseudonym)"),
        _institution("institution_id", "专家所在机构", "the expert's institution"),
        _state("opinion", "意见", "opinion", states.REVIEW_OPINION),
        _fen("amount_fen", "调整后的金额（不调整为 0）", "adjusted amount (0 where none)"),
    ),
)

NEW_TECHNOLOGY_USES = Table(
    "new_technology_uses",
    Text("新技术除外项目", "New technologies used"),
    Text("一张清单上的一项新药、新耗材或新技术", "a new drug, material or technique of a case"),
    ("case_id", "item_code"),
    (
        _CASE,
        _text("item_code", "项目代码", "item"),
        _fen("amount_fen", "金额", "amount"),
    ),
)

SERVICE_EVENTS = Table(
    "service_events",
    Text("服务事件", "Service events"),
    Text("一次不按病组付费的服务", "a service that is not paid as an inpatient case by group"),
    ("event_id",),
    (
        _text("event_id", "事件号", "event"),
        _state("kind", "事件类别", "kind of event", states.SERVICE_EVENT_KIND),
        _date("occurred_on", "发生日期（住院为出院日）", "occurred on (a stay: left on)"),
        _institution(
            "institution_id", "服务机构（互认为使用机构，专家下沉为接收机构）", "institution that serves or uses"
        ),
        _text(
            "partner_institution_id",
            "对方机构（诊断、派出或原检查机构）",
            "the other institution: reader, sender, origin of a result",
            required=False,
            references="institutions.institution_id",
        ),
        _text(
            "person_id", "参保人（假名）", "insured person (pseudonym)", required=False, references="persons.person_id"
        ),
        _state("insurance_type", "险种（缺省取参保人的）", "insurance type", states.INSURANCE_TYPE, required=False),
        _text("case_id", "相关结算清单号", "settlement list concerned", required=False, references="cases.case_id"),
        _text("disease", "病种", "disease", required=False),
        _text("item", "服务项目", "service item", required=False),
        _whole("units", "数量（例、次、人次）", "units: cases, services, person-times", required=False),
        _whole("days", "天数", "days", 0, 3660, required=False),
        _whole(
            "days_before", "同次住院此前已结算天数", "days of the same stay settled before", 0, 36600, required=False
        ),
        _fen("total_fen", "总费用", "total cost", required=False),
        _fen("in_scope_fen", "政策范围内费用", "cost within the benefit scope", required=False),
        _fen("cost_price_fen", "检查成本价", "cost price of the examination", required=False),
    ),
)

OUTCOMES = Table(
    "outcomes",
    Text("结果与风险记录", "Outcome and risk records"),
    Text("一家机构、一名参保人或一次服务事件的一项记录", "a record of an institution, a person or an event"),
    ("outcome_id",),
    (
        _text("outcome_id", "记录号", "record"),
        _state("measure", "指标", "measure", states.OUTCOME_MEASURE),
        _text("institution_id", "机构代码", "institution", required=False, references="institutions.institution_id"),
        _text(
            "person_id", "参保人（假名）", "insured person (pseudonym)", required=False, references="persons.person_id"
        ),
        _text("event_id", "事件号", "event", required=False, references="service_events.event_id"),
        _date("valid_from", "起始日期（含）", "valid from (inclusive)"),
        _date("valid_until", "截止日期（含）", "valid until (inclusive)", required=False),
        Column("value_e4", Kind.E4, Text("数值（万分之一）", "value x 10,000")),
    ),
)

CLEARING_ADJUSTMENTS = Table(
    "clearing_adjustments",
    Text("清算调整", "Clearing adjustments"),
    Text(
        "一项稽核、处罚、申诉、迟报或清算后调整的一个状态；只有已决定的计入清算",
        "an audit, penalty, appeal, late list or correction in one of its states; only a decided one counts",
    ),
    ("adjustment_id", "state"),
    (
        _text("adjustment_id", "调整编号", "adjustment"),
        _institution(),
        _state("kind", "类别", "kind", states.ADJUSTMENT_KIND),
        _state("state", "状态", "state", states.ADJUSTMENT_STATE),
        _date("decided_on", "决定日期", "decided on", required=False),
        Column(
            "amount_fen",
            Kind.FEN,
            Text("金额（分）", "amount, fen"),
            note=Text("机构增加为正，减少为负", "positive: the institution gets more; negative: less"),
        ),
        _text("reason", "理由", "reason"),
        _text("document", "文书号", "number of the document", required=False),
    ),
)

INPUT_TABLES = (
    INSTITUTIONS,
    ALLIANCES,
    ALLIANCE_MEMBERS,
    PERSONS,
    CASES,
    DIAGNOSES,
    PROCEDURES,
    FEES,
    FEE_ITEMS,
    VISITS,
    REFERRALS,
    CONTRACTS,
    EXAM_RESULTS,
    SPECIAL_REVIEWS,
    REVIEW_OPINIONS,
    NEW_TECHNOLOGY_USES,
    SERVICE_EVENTS,
    OUTCOMES,
    *ALLIANCE_TABLES,
    CLEARING_ADJUSTMENTS,
)
"""Every table that users hand in, in the order in which references between them can be checked."""
