"""Keys are made once, kept where only their owner reads, and never made up."""

import pytest

from tongchou.core.errors import TongchouError
from tongchou.privacy.keys import (
    MAP_VARIABLE,
    PSEUDONYM_VARIABLE,
    RING_VARIABLE,
    find_ring,
    new_ring,
    read_ring,
    renew_ring,
)


@pytest.fixture(autouse=True)
def without_environment(monkeypatch):
    for name in (MAP_VARIABLE, PSEUDONYM_VARIABLE, RING_VARIABLE):
        monkeypatch.delenv(name, raising=False)


def code_of(call) -> str:
    with pytest.raises(TongchouError) as error:
        call()
    assert all(error.value.sentence(language) for language in ("zh", "en"))
    return error.value.code


def test_new_ring_is_read_back_and_only_its_owner_may_read_it(tmp_path):
    file = tmp_path / "keys"
    made = new_ring(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_ring(file) == made
    assert made.pseudonym.versions[1].hex() not in repr(made)
    assert code_of(lambda: new_ring(file)) == "privacy.key_exists"


def test_two_rings_differ(tmp_path):
    assert new_ring(tmp_path / "a") != new_ring(tmp_path / "b")


def test_renewing_keeps_the_former_versions_and_uses_the_newest(tmp_path):
    file = tmp_path / "keys"
    first = new_ring(file)
    second = renew_ring(file)
    assert second.pseudonym.newest == second.map.newest == 2
    assert second.map.versions[1] == first.map.versions[1]
    assert read_ring(file) == second
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_ring_that_others_may_read_is_refused(tmp_path, mode):
    file = tmp_path / "keys"
    new_ring(file)
    file.chmod(mode)
    assert code_of(lambda: read_ring(file)) == "privacy.key_exposed"


def test_ring_is_not_made_in_a_regions_folder(tmp_path):
    (tmp_path / "region.yaml").write_text("id: x")
    assert code_of(lambda: new_ring(tmp_path / "keys")) == "privacy.key_in_region"


def test_without_a_key_there_is_none(tmp_path):
    assert code_of(find_ring) == "privacy.no_key"
    assert code_of(lambda: find_ring(tmp_path / "absent")) == "privacy.no_key"


def test_keys_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv(PSEUDONYM_VARIABLE, f"1:{'ab' * 32},2:{'cd' * 32}")
    assert code_of(find_ring) == "privacy.no_key"
    monkeypatch.setenv(MAP_VARIABLE, "ef" * 16)
    ring = find_ring()
    assert (ring.pseudonym.newest, ring.pseudonym.versions[2], ring.map.versions) == (
        2,
        b"\xcd" * 32,
        {1: b"\xef" * 16},
    )
    monkeypatch.delenv(PSEUDONYM_VARIABLE)
    made = new_ring(tmp_path / "keys")
    monkeypatch.setenv(RING_VARIABLE, str(tmp_path / "keys"))
    assert find_ring() == made


@pytest.mark.parametrize("words", ["xyz", "1:", "0:" + "ab" * 32, "1:" + "ab" * 31, "1:" + "AB" * 32])
def test_words_that_are_no_key_are_refused_and_not_shown(monkeypatch, words):
    monkeypatch.setenv(PSEUDONYM_VARIABLE, words)
    monkeypatch.setenv(MAP_VARIABLE, "ef" * 16)
    assert code_of(find_ring) == "privacy.key"


@pytest.mark.parametrize("content", ["", "a: [", "format: other", "format: tongchou-key-ring-1\nmap: {1: aa}"])
def test_file_that_is_no_ring_is_refused(tmp_path, content):
    file = tmp_path / "keys"
    file.write_text(content)
    file.chmod(0o600)
    assert code_of(lambda: read_ring(file)) == "privacy.key"
