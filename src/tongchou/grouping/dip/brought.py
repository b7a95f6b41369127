"""Cases as a caller brings them, one mapping each, as DIP reads them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tongchou.core.text import Text
from tongchou.grouping.dip.cases import CODES, COLUMNS, MOST_FEN, WHOLE_AS_FRACTION
from tongchou.grouping.engine.case_fields import DISCHARGE_CODES, listed_codes
from tongchou.grouping.reasons.rule_words import FIELD_NAMES

BROUGHT_FIELDS: dict[str, Text] = {
    **{name: FIELD_NAMES[name] for name in ("age_years", "age_days", "los_days", "discharge_way", "icu_hours")},
    "level": Text("医院级别", "hospital's level"),
    "total_fen": Text("总费用（分）", "cost, fen"),
    "drug_fen": Text("药品费（分）", "drugs, fen"),
    "treatment_fen": Text("治疗与手术费（分）", "treatment and surgery, fen"),
}
"""The fields of a case beside its codes that its group or its points may hang on."""


def brought_cases(cases: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return cases with the columns that `DipGrouper.group` reads, numbered from 0 as their `case_id`.

    What is absent, or is not to be read as what its column holds, is unknown. A way of discharge may be given by its
    code on the settlement list.
    """
    columns = {name: [_read(name, case.get(name)) for case in cases] for name in BROUGHT_FIELDS}
    codes = {
        name: [[str(code) for code in listed_codes(case.get(name))] for case in cases]
        for name in ("diagnoses", "procedures")
    }
    numbers = [str(number) for number in range(len(cases))]
    schema = {"case_id": pl.String, **dict.fromkeys(codes, CODES), **{name: COLUMNS[name] for name in columns}}
    return pl.DataFrame({"case_id": numbers, **codes, **columns}, schema=schema)


def _read(name: str, value: object) -> object:
    if value is None:
        return None
    if COLUMNS[name] == pl.String:
        word = str(value).strip()
        return (DISCHARGE_CODES.get(word, word) if name == "discharge_way" else word) or None
    if isinstance(value, bool):
        return None
    try:
        number = int(re.sub(WHOLE_AS_FRACTION, "", str(value).strip()))
    except ValueError:
        return None
    return number if 0 <= number <= MOST_FEN else None
