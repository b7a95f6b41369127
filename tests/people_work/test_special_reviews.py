"""The whole life of a special review: applied for, reviewed by experts of others, decided, paid by the next run."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import narwhals as nw
import pytest
from starlette.testclient import TestClient
from tests.people_work.conftest import ALLIANCE, HOSPITAL, LEAD, OTHER, Client, County
from tests.records_on import KINDS, NewUrl

from tongchou.access.subject import subject_of
from tongchou.core.errors import TongchouError
from tongchou.records import special_cases
from tongchou.records.users import Grant, add_user, the_user, users
from tongchou.runs.region import Period
from tongchou.runs.settle import Order, settle
from tongchou.schema.results import PRICED
from tongchou.schema.review_tables import REVIEW_OPINIONS, SPECIAL_REVIEWS
from tongchou.store.engines import open_engine
from tongchou.workplace import special_reviewing
from tongchou.workplace.handing_over import hand_over
from tongchou.workplace.place import open_workplace
from tongchou.workplace.review_offers import ReviewOffer, review_offer
from tongchou.workplace.review_prospects import quota_ground
from tongchou.workplace.settings import Settings

API = "/api/v1"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def cases_of(county: County, institution_id: str) -> list[str]:
    with county.place.facts() as facts:
        priced = facts.table(PRICED).filter(
            (nw.col("run_id") == county.run_id) & (nw.col("institution_id") == institution_id)
        )
        return facts.engine.collect(priced.sort("hospital_result_fen", "case_id"))["case_id"].to_pylist()


@pytest.fixture(scope="module")
def own_cases(county: County) -> list[str]:
    return cases_of(county, HOSPITAL)


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def apply(county: County, client: TestClient, case_id: str, **changes: object):
    asked = {"run_id": county.run_id, "case_id": case_id, "reason": "high_cost", "words": "多次手术", **changes}
    return client.post(f"{API}/special-cases", json=asked)


def opine(client: TestClient, application_id: str, opinion: str, amount_fen: int | None = None):
    given = {"opinion": opinion, "words": "用药合理", "amount_fen": amount_fen}
    return client.post(f"{API}/special-cases/{application_id}/opinions", json=given)


def decide(client: TestClient, application_id: str, outcome: str, amount_fen: int | None = None):
    version = client.get(f"{API}/special-cases/{application_id}").headers["etag"]
    ruling = {"outcome": outcome, "words": "同意专家意见", "amount_fen": amount_fen}
    return client.post(f"{API}/special-cases/{application_id}/decision", json=ruling, headers={"If-Match": version})


def wanted_of(client: TestClient, application_id: str) -> list[str]:
    """Return the kinds of somebody's notices about an application, none of which names whose case it is to experts."""
    found = [each for each in client.get(f"{API}/notices").json()["data"] if each["page"].endswith(application_id)]
    assert all(HOSPITAL not in str(each) for each in found)
    return sorted(each["kind"] for each in found)


@pytest.mark.slow
def test_a_review_goes_its_whole_way_and_the_next_run_pays_by_it(
    county: County, client: Client, own_cases: list[str]
) -> None:
    case_id = own_cases[0]
    made = apply(county, client("hospital"), case_id).json()["data"]
    one = made["application_id"]
    assert code(apply(county, client("hospital2"), case_id)) == (409, "records.already_applied")
    assert code(apply(county, client("other"), own_cases[1])) == (403, "access.refused")

    # Experts of other institutions are told that an opinion is wanted, and not whose case it is.
    for name in ("other", "other2", "lead"):
        assert wanted_of(client(name), one) == ["special_case.opinion_wanted"]
    for name in ("hospital", "hospital2", "centre"):
        assert wanted_of(client(name), one) == []
    assert wanted_of(client("approver"), one) == ["special_case.applied"]

    # An expert of another hospital sees the case, and not whose it is.
    seen = client("other").get(f"{API}/special-cases/{one}").json()["data"]
    assert seen["application"]["is_masked"]
    assert HOSPITAL not in str(seen)
    assert case_id not in str(seen)
    assert seen["diagnoses"]
    assert seen["prospect"] is None
    assert code(opine(client("hospital2"), one, "by_item")) == (403, "access.refused")
    assert code(opine(client("other"), one, "adjusted")) == (422, "workplace.review_amount")
    assert opine(client("other"), one, "adjusted", 900_000).status_code == 201
    assert code(opine(client("other"), one, "by_item")) == (409, "records.opinion_given")
    assert opine(client("other2"), one, "adjusted", 1_000_001).status_code == 201

    # Two opinions are fewer than the policy asks for: nothing but a refusal can be decided.
    early = client("approver").get(f"{API}/special-cases/{one}").json()["data"]
    assert early["prospect"]["decision"] == "refused"
    assert code(decide(client("approver"), one, "adjusted", 950_001)) == (409, "workplace.ruling_differs")
    third = opine(client("lead"), one, "refuse").json()["data"]
    assert [each["opinion"] for each in third["opinions"]] == ["refuse"]  # of others he sees none until it is decided
    assert client("hospital").get(f"{API}/special-cases/{one}").json()["data"]["opinions"] == []
    prospect = client("approver").get(f"{API}/special-cases/{one}").json()["data"]["prospect"]
    assert (prospect["decision"], prospect["amount_fen"]) == ("adjusted", 950_001)  # the mean, half up
    assert code(decide(client("officer"), one, "adjusted", 950_001)) == (403, "access.refused")
    assert code(decide(client("approver"), one, "adjusted", 1)) == (409, "workplace.ruling_differs")
    assert decide(client("approver"), one, "adjusted", 950_001).status_code == 200
    assert code(decide(client("approver"), one, "refuse")) == (409, "records.step_not_possible")

    shown = client("hospital").get(f"{API}/special-cases/{one}").json()["data"]
    assert [each["expert"] for each in shown["opinions"]] == ["", "", ""]
    assert shown["application"]["decision"]["amount_fen"] == 950_001
    assert wanted_of(client("hospital"), one) == ["special_case.decided"]
    assert wanted_of(client("other2"), one) == ["special_case.decided", "special_case.opinion_wanted"]

    assert hand_over(county.place).special_reviews == 1
    assert hand_over(county.place).special_reviews == 0
    with county.place.facts() as facts:
        mine = nw.col("review_id") == one
        (review,) = facts.engine.collect(facts.table(SPECIAL_REVIEWS).filter(mine)).to_pylist()
        opinions = facts.engine.collect(facts.table(REVIEW_OPINIONS).filter(mine)).to_pylist()
    assert review["case_id"] == case_id
    assert sorted(each["institution_id"] for each in opinions) == sorted([OTHER, OTHER, LEAD])
    with county.place.records.reading() as session:
        names = {user.user_id for user in users(session)}
    assert names.isdisjoint(each["expert_id"] for each in opinions)

    with open_engine("duckdb") as engine:
        again = settle(Order(county.place.region, Period(2025), is_shadow=True), engine)
        path = county.place.region.run_folder(again.run_id) / "priced.parquet"
        rows = engine.collect(engine.scan([path], PRICED.arrow_schema).filter(nw.col("case_id") == case_id))
    assert rows["payable_fen"].to_pylist() == [950_001]


def test_an_insurer_may_refuse_what_experts_would_pay_and_no_run_pays_by_it(
    county: County, client: Client, own_cases: list[str]
) -> None:
    one = apply(county, client("hospital"), own_cases[2]).json()["data"]["application_id"]
    for name in ("other", "other2", "lead"):
        opine(client(name), one, "by_item")
    assert decide(client("approver"), one, "refuse").status_code == 200
    assert hand_over(county.place).special_reviews == 0


def test_an_application_can_be_taken_back_and_made_anew(county: County, client: Client, own_cases: list[str]) -> None:
    made = apply(county, client("hospital"), own_cases[3]).json()["data"]
    back = {"If-Match": f'"{made["version"]}"'}
    address = f"{API}/special-cases/{made['application_id']}/withdrawal"
    assert code(client("other").post(address, headers=back)) == (403, "access.refused")
    assert client("hospital").post(address, headers=back).json()["data"]["state"] == "withdrawn"
    assert code(client("hospital").post(address, headers=back)) == (412, "records.changed_meanwhile")
    again = apply(county, client("hospital"), own_cases[3])
    assert again.status_code == 201
    client("hospital").post(
        f"{API}/special-cases/{again.json()['data']['application_id']}/withdrawal", headers={"If-Match": '"1"'}
    )


def test_beyond_the_quota_of_the_policy_nothing_can_be_applied_for(county: County, client: Client) -> None:
    cases = cases_of(county, OTHER)
    asked = {"run_id": county.run_id, "institution_id": OTHER}
    quota = client("other").get(f"{API}/special-cases/quota", params=asked).json()["data"]
    assert quota["allowed"] == len(cases) * 5 // 100  # drg: 5 % of the discharges
    for case_id in cases[: quota["allowed"]]:
        assert apply(county, client("other"), case_id).status_code == 201
    assert code(apply(county, client("other"), cases[quota["allowed"]])) == (409, "workplace.review_quota")
    with county.place.records.reading() as session:
        other = subject_of(session, the_user(session, "other"), county.place.today)
    assert review_offer(county.place, other, county.run_id, cases[quota["allowed"]]) is None
    assert code(client("hospital").get(f"{API}/special-cases/quota", params=asked)) == (403, "access.refused")


def test_a_review_is_offered_to_whom_it_may_be_applied_for_and_where_one_stands_that_is_shown(
    county: County, client: Client, own_cases: list[str]
) -> None:
    place, case_id = county.place, own_cases[4]

    def offered(name: str, run_id: str = county.run_id) -> ReviewOffer | None:
        with place.records.reading() as session:
            subject = subject_of(session, the_user(session, name), place.today)
        return review_offer(place, subject, run_id, case_id)

    form = f"/special-cases?run={county.run_id}&case={case_id}"
    assert offered("hospital") == ReviewOffer(form, is_standing=False)
    assert [offered(name) for name in ("other", "lead", "officer", "approver", "supervisor")] == [None] * 5
    assert offered("hospital", f"{county.run_id}-trial") is None
    made = apply(county, client("hospital"), case_id).json()["data"]
    application = f"/special-cases?application={made['application_id']}"
    assert offered("hospital") == ReviewOffer(application, is_standing=True)
    address = f"{API}/special-cases/{made['application_id']}/withdrawal"
    assert client("hospital").post(address, headers={"If-Match": '"1"'}).status_code == 200
    assert offered("hospital") == ReviewOffer(form, is_standing=False)


@pytest.mark.parametrize("kind", KINDS)
def test_of_several_who_apply_at_once_no_more_than_the_quota_allows_come_in(
    county: County, new_url: NewUrl, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_workplace(Settings(region=county.place.region.folder, records=new_url(kind)))
    shelved = place.shelf.run(county.run_id)
    allowed = quota_ground(place, shelved, LEAD).allowed
    with place.records.writing() as session:
        user = add_user(
            session, "lead", "lead", [Grant("lead_hospital", LEAD, ALLIANCE)], password_hash="", by="test", at=NOW
        )
        for number in range(allowed - 1):
            asked = special_cases.CaseApplied(f"case{number}", county.run_id, LEAD, "high_cost", "多次手术")
            special_cases.apply_for(session, asked, user.user_id, NOW)
        lead = subject_of(session, user, place.today)
    all_have_looked, entered = threading.Barrier(4), special_cases.apply_for

    def looked(*given):
        ground = quota_ground(*given)
        all_have_looked.wait(30)
        return ground

    def slowly(*given):
        threading.Event().wait(0.05)
        return entered(*given)

    monkeypatch.setattr(special_reviewing, "quota_ground", looked)
    monkeypatch.setattr(special_cases, "apply_for", slowly)

    def applied(case_id: str) -> str:
        try:
            special_reviewing.apply_for_review(place, lead, county.run_id, case_id, "high_cost", "多次手术")
        except TongchouError as error:
            return error.code
        return "applied"

    with ThreadPoolExecutor(4) as threads:
        answers = sorted(threads.map(applied, cases_of(county, LEAD)[:4]))
    assert answers == ["applied", *["workplace.review_quota"] * 3]
    place.close()


def test_who_sees_reviews_sees_them_in_full_masked_or_not_at_all(client: Client) -> None:
    def masked(name: str) -> set[bool]:
        return {each["is_masked"] for each in client(name).get(f"{API}/special-cases").json()["data"]}

    assert masked("approver") == masked("supervisor") == {False}
    assert masked("hospital") == {False, True}
    assert client("centre").get(f"{API}/special-cases").json()["data"] == []
    assert code(client("researcher").get(f"{API}/special-cases"))[0] == 403
