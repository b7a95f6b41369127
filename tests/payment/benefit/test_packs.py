"""The parameters of the benefit that come with the package."""

from datetime import date

import pytest
from tests.payment.benefit.given import ON, check, stay, terms_with

from tongchou.payment.benefit import (
    Care,
    Payer,
    Person,
    Position,
    inverted_ratios,
    read_benefit_terms,
    settle_benefit,
    states,
)
from tongchou.policy import Policy
from tongchou.policy.parameter import DEFAULT_KEY

POLICY = Policy.load()
NATIONAL = POLICY.at(ON, "national")
CITY = POLICY.at(ON, "demo_city")
BENEFIT = {name for name in NATIONAL.chain.parameters if name.startswith("benefit/")}


def test_only_national_rules_and_defaults_have_national_values() -> None:
    assert {name for name in BENEFIT if NATIONAL.has(name)} == {
        "benefit/away/ratio_cut_limit",
        "benefit/burden/counts",
        "benefit/cap/covers",
        "benefit/cap/rule",
        "benefit/catastrophic/cap_rule",
        "benefit/catastrophic/enrolment_limit",
        "benefit/catastrophic/enrolment_operator",
        "benefit/catastrophic/enrolment_years",
        "benefit/catastrophic/gain",
        "benefit/catastrophic/rule",
        "benefit/catastrophic/start_factor",
        "benefit/deductible/stay_counting",
        "benefit/deductible/stay_factor",
        "benefit/ratio/gain",
        "benefit/ratio/maximum",
        "benefit/referral/continuing_over",
        "benefit/referral/deductible_mode",
        "benefit/referral/gap_limit",
        "benefit/referral/gap_operator",
        "benefit/rehabilitation/terms",
        "benefit/signal/change_in",
        "benefit/tele/ratio_of",
    }


def test_the_demonstration_city_has_a_value_for_everything() -> None:
    assert {name for name in BENEFIT if not CITY.has(name)} == set()


def test_the_demonstration_city_pays_no_higher_level_better() -> None:
    assert inverted_ratios(read_benefit_terms(CITY)) == ()


@pytest.mark.parametrize(
    ("dimension", "known"),
    [
        ("care_kind", states.CARE_KIND),
        ("stay_rank", states.STAY_RANK),
        ("contract", states.CONTRACT),
        ("entry", states.ENTRY),
        ("place_of_care", states.PLACE_OF_CARE.keys() - {"local"}),
        ("aid_category", states.AID_CATEGORY),
        ("supplement", states.SUPPLEMENT.keys() - {"none"}),
        ("two_disease", states.TWO_DISEASE),
        ("further_payer", set(Payer) - {Payer.BASIC, Payer.CASH}),
    ],
)
def test_dimensions_take_the_states_that_care_and_people_have(dimension: str, known: object) -> None:
    assert set(NATIONAL.chain.packs[0].dimensions[dimension].values or ()) == set(known)


def test_every_mode_of_a_referred_deductible_has_a_name_and_no_other() -> None:
    parameter = NATIONAL.chain.parameters["benefit/referral/deductible_mode"]
    assert set(parameter.choices) == set(states.DEDUCTIBLE_MODE)


def test_a_dimension_of_any_value_stands_outermost_so_that_its_keys_can_be_listed() -> None:
    for name in BENEFIT:
        inner = NATIONAL.chain.parameters[name].dimensions[1:]
        assert all(dimension.values is not None for dimension in inner), name


def test_the_rise_of_the_cap_begins_with_the_document() -> None:
    before = POLICY.at(date(2024, 7, 25), "national")
    assert not before.has("benefit/catastrophic/enrolment_years")
    assert POLICY.at(date(2024, 7, 26), "national").whole("benefit/catastrophic/enrolment_years") == 4


def test_a_listed_default_answers_for_every_disease() -> None:
    terms = terms_with(
        chronic__deductible={DEFAULT_KEY: {DEFAULT_KEY: 100}, "M01600": {DEFAULT_KEY: 200}},
        chronic__deductible_shared="per_disease",
        chronic__ratio={DEFAULT_KEY: {DEFAULT_KEY: {DEFAULT_KEY: 0.5}}},
        chronic__cap={DEFAULT_KEY: {DEFAULT_KEY: 5000}},
    )

    def visit(disease: str) -> Care:
        return stay(kind="chronic", disease=disease, total_fen=100_000)

    for disease, deductible, fund in (("M99999", 100, 450), ("M01600", 200, 400)):
        result = settle_benefit(terms, Person("resident"), visit(disease), Position(2025))
        check(result, {"deductible": str(deductible), "basic": str(fund)})
