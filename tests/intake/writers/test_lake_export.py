"""The lists of a region's lake are written whole, and only those that are there."""

import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tongchou.core.errors import TongchouError
from tongchou.intake.readers.interface_json import READER
from tongchou.intake.readers.reader import ReadingTerms
from tongchou.intake.writers import lake_export
from tongchou.intake.writers.lake_export import export_lists
from tongchou.intake.writers.quality_feedback import LISTS, found_in_intake, write_feedback
from tongchou.schema.results import FINDING_FIELDS


def test_what_was_taken_in_is_written(
    counter: Any, sound: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_export, "_CHUNK", 1)
    counter.take(sound)
    file = tmp_path / "lists.ndjson"
    assert export_lists(counter.lake, "4101", file) == 2
    (batch,) = READER.read(file, "lists", ReadingTerms())
    heads = batch.frames["settlement_lists"]
    assert heads["settlement_number"].to_list() == ["C1", "C2"]
    assert heads["born_on"].to_list() == ["1950-03-01", "1980-07-09"]
    assert heads["diagnosis_count"].to_list() == ["2", "1"]
    assert batch.frames["list_fees"].select("_document", "category", "amount_fen").rows() == [
        (1, "01", "100.00"),
        (1, "09", "200.00"),
        (2, "02", "50.00"),
    ]
    assert export_lists(counter.lake, "4101A", file, ["C2"]) == 1
    assert [each.name for each in tmp_path.glob("*lists*")] == ["lists.ndjson"]


def test_a_list_that_is_not_there_is_refused(counter: Any, sound: Any, tmp_path: Path) -> None:
    with pytest.raises(TongchouError) as caught:
        export_lists(counter.lake, "4101A", tmp_path / "a")
    assert caught.value.code == "intake.export_no_cases"
    counter.take(sound)
    with pytest.raises(TongchouError, match="C9"):
        export_lists(counter.lake, "4101A", tmp_path / "a", ["C1", "C9"])
    assert not (tmp_path / "a").exists()


def test_what_the_intake_found_can_be_sent_back(counter: Any, sound: Any) -> None:
    sound["cases"][0]["sex"] = "wrong"
    sound["cases"][1]["department"] = " 外科 "
    counter.take(sound)
    fields = pl.DataFrame(counter.held(FINDING_FIELDS))
    assert {row["column_name"] for row in fields.to_dicts()} == {"sex", "department", "case_id"}
    findings = pl.DataFrame(counter.findings()).join(fields, on="finding_id", how="left")
    lists = pl.DataFrame([(each, "H1", "甲院", None, each, "P") for each in ("C1", "C2")], schema=LISTS, orient="row")
    file = io.BytesIO()
    write_feedback(lists, found_in_intake(findings), "intake", file)
    first, second = (json.loads(line) for line in file.getvalue().splitlines())
    assert (first["qltctrl_rslt"], second["qltctrl_rslt"], second["err_lv"]) == ("0", "1", "W")
    assert first["detailinfo"][0]["exam_data_fld"] == "cases.sex"
    assert all(each["init_val"] is None for each in first["detailinfo"] + second["detailinfo"])
