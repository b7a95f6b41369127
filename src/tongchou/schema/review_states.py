"""The readable states of special reviews and of adjustments of a clearing, with their names in both languages."""

from tongchou.core.text import Text

REVIEW_REASON = {
    "long_stay": Text("住院时间长", "long stay"),
    "high_cost": Text("费用高", "high cost"),
    "new_technology": Text("新药、新耗材、新技术", "new drug, material or technique"),
    "critical": Text("危急重症", "critical illness"),
    "multi_department": Text("多学科联合诊疗", "several departments"),
}

REVIEW_OPINION = {
    "by_item": Text("按项目支付", "pay by item"),
    "adjusted": Text("调整支付标准", "pay an adjusted amount"),
    "refuse": Text("不同意", "refuse"),
}

ADJUSTMENT_KIND = {
    "audit": Text("稽核增减", "audit"),
    "penalty": Text("违约处罚", "penalty"),
    "appeal": Text("申诉更正", "corrected on appeal"),
    "late_list": Text("迟报清单", "late list"),
    "after_clearing": Text("清算后调整", "correction after a clearing"),
}

ADJUSTMENT_STATE = {
    "proposed": Text("已提出", "proposed"),
    "reviewed": Text("已复核", "reviewed"),
    "appealed": Text("申诉中", "under appeal"),
    "decided": Text("已决定", "decided"),
}
