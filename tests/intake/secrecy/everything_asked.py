"""Everything that can be asked of a county: reports, exports, the answers of the API, the log of the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from starlette.testclient import TestClient
from tests.counter_place import take_in_here
from tests.intake.secrecy.interface_people import SENDER
from tests.intake.secrecy.planted_county import PlantedCounty

from tongchou.access.sign_in import begin_sign_in
from tongchou.api.app import make_api
from tongchou.api.routes import ROUTERS
from tongchou.privacy.keys import RING_VARIABLE
from tongchou.records.users import Grant, add_user
from tongchou.store.lake import Lake
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings

_ROLES = {
    "officer": Grant("insurer_officer"),
    "hospital": Grant("hospital", SENDER),
    "supervisor": Grant("supervisor"),
    "researcher": Grant("researcher"),
    "administrator": Grant("administrator"),
}
_OF_EACH = ("findings?limit=200", "quality", "audit")
_QUESTIONS = (
    *("uploads", "quality", "batches", "findings?limit=200", "audit", "me/rights", "institutions", "cases"),
    *(f"quality-reports/{SENDER}?format=html", f"quality-reports/{SENDER}?format=xlsx", "referrals", "notices"),
    *(f"referral-persons?institution_id={SENDER}&begins=P", "run-orders", "special-cases", "runs"),
)


def ask_commands(county: PlantedCounty) -> None:
    """Ask for everything that commands write of what was taken in."""
    out = county.out
    for number in range(1, 13, 5):
        county.ask("intake", "history", f"{SENDER}-4101{number:06d}")
        county.ask("intake", "history", f"{SENDER}-4101{number:06d}", "--json")
    county.ask("intake", "report", "--institution", SENDER, "--out", out / "report")
    county.ask("exchange", "feedback", "--out", out / "feedback.ndjson")
    for version in ("4101", "4101A"):
        county.ask("region", "export", "--format", version, "--out", out / f"lists-{version}.ndjson")
    keys = ("--keys", county.folder / "keys.yaml")
    county.ask("privacy", "export", "--table", "cases", "--out", out / "cases.csv", "--who", "r", "--k", "2", *keys)
    county.ask("privacy", "log", "show")
    county.ask("settle", "--period", "2025")
    county.ask("exchange", "fhir", "--out", out / "fhir.ndjson")


def first_pseudonym(county: PlantedCounty) -> str:
    """Return the person of a list that was taken."""
    lake = Lake(county.region / "lake")
    return str(pl.read_parquet(lake.files("settlement_lists", lake.snapshot()))["person_id"].drop_nulls()[0])


def ask_the_place(county: PlantedCounty, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Upload files and have them taken in by the run desk, then ask the API as everybody for everything."""
    monkeypatch.setenv(RING_VARIABLE, str(county.folder / "keys.yaml"))
    with _open(county.region) as place:
        clients = _clients(place)
        for file in sorted(files.iterdir()):
            _upload(county, place, clients["officer"], file)
        for who, client in clients.items():
            for question in _QUESTIONS if who == "officer" else _OF_EACH:
                answer = client.get(f"/api/v1/{question}")
                county.said[f"API {who} {question} {answer.status_code}"] = answer.content.decode("latin-1")


def _upload(county: PlantedCounty, place: Workplace, client: TestClient, file: Path) -> None:
    content = file.read_bytes()
    told = client.post("/api/v1/uploads", json={"name": file.name, "size": len(content), "institution_id": ""})
    county.said[f"API upload {file.suffix} {len(county.said)}"] = told.text
    if told.status_code != 201:
        return
    path = f"/api/v1/uploads/{told.json()['data']['upload_id']}"
    octets = {"Content-Type": "application/octet-stream", "Upload-Offset": "0"}
    answers = [client.patch(path, content=content, headers=octets), client.post(f"{path}/complete")]
    answers.append(client.post(f"{path}/intake"))
    if answers[-1].status_code == 202:
        take_in_here(place)
    answers += [client.get(f"{path}/intake"), client.get(path)]
    county.said[f"API intake {len(county.said)}"] = "\n".join(answer.text for answer in answers)


@contextmanager
def _open(region: Path) -> Iterator[Workplace]:
    place = open_workplace(Settings(region=region, free_bytes=0), now=lambda: datetime.now(UTC))
    try:
        yield place
    finally:
        place.close()


def _clients(place: Workplace) -> dict[str, TestClient]:
    clients = {}
    api = make_api(place, ROUTERS)
    for name, grant in _ROLES.items():
        with place.records.writing() as session:
            user = add_user(session, name, name, [grant], password_hash="", by="test", at=place.now())
            secret = begin_sign_in(session, place.rules, user, "local", place.now()).secret
        clients[name] = TestClient(api, headers={"Authorization": f"Bearer {secret}"})
    return clients
