"""Why an event is as it is, asked of the place: settled again apart from it, and nothing that it holds is in use."""

import threading

import pytest
from tests.settled_place import County, county  # noqa: F401

from tongchou.core.errors import TongchouError
from tongchou.runs.explain import Explainer
from tongchou.schema.tables import REFERRALS
from tongchou.workplace import answering
from tongchou.workplace.explaining import explain, may_ask


def test_members_and_alliances_are_answered_without_settling_again(
    county: County,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place, run_id = county.place, county.place.shelf.newest()

    def refuse(*_: object) -> None:
        raise AssertionError("settled again")

    monkeypatch.setattr(Explainer, "_settlement", refuse)
    assert explain(place, county.officer, run_id, "member", "H10000000001").rule == "institution"
    assert explain(place, county.officer, run_id, "alliance", "demo_alliance").rule == "alliance.settlement"
    with pytest.raises(TongchouError) as caught:
        explain(place, county.hospital, run_id, "alliance", "demo_alliance")
    assert caught.value.code == "access.refused"
    assert may_ask(place, county.hospital, run_id, "member", "H10000000001")
    assert not may_ask(place, county.hospital, run_id, "member", "H00000000001")


@pytest.mark.slow
def test_a_referral_is_answered_in_a_process_apart_one_asker_at_a_time(
    county: County,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place, run_id = county.place, county.place.shelf.newest()
    with place.facts() as facts:
        known = facts.engine.collect(facts.table(REFERRALS).head(1)).column("referral_id").to_pylist()
    monkeypatch.setattr(Explainer, "_settlement", None)  # here, and not in the process apart
    told: list[str] = []
    askers = [
        threading.Thread(target=lambda: told.append(explain(place, county.officer, run_id, "referral", known[0]).rule))
        for _ in range(2)
    ]
    for each in askers:
        each.start()
    for each in askers:
        each.join()
    assert told == ["settlement.beside.referral"] * 2
    monkeypatch.setattr(answering, "_WAIT_SECONDS", 0.01)
    with answering._one_at_a_time, pytest.raises(TongchouError) as caught:
        explain(place, county.officer, run_id, "referral", known[0])
    assert caught.value.code == "workplace.busy"
