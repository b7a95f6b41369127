"""Importing published tables: nothing outside the folder of schemes is touched, and a failure keeps the old scheme."""

from pathlib import Path

import pytest
from tests.grouping.conftest import write_scheme

from tongchou.core.errors import TongchouError
from tongchou.grouping.library import HOME_VARIABLE, own_folder, scheme_folders
from tongchou.grouping.table_import import import_tables

TABLES = {
    "mdc.csv": "order,mdc,rule\n1,MDCE,principal(dx)\n",
    "mdc_dx.csv": "mdc,code\nMDCE,J18.900\n",
    "mdcz_sites.csv": "site,code\n",
    "adrg.csv": "mdc,order,adrg,rule\nMDCE,1,ES3,principal(dx)\n",
    "adrg_codes.csv": "adrg,list,code,part\nES3,dx,J18.900,\n",
    "drg.csv": "adrg,order,drg,severity,name\nES3,1,ES35,always,肺炎\n",
}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    folder = tmp_path / "ed-1"
    folder.mkdir()
    for name, content in TABLES.items():
        (folder / name).write_text(content, encoding="utf-8")
    for ending in ("MCC", "CC", "CCE", "SS_VALID"):
        (folder / f"ed_1_{ending}.dat").write_text("", encoding="utf-8")
    return folder


def _import(source: Path, name: str) -> None:
    import_tables(source, source, name, own_folder() / name)


def _code(source: Path, name: str) -> str:
    with pytest.raises(TongchouError) as caught:
        _import(source, name)
    return caught.value.code


@pytest.mark.parametrize("name", [".", "..", "", "../../victim", "a/b", "/x", ".hidden", "a\\b", "-x", "a b"])
def test_a_name_that_could_lead_elsewhere_is_refused_and_nothing_is_deleted(source: Path, name: str) -> None:
    kept = write_scheme(own_folder() / "kept")
    victim = write_scheme(source.parent / "victim")
    assert _code(source, name) == "grouping.scheme_name"
    assert (kept / "drg.csv").is_file()
    assert (victim / "drg.csv").is_file()


@pytest.mark.parametrize("name", ["chs-drg-1.1", "杭州-2024", "9_x"])
def test_a_plain_name_is_imported_and_listed(source: Path, name: str) -> None:
    _import(source, name)
    assert scheme_folders()[name] == own_folder() / name
    assert [path.name for path in own_folder().iterdir()] == [name]


def test_a_folder_that_is_no_scheme_is_not_replaced(source: Path) -> None:
    precious = own_folder() / "x" / "precious.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("x", encoding="utf-8")
    assert _code(source, "x") == "grouping.scheme_target"
    assert precious.is_file()


def test_an_import_replaces_the_scheme_of_its_name(source: Path) -> None:
    write_scheme(own_folder() / "x")
    _import(source, "x")
    assert "ES35" in (own_folder() / "x" / "drg.csv").read_text(encoding="utf-8")
    assert [path.name for path in own_folder().iterdir()] == ["x"]


def test_a_failed_import_keeps_the_scheme_that_was_there(source: Path) -> None:
    before = (write_scheme(own_folder() / "x") / "drg.csv").read_bytes()
    (source / "drg.csv").write_text("adrg,order,drg,severity,name\nES3,1,ES35,often,肺炎\n", encoding="utf-8")
    assert _code(source, "x") == "grouping.scheme_value"
    assert (own_folder() / "x" / "drg.csv").read_bytes() == before
    assert [path.name for path in own_folder().iterdir()] == ["x"]


def test_the_old_scheme_comes_back_when_the_new_one_cannot_take_its_place(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (write_scheme(own_folder() / "x") / "drg.csv").read_bytes()
    rename = Path.rename

    def refusing(self: Path, target: Path) -> Path:
        if self.name.endswith(".importing"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refusing)
    with pytest.raises(OSError, match="No space"):
        _import(source, "x")
    assert (own_folder() / "x" / "drg.csv").read_bytes() == before


def test_left_overs_of_a_killed_import_are_not_listed_and_the_old_scheme_is_recovered(source: Path) -> None:
    write_scheme(own_folder() / ".x.importing")
    write_scheme(own_folder() / ".x.replaced")
    assert "x" not in scheme_folders()
    assert not [name for name in scheme_folders() if name.startswith(".")]
    (source / "drg.csv").unlink()
    assert _code(source, "x") == "grouping.import_file"
    assert [path.name for path in own_folder().iterdir()] == ["x"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("mdc.csv", b"order,mdc\n"), ("drg.csv", "adrg,order,drg,severity,name\n器官".encode("gbk"))],
)
def test_a_source_table_that_cannot_be_used_is_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    source = tmp_path / "edition"
    source.mkdir()
    for each in ("mdc", "mdc_dx", "mdcz_sites", "adrg", "adrg_codes", "drg"):
        columns = "order,mdc,rule,code,site,adrg,list,part,drg,severity,name\n"
        (source / f"{each}.csv").write_text(columns, encoding="utf-8")
    (source / name).write_bytes(content)
    with pytest.raises(TongchouError) as caught:
        import_tables(source, tmp_path, "x", tmp_path / "schemes" / "x")
    assert caught.value.code == "grouping.import_file"
    assert name in caught.value.where
