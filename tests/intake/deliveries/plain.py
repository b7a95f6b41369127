"""A plain format for tests, lists in it, and pseudonyms that need no key."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import (
    DOCUMENT,
    SEQUENCE,
    BrokenDocument,
    DocumentBatch,
    documents_frame,
)
from tongchou.intake.readers.reader import ReadingTerms
from tongchou.schema.list_fields import list_fields

Document = dict[str, Any]
INSTITUTION = "H11010100001"
CATEGORIES = ("01", "03", "04", "05", "09")


@dataclass(frozen=True)
class PlainReader:
    """Reads `.ndjson`: a line per document, `{"kind", "transaction", "tables": {table: [{column: text}]}}`."""

    name: str = "plain"
    title: Text = field(default_factory=lambda: Text("测试格式", "a format for tests"))
    suffixes: tuple[str, ...] = (".ndjson",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head.lstrip()[:1] == b"{"

    def read(self, path: Path, name: str, terms: ReadingTerms) -> Iterator[DocumentBatch]:
        documents: list[tuple[int, Document]] = []
        broken: list[BrokenDocument] = []
        number = 0
        with path.open("rb") as file:
            for line in file:
                number += 1
                try:
                    document = orjson.loads(line)
                    key = (document["kind"], document["transaction"])
                except (ValueError, KeyError, TypeError):
                    broken.append(
                        BrokenDocument(number, f"line {number}", Text("不是一份文书", "no document"), len(line))
                    )
                    continue
                last = documents[-1][1] if documents else document
                if (last["kind"], last["transaction"]) != key or len(documents) >= terms.batch_documents:
                    yield _batch(documents, broken)
                    documents, broken = [], []
                documents.append((number, document))
        if documents or broken:
            yield _batch(documents, broken)


def _batch(documents: Sequence[tuple[int, Document]], broken: Sequence[BrokenDocument]) -> DocumentBatch:
    rows: dict[str, list[dict[str, Any]]] = {}
    for number, document in documents:
        for table, listed in document["tables"].items():
            for sequence, row in enumerate(listed, 1):
                rows.setdefault(table, []).append({DOCUMENT: number, SEQUENCE: sequence, **row})
    frames = {}
    for table, listed in rows.items():
        names = {name for row in listed for name in row} - {DOCUMENT, SEQUENCE}
        schema = {DOCUMENT: pl.Int64, SEQUENCE: pl.Int64, **dict.fromkeys(sorted(names), pl.String)}
        frames[table] = pl.DataFrame(listed, schema=schema)
    head = documents[0][1] if documents else {"kind": "settlement_list", "transaction": "4101"}
    numbers = [number for number, _ in documents]
    places = documents_frame(numbers, [f"line {number}" for number in numbers])
    return DocumentBatch(head["kind"], head["transaction"], places, frames, tuple(broken))


@dataclass(frozen=True)
class HashPseudonymiser:
    """Pseudonyms that need no key: a hash."""

    salt: str = "test"

    def replace(self, frame: pl.DataFrame, table: str) -> pl.DataFrame:
        if "identity_number" in frame.columns:
            frame = frame.with_columns(pl.coalesce("person_number", "identity_number").alias("person_number"))
        for each in list_fields(table):
            if each.grade != "identity":
                continue
            if each.pseudonym:
                values = frame.get_column(each.column).to_list()
                made = [value and self.pseudonym(value) for value in values]
                frame = frame.with_columns(pl.Series(each.pseudonym, made, dtype=pl.String))
            frame = frame.drop(each.column)
        return frame

    def pseudonym(self, value: str) -> str:
        return "p" + hashlib.blake2b(f"{self.salt}{value}".encode(), digest_size=12).hexdigest()


def settlement_list(number: int, *, seed: int = 1, **changes: Any) -> Document:
    """Return a sound 4101 list; the same number, the same list. Changes are of its head row."""
    random_ = random.Random(f"{seed}-{number}")
    admitted = datetime.fromisoformat("2025-01-01T08:00") + timedelta(hours=random_.randrange(24 * 300))
    days = random_.randrange(1, 20)
    discharged = admitted + timedelta(days=days)
    amounts = [random_.randrange(1_00, 9_000_00) for _ in CATEGORIES]
    total = sum(amounts)
    own = amounts[0] // 10
    fund = total // 2
    head = {
        "person_number": f"32{number:010d}",
        "visit_number": f"V{number}",
        "settlement_number": f"S{number}",
        "institution_name": "甲县人民医院",
        "institution_id": INSTITUTION,
        "case_number": f"B{number:07d}",
        "person_name": "张三丰",
        "sex": "1" if number % 2 else "2",
        "born_on": f"{1940 + number % 60}-03-0{1 + number % 9}",
        "nationality": "CHN",
        "ethnic_group": "01",
        "identity_type": "01",
        "identity_number": f"32010119400301{number % 10000:04d}",
        "occupation": "27",
        "contact_name": "李四",
        "contact_relation": "1",
        "contact_address": "甲县乙镇",
        "contact_phone": "13800138000",
        "insurance_type": "390" if number % 3 else "310",
        "insured_area_id": "320381",
        "care_kind": "1",
        "admission_route": "2",
        "admitted_at": f"{admitted:%Y-%m-%d %H:%M:%S}",
        "admission_department": "A03",
        "discharged_at": f"{discharged:%Y/%m/%d %H:%M}",
        "discharge_department": "A03",
        "los_days": str(days),
        "discharge_way": "1",
        "ventilator_minutes": "1/13/24",
        "receipt_code": "R1",
        "receipt_number": f"{number}",
        "business_number": f"Y{number}",
        "settled_from": f"{admitted:%Y%m%d}",
        "settled_until": f"{discharged:%Y%m%d}",
        "person_self_pay_fen": yuan(total - fund - own),
        "person_own_pay_fen": yuan(own),
        "account_pay_fen": "0.00",
        "cash_pay_fen": yuan(total - fund),
        "payment_method": "4",
        "agency_name": "甲县医保中心",
        "agency_operator": "王五",
        "filling_department": "医保办",
        "filled_by": "赵六",
        **changes,
    }
    return {
        "kind": "settlement_list",
        "transaction": "4101",
        "tables": {
            "settlement_lists": [{name: value for name, value in head.items() if value is not None}],
            "list_diagnoses": [
                diagnosis("I10.x00", "0"),
                diagnosis(random_.choice(("I63.900", "J18.900", "K80.200")), "1"),
                diagnosis("E11.900", "0"),
            ],
            "list_operations": [
                {
                    "operation_rank": "1",
                    "name": "手术",
                    "code": "47.0100",
                    "operated_on": f"{admitted:%Y-%m-%d}",
                    "surgeon_name": "钱七",
                    "surgeon_code": "D320000001",
                }
            ],
            "list_fees": [
                {
                    "category": category,
                    "amount_fen": yuan(amount),
                    "class_a_fen": yuan(amount - (own if not place else 0)),
                    "class_b_fen": "0",
                    "own_pay_fen": yuan(own if not place else 0),
                    "other_fen": "0",
                }
                for place, (category, amount) in enumerate(zip(CATEGORIES, amounts, strict=True))
            ],
            "list_payments": [{"fund": "390100", "amount_fen": yuan(fund)}],
        },
    }


def diagnosis(code: str, is_principal: str) -> dict[str, str]:
    return {
        "diagnosis_type": "1",
        "code": code,
        "name": "某病",
        "admission_condition": "1",
        "is_principal": is_principal,
    }


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def platform_list(number: int, **changes: Any) -> Document:
    """Return the same list as 4101A: without what the platform holds already."""
    document = settlement_list(number, **changes)
    document["transaction"] = "4101A"
    (head,) = document["tables"]["settlement_lists"]
    for name in (
        *("sex", "born_on", "insurance_type", "insured_area_id", "person_name", "identity_type", "identity_number"),
        *("person_self_pay_fen", "person_own_pay_fen", "account_pay_fen", "cash_pay_fen", "los_days"),
    ):
        head.pop(name, None)
    for name in ("list_fees", "list_payments"):
        del document["tables"][name]
    return document


def fee_lines(number: int) -> Document:
    """Return the fee lines of a list's visit with their replies; the bed is charged twice and refunded once."""
    listed = settlement_list(number)["tables"]
    (head,) = listed["settlement_lists"]
    lines = []
    for place, fee in enumerate(listed["list_fees"]):
        lines.append(line(number, f"{place}", head, fee["category"], fee["amount_fen"], fee["own_pay_fen"]))
    bed = listed["list_fees"][0]
    lines.append(line(number, "again", head, bed["category"], bed["amount_fen"], "0"))
    refund = line(number, "refund", head, bed["category"], f"-{bed['amount_fen']}", "0")
    refund |= {"original_line_number": f"{number}-again", "quantity_e4": "-1"}
    return {"kind": "fee_lines", "transaction": "2301", "tables": {"list_fee_lines": [*lines, refund]}}


def line(number: int, name: str, head: Document, category: str, amount: str, own: str) -> dict[str, str]:
    return {
        "line_number": f"{number}-{name}",
        "visit_number": head["visit_number"],
        "person_number": head["person_number"],
        "care_type": "21",
        "charged_at": head["admitted_at"],
        "catalogue_code": "X1",
        "local_code": "L1",
        "amount_fen": amount,
        "quantity_e4": "1",
        "unit_price_e6": amount.removeprefix("-"),
        "category": category,
        "own_pay_fen": own,
        "over_limit_fen": "0",
        "first_self_pay_fen": "0",
        "in_scope_fen": amount,
    }


def settlement_reply(number: int) -> Document:
    listed = settlement_list(number)["tables"]
    (head,) = listed["settlement_lists"]
    fees = [fen(row["amount_fen"]) for row in listed["list_fees"]]
    own = fen(head["person_own_pay_fen"])
    first, over = own // 4, own // 8
    fund = sum(fees) // 2
    reply = {
        "settlement_number": head["settlement_number"],
        "visit_number": head["visit_number"],
        "person_number": head["person_number"],
        "insurance_type": head["insurance_type"],
        "total_fen": yuan(sum(fees)),
        "own_pay_fen": yuan(own - first - over),
        "over_limit_fen": yuan(over),
        "first_self_pay_fen": yuan(first),
        "in_scope_fen": yuan(sum(fees) - own),
        "fund_total_fen": yuan(fund),
        "pooled_fund_fen": yuan(fund),
        "person_part_fen": yuan(sum(fees) - fund),
        "account_pay_fen": "0.00",
        "cash_pay_fen": yuan(sum(fees) - fund),
    }
    return {"kind": "settlement_reply", "transaction": "2304", "tables": {"settlement_replies": [reply]}}


def fen(text: str) -> int:
    return int(text.replace(".", ""))


def write(path: Path, documents: Sequence[Document | str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [each.encode() if isinstance(each, str) else orjson.dumps(each) for each in documents]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def filing(**changes: Any) -> Document:
    """Return a referral filing of the person of list 1; changes are of its row."""
    row = {
        "person_number": "320000000001",
        "institution_id": INSTITUTION,
        "diagnosis_code": "I10.x00",
        "diagnosis_name": "高血压",
        "to_institution_id": "H11010100002",
        "to_institution_name": "乙市人民医院",
        "care_area_id": "320300",
        "referral_type": "1",
        "referred_on": "2025-03-04",
        "reason": "病情需要",
        "opinion": "同意",
        **changes,
    }
    return {"kind": "referral", "transaction": "2501", "tables": {"referral_filings": [row]}}
