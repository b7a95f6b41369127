"""Grouping through the API where the region pays by DIP: the catalogue's groups, points, reasons and what-ifs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from starlette.testclient import TestClient
from tests.api.conftest import problems
from tests.settled_county import SettledCounty

from tongchou.access.api_tokens import make_token
from tongchou.api.app import make_api
from tongchou.api.envelope import Answer
from tongchou.api.routes import ROUTERS
from tongchou.api.routes.group_bodies import BatchBody, OneGroupBody, WhatIfBody
from tongchou.grouping.dip.brought import BROUGHT_FIELDS
from tongchou.grouping.dip.building import build_catalogue
from tongchou.grouping.dip.catalogue_folder import write_catalogue
from tongchou.grouping.dip.grouper import DipGrouper
from tongchou.grouping.dip.rules_reading import national_rules
from tongchou.records.users import Grant, add_user
from tongchou.runs.dip_cases import lake_cases
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings

PARAMETERS = {"payment/inpatient/method": "dip_points", "payment/dip/catalogue": "published"}


@pytest.fixture(scope="module")
def place(settled_county: SettledCounty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    folder = settled_county.copied(tmp_path_factory.mktemp("dip") / "county")
    say(folder, PARAMETERS)
    place = open_workplace(Settings(region=folder))
    write_catalogue(build_catalogue(cases_of(place), national_rules()), folder / "catalogues" / "published")
    yield place
    place.close()


def say(folder: Path, parameters: dict[str, str]) -> None:
    for name, value in parameters.items():
        file = folder / "policy" / "parameters" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"values: [{{from: 2020-01-01, source: {{title: example}}, value: {value}}}]", encoding="utf-8")


def cases_of(place: Workplace) -> pl.DataFrame:
    with place.facts() as facts:
        cases = lake_cases(facts.lake, facts.snapshot)
    assert cases is not None
    return cases


@pytest.fixture(scope="module")
def officer(place: Workplace) -> TestClient:
    with place.records.writing() as session:
        user = add_user(
            session, "officer", "x", [Grant("insurer_officer")], password_hash="-", by="test", at=place.now()
        )
        actions = ["grouping.group", "grouping.what_if"]
        made = make_token(
            session, place.rules, user, "t", actions, place.rules.longest_token, by="test", at=place.now()
        )
    headers = {"Authorization": f"Bearer {made.secret}"}
    return TestClient(make_api(place, ROUTERS), base_url="http://place/api/v1", headers=headers)


@pytest.fixture(scope="module")
def bodies(place: Workplace) -> list[dict[str, Any]]:
    columns = ["case_id", "diagnoses", "procedures", *BROUGHT_FIELDS]
    rows = cases_of(place).select(each for each in columns if each in cases_of(place).columns).to_dicts()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def test_cases_have_the_groups_and_points_that_the_catalogue_gives_them(
    place: Workplace, officer: TestClient, bodies: list[dict[str, Any]]
) -> None:
    expected = DipGrouper(place.at_hand.dip.ready().grouper.catalogue).group(cases_of(place)).to_dicts()
    answer = officer.post("/group/batch", json={"cases": bodies})
    assert answer.status_code == 200, answer.text
    got = Answer[BatchBody].model_validate_json(answer.text).data
    assert (got.scheme, got.prices) == ("dip", None)
    assert got.notice is not None
    assert [(each.case_id, each.drg, each.status) for each in got.groups] == [
        (row["case_id"], row["group"] or "", row["status"]) for row in expected
    ]
    assert [(each.dip.points_e2, each.dip.band, each.weight_e4) for each in got.groups if each.dip] == [
        (row["points_e2"], row["band"], row["rw_e4"]) for row in expected
    ]
    for body, in_batch in zip(bodies[:3], answer.json()["data"]["groups"], strict=False):
        one = officer.post("/group", json=body)
        assert {name: one.json()["data"][name] for name in in_batch} == in_batch


def test_a_case_is_explained_by_the_catalogue(officer: TestClient, bodies: list[dict[str, Any]]) -> None:
    answer = officer.post("/group", json={**bodies[0], "explain": True})
    found = Answer[OneGroupBody].model_validate_json(answer.text).data
    assert found.explanation is not None
    step = found.explanation["explanation"]
    assert step["rule"] == "grouping.dip"
    assert found.drg in step["outcome"]["zh"]


def test_another_coding_or_cost_is_tried_by_the_catalogue(officer: TestClient, bodies: list[dict[str, Any]]) -> None:
    groups = officer.post("/group/batch", json={"cases": bodies}).json()["data"]["groups"]
    of_level = [each for each, group in zip(bodies, groups, strict=True) if group["dip"]["band"] == "normal"]
    case = next(each for each in of_level if each.get("procedures"))
    changes = [
        *({"kind": "procedure_dropped", "code": code} for code in dict.fromkeys(case["procedures"])),
        {"kind": "field_set", "field": "total_fen", "value": 900_000_000},
        {"kind": "principal_replaced", "code": "?"},
    ]
    answer = officer.post("/what-if", json={"case": case, "changes": changes})
    tried = Answer[WhatIfBody].model_validate_json(answer.text).data.outcomes
    assert tried[0].differs_in == []
    assert tried[0].group.case_id == case["case_id"]
    costly, unknown = tried[-2:]
    assert "points_e2" in costly.differs_in
    assert costly.group.dip is not None
    assert costly.group.dip.band == "panel"
    assert (unknown.group.status, unknown.group.decided_by) == ("ungrouped", "unknown_diagnosis")
    assert {"status", "drg"} <= set(unknown.differs_in)
    unfit = {"case": case, "changes": [{"kind": "field_set", "field": "birth_weight_g", "value": 900}]}
    answer = officer.post("/what-if", json=unfit)
    assert (answer.status_code, problems(answer.text)) == (422, ["grouping.what_if"])


def test_a_drg_scheme_may_still_be_named(officer: TestClient, bodies: list[dict[str, Any]]) -> None:
    found = officer.post("/group", json={**bodies[0], "scheme": "chs-drg-category"}).json()["data"]
    assert found["scheme"] == "chs-drg-category"
    assert found["mdc"]
    assert found["dip"] is None


def test_a_catalogue_that_is_yet_to_be_measured_is_not_guessed(settled_county: SettledCounty, tmp_path: Path) -> None:
    folder = settled_county.copied(tmp_path / "county")
    say(folder, {**PARAMETERS, "payment/dip/catalogue": "measured"})
    place = open_workplace(Settings(region=folder))
    with place.records.writing() as session:
        user = add_user(
            session, "officer", "x", [Grant("insurer_officer")], password_hash="-", by="test", at=place.now()
        )
        lasting = place.rules.longest_token
        made = make_token(session, place.rules, user, "t", ["grouping.group"], lasting, by="test", at=place.now())
    client = TestClient(make_api(place, ROUTERS), headers={"Authorization": f"Bearer {made.secret}"})
    answer = client.post("/api/v1/group", json={"diagnoses": ["I10"]})
    assert (answer.status_code, problems(answer.text)) == (409, ["workplace.no_dip_catalogue"])
    place.close()
