"""The small tables of an alliance's agreements and decisions: adjustments, reasons, reviews, claims, applications.

A table that is not handed in is empty, and what it would decide stays as the policy alone says.
"""

from tongchou.core.text import Text
from tongchou.schema import states
from tongchou.schema.columns import day, e4, fen, institution, record_number, signed_fen, state, text, whole
from tongchou.schema.contract import Grade, Table

_ALLIANCE = text("alliance_id", "医联体代码", "alliance", references="alliances.alliance_id")
_YEAR = whole("year", "所属年度", "year it counts in", 2000, 2100)
_DOCUMENT = text("document", "书面协议或文件", "written agreement or document")
# What is taken in is never changed: a decision that comes later is a later row, and the latest one holds.
_RECORDED = day("recorded_on", "登记日期（以最近一次为准）", "recorded on (the latest row holds)")

BUDGET_ADJUSTMENTS = Table(
    "budget_adjustments",
    Text("预算调整协议", "Budget adjustments"),
    Text("一份书面协议对一个医联体年度预算的一次调整", "one adjustment of an alliance's budget by written protocol"),
    ("adjustment_id",),
    (
        text("adjustment_id", "调整编号", "adjustment"),
        _ALLIANCE,
        _YEAR,
        state("reason", "调整原因", "reason", states.BUDGET_ADJUSTMENT_REASON),
        signed_fen("amount_fen", "调整金额（增为正、减为负）", "amount (more is positive, less negative)"),
        day("agreed_on", "签订日期", "agreed on"),
        _DOCUMENT,
    ),
    grade=Grade.ADMINISTRATIVE,
)

DEFICIT_REASONS = Table(
    "deficit_reasons",
    Text("超支原因认定", "Deficit reasons"),
    Text("一个医联体年度超支的一项原因的一次登记", "a record of one reason given for an alliance's deficit"),
    ("reason_id", "recorded_on"),
    (
        text("reason_id", "原因编号", "reason's number"),
        _ALLIANCE,
        _YEAR,
        state("reason", "超支原因", "reason", states.DEFICIT_REASON),
        fen("amount_fen", "涉及金额", "amount that it explains"),
        text("evidence", "证明材料", "evidence"),
        state("decision", "认定结论", "decision", states.DECISION),
        _RECORDED,
    ),
    grade=Grade.ADMINISTRATIVE,
)

SURPLUS_REVIEWS = Table(
    "surplus_reviews",
    Text("高结余质量复核", "Reviews of high surpluses"),
    Text("一个医联体一年质量复核的一次登记", "a record of the quality review of an alliance's year"),
    ("alliance_id", "year", "recorded_on"),
    (
        _ALLIANCE,
        _YEAR,
        state("decision", "复核结论", "decision", states.SURPLUS_REVIEW_DECISION),
        _RECORDED,
        _DOCUMENT,
    ),
    grade=Grade.ADMINISTRATIVE,
)

SURPLUS_USES = Table(
    "surplus_uses",
    Text("留用结余的使用", "Uses of retained surplus"),
    Text("一笔留用结余的支出", "one expense out of a retained surplus"),
    ("use_id",),
    (
        text("use_id", "支出编号", "use"),
        _ALLIANCE,
        _YEAR,
        state("purpose", "用途", "purpose", states.SURPLUS_PURPOSE),
        fen("amount_fen", "金额", "amount"),
        day("used_on", "支出日期", "used on"),
        _DOCUMENT,
    ),
    grade=Grade.ADMINISTRATIVE,
)

MEMBER_ASSESSMENTS = Table(
    "member_assessments",
    Text("成员考核指标", "Members' assessed figures"),
    Text("一个成员一年的一项考核指标", "one assessed figure of a member's year"),
    ("alliance_id", "institution_id", "year", "measure"),
    (
        _ALLIANCE,
        institution(),
        _YEAR,
        state("measure", "指标", "measure", states.ASSESSED_MEASURE),
        e4("amount_e4", "数值", "figure"),
    ),
    grade=Grade.ADMINISTRATIVE,
)

VILLAGE_CLINICS = Table(
    "village_clinics",
    Text("村卫生室归属", "Village clinics"),
    Text("一个村卫生室由一个乡镇卫生院管理的一段时间", "a period in which a township centre answers for a clinic"),
    ("institution_id", "valid_from"),
    (
        institution("institution_id", "村卫生室代码", "village clinic"),
        institution("township_id", "乡镇卫生院代码", "township centre"),
        day("valid_from", "有效期起（含）", "valid from (inclusive)"),
        day("valid_until", "有效期止（含）", "valid until (inclusive)", required=False),
    ),
    grade=Grade.PUBLIC,
)

RISK_CLAIMS = Table(
    "risk_claims",
    Text("风险共济申请", "Risk-pool claims"),
    Text("一家成员机构对一项损失的一次申请", "a member's claim for one loss"),
    ("claim_id",),
    (
        text("claim_id", "申请编号", "claim"),
        _ALLIANCE,
        institution(),
        state("reason", "申请原因", "reason", states.RISK_REASON),
        record_number("subject", "涉及病例或事件", "case or event that it is for"),
        fen("cost_fen", "实际费用", "cost"),
        fen("payment_fen", "已得支付", "payment received"),
        day("claimed_on", "申请日期", "claimed on"),
    ),
    grade=Grade.ADMINISTRATIVE,
)

FUND_APPLICATIONS = Table(
    "fund_applications",
    Text("激励与专项资金申请", "Applications to incentive and special funds"),
    Text("一个县对一只资金的一次申请", "a county's application to a fund"),
    ("application_id",),
    (
        text("application_id", "申请编号", "application"),
        state("fund", "资金", "fund", states.GRANT_FUND),
        text("area_id", "申请县", "county that applies"),
        institution("institution_id", "收款机构", "institution that is paid"),
        state("purpose", "用途", "purpose", states.GRANT_PURPOSE),
        fen("amount_fen", "申请金额", "amount applied for"),
        e4("score_e4", "评审得分", "score"),
        fen("cost_per_weight_fen", "每权重费用", "cost per weight", required=False),
        fen("received_before_fen", "以前年度已获金额", "received in earlier years"),
        day("applied_on", "申请日期", "applied on"),
    ),
    grade=Grade.ADMINISTRATIVE,
)

ALLIANCE_TABLES = (
    BUDGET_ADJUSTMENTS,
    DEFICIT_REASONS,
    SURPLUS_REVIEWS,
    SURPLUS_USES,
    MEMBER_ASSESSMENTS,
    VILLAGE_CLINICS,
    RISK_CLAIMS,
    FUND_APPLICATIONS,
)
"""Each may refer to institutions and alliances, which stand before them in the order of intake."""
