"""Compiled schemes on disk: found while nothing has changed, never otherwise, and never needed."""

from pathlib import Path

import numpy as np
import pytest
from tests.grouping.cases import case
from tests.grouping.conftest import TINY, write_scheme

from tongchou.grouping import grouper as door
from tongchou.grouping.engine.compiled_store import load_compiled
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.library import find_scheme
from tongchou.grouping.schemes.scheme import Scheme

EXACT = {
    "scheme_yaml": TINY["scheme.yaml"].replace("prefix", "exact"),
    "lists_csv": "list,kind,codes\nvalid,op,32.4100\n",
    "mdc_codes_csv": (
        "mdc,list,codes\nMDCP,dx,P07.000\nMDCZ,dx,S01.000\nMDCZ,site:head,S01.000\nMDCE,dx,J15.900 J18.900\n"
    ),
    "adrg_codes_csv": (
        "adrg,list,part,codes\nAA1,op,,33.5100\nPS1,dx,,P07.000\nEB1,dx,,J15.900\nEB1,op,1,32.4100\n"
        "EB1,op,2,34.0100\nEB1,op,3,34.1100\nES1,dx,,J15.900 J18.900\n"
    ),
    "mcc_csv": "exclusion,codes\nshock,R57.900\n",
    "cc_csv": "exclusion,codes\nheart,I10.x00\n",
    "exclusions_csv": "exclusion,codes\nnone,J15.900\n",
}
CASES = [
    case("J15.900"),
    case("J15.900 R57.900"),
    case("J18.900 I10.x00", "32.4100"),
    case("J15.900", "34.0100 34.1100"),
    case("zzz"),
    case("J15.900", sex=None),
]


@pytest.fixture
def exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TONGCHOU_HOME", str(tmp_path / "home"))
    return write_scheme(tmp_path / "exact", **EXACT)


def _results(grouper: Grouper) -> list[str]:
    return [grouper.group_one(row).drg for row in CASES]


def _kept(folder: Path) -> list[Path]:
    return sorted((folder.parent / "home").glob("compiled/*.npz"))


def test_a_kept_scheme_groups_as_the_compiled_one_does(exact: Path) -> None:
    assert load_compiled(str(exact)) is None
    compiled = Grouper.find(str(exact))
    assert load_compiled(str(exact)) is not None
    kept = Grouper.find(str(exact))
    assert _results(kept) == _results(compiled) == ["ES15", "ES11", "ES13", "EB15", "0000", "0000"]
    assert kept.compiled.fingerprint == compiled.compiled.fingerprint == compiled.scheme.fingerprint
    assert kept.scheme == compiled.scheme


def test_a_changed_scheme_is_compiled_anew_and_the_old_form_goes(exact: Path) -> None:
    Grouper.find(str(exact))
    (before,) = _kept(exact)
    codes = exact / "adrg_codes.csv"
    codes.write_text(codes.read_text(encoding="utf-8").replace("ES1,dx,,J15.900 ", "ES1,dx,,"), encoding="utf-8")
    assert _results(Grouper.find(str(exact)))[0] == "0000"
    (after,) = _kept(exact)
    assert after != before


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 nothing", None])
def test_a_damaged_file_is_compiled_anew(exact: Path, damage: bytes | None) -> None:
    expected = _results(Grouper.find(str(exact)))
    (file,) = _kept(exact)
    if damage is None:
        np.savez(file.open("wb"), head=np.zeros(3, dtype=np.uint8))
    else:
        file.write_bytes(damage)
    assert load_compiled(str(exact)) is None
    assert _results(Grouper.find(str(exact))) == expected


def test_a_scheme_of_prefixes_is_not_kept(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGCHOU_HOME", str(tmp_path / "home"))
    Grouper.find(str(tiny_folder))
    assert not list((tmp_path / "home").glob("compiled/*"))


def test_a_home_that_cannot_be_written_to_is_no_harm(exact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocker = exact.parent / "file"
    blocker.write_text("", encoding="utf-8")
    monkeypatch.setenv("TONGCHOU_HOME", str(blocker))
    assert _results(Grouper.find(str(exact)))[0] == "ES15"


def test_a_scheme_that_changes_while_it_is_compiled_is_not_kept_under_what_it_became(
    exact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = exact / "adrg_codes.csv"
    later = codes.read_text(encoding="utf-8").replace("ES1,dx,,J15.900 ", "ES1,dx,,")

    def find_and_change(name: str) -> Scheme:
        scheme = find_scheme(name)
        codes.write_text(later, encoding="utf-8")
        return scheme

    monkeypatch.setattr(door, "find_scheme", find_and_change)
    assert _results(Grouper.find(str(exact)))[0] == "ES15"
    assert load_compiled(str(exact)) is None
    monkeypatch.undo()
    monkeypatch.setenv("TONGCHOU_HOME", str(exact.parent / "home"))
    assert _results(Grouper.find(str(exact)))[0] == "0000"


def test_a_scheme_whose_name_begins_another_s_leaves_the_other_kept(
    exact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(exact.parent)
    exact.rename("exact.1")
    write_scheme(Path("exact"), **(EXACT | {"lists_csv": "list,kind,codes\nvalid,op,32.4100 33.5100\n"}))
    for name in ("exact.1", "exact"):
        Grouper.find(name)
    assert load_compiled("exact.1") is not None
