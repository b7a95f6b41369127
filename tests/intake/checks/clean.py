"""Clean documents, and small changes to them: what the tests of the checks look at."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date, datetime
from typing import Any

import polars as pl

from tongchou.intake.checks.reference import Reference
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, documents_frame
from tongchou.intake.documents.typed_batch import FOUND, TypedBatch, typed_schema

Rows = dict[str, list[dict[str, Any]]]
"""Rows of one document by table; a row's `_seq` is its place."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity_number(born: date, sex: str, area: str = "320105") -> str:
    """Return an identity number that is right."""
    first = f"{area}{born:%Y%m%d}00{1 if sex == 'male' else 2}"
    return first + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(first, _WEIGHTS, strict=True)) % 11]


_PERSON = {
    "institution_id": "H32010500001",
    "person_name": "张三丰",
    "sex": "male",
    "born_on": "1968-03-15",
    "age_years": 56,
    "nationality": "CHN",
    "identity_type": "resident_card",
    "identity_number": identity_number(date(1968, 3, 15), "male"),
    "occupation": "farmer",
    "contact_phone": "13812345678",
    "visit_number": "V1",
}
_STAY = {
    "admitted_at": "2025-03-01 08:00:00",
    "discharged_at": "2025-03-06 10:00:00",
    "los_days": 5,
    "discharge_way": "home",
    "readmission_plan": "none",
}
_MONEY = {
    "person_self_pay_fen": 40_000,
    "person_own_pay_fen": 10_000,
    "account_pay_fen": 30_000,
    "cash_pay_fen": 20_000,
    "total_fen": 300_000,
}
_DIAGNOSES = [
    {
        "diagnosis_type": "western",
        "code": "K35.800",
        "name": "急性阑尾炎",
        "admission_condition": "present",
        "is_principal": True,
    },
    {
        "diagnosis_type": "western",
        "code": "I10.x00x002",
        "name": "高血压",
        "admission_condition": "present",
        "is_principal": False,
    },
]
_OPERATIONS = [
    {
        "operation_rank": "main",
        "code": "47.0100",
        "name": "腹腔镜阑尾切除术",
        "operated_on": "2025-03-02",
        "anaesthesia": "general",
        "surgeon_name": "李四",
        "surgeon_code": "D1",
        "anaesthetist_name": "王五",
        "anaesthetist_code": "D2",
        "began_at": "2025-03-02 09:00:00",
        "ended_at": "2025-03-02 10:00:00",
        "anaesthesia_began_at": "2025-03-02 08:30:00",
        "anaesthesia_ended_at": "2025-03-02 10:30:00",
    }
]
_FEES = [
    ("bed", 50_000, 50_000, 0, 0, 0),
    ("surgery", 150_000, 100_000, 50_000, 0, 0),
    ("western_medicine", 100_000, 60_000, 30_000, 10_000, 0),
]
_FEE_NAMES = ("category", "amount_fen", "class_a_fen", "class_b_fen", "own_pay_fen", "other_fen")
_LINE_NAMES = ("line_number", "category", "catalogue_code", "amount_fen", "quantity_e4", "unit_price_e6")
_LINES = [
    ("1", "bed", "bed1", 50_000, 50_000, 100_000_000),
    ("2", "surgery", "op1", 150_000, 10_000, 1_500_000_000),
    ("3", "western_medicine", "drug1", 100_000, 100_000, 100_000_000),
]
_LINE_ROWS = [dict(zip(_LINE_NAMES, row, strict=True)) for row in _LINES]
_PAGE_FEES = [("surgical_treatment", 200_000), ("anaesthesia", 50_000), ("western_medicine", 100_000)]
_REPLY = {
    "total_fen": 300_000,
    "own_pay_fen": 10_000,
    "over_limit_fen": 0,
    "first_self_pay_fen": 10_000,
    "in_scope_fen": 280_000,
    "fund_total_fen": 250_000,
    "person_part_fen": 50_000,
    "account_pay_fen": 30_000,
    "cash_pay_fen": 20_000,
}
_LIST: Rows = {
    "settlement_lists": [
        _PERSON
        | _STAY
        | _MONEY
        | {
            "settlement_number": "S1",
            "care_kind": "inpatient",
            "declared_at": "2025-03-10 09:00:00",
            "settled_from": "2025-03-01",
            "settled_until": "2025-03-06",
            "diagnosis_count": 2,
            "operation_count": 1,
            "special_nursing_days": 0,
            "nursing_1_days": 2,
            "nursing_2_days": 3,
            "nursing_3_days": 0,
        }
    ],
    "list_diagnoses": _DIAGNOSES,
    "list_operations": _OPERATIONS,
    "list_fees": [dict(zip(_FEE_NAMES, row, strict=True)) for row in _FEES],
    "list_payments": [{"fund": "employee_pooled", "amount_fen": 250_000}],
}

BASES: Mapping[str, tuple[str, str, Rows]] = {
    "list": ("settlement_list", "4101", _LIST),
    "day_surgery": (
        "settlement_list",
        "4101",
        _LIST
        | {
            "settlement_lists": [
                _LIST["settlement_lists"][0]
                | {
                    "care_kind": "day_surgery",
                    "discharged_at": "2025-03-02 16:00:00",
                    "settled_until": "2025-03-02",
                    "los_days": 1,
                    "nursing_1_days": 1,
                    "nursing_2_days": 0,
                }
            ]
        },
    ),
    "newborn": (
        "settlement_list",
        "4101",
        {
            "settlement_lists": [
                _PERSON
                | _STAY
                | {
                    "born_on": "2025-02-28",
                    "identity_type": "other",
                    "identity_number": "C1",
                    "occupation": "other",
                    "age_years": 0,
                    "age_days": 1,
                    "birth_weight_g": 3200,
                    "admission_weight_g": 3150,
                    "newborn_admission_type": "ill",
                }
            ],
            "list_diagnoses": [
                _DIAGNOSES[0] | {"code": "P59.900", "name": "新生儿黄疸"},
            ],
        },
    ),
    "chronic": (
        "settlement_list",
        "4101",
        {
            "settlement_lists": [
                _PERSON | {"settlement_number": "S1", "chronic_visited_on": "2025-03-01", "settled_until": "2025-03-01"}
            ],
            "list_chronic_treatments": [{"diagnosis_name": "糖尿病", "diagnosis_code": "E11.900"}],
        },
    ),
    "4101A": (
        "settlement_list",
        "4101A",
        {
            "settlement_lists": [_STAY | {"visit_number": "V1", "settlement_number": "S1"}],
            "list_diagnoses": _DIAGNOSES,
        },
    ),
    "front_page": (
        "front_page",
        "hqms",
        {
            "settlement_lists": [
                _PERSON
                | _STAY
                | {
                    "total_fen": 300_000,
                    "person_own_pay_fen": 50_000,
                    "quality_checked_on": "2025-03-07",
                    "confirmed_on": "2025-03-02",
                    "allergy": "none",
                    "autopsy": "false",
                    "blood_type": "a",
                    "admission_count": 1,
                }
            ],
            "list_diagnoses": _DIAGNOSES,
            "list_operations": [
                {k: v for k, v in _OPERATIONS[0].items() if not k.endswith(("_at", "_code"))} | {"healing": "Ⅱ/甲"}
            ],
            "front_page_fees": [{"fee_class": name, "amount_fen": fen} for name, fen in _PAGE_FEES],
        },
    ),
    "claim": (
        "claim",
        "fhir",
        {"settlement_lists": [_PERSON | _STAY], "list_diagnoses": _DIAGNOSES, "list_operations": _OPERATIONS},
    ),
    "message": (
        "message",
        "hl7",
        {"settlement_lists": [{"sex": "male", "born_on": "1968-03-15", "admitted_at": "2025-03-01 08:00:00"}]},
    ),
    "lines": ("settlement_list", "4101", _LIST | {"list_fee_lines": _LINE_ROWS}),
    "fee_lines": ("fee_lines", "2301", {"list_fee_lines": _LINE_ROWS}),
    "reply": ("settlement_reply", "2304", {"settlement_replies": [_REPLY]}),
    "referral": (
        "referral",
        "2501",
        {"referral_filings": [{"referred_on": "2025-03-01", "begins_on": "2025-03-01", "ends_on": "2025-08-31"}]},
    ),
}
"""Clean documents by name: their kind, transaction and rows."""

CODES = {"K35.800": "急性阑尾炎", "I10.x00x002": "高血压", "P59.900": "新生儿黄疸"}
OPERATIONS = {"47.0100": "腹腔镜阑尾切除术"}
ITEMS = {
    "bed1": "普通病房床位费",
    "op1": "腹腔镜阑尾切除",
    "drug1": "头孢",
    "lysis1": "静脉溶栓治疗",
    "blood1": "悬浮红细胞",
}


def reference(*without: str) -> Reference:
    """Return reference data that clean documents agree with, less some of its tables."""
    given: dict[str, Any] = {
        "received_at": datetime.fromisoformat("2025-04-01 12:00:00"),
        "institutions": pl.DataFrame(
            {"institution_id": ["H32010500001"], "valid_from": [date(2020, 1, 1)], "valid_until": [date(2025, 3, 6)]}
        ),
        "diagnosis_codes": pl.DataFrame({"code": list(CODES), "name": list(CODES.values())}),
        "operation_codes": pl.DataFrame({"code": list(OPERATIONS), "name": list(OPERATIONS.values())}),
        "items": pl.DataFrame({"code": list(ITEMS), "name": list(ITEMS.values())}),
        "outcomes": pl.DataFrame({"visit_number": ["V1"], "is_death": [False]}),
        "taken_lists": pl.DataFrame(
            {
                "institution_id": ["H32010500001"] * 2,
                "settlement_number": ["S-final", "S-open"],
                "is_final": [True, False],
            }
        ),
    }
    return Reference(**{name: frame for name, frame in given.items() if name not in without})


def changed(base: str, changes: Mapping[str, Any]) -> Rows:
    """Return the rows of a clean document with changes.

    Args:
        base: Name of the document.
        changes: By table: None to leave it out, values of its one row, or by place of a row its values, those of a
            new row, or None to take the row out.
    """
    rows = deepcopy(BASES[base][2])
    for table, change in changes.items():
        kept = dict(enumerate(rows.get(table, []), 1))
        if change is None:
            kept = {}
        elif table in ("settlement_lists", "settlement_replies", "referral_filings"):
            kept[1] |= change
        else:
            for place, values in change.items():
                if values is None:
                    kept.pop(place)
                else:
                    kept[place] = kept.get(place, {}) | values
        rows[table] = [row | {SEQUENCE: place} for place, row in kept.items()]
    return rows


def batch(kind: str, transaction: str, documents: Sequence[Rows], numbers: Sequence[int] | None = None) -> TypedBatch:
    """Return documents as a batch; texts are read as dates and times where the column is one."""
    numbers = list(numbers or range(1, len(documents) + 1))
    frames = {}
    for table in sorted({name for rows in documents for name in rows}):
        schema = typed_schema(table)
        rows = [
            {DOCUMENT: number, SEQUENCE: place} | _typed(row, schema)
            for number, tables in zip(numbers, documents, strict=True)
            for place, row in enumerate(tables.get(table, []), 1)
        ]
        frames[table] = pl.DataFrame(rows, schema=schema)
    places = documents_frame(numbers, [f"[{number}]" for number in numbers])
    return TypedBatch(kind, transaction, places, frames, pl.DataFrame(schema=dict(FOUND)))  # type: ignore[arg-type]


def one(base: str, changes: Mapping[str, Any] | None = None) -> TypedBatch:
    """Return a batch of one clean document with changes."""
    kind, transaction, _ = BASES[base]
    return batch(kind, transaction, [changed(base, changes or {})])


def _typed(row: Mapping[str, Any], schema: Mapping[str, pl.DataType]) -> dict[str, Any]:
    unknown = set(row) - set(schema)
    assert not unknown, unknown
    return {name: _value(value, schema[name]) for name, value in row.items()}


def _value(value: Any, kind: pl.DataType) -> Any:
    if isinstance(value, str) and kind == pl.Date():
        return date.fromisoformat(value)
    if isinstance(value, str) and kind == pl.Datetime("ms"):
        return datetime.fromisoformat(value)
    return value
