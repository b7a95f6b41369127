"""Whatever the region and the policy: nothing is lost, and parts sum to their whole, to the fen."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.runs.conftest import make_region, settle_region
from tests.runs.test_settle import rows_of, sums

from tongchou.alliance.facts import Measure
from tongchou.core.money import yuan_to_fen
from tongchou.ledger.journal import balances, verify
from tongchou.payment.clearing import Line
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Region
from tongchou.schema.results import GROUPED, JOURNAL, PRICED, SETTLEMENT_LINES
from tongchou.schema.tables import CASES, FEE_ITEMS, FEES

RATIOS = st.decimals(0, 1, places=2).map(str)


def _thirds(names: list[str]) -> st.SearchStrategy[str]:
    cuts = st.lists(st.integers(0, 100), min_size=len(names) - 1, max_size=len(names) - 1).map(sorted)
    return cuts.map(
        lambda at: "{" + ", ".join(
            f"{name}: {(high - low) / 100}" for name, low, high in zip(names, [0, *at], [*at, 100], strict=True)
        ) + "}"
    )  # fmt: skip


POLICIES = st.fixed_dictionaries(
    {
        "payment/fund_part/method": st.sampled_from(["ratio_on_standard", "standard_less_patient"]),
        "payment/fund_part/negative": st.sampled_from(["floor_zero", "carry"]),
        "payment/drg/high/method": st.sampled_from(["excess_over_threshold", "by_item"]),
        "payment/drg/low/threshold": st.sampled_from(["0.3", "0.4", "0.5"]),
        "payment/drg/long_stay/days": st.sampled_from(["10", "60"]),
        "payment/drg/ungrouped/cost_ratio": RATIOS.map(lambda ratio: f"{{default: {ratio}}}"),
        "payment/inpatient/method": st.sampled_from(["drg_rate", "drg_points", "dip_points"]),
        "payment/points/unit": st.sampled_from(["100", "1000"]),
        "payment/points/pools": st.sampled_from(["by_insurance_type", "joint"]),
        "payment/points/pool_base": st.sampled_from(["fund_and_others", "fund_over_ratio"]),
        "payment/points/value/source": st.sampled_from(["settlement", "fixed", "corridor"]),
        "payment/points/value/budget": st.sampled_from(["{default: 10.5}", "{default: 103.25}"]),
        "payment/points/value/corridor": st.sampled_from(["0", "0.1"]),
        "payment/points/factor_on_cost": st.sampled_from(["applied", "not_applied"]),
        "payment/dip/rules": st.just("national"),
        "payment/dip/catalogue": st.just("measured"),
        "payment/dip/catalogue_last_year": st.just("0"),
        "payment/drg/high/cap_ratio": st.sampled_from(["0", "0.05", "1"]),
        "payment/drg/cheap/threshold": st.sampled_from(["0.5", "0.8"]),
        "payment/drg/cheap/addition": st.sampled_from(["0", "0.2"]),
        "payment/drg/short_stay/days": st.sampled_from(["1", "2"]),
        "payment/drg/early_death/method": st.sampled_from(["by_item", "as_any"]),
        "payment/drg/incomplete/counts": st.sampled_from(
            ['{default: "no"}', '{against_advice: "yes", transfer: "yes", default: "no"}']
        ),
        "payment/drg/unstable/method": st.sampled_from(["weight", "by_item", "mean"]),
        "payment/drg/unstable/min_cases": st.sampled_from(["1", "6"]),
        "payment/drg/unstable/max_cv": st.sampled_from(["0.5", "1"]),
        "payment/readmission/days": st.sampled_from(["15", "90"]),
        "payment/readmission/earlier_ratio": RATIOS,
        "payment/readmission/exempt": st.just("{default: none}"),
        "payment/quality/factor": st.sampled_from(["{default: 1}", "{default: 0.97}"]),
        "payment/bed_day/type_of_department": st.just("{default: none}"),
        "payment/bed_day/type_of_group": st.sampled_from(["{default: none}", "{ES25: rehabilitation, default: none}"]),
        "payment/bed_day/stage_days": st.just('{default: {"1": 30, "2": 60, default: 0}}'),
        "payment/bed_day/rate": st.just('{default: {"1": 320, "2": 260, default: 200.55}}'),
        "settlement/prepay_ratio": RATIOS,
        "settlement/assessment/score": st.integers(0, 100).map(lambda score: f"{{default: {score}}}"),
        "alliance/budget/growth": st.sampled_from(["-0.3", "-0.05", "0", "0.068", "0.2"]),
        "alliance/budget/comparison": st.sampled_from(["grown_base", "prior_year"]),
        "alliance/package/population": st.sampled_from(["insured_in_area", "contracted"]),
        "alliance/package/outpatient": st.sampled_from(["included", "excluded"]),
        "alliance/quality/score": st.sampled_from(["10", "95"]),
        "alliance/split/mode": st.sampled_from(["fixed", "contribution"]),
        "alliance/split/shares": _thirds(["primary", "hospitals", "reserve"]),
        "alliance/split/contribution_weights": _thirds([measure.policy_key for measure in Measure]),
    }
)


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> list[Region]:
    folder = tmp_path_factory.mktemp("regions")
    return [make_region(folder / str(seed), seed=seed, cases=cases) for seed, cases in ((1, 40), (2, 150), (3, 400))]


def _pack(folder: Path, values: dict[str, str]) -> Path:
    folder.mkdir()
    pack = "id: trial\nname: {zh: 试算, en: trial}\nlevel: alliance\nparent: demo_county\n"
    (folder / "pack.yaml").write_text(pack, encoding="utf-8")
    for name, value in values.items():
        path = folder / "parameters" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"values:\n  - from: 2025-01-01\n    value: {value}\n    source: {{title: 试算 / trial}}\n"
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
def test_nothing_is_lost_and_every_sum_holds(
    regions: list[Region], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    region = data.draw(st.sampled_from(regions))
    policy = _pack(tmp_path_factory.mktemp("packs") / "trial", data.draw(POLICIES))
    _holds(region, settle_region(region, policy=policy))


def _holds(region: Region, record: RunRecord) -> None:
    def own(table: Any) -> list[dict[str, Any]]:
        return [row for row in rows_of(region, table).to_pylist() if row["run_id"] == record.run_id]

    cases, priced = rows_of(region, CASES).to_pylist(), own(PRICED)
    ids = sorted(case["case_id"] for case in cases)
    assert sorted(row["case_id"] for row in priced) == sorted(row["case_id"] for row in own(GROUPED)) == ids
    totals = {case["case_id"]: case["total_fen"] for case in cases}
    for table in (FEES, FEE_ITEMS):
        assert sums(rows_of(region, table), "case_id", "amount_fen") == totals
    if record.inputs.scheme == "dip":
        assert all(row["adrg"] == "" for row in own(GROUPED))
    _points_share_their_pools(record, priced)
    for row in priced:
        assert row["hospital_result_fen"] == row["fund_fen"] + row["patient_fen"] - row["total_fen"]
    lines: dict[str, dict[str, int]] = {}
    for row in own(SETTLEMENT_LINES):
        lines.setdefault(row["institution_id"], {})[row["line"]] = row["amount_fen"]
    for institution, line in lines.items():
        due = sum(row["fund_fen"] for row in priced if row["institution_id"] == institution)
        assert line[Line.INPATIENT_DUE] == due
        months = line.get(Line.MONTHS_DUE, due)
        assert months == due + line.get(Line.TRANSFERS, 0)
        assert months == line[Line.PREPAID] + line[Line.DEPOSIT_WITHHELD] + line[Line.CARRIED_OVER]
        assert line[Line.DEPOSIT_WITHHELD] == line[Line.DEPOSIT_RETURNED] + line[Line.DEPOSIT_FORFEITED]
    (alliance,) = record.summary.alliances
    assert alliance.kept_fen + alliance.returned_fen == alliance.surplus_fen
    assert sum(line[Line.SURPLUS_SHARE] for line in lines.values()) + alliance.reserve_fen == alliance.kept_fen
    journal = rows_of(region, JOURNAL)
    assert verify(journal) == []
    entries = sums(journal, "entry_id", "amount_fen")
    assert set(entries.values()) == {0}
    ending = balances(journal, max(journal["booked_on"].to_pylist()))
    assert not any(fen for account, fen in ending.items() if account.startswith(("payable.", "deposit.")))


def _points_share_their_pools(record: RunRecord, priced: list[dict[str, Any]]) -> None:
    """Where the value follows from the pool, what is payable sums to it; the fund's part to the budget."""
    read = {each.name: each.value for each in record.reads}
    values = {(each.name, each.key): each.value for each in record.reads}
    if not record.pools or read["payment/points/value/source"] != "settlement":
        return
    if read["payment/points/pool_base"] != "fund_and_others":
        return
    budgets = {key: value for (name, key), value in values.items() if name == "payment/drg/base_rate/budget"}
    for pool in record.pools:
        kinds = ["employee", "resident"] if pool == "joint" else [pool]
        rows = [row for row in priced if row["insurance_type"] in kinds]
        budget = sum(yuan_to_fen(Decimal(budgets[f"insurance_type={kind}"])) for kind in kinds)
        assert sum(row["payable_fen"] - row["patient_fen"] for row in rows) == budget


def test_a_trial_pack_below_the_region_s_own_answers_first(region: Region, tmp_path: Path) -> None:
    policy = _pack(tmp_path / "trial", {"settlement/prepay_ratio": "0.5"})
    record = settle_region(region, policy=policy)
    (read,) = (read for read in record.reads if read.name == "settlement/prepay_ratio")
    assert (read.value, read.level.partition(":")[0]) == ("0.5", "alliance")
    assert record.inputs.policy_pack == str(policy)


def test_a_pack_that_stands_elsewhere_is_refused(region: Region, tmp_path: Path) -> None:
    from tongchou.core.errors import TongchouError

    folder = _pack(tmp_path / "trial", {})
    (folder / "pack.yaml").write_text(
        "id: trial\nname: {zh: 试算, en: trial}\nlevel: county\nparent: demo_city\n", encoding="utf-8"
    )
    with pytest.raises(TongchouError) as caught:
        settle_region(region, policy=folder)
    assert caught.value.code == "runs.policy_aside"
