"""The tables of what people decide beside the rules: special reviews, new technologies, adjustments of a clearing."""

from tongchou.core.text import Text
from tongchou.schema import review_states
from tongchou.schema.columns import case, day, fen, institution, record_number, state, text
from tongchou.schema.contract import Column, Grade, Kind, Table

SPECIAL_REVIEWS = Table(
    "special_reviews",
    Text("特例单议申请", "Special reviews"),
    Text("一份特例单议申请", "an application for a special review"),
    ("review_id",),
    (
        record_number("review_id", "申请号", "application"),
        case(),
        day("applied_on", "申请日期", "applied on"),
        state("reason", "申请理由", "reason", review_states.REVIEW_REASON),
    ),
    grade=Grade.ADMINISTRATIVE,
)

REVIEW_OPINIONS = Table(
    "review_opinions",
    Text("特例单议专家意见", "Opinions on special reviews"),
    Text("一名专家对一份申请的意见", "an expert's opinion on an application"),
    ("review_id", "expert_id"),
    (
        record_number("review_id", "申请号", "application", references="special_reviews.review_id"),
        record_number("expert_id", "专家（假名）", "expert (pseudonym)"),
        institution("institution_id", "专家所在机构", "the expert's institution"),
        state("opinion", "意见", "opinion", review_states.REVIEW_OPINION),
        fen("amount_fen", "调整后的金额（不调整为 0）", "adjusted amount (0 where none)"),
    ),
    grade=Grade.ADMINISTRATIVE,
)

NEW_TECHNOLOGY_USES = Table(
    "new_technology_uses",
    Text("新技术除外项目", "New technologies used"),
    Text("一张清单上的一项新药、新耗材或新技术", "a new drug, material or technique of a case"),
    ("case_id", "item_code"),
    (
        case(),
        text("item_code", "项目代码", "item"),
        fen("amount_fen", "金额", "amount"),
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
        text("adjustment_id", "调整编号", "adjustment"),
        institution(),
        state("kind", "类别", "kind", review_states.ADJUSTMENT_KIND),
        state("state", "状态", "state", review_states.ADJUSTMENT_STATE),
        day("decided_on", "决定日期", "decided on", required=False),
        Column(
            "amount_fen",
            Kind.FEN,
            Text("金额（分）", "amount, fen"),
            note=Text("机构增加为正，减少为负", "positive: the institution gets more; negative: less"),
        ),
        text("reason", "理由", "reason"),
        text("document", "文书号", "number of the document", required=False),
    ),
    grade=Grade.ADMINISTRATIVE,
)
