"""What the sheets of a scheme's workbook are called and what each of their columns means, in the words of its manual.

The last word of a sheet's name and of a column's heading is the name that the scheme's files have; what stands before
it may be changed by whoever fills in the workbook.
"""

from dataclasses import dataclass
from typing import get_args

from tongchou.core.text import Text
from tongchou.grouping.schemes.scheme import SEVERITIES, IfNone, Kind, Outcome
from tongchou.grouping.schemes.tables import CHANGE, MANIFEST, TABLES

MANUAL_SHEET = "说明 manual"
MANIFEST_SHEET = "清单 scheme"
SHEETS: dict[str, str] = {
    "checks.csv": "信息校验 checks",
    "lists.csv": "方案列表 lists",
    "mdc.csv": "MDC大类 mdc",
    "mdc_codes.csv": "MDC编码 mdc_codes",
    "adrg.csv": "ADRG组 adrg",
    "adrg_codes.csv": "ADRG编码 adrg_codes",
    "drg.csv": "DRG组 drg",
    "mcc.csv": "严重并发症 mcc",
    "cc.csv": "并发症 cc",
    "exclusions.csv": "排除表 exclusions",
}
"""Sheet of each table of a scheme."""

CONTINUED = "…"
"""Begins the codes of a row that continues the codes of the row above: a cell of Excel holds 32,767 characters."""

GROUPS_CHANGES, CODES_CHANGES = ("set", "remove"), ("add", "remove")
GROUP_CODES = {"checks.csv": "check", "mdc.csv": "mdc", "adrg.csv": "adrg", "drg.csv": "drg"}
"""Tables of which a row is a check or a group, and the column that holds its code."""

CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("mdc.csv", "if_none"): get_args(IfNone),
    ("adrg.csv", "outcome"): get_args(Outcome),
    ("drg.csv", "severity"): SEVERITIES,
    ("lists.csv", "kind"): get_args(Kind),
    **{(name, CHANGE): GROUPS_CHANGES if name in GROUP_CODES else CODES_CHANGES for name in TABLES},
}
"""The values of closed columns."""

MAY_BE_EMPTY = {
    ("mdc.csv", "if_none"),
    ("adrg.csv", "outcome"),
    ("drg.csv", "rule"),
    ("adrg_codes.csv", "part"),
    ("mcc.csv", "exclusion"),
    ("cc.csv", "exclusion"),
    *((name, column) for name in TABLES for column in ("name_zh", "name_en")),
}
NUMBER_COLUMNS = ("order", "part")


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """A column's Chinese heading, what it means, and an example of its content."""

    head: str
    meaning: Text
    example: str


TABLE_MEANINGS: dict[str, Text] = {
    "checks.csv": Text("每行一项病案信息校验，按顺序", "a row is a check of the case's data, in order"),
    "lists.csv": Text("每行是全方案共用列表的编码", "a row holds codes of a list of the whole scheme"),
    "mdc.csv": Text("每行一个主要诊断大类", "a row is an MDC"),
    "mdc_codes.csv": Text("每行是 MDC 某个列表的编码", "a row holds codes of a list of an MDC"),
    "adrg.csv": Text("每行一个 ADRG", "a row is an ADRG"),
    "adrg_codes.csv": Text("每行是 ADRG 某个列表的编码", "a row holds codes of a list of an ADRG"),
    "drg.csv": Text("每行一个 DRG", "a row is a DRG"),
    "mcc.csv": Text("每行是属于 MCC 的其他诊断", "a row holds secondary diagnoses that are MCC"),
    "cc.csv": Text("每行是属于 CC 的其他诊断", "a row holds secondary diagnoses that are CC"),
    "exclusions.csv": Text("每行是使某排除表生效的主要诊断", "a row holds principal diagnoses that carry an exclusion"),
}

_MDC = ColumnWords("MDC代码", Text("主要诊断大类的代码", "code of the MDC"), "MDCE")
_ADRG = ColumnWords("ADRG代码", Text("ADRG 的代码", "code of the ADRG"), "ES3")
_CODES = ColumnWords(
    "编码",
    Text("一个或多个编码，以空格分隔；写法见下", "one or more codes with blanks between; see below"),
    "J18.900",
)
_EXCLUSION = ColumnWords(
    "排除表",
    Text(
        "排除表的名称；主要诊断在此表中时，该并发症不算；空为从不排除",
        "name of an exclusion; with a principal diagnosis in it the diagnosis does not count; empty: never excluded",
    ),
    "表7-3",
)
_LIST = ColumnWords(
    "列表",
    Text("规则所用的列表名：dx、op、op2……", "name of the list, as rules name it: dx, op, op2, ..."),
    "dx",
)
_RULE = ColumnWords("规则", Text("满足此规则的病例；写法见下", "the cases that meet it; see below"), "principal(dx)")

_SHARED: dict[str, ColumnWords] = {
    CHANGE: ColumnWords(
        "改动",
        Text(
            "对基础方案的改动：分组和校验写 set 或 remove，编码写 add 或 remove",
            "what changes in the base: set or remove a group or check, add or remove codes",
        ),
        "set",
    ),
    "order": ColumnWords("顺序", Text("先后次序，可用小数", "the order of trial; may have decimals"), "1"),
    "check": ColumnWords("校验代码", Text("校验的代码", "code of the check"), "no_sex"),
    "list": _LIST,
    "kind": ColumnWords("类别", Text("dx 诊断，op 手术操作", "dx: diagnoses, op: procedures"), "op"),
    "codes": _CODES,
    "mdc": _MDC,
    "adrg": _ADRG,
    "drg": ColumnWords("DRG代码", Text("DRG 的代码", "code of the DRG"), "ES31"),
    "rule": _RULE,
    "if_none": ColumnWords(
        "未入组时",
        Text("该 MDC 没有组接收时：next 试下一 MDC，stop 停止；空为 next", "if no group takes the case: next or stop"),
        "next",
    ),
    "outcome": ColumnWords(
        "结果",
        Text("grouped 入组，ambiguous 歧义病案（QY）；空为 grouped", "grouped, or ambiguous (QY); empty: grouped"),
        "grouped",
    ),
    "severity": ColumnWords(
        "并发症",
        Text(
            "mcc 伴 MCC；mcc_or_cc 伴 MCC 或 CC；cc 伴 CC 而无 MCC；none 都没有；always 不区分",
            "mcc; mcc_or_cc; cc (CC and no MCC); none (neither); always (either way)",
        ),
        "mcc",
    ),
    "part": ColumnWords(
        "子表", Text("列表 op 的子表号，供 part(N) 用", "number of a part of the list op, for part(N)"), ""
    ),
    "exclusion": _EXCLUSION,
    "name_zh": ColumnWords("中文名", Text("名称", "name in Chinese"), "肺炎"),
    "name_en": ColumnWords("英文名", Text("英文名称，可空", "name in English, may be empty"), "pneumonia"),
}
_OWN: dict[tuple[str, str], ColumnWords] = {
    ("checks.csv", "rule"): ColumnWords(
        "规则", Text("满足时病案信息校验不通过", "a case that meets it is invalid"), "!known(sex)"
    ),
    ("checks.csv", "name_zh"): ColumnWords("中文名", Text("名称", "name in Chinese"), "性别缺失"),
    ("checks.csv", "name_en"): ColumnWords(
        "英文名", Text("英文名称，可空", "name in English, may be empty"), "sex is missing"
    ),
    ("lists.csv", "list"): ColumnWords(
        "列表",
        Text(
            "列表名；valid 为手术室手术，not_principal_dx、not_principal_op 为不作主要诊断、主要手术的编码",
            "name of the list; valid: operating-room procedures; not_principal_dx, not_principal_op: never principal",
        ),
        "valid",
    ),
    ("lists.csv", "codes"): ColumnWords("编码", _CODES.meaning, "32.4100"),
    ("mdc.csv", "name_zh"): ColumnWords("中文名", Text("名称", "name in Chinese"), "呼吸系统疾病及功能障碍"),
    ("mdc.csv", "name_en"): ColumnWords(
        "英文名", Text("英文名称，可空", "name in English, may be empty"), "respiratory"
    ),
    ("drg.csv", "rule"): ColumnWords(
        "规则", Text("除并发症外的条件，可空", "what is asked beside severity; may be empty"), "age_years<17"
    ),
    ("drg.csv", "name_zh"): ColumnWords("中文名", Text("名称", "name in Chinese"), "肺炎，伴严重并发症或合并症"),
    ("drg.csv", "name_en"): ColumnWords(
        "英文名", Text("英文名称，可空", "name in English, may be empty"), "pneumonia with MCC"
    ),
    ("mcc.csv", "codes"): ColumnWords("编码", _CODES.meaning, "J96.000"),
    ("cc.csv", "codes"): ColumnWords("编码", _CODES.meaning, "I10.x00"),
    ("exclusions.csv", "exclusion"): ColumnWords(
        "排除表", Text("这些主要诊断所属的排除表", "the exclusion that these principal diagnoses carry"), "表7-3"
    ),
}


def words_of(table: str, column: str) -> ColumnWords:
    """Return the words for a column of a table."""
    return _OWN.get((table, column)) or _SHARED[column]


MANIFEST_MEANINGS: dict[str, Text] = {
    "name": Text("方案的代号，英文字母、数字、连字符", "the scheme's short name: letters, digits, hyphens"),
    "title.zh": Text("中文名称", "title in Chinese"),
    "title.en": Text("英文名称", "title in English"),
    "publisher": Text("发布单位", "who publishes it"),
    "edition": Text("版本", "its edition"),
    "follows": Text("所依据的国家版本，用文字写", "the national edition that it follows, in words"),
    "base": Text("基础方案的代号；独立方案留空", "name of the base scheme; empty if it stands alone"),
    "base_fingerprint": Text("基础方案须有的指纹，可空", "fingerprint that the base must have; may be empty"),
    "valid_from": Text("生效日期，如 2025-01-01", "first day, such as 2025-01-01"),
    "valid_until": Text("最后一日，可空", "last day; may be empty"),
    "purpose": Text("payment 用于支付，learning 用于学习", "payment or learning"),
    "notice.zh": Text("随结果显示的提示，可空", "sentence shown with every result; may be empty"),
    "notice.en": Text("同上，英文", "the same in English"),
    "code_match": Text("exact 整码，prefix 前缀", "exact: whole codes; prefix: beginnings of codes"),
    "code_edition": Text("编码版本，用文字写", "the editions of the codes, in words"),
    "settings.day_surgery": Text(
        "日间手术：severity 区分并发症，no_severity 一律视为无并发症",
        "day surgery: severity, or no_severity (counts as without CC and MCC)",
    ),
    "settings.empty_other_list": Text(
        "无编码的 other_ 列表：error 报错，principal_list 用主要列表",
        "other_ lists without codes: error, or principal_list (the principal list stands in)",
    ),
    "sources": Text("导入所读的文件，可空", "the files that an import read; may be empty"),
}
MANIFEST_CHOICES: dict[str, tuple[str, ...]] = {
    "purpose": ("payment", "learning"),
    "code_match": ("exact", "prefix"),
    "settings.day_surgery": ("severity", "no_severity"),
    "settings.empty_other_list": ("error", "principal_list"),
}

HOW_TO: tuple[Text, ...] = (
    Text(
        "填写各工作表后，用 tongchou scheme import 导入；所有错误一次列出，写明工作表、行和改法。",
        "Fill in the sheets and import the workbook with tongchou scheme import; all mistakes are listed at once.",
    ),
    Text(
        "第一行是表头，只认每个表头的最后一个英文词；可以加“备注”列，导入时不读。本页不导入。",
        "The first row names the columns by the last word of each heading. Other columns and this sheet are not read.",
    ),
    Text(
        "单元格都是文本格式。编码若被 Excel 存成数字（38.9300 变成 38.93、0123 变成 123），"
        "导入时会指出，须改为文本重填。只有“顺序”“子表”可以是数字，版本可以是年份，日期可以是 Excel 日期。",
        "Cells are text. A code that Excel turned into a number is refused, for zeros may be lost; only order and part "
        "may be numbers, the edition a year, and the two days Excel dates.",
    ),
    Text(
        "病例依次经过：信息校验，MDC，ADRG，DRG；各按“顺序”试，先满足者先入。",
        "A case passes the checks, then tries MDCs, ADRGs and DRGs, each by order; the first that takes it wins.",
    ),
    Text(
        f"一格最多 32,767 字。编码更多时另起一行，其余各列照抄，编码以“{CONTINUED}”开头，导入时接在上一行之后。",
        f"A cell holds 32,767 characters. More codes go to the next row: the other columns as above, the codes led by "
        f"'{CONTINUED}'; the import joins them.",
    ),
    Text(
        "基础方案（base）不空时，本工作簿只写与它的差异，每张表的第一列是“改动”；没有改动的表可以删去。",
        "With a base, the workbook says only what differs from it: each sheet begins with the column change, and "
        "sheets without changes may be left out.",
    ),
)

PATTERNS: tuple[tuple[str, Text], ...] = (
    ("I21.900", Text("exact：一个整码", "exact: one whole code")),
    ("I21%", Text("exact：以 I21 开头的所有编码", "exact: every code that begins with I21")),
    ("I21", Text("prefix：以 I21 开头的所有编码", "prefix: every code that begins with I21")),
    (
        "I20-I25",
        Text("prefix：从 I20 到 I25，含两端，两端长度相同", "prefix: from I20 to I25, both included, of one length"),
    ),
    ("!I21.4", Text("同一格中除去的编码", "what the other patterns of the cell took, and this takes away")),
)

TESTS: tuple[tuple[str, Text], ...] = (
    (
        "&   |   !   ( )",
        Text("并且、或者、不、括号；! 最先，其次 &", "and, or, not, parentheses; ! binds closest, then &"),
    ),
    ("always   never", Text("总是、从不", "always, never")),
    ("principal(L)", Text("主要诊断在列表 L 中", "the principal diagnosis is in list L")),
    (
        "any_dx(L)   secondary(L)   no_dx(L)",
        Text("任一诊断在、任一其他诊断在、没有诊断在列表 L 中", "any diagnosis, any secondary one, none is in list L"),
    ),
    ("main_op(L)", Text("主要手术操作在列表 L 中", "the principal procedure is in list L")),
    (
        "any_op(L)   other_op(L)   no_op(L)",
        Text(
            "任一手术操作在、任一其他手术操作在、没有在列表 L 中",
            "any procedure, any but the principal one, none is in list L",
        ),
    ),
    ("part(N)", Text("任一手术操作在本组 op 列表的第 N 子表中", "any procedure is in part N of the group's list op")),
    (
        "distinct_sites(any_dx)>=2",
        Text(
            "各诊断至少落在 MDC 的两个“site:…”列表中", "the diagnoses fall into at least two lists site:... of the MDC"
        ),
    ),
    ("sex=1   sex=2", Text("男、女", "male, female")),
    (
        "age_years<6   age_days<=28   1500<=weight_g<2000   los_days>60",
        Text(
            "已知且在范围内；还有 admission_weight_g、icu_hours、crrt_hours、ventilator_hours",
            "known and within bounds; also admission_weight_g, icu_hours, crrt_hours, ventilator_hours",
        ),
    ),
    (
        "discharge_way in (death, transfer)",
        Text(
            "离院方式是其中之一：home、transfer、transfer_primary、against_advice、death、other",
            "the way of discharge is one of these: home, transfer, transfer_primary, against_advice, death, other",
        ),
    ),
    ("department in (ICU, 0401)", Text("科室是其中之一", "the department is one of these")),
    ("day_surgery   multi_site   new_technique", Text("病例有此标记", "the case is marked so")),
    ("known(age_days)", Text("病例有此项", "the case has the value")),
    (
        "L",
        Text(
            "本组的列表（dx、op、op2）、另一组的列表（AH1.op）、全方案的列表（valid）；"
            "listed 为任一 ADRG 列表中的手术操作",
            "a list of the group (dx, op, op2), of another group (AH1.op), or of the scheme (valid); "
            "listed: the procedures of all ADRGs",
        ),
    ),
)


def table_of_sheet(sheet: str) -> str | None:
    """Return the file that a sheet stands for by the last word of its name; `None` if it is none of a scheme's."""
    words = sheet.lower().split()
    if len(words) < 2:
        return None
    stem = words[-1].removesuffix(".csv").removesuffix(".yaml")
    if stem == MANIFEST.removesuffix(".yaml"):
        return MANIFEST
    return f"{stem}.csv" if f"{stem}.csv" in TABLES else None
