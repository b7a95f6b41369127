"""The 1,000 real discharges go through whole by a mapping of their own columns."""

import csv
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tongchou.intake.readers.mapped_table import READER
from tongchou.intake.readers.reader import ReadingTerms

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
LIST = SHARED / "discharges" / "cn_inpatient_1000.csv"

pytestmark = pytest.mark.skipif(not LIST.is_file(), reason="the real discharges are not on this machine")

MAPPING = """\
name: published-discharges
document: front_page
constants: {settlement_lists.institution_id: H00000000001}
columns:
  case_id: settlement_lists.case_number
  gender: settlement_lists.sex
  age: settlement_lists.age_years
  newborn_age_days: settlement_lists.age_days
  newborn_weight_g: settlement_lists.birth_weight_g
  dept_code: settlement_lists.discharge_department
  los_days: settlement_lists.los_days
  discharge_mode: settlement_lists.discharge_way
  total_cost_yuan: {field: settlement_lists.total_fen, unit: yuan}
  dx_codes: {field: list_diagnoses.code, split: "|"}
  op_codes: {field: list_operations.code, split: "|"}
  insurance: {field: settlement_lists.insurance_type, values: {居民: resident, 职工: employee}}
"""


def test_all_discharges_their_codes_and_their_money_are_read(tmp_path: Path) -> None:
    mapping = tmp_path / "discharges.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    batches = list(READER.read(LIST, LIST.name, ReadingTerms(mapping=mapping, batch_documents=300)))
    with LIST.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert sum(batch.documents.height for batch in batches) == len(rows) == 1_000
    assert not any(batch.broken or batch.ignored for batch in batches)

    pages = pl.concat([batch.frames["settlement_lists"] for batch in batches])
    assert pages["case_number"].to_list() == [row["case_id"] for row in rows]
    assert sum(Decimal(yuan) for yuan in pages["total_fen"]) == Decimal("13840330.04")
    assert pages["insurance_type"].value_counts(sort=True).rows() == [("2", 659), ("1", 341)]

    diagnoses = pl.concat([batch.frames["list_diagnoses"] for batch in batches])
    operations = pl.concat([batch.frames["list_operations"] for batch in batches])
    assert (diagnoses.height, operations.height) == (4_007, 1_032)
    assert diagnoses["code"].to_list() == [code for row in rows for code in row["dx_codes"].split("|")]
    assert operations["code"].to_list() == [code for row in rows for code in row["op_codes"].split("|") if code]
    assert diagnoses.filter(pl.col("is_principal") == "1").height == 1_000
    assert operations.filter(pl.col("operation_rank") == "1").height == 600
