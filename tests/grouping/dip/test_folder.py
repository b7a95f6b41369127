"""A catalogue as files: the same bytes, read back exactly, and refused where it is wrong; the workbook."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from tests.grouping.dip.making import changed_rules, made_cases

from tongchou.core.errors import Problems, TongchouError
from tongchou.grouping.dip.building import build_catalogue
from tongchou.grouping.dip.catalogue import Catalogue
from tongchou.grouping.dip.catalogue_folder import fingerprint, read_catalogue, write_catalogue
from tongchou.grouping.dip.drift import drift
from tongchou.grouping.dip.rules_reading import national_rules, parse_rules, read_rules
from tongchou.grouping.dip.workbook import write_workbook

RULES = changed_rules(("threshold: 15 ", "threshold: 3 "), ("minimum: 5 ", "minimum: 2 "))
ROWS = [("K35.800", "", 100)] * 3 + [("K35.800", "47.0100", 500)] * 3
ROWS += [("K35.800", "47.0100 54.5100", 900)] * 3 + [("J18.900", "", 300), ("", "", 1)]


@pytest.fixture
def built() -> Catalogue:
    return build_catalogue(made_cases(ROWS, level=["primary"] * 11), RULES)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_catalogue_is_read_back_exactly_and_written_again_to_the_same_bytes(built: Catalogue, tmp_path: Path) -> None:
    write_catalogue(built, tmp_path / "a")
    read = read_catalogue(tmp_path / "a")
    assert all(read.tables[name].equals(built.tables[name]) for name in built.tables)
    assert (read.years, read.case_count, read.mean_fen) == ((2025,), 11, 48_000)
    assert read.ungrouped == {"no_principal_diagnosis": 1}
    assert fingerprint(read) == fingerprint(built)
    write_catalogue(read, tmp_path / "b")
    write_catalogue(read, tmp_path / "b")  # replaced, not added to
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")


def test_the_catalogue_keeps_its_rules_with_their_comments(built: Catalogue, tmp_path: Path) -> None:
    write_catalogue(built, tmp_path / "a")
    assert "# cases that make a core group [spec]" in (tmp_path / "a" / "rules.yaml").read_text(encoding="utf-8")


def test_a_folder_with_other_things_is_left_alone(built: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("x", encoding="utf-8")
    with pytest.raises(TongchouError, match="dip_folder"):
        write_catalogue(built, tmp_path)
    assert _bytes(tmp_path) == {"precious.txt": b"x"}


def _replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")

    return change


def _repeat_last_row(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text + text.splitlines()[-1] + "\n", encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_replace("groups.csv", ",30000,", ",30001,"), "the catalogue was changed"),
        (_replace("groups.csv", ",core,", ",kernel,"), "kind and treatment among"),
        (_replace("groups.csv", "choice_mean_fen", "mean"), "columns are missing: choice_mean_fen"),
        (_replace("groups.csv", ",10000,", ",ten,"), "it cannot be read"),
        (_replace("groups.csv", ",47.01+54.51,", ",47.01+,"), "手术操作表达式无法读懂"),
        (_repeat_last_row("level_means.csv"), "a row stands twice"),
        (_replace("catalogue.yaml", "dip-catalogue/1", "dip-catalogue/9"), "format"),
        (_replace("catalogue.yaml", "years:", "yaers:"), "a list must stand here"),
        (_replace("catalogue.yaml", "[2025]", "[soon]"), "years must stand here"),
        (_replace("groups.csv", ",10000,K35,", ",,K35,"), "means, RW and score are needed"),
        (lambda folder: (folder / "rules.yaml").unlink(), "rules.yaml are missing"),
        (lambda folder: (folder / "rules.yaml").write_bytes(b"\xb9"), "not in UTF-8"),
        (_replace("rules.yaml", "threshold: 3", "threshold: many"), "whole number"),
        (lambda folder: (folder / "gates.csv").unlink(), "gates.csv are missing"),
        (lambda folder: (folder / "catalogue.yaml").unlink(), "there is no catalogue.yaml"),
    ],
)
def test_a_catalogue_that_is_wrong_is_refused_in_a_sentence(
    built: Catalogue, tmp_path: Path, change: Callable[[Path], None], words: str
) -> None:
    write_catalogue(built, tmp_path / "a")
    change(tmp_path / "a")
    with pytest.raises(TongchouError) as refused:
        read_catalogue(tmp_path / "a")
    assert words in str(refused.value)


def test_a_catalogue_mended_by_hand_is_read_without_its_fingerprint(built: Catalogue, tmp_path: Path) -> None:
    write_catalogue(built, tmp_path / "a")
    _replace("groups.csv", ",47.01+54.51,", ",47.01+(54.51/54.59),")(tmp_path / "a")
    _replace("catalogue.yaml", fingerprint(built), "''")(tmp_path / "a")
    assert "47.01+(54.51/54.59)" in read_catalogue(tmp_path / "a").groups.get_column("operations").to_list()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("threshold: 15 ", "treshold: 15 ", "rules.yaml.core.treshold"),
        ("threshold: 15 ", "threshold: 0 ", "whole number from 1"),
        ("raise: 0.10 ", "raise: 0.12345 ", "must be a ratio of 4 decimals"),
        ("method: mean ", "method: median ", "must be one of mean, reference, quota"),
        ("method: mean ", "method: quota ", "the quota must be positive"),
        ("operator: lt,", "operator: gt,", "must be one of lt, le"),
        ("bound: 2}", "bound: 6}", "must be in order"),
        ("ladder: [3, 2, 1, chapter]", "ladder: [4]", "its rungs are some of"),
        ("organ_failure shock sepsis, los_days: 3-}", "organ_loss, los_days: 3-}", "there is no list organ_loss"),
        ("cci: 3-4", "cci: few", "is not a range"),
        ("cci: 3-4", "bmi: 3-4", "there is no such measure"),
        ("codes: 00-86", "codes: 86-00", "must be alike and in order"),
        ("codes: 00-86", "codes: 47.0100", "longer than an operation's key of 5"),
        ('"-1": 2', '"1": 2', "years are written 0, -1, -2"),
        ("points: [3, 2, 1]}   # cost below", "points: [3, 2]}   # cost below", "every grade needs its points"),
        ("name: national", "name: [", "line"),
        ("name: national", "name: national\nname: other", "stands twice"),
        ("name: national", "", "it is missing"),
    ],
)
def test_rules_that_are_wrong_are_refused_in_a_sentence(old: str, new: str, words: str) -> None:
    text = national_rules().text
    assert old in text
    with pytest.raises(TongchouError) as refused:
        parse_rules(text.replace(old, new, 1), "rules.yaml")
    assert refused.value.code == "grouping.dip_rules"
    assert words in str(refused.value)


def test_every_problem_of_the_rules_is_told_at_once() -> None:
    text = national_rules().text.replace("threshold: 15 ", "threshold: x ").replace("raise: 0.10 ", "raise: y ")
    with pytest.raises(Problems) as refused:
        parse_rules(text, "rules.yaml")
    assert len(refused.value.problems) == 2


def test_rules_are_read_from_a_file_or_a_folder_and_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES.text, encoding="utf-8")
    assert read_rules(tmp_path).core == read_rules(tmp_path / "rules.yaml").core == RULES.core
    with pytest.raises(TongchouError, match="dip_rules"):
        read_rules(tmp_path / "none.yaml")
    (tmp_path / "gbk.yaml").write_bytes("名称".encode("gbk"))
    with pytest.raises(TongchouError, match="not in UTF-8"):
        read_rules(tmp_path / "gbk.yaml")


def test_every_category_of_icd_10_is_in_at_most_one_chapter() -> None:
    chapters = national_rules().chapters
    codes = [f"{letter}{number:02d}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for number in range(100)]
    assert all(len(chapters.of(code)) <= 1 for code in codes)
    assert chapters.closest("D48") == "C00-D48"
    assert chapters.closest("D50") == "D50-D89"
    assert chapters.closest("H60") == "H60-H95"


def test_the_workbook_has_chinese_headings_and_the_figures_in_yuan(built: Catalogue, tmp_path: Path) -> None:
    write_workbook(built, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames[:5] == ["说明", "核心病种", "综合病种", "一级目录", "二级目录"]
    heads = [cell.value.split("\n")[0] for cell in book["核心病种"][1]]
    figures = dict(zip(heads, [cell.value for cell in book["核心病种"][2]], strict=True))
    assert figures["病种编码"] == "K35.8:47.01"
    assert (figures["病例数"], figures["病种均费（元）"], figures["治疗方式"]) == (3, 500, "相关手术")
    assert figures["病种分值"] == 1041.7
    write_workbook(built, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_drift_counts_what_came_went_and_moved() -> None:
    old = build_catalogue(made_cases([("K35.800", "", 100)] * 6 + [("J18.900", "", 100)] * 6), RULES)
    new = build_catalogue(
        made_cases([("K35.800", "", 110)] * 3 + [("J18.900", "", 90)] * 4 + [("I10.x00", "", 50)] * 3), RULES
    )
    found = drift(old, new)
    rows = {row["group"]: row for row in found.rows.iter_rows(named=True)}
    assert {group: row["change"] for group, row in rows.items()} == {
        "I10.x:conservative": "appeared",
        "J18.9:conservative": "kept",
        "K35.8:conservative": "kept",
    }
    assert rows["J18.9:conservative"]["share_change_e4"] == -2000  # 1/2 to 4/10
    assert rows["K35.8:conservative"]["share_change_e4"] == -4000
    assert rows["K35.8:conservative"]["mean_change_e4"] == 1000
    assert rows["I10.x:conservative"]["share_change_e4"] is None
    assert found.mean_change_e4 == -1600  # 100 to 84
    back = drift(new, old)
    assert back.counts == {"appeared": 0, "disappeared": 1, "shifted": 1, "kept": 1}


def test_a_share_that_changes_by_exactly_the_bound_is_kept() -> None:
    old = build_catalogue(made_cases([("K35.800", "", 100)] * 6 + [("J18.900", "", 100)] * 6), RULES)
    new = build_catalogue(made_cases([("K35.800", "", 100)] * 3 + [("J18.900", "", 100)] * 9), RULES)
    assert drift(old, new).counts == {"appeared": 0, "disappeared": 0, "shifted": 0, "kept": 2}
    further = build_catalogue(made_cases([("K35.800", "", 100)] * 3 + [("J18.900", "", 100)] * 10), RULES)
    assert drift(old, further).counts["shifted"] == 2


def test_the_drift_of_a_catalogue_to_itself_is_nothing(built: Catalogue) -> None:
    found = drift(built, built)
    assert found.counts["kept"] == built.groups.height
    assert found.rows.filter(pl.col("share_change_e4") != 0).is_empty()
