"""The tables that the steps of a settlement make."""

from tongchou.core.text import Text
from tongchou.schema import service_states, states
from tongchou.schema.columns import day, e4, record_number, signed_fen, state, text, whole
from tongchou.schema.contract import Column, Grade, Kind, Table

_RUN = text("run_id", "结算批次", "run", grade=Grade.ADMINISTRATIVE)

GROUPED = Table(
    "grouped",
    Text("分组结果", "Grouped cases"),
    Text("一张清单在一个分组方案下的分组结果", "a case's group under one scheme"),
    ("run_id", "case_id"),
    (
        _RUN,
        record_number("case_id", "结算清单号", "settlement list"),
        state("status", "分组状态", "status", states.GROUPING_STATUS),
        text("mdc", "主要诊断大类", "MDC"),
        text("adrg", "核心疾病诊断相关组", "ADRG"),
        text("drg", "病组（DRG 或 DIP 病种）", "group (DRG, or DIP group)"),
        whole("score_e2", "病种分值 × 100（DIP）", "points of the group x 100 (DIP)", None, required=False),
        e4("auxiliary_e4", "辅助目录系数（DIP）", "factor of the auxiliary catalogue (DIP)", required=False),
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
        record_number("case_id", "结算清单号", "settlement list"),
        text("institution_id", "机构代码", "institution", grade=Grade.ADMINISTRATIVE),
        record_number("person_id", "参保人（假名）", "insured person (pseudonym)"),
        state("insurance_type", "险种", "insurance type", states.INSURANCE_TYPE, grade=Grade.ADMINISTRATIVE),
        text("month", "所属月份", "month it counts in, YYYY-MM", grade=Grade.ADMINISTRATIVE),
        text("drg", "病组（DRG 或 DIP 病种）", "group (DRG, or DIP group)", grade=Grade.CLINICAL),
        e4("weight_e4", "权重", "weight"),
        state("weight_source", "权重来源", "source of the weight", states.WEIGHT_SOURCE),
        signed_fen("base_rate_fen", "费率", "base rate"),
        e4("factor_e4", "机构系数", "institution coefficient"),
        signed_fen("standard_fen", "支付标准", "payment standard"),
        signed_fen(
            "reference_fen", "比较基准（标准或病组均费）", "what the cost is compared with (standard, or group's mean)"
        ),
        state("case_kind", "病例类型", "kind of case", states.CASE_KIND),
        whole("points_e2", "分值 × 100（点数法）", "points x 100 (paid by points)", None, required=False),
        e4("modifier_e4", "再入院与质量系数", "factor for readmission and quality"),
        signed_fen("total_fen", "医疗费总额", "total cost"),
        signed_fen("excluded_fen", "除外支付金额", "paid outside the group's worth"),
        signed_fen("payable_fen", "应支付总额（含个人）", "payable in all (fund and patient)"),
        signed_fen("patient_fen", "个人负担", "patient's part"),
        signed_fen("fund_fen", "统筹基金支付", "fund's part"),
        signed_fen("hospital_result_fen", "医院盈亏（收入减费用）", "hospital's gain or loss (income less charges)"),
    ),
    is_input=False,
    grade=Grade.COST,
)

SETTLEMENT_LINES = Table(
    "settlement_lines",
    Text("清算明细", "Settlement lines"),
    Text("一家机构清算单的一行", "a line of an institution's settlement statement"),
    ("run_id", "institution_id", "line"),
    (
        _RUN,
        text("institution_id", "机构代码", "institution", grade=Grade.ADMINISTRATIVE),
        text("line", "行目", "line"),
        signed_fen("amount_fen", "金额", "amount"),
        text("rule", "规则", "rule"),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

JOURNAL = Table(
    "journal",
    Text("分录", "Journal"),
    Text("一笔记账分录的一条借贷；同一分录合计为零", "a leg of a ledger entry; the legs of an entry sum to zero"),
    ("entry_id", "leg"),
    (
        text("entry_id", "分录号", "entry"),
        whole("leg", "序号", "leg", 1),
        _RUN,
        day("booked_on", "记账日期", "booked on"),
        text("account", "科目", "account"),
        signed_fen("amount_fen", "金额（借正贷负）", "amount (debit positive, credit negative)"),
        text("rule", "规则", "rule"),
        text("memo", "摘要", "memo"),
        text("reverses", "冲销的分录", "entry that this one reverses", required=False),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

FINDINGS = Table(
    "findings",
    Text("入库问题", "Findings"),
    Text("一行被搁置或修正的数据及原因", "a row that was set aside or repaired, with the reason"),
    ("finding_id",),
    (
        text("finding_id", "问题号", "finding"),
        text("batch_id", "批次", "batch"),
        text("table_name", "表", "table"),
        text("source", "文件与行", "file and row"),
        record_number("row_key", "行主键", "key of the row"),
        record_number("case_id", "结算清单号", "settlement list", required=False),
        state(
            "handling",
            "处理",
            "handling",
            {
                "set_aside": Text("搁置", "set aside"),
                "repaired": Text("已修正", "repaired"),
                "noted": Text("已入库，予以提示", "taken, and noted"),
            },
        ),
        text("code", "问题代码", "code"),
        text("what_zh", "问题（中文）", "what, in Chinese", grade=Grade.PERSON),
        text("what_en", "问题（英文）", "what, in English", grade=Grade.PERSON),
        text("remedy_zh", "处理办法（中文）", "remedy, in Chinese"),
        text("remedy_en", "处理办法（英文）", "remedy, in English"),
        text("row", "原始行（JSON）", "the row as received, JSON", grade=Grade.PERSON),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

FINDING_FIELDS = Table(
    "finding_fields",
    Text("问题所在的字段", "Fields of findings"),
    Text("一条关于字段的问题", "a finding that is about a field"),
    ("finding_id",),
    (
        text("finding_id", "问题号", "finding"),
        text("column_name", "列；几列以逗号分隔", "column; several are joined by commas"),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

PRICED_EVENTS = Table(
    "priced_events",
    Text("服务事件支付", "Priced events"),
    Text("一次服务事件或一组人头的一笔应付款", "an amount due for a service event or for a group of heads"),
    ("run_id", "subject", "purpose", "month"),
    (
        _RUN,
        record_number("subject", "事件或人头组", "event or group of heads"),
        text("purpose", "用途", "purpose", grade=Grade.ADMINISTRATIVE),
        text("month", "所属月份", "month it counts in, YYYY-MM", grade=Grade.ADMINISTRATIVE),
        state(
            "event_kind",
            "事件类别",
            "kind of event",
            {**service_states.SERVICE_EVENT_KIND, **service_states.HEAD_KIND},
        ),
        text("method", "支付方法", "payment method", grade=Grade.ADMINISTRATIVE),
        text("rule", "规则", "rule", grade=Grade.ADMINISTRATIVE),
        text("payer_kind", "付款方类别", "kind of payer", grade=Grade.ADMINISTRATIVE),
        text("payer_id", "付款方", "payer (empty for the fund)", grade=Grade.ADMINISTRATIVE),
        text("payee_kind", "收款方类别", "kind of payee", grade=Grade.ADMINISTRATIVE),
        text("payee_id", "收款方", "payee (empty for the fund)", grade=Grade.ADMINISTRATIVE),
        signed_fen("amount_fen", "金额", "amount"),
    ),
    is_input=False,
    grade=Grade.COST,
)

LEDGER_LOG = Table(
    "ledger_log",
    Text("账本日志", "Log of the ledger"),
    Text("一笔分录在账本中的位置及其哈希", "the place of a ledger entry in the log, and its hash"),
    ("position",),
    (
        whole("position", "位置（从 0 起）", "position, from 0", 0),
        text("entry_id", "分录号", "entry"),
        text("leaf_hash", "分录哈希（十六进制）", "hash of the entry, hexadecimal"),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
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
        text("log", "账本（统筹区）", "log: the pooling region"),
        whole("size", "分录笔数", "number of entries", 1),
        text("algorithm", "哈希算法", "hash algorithm: sm3, sha256"),
        text("root", "树根（十六进制）", "root, hexadecimal"),
        text("frontier", "边缘子树的哈希（十六进制，空格分隔）", "hashes of the whole subtrees at the edge"),
        day("signed_on", "签名日期", "signed on", required=False),
        text("key_id", "密钥编号", "id of the key", required=False),
        text("public_key", "公钥（十六进制）", "public key, hexadecimal", required=False),
        text("signature", "签名（十六进制）", "signature, hexadecimal", required=False),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

LEDGER_PERIODS = Table(
    "ledger_periods",
    Text("会计期间", "Periods of the ledger"),
    Text("一个期间的一次状态变更；只追加", "a change of a period's state; only appended"),
    ("sequence",),
    (
        whole("sequence", "变更序号", "number of the change", 1),
        text("period", "期间：YYYY-MM 或 YYYY", "period: YYYY-MM or YYYY"),
        state("state", "状态", "state", states.PERIOD_STATE),
        day("changed_on", "变更日期", "changed on"),
        text("changed_by", "经办人", "who changed it"),
        text("reason", "原因或结算批次", "reason, or the run"),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
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
    FINDING_FIELDS,
)
"""Every table that a step of the system makes."""
