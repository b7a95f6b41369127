"""The packs that come with the package: parameters of events are declared, sourced, and of use in the demonstration."""

from datetime import date

import pytest
from tests.payment.events.making import RESERVE, YEAR

from tongchou.payment.events.batch import Batch
from tongchou.payment.events.event import Event
from tongchou.payment.events.heads import Head, HeadPool
from tongchou.payment.events.registry import BUILT_IN
from tongchou.payment.events.router import FOLDER, KINDS, PARAMETER, may_read, price_batch, route
from tongchou.policy import Policy, PolicyView
from tongchou.schema.service_states import SERVICE_EVENT_KIND

ON = date(2025, 6, 30)
ITEMS = {
    "bed_day_stay": "psychiatry",
    "service_unit": "outpatient_visit",
    "remote_reading": "chest_ct",
    "exam_reuse": "ecg",
}
DISEASES = {
    "disease_case": "cataract",
    "value_stay": "stroke_rehabilitation",
    "joint_ward_stay": "stroke_recovery",
    "two_disease_drugs": "diabetes",
    "follow_up_start": "lipids",
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.load()


@pytest.fixture
def city(policy: Policy) -> PolicyView:
    return policy.at(ON, "demo_city")


def declared(view: PolicyView) -> set[str]:
    return {name for name in view.chain.parameters if name == PARAMETER or name.startswith(FOLDER)}


def test_kinds_are_what_tables_hold(policy: Policy) -> None:
    dimensions = policy.chains["national"].packs[0].dimensions
    assert dimensions["event_kind"].values == tuple(KINDS)


def test_nationally_only_technical_defaults_have_a_value(policy: Policy) -> None:
    national = policy.at(ON, "national")
    assert {name for name in declared(national) if national.has(name)} == {
        "payment/events/heads/paid",
        "payment/events/heads/counted_on",
        "payment/events/capitation/rounding",
        "payment/events/value_factor/tiers",
        "payment/events/value_factor/min_cases",
        "payment/events/value_factor/cut_operator",
    }


def test_every_parameter_is_one_that_a_method_reads_or_shared(city: PolicyView) -> None:
    owners = {
        name: [method for method in BUILT_IN if may_read(method, name, BUILT_IN)]
        for name in declared(city) - {PARAMETER}
    }
    assert all(len(found) in (1, len(BUILT_IN)) for found in owners.values())
    shared = {name for name, found in owners.items() if len(found) > 1}
    assert shared == {
        "payment/events/fund_share",
        "payment/events/heads/paid",
        "payment/events/heads/counted_on",
    }


def test_the_demonstration_has_a_value_for_all_but_fixed_cuts_and_further_payers_of_the_contract_fee(
    city: PolicyView,
) -> None:
    assert {name for name in declared(city) if not city.has(name)} == {
        "payment/events/contract_fee/parts",
        "payment/events/value_factor/cut",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_demonstration_names_a_method_for_every_kind(kind: str, city: PolicyView) -> None:
    assert route(city, kind, BUILT_IN).kind == kind


@pytest.mark.parametrize("kind", SERVICE_EVENT_KIND)
@pytest.mark.parametrize("level", ["tertiary", "secondary", "primary"])
@pytest.mark.parametrize("insurance_type", ["employee", "resident"])
def test_the_demonstration_prices_every_kind_of_event(
    kind: str, level: str, insurance_type: str, city: PolicyView
) -> None:
    event = Event(
        "E1",
        kind,
        ON,
        "T1",
        level,
        "H1",
        "secondary",
        "P1",
        insurance_type,
        "C1",
        DISEASES.get(kind),
        ITEMS.get(kind),
        units=10,
        days=40,
        in_scope_fen=50_000,
        cost_price_fen=10_000,
        actual_e4=1,
        predicted_e4=0,
    )
    due = price_batch(city, Batch(kind, (event,)), BUILT_IN)
    # The demonstration charges for a result from above alone.
    is_free = kind == "exam_reuse" and level != "primary"
    assert (sum(each.transfer.amount_fen for each in due) == 0) == is_free


@pytest.mark.parametrize(("kind", "disease"), [("contracted_head", ""), ("disease_head", "diabetes")])
def test_the_demonstration_prices_heads(kind: str, disease: str, city: PolicyView) -> None:
    pool = HeadPool("A1", RESERVE, (Head("P1", "T1", YEAR),), disease, scores_e4={"T1": 10_000})
    due = price_batch(city, Batch(kind, pools=(pool,)), BUILT_IN)
    assert sum(each.transfer.amount_fen for each in due) == {"contracted_head": 6_000, "disease_head": 95_000}[kind]
