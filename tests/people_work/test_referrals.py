"""The whole life of a referral: begun, answered, followed, handed over to the lake once."""

import narwhals as nw
import pytest
from starlette.testclient import TestClient
from tests.people_work.conftest import CENTRE, HOSPITAL, OTHER, Client, County

from tongchou.schema.tables import CASES, CONTRACTS, REFERRALS
from tongchou.workplace.handing_over import hand_over

API = "/api/v1"


@pytest.fixture(scope="module")
def person(county: County) -> str:
    """Return somebody who has a contract with the centre."""
    with county.place.facts() as facts:
        own = facts.table(CONTRACTS).filter(nw.col("institution_id") == CENTRE).sort("person_id")
        return str(facts.engine.collect(own.head(1))["person_id"][0].as_py())


def asked(person: str, **changes: object) -> dict[str, object]:
    return {
        "person_id": person,
        "direction": "up",
        "from_institution_id": CENTRE,
        "to_institution_id": HOSPITAL,
        "department": "心内科",
        "reason": "胸痛待查",
        **changes,
    }


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def step(client: TestClient, referral: dict, name: str, **body: object):
    return client.post(
        f"{API}/referrals/{referral['referral_id']}/{name}", json=body, headers={"If-Match": f'"{referral["version"]}"'}
    )


def in_lake(county: County, referral_id: str) -> list[dict]:
    with county.place.facts() as facts:
        return facts.engine.collect(facts.table(REFERRALS).filter(nw.col("referral_id") == referral_id)).to_pylist()


def test_a_referral_goes_its_whole_way_and_reaches_the_lake_once(county: County, client: Client, person: str) -> None:
    centre, hospital = client("centre"), client("hospital")
    found = centre.get(f"{API}/referral-persons", params={"institution_id": CENTRE, "begins": person[:8]}).json()[
        "data"
    ]
    assert all(each.startswith(person[:8]) for each in found)
    assert found
    made = centre.post(f"{API}/referrals", json=asked(person)).json()["data"]
    assert made["state"] == "requested"
    assert any("转诊" in each["words"]["zh"] for each in hospital.get(f"{API}/notices").json()["data"])

    read = hospital.get(f"{API}/referrals/{made['referral_id']}")
    assert read.headers["etag"] == f'"{made["version"]}"'
    assert code(step(centre, made, "answer", answer="accepted")) == (403, "access.refused")
    assert code(step(hospital, made, "arrival")) == (409, "records.step_not_possible")
    accepted = step(hospital, made, "answer", answer="accepted", words="请于明日到院").json()["data"]
    assert code(step(hospital, made, "answer", answer="rejected", words="迟了")) == (412, "records.changed_meanwhile")
    assert in_lake(county, made["referral_id"]) == []
    hand_over(county.place)
    assert in_lake(county, made["referral_id"]) == []  # not ended yet

    arrived = step(hospital, accepted, "arrival").json()["data"]
    ended = step(hospital, arrived, "completion", words="好转", case_id="K-not-yet-handed-in")
    assert ended.json()["data"]["state"] == "completed"
    hand_over(county.place)
    batches = len(county.place.region.lake.batches())
    assert hand_over(county.place).referrals == 0
    assert len(county.place.region.lake.batches()) == batches
    (row,) = in_lake(county, made["referral_id"])
    assert (row["state"], row["person_id"], row["to_case_id"]) == ("completed", person, "K-not-yet-handed-in")
    assert row["accepted_on"] is not None

    steps = centre.get(f"{API}/referrals/{made['referral_id']}").json()["data"]["steps"]
    assert [(each["state"], each["words"]) for each in steps] == [
        ("requested", ""),
        ("accepted", "请于明日到院"),
        ("arrived", ""),
        ("completed", "好转"),
    ]
    assert {each["kind"] for each in centre.get(f"{API}/notices").json()["data"]} >= {
        "referral.accepted",
        "referral.arrived",
        "referral.completed",
    }


def test_a_rejected_referral_says_why_and_reaches_the_lake(county: County, client: Client, person: str) -> None:
    made = client("centre").post(f"{API}/referrals", json=asked(person)).json()["data"]
    assert code(step(client("hospital"), made, "answer", answer="rejected")) == (422, "workplace.words_needed")
    step(client("hospital"), made, "answer", answer="rejected", words="无床位")
    hand_over(county.place)
    (row,) = in_lake(county, made["referral_id"])
    assert (row["state"], row["accepted_on"]) == ("rejected", None)


def test_an_institution_sees_its_own_referrals_and_nobody_elses(client: Client, person: str) -> None:
    made = client("centre").post(f"{API}/referrals", json=asked(person)).json()["data"]
    mine = {each["referral_id"] for each in client("hospital").get(f"{API}/referrals").json()["data"]}
    assert made["referral_id"] in mine
    assert client("other").get(f"{API}/referrals").json()["data"] == []
    assert code(client("other").get(f"{API}/referrals/{made['referral_id']}")) == (403, "access.refused")
    assert code(client("other").get(f"{API}/referrals", params={"institution_id": HOSPITAL}))[0] == 403
    assert code(step(client("other"), made, "answer", answer="accepted"))[0] == 403
    assert code(client("approver").get(f"{API}/referrals"))[0] == 403  # sums, no persons
    assert client("approver").get(f"{API}/referrals/summary").json()["data"]["flows"]
    assert client("other").get(f"{API}/referrals/summary").json()["data"]["flows"] == []
    flows = client("researcher").get(f"{API}/referrals/summary").json()["data"]["flows"]
    assert all(each["count"] >= 5 for each in flows)


def test_the_persons_are_the_institutions_own(county: County, client: Client, person: str) -> None:
    with county.place.facts() as facts:
        known = [
            facts.table(table).filter(nw.col("institution_id") == CENTRE).select("person_id")
            for table in (CASES, CONTRACTS)
        ]
        own = set(facts.engine.collect(nw.concat(known))["person_id"].to_pylist())
        all_of_them = set(facts.engine.collect(facts.table(CASES).select("person_id"))["person_id"].to_pylist())
    stranger = sorted(all_of_them - own)[0]
    centre = client("centre")
    assert code(centre.post(f"{API}/referrals", json=asked(stranger))) == (404, "workplace.no_person")
    looked_up = centre.get(f"{API}/referral-persons", params={"institution_id": CENTRE, "begins": stranger})
    assert looked_up.json()["data"] == []
    elsewhere = centre.get(f"{API}/referral-persons", params={"institution_id": HOSPITAL, "begins": "P000"})
    assert code(elsewhere) == (403, "access.refused")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"to_institution_id": CENTRE}, (422, "workplace.same_institution")),
        ({"to_institution_id": "H99"}, (404, "workplace.no_institution")),
        ({"from_institution_id": OTHER}, (403, "access.refused")),
        ({"direction": "sideways"}, (422, "api.bad_value")),
        ({"case_id": "K0"}, (404, "workplace.no_case")),
        ({"surplus": 1}, (422, "api.bad_value")),
    ],
)
def test_a_referral_that_is_not_right_is_refused(
    client: Client, person: str, changes: dict[str, object], expected: tuple[int, str]
) -> None:
    assert code(client("centre").post(f"{API}/referrals", json=asked(person, **changes))) == expected


def test_pages_of_referrals_leave_none_out(client: Client, person: str) -> None:
    for _ in range(3):
        client("centre").post(f"{API}/referrals", json=asked(person))
    whole = [each["referral_id"] for each in client("centre").get(f"{API}/referrals").json()["data"]]
    paged, cursor = [], None
    while True:
        answer = client("centre").get(f"{API}/referrals", params={"size": 2, **({"cursor": cursor} if cursor else {})})
        paged += [each["referral_id"] for each in answer.json()["data"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break
    assert paged == whole
    assert code(client("centre").get(f"{API}/referrals", params={"cursor": "nonsense"})) == (
        422,
        "workplace.bad_cursor",
    )
