"""Trial settlements, schemes and reference data through the API."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.api.conftest import problems

from tongchou.api.envelope import Answer
from tongchou.api.routes.trials import TrialBody
from tongchou.payment.benefit import Care, Person, Position, read_benefit_terms, settle_benefit
from tongchou.schema.states import FEE_CATEGORY
from tongchou.workplace.place import Workplace

SCHEME = "chs-drg-category"
STAY: dict[str, Any] = {
    "on": "2025-06-01",
    "level": "secondary",
    "person": {"insurance_type": "resident"},
    "total_fen": 1_200_000,
    "self_paid_fen": 30_000,
}


def test_a_trial_is_what_the_benefit_pays(officer: TestClient, grouping_place: Workplace) -> None:
    day = date(2025, 6, 1)
    terms = read_benefit_terms(grouping_place.region.policy().at(day))
    for level in ("primary", "secondary", "tertiary"):
        for total in (100_000, 1_200_000, 90_000_000):
            answer = officer.post("/trial-settlements", json={**STAY, "level": level, "total_fen": total})
            body = Answer[TrialBody].model_validate_json(answer.text).data
            began = grouping_place.now().replace(tzinfo=None)
            care = Care("1", "inpatient", level, day, began, total, 30_000)
            expected = settle_benefit(terms, Person("resident"), care, Position(2025))
            assert {each.payer: each.amount_fen for each in body.parts} == dict(expected.parts_fen)
            assert sum(each.amount_fen for each in body.parts) == body.total_fen == total
            assert body.patient_fen == expected.patient_fen


def test_a_trial_says_why_where_it_is_asked(officer: TestClient) -> None:
    assert officer.post("/trial-settlements", json=STAY).json()["data"]["explanation"] is None
    why = officer.post("/trial-settlements", json={**STAY, "explain": True}).json()["data"]["explanation"]
    assert why["explanation"]["children"]
    assert any(step["parameters"] for step in why["explanation"]["children"])


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"total_fen": -1}, "api.bad_value"),
        ({"total_fen": 10**18}, "api.bad_value"),
        ({"on": "2025-02-30"}, "api.bad_value"),
        ({"on": "1025-02-03"}, "api.bad_value"),
        ({"referred": "sideways"}, "api.bad_value"),
        ({"year": {"nth": 0}}, "api.bad_value"),
        ({"level": "fourth"}, "benefit.unknown_state"),
        ({"person": {"insurance_type": "pet"}}, "benefit.unknown_state"),
        ({"self_paid_fen": 9_000_000}, "benefit.amounts"),
        ({"kind": "chronic"}, "benefit.disease"),
    ],
)
def test_a_trial_that_cannot_be_is_refused_with_sentences(
    officer: TestClient, changed: dict[str, Any], code: str
) -> None:
    answer = officer.post("/trial-settlements", json={**STAY, **changed})
    assert answer.status_code == 422
    assert code in problems(answer.text)


def test_who_tries_has_the_right(client_of: Callable[[str], TestClient]) -> None:
    for role, status in (("", 401), ("administrator", 403), ("primary_centre", 200)):
        assert client_of(role).post("/trial-settlements", json=STAY).status_code == status


def test_a_policy_that_changes_is_read_again(
    grouping_place: Workplace, officer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hand = grouping_place.at_hand
    before = at_hand.terms(date(2025, 6, 1))
    assert at_hand.terms(date(2025, 6, 1)) is before
    file = next(grouping_place.region.policy_folder.rglob("*.yaml"))
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "\n# looked at\n", encoding="utf-8")
    try:
        monkeypatch.setattr("tongchou.workplace.kept_fresh._LOOKED_AT_AGAIN", 0.0)  # the moments have gone by
        assert at_hand.terms(date(2025, 6, 1)) is not before
    finally:
        file.write_text(text, encoding="utf-8")
    assert officer.post("/trial-settlements", json=STAY).status_code == 200


def test_a_scheme_is_read_from_mdc_to_drg_and_searched(officer: TestClient) -> None:
    (scheme,) = (each for each in officer.get("/schemes").json()["data"] if each["name"] == SCHEME)
    assert scheme["is_todays"]
    assert scheme["notice"]["en"]
    tree = officer.get(f"/schemes/{SCHEME}").json()["data"]
    (mdc,) = (each for each in tree["mdcs"] if each["code"] == "MDCE")
    (adrg,) = (each for each in mdc["adrgs"] if each["code"] == "ES3")
    assert [each["code"] for each in adrg["drgs"]] == ["ES31", "ES33", "ES35"]
    found = officer.get(f"/schemes/{SCHEME}/search", params={"words": "J18"}).json()["data"]
    assert {each["owner"] for each in found["lists"] if each["takes"]} >= {"MDCE", "ES3"}
    lists = officer.get(f"/schemes/{SCHEME}/lists", params={"owner": "ES3"}).json()["data"]
    assert "J10-J18" in lists[0]["patterns"]
    for path in (f"/schemes/{SCHEME}/lists?owner=QQ9", "/schemes/nothing", "/schemes/nothing/search?words=a"):
        assert officer.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/schemes",
        f"/schemes/{SCHEME}",
        "/reference/institutions",
        "/reference/alliances",
        "/reference/dictionaries",
        "/reference/dictionaries/fee_category",
        "/reference/codes/dx?words=J18",
    ],
)
def test_who_has_an_answer_already_is_told_so(
    officer: TestClient, client_of: Callable[[str], TestClient], path: str
) -> None:
    first = officer.get(path)
    assert first.status_code == 200
    assert first.json()["data"]
    again = officer.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert officer.get(path, headers={"If-None-Match": '"another"'}).content == first.content
    assert client_of("").get(path).status_code == 401


def test_reference_data_is_that_of_the_region(officer: TestClient, grouping_place: Workplace) -> None:
    institutions = {each["institution_id"]: each for each in officer.get("/reference/institutions").json()["data"]}
    (alliance,) = officer.get("/reference/alliances").json()["data"]
    assert {each["institution_id"] for each in alliance["members"]} <= institutions.keys()
    assert "lead" in {each["role"] for each in alliance["members"]}
    categories = officer.get("/reference/dictionaries/fee_category").json()["data"]
    assert {each["state"]: each["name"]["zh"] for each in categories} == {
        key: name.zh for key, name in FEE_CATEGORY.items()
    }
    assert officer.get("/reference/dictionaries/nothing").status_code == 404


def test_codes_are_found_by_their_beginning_and_by_name(officer: TestClient) -> None:
    by_code = officer.get("/reference/codes/dx", params={"words": "j1", "most": 5}).json()["data"]
    assert len(by_code) == 5
    assert all(each["code"].startswith("J1") for each in by_code)
    by_name = officer.get("/reference/codes/dx", params={"words": "急性心肌梗死"}).json()["data"]
    assert any(each["code"].startswith("I21") for each in by_name)
    assert officer.get("/reference/codes/dx", params={"words": "无此病无此病"}).json()["data"] == []
    for query in ("words=", "words=J&most=0", "words=J&most=101", "words=" + "J" * 61):
        assert officer.get(f"/reference/codes/dx?{query}").status_code == 422
    assert officer.get("/reference/codes/xx?words=J").status_code == 422
