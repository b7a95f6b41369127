"""Policy and scenarios through the API: versions, statuses, rights, one form of answers."""

from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient
from tests.settled_place import County, county  # noqa: F401

from tongchou.access.sign_in import begin_sign_in
from tongchou.api.app import make_api
from tongchou.api.routes import policy, scenarios
from tongchou.records.held import held
from tongchou.records.models import User

FACTOR = "payment/drg/level_factor"
CHANGE: dict[str, Any] = {
    "parameter": FACTOR,
    "values": [{"valid_from": "2026-01-01", "value": "{tertiary: 1.05, secondary: 1, primary: 0.95}"}],
    "source": "云医保发〔2025〕1号",
    "reason": "缩小差距",
}


class Asker:
    """Asks as any of the county's people."""

    def __init__(self, county: County) -> None:  # noqa: F811
        api = make_api(county.place, (policy.router, scenarios.router))
        self._client = TestClient(api, base_url="http://place", raise_server_exceptions=True)
        with county.place.records.writing() as session:
            self._secrets = {
                name: begin_sign_in(
                    session, county.place.rules, held(session, User, each.user_id), "local", county.place.now()
                ).secret
                for name, each in county.people.items()
            }

    def __call__(self, who: str, method: str, path: str, etag: str = "", **given: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._secrets[who]}"} if who else {}
        if etag:
            headers["If-Match"] = etag
        return self._client.request(method, f"/api/v1{path}", headers=headers, **given)


@pytest.fixture
def ask(county: County) -> Asker:  # noqa: F811
    return Asker(county)


def codes(answer: httpx.Response) -> list[str]:
    return [each["code"] for each in answer.json()["errors"]]


def test_the_policy_is_read_on_a_day_with_history_and_sources(ask: Asker) -> None:
    found = ask("hospital", "GET", "/policy", params={"on": "2025-06-01", "search": "level_factor"}).json()["data"]
    assert [each["level"] for each in found["packs"]] == ["county", "city", "national"]
    assert [each["name"] for each in found["parameters"]] == [FACTOR]
    one = ask("hospital", "GET", f"/policy/parameters/{FACTOR}", params={"on": "2025-06-01"}).json()["data"]
    assert one["values"] == {"tertiary": "1.1", "secondary": "1", "primary": "0.85"}
    assert one["answer"]["source"]
    assert ask("hospital", "GET", "/policy/parameters/no/such").status_code == 404
    assert ask("hospital", "GET", "/policy", params={"on": "2025-02-30"}).status_code == 422
    assert ask("", "GET", "/policy").status_code == 401


def test_a_change_goes_from_draft_to_policy_by_its_versions(ask: Asker) -> None:
    preview = ask("officer", "POST", "/policy-changes/preview", json=CHANGE).json()["data"]
    assert {each["key"]: each["after"] for each in preview[0]["values"]}["tertiary"] == "1.05"
    drafted = ask("officer", "POST", "/policy-changes", json=CHANGE)
    assert drafted.status_code == 201
    path, first = f"/policy-changes/{drafted.json()['data']['change_id']}", drafted.headers["ETag"]
    edited = ask("colleague", "PUT", path, first, json={**CHANGE, "reason": "另写"})
    assert edited.status_code == 200
    late = ask("officer", "PUT", path, first, json=CHANGE)
    assert (late.status_code, codes(late)) == (412, ["records.changed_meanwhile"])
    assert ask("officer", "PUT", path, json=CHANGE).status_code == 422  # no version named
    submitted = ask("officer", "POST", f"{path}/submit", edited.headers["ETag"])
    etag = submitted.headers["ETag"]
    assert ask("officer", "POST", f"{path}/approve", etag, json={}).status_code == 403
    assert ask("approver", "POST", f"{path}/reject", etag, json={"words": ""}).status_code == 422
    approved = ask("approver", "POST", f"{path}/approve", etag, json={"words": "同意"})
    assert approved.json()["data"]["state_title"] == {"zh": "已批准", "en": "approved"}
    assert ask("hospital", "POST", f"{path}/apply", approved.headers["ETag"]).status_code == 403
    applied = ask("officer", "POST", f"{path}/apply", approved.headers["ETag"])
    assert applied.json()["data"]["state"] == "applied"
    again = ask("officer", "POST", f"{path}/apply", applied.headers["ETag"])
    assert (again.status_code, codes(again)) == (409, ["records.step_not_possible"])
    one = ask("hospital", "GET", f"/policy/parameters/{FACTOR}", params={"on": "2026-06-01"}).json()["data"]
    assert (one["values"]["primary"], one["answer"]["pack"]) == ("0.95", "demo_county")
    assert ask("officer", "POST", f"{path}/effects").status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"values": []},
        {"values": [{"valid_from": "2026-01-01", "value": "[" * 15_000}]},
        {"values": [{"valid_from": "2026-01-01", "value": "{tertiary: !!python/object:os.system x}"}]},
        {"values": [{"valid_from": "2026-01-01", "value": "{tertiary: 1, secondary: 99, primary: 1}"}]},
        {"values": [{"valid_from": "2026-01-01", "value": ""}]},
        {"parameter": "../../region"},
        {"source": ""},
        {"unknown": 1},
    ],
)
def test_what_cannot_be_a_change_is_refused(ask: Asker, wrong: dict[str, Any]) -> None:
    answer = ask("officer", "POST", "/policy-changes", json={**CHANGE, **wrong})
    assert answer.status_code in {404, 422}
    assert answer.json()["ok"] is False
    assert ask("officer", "GET", "/policy-changes").json()["data"] == []


def test_scenarios_are_made_from_text_or_form_and_wait_for_the_desk(ask: Asker) -> None:
    form = {
        "scenario_id": "only-one",
        "name_zh": "一项",
        "name_en": "one",
        "period": "2025",
        "changes": [{"parameter": FACTOR, "value": "{default: 1}", "valid_from": "2025-01-01", "reason": "试"}],
        "assumptions": "behaviour: {cost: {share: 0.3, source: {title: 假设}}}",
    }
    assert ask("supervisor", "POST", "/scenarios", json=form).status_code == 403
    assert ask("researcher", "POST", "/scenarios", json=form).status_code == 201
    whole = ask("supervisor", "GET", "/scenarios/only-one").json()["data"]
    other = whole["yaml"].replace("only-one", "from-text")
    assert ask("officer", "POST", "/scenarios", json={"yaml": other}).status_code == 201
    assert ask("officer", "POST", "/scenarios", json={**form, "period": "2024"}).status_code in {409, 422}
    assert ask("officer", "POST", "/scenarios", json={**form, "scenario_id": "../x"}).status_code == 422
    order = ask("officer", "POST", "/scenarios/only-one/runs")
    assert (order.status_code, order.json()["data"]["state"]) == (202, "planned")
    path = f"/trial-orders/{order.json()['data']['order_id']}"
    assert ask("hospital", "GET", path).status_code == 403
    assert ask("officer", "POST", f"{path}/cancel").json()["data"]["state"] == "cancelled"
    for rest in ("result", "workbook"):
        assert ask("officer", "GET", f"/scenarios/only-one/{rest}").status_code == 404
    assert ask("officer", "GET", "/scenarios/nothing").status_code == 404
