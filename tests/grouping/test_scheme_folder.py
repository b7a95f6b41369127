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
