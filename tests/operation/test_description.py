"""The stored description of the API is current, and the API keeps to it whatever it is asked."""

import itertools
import subprocess
import sys
from collections.abc import Callable, Mapping

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient
from tests.operation.conftest import ROOT
from tests.settled_county import SettledCounty

from tongchou.access.sign_in import unlock
from tongchou.api.asking import COOKIE
from tongchou.api.routes import ROUTERS
from tongchou.workplace.place import Workplace

EXAMPLES = {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 2}
"""Requests of each operation by each asker: some 100 operations ask for few."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPERATIONS = sorted(
    (method, f"/api/v1{route.path_format}")
    for router in ROUTERS
    for route in router.routes
    for method in route.methods
    if route.include_in_schema
)
"""Asked of the routers, so that tests are known before there is a region."""


def test_the_stored_description_is_what_the_source_says() -> None:
    result = subprocess.run(
        [sys.executable, "tools/openapi.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="session")
def order_id(api: TestClient, secrets: Mapping[str, str]) -> str:
    api.cookies.set(COOKIE, secrets["insurer_officer"])
    return str(api.post("/api/v1/run-orders", json={"period": "2025"}).json()["data"]["order_id"])


@pytest.fixture(scope="session")
def ask(api: TestClient, staffed: SettledCounty, order_id: str) -> Callable[[Case, Mapping[str, str]], None]:
    """Return a function that sends a case as somebody and compares the answer with the description."""

    real = {"run_id": staffed.run_id, "order_id": order_id}
    turns = itertools.count()

    def send(case: Case, cookies: Mapping[str, str]) -> None:
        api.cookies.clear()
        if next(turns) % 2:  # else nothing but "there is no such thing" would be heard of what lies below an id
            case.path_parameters |= {name: value for name, value in real.items() if name in case.path_parameters}
        # What a generated case says of who asks does not count: the client is signed in, or is not.
        case.cookies.pop(COOKIE, None)
        case.headers.pop("Authorization", None)
        answer = case.call(session=api, cookies={**cookies})
        case.validate_response(answer, checks=CHECKS)

    return send


@pytest.fixture(scope="session")
def described(api: TestClient) -> schemathesis.BaseSchema:
    found = schemathesis.openapi.from_dict(api.app.openapi())
    found.app = api.app
    return found


@pytest.mark.parametrize("kind", EXAMPLES, ids=["as described", "otherwise"])
@pytest.mark.parametrize("role", ["insurer_officer", "administrator", None])
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(each) for each in OPERATIONS])
def test_an_endpoint_keeps_to_its_description_whatever_it_is_asked(
    method: str,
    path: str,
    kind: GenerationMode,
    role: str | None,
    described: schemathesis.BaseSchema,
    ask: Callable[[Case, Mapping[str, str]], None],
    secrets: Mapping[str, str],
    place: Workplace,
) -> None:
    if path.endswith("/sign-out") and role is not None:
        pytest.skip("it would end the sign-in that the other examples use")
    if kind is GenerationMode.NEGATIVE and not _can_be_otherwise(described[path][method]):
        return
    cookies = {} if role is None else {COOKIE: secrets[role]}
    operation = described[path][method]

    @seed(20251)
    @settings(
        max_examples=EXAMPLES[kind],
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=kind))
    def run(case: Case) -> None:
        ask(case, cookies)

    run()
    if path.endswith("/me/password") and role is not None:  # guesses of the present password lock a user out
        with place.records.writing() as session:
            unlock(session, f"demo_{role}", "test", place.now())


def _can_be_otherwise(operation: schemathesis.schemas.APIOperation) -> bool:
    """Return whether anything but who asks can be wrong in a request."""
    given = [*operation.path_parameters, *operation.query, *operation.headers]
    return bool(operation.body) or any(each.name != "X-Purpose" for each in given)
