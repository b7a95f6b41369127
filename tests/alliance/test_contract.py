"""What the contract of an alliance says, and what it allows."""

from collections.abc import Callable

import pytest
from tests.worked import Worked, view_with, worked

from tongchou.alliance.contract import MECHANISMS, TYPES, read_contract, require_allowed
from tongchou.alliance.facts import AllianceFacts
from tongchou.alliance.settlement import settle_alliance
from tongchou.core.errors import TongchouError
from tongchou.policy import Policy, PolicyView

ViewOf = Callable[..., PolicyView]
FactsOf = Callable[..., AllianceFacts]


@worked("alliance_contract.yaml")
def test_a_contract(case: Worked) -> None:
    if "refused" in case.expect:
        with pytest.raises(TongchouError) as refused:
            read_contract(case.view, "A1")
        assert refused.value.code == case.expect["refused"]
        assert refused.value.where.startswith("A1, ")
        assert case.expect["where"] in refused.value.where
        return
    contract = read_contract(case.view, "A1")
    assert contract.is_packaged == (case.expect["packaged"] == "yes")
    assert contract.explanation.outcome.en == case.expect["outcome"]
    assert contract.explanation.parameters == case.view.reads
    if "deficit" in case.expect:
        clause = next(fact for fact in contract.explanation.facts if fact.label.zh == "超支约定")
        assert clause.value.startswith(f"{case.expect['deficit']} / ")


def test_every_type_and_mechanism_that_a_contract_can_name_has_words() -> None:
    chain = Policy.load().chain("national")
    assert chain.parameters["alliance/contract/type"].choices == tuple(TYPES)
    dimensions = {each.name: each.values for each in chain.parameters["alliance/contract/allows"].dimensions}
    assert dimensions == {"contract_type": tuple(TYPES), "mechanism": tuple(MECHANISMS)}


@pytest.mark.parametrize(
    "name", ["contract/type", "contract/package", "contract/timing", "contract/unit", "deficit/rule"]
)
def test_every_choice_of_a_contract_is_known_to_the_program(name: str, settlement_view: ViewOf) -> None:
    choices = Policy.load().chain("national").parameters[f"alliance/{name}"].choices
    assert choices
    allows = {"alliance/contract/allows": {"default": {"default": "allowed"}}}
    for choice in choices:
        view = settlement_view({**allows, f"alliance/{name}": choice})
        if choice == "provider":
            with pytest.raises(TongchouError, match=r"alliance\.package_of_providers"):
                read_contract(view, "A1")
        else:
            assert read_contract(view, "A1").alliance_id == "A1"


def test_the_demonstration_city_packages_tight_alliances_only() -> None:
    allowed = []
    for kind in TYPES:
        for mechanism in MECHANISMS:
            view = Policy.load().at(view_with({}).on, "demo_city")
            try:
                require_allowed(view, "A1", kind, mechanism)
            except TongchouError as refused:
                assert refused.code == "alliance.mechanism_not_allowed"
            else:
                allowed.append((kind, mechanism))
    assert allowed == [
        ("tight", "package_budget"),
        ("tight", "member_split"),
        ("half_tight", "member_split"),
        ("mixed", "member_split"),
    ]


def test_a_loose_alliance_with_a_package_is_not_settled(settlement_view: ViewOf, facts: FactsOf) -> None:
    with pytest.raises(TongchouError) as refused:
        settle_alliance(settlement_view({"alliance/contract/type": "loose"}), facts())
    assert refused.value.sentence("en") == (
        "[alliance.mechanism_not_allowed] a loose alliance cannot have a package budget (A1, alliance/contract/allows "
        "[contract_type=loose, mechanism=package_budget]): the policy does not allow it for contracts of this type. "
        "To mend it: correct alliance/contract/type, or write not_packaged into alliance/contract/package."
    )


def test_an_alliance_without_a_package_has_nothing_to_settle(settlement_view: ViewOf, facts: FactsOf) -> None:
    view = settlement_view({"alliance/contract/package": "not_packaged"})
    with pytest.raises(TongchouError, match=r"alliance\.not_packaged"):
        settle_alliance(view, facts())


def test_the_contract_is_the_first_step_of_the_explanation(settlement_view: ViewOf, facts: FactsOf) -> None:
    explanation = settle_alliance(settlement_view(), facts(51_000_000_000)).explanation
    first = explanation.children[0]
    assert (first.rule, first.outcome.zh) == ("alliance.contract", "紧密型，打包付费")
    assert {read.name.rpartition("/")[2] for read in first.parameters} == {
        "type", "package", "allows", "unit", "term", "timing", "rule"
    }  # fmt: skip
