"""What every registered method keeps, whoever wrote it; run over the worked cases that go to it."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.payment.events.making import batch, event, reads_of, routed_methods
from tests.payment.events.test_worked import every_case
from tests.worked import Worked

from tongchou.core.errors import TongchouError
from tongchou.payment.events.registry import BUILT_IN, known_methods
from tongchou.payment.events.router import KINDS, may_read, price_batch
from tongchou.payment.transfer import FUND, Party, net_by_month


def test_every_registered_method_has_worked_cases() -> None:
    assert routed_methods() == set(known_methods())


def test_every_method_is_registered_under_its_own_name_with_needs_that_events_have() -> None:
    assert {name: method.name for name, method in BUILT_IN.items()} == {name: name for name in BUILT_IN}
    for method in BUILT_IN.values():
        for need in method.needs:
            assert event("service_unit", {**_BARE}).lacks(need).code == "payment.event_lacks"


@every_case
def test_what_payers_owe_is_what_payees_are_owed(case: Worked) -> None:
    transfers = [each.transfer for each in price_batch(case.view, batch(case.given), BUILT_IN)]
    parties: set[Party] = {party for each in transfers for party in (each.payer, each.payee)}
    nets = {
        party: sum(each.amount_fen * ((each.payee == party) - (each.payer == party)) for each in transfers)
        for party in parties
    }
    assert sum(nets.values()) == 0
    for party in parties:
        if party.kind == "institution":
            assert sum(net_by_month(transfers, party.party_id).values()) == nets[party]
    if case.given["kind"] in ("contracted_head", "disease_head"):
        assert nets[FUND] != 0


@every_case
def test_the_same_again_and_in_any_order(case: Worked) -> None:
    once = price_batch(case.view, batch(case.given), BUILT_IN)
    assert price_batch(case.view, batch(case.given), BUILT_IN) == once
    assert price_batch(case.view, batch(case.given, turned=True), BUILT_IN) == once


@every_case
def test_explanations_hold_every_parameter_read_and_the_route(case: Worked) -> None:
    with case.view.recording() as reads:
        due = price_batch(case.view, batch(case.given), BUILT_IN)
    assert set(reads) == set().union(*(reads_of(each.transfer.explanation) for each in due))
    for each in due:
        (route,) = [child for child in each.transfer.explanation.children if child.rule == "payment.router"]
        assert each.method in route.outcome.zh
        assert [read.name for read in route.parameters] == ["payment/router/method"]
        assert each.transfer.explanation.rule == each.transfer.rule
        assert all(may_read(each.method, read.name, BUILT_IN) for read in each.transfer.explanation.parameters)


@every_case
def test_each_amount_is_named_once(case: Worked) -> None:
    due = [each.transfer for each in price_batch(case.view, batch(case.given), BUILT_IN)]
    names = [(each.subject, each.purpose, each.month) for each in due]
    assert len(set(names)) == len(names)
    assert {each.kind for each in price_batch(case.view, batch(case.given), BUILT_IN)} <= set(KINDS)


@every_case
def test_negative_numbers_are_refused(case: Worked) -> None:
    for row in case.given.get("events", ()):
        for name in row:
            if name in ("units", "days", "in_scope_fen", "cost_price_fen", "total_fen", "days_before"):
                _refused("payment.negative_event", {**case.given, "events": [{**row, name: "-1"}]})
    for row in case.given.get("heads", ()):
        _refused("payment.head", {**case.given, "heads": [{**row, "factor": "-1"}]})


@every_case
def test_an_event_without_what_its_method_needs_is_refused_by_name(case: Worked) -> None:
    for name in BUILT_IN[case.view.text("payment/router/method", event_kind=case.given["kind"])].needs:
        rows = [{key: value for key, value in row.items() if key != name} for row in case.given["events"]]
        with pytest.raises(TongchouError) as refused:
            price_batch(case.view, batch({**case.given, "events": rows}), BUILT_IN)
        assert refused.value.code == "payment.event_lacks"
        assert name in refused.value.where
        assert len(refused.value.problems) == len(rows)  # type: ignore[attr-defined]


def _refused(code: str, given: Mapping[str, Any]) -> None:
    with pytest.raises(TongchouError) as refused:
        batch(given)
    assert refused.value.code == code


_BARE = {"event_id": "E1", "occurred_on": "2025-01-01", "institution_id": "H1"}
