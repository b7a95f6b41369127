"""What is long over does not stay in the records."""

from datetime import timedelta

from tests.settled_place import County, county  # noqa: F401

from tongchou.records.idempotency import Attempt, begin_once
from tongchou.records.models import IdempotencyKey, SignIn
from tongchou.workplace.clearing import Clearing


def test_kept_answers_and_sign_ins_whose_time_is_over_are_forgotten_when_it_is_due(
    county: County,  # noqa: F811
) -> None:
    place, user_id = county.place, county.officer.user_id
    day, now = timedelta(days=1), place.now()
    with place.records.writing() as session:
        for key, begun in (("old", now - 3 * day), ("young", now)):
            attempt = Attempt(user_id, key, key)
            begin_once(session, attempt, "hash", begun, kept_for=day, given_up_after=day)
            session.add(
                SignIn(
                    token_hash=key,
                    user_id=user_id,
                    method="local",
                    began_at=begun,
                    last_seen_at=begun,
                    expires_at=begun + day,
                )
            )
    Clearing(place).when_due()
    with place.records.reading() as session:
        assert session.get(IdempotencyKey, (user_id, "old")) is None
        assert session.get(IdempotencyKey, (user_id, "young")) is not None
        assert [each.token_hash for each in session.query(SignIn)] == ["young"]
