"""The client against a place that runs, and against answers that go wrong on the way."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from tongchou.api.app import make_api
from tongchou.api.routes import ROUTERS
from tongchou.client import Client
from tongchou.core.errors import Problems, TongchouError
from tongchou.grouping.grouper import Grouper
from tongchou.workplace.place import Workplace

HEART = {"sex": "female", "age_years": 61, "diagnoses": ["I21.401", "I10.x05"], "procedures": []}
STAY = {"on": "2025-06-01", "level": "secondary", "person": {"insurance_type": "resident"}, "total_fen": 1_200_000}
API_PAGE = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture(scope="module")
def client(grouping_place: Workplace, token_of: Callable[[str], str]) -> Iterator[Client]:
    http = TestClient(make_api(grouping_place, ROUTERS), base_url="http://place")
    with Client("http://place", token_of("insurer_officer"), http=http) as made:
        yield made


def test_the_client_groups_as_the_library_does(client: Client, tmp_path: Path) -> None:
    grouper = Grouper.find("chs-drg-category")
    expected = grouper.group_one(HEART)
    one = client.group(HEART, explain=True)
    assert (one.status, one.drg) == ("grouped", expected.drg)
    assert one.name is not None
    assert one.name.zh
    assert one.explanation is not None
    many = client.group_many([{**HEART, "case_id": "1"}, {**HEART, "case_id": "2", "sex": None}])
    assert [each.case_id for each in many] == ["1", "2"]
    assert [each.status for each in many] == ["grouped", "invalid"]
    variants = client.what_if(HEART, [{"kind": "principal_swapped", "place": 1}])
    swapped = grouper.group_one({**HEART, "diagnoses": ["I10.x05", "I21.401"]})
    assert [each.group.drg for each in variants] == [expected.drg, swapped.drg]
    cases, out = tmp_path / "cases.csv", tmp_path / "out.csv"
    head = "case_id,sex,age_years,age_days,birth_weight_g,diagnoses,procedures"
    cases.write_text(f"{head}\n1,2,61,,,I21.401|I10.x05,\n", encoding="utf-8")
    assert client.group_file(cases, out) == {"grouped": 1, "ambiguous": 0, "ungrouped": 0, "invalid": 0}
    assert expected.drg in out.read_text(encoding="utf-8")


def test_the_client_tries_and_looks_up(client: Client) -> None:
    trial = client.settle_trial(STAY)
    assert sum(trial.parts_fen.values()) == trial.total_fen == STAY["total_fen"]
    assert client.me()["user_name"] == "u_insurer_officer"
    assert client.schemes()[0]["name"]
    assert client.scheme("chs-drg-category")["mdcs"]
    assert client.search_scheme("chs-drg-category", "J18")["lists"]
    assert client.code_lists("chs-drg-category", "ES3")
    assert client.institutions()
    assert client.alliances()[0]["members"]
    assert "fee_category" in client.dictionaries()
    assert client.codes("dx", "J18", 3)
    assert client.call("GET", "/reference/codes/dx", words="J18", most=1)


def test_the_client_reads_runs_down_to_a_case_and_why(client: Client) -> None:
    (run,) = client.runs()
    assert run.is_standing
    listed = list(client.cases(run.run_id, size=7))
    assert len(listed) == run.case_count
    assert len({row["case_id"] for row in listed}) == run.case_count
    assert client.run_institutions(run.run_id)
    assert client.run_groups(run.run_id, by="month")
    assert client.explanation(run.run_id, "case", listed[0]["case_id"])["explanation"]


def test_the_client_orders_a_run_and_gives_it_up(client: Client) -> None:
    order = client.order_run("2025")
    assert (order.state, order.period) == ("planned", "2025")
    assert order.order_id in {each.order_id for each in client.run_orders()}
    assert client.wait_for(order.order_id, seconds=0).state == "planned"
    with pytest.raises(TongchouError) as caught:
        client.review_run(order)
    assert caught.value.code.startswith(("access.", "records."))
    assert client.cancel_run(order.order_id).state == "cancelled"


def test_what_the_api_refuses_is_raised_in_both_languages(client: Client) -> None:
    with pytest.raises(TongchouError) as caught:
        client.group({**HEART, "age_years": -1})
    assert caught.value.code == "api.bad_value"
    assert "age_years" in caught.value.sentence("zh")
    assert "age_years" in caught.value.sentence("en")
    with pytest.raises(Problems) as several:
        client.group({**HEART, "age_years": -1, "sex": "both"})
    assert len(several.value.problems) == 2
    with pytest.raises(TongchouError) as missing:
        client.scheme("no/such ?")
    assert missing.value.code in {"grouping.no_scheme", "api.not_found"}


def answering(*answers: httpx.Response | Exception) -> tuple[Client, list[httpx.Request], list[float]]:
    """Return a client that is answered so, the requests that it made, and how long it waited between them."""
    asked: list[httpx.Request] = []
    waited: list[float] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    http = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://place")
    return Client("http://place", "t", http=http, attempts=3, sleep=waited.append), asked, waited


def refusal(status: int, code: str, **headers: str) -> httpx.Response:
    words = {"zh": "甲", "en": "a"}
    error = {"code": code, "what": words, "where": "x", "why": words, "remedy": words}
    return httpx.Response(status, json={"ok": False, "errors": [error]}, headers=headers)


ORDERED = {
    "order_id": "o",
    "period": "2025",
    "state": "planned",
    "stage": "",
    "done_steps": 0,
    "all_steps": 6,
    "run_id": None,
    "problem": None,
    "version": 1,
}


def success(data: object) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, "data": data, "next_cursor": None})


def test_what_is_told_to_come_again_is_repeated_under_one_key() -> None:
    client, asked, waited = answering(
        refusal(429, "api.too_often", **{"Retry-After": "7"}), httpx.ConnectError("gone"), success(ORDERED)
    )
    assert client.order_run("2025").order_id == "o"
    assert len({request.headers["Idempotency-Key"] for request in asked}) == 1
    assert len(asked) == 3
    assert waited[0] == 7
    assert all(request.headers["Authorization"] == "Bearer t" for request in asked)


def test_two_calls_have_two_keys() -> None:
    client, asked, _ = answering(success(ORDERED), success(ORDERED))
    client.order_run("2025")
    client.order_run("2025")
    assert asked[0].headers["Idempotency-Key"] != asked[1].headers["Idempotency-Key"]


def test_repeating_ends_and_the_last_refusal_is_raised() -> None:
    client, asked, _ = answering(*(refusal(503, "workplace.busy") for _ in range(3)))
    with pytest.raises(TongchouError) as caught:
        client.order_run("2025")
    assert (caught.value.code, len(asked)) == ("workplace.busy", 3)
    client, asked, _ = answering(*(httpx.ConnectError("gone") for _ in range(3)))
    with pytest.raises(TongchouError) as caught:
        client.runs()
    assert (caught.value.code, len(asked)) == ("client.unreachable", 3)


def test_a_refusal_that_stands_is_not_repeated() -> None:
    client, asked, _ = answering(refusal(403, "access.refused"))
    with pytest.raises(TongchouError):
        client.runs()
    assert len(asked) == 1


def test_an_answer_of_something_else_is_said_to_be_that() -> None:
    client, _, _ = answering(httpx.Response(502, text="<html>bad gateway</html>"))
    with pytest.raises(TongchouError) as caught:
        client.runs()
    assert caught.value.code == "client.not_understood"


class UploadingPlace:
    """Takes parts of a file as the API does, and loses the answer to one of them."""

    def __init__(self, size: int, lost_at: int) -> None:
        self.content = b""
        self._size = size
        self._lost_at = lost_at

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            if int(request.headers["Upload-Offset"]) != len(self.content):
                return refusal(409, "records.upload_offset")
            is_lost = len(self.content) == self._lost_at
            self.content += request.read()
            if is_lost:
                self._lost_at = -1
                raise httpx.ReadError("cut off")
        state = "received" if request.url.path.endswith("/complete") else "receiving"
        said = {
            "upload_id": "u",
            "file_name": "f",
            "size": self._size,
            "received": len(self.content),
            "sha256": "",
            "state": state,
            "problem": None,
            "batch_id": None,
            "institution_id": "",
        }
        return success(said)


@pytest.mark.parametrize("lost_at", [-1, 0, 200, 900])
def test_an_upload_that_is_cut_off_goes_on_and_arrives_whole(lost_at: int, tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    file.write_bytes(bytes(range(250)) * 4)
    place = UploadingPlace(1_000, lost_at)
    http = httpx.Client(transport=httpx.MockTransport(place.answer), base_url="http://place")
    seen: list[tuple[int, int]] = []
    client = Client("http://place", "t", http=http, sleep=lambda seconds: None)
    upload = client.upload(file, part_bytes=100, advance=lambda *how_far: seen.append(how_far))
    assert upload.state == "received"
    assert place.content == file.read_bytes()
    assert seen[-1] == (1_000, 1_000)
    place.content = place.content[:300]
    client.resume_upload("u", file, part_bytes=100)
    assert place.content == file.read_bytes()


def test_the_examples_of_the_page_do_what_they_say(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    head = "case_id,sex,age_years,age_days,birth_weight_g,diagnoses,procedures"
    Path("cases.csv").write_text(f"{head}\n1,2,61,,,I21.401,\n", encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", API_PAGE.read_text(encoding="utf-8"), re.S)
    assert len(examples) >= 5
    known: dict[str, Any] = {"client": client}
    for example in examples:
        if "Client(" not in example:
            exec(example, known)  # the page's own words
    printed = capsys.readouterr().out
    assert "FR19" in printed


def test_the_requests_of_the_page_are_answered(grouping_place: Workplace, token_of: Callable[[str], str]) -> None:
    http = TestClient(make_api(grouping_place, ROUTERS), base_url="http://place")
    http.headers["Authorization"] = f"Bearer {token_of('insurer_officer')}"
    page = API_PAGE.read_text(encoding="utf-8")
    bodies = re.findall(r"POST (/api/v1/\S+)\n\n?(\{.*?\n\})\n", page, re.S)
    assert len(bodies) >= 3
    for path, body in bodies:
        assert http.post(path, json=json.loads(body)).status_code == 200, path
