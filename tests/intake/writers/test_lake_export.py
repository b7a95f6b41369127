"""The lists of a region's lake are written whole, and only those that are there."""

from pathlib import Path
from typing import Any

import pytest

from tongchou.core.errors import TongchouError
from tongchou.intake.readers.interface_json import READER
from tongchou.intake.readers.reader import ReadingTerms
from tongchou.intake.writers import lake_export
from tongchou.intake.writers.lake_export import export_lists


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
