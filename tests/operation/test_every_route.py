"""Every endpoint and every page, asked by every role and by nobody, answers as `cases/access/routes.yaml` says."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.operation.conftest import OUTSIDE, OWN, PLACES, Running, running
from tests.settled_county import SettledCounty

from tongchou.api.asking import COOKIE
from tongchou.api.routes import ROUTERS
from tongchou.records.states import ROLE
from tongchou.web.pages import PAGES

PREFIX = "/api/v1"
TABLE = Path(__file__).parents[1] / "cases" / "access" / "routes.yaml"
ROWS: Mapping[str, dict[str, Any]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))["routes"]
LETS_IN = ("all", "own", "masked", "unknown", "any")


def asked(prefix: str) -> list[Any]:
    """Return each question of the rows of pages, or of those of endpoints, with the name of its row."""
    found = []
    for name, row in ROWS.items():
        if name.startswith("PAGE ") == (prefix == "PAGE "):
            for number, question in enumerate(row.get("asked", [row])):
                found.append(pytest.param(name, question, id=f"{name} {number}" if "asked" in row else name))
    return found


def test_every_endpoint_and_page_has_a_row_and_every_row_is_one(api: TestClient) -> None:
    routes = [*api.app.routes, *(route for router in ROUTERS for route in router.routes)]
    present = {
        f"{method} {route.path.removeprefix(PREFIX)}"
        for route in routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD"
    }
    present |= {f"PAGE {page.path}" for page in PAGES} | {"PAGE /", "PAGE /sign-in"}
    missing, gone = sorted(present - ROWS.keys()), sorted(ROWS.keys() - present)
    lines = "\n".join(f"  {name}: {{any: [roles that get an answer]}}" for name in missing)
    assert not missing, f"add to {TABLE.name}, written from what each role is for:\n{lines}"
    assert not gone, f"take out of {TABLE.name}: {gone}"


def test_a_row_names_each_role_once_and_no_other() -> None:
    for prefix in ("", "PAGE "):
        for parameter in asked(prefix):
            name, question = parameter.values
            named = [role for outcome in LETS_IN for role in question.get(outcome, [])]
            assert len(named) == len(set(named)), name
            assert set(named) <= ROLE.keys(), name


@pytest.mark.parametrize(("name", "question"), asked(""))
def test_an_endpoint_answers_each_role_as_the_table_says(
    name: str,
    question: dict[str, Any],
    api: TestClient,
    secrets: Mapping[str, str],
    staffed: SettledCounty,
    case_of: Callable[[str], str],
) -> None:
    if question.get("open"):
        return
    wrong = []
    for role in ROLE:
        words = _words(role, staffed, case_of)
        if name == "POST /sign-out":  # the sign-in is needed by the other rows
            api.cookies.set(COOKIE, _sign_in_again(api, role))
        else:
            api.cookies.set(COOKIE, secrets[role])
        path, given = _request(name, question, words)
        answer = api.request(name.split(maxsplit=1)[0], path, **given)
        api.cookies.clear()
        problem = _problem(role, question, answer, words)
        if problem:
            wrong.append(f"{role}: {problem}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("name", "question"), asked(""))
def test_nothing_answers_without_a_sign_in_but_what_is_open(
    name: str, question: dict[str, Any], api: TestClient, staffed: SettledCounty, case_of: Callable[[str], str]
) -> None:
    path, given = _request(name, question, _words("insurer_officer", staffed, case_of))
    answer = api.request(name.split(maxsplit=1)[0], path, **given)
    if question.get("open"):
        assert answer.status_code == question.get("answer", answer.status_code)
        assert answer.status_code in {200, 404, 422}
    else:
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["code"] == "access.not_signed_in"


@pytest.fixture(scope="module")
def site(staffed: SettledCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(staffed.folder, tmp_path_factory.mktemp("site") / "log") as server:
        yield server


@pytest.fixture(scope="module")
def browsers(site: Running) -> Iterator[Mapping[str, httpx.Client]]:
    clients = {role: site.client(role) for role in ROLE}
    yield clients
    for client in clients.values():
        client.close()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "question"), asked("PAGE "))
def test_a_page_is_shown_to_each_role_as_the_table_says(
    name: str, question: dict[str, Any], site: Running, browsers: Mapping[str, httpx.Client]
) -> None:
    path = name.removeprefix("PAGE ")
    with site.client() as nobody:
        answer = nobody.get(path)
        if question.get("open"):
            assert answer.status_code == 200
            return
        assert answer.status_code == 307
        assert answer.headers["location"].startswith("/sign-in")
    wrong = []
    for role, client in browsers.items():
        answer = client.get(path, follow_redirects=path == "/")
        refused = "您不能查看这一页" in answer.text
        failed = "error_outline" in answer.text
        if answer.status_code != 200 or refused == (role in question["any"]) or (failed and not refused):
            wrong.append(f"{role}: {answer.status_code}, {'refused' if refused else 'shown'}, failed: {failed}")
    assert not wrong, "\n".join(wrong)


def _words(role: str, county: SettledCounty, case_of: Callable[[str], str]) -> dict[str, str]:
    own = OWN.get(role, PLACES.lead_id)
    words = {"run": county.run_id, "own": own, "other": OUTSIDE}
    return {**words, "own_case": case_of(own), "other_case": case_of(OUTSIDE)}


def _request(name: str, question: Mapping[str, Any], words: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    path = name.split()[1]
    for part, value in question.get("path", {}).items():
        path = path.replace(f"{{{part}}}", _filled(value, words))
    while "{" in path:
        before, _, rest = path.partition("{")
        path = f"{before}missing{rest.partition('}')[2]}"
    given: dict[str, Any] = {"follow_redirects": False}
    if "body" in question:
        given["json"] = json.loads(_filled(json.dumps(question["body"]), words))
    if "content" in question:
        given["content"] = question["content"]
    for part, wanted in (("query", "params"), ("headers", "headers")):
        if part in question:
            given[wanted] = {key: _filled(value, words) for key, value in question[part].items()}
    return PREFIX + path, given


def _filled(value: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        value = value.replace(f"{{{name}}}", word)
    return value


def _sign_in_again(api: TestClient, role: str) -> str:
    from tests.operation.conftest import PASSWORD

    api.cookies.clear()
    answer = api.post(f"{PREFIX}/sign-in", json={"user_name": f"demo_{role}", "password": PASSWORD})
    api.cookies.clear()
    return answer.cookies[COOKIE]


def _problem(role: str, question: Mapping[str, Any], answer: httpx.Response, words: Mapping[str, str]) -> str | None:
    outcome = next((each for each in LETS_IN if role in question.get(each, [])), "refused")
    if outcome == "refused":
        if answer.status_code != 403:
            return f"refused by the table, but {answer.status_code}"
        reason = answer.json()["errors"][0]["why"]
        return None if reason["zh"] and reason["en"] else "refused without a reason"
    if answer.status_code != (404 if outcome == "unknown" else question.get("answer", 200)):
        return f"let in by the table, but {answer.status_code}: {answer.text[:300]}"
    if outcome in {"any", "unknown"}:
        return None
    shows_own, shows_other = words["own"] in answer.text, words["other"] in answer.text
    expected = {"all": (True, True), "own": (True, False), "masked": (role in OWN, False)}[outcome]
    if outcome == "masked" and not answer.json()["data"]:
        return "masked by the table, but empty"
    return None if (shows_own, shows_other) == expected else f"{outcome}: own {shows_own}, other {shows_other}"
