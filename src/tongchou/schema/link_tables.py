"""The tables that hold what came in several deliveries together: what lists were completed from, and which wait."""

from dataclasses import replace

from tongchou.core.text import Text
from tongchou.schema.columns import flag, record_number, text
from tongchou.schema.contract import Grade, Table
from tongchou.schema.list_tables import BATCH, KEPT_DOCUMENT, LIST_ID, SENDER

COMPLETED_COLUMNS = text(
    "completed_columns", "由其他来源补全的列（| 分隔）", "columns filled from elsewhere, joined by |", required=False
)
_GIVEN_PERSON = record_number("given_person_id", "清单所写参保人（假名）", "person that the list names", required=False)
_CERTAIN = flag("is_person_certain", "写明平台人员编号", "names the platform's number of the person")
PARTS = text("parts", "所用回执、明细与档案的摘要", "hash of the reply, lines and person used", required=False)

COMPLETIONS = Table(
    "completions",
    Text("清单的补全", "Completions of lists"),
    Text("一份能形成病例的文书，以及它由什么补全", "a document of which a case can be made, and what completed it"),
    ("document", "list_id"),
    (KEPT_DOCUMENT, LIST_ID, COMPLETED_COLUMNS, _GIVEN_PERSON, _CERTAIN, PARTS),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

WAITING_DOCUMENTS = Table(
    "waiting_documents",
    Text("等待补全的清单", "Lists that wait"),
    Text("一份等待回执、明细或参保登记的清单", "a list that waits for its reply, lines or person"),
    ("document", "list_id"),
    (
        KEPT_DOCUMENT,
        LIST_ID,
        text("transaction", "交易或格式", "transaction or format"),
        SENDER,
        text("content", "内容摘要（假名化之后）", "hash of the content, after pseudonyms"),
        BATCH,
        _CERTAIN,
        PARTS,
        replace(
            text("rows", "各表各行（JSON，已去除身份）", "its rows of every table, JSON, without identity"),
            grade=Grade.PERSON,
        ),
    ),
    is_input=False,
    grade=Grade.ADMINISTRATIVE,
)

LINK_TABLES = (COMPLETIONS, WAITING_DOCUMENTS)
"""Every table that links the parts of lists."""
