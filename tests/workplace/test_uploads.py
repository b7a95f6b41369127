"""Uploads: whatever happens on the way, a file is here whole or it is not here."""

import hashlib
import io
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.counter_place import OTHER, OWN, Counter, counter, counter_folder, open_counter  # noqa: F401

from tongchou.core.errors import TongchouError
from tongchou.records.models import Upload
from tongchou.records.uploads import Announced
from tongchou.workplace import upload_files
from tongchou.workplace.clearing import clear_uploads
from tongchou.workplace.uploading import (
    abandon_upload,
    begin_upload,
    complete_upload,
    open_part,
    upload_of,
    uploads_of,
)


def _announced(data: bytes, name: str = "lists.json", digest: str | None = None) -> Announced:
    return Announced(name, len(data), "", hashlib.sha256(data).hexdigest() if digest is None else digest)


def _send(at: Counter, data: bytes, name: str = "lists.json", who: str = "hospital") -> Upload:
    subject = at.people[who]
    upload = begin_upload(at.place, subject, _announced(data, name), OWN)
    with open_part(at.place, subject, upload.upload_id, 0) as part:
        part.write(data)
    return complete_upload(at.place, subject, upload.upload_id)


def _kept(at: Counter, upload_id: str) -> Path:
    return upload_files.content_path(at.place.region.folder, upload_id)


def _refused(code: str, act: Callable[[], object]) -> TongchouError:
    with pytest.raises(TongchouError) as told:
        act()
    assert told.value.code == code
    return told.value


_EVENTS = st.lists(
    st.tuples(st.sampled_from(["send", "send", "send", "cut", "again", "ahead", "crash"]), st.integers(0, 5_000)),
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(min_size=0, max_size=20_000), events=_EVENTS)
def test_a_file_that_came_in_any_parts_with_any_mishaps_is_whole(
    counter: Counter,  # noqa: F811
    body: bytes,
    events: list[tuple[str, int]],
) -> None:
    place, subject = counter.place, counter.people["hospital"]
    data = b"{" + body
    upload = begin_upload(place, subject, _announced(data), OWN)
    upload_id = upload.upload_id
    for event, number in [*events, ("send", len(data))]:
        here = upload_of(place, subject, upload_id).received
        if event in {"again", "ahead"}:
            offset = here // 2 if event == "again" else here + 1 + number
            if offset != here:
                _refused("records.upload_offset", lambda at=offset: open_part(place, subject, upload_id, at))
        elif event == "crash":
            # What was written and not recorded, as a server leaves it that was killed.
            with _kept(counter, upload_id).open("ab") as file:
                file.write(os.urandom(number % 300))
        else:
            with open_part(place, subject, upload_id, here) as part:
                for start in range(here, min(here + number, len(data)), 700):
                    part.write(data[start : min(start + 700, here + number)])
        assert upload_of(place, subject, upload_id).received <= len(data)
    whole = complete_upload(place, subject, upload_id)
    assert (whole.state, whole.received) == ("received", len(data))
    assert _kept(counter, upload_id).read_bytes() == data
    upload_files.remove_file(place.region.folder, upload_id)
    with place.records.writing() as session:
        session.delete(session.get(Upload, upload_id))


def test_a_file_other_than_the_one_announced_is_refused_and_removed(counter: Counter) -> None:  # noqa: F811
    place, subject = counter.place, counter.people["hospital"]
    upload = begin_upload(place, subject, _announced(b"{}", digest="0" * 64), OWN)
    with open_part(place, subject, upload.upload_id, 0) as part:
        part.write(b"{}")
    _refused("records.upload_hash", lambda: complete_upload(place, subject, upload.upload_id))
    after = upload_of(place, subject, upload.upload_id)
    assert after.state == "refused"
    assert after.problem is not None
    assert after.problem["code"] == "records.upload_hash"
    assert not _kept(counter, upload.upload_id).exists()


def test_a_file_is_not_examined_before_it_is_whole(counter: Counter) -> None:  # noqa: F811
    place, subject = counter.place, counter.people["hospital"]
    upload = begin_upload(place, subject, _announced(b'{"a":1}'), OWN)
    with open_part(place, subject, upload.upload_id, 0) as part:
        part.write(b'{"a"')
    _refused("records.upload_offset", lambda: complete_upload(place, subject, upload.upload_id))
    assert upload_of(place, subject, upload.upload_id).state == "receiving"


def test_more_than_was_announced_is_not_kept(counter: Counter) -> None:  # noqa: F811
    place, subject = counter.place, counter.people["hospital"]
    upload = begin_upload(place, subject, Announced("a.json", 4), OWN)
    with open_part(place, subject, upload.upload_id, 0) as part:
        part.write(b"{} ")
        _refused("workplace.upload_beyond_size", lambda: part.write(b"xx"))
    assert _kept(counter, upload.upload_id).read_bytes() == b"{} "
    assert upload_of(place, subject, upload.upload_id).received == 3


def test_a_file_larger_than_the_setting_is_refused_when_it_is_announced(open_counter: Callable[..., Counter]) -> None:  # noqa: F811
    at = open_counter(upload_bytes=1 << 20)
    file = Announced("a.json", (1 << 20) + 1)
    _refused("workplace.upload_too_large", lambda: begin_upload(at.place, at.people["hospital"], file, OWN))
    assert not uploads_of(at.place, at.people["hospital"])


def test_one_part_is_received_at_a_time(counter: Counter) -> None:  # noqa: F811
    place, subject = counter.place, counter.people["hospital"]
    upload = begin_upload(place, subject, Announced("a.json", 10), OWN)
    with open_part(place, subject, upload.upload_id, 0) as part:
        part.write(b"{}")
        _refused("workplace.upload_busy", lambda: open_part(place, subject, upload.upload_id, 0))
    assert upload_of(place, subject, upload.upload_id).received == 2


@pytest.mark.parametrize(
    "name",
    [
        "../a.json",
        "a/b.json",
        "a\\b.json",
        "C:a.json",
        ".hidden.json",
        "a\x00.json",
        "..json",
        "a\u202e.json",
        " . ",
        "x" * 300 + ".json",
    ],
)
def test_a_name_that_leads_somewhere_else_is_none(counter: Counter, name: str) -> None:  # noqa: F811
    told = _refused(
        "workplace.upload_name",
        lambda: begin_upload(counter.place, counter.people["hospital"], Announced(name, 5), OWN),
    )
    assert told.where == "name"


def test_a_file_is_kept_under_its_id_for_this_program_alone(counter: Counter) -> None:  # noqa: F811
    upload = _send(counter, b'{"a": 1}', "结算清单 2025-03.json")
    path = _kept(counter, upload.upload_id)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    written = [each.name for each in upload_files.uploads_folder(counter.place.region.folder).rglob("*")]
    assert sorted(written) == sorted([upload.upload_id, "content"])


def test_a_number_of_a_person_in_a_files_name_is_masked(counter: Counter) -> None:  # noqa: F811
    upload = _send(counter, b"{}", "110101199003078812.json")
    assert "110101199003078812" not in upload.file_name


def _tar() -> bytes:
    head = bytearray(512)
    head[257:262] = b"ustar"
    return bytes(head)


def _zip(entries: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", _zip({"a": b"1"})),
        ("a.csv", b"\x1f\x8b\x08rest"),
        ("a.csv", _tar()),
        ("a.json", b"name,value\n"),
        ("a.hl7", b"{}"),
        ("a.parquet", b"id,name\n"),
        ("a.parquet", b"PAR1 and nothing else"),
        ("a.txt", b"MZ\x90\x00"),
        ("a.csv", b"%PDF-1.7"),
        ("a.xlsx", b"id,name\n"),
        ("a.xlsx", _zip({"evil.txt": b"1"})),
        ("a.xlsx", _zip({"xl/workbook.xml": b"1"})[:-30]),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(counter: Counter, name: str, data: bytes) -> None:  # noqa: F811
    told = _refused("workplace.upload_type", lambda: _send(counter, data, name))
    assert told.why.zh
    assert told.remedy.en
    (upload,) = uploads_of(counter.place, counter.people["hospital"])
    assert upload.state == "refused"
    assert not _kept(counter, upload.upload_id).exists()


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.json.gz", "a.exe", "a", "a.xls"])
def test_archives_and_unknown_kinds_are_refused_when_they_are_announced(counter: Counter, name: str) -> None:  # noqa: F811
    file = Announced(name, 5)
    _refused("workplace.upload_type", lambda: begin_upload(counter.place, counter.people["hospital"], file, OWN))


def _lying(data: bytes, size: int) -> bytes:
    """Let a workbook's directory say of its second entry that it is small."""
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 24] + size.to_bytes(4, "little") + data[at + 28 :]


def test_a_workbook_that_unpacks_to_too_much_is_refused_whatever_it_says_of_itself(
    open_counter: Callable[..., Counter],  # noqa: F811
) -> None:
    at = open_counter(unpacked_bytes=1 << 20)
    bomb = _zip({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": bytes(3 << 20)})
    assert len(bomb) < 10_000
    _refused("workplace.upload_unpacked", lambda: _send(at, bomb, "a.xlsx"))
    with pytest.raises(TongchouError) as told:
        _send(at, _lying(bomb, 100), "b.xlsx")
    assert told.value.code in {"workplace.upload_unpacked", "workplace.upload_type"}
    small = _zip({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": bytes(1 << 10)})
    assert _send(at, small, "c.xlsx").state == "received"


def test_a_user_has_so_many_uploads_on_the_way_and_no_more(open_counter: Callable[..., Counter]) -> None:  # noqa: F811
    at = open_counter(open_uploads=2)
    mine = [begin_upload(at.place, at.people["hospital"], Announced("a.json", 9), OWN) for _ in range(2)]
    again = lambda who: begin_upload(at.place, at.people[who], Announced("a.json", 9), OWN)  # noqa: E731
    _refused("workplace.too_many_uploads", lambda: again("hospital"))
    again("lead")
    abandon_upload(at.place, at.people["hospital"], mine[0].upload_id)
    again("hospital")


def test_all_uploads_together_have_so_much_room(open_counter: Callable[..., Counter]) -> None:  # noqa: F811
    at = open_counter(uploads_bytes=1 << 20)
    begin_upload(at.place, at.people["hospital"], Announced("a.json", 900_000), OWN)
    file = Announced("a.json", 200_000)
    _refused("workplace.no_room", lambda: begin_upload(at.place, at.people["other"], file, OTHER))


def test_an_upload_that_nobody_goes_on_with_is_given_up(open_counter: Callable[..., Counter]) -> None:  # noqa: F811
    clock = [datetime.now(UTC)]
    at = open_counter(now=lambda: clock[0], upload_days=3)
    place, subject = at.place, at.people["officer"]
    old = begin_upload(place, subject, Announced("a.json", 9), OWN)
    clock[0] += timedelta(days=2)
    with open_part(place, subject, old.upload_id, 0) as part:
        part.write(b"{")
    clock[0] += timedelta(days=2)
    assert clear_uploads(place) == 0
    clock[0] += timedelta(days=2)
    assert clear_uploads(place) == 1
    assert upload_of(place, subject, old.upload_id).state == "abandoned"
    assert not _kept(at, old.upload_id).parent.exists()
    _refused("records.step_not_possible", lambda: open_part(place, subject, old.upload_id, 1))


def test_bytes_that_are_gone_from_the_disk_are_told(counter: Counter) -> None:  # noqa: F811
    place, subject = counter.place, counter.people["hospital"]
    upload = begin_upload(place, subject, Announced("a.json", 9), OWN)
    with open_part(place, subject, upload.upload_id, 0) as part:
        part.write(b"{    }")
    os.truncate(_kept(counter, upload.upload_id), 3)
    _refused("workplace.upload_lost", lambda: open_part(place, subject, upload.upload_id, 6))


_MAY = {"officer", "lead", "hospital", "centre"}


@pytest.mark.parametrize(
    "who", ["officer", "approver", "lead", "hospital", "other", "centre", "supervisor", "researcher", "administrator"]
)
def test_each_role_uploads_for_its_own_institution_alone(counter: Counter, who: str) -> None:  # noqa: F811
    place, subject = counter.place, counter.people[who]
    mine = lambda institution: begin_upload(place, subject, Announced("a.json", 2), institution)  # noqa: E731
    if who in _MAY:
        upload = mine(OWN)
        with open_part(place, subject, upload.upload_id, 0) as part:
            part.write(b"{}")
    else:
        _refused("access.refused", lambda: mine(OWN))
    if who != "officer":
        _refused("access.refused", lambda: mine("")), "what is the region's is the insurer's to hand in"
    theirs = begin_upload(place, counter.people["officer"], Announced("a.json", 2), OTHER).upload_id
    if who not in {"officer", "other"}:
        for act in (abandon_upload, complete_upload):
            _refused("access.refused", lambda act=act: act(place, subject, theirs))
        _refused("access.refused", lambda: open_part(place, subject, theirs, 0))
    sees_all = who in {"officer", "approver", "supervisor"}
    if who in {"researcher", "administrator"}:
        _refused("access.refused", lambda: uploads_of(place, subject))
    elif not sees_all and who != "lead":  # a lead hospital sees those of its alliance
        own = OTHER if who == "other" else OWN
        assert {each.institution_id for each in uploads_of(place, subject)} == {own}


@pytest.mark.slow
def test_a_server_killed_while_it_receives_goes_on_from_what_is_recorded(counter: Counter) -> None:  # noqa: F811
    place, subject = counter.place, counter.people["hospital"]
    data = b"{" + os.urandom(3_000_000)
    upload = begin_upload(place, subject, _announced(data), OWN)
    script = (
        "import sys, os\n"
        "from pathlib import Path\n"
        "from tongchou.access.subject import Part as Role, Subject\n"
        "from tongchou.workplace.place import open_workplace\n"
        "from tongchou.workplace.settings import Settings\n"
        "from tongchou.workplace.uploading import open_part\n"
        "region, upload_id, user, own = sys.argv[1:]\n"
        "place = open_workplace(Settings(region=Path(region), free_bytes=0))\n"
        "subject = Subject(user, 'hospital', parts=(Role('hospital', own),))\n"
        "data, offset = sys.stdin.buffer.read(), 0\n"
        "while offset < len(data):\n"
        "    part = open_part(place, subject, upload_id, offset)\n"
        "    for at in range(offset, offset + 100_000, 10_000):\n"
        "        part.write(data[at:at + 10_000])\n"
        "        print(at, flush=True)\n"
        "    offset = part.close().received\n"
    )
    command = [sys.executable, "-c", script, str(place.region.folder), upload.upload_id, subject.user_id, OWN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(data)
        process.stdin.close()
        for _ in range(25):
            process.stdout.readline()
        process.kill()
    here = upload_of(place, subject, upload.upload_id).received
    assert 200_000 <= here < len(data)
    assert _kept(counter, upload.upload_id).stat().st_size >= here
    with open_part(place, subject, upload.upload_id, here) as part:
        part.write(data[here:])
    assert complete_upload(place, subject, upload.upload_id).state == "received"
    assert _kept(counter, upload.upload_id).read_bytes() == data
