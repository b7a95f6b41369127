"""The tables of corrections: what a document was before another took its place, and what that changed."""

from dataclasses import replace

from tongchou.core.text import Text
from tongchou.schema.columns import day, record_number, signed_fen, state, text, whole
from tongchou.schema.contract import Grade, Table
from tongchou.schema.list_tables import BATCH, CASE, KEPT_DOCUMENT, LIST_ID, SENDER

CORRECTION_KIND = {
    "replaces": Text("更正，尚未结算", "replaces it before any run paid it"),
    "adjusts": Text("更正，已结算，下次结算时调整", "adjusts what a posted run has paid"),
    "withdraws": Text("撤回", "withdraws it"),
}

ROW_LEFT = {
    "corrected": Text("再次交入，内容不同", "it came again with other content"),
    "case_left": Text("所属的结算清单已撤回或更换", "the settlement list that it names was withdrawn or replaced"),
    "person_known": Text("同一人的另一编号并入", "its person turned out to be another one"),
}

_VERSION = whole("version", "被取代的版本，从 1 起", "version that was superseded, from 1", 1)
_SUPERSEDED_BY = text("superseded_by", "取代它的批次", "batch that superseded it")

SUPERSEDED_DOCUMENTS = Table(
    "superseded_documents",
    Text("被取代的文书", "Superseded documents"),
    Text("一份被更正或撤回的文书的一个版本", "a version of a document that was corrected or withdrawn"),
    ("document", "list_id", "version"),
    (
        KEPT_DOCUMENT,
        LIST_ID,
        _VERSION,
        text("transaction", "交易或格式", "transaction or format"),
        SENDER,
        CASE,
        BATCH,
        _SUPERSEDED_BY,
        replace(
            text("rows", "当时的各表各行（JSON，已去除身份）", "its rows of every table then, JSON, without identity"),
            grade=Grade.PERSON,
        ),
        text("content", "内容摘要（假名化之后）", "hash of the content, after pseudonyms"),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

CORRECTIONS = Table(
    "corrections",
    Text("更正", "Corrections"),
    Text("一份文书被更正或撤回一次", "a document corrected or withdrawn once"),
    ("document", "list_id", "version"),
    (
        KEPT_DOCUMENT,
        LIST_ID,
        _VERSION,
        CASE,
        replace(
            text("replaced_by", "取代它的文书号", "document that took its place", required=False), grade=LIST_ID.grade
        ),
        _SUPERSEDED_BY,
        day("corrected_on", "更正日期", "corrected on"),
        state("kind", "性质", "kind", CORRECTION_KIND),
        text("run_id", "已支付它的结算批次", "run that had paid it", required=False),
        signed_fen("difference_fen", "总额之差（新减旧）", "difference of the totals, new less old"),
        replace(
            text(
                "changes",
                "改动的项（JSON：表、序号、列、旧值、新值）",
                "what changed, JSON: table, row, column, old, new",
            ),
            grade=Grade.PERSON,
        ),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

SUPERSEDED_ROWS = Table(
    "superseded_rows",
    Text("被取代的行", "Superseded rows"),
    Text("自有表中一行被取代的一个版本", "a version of a row of our own tables that another took the place of"),
    ("table_name", "row_key", "version"),
    (
        text("table_name", "表", "table"),
        record_number("row_key", "行主键", "key of the row"),
        _VERSION,
        record_number("case_id", "结算清单号", "settlement list", required=False),
        state("reason", "原因", "reason", ROW_LEFT),
        _SUPERSEDED_BY,
        replace(text("row", "当时的一行（JSON）", "the row then, JSON"), grade=Grade.PERSON),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

CORRECTION_TABLES = (SUPERSEDED_DOCUMENTS, CORRECTIONS, SUPERSEDED_ROWS)
"""Every table that corrections are kept in."""
