"""What the states of a DIP grouping are called: kinds of groups, bands of deviation, reasons of having no group."""

from tongchou.core.text import Text

KIND_NAMES = {
    "core": Text("核心病种", "core group"),
    "basic": Text("基本病种", "basic group"),
    "mixed": Text("综合病种", "mixed group"),
}

BAND_NAMES = {
    "low": Text("低于偏差下限", "below the range"),
    "normal": Text("正常范围", "within the range"),
    "high": Text("高于偏差上限", "above the range"),
    "panel": Text("提交专家评议", "for the expert panel"),
}

REASON_NAMES = {
    "no_principal_diagnosis": Text("没有主要诊断", "there is no principal diagnosis"),
    "unknown_diagnosis": Text("主要诊断不是 ICD-10 编码", "the principal diagnosis is no code of ICD-10"),
    "no_group": Text("目录中没有可入的病种", "the catalogue has no group for it"),
}
