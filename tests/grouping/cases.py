"""Cases for the matcher, written in a line."""

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
    return pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA)
