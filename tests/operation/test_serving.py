"""The server as it is started: its settings, its logs, its stopping."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from tests.operation.conftest import PASSWORD, ROOT, running
from tests.settled_county import SettledCounty

from tongchou.core.errors import Problems
from tongchou.core.failing import kind_and_place
from tongchou.records.models import RunOrder
from tongchou.serving import server
from tongchou.serving.logs import tell_exceptions
from tongchou.workplace.at_hand import AtHand
from tongchou.workplace.place import open_workplace
from tongchou.workplace.settings import cautions, read_settings

PLANTED = ("赵钱孙", "330102199001011234", "Zhao-Qian-Sun")
"""A person's name and number, as they could stand in what a caller sends."""


def test_every_wrong_setting_is_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TONGCHOU_PORT", "0")
    (tmp_path / "s.toml").write_text('log_level = "loud"\nburst = 0\ncolour = "red"\n', encoding="utf-8")
    with pytest.raises(Problems) as told:
        read_settings(tmp_path / "s.toml")
    assert {each.where for each in told.value.problems} == {
        "TONGCHOU_REGION", "TONGCHOU_PORT", "TONGCHOU_LOG_LEVEL", "TONGCHOU_BURST", "TONGCHOU_COLOUR",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("host", "secure", "demo", "count"),
    [
        ("127.0.0.1", False, True, 0),
        ("::1", False, False, 0),
        ("0.0.0.0", False, True, 2),
        ("10.0.0.2", True, False, 0),
    ],
)
def test_an_open_address_without_secure_cookies_is_warned_of(host: str, secure: bool, demo: bool, count: int) -> None:
    assert len(cautions(read_settings(region="r", host=host, secure_cookies=secure, demo_accounts=demo))) == count


def test_an_exception_is_logged_by_kind_and_place_and_never_by_its_words() -> None:
    def fails(person: str) -> None:
        raise KeyError(person)

    try:
        try:
            fails(PLANTED[0])
        except KeyError as error:
            raise ValueError(f"no row for {PLANTED[1]}") from error
    except ValueError as error:
        told = kind_and_place(error)
        event = tell_exceptions(None, "error", {"event": "x", "exc_info": True})
    assert told["kind"] == "ValueError"
    assert told["at"][-1].endswith("test_an_exception_is_logged_by_kind_and_place_and_never_by_its_words")
    assert [cause["kind"] for cause in told["causes"]] == ["KeyError"]
    assert event["exception"]["kind"] == "ValueError"
    assert not [word for word in PLANTED if word in json.dumps([told, event], ensure_ascii=False)]


@pytest.mark.slow
def test_a_server_logs_nothing_that_a_caller_wrote_and_stops_when_it_is_told_to(
    staffed: SettledCounty, tmp_path: Path
) -> None:
    with running(staffed.folder, tmp_path / "log", "--api-only") as server:
        with closing(server.client("hospital")) as client:
            name, number, latin = PLANTED
            cookie = client.cookies.get("tongchou_sign_in")
            failing = [
                client.get(f"/api/v1/runs/{name}/cases", params={"institution_id": number}),
                client.get(f"/api/v1/runs/{staffed.run_id}/explanations/case/{number}"),
                client.get(f"/api/v1/{latin}/{name}?patient={number}"),
                client.post("/api/v1/run-orders", json={"period": number, name: latin}),
                client.post("/api/v1/run-orders", content=f"{{{name}".encode()),
                client.request(latin, "/api/v1/me", headers={"X-Request-ID": number}),
                client.get(
                    f"/api/v1/runs/{staffed.run_id}/cases", headers={"X-Purpose": latin}, params={"cursor": latin}
                ),
                client.get("/api/v1/me", headers={"Authorization": f"Bearer {latin}"}),
                client.post("/api/v1/sign-in", json={"user_name": name, "password": number}),
            ]
            assert all(400 <= answer.status_code < 500 for answer in failing), failing
            assert client.get("/settlement").status_code == 404  # the API alone
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=30) == 0
    text = server.log.read_text(encoding="utf-8")
    events = [json.loads(line) for line in text.splitlines()]
    assert not [word for word in (*PLANTED, cookie, PASSWORD, "demo_hospital") if word in text]
    requests = [event for event in events if event["event"] == "request"]
    assert len(requests) >= len(failing)
    assert {"method", "route", "status", "ms", "user_id", "request_id", "level", "timestamp"} <= requests[-1].keys()
    assert len({event["request_id"] for event in requests}) == len(requests)
    assert any(re.fullmatch(r"[0-9a-f]{32}", event["user_id"]) for event in requests)
    assert [event["event"] for event in (events[0], events[-1])] == ["begins", "ended"]


@pytest.mark.slow
def test_a_run_under_way_is_given_back_by_a_graceful_stop(staffed: SettledCounty, tmp_path: Path) -> None:
    staffed.copied(tmp_path / "county")
    with running(tmp_path / "county", tmp_path / "log", "--api-only") as server:
        with closing(server.client("insurer_officer")) as client:
            client.post("/api/v1/run-orders", json={"period": "2025"}).raise_for_status()
            _wait_until_running(client)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=30) == 0
    assert '"event":"run given back"' in server.log.read_text(encoding="utf-8")
    with (
        closing(open_workplace(read_settings(region=tmp_path / "county"))) as place,
        place.records.reading() as session,
    ):
        newest = session.scalars(select(RunOrder).order_by(RunOrder.ordered_at.desc())).first()
        assert newest is not None
        assert newest.state == "planned"


def test_a_server_that_is_stopped_while_it_still_loads_waits_for_the_piece_at_hand(
    staffed: SettledCounty, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A thread that reads files while the interpreter ends brings the process down by a signal.
    loaded: list[str] = []

    def first() -> None:
        time.sleep(1)
        loaded.append("first")

    async def told_to_stop(_: object) -> None:
        await asyncio.sleep(0.1)

    pieces = (first, lambda: loaded.append("second"))
    monkeypatch.setattr(AtHand, "first_needed", property(lambda _: pieces))
    monkeypatch.setattr(server, "make_application", lambda _: None)
    monkeypatch.setattr(server._Server, "serve", told_to_stop)
    with closing(open_workplace(read_settings(region=staffed.folder))) as place:
        asyncio.run(server.run_server(place))
    assert loaded == ["first"]


def _wait_until_running(client: httpx.Client) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        order: dict[str, Any] = client.get("/api/v1/run-orders").json()["data"][0]
        if order["state"] == "running":
            return
        time.sleep(0.1)
    raise AssertionError(order)


def test_serving_without_a_region_offers_the_demo(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from tongchou.cli.main import main; main()", "serve"]
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}
    result = subprocess.run(
        command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "tongchou serve --demo" in result.stderr
