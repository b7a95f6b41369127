"""The tables that users hand in: institutions, people, stays and care between institutions."""

from tongchou.core.text import Text
from tongchou.schema import states
from tongchou.schema.alliance_tables import ALLIANCE_TABLES
from tongchou.schema.columns import (
    case,
    day,
    diagnosis_code,
    e4,
    fen,
    flag,
    institution,
    person,
    record_number,
    signed_fen,
    state,
    text,
    whole,
)
from tongchou.schema.contract import Column, Grade, Kind, Table
from tongchou.schema.review_tables import CLEARING_ADJUSTMENTS, NEW_TECHNOLOGY_USES, REVIEW_OPINIONS, SPECIAL_REVIEWS
from tongchou.schema.service_tables import OUTCOMES, SERVICE_EVENTS

_INSURANCE = state("insurance_type", "险种", "insurance type", states.INSURANCE_TYPE, grade=Grade.ADMINISTRATIVE)

INSTITUTIONS = Table(
    "institutions",
    Text("定点医疗机构", "Institutions"),
    Text("一家机构的一段有效期", "an institution in a period of validity"),
    ("institution_id", "valid_from"),
    (
        text("institution_id", "机构代码", "institution"),
        day("valid_from", "有效期起（含）", "valid from (inclusive)"),
        day("valid_until", "有效期止（含）", "valid until (inclusive)", required=False),
        text("name_zh", "中文名称", "Chinese name"),
        text("name_en", "英文名称", "English name"),
        state("level", "医院等级", "level", states.INSTITUTION_LEVEL),
        state("kind", "机构类别", "kind", states.INSTITUTION_KIND),
        text("area_id", "所在地区", "area"),
        whole("bed_count", "编制床位数", "beds"),
    ),
    grade=Grade.PUBLIC,
)

ALLIANCES = Table(
    "alliances",
    Text("医联体", "Alliances"),
    Text("一个医联体", "an alliance"),
    ("alliance_id",),
    (
        text("alliance_id", "医联体代码", "alliance"),
        text("name_zh", "中文名称", "Chinese name"),
        text("name_en", "英文名称", "English name"),
        state("alliance_type", "紧密程度", "tightness", states.ALLIANCE_TYPE),
        text("area_id", "服务地区", "area whose insured people it serves"),
    ),
    grade=Grade.PUBLIC,
)

ALLIANCE_MEMBERS = Table(
    "alliance_members",
    Text("医联体成员", "Alliance members"),
    Text("一家机构在一个医联体中的一段成员资格", "a membership of an institution in an alliance"),
    ("alliance_id", "institution_id", "valid_from"),
    (
        text("alliance_id", "医联体代码", "alliance", references="alliances.alliance_id"),
        institution(),
        day("valid_from", "有效期起（含）", "valid from (inclusive)"),
        day("valid_until", "有效期止（含）", "valid until (inclusive)", required=False),
        state("role", "角色", "role", states.MEMBER_ROLE),
    ),
    grade=Grade.PUBLIC,
)

PERSONS = Table(
    "persons",
    Text("参保人", "Insured persons"),
    Text("一名参保人（假名）", "an insured person (pseudonym)"),
    ("person_id",),
    (
        record_number("person_id", "参保人（假名）", "insured person (pseudonym)"),
        state("sex", "性别", "sex", states.SEX),
        day("born_on", "出生日期", "date of birth"),
        _INSURANCE,
        text("area_id", "参保地区", "area of insurance", grade=Grade.ADMINISTRATIVE),
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
        record_number("case_id", "结算清单号", "settlement list"),
        person(),
        institution(),
        _INSURANCE,
        state("sex", "性别", "sex", states.SEX),
        whole("age_years", "年龄（周岁）", "age, whole years", 0, 130),
        whole("age_days", "日龄（不足一周岁时）", "age in days (under one year)", 0, 366, required=False),
        whole("birth_weight_g", "新生儿出生体重（克）", "birth weight, g", 1, 9999, required=False),
        text("department", "出院科别", "discharge department", required=False),
        state("admission_route", "入院途径", "route of admission", states.ADMISSION_ROUTE),
        day("admitted_on", "入院日期", "admitted on"),
        day("discharged_on", "出院日期", "discharged on"),
        day("settled_on", "结算日期", "settled on", grade=Grade.ADMINISTRATIVE),
        whole("los_days", "实际住院天数（当日出入院计 1 天）", "days in hospital (same day counts 1)", 1, 3660),
        state("discharge_way", "离院方式", "way of leaving", states.DISCHARGE_WAY),
        whole("icu_hours", "重症监护时长（小时）", "intensive care, hours"),
        whole("ventilator_hours", "呼吸机使用时长（小时）", "ventilator, hours"),
        fen("total_fen", "医疗费总额", "total cost"),
        fen("self_paid_fen", "全自费金额", "fully self-paid amount"),
        fen("first_self_pay_fen", "先行自付金额", "first self-pay amount"),
        fen("over_limit_fen", "超限价自付金额", "amount over price limits"),
    ),
)

DIAGNOSES = Table(
    "diagnoses",
    Text("诊断", "Diagnoses"),
    Text("一张清单上的一个出院诊断；序号 1 为主要诊断", "a discharge diagnosis of a case; seq 1 is the principal one"),
    ("case_id", "seq"),
    (case(), whole("seq", "序号", "order", 1, 200), diagnosis_code("code", "诊断代码", "diagnosis code")),
)

PROCEDURES = Table(
    "procedures",
    Text("手术操作", "Procedures"),
    Text("一张清单上的一项手术或操作；序号 1 为主要手术", "an operation of a case; seq 1 is the principal one"),
    ("case_id", "seq"),
    (
        case(),
        whole("seq", "序号", "order", 1, 200),
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
    (case(), state("category", "收费类别", "fee category", states.FEE_CATEGORY), fen("amount_fen", "金额", "amount")),
)

FEE_ITEMS = Table(
    "fee_items",
    Text("收费明细", "Fee lines"),
    Text("一张清单的一行收费；退费为负", "a fee line of a case; refunds are negative"),
    ("case_id", "line_no"),
    (
        case(),
        whole("line_no", "行号", "line", 1),
        state("category", "收费类别", "fee category", states.FEE_CATEGORY),
        text("item_code", "项目代码", "item code"),
        day("charged_on", "发生日期", "charged on"),
        e4("quantity_e4", "数量", "quantity"),
        fen("unit_price_fen", "单价", "unit price"),
        signed_fen("amount_fen", "金额", "amount"),
    ),
)

VISITS = Table(
    "visits",
    Text("门诊结算", "Outpatient visits"),
    Text("一次门诊结算", "an outpatient settlement"),
    ("visit_id",),
    (
        record_number("visit_id", "门诊结算号", "visit"),
        person(),
        institution(),
        _INSURANCE,
        day("visited_on", "就诊日期", "visited on"),
        state("kind", "门诊类别", "kind of visit", states.VISIT_KIND),
        diagnosis_code("diagnosis", "诊断代码", "diagnosis code"),
        fen("total_fen", "医疗费总额", "total cost"),
        fen("fund_fen", "统筹基金支付", "fund payment"),
    ),
)

REFERRALS = Table(
    "referrals",
    Text("转诊", "Referrals"),
    Text("一次转诊", "a referral"),
    ("referral_id",),
    (
        record_number("referral_id", "转诊单号", "referral"),
        person(),
        state("direction", "方向", "direction", states.REFERRAL_DIRECTION),
        institution("from_institution_id", "转出机构", "sending institution"),
        institution("to_institution_id", "接收机构", "receiving institution"),
        record_number("from_case_id", "转出前住院", "stay before", required=False),
        record_number("to_case_id", "接收后住院", "stay after", required=False),
        day("requested_on", "申请日期", "requested on"),
        day("accepted_on", "接收日期", "accepted on", required=False),
        state("state", "状态", "state", states.REFERRAL_STATE),
    ),
)

CONTRACTS = Table(
    "contracts",
    Text("家庭医生签约", "Family-doctor contracts"),
    Text("一名居民的一段签约", "a resident's contract in a period"),
    ("person_id", "valid_from"),
    (
        person(),
        institution("institution_id", "签约机构", "contracted institution"),
        day("valid_from", "有效期起（含）", "valid from (inclusive)"),
        day("valid_until", "有效期止（含）", "valid until (inclusive)"),
        whole("follow_up_count", "随访次数", "follow-ups done"),
    ),
    grade=Grade.ADMINISTRATIVE,
)

EXAM_RESULTS = Table(
    "exam_results",
    Text("检查检验结果", "Examination results"),
    Text("一次检查检验的结果", "the result of one examination"),
    ("exam_id",),
    (
        record_number("exam_id", "检查号", "examination"),
        person(),
        institution(),
        record_number("case_id", "结算清单号", "settlement list", required=False),
        text("item_code", "项目代码", "item code"),
        day("examined_on", "检查日期", "examined on"),
        fen("price_fen", "价格", "price"),
        flag("is_recognisable", "在互认清单内", "on the recognition list"),
        record_number("recognised_exam_id", "互认的既往检查号", "earlier result recognised instead", required=False),
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
