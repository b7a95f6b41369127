"""The tables that the steps of a settlement make."""

from tongchou.core.text import Text
from tongchou.schema import states
from tongchou.schema.contract import Column, Kind, Table


def _text(name: str, zh: str, en: str, *, required: bool = True) -> Column:
    return Column(name, Kind.TEXT, Text(zh, en), required)


def _fen(name: str, zh: str, en: str) -> Column:
    return Column(name, Kind.FEN, Text(zh + "（分）", en + ", fen"))


def _e4(name: str, zh: str, en: str, *, required: bool = True) -> Column:
    return Column(name, Kind.E4, Text(zh + "（万分之一）", en + " x 10,000"), required)


def _whole(name: str, zh: str, en: str, *, required: bool = True) -> Column:
    return Column(name, Kind.WHOLE, Text(zh, en), required)


_RUN = _text("run_id", "结算批次", "run")

GROUPED = Table(
    "grouped",
    Text("分组结果", "Grouped cases"),
    Text("一张清单在一个分组方案下的分组结果", "a case's group under one scheme"),
    ("run_id", "case_id"),
    (
        _RUN,
        _text("case_id", "结算清单号", "settlement list"),
        Column("status", Kind.TEXT, Text("分组状态", "status"), values=states.GROUPING_STATUS),
        _text("mdc", "主要诊断大类", "MDC"),
        _text("adrg", "核心疾病诊断相关组", "ADRG"),
        _text("drg", "病组（DRG 或 DIP 病种）", "group (DRG, or DIP group)"),
        _whole("score_e2", "病种分值 × 100（DIP）", "points of the group x 100 (DIP)", required=False),
        _e4("auxiliary_e4", "辅助目录系数（DIP）", "factor of the auxiliary catalogue (DIP)", required=False),
        Column(
            "level_mean_fen",
            Kind.FEN,
            Text("上年同级均费（分，DIP）", "last year's mean at the hospital's level (DIP), fen"),
            is_required=False,
        ),
    ),
    is_input=False,
)

PRICED = Table(
    "priced",
    Text("病例支付", "Priced cases"),
    Text("一张清单的支付计算结果", "a case's money in one run"),
    ("run_id", "case_id"),
    (
        _RUN,
        _text("case_id", "结算清单号", "settlement list"),
        _text("institution_id", "机构代码", "institution"),
        _text("person_id", "参保人（假名）", "insured person (pseudonym)"),
        Column("insurance_type", Kind.TEXT, Text("险种", "insurance type"), values=states.INSURANCE_TYPE),
        _text("month", "所属月份", "month it counts in, YYYY-MM"),
        _text("drg", "病组（DRG 或 DIP 病种）", "group (DRG, or DIP group)"),
        _e4("weight_e4", "权重", "weight"),
        Column("weight_source", Kind.TEXT, Text("权重来源", "source of the weight"), values=states.WEIGHT_SOURCE),
        _fen("base_rate_fen", "费率", "base rate"),
        _e4("factor_e4", "机构系数", "institution coefficient"),
        _fen("standard_fen", "支付标准", "payment standard"),
        _fen(
            "reference_fen", "比较基准（标准或病组均费）", "what the cost is compared with (standard, or group's mean)"
        ),
        Column("case_kind", Kind.TEXT, Text("病例类型", "kind of case"), values=states.CASE_KIND),
        _whole("points_e2", "分值 × 100（点数法）", "points x 100 (paid by points)", required=False),
        _e4("modifier_e4", "再入院与质量系数", "factor for readmission and quality"),
        _fen("total_fen", "医疗费总额", "total cost"),
        _fen("excluded_fen", "除外支付金额", "paid outside the group's worth"),
        _fen("payable_fen", "应支付总额（含个人）", "payable in all (fund and patient)"),
        _fen("patient_fen", "个人负担", "patient's part"),
        _fen("fund_fen", "统筹基金支付", "fund's part"),
        _fen("hospital_result_fen", "医院盈亏（收入减费用）", "hospital's gain or loss (income less charges)"),
    ),
    is_input=False,
)

SETTLEMENT_LINES = Table(
    "settlement_lines",
    Text("清算明细", "Settlement lines"),
    Text("一家机构清算单的一行", "a line of an institution's settlement statement"),
    ("run_id", "institution_id", "line"),
    (
        _RUN,
        _text("institution_id", "机构代码", "institution"),
        _text("line", "行目", "line"),
        _fen("amount_fen", "金额", "amount"),
        _text("rule", "规则", "rule"),
    ),
    is_input=False,
)

JOURNAL = Table(
    "journal",
    Text("分录", "Journal"),
    Text("一笔记账分录的一条借贷；同一分录合计为零", "a leg of a ledger entry; the legs of an entry sum to zero"),
    ("entry_id", "leg"),
    (
        _text("entry_id", "分录号", "entry"),
        Column("leg", Kind.WHOLE, Text("序号", "leg"), minimum=1),
        _RUN,
        Column("booked_on", Kind.DATE, Text("记账日期", "booked on")),
        _text("account", "科目", "account"),
        _fen("amount_fen", "金额（借正贷负）", "amount (debit positive, credit negative)"),
        _text("rule", "规则", "rule"),
        _text("memo", "摘要", "memo"),
        _text("reverses", "冲销的分录", "entry that this one reverses", required=False),
    ),
    is_input=False,
)

FINDINGS = Table(
    "findings",
    Text("入库问题", "Findings"),
    Text("一行被搁置或修正的数据及原因", "a row that was set aside or repaired, with the reason"),
    ("finding_id",),
    (
        _text("finding_id", "问题号", "finding"),
        _text("batch_id", "批次", "batch"),
        _text("table_name", "表", "table"),
        _text("source", "文件与行", "file and row"),
        _text("row_key", "行主键", "key of the row"),
        _text("case_id", "结算清单号", "settlement list", required=False),
        Column(
            "handling",
            Kind.TEXT,
            Text("处理", "handling"),
            values={"set_aside": Text("搁置", "set aside"), "repaired": Text("已修正", "repaired")},
        ),
        _text("code", "问题代码", "code"),
        _text("what_zh", "问题（中文）", "what, in Chinese"),
        _text("what_en", "问题（英文）", "what, in English"),
        _text("remedy_zh", "处理办法（中文）", "remedy, in Chinese"),
        _text("remedy_en", "处理办法（英文）", "remedy, in English"),
        _text("row", "原始行（JSON）", "the row as received, JSON"),
    ),
    is_input=False,
)

PRICED_EVENTS = Table(
    "priced_events",
    Text("服务事件支付", "Priced events"),
    Text("一次服务事件或一组人头的一笔应付款", "an amount due for a service event or for a group of heads"),
    ("run_id", "subject", "purpose", "month"),
    (
        _RUN,
        _text("subject", "事件或人头组", "event or group of heads"),
        _text("purpose", "用途", "purpose"),
        _text("month", "所属月份", "month it counts in, YYYY-MM"),
        Column(
            "event_kind",
            Kind.TEXT,
            Text("事件类别", "kind of event"),
            values={**states.SERVICE_EVENT_KIND, **states.HEAD_KIND},
        ),
        _text("method", "支付方法", "payment method"),
        _text("rule", "规则", "rule"),
        _text("payer_kind", "付款方类别", "kind of payer"),
        _text("payer_id", "付款方", "payer (empty for the fund)"),
        _text("payee_kind", "收款方类别", "kind of payee"),
        _text("payee_id", "收款方", "payee (empty for the fund)"),
        _fen("amount_fen", "金额", "amount"),
    ),
    is_input=False,
)

LEDGER_LOG = Table(
    "ledger_log",
    Text("账本日志", "Log of the ledger"),
    Text("一笔分录在账本中的位置及其哈希", "the place of a ledger entry in the log, and its hash"),
    ("position",),
    (
        Column("position", Kind.WHOLE, Text("位置（从 0 起）", "position, from 0"), minimum=0),
        _text("entry_id", "分录号", "entry"),
        _text("leaf_hash", "分录哈希（十六进制）", "hash of the entry, hexadecimal"),
    ),
    is_input=False,
)

TREE_HEADS = Table(
    "tree_heads",
    Text("账本树头", "Tree heads of the ledger"),
    Text(
        "账本在某一笔数时的树根；签名列为空的是过账时所记，尚未签名",
        "the root of the log at a size; without a signature: noted when entries were booked, not signed",
    ),
    ("size", "key_id"),
    (
        _text("log", "账本（统筹区）", "log: the pooling region"),
        Column("size", Kind.WHOLE, Text("分录笔数", "number of entries"), minimum=1),
        _text("algorithm", "哈希算法", "hash algorithm: sm3, sha256"),
        _text("root", "树根（十六进制）", "root, hexadecimal"),
        _text("frontier", "边缘子树的哈希（十六进制，空格分隔）", "hashes of the whole subtrees at the edge"),
        Column("signed_on", Kind.DATE, Text("签名日期", "signed on"), is_required=False),
        _text("key_id", "密钥编号", "id of the key", required=False),
        _text("public_key", "公钥（十六进制）", "public key, hexadecimal", required=False),
        _text("signature", "签名（十六进制）", "signature, hexadecimal", required=False),
    ),
    is_input=False,
)

LEDGER_PERIODS = Table(
    "ledger_periods",
    Text("会计期间", "Periods of the ledger"),
    Text("一个期间的一次状态变更；只追加", "a change of a period's state; only appended"),
    ("sequence",),
    (
        Column("sequence", Kind.WHOLE, Text("变更序号", "number of the change"), minimum=1),
        _text("period", "期间：YYYY-MM 或 YYYY", "period: YYYY-MM or YYYY"),
        Column("state", Kind.TEXT, Text("状态", "state"), values=states.PERIOD_STATE),
        Column("changed_on", Kind.DATE, Text("变更日期", "changed on")),
        _text("changed_by", "经办人", "who changed it"),
        _text("reason", "原因或结算批次", "reason, or the run"),
    ),
    is_input=False,
)

RESULT_TABLES = (
    GROUPED,
    PRICED,
    SETTLEMENT_LINES,
    PRICED_EVENTS,
    JOURNAL,
    LEDGER_LOG,
    TREE_HEADS,
    LEDGER_PERIODS,
    FINDINGS,
)
"""Every table that a step of the system makes."""
