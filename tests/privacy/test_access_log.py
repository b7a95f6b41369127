"""Whoever reads is in the log, and nobody takes it out again."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.privacy.access_log import Access, AccessLog, Head


def filled(folder, count=5) -> AccessLog:
    log = AccessLog(folder)
    for number in range(count):
        log.append(Access(f"王芳{number}", "稽核", "view", "cases", ("case_id",), number, run_id="r1"))
    return log


def code_of(call) -> str:
    with pytest.raises(TongchouError) as error:
        call()
    return error.value.code


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    log = filled(tmp_path_factory.mktemp("log"))
    return log, log.path.read_bytes()


def test_entries_say_who_what_when_why(tmp_path):
    log = filled(tmp_path, 2)
    first, second = log.entries()
    assert (first["who"], first["purpose"], first["table"], first["columns"]) == ("王芳0", "稽核", "cases", ["case_id"])
    assert (second["sequence"], second["row_count"], second["run_id"]) == (2, 1, "r1")
    assert second["previous"] == first["hash"]
    assert first["at"].endswith("+00:00")
    assert log.verify() == Head(2, second["hash"])
    assert log.path.stat().st_mode & 0o077 == 0


@given(st.data())
def test_any_changed_byte_is_found(written, data):
    log, content = written
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[place]))
    log.path.write_bytes(content[:place] + bytes([byte]) + content[place + 1 :])
    assert code_of(log.verify) in {"privacy.log_broken", "privacy.log_torn"}
    log.path.write_bytes(content)


@given(st.sampled_from(["remove", "swap", "repeat"]), st.integers(0, 3))
def test_entries_removed_moved_or_repeated_are_found(written, how, at):
    log, content = written
    lines = content.splitlines(keepends=True)
    match how:
        case "remove":
            del lines[at]
        case "swap":
            lines[at], lines[at + 1] = lines[at + 1], lines[at]
        case _:
            lines.insert(at, lines[at])
    log.path.write_bytes(b"".join(lines))
    assert code_of(log.verify) == "privacy.log_broken"
    log.path.write_bytes(content)


def test_a_noted_head_finds_what_was_cut_off_or_hashed_anew(tmp_path):
    log = filled(tmp_path / "a")
    noted = log.verify()
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join(lines[:-1]))
    assert log.verify().size == 4
    assert code_of(lambda: log.verify(noted)) == "privacy.log_short"
    other = AccessLog(tmp_path / "b")
    for number in range(6):
        other.append(Access("someone else", "稽核", "view", "cases", row_count=number))
    assert code_of(lambda: other.verify(noted)) == "privacy.log_short"
    assert Head.parse(str(noted)) == noted
    log.path.write_bytes(b"".join(lines))
    log.append(Access("王芳", "稽核", "view", "cases"))
    assert log.verify(noted).size == 6


@given(st.integers(1, 400))
def test_what_a_killed_append_left_is_laid_aside_and_the_log_says_so(tmp_path_factory, cut):
    log = filled(tmp_path_factory.mktemp("torn"), 2)
    whole = log.path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    torn = last[: min(cut, len(last) - 1)]
    log.path.write_bytes(whole + torn)
    assert code_of(log.verify) == "privacy.log_torn"
    log.append(Access("李梅", "研究", "export", "cases"))
    assert log.verify().size == 4
    *_, repair, newest = log.entries()
    assert (repair["action"], repair["torn_bytes"], newest["who"]) == ("repair", len(torn), "李梅")
    (aside,) = log.path.parent.glob("torn-*")
    assert aside.read_bytes() == torn


def test_many_at_once_are_all_in_the_log(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: AccessLog(tmp_path).append(Access(f"w{n}", "p", "view", "t")), range(40)))
    assert AccessLog(tmp_path).verify().size == 40
    assert {entry["who"] for entry in AccessLog(tmp_path).entries()} == {f"w{n}" for n in range(40)}


def test_an_empty_log_is_whole_and_a_head_is_written_number_and_hash(tmp_path):
    assert AccessLog(tmp_path).verify().size == 0
    assert code_of(lambda: Head.parse("nonsense")) == "privacy.head"
    assert json.dumps(list(AccessLog(tmp_path).entries())) == "[]"
