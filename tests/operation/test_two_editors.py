"""Of two people who change the same thing, the second is told, and what the first did stands."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.settled_county import SettledCounty

from tongchou.api.asking import COOKIE
from tongchou.records import run_orders
from tongchou.workplace.place import Workplace


def asked(api: TestClient, secrets: Mapping[str, str], role: str, method: str, path: str, **given: object) -> object:
    api.cookies.set(COOKIE, secrets[role])
    answer = api.request(method, f"/api/v1{path}", **given)
    api.cookies.clear()
    return answer


@pytest.fixture
def computed(api: TestClient, secrets: Mapping[str, str], place: Workplace, staffed: SettledCounty) -> tuple[str, str]:
    """Return an order that waits for review, and the ETag that everybody sees who reads it."""
    order = asked(api, secrets, "insurer_officer", "POST", "/run-orders", json={"period": "2025"}).json()["data"]
    with place.records.writing() as session:
        run_orders.begin(session, order["order_id"], "test", place.now() + timedelta(hours=1))
        run_orders.computed(session, order["order_id"], staffed.run_id, place.now())
    read = asked(api, secrets, "insurer_approver", "GET", f"/run-orders/{order['order_id']}")
    return order["order_id"], read.headers["ETag"]


def test_the_second_of_two_who_saw_the_same_version_is_told(
    computed: tuple[str, str], api: TestClient, secrets: Mapping[str, str]
) -> None:
    order_id, seen = computed
    first = asked(
        api, secrets, "insurer_approver", "POST", f"/run-orders/{order_id}/review", headers={"If-Match": seen}
    )
    second = asked(api, secrets, "insurer_approver", "POST", f"/run-orders/{order_id}/post", headers={"If-Match": seen})
    assert first.status_code == 200
    assert second.status_code == 412
    assert second.json()["errors"][0]["code"] == "records.changed_meanwhile"
    assert (
        asked(api, secrets, "insurer_officer", "GET", f"/run-orders/{order_id}").json()["data"]["state"] == "reviewed"
    )


@pytest.mark.parametrize("header", [{}, {"If-Match": "*"}, {"If-Match": '"newest"'}])
def test_a_change_says_which_version_was_seen(
    header: Mapping[str, str], computed: tuple[str, str], api: TestClient, secrets: Mapping[str, str]
) -> None:
    answer = asked(api, secrets, "insurer_approver", "POST", f"/run-orders/{computed[0]}/review", headers=header)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"].endswith("If-Match")


def test_who_ordered_a_run_does_not_review_it(
    computed: tuple[str, str], api: TestClient, secrets: Mapping[str, str]
) -> None:
    order_id, seen = computed
    answer = asked(
        api, secrets, "insurer_officer", "POST", f"/run-orders/{order_id}/review", headers={"If-Match": seen}
    )
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "access.second_person"
