"""Users, tokens, rights, notices and the audit through the API."""

import pytest
from starlette.testclient import TestClient
from tests.people_work.conftest import HOSPITAL, OTHER, PASSWORD, Client, County

from tongchou.api.app import make_api
from tongchou.api.routes import ROUTERS
from tongchou.records.models import RunOrder
from tongchou.records.users import the_user
from tongchou.workplace.noticing import tell_of_run

API = "/api/v1"


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


@pytest.fixture
def anew(county: County):
    """Return a function that gives a client that signs in with a password, or comes with a token."""

    def client(user_name: str = "", password: str = PASSWORD, token: str = "") -> TestClient:
        headers = {"origin": "http://testserver"} | ({"authorization": f"Bearer {token}"} if token else {})
        made = TestClient(make_api(county.place, ROUTERS), headers=headers, raise_server_exceptions=False)
        if user_name:
            made.post(f"{API}/sign-in", json={"user_name": user_name, "password": password})
        return made

    return client


def make(client: Client, name: str, **roles: str):
    asked = {"user_name": name, "display_name": name, "roles": [{"role": "hospital", **roles}]}
    return client("administrator").post(f"{API}/users", json=asked)


def change(client: Client, user: dict, what: str, **body: object):
    version = {"If-Match": f'"{user["version"]}"'}
    address = f"{API}/users/{user['user_id']}/{what}"
    if what == "roles":
        return client("administrator").put(address, json=body, headers=version)
    return client("administrator").post(address, headers=version)


def test_a_user_is_made_works_is_disabled_and_comes_back(client: Client, anew) -> None:
    assert code(make(client, "zhang", institution_id="H99")) == (404, "workplace.no_institution")
    assert code(make(client, "zhang")) == (422, "records.role_scope")
    made = make(client, "zhang", institution_id=HOSPITAL).json()["data"]
    assert code(make(client, "Zhang", institution_id=HOSPITAL)) == (409, "records.user_exists")
    zhang = anew("zhang", made["password"])
    assert zhang.get(f"{API}/me").json()["data"]["roles"][0]["institution_id"] == HOSPITAL
    assert code(zhang.get(f"{API}/users")) == (403, "access.refused")

    moved = change(client, made["user"], "roles", roles=[{"role": "hospital", "institution_id": OTHER}])
    assert moved.json()["data"]["roles"][0]["institution_id"] == OTHER
    stale = change(client, made["user"], "disabling")
    assert code(stale) == (412, "records.changed_meanwhile")
    assert zhang.get(f"{API}/me").json()["data"]["roles"][0]["institution_id"] == OTHER  # at once
    disabled = change(client, moved.json()["data"], "disabling").json()["data"]
    assert disabled["state"] == "disabled"
    assert code(zhang.get(f"{API}/me"))[0] == 401
    enabled = change(client, disabled, "enabling").json()["data"]
    anew_password = change(client, enabled, "password").json()["data"]["password"]
    assert anew_password != made["password"]
    assert anew("zhang", made["password"]).get(f"{API}/me").status_code == 401
    assert anew("zhang", anew_password).get(f"{API}/me").status_code == 200


def test_nobody_administers_his_own_account_and_one_administrator_stays(client: Client) -> None:
    users = {each["user_name"]: each for each in client("administrator").get(f"{API}/users").json()["data"]}
    assert code(change(client, users["administrator"], "disabling")) == (403, "workplace.own_account")
    asked = {"user_name": "second", "roles": [{"role": "administrator"}]}
    second = client("administrator").post(f"{API}/users", json=asked).json()["data"]["user"]
    assert change(client, second, "disabling").json()["data"]["state"] == "disabled"


def test_a_token_does_what_it_names_and_nothing_else(client: Client, anew) -> None:
    asked = {"title": "HIS", "actions": ["referrals.read"], "days": 30}
    made = client("hospital").post(f"{API}/me/tokens", json=asked).json()["data"]
    system = anew(token=made["secret"])
    assert system.get(f"{API}/referrals").status_code == 200
    assert code(system.get(f"{API}/special-cases")) == (403, "access.refused")
    assert code(system.post(f"{API}/me/tokens", json=asked)) == (403, "access.refused")
    wide = {**asked, "actions": ["tokens.own", "users.read"]}
    wider = anew(token=client("hospital").post(f"{API}/me/tokens", json=wide).json()["data"]["secret"])
    assert code(wider.post(f"{API}/me/tokens", json=asked)) == (403, "workplace.token_by_token")
    assert code(wider.get(f"{API}/users")) == (403, "access.refused")  # never more than its user
    listed = client("hospital").get(f"{API}/me/tokens").json()["data"]
    assert made["secret"] not in str(listed)
    assert code(client("other").delete(f"{API}/me/tokens/{made['token_id']}")) == (404, "records.not_found")
    assert client("hospital").delete(f"{API}/me/tokens/{made['token_id']}").json()["data"]["revoked_at"]
    assert system.get(f"{API}/referrals").status_code == 401
    assert code(client("hospital").post(f"{API}/me/tokens", json={**asked, "days": 3_000}))[1] == "access.token_lasts"


def test_who_asks_why_is_told_for_every_grade(client: Client) -> None:
    asked = {"action": "cases.read", "institution_id": OTHER}
    answers = client("hospital").get(f"{API}/me/why", params=asked).json()["data"]
    assert {each["grade"]: each["outcome"] for each in answers} == {"clinical": "refused", "person": "refused"}
    assert all(each["reason"]["zh"] and each["reason"]["en"] and each["could"] for each in answers)
    own = client("hospital").get(f"{API}/me/why", params={**asked, "institution_id": HOSPITAL}).json()["data"]
    assert {each["outcome"] for each in own} == {"allowed"}
    assert code(client("hospital").get(f"{API}/me/why", params={"action": "fly"})) == (422, "access.unknown_action")
    rights = client("researcher").get(f"{API}/me/rights").json()["data"]
    assert {each["role"] for each in rights} == {"researcher"}


def test_a_password_is_changed_by_who_knows_it(client: Client, anew) -> None:
    made = make(client, "qian", institution_id=HOSPITAL).json()["data"]
    qian, elsewhere = anew("qian", made["password"]), anew("qian", made["password"])
    new = "Three-unrelated-words-4471"
    wrong = qian.post(f"{API}/me/password", json={"password": "wrong", "new_password": new})
    assert code(wrong) == (401, "access.sign_in_refused")
    assert qian.post(f"{API}/me/password", json={"password": made["password"], "new_password": new}).status_code == 200
    assert qian.get(f"{API}/me").status_code == 200
    assert elsewhere.get(f"{API}/me").status_code == 401


def test_notices_are_made_by_a_run_and_read_by_their_own(county: County, client: Client) -> None:
    with county.place.records.writing() as session:
        officer = the_user(session, "officer").user_id
        tell_of_run(county.place, session, RunOrder(period="2025", state="computed", run_id="R", ordered_by=officer))
    before = client("approver").get(f"{API}/notices/unread").json()["data"]
    notice = client("approver").get(f"{API}/notices").json()["data"][0]
    assert (notice["kind"], notice["page"]) == ("run.computed", "/settlement?run=R")
    assert "run.computed" not in {each["kind"] for each in client("officer").get(f"{API}/notices").json()["data"]}
    assert client("officer").post(f"{API}/notices/{notice['notice_id']}/read").status_code == 404
    assert client("approver").get(f"{API}/notices/unread").json()["data"] == before
    assert client("approver").post(f"{API}/notices/{notice['notice_id']}/read").json()["data"] == before - 1
    assert client("approver").post(f"{API}/notices/read").json()["data"] == 0


def test_the_audit_is_searched_by_those_who_may_and_its_chain_is_verified(client: Client) -> None:
    client("hospital").get(f"{API}/users")
    assert code(client("hospital").get(f"{API}/audit")) == (403, "access.refused")
    asked = {"user_name": "hospital", "action": "users.read", "outcome": "refused"}
    found = client("supervisor").get(f"{API}/audit", params=asked).json()["data"]
    assert found
    assert {(each["user_name"], each["action"], each["outcome"]) for each in found} == {
        ("hospital", "users.read", "refused")
    }
    paged, cursor = [], None
    for _ in range(100):
        answer = client("supervisor").get(f"{API}/audit", params={"size": 3, **({"cursor": cursor} if cursor else {})})
        paged += [each["sequence"] for each in answer.json()["data"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None or len(paged) > 30:
            break
    assert paged == sorted(paged, reverse=True)
    assert paged == list(range(paged[0], paged[0] - len(paged), -1))
    assert client("supervisor").get(f"{API}/audit", params={"since": "2999-01-01"}).json()["data"] == []
    assert code(client("supervisor").get(f"{API}/audit", params={"since": "0001-01-01T00:00:00+23:00"}))[0] == 422

    sound = client("administrator").get(f"{API}/audit/verification").json()["data"]
    assert sound["is_sound"]
    known = {"sequence": sound["sequence"], "hash": sound["hash"]}
    assert client("administrator").get(f"{API}/audit/verification", params=known).json()["data"]["is_sound"]
    rewritten = client("administrator").get(f"{API}/audit/verification", params={**known, "hash": "0" * 64})
    assert [each["sequence"] for each in rewritten.json()["data"]["faults"]] == [sound["sequence"]]
