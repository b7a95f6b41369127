"""Alliances and clearings settle by the packs that come with the package."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tongchou.alliance.facts import AllianceFacts
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
    "alliance/quality/score": "88",
    "settlement/assessment/score": "{default: 85}",
}
CHOSEN = (
    "alliance/budget/base",
    "alliance/budget/comparison",
    "alliance/package/population",
    "alliance/package/outpatient",
    "alliance/split/mode",
)


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
def test_every_choice_that_the_policy_offers_can_be_settled(name: str, tmp_path: Path, facts: FactsOf) -> None:
    choices = demo_county(tmp_path, {}).chain.parameters[name].choices
    assert len(choices) == 2
    for choice in choices:
        settled = settle_alliance(demo_county(tmp_path, {name: choice}), facts(9_100_000_000))
        assert sum(settled.members_fen.values()) + settled.reserve_fen == settled.alliance_fen
