"""What the grid in the browser says of itself, in its filters above all: it speaks English only."""

from collections.abc import Mapping

from tongchou.core.text import Language

_CHINESE = {
    "ariaChecked": "已选",
    "ariaColumnFiltered": "该列已筛选",
    "ariaFilterFromValue": "筛选下限",
    "ariaFilterInput": "筛选",
    "ariaFilterToValue": "筛选上限",
    "ariaFilterValue": "筛选值",
    "ariaFilteringOperator": "筛选方式",
    "ariaHidden": "隐藏",
    "ariaLabelColumnFilter": "列筛选",
    "ariaLabelColumnMenu": "列菜单",
    "ariaMenuColumn": "按 ALT 加向下键打开列菜单",
    "ariaFilterColumn": "按 CTRL 加回车键打开筛选",
    "ariaSortableColumn": "按回车键排序",
    "ariaUnchecked": "未选",
    "ariaVisible": "显示",
    "andCondition": "且",
    "applyFilter": "应用",
    "blank": "为空",
    "cancelFilter": "取消",
    "clearFilter": "清除",
    "contains": "包含",
    "endsWith": "结尾是",
    "equals": "等于",
    "false": "否",
    "filterOoo": "筛选……",
    "greaterThan": "大于",
    "greaterThanOrEqual": "不小于",
    "inRange": "介于",
    "inRangeEnd": "至",
    "inRangeStart": "从",
    "lessThan": "小于",
    "lessThanOrEqual": "不大于",
    "loadingError": "读取失败",
    "loadingOoo": "正在读取……",
    "noMatchingRows": "没有符合的行",
    "noRowsToShow": "没有数据",
    "notBlank": "不为空",
    "notContains": "不包含",
    "notEqual": "不等于",
    "orCondition": "或",
    "resetFilter": "重置",
    "searchOoo": "查找……",
    "selectAll": "全选",
    "startsWith": "开头是",
    "true": "是",
}
_ENGLISH = {"loadingOoo": "reading …", "noRowsToShow": "no rows", "noMatchingRows": "no row fits the filter"}


def grid_words(language: Language) -> Mapping[str, str]:
    """Return the words of the grid by its own keys; those left out stay as the grid has them, in English."""
    return _CHINESE if language == "zh" else _ENGLISH
