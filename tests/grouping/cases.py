"""Cases for grouping, written in a line."""

from typing import Any

import pyarrow as pa

SCHEMA = pa.schema(
    [
        ("case_id", pa.string()),
        ("sex", pa.string()),
        ("age_years", pa.int64()),
        ("age_days", pa.int64()),
        ("birth_weight_g", pa.int64()),
        ("diagnoses", pa.list_(pa.string())),
        ("procedures", pa.list_(pa.string())),
    ]
)
FURTHER = {
    "department": pa.string(),
    "los_days": pa.int64(),
    "discharge_way": pa.string(),
    "admission_weight_g": pa.int64(),
    "icu_hours": pa.int64(),
    "crrt_hours": pa.int64(),
    "ventilator_hours": pa.int64(),
    "day_surgery": pa.bool_(),
    "multi_site": pa.bool_(),
    "new_technique": pa.bool_(),
}
"""The columns that a batch has only where a case gives them."""


def case(diagnoses: str, procedures: str = "", **changes: Any) -> dict[str, Any]:
    """Return a case of an adult man with blank-separated codes."""
    row = {
        "case_id": "c",
        "sex": "male",
        "age_years": 40,
        "age_days": None,
        "birth_weight_g": None,
        "diagnoses": diagnoses.split(),
        "procedures": procedures.split(),
    }
    return row | changes


def batch(*rows: dict[str, Any]) -> pa.RecordBatch:
    """Return cases as a batch."""
    given = {name for row in rows for name in row}
    further = [pa.field(name, kind) for name, kind in FURTHER.items() if name in given]
    return pa.RecordBatch.from_pylist(list(rows), schema=pa.schema([*SCHEMA, *further]))
