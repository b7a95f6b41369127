"""The pages of policy and scenarios as a server sends them: filled, in both languages, to whom they are for."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.settled_place import County, county  # noqa: F401
from tests.workplace.test_policy_changes import FACTOR, WANTED

from tongchou.access.sign_in import begin_sign_in
from tongchou.api.asking import COOKIE
from tongchou.records.held import held
from tongchou.records.models import User
from tongchou.workplace.policy_proposals import draft_change, submit_change
from tongchou.workplace.scenario_work import run_scenario

Get = Callable[..., str]
_SERVE = "from tongchou.cli.main import main; main()"


@pytest.fixture
def get(county: County) -> Iterator[Get]:  # noqa: F811
    """Return a function that gets a page as somebody; the place is served by a process of its own."""
    place = county.place
    with place.records.writing() as session:
        secrets = {
            name: begin_sign_in(session, place.rules, held(session, User, each.user_id), "local", place.now()).secret
            for name, each in county.people.items()
        }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", _SERVE, "serve", "--region", str(place.region.folder), "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as server:
        address = f"http://127.0.0.1:{port}"
        _wait(server, address)

        def page(who: str, path: str, language: str = "zh") -> str:
            cookies = {COOKIE: secrets[who], "tongchou_language": language}
            answer = httpx.get(address + path, cookies=cookies, timeout=60)
            assert answer.status_code == 200
            return answer.text

        yield page
        server.terminate()


def _wait(server: "subprocess.Popen[bytes]", address: str) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and server.poll() is None:
        try:
            httpx.get(f"{address}/sign-in", timeout=30)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server does not answer")


@pytest.mark.slow
def test_pages_are_filled_and_offer_what_each_may_do(county: County, get: Get) -> None:  # noqa: F811
    place = county.place
    change = draft_change(place, county.officer, WANTED)
    submit_change(place, county.officer, change.change_id, change.version)

    parameter = get("officer", f"/policy?name={FACTOR}&on=2025-06-01")
    for words in ("等级系数", "同一病组的支付标准随医院等级调整的系数", "三级", "1.1", "提出修改", "沿革"):
        assert words in parameter
    assert "提出修改" not in get("hospital", f"/policy?name={FACTOR}&on=2025-06-01")
    english = get("officer", f"/policy?name={FACTOR}&on=2025-06-01", "en")
    assert "Propose a change" in english
    assert "level factor" in english
    assert "no parameter named" in get("officer", "/policy?name=no/such", "en")

    assert "保存草稿" in get("officer", f"/policy?propose={FACTOR}")
    seen = {who: get(who, f"/policy?change={change.change_id}") for who in ("officer", "approver", "hospital")}
    assert "撤回为草稿" in seen["officer"]
    assert "批准" not in seen["officer"].replace("已批准", "")
    assert "审批意见（退回须写）" in seen["approver"]
    assert "测算影响" in seen["approver"]
    assert "没有这条记录" in seen["hospital"]

    order = run_scenario(place, county.officer, "level-factors")
    assert order.state == "planned"
    listed = get("researcher", "/scenarios")
    assert "提高基层系数与居民基层待遇" in listed
    assert "新建情景" in listed
    assert "新建情景" not in get("supervisor", "/scenarios")
    assert "您不能查看这一页" in get("hospital", "/scenarios")
    assert "建立情景" in get("researcher", "/scenarios?new=form")
    until = time.monotonic() + 90
    while "下载工作簿" not in (one := get("officer", "/scenarios?scenario=level-factors")):
        assert time.monotonic() < until
        time.sleep(0.5)
    for words in ("得失最大的机构", "统筹基金支付", "计入所写的行为假设后"):
        assert words in one
    masked = get("researcher", "/scenarios?scenario=level-factors")
    assert "下载工作簿" not in masked
    assert re.search(r"机构 \d{3}", masked)
