"""The ledger through the API: drilled down to legs that sum to the trial balance, scoped, proven, closed by another."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient
from tests.people_work.conftest import HOSPITAL, PEOPLE, Client, County, clients_of
from tests.settled_county import SettledCounty

from tongchou.access.api_tokens import make_token
from tongchou.access.subject import subject_of
from tongchou.records.audit import verify
from tongchou.records.models import AuditEvent, PeriodIntent
from tongchou.records.notices import notices_of
from tongchou.records.users import add_user
from tongchou.runs.region import open_region
from tongchou.workplace.ledger_periods import KIND, close_period, complete_changes, periods_of
from tongchou.workplace.ledger_reading import books_of
from tongchou.workplace.place import open_workplace
from tongchou.workplace.settings import Settings

API = "/api/v1"


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def accounts(client: TestClient, period: str = "2025") -> dict:
    return client.get(f"{API}/ledger/accounts", params={"period": period}).json()["data"]


def legs(client: TestClient, account: str, period: str = "2025", size: int = 1_000) -> list[dict]:
    found, cursor = [], None
    while True:
        asked = {"period": period, "size": size, **({"cursor": cursor} if cursor else {})}
        answer = client.get(f"{API}/ledger/accounts/{account}", params=asked).json()
        found += answer["data"]["legs"]
        cursor = answer["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize("period", ["2025", "2025-03"])
def test_what_is_drilled_into_sums_to_the_trial_balance(client: Client, period: str) -> None:
    balance = accounts(client("officer"), period)
    assert len(balance["accounts"]) > 10
    assert balance["total"]["debits_fen"] == balance["total"]["credits_fen"] > 0
    assert balance["total"]["opening_fen"] == balance["total"]["closing_fen"] == 0
    for line in balance["accounts"]:
        booked = [leg["amount_fen"] for leg in legs(client("officer"), line["account"], period)]
        assert sum(each for each in booked if each > 0) == line["debits_fen"]
        assert -sum(each for each in booked if each < 0) == line["credits_fen"]
        assert line["opening_fen"] + sum(booked) == line["closing_fen"]


def test_pages_of_an_account_leave_no_leg_out(client: Client) -> None:
    whole = legs(client("officer"), "fund.cash")
    assert legs(client("officer"), "fund.cash", size=37) == whole
    asked = {"period": "2025", "cursor": "nonsense"}
    assert code(client("officer").get(f"{API}/ledger/accounts/fund.cash", params=asked))[0] == 422


def test_a_hospital_sees_its_own_accounts_and_the_funds_side_of_its_entries(client: Client) -> None:
    seen = accounts(client("hospital"))["accounts"]
    assert seen
    assert all(line["account"].endswith(f".{HOSPITAL}") for line in seen)
    assert code(client("hospital").get(f"{API}/ledger/accounts/fund.cash", params={"period": "2025"}))[0] == 403
    all_of_them = {line["account"] for line in accounts(client("officer"))["accounts"]}
    stranger = next(each for each in sorted(all_of_them) if each.startswith("payable.") and HOSPITAL not in each)
    assert code(client("hospital").get(f"{API}/ledger/accounts/{stranger}", params={"period": "2025"}))[0] == 403
    theirs = legs(client("officer"), stranger)[0]["entry_id"]
    assert code(client("hospital").get(f"{API}/ledger/entry", params={"entry_id": theirs})) == (403, "access.refused")
    mine = {leg["entry_id"] for line in seen for leg in legs(client("hospital"), line["account"])}
    for entry_id in mine:
        entry = client("hospital").get(f"{API}/ledger/entry", params={"entry_id": entry_id}).json()["data"]
        assert sum(leg["amount_fen"] for leg in entry["legs"]) == 0
        others = [leg for leg in entry["legs"] if "hospital." in leg["account"] and HOSPITAL not in leg["account"]]
        assert others == []
    refused = client("researcher").get(f"{API}/ledger/accounts", params={"period": "2025"})
    assert code(refused) == (403, "access.refused")


def test_entries_shared_with_others_show_their_legs_together_and_no_proof(client: Client) -> None:
    own = [line["account"] for line in accounts(client("hospital"))["accounts"]]
    entries = {leg["entry_id"] for account in own for leg in legs(client("hospital"), account)}
    shared = [each for each in entries if "surplus" in each or "deficit_shared" in each]
    for entry_id in shared:
        entry = client("hospital").get(f"{API}/ledger/entry", params={"entry_id": entry_id}).json()["data"]
        assert not entry["is_whole"]
        assert [leg["account"] for leg in entry["legs"]].count("") == 1
        proof = client("hospital").get(f"{API}/ledger/proof", params={"entry_id": entry_id})
        assert code(proof) == (403, "workplace.proof_of_others")


def test_a_proof_holds_without_this_system(county: County, client: Client, tmp_path: Path) -> None:
    account = accounts(client("hospital"))["accounts"][0]["account"]
    entry_id = next(leg["entry_id"] for leg in legs(client("hospital"), account) if "/ledger.month." in leg["entry_id"])
    asked = {"entry_id": entry_id}
    assert code(client("hospital").get(f"{API}/ledger/proof", params=asked)) == (422, "runs.nothing_signed")
    key = Ed25519PrivateKey.generate()
    with books_of(county.place) as books:
        head = books.sign(key, date(2026, 1, 2), "sha256")
    assert [each["size"] for each in client("researcher").get(f"{API}/ledger/heads").json()["data"]] == [head.size]
    proof = client("hospital").get(f"{API}/ledger/proof", params=asked).json()["data"]
    (tmp_path / "proof.json").write_text(json.dumps(proof), encoding="utf-8")

    def verify() -> int:
        command = [sys.executable, "-m", "tongchou.ledger.verify", str(tmp_path / "proof.json"), "--key"]
        return subprocess.run([*command, head.public_key or ""], check=False, capture_output=True).returncode

    assert verify() == 0
    proof["entry"]["legs"][0]["amount_fen"] += 1
    (tmp_path / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
    assert verify() != 0
    assert code(client("other").get(f"{API}/ledger/proof", params=asked)) == (403, "access.refused")
    assert client("supervisor").get(f"{API}/ledger/check").json()["data"] == {"is_sound": True, "problems": []}


@pytest.fixture
def apart(county: County, tmp_path: Path) -> Iterator[Client]:
    """Give clients of a copy of the county's books: a region that keeps periods books no more as it did."""
    folder = tmp_path / "county"
    shutil.copytree(county.place.region.folder / "lake", folder / "lake")
    shutil.copy(county.place.region.folder / "region.yaml", folder)
    place = replace(county.place, region=open_region(folder))
    yield from clients_of(place)


def test_a_period_is_closed_by_another_than_who_locked_it(apart: Client) -> None:
    client = apart

    def bring(name: str, state: str, period: str = "2031-01", reason: str = "月报已出"):
        return client(name).post(f"{API}/ledger/periods/{period}", json={"state": state, "reason": reason})

    assert code(bring("hospital", "open")) == (403, "access.refused")
    assert bring("officer", "open").status_code == 201
    assert code(bring("officer", "open")) == (409, "ledger.period_order")
    assert code(bring("approver", "closed")) == (409, "ledger.period_order")
    assert bring("approver", "locked").status_code == 201
    assert code(bring("officer", "closed")) == (403, "access.refused")
    assert code(bring("approver", "closed")) == (403, "access.second_person")
    assert bring("approver2", "closed").json()["data"][0]["changed_by"] == "approver2"
    read = client("hospital").get(f"{API}/ledger/periods").json()["data"]
    assert read["states"]["2031-01"] == "closed"
    assert [each["state"] for each in read["changes"]] == ["open", "locked", "closed"]
    told = {name: notices(client(name)) for name in ("approver", "approver2", "officer")}
    assert [each["kind"] for each in told["approver2"]] == ["ledger.locked"]  # who may close it
    assert [each["kind"] for each in told["approver"]] == ["ledger.closed"]  # who locked it
    assert told["officer"] == []


def notices(client: TestClient) -> list[dict]:
    found = client.get(f"{API}/notices").json()["data"]
    return [each for each in found if each["kind"].startswith("ledger.") and "2031-01" in each["words"]["zh"]]


KILLED = """
import os, signal, sys
from pathlib import Path
from starlette.testclient import TestClient
from tongchou.api.app import make_api
from tongchou.api.routes import ROUTERS
from tongchou.runs.books import Books
from tongchou.workplace.place import open_workplace
from tongchou.workplace.settings import Settings

whole = Books.change_periods
moments = {
    "before": lambda *given: os.kill(os.getpid(), signal.SIGKILL),
    "between": lambda *given: (whole(*given), os.kill(os.getpid(), signal.SIGKILL)),
}
for line in sys.stdin:
    moment, state = line.split()
    child = os.fork()
    if child == 0:
        Books.change_periods = moments[moment]
        client = TestClient(make_api(open_workplace(Settings(region=Path(sys.argv[1]))), ROUTERS))
        headers = {"Authorization": "Bearer " + sys.argv[2], "Idempotency-Key": moment + state}
        client.post("/api/v1/ledger/periods/2031-01", json={"state": state, "reason": "x"}, headers=headers)
        os._exit(0)
    print(moment, state, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.mark.slow
def test_a_change_of_a_period_by_a_server_that_is_killed_before_noting_it_is_noted_afterwards(
    settled_county: SettledCounty, tmp_path: Path
) -> None:
    place = open_workplace(Settings(region=settled_county.copied(tmp_path / "county")))
    with place.records.writing() as session:
        users = {
            name: add_user(session, name, name, [PEOPLE[name]], password_hash="-", by="test", at=place.now())
            for name in ("officer", "approver")
        }
        lasting = timedelta(days=1)
        actions = ["ledger.open", "ledger.lock"]
        made = make_token(session, place.rules, users["officer"], "t", actions, lasting, by="test", at=place.now())
        approver = subject_of(session, users["approver"], place.today)
    command = [sys.executable, "-c", KILLED, str(place.region.folder), made.secret]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}

    steps = ["before open", "between open", "between locked"]
    said = subprocess.run(
        command, input="\n".join(steps), env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert said.stdout.splitlines() == [f"{step} -9" for step in steps], said.stderr

    def noted() -> list[tuple[str, str]]:
        with place.records.reading() as session:
            events = session.query(AuditEvent).filter_by(object_kind=KIND).order_by(AuditEvent.sequence)
            return [(each.user_name, each.object_id) for each in events]

    assert noted() == [("officer", "2031-01 open")]  # by the act after it
    assert complete_changes(place) == 1  # by the start of the next server
    assert complete_changes(place) == 0
    assert noted()[1:] == [("officer", "2031-01 locked")]
    close_period(place, approver, "2031-01", "已核对")
    assert noted()[2:] == [("approver", "2031-01 closed")]
    assert [each.state.value for each in periods_of(place, approver).changes] == ["open", "locked", "closed"]
    with place.records.reading() as session:
        assert session.query(PeriodIntent).count() == 0
        assert verify(session) == ()
        assert {each.kind for each in notices_of(session, users["approver"].user_id)} == {"ledger.locked"}
    place.close()
