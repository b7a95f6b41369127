"""Settling one care: what must always hold, what is refused, what the explanation says."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.payment.benefit.given import ON, PLAIN, UNTIMED, at, stay, terms_with, with_ratio

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.explanation import explanation_as_json, explanation_as_text
from tongchou.payment.benefit import (
    BenefitTerms,
    Care,
    LayerUse,
    Payer,
    Person,
    Position,
    Referral,
    read_benefit_terms,
    settle_benefit,
)
from tongchou.payment.benefit.states import AID_CATEGORY, PLACE_OF_CARE, SUPPLEMENT
from tongchou.payment.cases.formulas import fund_part_by_item
from tongchou.policy import Policy
from tongchou.schema.states import INSTITUTION_LEVEL, INSURANCE_TYPE

RESIDENT = Person("resident")
NEW = Position(2025)
DEMO = read_benefit_terms(Policy.load().at(ON, "demo_city"))
BARE = terms_with()

amounts = st.integers(0, 10**9)


@st.composite
def bills(draw: st.DrawFn) -> dict[str, int]:
    total = draw(st.integers(0, 10**10))
    cuts = sorted(draw(st.tuples(*[st.integers(0, total)] * 3)))
    names = ("self_paid_fen", "first_self_pay_fen", "over_limit_fen")
    return {"total_fen": total, **dict(zip(names, (cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1]), strict=True))}


@st.composite
def persons(draw: st.DrawFn) -> Person:
    insurance = draw(st.sampled_from(sorted(INSURANCE_TYPE)))
    return Person(
        insurance,
        draw(st.sampled_from(["working", "retired"])) if insurance == "employee" else "working",
        draw(st.sampled_from(["signed", "unsigned"])),
        draw(st.sampled_from(sorted(AID_CATEGORY))),
        draw(st.sampled_from(sorted(SUPPLEMENT))),
        draw(st.integers(0, 20)),
    )


@st.composite
def cares(draw: st.DrawFn) -> Care:
    kind = draw(st.sampled_from(["inpatient", "rehabilitation", "outpatient", "chronic"]))
    referral = None
    if kind in ("inpatient", "rehabilitation"):
        left = at("2025-06-01 10:00") - timedelta(hours=draw(st.integers(-5, 100)))
        made = Referral(draw(st.sampled_from(["up", "down"])), ON - timedelta(days=30), ON, left)
        referral = draw(st.sampled_from([None, made]))
    return stay(
        kind=kind,
        level=draw(st.sampled_from(sorted(INSTITUTION_LEVEL))),
        place=draw(st.sampled_from(sorted(PLACE_OF_CARE))),
        entry=draw(st.sampled_from(["first_visit", "other"])),
        episode_id="E1" if referral else "",
        referral=referral,
        disease="M01600" if kind == "chronic" else "",
        **draw(bills()),
    )


@st.composite
def positions(draw: st.DrawFn) -> Position:
    return Position(
        2025,
        stay_count=draw(st.integers(0, 5)),
        episode_count=draw(st.integers(0, 5)),
        deductible_fen=draw(amounts),
        episode_deductible_fen=draw(st.sampled_from([{}, {"E1": 20_000}])),
        basic_fund_fen=draw(amounts),
        pot_fund_fen={"outpatient": draw(amounts)},
        catastrophic=LayerUse(draw(amounts), draw(amounts)),
        aid=LayerUse(draw(amounts), draw(amounts)),
        account_fen=draw(amounts),
    )


@UNTIMED
@given(persons(), cares(), positions())
def test_the_parts_are_never_negative_and_sum_to_the_total(person: Person, care: Care, position: Position) -> None:
    result = settle_benefit(DEMO, person, care, position)
    assert list(result.parts_fen) == list(Payer)
    assert sum(result.parts_fen.values()) == care.total_fen
    assert min(result.parts_fen.values()) >= 0
    assert result.parts_fen[Payer.CASH] >= 0


@UNTIMED
@given(persons(), cares(), positions())
def test_the_position_grows_by_what_was_paid(person: Person, care: Care, position: Position) -> None:
    result = settle_benefit(DEMO, person, care, position)
    after = result.position
    assert after.basic_fund_fen - position.basic_fund_fen == result.parts_fen[Payer.BASIC]
    assert after.catastrophic.paid_fen - position.catastrophic.paid_fen == result.parts_fen[Payer.CATASTROPHIC]
    assert after.aid.paid_fen - position.aid.paid_fen == result.parts_fen[Payer.AID]
    assert position.account_fen - after.account_fen == result.parts_fen[Payer.ACCOUNT]
    assert after.stay_count - position.stay_count == int(care.is_stay)
    paid = after.deductible_fen - position.deductible_fen
    assert 0 <= paid <= care.in_scope_fen


@UNTIMED
@given(st.sampled_from(sorted(INSURANCE_TYPE)), st.sampled_from(sorted(INSTITUTION_LEVEL)), bills())
def test_a_plain_stay_is_what_the_price_of_a_case_takes_as_the_patients_part(
    insurance: str, level: str, bill: dict[str, int]
) -> None:
    result = settle_benefit(BARE, Person(insurance), stay(level=level, **bill), NEW)
    deductible = int(PLAIN["benefit/inpatient/deductible"]["default"][level]) * 100
    ratio = round(PLAIN["benefit/inpatient/ratio"]["default"][level] * 10_000)
    columns = [np.array([amount], dtype=np.int64) for amount in (result.care.outside_scope_fen, deductible, ratio)]
    by_item = int(fund_part_by_item(np.array([bill["total_fen"]], dtype=np.int64), *columns)[0])
    assert result.patient_fen == bill["total_fen"] - by_item
    assert result.parts_fen[Payer.CASH] == result.patient_fen


@UNTIMED
@given(bills(), st.integers(0, 9_999), st.integers(0, 9_999), st.booleans())
def test_a_higher_ratio_never_lowers_the_funds_part(
    bill: dict[str, int], one: int, other: int, is_capped: bool
) -> None:
    terms = DEMO if is_capped else BARE
    funds = [
        settle_benefit(with_ratio(terms, "resident", "tertiary", ratio), RESIDENT, stay(**bill), NEW).parts_fen[
            Payer.BASIC
        ]
        for ratio in sorted((one, other))
    ]
    assert funds == sorted(funds)


def test_what_nobody_asks_for_need_not_be_decided() -> None:
    assert settle_benefit(BARE, RESIDENT, stay(), NEW).parts_fen[Payer.BASIC] == 1_832_000


@pytest.mark.parametrize(
    ("person", "changes", "parameter"),
    [
        (Person("employee", "retired"), {}, "benefit/ratio/retired_gain"),
        (Person("resident", aid_category="low_income"), {}, "benefit/deductible/group_factor"),
        (Person("employee", supplement="civil_servant"), {}, "benefit/burden/covers"),
        (RESIDENT, {"place": "not_filed"}, "benefit/away/ratio_cut"),
        (RESIDENT, {"kind": "outpatient"}, "benefit/outpatient/deductible"),
        (RESIDENT, {"kind": "chronic", "disease": "M01600"}, "benefit/chronic/deductible"),
        (RESIDENT, {"kind": "two_disease", "disease": "diabetes"}, "benefit/two_disease/ratio"),
    ],
)
def test_what_is_asked_for_and_not_decided_is_refused_and_never_zero(
    person: Person, changes: dict[str, Any], parameter: str
) -> None:
    with pytest.raises(TongchouError, match=r"policy\.no_value") as refused:
        settle_benefit(BARE, person, stay(**changes), NEW)
    assert refused.value.where.startswith(parameter)


def test_a_disease_that_the_policy_does_not_list_is_refused_with_those_that_it_does() -> None:
    with pytest.raises(TongchouError, match=r"benefit\.unknown_disease") as refused:
        settle_benefit(DEMO, RESIDENT, stay(kind="chronic", disease="M99999"), NEW)
    assert "M03900" in refused.value.why.en


def test_drugs_for_the_two_diseases_are_for_residents() -> None:
    with pytest.raises(TongchouError, match=r"policy\.no_value"):
        settle_benefit(DEMO, Person("employee"), stay(kind="two_disease", disease="diabetes"), NEW)


def test_a_position_of_another_year_is_refused() -> None:
    with pytest.raises(TongchouError, match=r"benefit\.wrong_year"):
        settle_benefit(BARE, RESIDENT, stay(), Position(2024))


def test_the_same_refusal_is_raised_each_time_without_growing() -> None:
    refusals = []
    for _ in range(2):
        with pytest.raises(TongchouError) as refused:
            settle_benefit(BARE, RESIDENT, stay(place="emergency"), NEW)
        refusals.append(refused.value)
    assert refusals[0] is not refusals[1]
    assert str(refusals[0]) == str(refusals[1])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"total_fen": 100, "self_paid_fen": 101}, "benefit.amounts"),
        ({"total_fen": 100, "self_paid_fen": 50, "first_self_pay_fen": 30, "over_limit_fen": 21}, "benefit.amounts"),
        ({"total_fen": -1}, "benefit.amounts"),
        ({"total_fen": 100, "over_limit_fen": -1}, "benefit.amounts"),
        ({"level": "fourth"}, "benefit.unknown_state"),
        ({"place": "abroad"}, "benefit.unknown_state"),
        ({"kind": "chronic"}, "benefit.disease"),
        ({"disease": "M01600"}, "benefit.disease"),
        ({"kind": "two_disease", "disease": "gout"}, "benefit.unknown_state"),
        ({"referral": Referral("up", ON, ON, at("2025-06-01 00:00"))}, "benefit.referral"),
    ],
)
def test_care_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Problems) as refused:
        stay(**changes)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_all_that_is_wrong_with_a_person_is_said_at_once() -> None:
    with pytest.raises(Problems) as refused:
        Person("resident", "retired", "maybe", enrolled_years=-1)
    assert [problem.code for problem in refused.value.problems] == [
        "benefit.unknown_state",
        "benefit.person",
        "benefit.person",
    ]


def test_a_cut_away_from_home_above_the_national_limit_is_refused_when_terms_are_read() -> None:
    with pytest.raises(Problems, match=r"benefit\.away_cut_above_limit") as refused:
        terms_with(away__ratio_cut={"resident_filed": 0, "referral_filed": 0.1, "emergency": 0.1001, "not_filed": 0.25})
    assert [problem.where for problem in refused.value.problems] == [
        "benefit/away/ratio_cut [place_of_care=emergency]",
        "benefit/away/ratio_cut [place_of_care=not_filed]",
    ]


def test_a_referral_that_does_not_count_is_named_with_the_reason() -> None:
    late = stay(
        episode_id="E1", referral=Referral("up", ON - timedelta(40), ON - timedelta(20), at("2025-06-01 00:00"))
    )
    result = settle_benefit(BARE, RESIDENT, late, replace(NEW, episode_deductible_fen={"E1": 60_000}))
    (deductible,) = (step for step in result.explanation().walk() if step.rule == "payment.benefit.deductible")
    assert "不在其内" in deductible.rejected[0].zh
    assert "2025-06-01" in deductible.rejected[0].en
    assert result.basic.deductible.amount_fen == 110_000


def test_a_stay_that_began_before_the_sender_was_left_is_no_referral() -> None:
    early = stay(episode_id="E1", referral=Referral("up", ON - timedelta(40), ON, at("2025-06-01 10:01")))
    result = settle_benefit(BARE, RESIDENT, early, replace(NEW, episode_deductible_fen={"E1": 60_000}))
    assert result.basic.deductible.amount_fen == 110_000


def everything(terms: BenefitTerms) -> Any:
    person = Person("employee", "retired", "signed", "low_income", "civil_servant", 6)
    position = Position(2025, basic_fund_fen=59_000_000, catastrophic=LayerUse(9_000_000, 0), account_fen=5_000)
    return settle_benefit(terms, person, stay(place="emergency", total_fen=40_000_000), position)


def test_the_explanation_names_every_payer_that_was_asked_and_every_parameter_read() -> None:
    step = everything(DEMO).explanation()
    assert [child.rule for child in step.children] == [
        "payment.benefit.basic",
        "payment.benefit.catastrophic",
        "payment.benefit.supplementary",
        "payment.benefit.aid",
        "payment.benefit.account",
    ]
    read = {parameter.name for each in step.walk() for parameter in each.parameters}
    assert {
        "benefit/inpatient/deductible",
        "benefit/ratio/retired_gain",
        "benefit/away/ratio_cut",
        "benefit/cap/basic",
        "benefit/catastrophic/tiers",
        "benefit/supplementary/ratio",
        "benefit/aid/cap",
        "benefit/burden/counts",
    } <= read
    assert "benefit/ratio/gain" not in read


def test_the_explanation_reads_in_both_languages_and_as_json() -> None:
    step = everything(DEMO).explanation()
    zh, en = explanation_as_text(step, "zh"), explanation_as_text(step, "en")
    for words in ("超出限额的", "医疗救助（低保边缘家庭成员）", "就医地目录、参保地待遇、就医地管理"):
        assert words in zh
    for words in ("beyond the caps are not paid", "Personal account", "elsewhere, emergency: lowered by"):
        assert words in en
    assert explanation_as_json(step)["explanation"]["rule"] == "payment.benefit"


def test_a_payer_that_has_nothing_to_do_with_the_care_says_so() -> None:
    step = settle_benefit(DEMO, RESIDENT, stay(kind="outpatient", level="primary"), NEW).explanation()
    (catastrophic,) = (each for each in step.walk() if each.rule == "payment.benefit.catastrophic")
    assert catastrophic.rejected[0].en == "it does not pay of this care"
