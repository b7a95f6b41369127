"""The tables of documents: settlement lists and what comes with them, as they were received and without identity.

They follow from `list_fields`: a column of grade identity is left out, and its pseudonym stands in its place where it
has one. Nothing of what a format may leave empty is required here: what must be filled is a check of the intake.
"""

from dataclasses import replace

from tongchou.core.text import Text
from tongchou.schema.columns import state, text, whole
from tongchou.schema.contract import Column, Grade, Kind, Table
from tongchou.schema.list_fields import (
    FieldKind,
    ListField,
    dictionary,
    document_table_names,
    has_dictionary,
    list_fields,
)

DOCUMENT_KIND = {
    "settlement_list": Text("结算清单", "settlement list"),
    "front_page": Text("病案首页", "front page"),
    "claim": Text("理赔申请（FHIR）", "claim (FHIR)"),
    "message": Text("消息（HL7）", "message (HL7)"),
    "fee_lines": Text("费用明细", "fee lines"),
    "settlement_reply": Text("结算回执", "settlement reply"),
    "referral": Text("转院备案", "referral filing"),
}

_KIND: dict[FieldKind, Kind] = {
    "text": Kind.TEXT,
    "code": Kind.TEXT,
    "whole": Kind.WHOLE,
    "fen": Kind.FEN,
    "e4": Kind.E4,
    "e6": Kind.WHOLE,
    "date": Kind.DATE,
    "moment": Kind.MOMENT,
    "duration": Kind.WHOLE,
}

_TITLES = {
    "settlement_lists": (
        Text("清单与首页", "Lists and front pages"),
        "一份清单、首页、申请或消息",
        "a list, page, claim",
    ),
    "list_diagnoses": (Text("清单的诊断", "Diagnoses of lists"), "一份文书的一个诊断", "a diagnosis of a document"),
    "list_operations": (
        Text("清单的手术操作", "Operations of lists"),
        "一份文书的一项手术",
        "an operation of a document",
    ),
    "list_intensive_care": (
        Text("清单的重症监护", "Intensive care of lists"),
        "一次进出监护室",
        "a stay in such a ward",
    ),
    "list_transfusions": (
        Text("清单的输血", "Transfusions of lists"),
        "一份文书的一项输血",
        "a transfusion of a document",
    ),
    "list_payments": (
        Text("清单的基金支付", "Payments of lists"),
        "一份清单的一项基金支付",
        "a fund's payment of a list",
    ),
    "list_fees": (
        Text("清单的收费项目", "Fee categories of lists"),
        "一份清单的一个收费类别",
        "a fee category of a list",
    ),
    "list_chronic_treatments": (
        Text("清单的门诊慢特病诊疗", "Chronic treatments of lists"),
        "一份清单的一项慢特病诊疗",
        "a chronic treatment of a list",
    ),
    "front_page_fees": (Text("首页的费用", "Fees of front pages"), "一份首页的一类费用", "a fee class of a front page"),
    "list_fee_lines": (
        Text("费用明细（2301）", "Fee lines (2301)"),
        "一行费用明细；退费为负",
        "a fee line; refunds negative",
    ),
    "settlement_replies": (
        Text("结算回执（2304）", "Settlement replies (2304)"),
        "一次结算的回执",
        "a settlement's reply",
    ),
    "referral_filings": (Text("转院备案（2501）", "Referral filings (2501)"), "一份转院备案", "a referral filing"),
}

LIST_ID = replace(text("list_id", "文书号", "document"), grade=Grade.PERSON)
SEQ = whole("seq", "序号", "order", 1)
SENDER = text("institution_id", "报送机构", "sending institution", required=False)
KEPT_DOCUMENT = state("document", "文书种类", "kind of document", DOCUMENT_KIND)
CASE = replace(
    text("case_id", "据此形成的清单号或门诊结算号", "case or visit made of it", required=False), grade=Grade.PERSON
)
BATCH = text("received_batch", "收到的批次", "batch it came with")

_HEADS = {"settlement_lists": (KEPT_DOCUMENT, CASE, BATCH)}
_WITHOUT_SENDER = ("list_fee_lines", "settlement_replies", "referral_filings")


def _document_table(name: str) -> Table:
    title, zh, en = _TITLES[name]
    own = [column for field in list_fields(name) for column in _columns(field)]
    says_sender = any(column.name == SENDER.name for column in own)
    sender = [SENDER] if name in _WITHOUT_SENDER and not says_sender else []
    columns = (LIST_ID, SEQ, *_HEADS.get(name, ()), *sender, *own)
    return Table(name, title, Text(zh, en), ("list_id", "seq"), columns, is_input=False, grade=Grade.ADMINISTRATIVE)


def _columns(field: ListField) -> list[Column]:
    if field.grade == "identity":
        if not field.pseudonym:
            return []
        pseudonym = Text(f"{field.title.zh}（假名）", f"{field.title.en} (pseudonym)")
        return [Column(field.pseudonym, Kind.TEXT, pseudonym, is_required=False, grade=Grade.PERSON)]
    kind = Kind.FLAG if field.column.startswith("is_") else _KIND[field.kind]
    meanings = dictionary(field.dictionary) if kind is Kind.TEXT and has_dictionary(field.dictionary) else {}
    values = {meaning.state: meaning.title for meaning in reversed(list(meanings.values()))}
    grade = Grade(field.grade)
    return [
        Column(field.column, kind, field.title, is_required=False, values=dict(reversed(values.items())), grade=grade)
    ]


LIST_TABLES = {name: _document_table(name) for name in document_table_names()}
"""The table of the lake for each document table, by name."""

DOCUMENTS = Table(
    "documents",
    Text("文书登记", "Register of documents"),
    Text("一份已接收的文书", "a document that was accepted"),
    ("document", "list_id"),
    (
        KEPT_DOCUMENT,
        LIST_ID,
        text("transaction", "交易或格式", "transaction or format"),
        SENDER,
        CASE,
        text("content", "内容摘要（假名化之后）", "hash of the content, after pseudonyms"),
        BATCH,
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

RECEIVED_FILES = Table(
    "received_files",
    Text("收到的文书文件", "Files of documents received"),
    Text("一个文件的一次接收", "a file as received once"),
    ("received_batch", "file_id"),
    (
        BATCH,
        text("file_id", "文件（内容与条件的摘要）", "file: hash of its content and terms"),
        text("reader", "格式", "format"),
        whole("received_count", "收到文书", "documents received"),
        whole("accepted_count", "接收", "accepted"),
        whole("set_aside_count", "搁置", "set aside"),
        whole("repeated_count", "重复", "repeated"),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

FIELD_COUNTS = Table(
    "field_counts",
    Text("字段计数", "Counts of fields"),
    Text(
        "一批交来的清单与首页中，一家机构一个出院月份的字段",
        "the fields of the lists and front pages that a batch brought of an institution's month of discharge",
    ),
    ("received_batch", "institution_id", "month"),
    (
        BATCH,
        text("institution_id", "文书所写机构", "institution that the documents name", required=False),
        text("month", "出院月份 YYYY-MM", "month of discharge, YYYY-MM", required=False),
        whole("documents", "文书", "documents"),
        whole("fields", "已填、必填或有问题的字段", "fields filled in, required, or with a finding"),
        whole("fields_sound", "其中没有问题的", "those of them without a finding"),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

DOCUMENT_TABLES = (DOCUMENTS, *LIST_TABLES.values(), RECEIVED_FILES, FIELD_COUNTS)
"""Every table that documents are kept in."""
