"""The client's methods for people's work, each against the place that runs."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import narwhals as nw
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient
from tests.settled_county import SettledCounty

from tongchou.access.api_tokens import make_token
from tongchou.access.rights import built_in_rights
from tongchou.api.app import make_api
from tongchou.api.routes import ROUTERS
from tongchou.client import Client
from tongchou.core.errors import TongchouError
from tongchou.records.users import Grant, add_user
from tongchou.schema.tables import CONTRACTS
from tongchou.workplace.ledger_reading import books_of
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings

HOSPITAL, OTHER, CENTRE = "H00000000002", "H00000000003", "H10000000001"
PEOPLE = {
    "officer": Grant("insurer_officer"),
    "approver": Grant("insurer_approver"),
    "hospital": Grant("hospital", HOSPITAL),
    "expert": Grant("hospital", OTHER),
    "centre": Grant("primary_centre", CENTRE),
}
FACTOR = "payment/drg/level_factor"
Of = Callable[[str], Client]


@pytest.fixture(scope="module")
def place(settled_county: SettledCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    opened = open_workplace(Settings(region=settled_county.copied(tmp_path_factory.mktemp("client") / "county")))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def of(place: Workplace) -> Of:
    """Return a function that gives somebody's client."""
    api, actions, lasting = make_api(place, ROUTERS), list(built_in_rights().actions), timedelta(days=1)
    with place.records.writing() as session:
        users = {
            name: add_user(session, name, name, [grant], password_hash="-", by="test", at=place.now())
            for name, grant in PEOPLE.items()
        }
        tokens = {
            name: make_token(session, place.rules, user, "t", actions, lasting, by="test", at=place.now()).secret
            for name, user in users.items()
        }
    return lambda name: Client("http://place", tokens[name], http=TestClient(api, base_url="http://place"))


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(TongchouError) as caught:
        act()
    return caught.value.code


def test_the_ledger_is_read_down_to_an_entry_and_proven(place: Workplace, of: Of, tmp_path: Path) -> None:
    officer = of("officer")
    balance = officer.ledger_accounts("2025")
    line = next(each for each in balance["accounts"] if each["account"] == "fund.cash")
    legs = list(officer.ledger_account("fund.cash", "2025", size=37))
    assert len(legs) > 37
    assert (
        line["opening_fen"] + sum(leg["amount_fen"] for leg in legs) == line["closing_fen"] == legs[-1]["balance_fen"]
    )
    entry_id = legs[0]["entry_id"]
    assert sum(leg["amount_fen"] for leg in officer.ledger_entry(entry_id)["legs"]) == 0
    assert officer.ledger_heads() == []
    assert refused(lambda: officer.ledger_proof(entry_id)) == "runs.nothing_signed"
    with books_of(place) as books:
        head = books.sign(Ed25519PrivateKey.generate(), date(2026, 1, 2), "sha256")
    assert officer.ledger_heads()[0]["size"] == head.size
    assert officer.ledger_proof(entry_id)["entry"]["entry_id"] == entry_id
    assert officer.ledger_growth(head.size)
    assert officer.check_ledger() == {"is_sound": True, "problems": []}


def test_a_referral_goes_its_way_and_its_receiver_is_told(place: Workplace, of: Of) -> None:
    with place.facts() as facts:
        own = facts.table(CONTRACTS).filter(nw.col("institution_id") == CENTRE).sort("person_id")
        person = facts.engine.collect(own.head(1))["person_id"][0].as_py()
    centre, hospital = of("centre"), of("hospital")
    assert person in centre.referral_persons(CENTRE, person[:8])
    begun = centre.begin_referral(person, CENTRE, HOSPITAL, "胸痛待查", direction="up", department="心内科")
    (notice,) = [each for each in hospital.notices() if each.page.endswith(begun.referral_id)]
    assert "转诊" in notice.words.zh
    assert notice.read_at is None
    left = hospital.unread_notices()
    assert hospital.mark_notices_read(notice.notice_id) == left - 1
    assert hospital.mark_notices_read() == 0
    assert refused(lambda: centre.answer_referral(begun, "accepted")) == "access.refused"
    accepted = hospital.answer_referral(begun, "accepted", "请于明日到院")
    assert refused(lambda: hospital.answer_referral(begun, "rejected", "迟了")) == "records.changed_meanwhile"
    ended = hospital.complete_referral(hospital.note_arrival(accepted), "好转", case_id="K1")
    assert (ended.state, ended.to_case_id) == ("completed", "K1")
    assert [step["state"] for step in centre.referral(begun.referral_id).steps][-1] == "completed"
    assert [each.referral_id for each in centre.referrals(state="completed", size=1)] == [begun.referral_id]
    assert centre.referral_summary()["by_state"]["completed"] == 1


def test_a_review_is_applied_for_reviewed_decided_and_another_taken_back(of: Of) -> None:
    hospital, expert, approver = of("hospital"), of("expert"), of("approver")
    (run,) = hospital.runs()
    cases = [row["case_id"] for row in hospital.cases(run.run_id, institution_id=HOSPITAL)][:2]
    quota = hospital.review_quota(run.run_id, HOSPITAL)
    first, second = (hospital.apply_for_review(run.run_id, each, "high_cost", "多次手术") for each in cases)
    assert hospital.review_quota(run.run_id, HOSPITAL) == {**quota, "used": quota["used"] + 2}
    assert hospital.withdraw_application(second).state == "withdrawn"
    (seen,) = expert.applications(state="applied", size=1)
    assert (seen.application_id, seen.is_masked, seen.case_id) == (first.application_id, True, "")
    assert expert.give_opinion(first.application_id, "adjusted", "用药合理", amount_fen=900_000)["opinions"]
    now = next(each for each in approver.applications() if each.application_id == first.application_id)
    assert refused(lambda: approver.decide_application(first, "refuse", "不同意")) == "records.changed_meanwhile"
    assert approver.decide_application(now, "refuse", "不同意")["outcome"] == "refuse"
    assert hospital.application(first.application_id)["application"]["decision"]["outcome"] == "refuse"


def test_a_change_of_policy_goes_from_draft_into_effect(of: Of) -> None:
    officer, approver = of("officer"), of("approver")
    values = {"2040-01-01": "{tertiary: 1.05, secondary: 1, primary: 0.95}"}
    asked = (values, "云医保发〔2025〕1号", "缩小差距")
    assert officer.policy("2025-06-01", search="level_factor")["parameters"][0]["name"] == FACTOR
    assert officer.preview_policy_change(FACTOR, *asked)[0]["is_different"]
    draft = officer.draft_policy_change(FACTOR, *asked)
    edited = officer.edit_policy_change(draft, values, "云医保发〔2025〕1号", "另写")
    assert refused(lambda: officer.submit_policy_change(draft)) == "records.changed_meanwhile"
    again = officer.submit_policy_change(officer.take_back_policy_change(officer.submit_policy_change(edited)))
    rejected = approver.reject_policy_change(again, "再议")
    assert (rejected.state, rejected.decision_words) == ("rejected", "再议")
    submitted = officer.submit_policy_change(officer.take_back_policy_change(rejected))
    assert refused(lambda: officer.approve_policy_change(submitted)) == "access.refused"
    approved = approver.approve_policy_change(submitted, "同意")
    assert officer.measure_policy_change(approved.change_id)["order_id"]
    assert officer.effects_of_policy_change(approved.change_id)["result"] is None
    assert officer.apply_policy_change(approved).state == "applied"
    assert [each.change_id for each in officer.policy_changes("applied")] == [approved.change_id]
    assert officer.policy_change(approved.change_id).reason == "另写"
    assert officer.policy_parameter(FACTOR, "2040-06-01")["values"]["primary"] == "0.95"


def test_a_period_is_opened_locked_and_closed_by_another(of: Of) -> None:
    officer, approver = of("officer"), of("approver")
    assert officer.change_period("2031-01", "open", "新年")[0]["state"] == "open"
    assert officer.change_period("2031-01", "locked", "月报已出")[0]["period"] == "2031-01"
    assert approver.change_period("2031-01", "closed", "已核对")[0]["changed_by"] == "approver"
    assert officer.ledger_periods()["states"]["2031-01"] == "closed"
