"""A region's folder, a period and a run's record are read, or refused with a sentence that says what is wrong."""

from pathlib import Path

import pytest

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.runs.record import RECORD_FILE, read_record
from tongchou.runs.region import REGION_FILE, Period, open_region

GOOD = "id: yunshan\nname: {zh: 云山, en: Yunshan}\npack: yunshan\n"


def _refusal(folder: Path, content: bytes) -> TongchouError:
    (folder / REGION_FILE).write_bytes(content)
    with pytest.raises(TongchouError) as caught:
        open_region(folder)
    assert caught.value.code == "runs.no_region"
    return caught.value


def test_a_region_is_opened_by_its_file(tmp_path: Path) -> None:
    (tmp_path / REGION_FILE).write_text(GOOD, encoding="utf-8")
    region = open_region(tmp_path)
    assert (region.region_id, region.name, region.pack) == ("yunshan", Text("云山", "Yunshan"), "yunshan")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id: [", "not valid YAML"),
        ("id: x\nopened: 2025-13-45\n", "not valid YAML"),
        ("id: x\nname: 云\npack: x\n", "name is '云'"),
        ("id: x\nname: {zh: 云}\npack: x\n", "{zh: Chinese name, en: English name}"),
        ("id:\nname: {zh: 云, en: Y}\npack: x\n", "is missing"),
        ("just words", "is missing"),
    ],
)
def test_a_faulty_region_file_is_refused_with_what_is_wrong(tmp_path: Path, content: str, said: str) -> None:
    assert said in _refusal(tmp_path, content.encode()).why.en


def test_a_region_file_in_gbk_is_refused_as_not_utf_8(tmp_path: Path) -> None:
    assert _refusal(tmp_path, GOOD.encode("gbk")).why.en == "region.yaml is not in UTF-8"


@pytest.mark.parametrize("text", ["²⁰²⁵", "２０２５", "٢٠٢٥", "25", "1999", "2025-01", ""])
def test_a_period_is_four_plain_digits(text: str) -> None:
    with pytest.raises(TongchouError) as caught:
        Period.parse(text)
    assert caught.value.code == "runs.period"
    assert Period.parse("2025") == Period(2025)


@pytest.mark.parametrize("content", [b'{"run_id": "x", "sta', b"[]", b"{}", b"null", b'{"inputs": 1}', b"\xff\xfe"])
def test_a_record_cut_off_or_foreign_is_refused_naming_the_folder_to_remove(tmp_path: Path, content: bytes) -> None:
    (tmp_path / RECORD_FILE).write_bytes(content)
    with pytest.raises(TongchouError) as caught:
        read_record(tmp_path)
    assert caught.value.code == "runs.bad_record"
    assert str(tmp_path) in caught.value.remedy.en
    assert "run tongchou settle again" in caught.value.remedy.en
