"""Importing published tables: nothing outside the folder of schemes is touched, and a failure keeps the old scheme."""

from pathlib import Path

import pytest
from tests.grouping.conftest import write_scheme

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.hashing import hash_file
from tongchou.grouping.exchange.table_import import import_tables
from tongchou.grouping.schemes.library import HOME_VARIABLE, install_scheme, own_folder, scheme_folders
from tongchou.grouping.schemes.reading import build_scheme

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
    install_scheme(import_tables(source, source), name)


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


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def refusing(self: Path, target: Path) -> Path:
        if self.name.endswith(".importing"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refusing)


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("place", ["x", ".x.replaced"])
def test_the_old_scheme_comes_back_when_the_new_one_cannot_take_its_place(source: Path, place: str) -> None:
    before = (write_scheme(own_folder() / place) / "drg.csv").read_bytes()
    with pytest.raises(OSError, match="No space"):
        _import(source, "x")
    assert (own_folder() / "x" / "drg.csv").read_bytes() == before
    assert [path.name for path in own_folder().iterdir()] == ["x"]


def test_left_overs_of_a_killed_import_are_not_listed_and_go_with_the_next(source: Path) -> None:
    write_scheme(own_folder() / ".x.importing")
    write_scheme(own_folder() / ".x.replaced")
    assert not scheme_folders().keys() & {"x", ".x.importing", ".x.replaced"}
    _import(source, "x")
    assert [path.name for path in own_folder().iterdir()] == ["x"]


def test_the_tables_become_those_of_a_scheme(source: Path) -> None:
    (source / "mdcz_sites.csv").write_text("site,code\n头颈部,S01.800\n胸部,S22.300\n胸部,S01.800\n", encoding="utf-8")
    (source / "mdc.csv").write_text(TABLES["mdc.csv"] + "2,MDCZ,distinct_sites(any_dx)>=2\n")
    (source / "mdc_dx.csv").write_text(TABLES["mdc_dx.csv"] + "MDCZ,S99.900\n", encoding="utf-8")
    (source / "ed_1_MCC.dat").write_text("J96.000 7\n", encoding="utf-8")
    (source / "ed_1_CCE.dat").write_text("J18.900 7\n\n", encoding="utf-8")
    (source / "ed_1_SS_VALID.dat").write_text("32.4100\n32.4100\n47.0100 x\n", encoding="utf-8")
    tables = import_tables(source, source)
    written = {name: [tuple(row.values()) for row in rows] for name, rows in tables.tables.items()}
    assert written["mdc_codes.csv"] == [
        ("MDCE", "dx", "J18.900"),
        ("MDCZ", "dx", "S01.800"),
        ("MDCZ", "dx", "S22.300"),
        ("MDCZ", "site:头颈部", "S01.800"),
        ("MDCZ", "site:胸部", "S22.300"),
        ("MDCZ", "site:胸部", "S01.800"),
    ]
    assert written["adrg.csv"] == [("MDCE", "1", "ES3", "grouped", "principal(dx)", "肺炎", "ES3")]
    assert written["adrg_codes.csv"] == [("ES3", "dx", "", "J18.900")]
    assert written["drg.csv"][0] == ("ES3", "1", "ES35", "always", "", "肺炎", "")
    assert written["mcc.csv"] == [("7", "J96.000")]
    assert written["exclusions.csv"] == [("7", "J18.900")]
    assert written["lists.csv"] == [("valid", "op", "32.4100"), ("valid", "op", "47.0100")]
    assert [row[1] for row in written["checks.csv"]] == ["no_sex", "no_age", "no_age_days", "no_weight"]
    assert build_scheme(tables).manifest.edition == "ed-1"


def test_every_file_that_was_read_is_named_with_its_hash(source: Path) -> None:
    sources = {each["name"]: each["sha256"] for each in import_tables(source, source).manifest["sources"]}
    assert sources == {path.name: hash_file(path) for path in source.iterdir()}
    assert len(sources) == 10


@pytest.mark.parametrize(
    ("name", "content"),
    [("mdc.csv", b"order,mdc\n"), ("drg.csv", "adrg,order,drg,severity,name\n器官".encode("gbk"))],
)
def test_source_tables_that_cannot_be_used_are_sentences_all_at_once(source: Path, name: str, content: bytes) -> None:
    (source / name).write_bytes(content)
    (source / "mdcz_sites.csv").unlink()
    (source / "ed_1_CC.dat").write_text("J18.900\n", encoding="utf-8")
    with pytest.raises(Problems) as caught:
        import_tables(source, source)
    assert {problem.code for problem in caught.value.problems} == {"grouping.import_file"}
    where = [problem.where for problem in caught.value.problems]
    assert sorted(where) == sorted([f"ed-1/{name}", "ed-1/mdcz_sites.csv", "ed-1/ed_1_CC.dat"])
