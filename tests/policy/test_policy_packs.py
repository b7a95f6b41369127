"""The packs that come with the package: every parameter is declared, sourced and readable."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tongchou.core.errors import TongchouError
from tongchou.policy import Bands, Policy, PolicyView
from tongchou.schema import states

ON = date(2025, 6, 30)
RESIDENT_SECONDARY = {"insurance_type": "resident", "level": "secondary"}

COUNTY = {
    "payment/drg/weights/table": "demo_table",
    "payment/drg/weights/missing": "measured",
    "payment/drg/base_rate/value": "{employee: 9800.00, resident: 8600.50}",
    "payment/drg/base_rate/budget": "{employee: 92000000, resident: 210000000}",
    "alliance/budget/prior_year_payments": "500000000",
    "alliance/budget/growth": "0.068",
    "alliance/budget/visits_per_head": "{inpatient: 0.16, outpatient: 5.2}",
    "alliance/budget/fund_per_visit": "{inpatient: 4100, outpatient: 58.5}",
    "alliance/quality/score": "86.5",
    "settlement/assessment/score": "{default: 88, H003: 91.5}",
    "settlement/advance/fund_months": "8.5",
    "settlement/advance/risk_factor": "{default: 1, H003: 1.08}",
    "settlement/advance/link_score": "{default: 0.75}",
}
"""What a county decides for itself; the rest comes from the city and from the country."""

EXPECTED: list[tuple[str, str, dict[str, str], object]] = [
    ("payment/deciding_date", "text", {}, "discharged_on"),
    ("payment/drg/scheme", "text", {}, "chs-drg-category"),
    ("payment/drg/weights/source", "text", {}, "measured"),
    ("payment/drg/weights/table", "text", {}, "demo_table"),
    ("payment/drg/weights/missing", "text", {}, "measured"),
    ("payment/drg/weights/year_weights", "whole", {"year_offset": "-1"}, 2),
    ("payment/drg/weights/iqr_multiplier", "e4", {}, 15_000),
    ("payment/drg/weights/min_cases", "whole", {}, 5),
    ("payment/drg/weights/max_los", "whole", {}, 60),
    ("payment/drg/weights/min_cost", "fen", {}, 500),
    ("payment/drg/base_rate/source", "text", {}, "budget"),
    ("payment/drg/base_rate/value", "fen", {"insurance_type": "resident"}, 860_050),
    ("payment/drg/base_rate/budget", "fen", {"insurance_type": "employee"}, 9_200_000_000),
    ("payment/drg/base_rate/compensation_ratio", "e4", {"insurance_type": "resident"}, 6_400),
    ("payment/drg/base_rate/weight_growth", "e4", {}, 200),
    ("payment/drg/level_factor", "e4", {"level": "primary"}, 8_500),
    ("payment/drg/high/method", "text", {}, "excess_over_threshold"),
    (
        "payment/drg/high/threshold",
        "bands",
        {"level": "tertiary"},
        ((0, 10_000, 30_000), (10_000, 20_000, 25_000), (20_000, None, 20_000)),
    ),
    ("payment/drg/high/operator", "text", {}, "gt"),
    ("payment/drg/low/threshold", "e4", {}, 4_000),
    ("payment/drg/low/operator", "text", {}, "le"),
    ("payment/drg/long_stay/days", "whole", {}, 60),
    ("payment/drg/ungrouped/cost_ratio", "e4", {"grouping_status": "ambiguous"}, 7_000),
    ("payment/fund_part/method", "text", {}, "standard_less_patient"),
    ("payment/fund_part/negative", "text", {}, "floor_zero"),
    ("benefit/inpatient/deductible", "fen", RESIDENT_SECONDARY, 50_000),
    ("benefit/inpatient/ratio", "e4", RESIDENT_SECONDARY, 7_700),
    ("settlement/prepay_ratio", "e4", {}, 9_500),
    ("settlement/assessment/score", "e4", {"institution_id": "H001"}, 880_000),
    (
        "settlement/assessment/deposit_return",
        "bands",
        {},
        (
            (0, 600_000, 0),
            (600_000, 700_000, 8_000),
            (700_000, 800_000, 9_000),
            (800_000, 900_000, 9_500),
            (900_000, None, 10_000),
        ),
    ),
    ("settlement/clearing_days", "whole", {}, 181),
    ("alliance/budget/base", "text", {}, "prior_year_growth"),
    ("alliance/budget/prior_year_payments", "fen", {}, 50_000_000_000),
    ("alliance/budget/growth", "e4", {}, 680),
    ("alliance/budget/comparison", "text", {}, "grown_base"),
    ("alliance/budget/visits_per_head", "e4", {"kind": "inpatient"}, 1_600),
    ("alliance/budget/fund_per_visit", "fen", {"kind": "outpatient"}, 5_850),
    ("alliance/package/population", "text", {}, "insured_in_area"),
    ("alliance/package/outpatient", "text", {}, "included"),
    ("alliance/contract/type", "text", {}, "tight"),
    ("alliance/contract/package", "text", {}, "packaged"),
    ("alliance/contract/timing", "text", {}, "pre_payment"),
    ("alliance/contract/unit", "text", {}, "population"),
    ("alliance/contract/term", "text", {}, "open"),
    ("alliance/deficit/rule", "text", {}, "shared"),
    ("alliance/contract/allows", "text", {"contract_type": "loose", "mechanism": "package_budget"}, "refused"),
    ("alliance/surplus/kept", "bands", {}, ((0, 500, 10_000), (500, 1_000, 6_000), (1_000, None, 0))),
    ("alliance/deficit/fund_share", "bands", {}, ((0, 500, 7_000), (500, 1_000, 5_000), (1_000, None, 0))),
    ("alliance/quality/score", "e4", {}, 865_000),
    ("alliance/quality/threshold", "e4", {}, 800_000),
    ("alliance/split/mode", "text", {}, "fixed"),
    ("alliance/split/shares", "e4", {"part": "primary"}, 6_000),
    ("alliance/split/contribution_weights", "e4", {"measure": "primary_visits"}, 3_000),
    ("alliance/split/reserve_share", "e4", {}, 1_000),
    ("settlement/assessment/use", "text", {}, "deposit"),
    ("settlement/assessment/deposit_return_method", "text", {}, "bands"),
    ("settlement/assessment/factor_method", "text", {}, "bands"),
    (
        "settlement/assessment/factor",
        "bands",
        {},
        ((0, 600_000, 9_500), (600_000, 800_000, 9_800), (800_000, None, 10_000)),
    ),
    ("settlement/deposit/basis", "text", {}, "months"),
    ("settlement/advance/method", "text", {}, "none"),
    ("settlement/advance/months", "e4", {}, 10_000),
    ("settlement/advance/risk_factor", "e4", {"institution_id": "H003"}, 10_800),
    ("settlement/advance/fund_months", "e4", {}, 85_000),
    ("settlement/advance/min_fund_months", "e4", {}, 60_000),
    ("settlement/advance/operator", "text", {}, "ge"),
    ("settlement/advance/grant_month", "whole", {}, 1),
    ("settlement/advance/set_off", "text", {}, "monthly"),
    ("settlement/advance/link", "text", {}, "none"),
    ("settlement/advance/link_weight", "e4", {}, 2_000),
    ("settlement/advance/link_score", "e4", {"institution_id": "H001"}, 7_500),
    ("settlement/cost_sharing/method", "text", {}, "none"),
    ("settlement/cost_sharing/cut", "text", {}, "slices"),
    ("settlement/cost_sharing/low_threshold", "e4", {}, 8_500),
    ("settlement/cost_sharing/low_operator", "text", {}, "lt"),
    ("settlement/cost_sharing/low_factor", "e4", {}, 10_500),
    ("settlement/cost_sharing/surplus_kept", "bands", {}, ((0, None, 10_000),)),
    ("settlement/cost_sharing/deficit_fund_share", "bands", {}, ((0, 1_000, 5_000), (1_000, None, 0))),
    ("settlement/late_lists/counted_in", "text", {}, "month_decided"),
    ("settlement/late_lists/days", "whole", {}, 31),
    ("settlement/late_lists/operator", "text", {}, "gt"),
    ("settlement/after_clearing/counted_in", "text", {}, "open_year"),
    ("settlement/declaration/day", "whole", {}, 10),
    ("settlement/declaration/on_holiday", "text", {}, "as_is"),
    ("settlement/payment/working_days", "whole", {}, 30),
    (
        "settlement/calendar/holidays",
        "text",
        {"calendar_year": "2025"},
        "2025-01-01 2025-01-28..2025-02-04 2025-04-04..2025-04-06 2025-05-01..2025-05-05 2025-05-31..2025-06-02 "
        "2025-10-01..2025-10-08",
    ),
    (
        "settlement/calendar/worked_weekends",
        "text",
        {"calendar_year": "2025"},
        "2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11",
    ),
    ("payment/drg/coefficient/level_table", "e4", {"grade": "secondary_a"}, 10_500),
    ("payment/drg/coefficient/historic/lower", "e4", {}, 7_000),
    ("payment/drg/coefficient/historic/upper", "e4", {}, 15_000),
    ("payment/drg/coefficient/mixed/lower", "e4", {}, 3_902),
    ("payment/drg/coefficient/mixed/upper", "e4", {}, 16_279),
    ("payment/drg/coefficient/mixed/level_share", "e4", {}, 2_000),
    ("payment/drg/coefficient/mixed/few_cases", "whole", {}, 5),
    ("payment/drg/coefficient/mixed/few_operator", "text", {}, "le"),
    ("payment/drg/coefficient/composition/weight", "e4", {"coefficient_part": "level"}, 5_000),
    ("payment/drg/coefficient/composition/least", "e4", {"coefficient_part": "cmi"}, 300),
    ("payment/drg/coefficient/composition/most", "e4", {"coefficient_part": "historic_cost"}, 3_000),
    ("payment/drg/coefficient/bonus/weight", "e4", {"bonus_part": "specialty"}, 2_000),
    ("payment/drg/coefficient/yearly_change", "e4", {}, 1_000),
    ("payment/drg/coefficient/convergence_years", "whole", {}, 5),
    ("payment/drg/coefficient/band/base", "text", {}, "secondary"),
    ("payment/drg/coefficient/band/lower", "e4", {"level": "primary"}, -3_000),
    ("payment/drg/coefficient/band/upper", "e4", {"level": "primary"}, -2_000),
    ("payment/bonus/stacking", "text", {}, "additive"),
    ("payment/bonus/total_cap", "e4", {}, 1_500),
    ("payment/bonus/neutrality", "text", {}, "report"),
]


@pytest.fixture(scope="module")
def policy(write_pack: Callable[..., Path], only_values: Callable[..., str]) -> Policy:
    """Return the built-in packs and an invented county below the demonstration city."""
    files = {name: only_values({"2025-01-01": value}) for name, value in COUNTY.items()}
    return Policy.load(write_pack("test_county", "county", "demo_city", files))


@pytest.fixture
def view(policy: Policy) -> PolicyView:
    """Return the county's policy in the middle of 2025."""
    return policy.at(ON, "test_county")


@pytest.mark.parametrize(("name", "unit", "dimensions", "expected"), EXPECTED)
def test_a_parameter_is_read_in_the_county(
    view: PolicyView, name: str, unit: str, dimensions: dict[str, str], expected: object
) -> None:
    read = getattr(view, unit)(name, **dimensions)
    assert (read.slices if isinstance(read, Bands) else read) == expected
    assert [each.name for each in view.reads] == [name]


def test_the_national_pack_declares_every_parameter_that_a_city_gives(policy: Policy) -> None:
    declared = policy.chains["national"].parameters.keys()
    assert {name for name, *_ in EXPECTED} <= declared
    assert all(chain.parameters.keys() == declared for chain in policy.chains.values())


def test_bounds_of_scores_belong_to_the_band_above_and_of_rates_to_the_band_below(view: PolicyView) -> None:
    deposit = view.bands("settlement/assessment/deposit_return")
    kept = view.bands("alliance/surplus/kept")
    assert [deposit.at(score) for score in (599_999, 600_000, 899_999, 900_000)] == [0, 8_000, 9_500, 10_000]
    assert [kept.at(rate) for rate in (500, 501, 1_000, 1_001)] == [10_000, 6_000, 6_000, 0]


@pytest.mark.parametrize("name", sorted(COUNTY))
def test_what_a_county_decides_has_no_value_above_it(policy: Policy, name: str) -> None:
    assert not policy.at(ON, "demo_city").has(name)


def test_a_national_value_has_a_document_or_says_that_it_is_a_default_of_this_line(policy: Policy) -> None:
    entries = policy.chains["national"].entries
    sources = {name: dated.source for name, packs in entries.items() for _, values in packs for dated in values}
    assert "settlement/clearing_days" in sources
    for name, source in sources.items():
        is_default = source.title == "本系统默认值（非政策规定） / a default of this line"
        assert is_default or source.number or "通知" in source.title, name


def test_a_local_price_rate_or_share_has_no_national_value(policy: Policy) -> None:
    national = policy.at(ON, "national")
    local = (
        "payment/drg/base_rate/",
        "payment/drg/level_factor",
        "payment/points/value/",
        "benefit/inpatient/",
        "alliance/split/",
        "alliance/surplus/kept",
        "alliance/deficit/fund_share",
    )
    assert [name for name in national.chain.parameters if name.startswith(local) and national.has(name)] == []


def test_a_local_value_hides_the_national_one_and_names_its_own_source(policy: Policy) -> None:
    found = {}
    for region_id in ("national", "demo_city"):
        view = policy.at(ON, region_id)
        threshold = view.e4("payment/drg/low/threshold")
        found[region_id] = (threshold, str(view.reads[0].source))
    assert found == {
        "national": (3_000, "国家医疗保障 DRG 分组与付费技术规范 医保办发〔2019〕36号 费用极低病例"),
        "demo_city": (4_000, "虚构演示政策 / invented for demonstration 低倍率"),
    }


def test_every_value_of_the_invented_city_says_that_it_is_invented(policy: Policy) -> None:
    city = policy.chains["demo_city"]
    own = [dated for packs in city.entries.values() for pack, dated in packs if pack.region_id == "demo_city"]
    assert {entry.source.title for dated in own for entry in dated} == {"虚构演示政策 / invented for demonstration"}


def test_before_the_demonstration_begins_its_values_are_refused(policy: Policy) -> None:
    with pytest.raises(TongchouError, match=r"policy\.no_value"):
        policy.at(date(2022, 12, 31), "demo_city").e4("settlement/prepay_ratio")


@pytest.mark.parametrize(
    ("dimension", "values"),
    [("insurance_type", states.INSURANCE_TYPE), ("level", states.INSTITUTION_LEVEL)],
)
def test_dimensions_take_the_states_that_tables_hold(policy: Policy, dimension: str, values: dict[str, object]) -> None:
    assert policy.chains["national"].packs[0].dimensions[dimension].values == tuple(values)


@pytest.mark.parametrize(
    ("name", "dimension"),
    [("alliance/split/shares", "part"), ("alliance/split/contribution_weights", "measure")],
)
def test_shares_of_a_split_are_given_for_every_part_and_sum_to_one(
    policy: Policy, view: PolicyView, name: str, dimension: str
) -> None:
    values = policy.chains["national"].packs[0].dimensions[dimension].values or ()
    assert sum(view.e4(name, **{dimension: value}) for value in values) == 10_000
