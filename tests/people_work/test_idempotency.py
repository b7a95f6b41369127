"""A creating request under a key is done once, also by two threads at once, also where the server is killed."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.people_work.conftest import HOSPITAL, Client, County

from tongchou.access.api_tokens import make_token
from tongchou.api.app import make_api
from tongchou.api.routes import ROUTERS
from tongchou.records.models import AuditEvent, IdempotencyKey, RunOrder
from tongchou.records.users import the_user

API = "/api/v1"
SOURCES = Path(__file__).parents[2]
MOMENTS = {
    # In the middle of what the key is for: before anything is written, when it is written and not kept yet, and when
    # all is kept but the client has not heard of it.
    "before": "run_orders.order_run = killed",
    "within": "idempotency.answered = killed",
    "after": "OnceOnly.answer = lambda self, kind, work: (whole(self, kind, work), killed())[0]",
}
SERVER = """
import os, signal, sys
from pathlib import Path
from starlette.testclient import TestClient
from tongchou.api.app import make_api
from tongchou.api.idempotency import OnceOnly
from tongchou.api.routes import ROUTERS
from tongchou.records import idempotency, run_orders
from tongchou.workplace.place import open_workplace
from tongchou.workplace.settings import Settings

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

whole = OnceOnly.answer
for line in sys.stdin:
    key, moment = line.strip().split(" ", 1)
    child = os.fork()
    if child == 0:
        exec(moment)
        client = TestClient(make_api(open_workplace(Settings(region=Path(sys.argv[1]))), ROUTERS))
        headers = {"Authorization": "Bearer " + sys.argv[2], "Idempotency-Key": key}
        client.post("/api/v1/run-orders", json={"period": "2041"}, headers=headers)
        os._exit(0)
    print(key, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def order(client, key: str, period: str = "2031"):
    return client.post(f"{API}/run-orders", json={"period": period}, headers={"Idempotency-Key": key})


def orders(client) -> int:
    return len(client.get(f"{API}/run-orders").json()["data"])


def test_the_same_request_gets_the_same_answer_and_is_done_once(client: Client) -> None:
    officer = client("officer")
    before = orders(officer)
    first, again = order(officer, "k1"), order(officer, "k1")
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert orders(officer) == before + 1
    other = order(officer, "k1", "2032")
    assert (other.status_code, other.json()["errors"][0]["code"]) == (409, "records.key_reused")
    assert order(client("officer2"), "k1").json() != first.json()  # a key is its caller's own
    assert orders(officer) == before + 2


def test_of_two_at_once_one_does_the_work_and_both_get_its_answer(client: Client) -> None:
    officer = client("officer")
    before = orders(officer)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: order(officer, "k2"), range(4)))
    assert {each.status_code for each in answers} == {202}
    assert len({each.json()["data"]["order_id"] for each in answers}) == 1
    assert orders(officer) == before + 1


def test_a_request_that_failed_may_be_repeated_under_its_key(county: County, client: Client) -> None:
    refused = order(client("hospital"), "k3")
    assert refused.status_code == 403
    assert order(client("hospital"), "k3").json() == refused.json()
    with county.place.records.reading() as session:
        assert session.query(IdempotencyKey).filter_by(key="k3").count() == 0


def test_a_key_that_is_none_is_refused(client: Client) -> None:
    for key in ("", "a b", "x" * 101):
        assert order(client("officer"), key).status_code == 422


def test_a_narrower_token_is_not_given_the_answer_of_a_wider_right(client: Client) -> None:
    officer = client("officer")
    assert order(officer, "k4").status_code == 202
    made = officer.post(f"{API}/me/tokens", json={"title": "lists", "actions": ["notices.read"], "days": 1})
    assert made.status_code == 201, made.text
    body = {"json": {"period": "2031"}, "headers": {"Idempotency-Key": "k4", **bearer(made.json()["data"]["secret"])}}
    answer = client().post(f"{API}/run-orders", **body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "records.key_reused")


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.mark.slow
def test_what_a_killed_server_left_is_taken_up_again_and_done_once(county: County) -> None:
    place = county.place
    with place.records.writing() as session:
        user = the_user(session, "officer")
        made = make_token(
            session, place.rules, user, "HIS", ["runs.order"], timedelta(days=1), by="test", at=place.now()
        )
        before = session.query(RunOrder).count()
        noted = session.query(AuditEvent).filter_by(action="runs.order").count()
    environment = {**os.environ, "PYTHONPATH": str(SOURCES / "src")}
    command = [sys.executable, "-c", SERVER, str(place.region.folder), made.secret]
    told = "".join(f"killed-{moment} {code}\n" for moment, code in MOMENTS.items())
    server = subprocess.run(
        command, input=told, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert server.stdout.splitlines() == [f"killed-{moment} -9" for moment in MOMENTS], server.stderr
    with place.records.reading() as session:
        states = {each.key: each.state for each in session.query(IdempotencyKey) if each.key.startswith("killed")}
        assert states == {"killed-before": "begun", "killed-within": "begun", "killed-after": "done"}
        assert session.query(RunOrder).count() == before + 1

    def repeated(moment: str, later: timedelta):
        at = place.now() + later
        client = TestClient(make_api(replace(place, now=lambda: at), ROUTERS), headers=bearer(made.secret))
        return order(client, f"killed-{moment}", "2041")

    at_once, after_a_while = timedelta(0), timedelta(seconds=place.settings.unanswered_seconds)
    assert repeated("after", at_once).status_code == 202
    for moment in MOMENTS:
        answers = [repeated(moment, after_a_while) for _ in range(2)]
        assert [each.status_code for each in answers] == [202, 202], answers[0].text
        assert answers[0].json() == answers[1].json()
    with place.records.reading() as session:
        assert session.query(RunOrder).count() == before + 3
        assert session.query(AuditEvent).filter_by(action="runs.order").count() == noted + 3


def test_a_refusal_under_a_key_stays_in_the_audit(county: County, client: Client) -> None:
    def refusals() -> int:
        with county.place.records.reading() as session:
            return session.query(AuditEvent).filter_by(action="runs.order", outcome="refused").count()

    before = refusals()
    assert order(client("centre"), "k5").status_code == 403
    assert refusals() == before + 1


WITHOUT_KEY = {
    "/api/v1/users": "holds a password, and a name is made once",
    "/api/v1/me/tokens": "holds a secret word",
    "/api/v1/uploads/{upload_id}/intake": "the same file is recognised",
    "/api/v1/run-orders/{order_id}/post": "of the version that was seen",
}
"""Creating requests that take no key, and why a repeated one does no harm."""


def test_every_creating_request_takes_a_key_or_is_harmless_when_repeated(client: Client) -> None:
    creating = {
        path: [each["name"] for each in operation.get("parameters", ())]
        for path, methods in client("officer").get(f"{API}/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
        if method == "post" and {"201", "202"} & set(operation["responses"])
    }
    assert {path for path, taken in creating.items() if "Idempotency-Key" not in taken} == set(WITHOUT_KEY)
    assert "If-Match" in creating["/api/v1/run-orders/{order_id}/post"]


def test_a_change_of_policy_that_is_sent_twice_is_drafted_once(client: Client) -> None:
    officer = client("officer")
    body = {
        "parameter": "payment/drg/level_factor",
        "values": [{"valid_from": "2031-01-01", "value": "{tertiary: 1.1, secondary: 1, default: 0.9}"}],
        "source": "文件",
        "reason": "试",
    }
    drafted = [officer.post(f"{API}/policy-changes", json=body, headers={"Idempotency-Key": "p1"}) for _ in range(2)]
    assert [each.status_code for each in drafted] == [201, 201], drafted[0].text
    assert drafted[0].json() == drafted[1].json()
    assert drafted[0].headers["etag"] == drafted[1].headers["etag"]
    change = drafted[0].json()["data"]["change_id"]
    found = officer.get(f"{API}/policy-changes").json()["data"]
    assert [each["change_id"] for each in found].count(change) == 1
    assert len([each for each in found if each["parameter"] == body["parameter"]]) == 1


def test_who_may_only_hand_in_announces_a_file_once(county: County, client: Client) -> None:
    place = county.place
    with place.records.writing() as session:
        user = the_user(session, "hospital")
        made = make_token(
            session, place.rules, user, "t", ["uploads.create"], place.rules.longest_token, by="test", at=place.now()
        )
    headers = {**bearer(made.secret), "Idempotency-Key": "u1"}
    body = {"name": "a.ndjson", "size": 9, "sha256": "0" * 64, "institution_id": HOSPITAL}
    sent = [client().post(f"{API}/uploads", json=body, headers=headers) for _ in range(2)]
    assert [each.status_code for each in sent] == [201, 201], sent[0].text
    assert sent[0].json() == sent[1].json()
    assert sent[0].headers["upload-offset"] == "0"
