"""Code editions: imported, kept, and translating the codes of other editions once and never wrongly."""

import pickle
from pathlib import Path

import pytest
from tests.grouping.cases import batch, case
from tests.grouping.conftest import write_scheme
from typer.testing import CliRunner

from tongchou.cli import codes as codes_command
from tongchou.core.errors import TongchouError
from tongchou.grouping.exchange.code_set_import import import_code_set
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.code_set import (
    CodeSet,
    code_set_folders,
    code_sets_folder,
    find_code_set,
    install_code_set,
)
from tongchou.grouping.schemes.library import HOME_VARIABLE
from tongchou.grouping.schemes.reading import load_scheme

FILES = {
    "icd10_ZD_INFO.dat": "J18.900 肺炎\nJ15.900 细菌性 肺炎\nB06.801+J17.1* 风疹肺炎\n"
    "A01.0+G01* 甲\nA01.0+G02* 乙\nR57.900 休克\n",
    "icd10_ZD_MAP.dat": "J18.901 J18.900\nJ18.900 J15.900\nJ99.001 J15.900\nJ15.999  B06.801+J17.1*\n"
    "X00.000 -\nJ18.902 J18.901\nA09.0+M01* J18.900\n",
    "icd9_SS_INFO.dat": "33.2400 活检\n",
    "icd9_SS_MAP.dat": "33.2400x001 33.2400\n",
}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    folder = tmp_path / "codes"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def code_set(source: Path) -> CodeSet:
    return import_code_set(source, "ed-2")


def test_the_codes_and_names_of_an_edition_are_read(code_set: CodeSet) -> None:
    assert list(code_set.codes("dx"))[:2] == ["J18.900", "J15.900"]
    assert code_set.name_of("dx", "J15.900") == "细菌性 肺炎"
    assert code_set.name_of("op", "J15.900") is None
    assert code_set.contains("op", "33.2400")
    assert not code_set.contains("dx", "j18.900")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("J18.901", "J18.900"),
        ("J18.900", "J18.900"),  # the edition has it: the map would make another code of it
        ("J18.902", "J18.901"),  # once, not twice
        ("J15.999", "B06.801+J17.1*"),  # the map has a blank before it
        ("j18.９01 ", "J18.900"),
        ("B06.801", "B06.801+J17.1*"),
        ("B06.801†J17.1", "B06.801+J17.1*"),
        ("A09.0", "J18.900"),
        ("A01.0", None),  # two codes have this dagger part
        ("X00.000", None),
        ("Q99.999", None),
        ("", None),
    ],
)
def test_a_code_is_translated_once_and_only_if_the_edition_does_not_have_it(
    code_set: CodeSet, written: str, meant: str | None
) -> None:
    assert code_set.translate("dx", written) == meant


def test_a_kept_code_set_is_found_as_it_was(code_set: CodeSet) -> None:
    place = install_code_set(code_set)
    assert place == code_sets_folder() / "ed-2"
    assert code_set_folders() == {"ed-2": place}
    for found in (find_code_set("ed-2"), find_code_set(str(place))):
        assert found == code_set
        assert found.fingerprint == code_set.fingerprint
    assert [source["name"] for source in find_code_set("ed-2").sources] == [
        "icd10_ZD_INFO.dat",
        "icd10_ZD_MAP.dat",
        "icd9_SS_INFO.dat",
        "icd9_SS_MAP.dat",
    ]


def test_another_map_is_another_fingerprint(source: Path, code_set: CodeSet) -> None:
    (source / "icd9_SS_MAP.dat").unlink()
    without = import_code_set(source, "ed-2")
    assert without.maps["op"] == {}
    assert without.fingerprint != code_set.fingerprint


def test_gb18030_is_read(source: Path, code_set: CodeSet) -> None:
    (source / "icd10_ZD_INFO.dat").write_bytes(FILES["icd10_ZD_INFO.dat"].encode("gb18030"))
    assert import_code_set(source, "ed-2").names == code_set.names


@pytest.mark.parametrize("change", ["missing", "twice", "bytes"])
def test_files_that_cannot_be_used_are_a_sentence(source: Path, change: str) -> None:
    path = source / "icd9_SS_INFO.dat"
    if change == "missing":
        path.unlink()
    elif change == "twice":
        (source / "old_SS_INFO.dat").write_text("")
    else:
        path.write_bytes(b"33.2400 \xff\xff\xff")
    with pytest.raises(TongchouError) as caught:
        import_code_set(source, "ed-2")
    assert caught.value.code == "grouping.code_set_file"


@pytest.mark.parametrize("name", ["..", "", "a/b", ".x"])
def test_a_name_that_leads_elsewhere_is_refused(source: Path, name: str) -> None:
    with pytest.raises(TongchouError) as caught:
        install_code_set(import_code_set(source, name))
    assert caught.value.code == "grouping.code_set_name"


def test_a_code_set_that_is_not_there_or_broken_is_a_sentence(code_set: CodeSet) -> None:
    with pytest.raises(TongchouError) as caught:
        find_code_set("ed-2")
    assert caught.value.code == "grouping.no_code_set"
    place = install_code_set(code_set)
    (place / "diagnoses.csv").write_text("nothing\n")
    with pytest.raises(TongchouError) as caught:
        find_code_set("ed-2")
    assert caught.value.code == "grouping.scheme_file"


class TestGrouping:
    @pytest.fixture
    def exact(self, tmp_path: Path) -> Path:
        return write_scheme(
            tmp_path / "exact",
            scheme_yaml="{name: x, title: {zh: x, en: x}, publisher: x, edition: x, valid_from: 2025-01-01,"
            " purpose: payment, code_match: exact}",
            lists_csv="list,kind,codes\nvalid,op,33.2400\n",
            mdc_codes_csv="mdc,list,codes\nMDCP,dx,P\nMDCZ,dx,S\nMDCZ,site:a,S0\n"
            "MDCE,dx,J18.900 J15.900 J18.903 B06.801+J17.1*\n",
            adrg_codes_csv="adrg,list,part,codes\nAA1,op,,33.2400\nPS1,dx,,P\nEB1,dx,,J15.900\nEB1,op,1,33.2400\n"
            "EB1,op,2,1\nEB1,op,3,1\nES1,dx,,J18.900 J18.903 B06.801+J17.1*\n",
            mcc_csv="exclusion,codes\nshock,R57.900\n",
        )

    def test_codes_of_another_edition_are_grouped_as_what_they_stand_for(self, exact: Path, code_set: CodeSet) -> None:
        plain, reading = Grouper(load_scheme(exact)), Grouper(load_scheme(exact), code_set=code_set)
        rows = [case("J18.901"), case("J18.900 R57.9"), case("J99.001", "33.2400x001"), case("J18.903"), case("Q99.9")]
        assert [plain.group_one(row).drg for row in rows] == ["0000", "ES15", "0000", "ES15", "0000"]
        expected = ["ES15", "ES15", "AA19", "ES15", "0000"]
        assert [reading.group_one(row).drg for row in rows] == expected
        assert reading.group(batch(*rows))["drg"].to_pylist() == expected
        assert reading.compiled.fingerprint != plain.compiled.fingerprint

    def test_what_a_code_was_read_as_can_be_told(self, exact: Path, code_set: CodeSet) -> None:
        table = Grouper(load_scheme(exact), code_set=code_set).compiled.diagnoses
        written = ["J18.901", "j18.901", "J18.900", "J18.903", "J15.999", "Q99.9", ""]
        meant = ["J18.900", "J18.900", "J18.900", "J18.903", "B06.801+J17.1*", None, None]
        assert [table.read_as(code) for code in written] == meant
        assert [table.read_as(code) for code in written] == meant

    def test_translating_travels_to_other_processes(self, exact: Path, code_set: CodeSet) -> None:
        table = Grouper(load_scheme(exact), code_set=code_set).compiled.diagnoses
        assert pickle.loads(pickle.dumps(table)).read_as("J18.901") == "J18.900"

    def test_a_scheme_of_prefixes_translates_before_it_matches(self, tmp_path: Path, code_set: CodeSet) -> None:
        folder = write_scheme(tmp_path / "tiny", mdc_codes_csv="mdc,list,codes\nMDCP,dx,P\nMDCZ,dx,S\nMDCE,dx,J X\n")
        scheme = load_scheme(folder)
        assert Grouper(scheme).group_one(case("J99.001")).drg == "0000"
        assert Grouper(scheme, code_set=code_set).group_one(case("J99.001")).drg == "ES15"
        assert Grouper(scheme, code_set=code_set).compiled.diagnoses.read_as("J99.001") == "J15.900"


class TestCommands:
    def test_a_code_set_is_imported_listed_and_asked(self, source: Path) -> None:
        run = CliRunner().invoke
        assert run(codes_command.app, ["import", str(source), "--name", "ed-2"]).exit_code == 0
        assert "ed-2" in run(codes_command.app, ["list"]).output
        shown = run(codes_command.app, ["show", "ed-2", "J18.901"])
        assert (shown.exit_code, "J18.901 → J18.900 肺炎" in shown.output) == (0, True)
        assert run(codes_command.app, ["show", "ed-2", "Q99.9"]).exit_code == 1
        assert run(codes_command.app, ["show", "other", "Q99.9"]).exit_code == 1
        json = run(codes_command.app, ["show", "ed-2", "33.2400", "--json"]).output
        assert '"name": "活检"' in json
