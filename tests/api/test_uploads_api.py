"""Uploads by the API: sent in parts, cut off, examined, taken in once."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from tests.counter_place import OTHER, OWN, Counter, counter, counter_folder, open_counter, take_in_here  # noqa: F401

from tongchou.schema.results import FINDINGS
from tongchou.workplace.run_desk import RunDesk
from tongchou.workplace.upload_files import uploads_folder

UPLOADS = "/api/v1/uploads"
OCTETS = {"Content-Type": "application/octet-stream"}


def _announce(client: Any, data: bytes, name: str = "lists.ndjson", institution: str = OWN, **more: str) -> str:
    body = {"name": name, "size": len(data), "institution_id": institution, **more}
    answer = client.post(UPLOADS, json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Upload-Offset"] == "0"
    upload_id: str = answer.json()["data"]["upload_id"]
    return upload_id


def _patch(client: Any, upload_id: str, offset: int, data: bytes) -> Any:
    headers = {**OCTETS, "Upload-Offset": str(offset)}
    return client.patch(f"{UPLOADS}/{upload_id}", content=data, headers=headers)


def _send(client: Any, data: bytes, name: str = "lists.ndjson", institution: str = OWN, part: int = 50_000) -> str:
    upload_id = _announce(client, data, name, institution, sha256=hashlib.sha256(data).hexdigest())
    for offset in range(0, len(data), part):
        assert _patch(client, upload_id, offset, data[offset : offset + part]).status_code == 200
    assert client.post(f"{UPLOADS}/{upload_id}/complete").status_code == 200
    return upload_id


def _by_the_desk(at: Counter, client: Any, upload_id: str) -> dict[str, Any]:
    """Let the run desk take an upload in, in a process of its own."""
    asked = client.post(f"{UPLOADS}/{upload_id}/intake")
    assert asked.status_code == 202, asked.text
    desk = RunDesk(at.place)
    desk.start()
    until = time.monotonic() + 200
    try:
        while time.monotonic() < until:
            seen: dict[str, Any] = client.get(f"{UPLOADS}/{upload_id}/intake").json()["data"]
            if seen["state"] not in {"planned", "running"}:
                return seen
            threading.Event().wait(0.1)
    finally:
        desk.stop()
    raise AssertionError(seen)


def _here(at: Counter, client: Any, upload_id: str) -> dict[str, Any]:
    """Take an upload in as the desk's process does, in this one."""
    client.post(f"{UPLOADS}/{upload_id}/intake")
    take_in_here(at.place)
    seen: dict[str, Any] = client.get(f"{UPLOADS}/{upload_id}/intake").json()["data"]
    return seen


def test_a_part_that_does_not_follow_is_told_where_to_go_on(counter: Counter) -> None:  # noqa: F811
    client = counter.client("hospital")
    upload_id = _announce(client, b'{"a": 1}')
    assert _patch(client, upload_id, 0, b'{"a"').headers["Upload-Offset"] == "4"
    for offset in (0, 3, 5):
        refused = _patch(client, upload_id, offset, b": 1}")
        assert refused.status_code == 409
        assert refused.json()["errors"][0]["code"] == "records.upload_offset"
    told = client.head(f"{UPLOADS}/{upload_id}")
    assert (told.status_code, told.headers["Upload-Offset"], told.headers["Upload-Length"]) == (200, "4", "8")
    assert _patch(client, upload_id, 4, b": 1}").json()["data"]["received"] == 8
    assert client.post(f"{UPLOADS}/{upload_id}/complete").json()["data"]["state"] == "received"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "../x.json", "size": 5}, 422, "workplace.upload_name"),
        ({"name": "x.zip", "size": 5}, 415, "workplace.upload_type"),
        ({"name": "x.json", "size": 3 << 30}, 413, "workplace.upload_too_large"),
        ({"name": "x.json", "size": 0}, 422, "api.bad_value"),
        ({"name": "x.json", "size": 5, "sha256": "no"}, 422, "api.bad_value"),
        ({"name": "x.json", "size": 5, "more": 1}, 422, "api.bad_value"),
    ],
)
def test_what_cannot_be_received_is_refused_at_once(
    open_counter: Callable[..., Counter],  # noqa: F811
    body: dict[str, Any],
    status: int,
    code: str,
) -> None:
    client = open_counter(upload_bytes=2 << 30).client("officer")
    answer = client.post(UPLOADS, json={"institution_id": OWN, **body})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)


def test_parts_are_bounded_by_what_they_announce_and_by_counting(open_counter: Callable[..., Counter]) -> None:  # noqa: F811
    at = open_counter(part_bytes=1 << 16)
    client = at.client("hospital")
    upload_id = _announce(client, bytes(300_000), "a.csv")
    assert _patch(client, upload_id, 0, b"a" * 70_000).status_code == 413

    def stream() -> Iterator[bytes]:
        for _ in range(20):
            yield b"a" * 10_000

    headers = {**OCTETS, "Upload-Offset": "0"}
    counted = client.patch(f"{UPLOADS}/{upload_id}", content=stream(), headers=headers)
    assert counted.status_code == 413
    here = int(client.head(f"{UPLOADS}/{upload_id}").headers["Upload-Offset"])
    assert 0 <= here <= 1 << 16, "what came before the bound is kept, and nothing beyond"
    beyond = _announce(client, b"aa", "b.csv")
    assert _patch(client, beyond, 0, b"aaa").json()["errors"][0]["code"] == "workplace.upload_beyond_size"


def test_a_part_comes_as_plain_bytes(counter: Counter) -> None:  # noqa: F811
    client = counter.client("hospital")
    upload_id = _announce(client, b"{}")
    headers = {"Content-Type": "application/json", "Upload-Offset": "0"}
    answer = client.patch(f"{UPLOADS}/{upload_id}", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (415, "api.media_type")


def test_nothing_answers_without_signing_in_and_nothing_gives_a_file_back(counter: Counter) -> None:  # noqa: F811
    upload_id = _send(counter.client("hospital"), b'{"a": "Zhang San"}')
    nobody = counter.client("")
    for method, path in (
        ("POST", ""),
        ("GET", ""),
        ("GET", f"/{upload_id}"),
        ("HEAD", f"/{upload_id}"),
        ("DELETE", f"/{upload_id}"),
        ("POST", f"/{upload_id}/complete"),
        ("POST", f"/{upload_id}/intake"),
        ("GET", f"/{upload_id}/intake"),
    ):
        assert nobody.request(method, UPLOADS + path).status_code == 401, path
    assert _patch(nobody, upload_id, 0, b"x").status_code == 401
    for who in ("hospital", "officer"):
        for path in ("", "/intake"):
            assert b"Zhang San" not in counter.client(who).get(f"{UPLOADS}/{upload_id}{path}").content


@pytest.mark.slow
def test_lists_are_taken_in_once_and_the_file_is_removed(counter: Counter) -> None:  # noqa: F811
    client, officer = counter.client("hospital"), counter.client("officer")
    files = sorted(each for each in counter.lists.glob(f"{OWN}-*") if "2304" in each.name)
    lists = sorted(each for each in counter.lists.glob(f"{OWN}-*") if "4101A" in each.name)
    replies, first = files[0].read_bytes(), lists[0].read_bytes()
    seen = _by_the_desk(counter, client, _send(client, replies, "结算回执.ndjson"))
    assert (seen["state"], seen["problem"]) == ("computed", None)
    seen = _here(counter, client, _send(client, first, "张三的清单.ndjson"))
    assert (seen["state"], seen["problem"]) == ("computed", None)
    count = seen["report"]["documents"]
    assert count["received"] == len(first.splitlines())
    assert count["accepted"] + count["set_aside"] + count["repeated"] == count["received"]
    assert not list(uploads_folder(counter.place.region.folder).iterdir()), "files hold identities: none is kept"
    before = counter.place.region.lake.batches()
    again = _here(counter, client, _send(client, first, "other name.ndjson"))
    assert again["report"]["files"][0]["is_repeated"]
    assert again["batch_id"] == seen["batch_id"]
    assert counter.place.region.lake.batches() == before, "the same file again changes nothing"
    told = officer.get(UPLOADS).json()["data"]
    assert {each["state"] for each in told} == {"taken_in"}
    names = [row["source"] for row in _findings(counter)]
    assert not [name for name in names if "张三" in name], "a sender's words are in no finding"


@pytest.mark.slow
def test_what_an_institution_sends_of_another_is_not_taken(counter: Counter) -> None:  # noqa: F811
    theirs = sorted(each for each in counter.lists.glob(f"{OTHER}-*") if "4101A" in each.name)[0].read_bytes()
    client = counter.client("hospital")
    seen = _here(counter, client, _send(client, theirs))
    assert seen["report"]["documents"]["accepted"] == 0
    assert "intake.other_institution" in seen["report"]["files"][0]["findings"]
    table = b"institution_id,valid_from,name_zh,level,kind,area_id\n"
    refused = _here(
        counter, client, _send(client, table + b"H1,2020-01-01,x,primary,township_centre,1\n", "institutions.csv")
    )
    assert (refused["state"], refused["problem"]["code"]) == ("failed", "workplace.not_own_table")
    assert client.get(UPLOADS).json()["data"][0]["state"] == "refused"


def test_a_file_that_is_not_whole_is_not_taken_in(counter: Counter) -> None:  # noqa: F811
    client = counter.client("hospital")
    upload_id = _announce(client, b"{}")
    answer = client.post(f"{UPLOADS}/{upload_id}/intake")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "workplace.upload_not_whole")


def test_an_intake_asked_for_twice_is_one_order(counter: Counter) -> None:  # noqa: F811
    client = counter.client("hospital")
    upload_id = _send(client, orjson.dumps({"setlinfo": {}}))
    orders = {client.post(f"{UPLOADS}/{upload_id}/intake").json()["data"]["order_id"] for _ in range(3)}
    assert len(orders) == 1


def _findings(at: Counter) -> list[dict[str, Any]]:
    with at.place.facts() as facts:
        files = facts.lake.files(FINDINGS.name, facts.lake.snapshot())
        return facts.engine.collect(facts.engine.scan(files, FINDINGS.arrow_schema)).to_pylist()
