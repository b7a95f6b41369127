"""The region that is served, somebody who may ask, and cases to ask about."""

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson

from benchmarks import line
from benchmarks.place import Place
from tongchou.access.api_tokens import make_token
from tongchou.access.passwords import hash_password, new_password
from tongchou.access.sign_in import sign_in
from tongchou.records.users import Grant, add_user
from tongchou.runs.frames import grouping_input
from tongchou.schema.tables import CASES
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import read_settings

_ACTIONS = ("grouping.group", "grouping.what_if", "trial.settle", "runs.read")
_COLUMNS = ("case_id", "sex", "age_years", "age_days", "birth_weight_g", "diagnoses", "procedures")


def settled_region(place: Place, cases: int) -> Path:
    """Return a settled region of some cases; it is made where it is not there."""
    if not place.is_generated(cases):
        line.generate(place, cases)
        shutil.rmtree(place.settled, ignore_errors=True)
    if not place.is_taken_in:
        line.intake(place)
    if not list(place.settled.glob("runs/*/run.json")):
        line.settle_year(place)
    return place.settled


class Asker:
    """An officer made for the measuring: a token for systems, a cookie for pages.

    Args:
        region: The region.
    """

    def __init__(self, region: Path) -> None:
        place = open_workplace(read_settings(None, region=region))
        try:
            password = new_password()
            at = place.now()
            with place.records.writing() as session:
                user = add_user(
                    session,
                    f"bench_{at:%Y%m%d%H%M%S%f}",
                    "bench",
                    [Grant("insurer_officer")],
                    password_hash=hash_password(place.rules, password),
                    by="bench",
                    at=at,
                )
                name = user.user_name
                made = make_token(session, place.rules, user, "bench", _ACTIONS, timedelta(days=1), by="bench", at=at)
            self.token = made.secret
            self.cookie = sign_in(place.records, place.rules, name, password, place.now()).secret
            self.run_id = place.shelf.newest()
            record = place.shelf.record(self.run_id)
            self.institution_id = max(record.summary.institutions, key=lambda each: each.case_count).institution_id
            self.drg = max(record.weights, key=lambda each: each.case_count).drg
            self.cases = _cases(place)
            self.case_id = str(self.cases[0]["case_id"])
        finally:
            place.close()

    def pages(self) -> dict[str, str]:
        """Return the pages of a drill-down from the overview to the reasons, by what they show."""
        member = urlencode({"run": self.run_id, "institution": self.institution_id})
        settled = urlencode({"run": self.run_id, "member": self.institution_id})
        group = f"/settlement?{member}&{urlencode({'drg': self.drg})}"
        return {
            "总览 / overview": "/overview",
            "一家机构 / an institution": f"/settlement?{member}",
            "一个病组的病例 / cases of a group": group,
            "一例为什么 / why of a case": f"{group}&{urlencode({'case': self.case_id})}",
            "清算为什么 / why of a settlement": f"/settlement?{settled}",
        }

    def group_bodies(self) -> tuple[bytes, ...]:
        """Return single cases of the region as bodies of `POST /group`."""
        known = ({key: value for key, value in each.items() if value is not None} for each in self.cases)
        return tuple(orjson.dumps(each) for each in known)

    def trial_bodies(self) -> tuple[bytes, ...]:
        """Return stays as bodies of `POST /trial-settlements`, of as many amounts as there are cases."""
        return tuple(
            orjson.dumps(
                {
                    "on": "2025-06-01",
                    "level": ("primary", "secondary", "tertiary")[number % 3],
                    "person": {"insurance_type": ("resident", "employee")[number % 2], "contract": "signed"},
                    "total_fen": 300_000 + 7_919 * number,
                    "self_paid_fen": 20_000,
                }
            )
            for number in range(len(self.cases))
        )


def _cases(place: Workplace, most: int = 2_000) -> Sequence[dict[str, Any]]:
    with place.facts() as facts:
        frame = grouping_input(facts, facts.table(CASES).head(most), _COLUMNS)
        return list(facts.engine.collect(frame).to_pylist())
