"""Where schemes are kept: found by name or folder, installed whole or not at all."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.grouping.conftest import TINY, write_scheme

from tongchou.core.errors import TongchouError
from tongchou.grouping.schemes.folder_replacement import is_plain_name, recover_folder, replace_folder
from tongchou.grouping.schemes.library import (
    HOME_VARIABLE,
    find_scheme,
    find_tables,
    find_whole_tables,
    install_scheme,
    own_folder,
    scheme_folders,
)
from tongchou.grouping.schemes.tables import TABLES, SchemeTables, read_tables, tables_fingerprint


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def tables(tmp_path: Path) -> SchemeTables:
    return read_tables(write_scheme(tmp_path / "source"))


def _city(**manifest: Any) -> SchemeTables:
    blank = dict.fromkeys(("change", *TABLES["drg.csv"]), "")
    removal = blank | {"change": "remove", "drg": "ES11"}
    own = {"name": "city", "title": {"zh": "某市", "en": "a city"}, "publisher": "bureau", "edition": "1"}
    days = {"valid_from": "2025-01-01", "purpose": "payment", "code_match": "prefix"}
    return SchemeTables(own | days | {"base": "tiny"} | manifest, {"drg.csv": [removal]})


def _code(tables: SchemeTables, name: str) -> str:
    with pytest.raises(TongchouError) as caught:
        install_scheme(tables, name)
    return caught.value.code


def test_an_installed_scheme_is_found_under_its_new_name_with_its_new_fingerprint(tables: SchemeTables) -> None:
    installed = install_scheme(tables, "新-2025")
    assert installed.manifest.name == "新-2025"
    assert find_scheme("新-2025").fingerprint == installed.fingerprint
    assert find_scheme("新-2025").fingerprint == tables_fingerprint(find_whole_tables("新-2025"))
    assert scheme_folders()["新-2025"] == own_folder() / "新-2025"


def test_a_scheme_is_also_found_by_the_path_of_its_folder(tmp_path: Path) -> None:
    folder = write_scheme(tmp_path / "source")
    assert find_scheme(str(folder)).manifest.name == "tiny"


def test_what_is_not_there_is_a_sentence_with_the_names_that_are() -> None:
    with pytest.raises(TongchouError) as caught:
        find_scheme("chs-drg-9.9")
    assert caught.value.code == "grouping.no_scheme"
    assert "chs-drg-category" in caught.value.why.en


def test_the_schemes_that_come_along_are_found_and_a_user_s_own_goes_before_them(tables: SchemeTables) -> None:
    assert find_scheme("chs-drg-category").manifest.name == "chs-drg-category"
    install_scheme(tables, "chs-drg-category")
    assert find_scheme("chs-drg-category").manifest.title.en == "tiny scheme"


def test_a_difference_is_kept_as_it_is_written_and_found_whole(tables: SchemeTables) -> None:
    install_scheme(tables, "tiny")
    install_scheme(_city(), "city")
    assert list(find_tables("city").tables) == ["drg.csv"]
    assert "ES11" not in find_scheme("city").drg_names()
    assert "ES11" in find_scheme("tiny").drg_names()


def test_a_difference_without_its_base_or_over_itself_is_not_installed(tables: SchemeTables) -> None:
    assert _code(_city(), "city") == "grouping.no_scheme"
    install_scheme(tables, "tiny")
    assert _code(_city(), "tiny") == "grouping.scheme_base"
    assert find_scheme("tiny").manifest.title.en == "tiny scheme"


@pytest.mark.parametrize(
    ("name", "is_plain"),
    [
        *((name, True) for name in ("chs-drg-1.1", "杭州_2024", "9")),
        *((name, False) for name in ("..", "", "a/b", "a\\b", ".a", "-a", "a b", "a\n", "a:b", "~")),
    ],
)
def test_a_name_leads_nowhere_else(tables: SchemeTables, name: str, is_plain: bool) -> None:
    assert is_plain_name(name) is is_plain
    if is_plain:
        install_scheme(tables, name)
        assert [path.name for path in own_folder().iterdir()] == [name]
    else:
        assert _code(tables, name) == "grouping.scheme_name"
        assert not own_folder().exists()


def test_a_scheme_with_problems_does_not_replace_the_one_that_is_there(tables: SchemeTables) -> None:
    install_scheme(tables, "x")
    bad = SchemeTables(tables.manifest, tables.tables | {"drg.csv": [tables.tables["drg.csv"][0] | {"adrg": "ZZ9"}]})
    assert _code(bad, "x") == "grouping.scheme_group"
    assert len(find_scheme("x").drg_names()) == TINY["drg.csv"].count("\n") - 1


@pytest.mark.parametrize("step", ["writing", "first rename", "second rename", "clearing"])
def test_a_cut_at_any_moment_leaves_a_whole_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The process is gone at the cut: nothing after it runs, not even what would tidy up."""
    target = tmp_path / "schemes" / "x"
    replace_folder(target, lambda folder: _fill(folder, "old"))
    with pytest.raises(_Cut), monkeypatch.context() as patch:
        _cut_at(patch, step)
        replace_folder(target, lambda folder: _fill(folder, "new"))
    recover_folder(target)
    assert sorted(path.name for path in target.iterdir()) == ["1", "2"]
    assert {path.read_text() for path in target.iterdir()} in ({"old"}, {"new"})
    replace_folder(target, lambda folder: _fill(folder, "third"))
    assert {path.read_text() for path in target.iterdir()} == {"third"}
    assert [path.name for path in target.parent.iterdir()] == ["x"]


def test_a_disk_that_refuses_leaves_the_old_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "schemes" / "x"
    replace_folder(target, lambda folder: _fill(folder, "old"))
    rename = Path.rename

    def refusing(self: Path, to: Path) -> Path:
        if self.name.endswith(".importing"):
            raise OSError(28, "No space left on device")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", refusing)
    with pytest.raises(OSError, match="No space"):
        replace_folder(target, lambda folder: _fill(folder, "new"))
    assert {path.read_text() for path in target.iterdir()} == {"old"}
    assert [path.name for path in target.parent.iterdir()] == ["x"]


class _Cut(BaseException):
    """The process was killed."""


def _fill(folder: Path, content: str) -> None:
    folder.mkdir(parents=True)
    (folder / "1").write_text(content)
    (folder / "2").write_text(content)


def _cut_at(patch: pytest.MonkeyPatch, step: str) -> None:
    rename, write = Path.rename, Path.write_text
    count = 0

    def renaming(self: Path, to: Path) -> Path:
        nonlocal count
        count += 1
        if step == ("first rename", "second rename")[count - 1]:
            patch.setattr(shutil, "rmtree", lambda *args, **kwargs: None)
            patch.setattr(Path, "rename", lambda *args: None)
            raise _Cut
        return rename(self, to)

    def writing(self: Path, *args: Any, **kwargs: Any) -> int:
        if step == "writing" and self.name == "2":
            patch.setattr(shutil, "rmtree", lambda *args, **kwargs: None)
            raise _Cut
        return write(self, *args, **kwargs)

    def clearing(path: Path, **kwargs: Any) -> None:
        if step == "clearing" and count:
            patch.setattr(shutil, "rmtree", lambda *args, **kwargs: None)
            raise _Cut

    patch.setattr(Path, "rename", renaming)
    patch.setattr(Path, "write_text", writing)
    if step == "clearing":
        patch.setattr(shutil, "rmtree", clearing)
