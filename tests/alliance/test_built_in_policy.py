"""Alliances and clearings settle by the packs that come with the package."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.alliance.given import members

from tongchou.alliance.facts import AllianceFacts, FundUse, PatientPayments
from tongchou.alliance.settlement import settle_alliance
from tongchou.payment.clearing import InstitutionYear, Line, clear_year
from tongchou.policy import Policy, PolicyView

FactsOf = Callable[..., AllianceFacts]

# What the demonstration city leaves to its counties and alliances.
LOCAL = {
    "alliance/budget/prior_year_payments": "100000000",
    "alliance/budget/growth": "0",
    "alliance/budget/visits_per_head": "{inpatient: 0.2, outpatient: 5}",
    "alliance/budget/fund_per_visit": "{inpatient: 4000, outpatient: 50}",
    "alliance/budget/history/payments": '{"-1": 100000000, "-2": 95000000, "-3": 90000000}',
    "alliance/budget/history/growth": "{income: 0.05, expenditure: 0.06}",
    "alliance/budget/history/growth_weights": "{income: 0.5, expenditure: 0.5}",
    "alliance/quality/score": "88",
    "settlement/assessment/score": "{default: 85}",
}
CHOSEN = {
    "alliance/budget/base": 4,
    "alliance/budget/comparison": 2,
    "alliance/budget/controlled": 2,
    "alliance/budget/history/growth_rule": 2,
    "alliance/package/population": 2,
    "alliance/package/outpatient": 2,
    "alliance/package/outside": 3,
    "alliance/deficit/rule": 3,
    "alliance/deficit/reasons": 2,
    "alliance/surplus/review/handling": 3,
    "alliance/surplus/review/operator": 2,
    "alliance/split/mode": 5,
}


def demo_county(folder: Path, changes: dict[str, str]) -> PolicyView:
    (folder / "pack.yaml").write_text(
        "{id: county, name: {zh: 县, en: county}, level: county, parent: demo_city}", encoding="utf-8"
    )
    for name, value in (LOCAL | changes).items():
        file = folder / "parameters" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"values: [{{from: 2025-01-01, source: {{title: example}}, value: {value}}}]", encoding="utf-8")
    return Policy.load(folder).at(date(2025, 12, 31), "county")


def test_the_worked_example_of_nine_percent_comes_out_of_the_demonstration_policy(
    tmp_path: Path, facts: FactsOf
) -> None:
    settled = settle_alliance(demo_county(tmp_path, {}), facts(9_100_000_000))
    assert (settled.alliance_fen, settled.fund_fen) == (740_000_000, 160_000_000)


def test_an_institution_is_cleared_by_the_demonstration_policy(tmp_path: Path) -> None:
    facts = InstitutionYear("H001", 2025, {"2025-01": 390_000_000}, {}, 0)
    amounts = clear_year(demo_county(tmp_path, {}), facts).amounts_fen
    assert (amounts[Line.PREPAID], amounts[Line.DEPOSIT_RETURNED]) == (370_500_000, 18_525_000)


@pytest.mark.parametrize("name", CHOSEN)
def test_every_choice_that_the_policy_offers_can_be_settled(name: str, tmp_path: Path) -> None:
    facts = complete_alliance()
    choices = demo_county(tmp_path, {}).chain.parameters[name].choices
    assert len(choices) == CHOSEN[name]
    for choice in choices:
        settled = settle_alliance(demo_county(tmp_path, {name: choice}), facts)
        assert sum(settled.members_fen.values()) + settled.reserve_fen == settled.alliance_fen
        assert settled.alliance_fen + settled.fund_fen == settled.surplus_fen


def complete_alliance() -> AllianceFacts:
    """Return an alliance of which all is known that any rule asks for."""
    of_all = dict.fromkeys(("satisfaction", "complication_free", "cost_drop", "los_drop"), "100")
    of_all |= {"equipment_hours": "1", "down_referrals": "1", "service_quality": "90", "case_weight_e4": "10000"}
    of_all |= {"primary_visits": "10", "contracted_heads": "5"}
    return AllianceFacts(
        alliance_id="A1",
        heads=100_000,
        fund_use=FundUse(6_000_000_000, 1_000_000_000, 2_000_000_000, 100_000_000),
        members=tuple(
            members(
                [
                    {"id": "H1", "role": "lead", "level": "tertiary", "tier": "county"} | of_all,
                    {"id": "H2", "role": "hospital", "level": "secondary", "tier": "county"} | of_all,
                    {"id": "C1", "role": "primary", "level": "primary", "tier": "township"} | of_all,
                    {"id": "V1", "role": "primary", "level": "primary", "tier": "village", "township": "C1"} | of_all,
                ]
            )
        ),
        insured={"resident": 90_000, "employee": 10_000},
        patient_payments=PatientPayments(2_000_000_000, 400_000_000, 500_000_000, 0),
    )
