"""Identity lies behind a pseudonym, sealed; it is read with the key, a name and a purpose, and that is logged."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from tongchou.core.errors import TongchouError
from tongchou.privacy.access_log import AccessLog
from tongchou.privacy.keys import KeyRing, Keys
from tongchou.privacy.sealed_map import SealedMap

ZHANG = {"psn_no": ["33010001"], "patn_cert_type": ["01"], "certno": ["110105194912310026"], "psn_name": ["张三丰"]}
SAID = {"purpose": "稽核", "who": "王芳"}


def code_of(call) -> str:
    with pytest.raises(TongchouError) as error:
        call()
    return error.value.code


def test_what_was_sealed_is_revealed_to_who_says_why_and_it_is_logged(sealed_map, tmp_path):
    (person,) = sealed_map.person_ids(ZHANG)
    assert sealed_map.reveal([person], **SAID) == {person: ZHANG}
    (entry,) = AccessLog(tmp_path).entries()
    assert (entry["who"], entry["purpose"], entry["action"], entry["subjects"]) == ("王芳", "稽核", "reveal", [person])
    assert "张三丰" not in str(entry)


def test_nothing_of_an_identity_is_written_in_the_clear(sealed_map, tmp_path):
    sealed_map.person_ids(ZHANG)
    for file in tmp_path.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        for word in ("张三丰", "110105194912310026", "33010001"):
            assert word.encode() not in content
    assert sealed_map.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("said", [{"purpose": " ", "who": "王芳"}, {"purpose": "稽核", "who": ""}])
def test_without_name_or_purpose_nothing_is_revealed(sealed_map, said):
    (person,) = sealed_map.person_ids(ZHANG)
    assert code_of(lambda: sealed_map.reveal([person], **said)) == "privacy.no_purpose"


def test_another_key_opens_nothing(sealed_map, tmp_path, ring):
    (person,) = sealed_map.person_ids(ZHANG)
    for keys in (Keys({1: b"x" * 16}), Keys({2: ring.map.versions[1]})):
        other = SealedMap(tmp_path, "R1", KeyRing(ring.pseudonym, keys))
        assert code_of(lambda other=other: other.reveal([person], **SAID)) == "privacy.wrong_key"


def test_a_record_cannot_be_put_behind_another_pseudonym(sealed_map):
    zhang, li = sealed_map.person_ids({"psn_no": ["1", "2"], "psn_name": ["张三丰", "李四"]})
    with sqlite3.connect(sealed_map.path) as database:
        boxes = dict(database.execute("select person_id, box from records"))
        nonces = dict(database.execute("select person_id, nonce from records"))
        database.execute("delete from records where person_id = ?", (zhang,))
        database.execute("update records set person_id = ? where person_id = ?", (zhang, li))
    assert boxes[zhang] != boxes[li]
    assert nonces[zhang] != nonces[li]
    assert code_of(lambda: sealed_map.reveal([zhang], **SAID)) == "privacy.wrong_key"


def test_the_same_again_changes_nothing_and_new_values_are_added(sealed_map):
    (person,) = sealed_map.person_ids(ZHANG)
    before = sealed_map.path.read_bytes()
    assert sealed_map.person_ids(ZHANG).to_list() == [person]
    assert sealed_map.path.read_bytes() == before
    sealed_map.person_ids(ZHANG | {"psn_tel": ["13812345678"], "psn_name": ["张君宝"]})
    revealed = sealed_map.reveal([person], **SAID)[person]
    assert (revealed["psn_name"], revealed["psn_tel"]) == (["张君宝", "张三丰"], ["13812345678"])


def test_a_person_keeps_the_id_whichever_identifier_comes(sealed_map):
    (person,) = sealed_map.person_ids(ZHANG)
    document = {name: ZHANG[name] for name in ("patn_cert_type", "certno")}
    assert sealed_map.person_ids(document).to_list() == [person]
    assert sealed_map.person_ids({"psn_no": ["33010001"]}).to_list() == [person]
    assert sealed_map.person_ids({"psn_no": [None], "psn_name": ["无名"]}).to_list() == [None]


def test_after_a_change_of_keys_the_same_person_gets_the_same_id(sealed_map, tmp_path, ring, renewed):
    (person,) = sealed_map.person_ids(ZHANG)
    changed = SealedMap(tmp_path, "R1", renewed)
    assert code_of(lambda: changed.person_ids(ZHANG)) == "privacy.rotation_due"
    made = changed.rotate(**SAID)
    assert {alias.person_id for alias in made} == {person}
    assert changed.person_ids(ZHANG).to_list() == [person]
    assert [alias.key_version for alias in changed.aliases()].count(2) == 2
    for asked in (person, *(alias.alias for alias in changed.aliases())):
        assert changed.reveal([asked], **SAID)[asked] == ZHANG
    only_new = KeyRing(Keys({2: renewed.pseudonym.versions[2]}), Keys({2: renewed.map.versions[2]}))
    assert SealedMap(tmp_path, "R1", only_new).reveal([person], **SAID) == {person: ZHANG}
    assert code_of(lambda: SealedMap(tmp_path, "R1", ring).reveal([person], **SAID)) == "privacy.wrong_key"
    assert code_of(lambda: SealedMap(tmp_path, "R1", ring).person_ids(ZHANG)) == "privacy.rotation_due"


def test_rotation_without_the_former_key_changes_nothing(sealed_map, tmp_path, renewed):
    (person,) = sealed_map.person_ids(ZHANG)
    only_new = KeyRing(renewed.pseudonym, Keys({2: renewed.map.versions[2]}))
    assert code_of(lambda: SealedMap(tmp_path, "R1", only_new).rotate(**SAID)) == "privacy.wrong_key"
    assert sealed_map.reveal([person], **SAID) == {person: ZHANG}


def test_writers_at_once_agree_on_everyone(tmp_path, ring):
    people = {"psn_no": [str(number) for number in range(200)], "psn_name": [f"张{number}" for number in range(200)]}
    with ThreadPoolExecutor(6) as pool:
        runs = list(pool.map(lambda _: SealedMap(tmp_path, "R1", ring).person_ids(people).to_list(), range(6)))
    assert all(run == runs[0] for run in runs)
    assert len(SealedMap(tmp_path, "R1", ring).aliases()) == 200


def test_where_nobody_was_sealed_there_is_no_map(sealed_map):
    assert code_of(lambda: sealed_map.reveal(["P1"], **SAID)) == "privacy.no_map"
    assert code_of(lambda: sealed_map.rotate(**SAID)) == "privacy.no_map"
