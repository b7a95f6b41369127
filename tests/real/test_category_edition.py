"""How far the category edition agrees with CHS-DRG 1.1 on the real discharges."""

import csv
from pathlib import Path

import pyarrow as pa
import pytest
from tests.grouping.cases import SCHEMA

from tongchou.grouping.exchange.table_import import import_tables
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.review.agreement import compare_schemes
from tongchou.grouping.schemes.reading import build_scheme

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
LIST = SHARED / "discharges" / "cn_inpatient_1000.csv"

pytestmark = pytest.mark.skipif(not LIST.is_file(), reason="the real discharges are not on this machine")


def _discharges() -> pa.RecordBatch:
    with LIST.open(encoding="utf-8-sig", newline="") as file:
        rows = [
            {
                "case_id": row["case_id"],
                "sex": {"1": "male", "2": "female"}[row["gender"]],
                "age_years": int(row["age"]),
                "age_days": int(row["newborn_age_days"]) if row["newborn_age_days"] else None,
                "birth_weight_g": int(row["newborn_weight_g"]) if row["newborn_weight_g"] else None,
                "diagnoses": row["dx_codes"].split("|"),
                "procedures": [code for code in row["op_codes"].split("|") if code],
            }
            for row in csv.DictReader(file)
        ]
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def test_the_category_edition_gives_the_published_groups_of_most_discharges() -> None:
    published = Grouper(build_scheme(import_tables(SHARED / "chs-drg" / "chs-drg-1.1", SHARED / "codes")))
    agreement = compare_schemes(published, Grouper.find("chs-drg-category"), [_discharges()])
    assert agreement.overall.case_count == 1000
    assert agreement.overall.share_e4("adrg") >= 9_800
    assert agreement.overall.share_e4("drg") >= 9_700
