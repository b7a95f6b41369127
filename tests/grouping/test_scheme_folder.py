"""A scheme's folder is read whole or refused with everything that is wrong."""

from pathlib import Path

import pytest
from tests.grouping.conftest import TINY, write_scheme

from tongchou.core.errors import Problems
from tongchou.grouping.scheme_folder import load_scheme


def _codes(folder: Path) -> list[str]:
    with pytest.raises(Problems) as caught:
        load_scheme(folder)
    return [problem.code for problem in caught.value.problems]


def test_every_problem_of_a_folder_is_reported_at_once(tmp_path: Path) -> None:
    adrg = TINY["adrg.csv"].replace("main_op(op)", "main_op(op").replace("MDCP,2,PV1", "MDCX,2,PV1")
    drg = TINY["drg.csv"].replace("AA1,1,AA19", "AA9,1,AA19").replace("ES13", "ES11")
    folder = write_scheme(tmp_path / "s", adrg_csv=adrg, drg_csv=drg)
    assert sorted(_codes(folder)) == ["grouping.rule", *["grouping.scheme_group"] * 3]


def test_a_rule_that_names_a_list_without_codes_is_refused(tmp_path: Path) -> None:
    folder = write_scheme(tmp_path / "s", adrg_csv=TINY["adrg.csv"].replace("main_op(op)", "main_op(op2)"))
    assert _codes(folder) == ["grouping.scheme_list"]


def test_missing_files_and_columns_are_named(tmp_path: Path) -> None:
    folder = write_scheme(tmp_path / "s", drg_csv="adrg,drg\n")
    (folder / "mcc.csv").unlink()
    with pytest.raises(Problems) as caught:
        load_scheme(folder)
    assert [problem.where for problem in caught.value.problems] == ["s/drg.csv", "s/mcc.csv"]


def test_the_fingerprint_changes_with_any_byte_of_the_tables(tmp_path: Path) -> None:
    one = load_scheme(write_scheme(tmp_path / "a"))
    same = load_scheme(write_scheme(tmp_path / "b"))
    other = load_scheme(write_scheme(tmp_path / "c", cc_csv=TINY["cc.csv"].replace("I10", "I11")))
    assert one.fingerprint == same.fingerprint != other.fingerprint


def test_values_that_no_scheme_can_have_are_collected(tmp_path: Path) -> None:
    folder = write_scheme(
        tmp_path / "s",
        mdc_csv=TINY["mdc.csv"].replace("1,MDCA", "first,MDCA"),
        adrg_csv=TINY["adrg.csv"].replace("MDCA,1,", "MDCA,²,"),
        adrg_codes_csv=TINY["adrg_codes.csv"].replace("EB1,op,3", "EB1,op,three").replace("part(3)", "part(2)"),
        drg_csv=TINY["drg.csv"].replace("ES1,1,ES11,mcc,", "ES1,1.5,ES11,severe,"),
    )
    with pytest.raises(Problems) as caught:
        load_scheme(folder)
    assert sorted(each.where for each in caught.value.problems if each.code == "grouping.scheme_value") == [
        "adrg.csv adrg=AA1 order",
        "adrg_codes.csv adrg=EB1 part",
        "drg.csv drg=ES11 order",
        "drg.csv drg=ES11 severity",
        "mdc.csv mdc=MDCA order",
    ]


def test_values_that_no_manifest_can_have_are_collected(tmp_path: Path) -> None:
    manifest = (
        TINY["scheme.yaml"]
        .replace("{zh: 小方案, en: tiny scheme}", "小方案")
        .replace("{zh: 仅供测试, en: for tests only}", "[1]")
        .replace("2025-01-01", "spring")
        .replace("learning", "fun")
        .replace("prefix", "fuzzy")
    )
    with pytest.raises(Problems) as caught:
        load_scheme(write_scheme(tmp_path / "s", scheme_yaml=manifest))
    keys = ["title", "notice", "valid_from", "purpose", "code_match"]
    assert [each.where for each in caught.value.problems] == [f"scheme.yaml {key}" for key in keys]


@pytest.mark.parametrize("manifest", ["name: [", "- a list", TINY["scheme.yaml"].replace("2025-01-01", "2025-13-45")])
def test_a_manifest_that_cannot_be_read_is_named_with_the_other_problems(tmp_path: Path, manifest: str) -> None:
    folder = write_scheme(tmp_path / "s", scheme_yaml=manifest)
    (folder / "mcc.csv").unlink()
    assert _codes(folder) == ["grouping.scheme_file", "grouping.scheme_file"]


def test_tables_in_another_encoding_are_named(tmp_path: Path) -> None:
    folder = write_scheme(tmp_path / "s")
    for name in ("scheme.yaml", "drg.csv"):
        (folder / name).write_bytes(TINY[name].lstrip().encode("gbk"))
    with pytest.raises(Problems) as caught:
        load_scheme(folder)
    assert [problem.where for problem in caught.value.problems] == ["s/drg.csv", "s/scheme.yaml"]
