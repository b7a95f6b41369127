"""Every fault that a row can have, in words.

In the sentences `{title}` and `{name}` stand for the column, `{value}` for what was found, `{expected}` for what it
should agree with, `{key}` for the row's key, `{allowed}` and `{note}` for what the contract says of the column.
"""

from dataclasses import dataclass

from tongchou.core.text import Text

REPAIRED = "intake.repaired"
"""The only finding whose row is kept."""

REPEATED_ROW = "intake.repeated_row"
"""A row set aside of which an equal one is kept: the data are none the poorer."""

KNOWN_ROW = "intake.known_row"
"""A row set aside that is in the lake as it comes: the data are none the poorer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault's sentence and what to do about it."""

    what: Text
    remedy: Text


_HAND_IN_AGAIN = Text("更正后将整张清单重新交入", "correct it and hand in the whole settlement list again")

FAULTS = {
    "intake.broken_line": Fault(
        Text("这一行的列数与表头不一致", "the line does not have as many fields as the header"),
        Text(
            "检查是否多了或少了逗号；含逗号的文字须用双引号括起",
            "look for a comma too many or too few; put text with commas in double quotes",
        ),
    ),
    "intake.identity_value": Fault(
        Text(
            "{title}（{name}）中有证件号、电话或姓名，不予入库，也不在此显示",
            "{title} ({name}) holds an id number, a phone number or a name; it is not taken in and not shown",
        ),
        Text(
            "参保人填假名或平台人员编号；检查各列是否填错位置；系统中不留姓名、证件号、电话",
            "give a pseudonym for the person, look whether columns are mixed up, and leave identity out",
        ),
    ),
    "intake.overlong_value": Fault(
        Text("{title}（{name}）过长，像是记事", "{title} ({name}) is too long: it looks like a note"),
        Text(
            "只填该列要求的内容；长文字可能含有个人信息，不予入库",
            "give only what the column asks for; long text may name people and is not taken in",
        ),
    ),
    "intake.missing_value": Fault(
        Text("{title}（{name}）为空", "{title} ({name}) is empty"),
        Text("补填该列，每一行都须有值", "fill it in; every row must have a value"),
    ),
    "intake.line_break": Fault(
        Text("{title}（{name}）含有换行", "{title} ({name}) contains a line break"),
        Text(
            "检查引号是否成对，其后的行可能被并入这一格；文字中不换行",
            "look for a quote that is never closed: it swallows the rows after it; text has no line breaks",
        ),
    ),
    "intake.unknown_value": Fault(
        Text(
            "{title}（{name}）的值 {value} 不在允许的值之内",
            "{title} ({name}) has the value {value}, which is not allowed",
        ),
        Text("改为下列之一：{allowed}", "use one of: {allowed}"),
    ),
    "intake.negative_amount": Fault(
        Text("{title}（{name}）为负数 {value}", "{title} ({name}) is negative: {value}"),
        Text(
            "改为不小于零的金额；退费在收费明细中用负数行表示",
            "give an amount of zero or more; refunds are negative fee lines",
        ),
    ),
    "intake.out_of_range": Fault(
        Text(
            "{title}（{name}）的值 {value} 超出范围",
            "{title} ({name}) has the value {value}, which is out of range",
        ),
        Text("核对后改为 {allowed} 的值", "check it; values are {allowed}"),
    ),
    "intake.malformed_code": Fault(
        Text(
            "{title}（{name}）的值 {value} 不合编码规则",
            "{title} ({name}) has the value {value}, which is not written as a code",
        ),
        Text("改为 {note} 的编码", "use a code of {note}"),
    ),
    "intake.not_a_whole_number": Fault(
        Text(
            "{title}（{name}）的值 {value} 不是整数",
            "{title} ({name}) has the value {value}, which is not a whole number",
        ),
        Text(
            "填不带单位、千分位和小数的整数；金额以分计，按元填时列名用 _yuan 结尾",
            "write a whole number without unit, separators or decimals; amounts are in fen, or in yuan in a column "
            "whose name ends in _yuan",
        ),
    ),
    "intake.not_an_amount": Fault(
        Text(
            "{title}（{name}）的值 {value} 不是金额",
            "{title} ({name}) has the value {value}, which is not an amount",
        ),
        Text(
            "按元填写数字，最多两位小数，不带单位和千分位",
            "write yuan with at most two decimals, without unit or separators",
        ),
    ),
    "intake.fraction_of_fen": Fault(
        Text(
            "{title}（{name}）的值 {value} 元小数超过两位",
            "{title} ({name}) has the value {value} yuan, with more than two decimals",
        ),
        Text("四舍五入到分后再填", "round it to fen first"),
    ),
    "intake.not_a_date": Fault(
        Text(
            "{title}（{name}）的值 {value} 不是日期",
            "{title} ({name}) has the value {value}, which is not a date",
        ),
        Text(
            "按 yyyy-MM-dd 填写真实存在的日期，如 2025-01-31",
            "write a day that exists as yyyy-MM-dd, e.g. 2025-01-31",
        ),
    ),
    "intake.not_a_moment": Fault(
        Text(
            "{title}（{name}）的值 {value} 不是时间",
            "{title} ({name}) has the value {value}, which is not a date and time",
        ),
        Text(
            "按 yyyy-MM-dd HH:mm:ss 填写，如 2025-01-31 08:30:00",
            "write it as yyyy-MM-dd HH:mm:ss, e.g. 2025-01-31 08:30:00",
        ),
    ),
    "intake.not_a_flag": Fault(
        Text(
            "{title}（{name}）的值 {value} 不是 true 或 false",
            "{title} ({name}) has the value {value}, neither true nor false",
        ),
        Text("填 true 或 false", "write true or false"),
    ),
    "intake.discharged_before_admission": Fault(
        Text(
            "出院日期 {value} 早于入院日期 {expected}",
            "discharged on {value}, before admission on {expected}",
        ),
        Text("核对入院日期与出院日期", "check the dates of admission and discharge"),
    ),
    "intake.settled_before_discharge": Fault(
        Text("结算日期 {value} 早于出院日期 {expected}", "settled on {value}, before discharge on {expected}"),
        Text("核对结算日期与出院日期", "check the dates of settlement and discharge"),
    ),
    "intake.los_mismatch": Fault(
        Text(
            "实际住院天数为 {value}，按入出院日期应为 {expected}",
            "{value} days in hospital, but {expected} by the dates",
        ),
        Text(
            "核对住院天数：出院日期减入院日期，当日出入院计 1 天",
            "check the days: date of discharge less date of admission, the same day counting 1",
        ),
    ),
    "intake.duplicate_key": Fault(
        Text(
            "主键 {key} 在本批中出现多次且内容不同",
            "the key {key} is in this batch more than once, with different content",
        ),
        Text("核对后只保留正确的一行，重新交入", "keep only the row that is right and hand it in again"),
    ),
    REPEATED_ROW: Fault(
        Text(
            "主键 {key} 的这一行与本批另一行完全相同，只保留一行",
            "this row of {key} equals another of this batch; one is kept",
        ),
        Text("无需处理；导出时去掉重复行", "nothing has to be done; leave repeated rows out when exporting"),
    ),
    KNOWN_ROW: Fault(
        Text("主键 {key} 的这一行已经入库且内容相同", "the row {key} is in the lake with the same content"),
        Text("无需处理", "nothing has to be done"),
    ),
    "intake.key_of_another": Fault(
        Text("主键 {key} 已由另一机构交入", "the key {key} is in the lake as a row of another institution"),
        Text("核对编号；由原机构更正", "check its number; the institution that it is of corrects it"),
    ),
    "intake.decision_exists": Fault(
        Text(
            "主键 {key} 已经入库，内容不同；决定和金额不能改写",
            "the key {key} is in the lake with other content; decisions and sums are not written over",
        ),
        Text(
            "用新的编号交入新的决定；清算调整交入一笔相反的，再交正确的",
            "hand in a new decision under its own number; of a clearing adjustment its opposite, then the right one",
        ),
    ),
    "intake.made_of_document": Fault(
        Text(
            "主键 {key} 据文书形成，不由本表改动",
            "the key {key} was made of a document and is not changed by this table",
        ),
        Text("更正后重新交入该文书（清单或转诊备案）", "correct the document (list or filing) and hand it in again"),
    ),
    "intake.case_in_parts": Fault(
        Text(
            "清单已经入库，主键 {key} 的这一行内容不同，而本批没有整张清单",
            "the settlement list is in the lake, its row {key} has other content, and the batch brings no whole list",
        ),
        Text(
            "把整张清单（cases 及诊断、手术、收费、明细）一起重新交入",
            "hand in the whole list again: its row of cases with diagnoses, procedures, fees and fee lines",
        ),
    ),
    "intake.unknown_institution": Fault(
        Text(
            "{title}（{name}）{value} 不在定点医疗机构中",
            "{title} ({name}) {value} is not among the institutions",
        ),
        Text(
            "更正代码，或在 institutions 中补上该机构",
            "correct the code, or add the institution to institutions",
        ),
    ),
    "intake.unknown_alliance": Fault(
        Text("{title}（{name}）{value} 不在医联体中", "{title} ({name}) {value} is not among the alliances"),
        Text("更正代码，或在 alliances 中补上该医联体", "correct the code, or add the alliance to alliances"),
    ),
    "intake.unknown_person": Fault(
        Text(
            "{title}（{name}）{value} 不在参保人中",
            "{title} ({name}) {value} is not among the insured persons",
        ),
        Text("更正代码，或在 persons 中补上该参保人", "correct it, or add the person to persons"),
    ),
    "intake.unknown_case": Fault(
        Text("{title}（{name}）{value} 不存在", "{title} ({name}) {value} does not exist"),
        Text("更正清单号，或在 cases 中补上该清单", "correct it, or add the settlement list to cases"),
    ),
    "intake.unknown_event": Fault(
        Text("{title}（{name}）{value} 不存在", "{title} ({name}) {value} does not exist"),
        Text("更正事件号，或在 service_events 中补上该事件", "correct it, or add the event to service_events"),
    ),
    "intake.unknown_review": Fault(
        Text("{title}（{name}）{value} 不存在", "{title} ({name}) {value} does not exist"),
        Text("更正申请号，或在 special_reviews 中补上该申请", "correct it, or add the application to special_reviews"),
    ),
    "intake.no_principal_diagnosis": Fault(
        Text("结算清单 {key} 没有主要诊断", "settlement list {key} has no principal diagnosis"),
        Text(
            "在 diagnoses 中补上 seq 为 1 的诊断，重新交入",
            "add the diagnosis with seq 1 to diagnoses and hand the list in again",
        ),
    ),
    "intake.fees_not_summing": Fault(
        Text(
            "各收费类别合计 {value} 元，与医疗费总额 {expected} 元不符",
            "the fee categories sum to {value} yuan, the total is {expected} yuan",
        ),
        Text("核对 fees 与 total_fen，使两者相等", "check fees against total_fen until they agree"),
    ),
    "intake.fee_lines_not_summing": Fault(
        Text(
            "{title}的明细合计 {value} 元，与该类合计 {expected} 元不符",
            "{title}: the lines sum to {value} yuan, the category is {expected} yuan",
        ),
        Text(
            "核对 fee_items 与 fees（退费为负），使两者相等",
            "check fee_items (refunds negative) against fees until they agree",
        ),
    ),
    "intake.incomplete_case": Fault(
        Text(
            "结算清单 {key} 有诊断、手术或收费行被搁置，整张清单不能结算",
            "rows of settlement list {key} were set aside, so it cannot be settled",
        ),
        _HAND_IN_AGAIN,
    ),
    "intake.case_set_aside": Fault(
        Text(
            "结算清单 {value} 被搁置，本行随之搁置",
            "settlement list {value} was set aside, and this row with it",
        ),
        _HAND_IN_AGAIN,
    ),
    REPAIRED: Fault(
        Text("已自动修正 {title} 的写法", "the writing of {title} was repaired"),
        Text("无需处理；请在来源系统中改正", "nothing has to be done; correct it in the source system"),
    ),
}
"""Code of the fault to its words."""

UNKNOWN_REFERENCE = {
    "institutions": "intake.unknown_institution",
    "alliances": "intake.unknown_alliance",
    "persons": "intake.unknown_person",
    "cases": "intake.unknown_case",
    "service_events": "intake.unknown_event",
    "special_reviews": "intake.unknown_review",
}
"""Table referred to, to the code of a reference that leads nowhere."""

SUM_FAULTS = ("intake.fees_not_summing", "intake.fee_lines_not_summing")
"""Faults whose value and expected value are amounts in fen, shown in yuan."""
