"""A creating request under a key is done once, also by two threads at once."""

from concurrent.futures import ThreadPoolExecutor

from tests.people_work.conftest import Client, County

from tongchou.records.models import IdempotencyKey

API = "/api/v1"


def order(client, key: str, period: str = "2031"):
    return client.post(f"{API}/run-orders", json={"period": period}, headers={"Idempotency-Key": key})


def orders(client) -> int:
    return len(client.get(f"{API}/run-orders").json()["data"])


def test_the_same_request_gets_the_same_answer_and_is_done_once(client: Client) -> None:
    officer = client("officer")
    before = orders(officer)
    first, again = order(officer, "k1"), order(officer, "k1")
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert orders(officer) == before + 1
    other = order(officer, "k1", "2032")
    assert (other.status_code, other.json()["errors"][0]["code"]) == (409, "records.key_reused")
    assert order(client("officer2"), "k1").json() != first.json()  # a key is its caller's own
    assert orders(officer) == before + 2


def test_of_two_at_once_one_does_the_work_and_both_get_its_answer(client: Client) -> None:
    officer = client("officer")
    before = orders(officer)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: order(officer, "k2"), range(4)))
    assert {each.status_code for each in answers} == {202}
    assert len({each.json()["data"]["order_id"] for each in answers}) == 1
    assert orders(officer) == before + 1


def test_a_request_that_failed_may_be_repeated_under_its_key(county: County, client: Client) -> None:
    refused = order(client("hospital"), "k3")
    assert refused.status_code == 403
    assert order(client("hospital"), "k3").json() == refused.json()
    with county.place.records.reading() as session:
        assert session.query(IdempotencyKey).filter_by(key="k3").count() == 0


def test_a_key_that_is_none_is_refused(client: Client) -> None:
    for key in ("", "a b", "x" * 101):
        assert order(client("officer"), key).status_code == 422


def test_a_narrower_token_is_not_given_the_answer_of_a_wider_right(client: Client) -> None:
    officer = client("officer")
    assert order(officer, "k4").status_code == 202
    made = officer.post(f"{API}/me/tokens", json={"title": "lists", "actions": ["notices.read"], "days": 1})
    assert made.status_code == 201, made.text
    body = {"json": {"period": "2031"}, "headers": {"Idempotency-Key": "k4", **bearer(made.json()["data"]["secret"])}}
    answer = client().post(f"{API}/run-orders", **body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "records.key_reused")


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}
