"""A scenario file is read whole or refused with every problem in it, each with its place."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from tests.scenarios.conftest import EXAMPLE

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.policy import Policy
from tongchou.runs.region import Region
from tongchou.scenarios.changes import dated_values
from tongchou.scenarios.responses import CostResponse, LevelChoice, Referral
from tongchou.scenarios.scenario import Scenario, read_scenario
from tongchou.scenarios.trial import write_trial_pack
from tongchou.scenarios.trial_pack import write_pack

ScenarioOf = Callable[..., Scenario]

FACTOR = "payment/drg/level_factor"


def problems_of(scenario_of: ScenarioOf, rest: str) -> dict[str, str]:
    with pytest.raises(Problems) as refused:
        scenario_of(rest)
    return {problem.where.partition(": ")[2]: problem.code for problem in refused.value.problems}


def test_the_example_is_read_with_all_its_parts(county: Region) -> None:
    scenario = read_scenario(EXAMPLE, county)
    assert [change.parameter.name for change in scenario.changes] == ["benefit/inpatient/ratio", FACTOR]
    assert scenario.responses is not None
    assert isinstance(scenario.responses.level_choice, LevelChoice)
    assert isinstance(scenario.responses.referral, Referral)
    assert isinstance(scenario.responses.cost, CostResponse)
    assert scenario.responses.level_choice.elasticity_e4 == 5_000
    assert scenario.risk is not None
    assert [shock.name for shock in scenario.risk.shocks] == ["epidemic", "income", "severity", "volume"]
    assert scenario.risk.fund.income_fen == 420_000_000
    assert scenario.search is not None
    assert scenario.search.ranges["tertiary"].most == 13_000


def test_every_problem_of_a_file_is_told_at_once_with_its_place(scenario_of: ScenarioOf) -> None:
    found = problems_of(
        scenario_of,
        """changes:
  - {parameter: payment/drg/level_facto, value: 1, from: 2025-01-01, reason: r}
  - {parameter: payment/drg/level_factor, value: {tertiary: 9}, from: 2025-01-01, reason: r}
  - {parameter: payment/drg/low/threshold, value: 0.4, from: 2026-01-01, reason: r}
  - {parameter: payment/drg/low/threshold, value: 0.4, from: 2025-05-01, until: 2025-04-30, reason: r}
assumptions:
  behaviour:
    level_choice: {elasticity: 0.5, burden: feeling, source: {title: t}}
    referral: {from: primary, to: primary, share: 2, source: {title: t}}
    cost: {share: 0.33333, source: {title: t}}
""",
    )
    assert found == {
        "changes[0].parameter": "scenarios.unknown_parameter",
        "changes[1].value.tertiary": "policy.out_of_bounds",
        "changes[2]": "scenarios.change_outside_period",
        "changes[3].until": "scenarios.until_before_from",
        "assumptions.behaviour.level_choice.burden": "policy.wrong_choice",
        "assumptions.behaviour.referral.share": "scenarios.out_of_range",
        "assumptions.behaviour.cost.share": "scenarios.too_fine",
    }


def test_a_risk_part_is_checked_figure_by_figure(scenario_of: ScenarioOf) -> None:
    found = problems_of(
        scenario_of,
        """changes: []
risk:
  seed: 1
  draws: 0
  fund: {income: -1, balance: 0, other_expenditure: 0.001, source: {title: t}}
  inpatient_pays: fixed_rate
  shocks:
    - {name: a, applies_to: [moon], distribution: normal, mean: 0, sd: -1, source: {title: t}}
    - name: b
      applies_to: [income]
      distribution: discrete
      outcomes: [{value: 0, probability: 0.9}]
      source: {title: t}
    - {name: c, applies_to: [income], distribution: triangular, least: 0, mode: 1, most: 0.5, source: {title: t}}
    - {name: d, applies_to: [income], distribution: normal, mean: 0, sd: 0.1, source: {title: t}}
    - {name: d, applies_to: [income], distribution: normal, mean: 0, sd: 0.1, source: {title: t}}
    - {name: e, applies_to: [income], distribution: cauchy, source: {title: t}}
  correlations:
    - {between: [d, d], rank: 0.5}
""",
    )
    assert found == {
        "risk.draws": "scenarios.out_of_range",
        "risk.fund.income": "scenarios.out_of_range",
        "risk.fund.other_expenditure": "scenarios.too_fine",
        "risk.shocks[0].applies_to[0]": "policy.wrong_choice",
        "risk.shocks[0].sd": "scenarios.out_of_range",
        "risk.shocks[1].outcomes": "scenarios.distribution",
        "risk.shocks[2]": "scenarios.distribution",
        "risk.shocks[4]": "scenarios.shock_twice",
        "risk.shocks[5].distribution": "policy.wrong_choice",
        "risk.correlations[0].between": "scenarios.correlation",
    }


def test_a_search_part_is_checked_bound_by_bound(scenario_of: ScenarioOf) -> None:
    found = problems_of(
        scenario_of,
        """changes: []
search:
  find: level_factors
  bounds: {tertiary: {least: 1.2, most: 1.1}, secondary: {least: 1, most: 1}, primary: {least: 0, most: 1, weight: -1}}
  constraints:
    - {name: a, kind: fund_change, target: 0, tolerance: -0.1}
    - {name: b, kind: descending, order: [tertiary, moon]}
    - {name: c, kind: nothing}
    - {name: d, kind: level_result, level: primary}
""",
    )
    assert found == {
        "search.bounds.tertiary": "scenarios.empty_range",
        "search.bounds.primary.weight": "scenarios.out_of_range",
        "search.constraints[0].tolerance": "scenarios.out_of_range",
        "search.constraints[1].order[1]": "policy.wrong_choice",
        "search.constraints[2].kind": "policy.wrong_choice",
        "search.constraints[3]": "policy.missing_key",
    }


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (
            "id: Über\nname: {zh: a, en: a}\nbase: {region: demo_county, period: 2025}\nchanges: []\n",
            "scenarios.bad_id",
        ),
        ("id: a\nname: {zh: a, en: a}\nbase: {region: moon, period: 2025}\nchanges: []\n", "scenarios.other_region"),
        ("id: a\nname: {zh: a, en: a}\nbase: {region: demo_county, period: x}\nchanges: []\n", "policy.wrong_type"),
        ("id: a\n", "policy.missing_key"),
    ],
)
def test_a_wrong_head_is_refused(county: Region, tmp_path, head: str, code: str) -> None:
    file = tmp_path / "head.yaml"
    file.write_text(head, encoding="utf-8")
    with pytest.raises(Problems) as refused:
        read_scenario(file, county)
    assert refused.value.problems[0].code == code


def test_two_changes_of_a_parameter_may_not_overlap(scenario_of: ScenarioOf) -> None:
    rest = """changes:
  - {parameter: payment/drg/low/threshold, value: 0.3, from: 2025-01-01, until: 2025-06-30, reason: r}
  - {parameter: payment/drg/low/threshold, value: 0.5, from: 2025-06-30, reason: r}
"""
    assert list(problems_of(scenario_of, rest).values()) == ["scenarios.changes_overlap"]
    assert len(scenario_of(rest.replace("from: 2025-06-30", "from: 2025-07-01")).changes) == 2


def test_a_change_holds_until_its_last_day_and_then_the_present_value_answers(
    scenario_of: ScenarioOf, county: Region
) -> None:
    scenario = scenario_of(
        """changes:
  - {parameter: payment/drg/low/threshold, value: 0.3, from: 2025-02-01, until: 2025-03-31, reason: r}
"""
    )
    policy = county.policy(write_trial_pack(scenario, county))
    days = (date(2025, 1, 31), date(2025, 2, 1), date(2025, 3, 31), date(2025, 4, 1))
    assert [policy.at(day).e4("payment/drg/low/threshold") for day in days] == [4_000, 3_000, 3_000, 4_000]


def test_adjoining_changes_leave_no_gap(scenario_of: ScenarioOf) -> None:
    scenario = scenario_of(
        """changes:
  - {parameter: payment/drg/low/threshold, value: 0.5, from: 2025-07-01, reason: b}
  - {parameter: payment/drg/low/threshold, value: 0.3, from: 2025-01-01, until: 2025-06-30, reason: a}
"""
    )
    assert dated_values(scenario.changes)["payment/drg/low/threshold"] == [
        (date(2025, 1, 1), Decimal("0.3"), "a"),
        (date(2025, 7, 1), Decimal("0.5"), "b"),
    ]


def test_a_pack_reads_back_as_the_scenario_wrote_it(county: Region, scenario_of: ScenarioOf) -> None:
    scenario = scenario_of(
        """changes:
  - parameter: payment/drg/high/threshold
    value: {default: [{up_to: 1, value: 3.5}, {above: rest, value: 2}]}
    from: 2025-01-01
    reason: '"引号"与：冒号'
  - {parameter: payment/fund_part/method, value: ratio_on_standard, from: 2025-01-01, reason: r}
"""
    )
    folder = write_trial_pack(scenario, county)
    view = Policy.load(county.folder / "policy", folder).at(date(2025, 6, 1), "scenario-trial")
    assert view.bands("payment/drg/high/threshold", level="tertiary").written == "≤1: 3.5; rest: 2"
    assert view.text("payment/fund_part/method") == "ratio_on_standard"
    assert view.reads[0].source.article == '"引号"与：冒号'
    assert view.reads[0].level.startswith("alliance")


def test_a_pack_replaces_only_its_own_kind(county: Region, tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(TongchouError) as refused:
        write_pack(tmp_path, county, "p", Text.plain("p"), {}, "t")
    assert refused.value.code == "scenarios.folder_taken"
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
    folder = tmp_path / "pack"
    for name in ("payment/drg/low/threshold", "payment/drg/long_stay/days"):
        write_pack(folder, county, "p", Text.plain("p"), {name: [(date(2025, 1, 1), Decimal(1), "a")]}, "t")
    assert [file.stem for file in folder.rglob("parameters/**/*.yaml")] == ["days"]
