"""Agreements and decisions of alliances: from the files handed in to the settled year."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.runs.conftest import PERIOD, settle_region
from tests.runs.test_settle import rows_of

from tongchou.intake import take_in
from tongchou.runs.alliance_records import (
    adjustments,
    assessments,
    deficit_reasons,
    fund_applications,
    risk_claims,
    surplus_review,
    surplus_uses,
    townships,
)
from tongchou.runs.frames import Facts
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Region
from tongchou.runs.year import alliances, case_incomes, crossing, package, visits_of
from tongchou.schema.results import PRICED
from tongchou.schema.tables import VISITS
from tongchou.store.engines import open_engine

A = "demo_alliance"
TABLES = {
    "budget_adjustments": f"""
        adjustment_id,alliance_id,year,reason,amount_fen,agreed_on,document
        T1,{A},2025,new_insured,200000,2025-06-30,补充协议一
        T2,{A},2025,price_adjustment,-50000,2025-09-30,补充协议二
        T3,{A},2024,epidemic,777,2024-09-30,上年协议
    """,
    "deficit_reasons": f"""
        reason_id,alliance_id,year,reason,amount_fen,evidence,decision,recorded_on
        Y1,{A},2025,epidemic,4000,通报,pending,2026-01-05
        Y1,{A},2025,epidemic,3500,通报,accepted,2026-02-05
        Y2,{A},2025,referral_in,90,转诊单,refused,2026-01-05
    """,
    "surplus_reviews": f"""
        alliance_id,year,decision,recorded_on,document
        {A},2025,pending,2026-01-05,通知
        {A},2025,released,2026-02-05,复核报告
    """,
    "surplus_uses": f"""
        use_id,alliance_id,year,purpose,amount_fen,used_on,document
        Z1,{A},2025,devices,100,2026-08-01,发票
    """,
    "member_assessments": f"""
        alliance_id,institution_id,year,measure,amount_e4
        {A},H20000000101,2025,service_quality,900000
        {A},H00000000001,2025,cost_drop,-120
    """,
    "village_clinics": """
        institution_id,township_id,valid_from,valid_until
        H20000000101,H10000000001,2020-01-01,2024-12-31
        H20000000101,H10000000002,2025-01-01,
    """,
    "risk_claims": f"""
        claim_id,alliance_id,institution_id,reason,subject,cost_fen,payment_fen,claimed_on
        S1,{A},H00000000001,rare_disease,C1,250,150,2025-12-31
        S2,{A},H00000000001,rare_disease,C2,250,150,2026-01-01
    """,
    "fund_applications": """
        application_id,fund,area_id,institution_id,purpose,amount_fen,score_e4,cost_per_weight_fen,received_before_fen,applied_on
        Q1,special,demo_county,H00000000001,imaging_centre,1000,800000,,0,2025-05-01
    """,
}


def hand_in(region: Region, folder: Path, tables: dict[str, str]) -> None:
    """Take tables written as CSV into the region's lake; every row must be sound."""
    folder.mkdir()
    for name, text in tables.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with open_engine("duckdb") as engine:
        report = take_in([folder], region.lake, engine)
    assert report.findings == {}


@pytest.fixture
def facts(region: Region, tmp_path: Path) -> Iterator[Facts]:
    hand_in(region, tmp_path / "records", TABLES)
    with open_engine("duckdb") as engine:
        yield Facts(engine, region.lake, region.lake.snapshot())


def test_records_come_back_as_the_alliance_room_reads_them(facts: Facts) -> None:
    assert [(each.adjustment_id, each.amount_fen) for each in adjustments(facts, A, PERIOD)] == [
        ("T1", 200_000),
        ("T2", -50_000),
    ]
    assert [(each.reason_id, each.amount_fen, each.decision) for each in deficit_reasons(facts, A, PERIOD)] == [
        ("Y1", 3_500, "accepted"),
        ("Y2", 90, "refused"),
    ]
    review = surplus_review(facts, A, PERIOD)
    assert review is not None
    assert (review.decision, review.document) == ("released", "复核报告")
    assert [each.purpose for each in surplus_uses(facts, A, PERIOD)] == ["devices"]
    assert assessments(facts, A, PERIOD) == {
        "H20000000101": {"service_quality": 900_000},
        "H00000000001": {"cost_drop": -120},
    }
    assert townships(facts, PERIOD) == {"H20000000101": "H10000000002"}
    assert [each.claim_id for each in risk_claims(facts, A, PERIOD)] == ["S1"]
    (application,) = fund_applications(facts, PERIOD)
    assert (application.application_id, application.cost_per_weight_fen) == ("Q1", None)


def test_another_alliance_has_none_of_them(facts: Facts) -> None:
    assert adjustments(facts, "A9", PERIOD) == ()
    assert deficit_reasons(facts, "A9", PERIOD) == ()
    assert surplus_review(facts, "A9", PERIOD) is None
    assert risk_claims(facts, "A9", PERIOD) == ()


def pack(folder: Path, values: dict[str, str]) -> Path:
    """Write a policy pack below the county's."""
    folder.mkdir()
    head = "id: trial\nname: {zh: 试算, en: trial}\nlevel: alliance\nparent: demo_county\n"
    (folder / "pack.yaml").write_text(head, encoding="utf-8")
    for name, value in values.items():
        path = folder / "parameters" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"values:\n  - from: 2025-01-01\n    value: {value}\n    source: {{title: 试算 / trial}}\n",
            encoding="utf-8",
        )
    return folder


def balanced(record: RunRecord) -> None:
    """Check that the alliance's figures in the run's summary add up."""
    (alliance,) = record.summary.alliances
    assert alliance.kept_fen + alliance.returned_fen == alliance.surplus_fen


def test_a_written_adjustment_moves_the_settled_budget_by_its_amount(region: Region, tmp_path: Path) -> None:
    before = settle_region(region).summary.alliances[0]
    hand_in(region, tmp_path / "records", {"budget_adjustments": TABLES["budget_adjustments"]})
    after = settle_region(region)
    assert after.summary.alliances[0].base_fen - before.base_fen == 150_000
    assert after.summary.alliances[0].actual_fen == before.actual_fen
    balanced(after)


SETTINGS = {
    "care elsewhere deducted first": {"alliance/package/outside": "deducted_first"},
    "care elsewhere left out": {"alliance/package/outside": "excluded", "alliance/package/outpatient": "excluded"},
    "total cost": {"alliance/budget/controlled": "total_cost"},
    "income": {"alliance/budget/base": "income_based"},
    "held": {"alliance/surplus/review/handling": "hold", "alliance/surplus/review/rate": "0.001"},
    "a deficit without reasons": {"alliance/budget/growth": "-0.3", "alliance/deficit/reasons": "tested"},
    "a deficit not compensated": {"alliance/budget/growth": "-0.3", "alliance/deficit/rule": "not_compensated"},
    "by level": {
        "alliance/split/mode": "fixed_by_level",
        "alliance/split/level_shares": "{primary: 0.6, secondary: 0.3, tertiary: 0, reserve: 0.1}",
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("values", SETTINGS.values(), ids=SETTINGS)
def test_every_setting_settles_books_and_prints_a_whole_year(
    region: Region, tmp_path: Path, values: dict[str, str]
) -> None:
    record = settle_region(region, policy=pack(tmp_path / "trial", values))
    assert record.state == "posted"
    balanced(record)


def test_county_township_and_village_share_by_the_records_of_their_clinics(region: Region, tmp_path: Path) -> None:
    with open_engine("duckdb") as engine:
        facts = Facts(engine, region.lake, region.lake.snapshot())
        clinics = [member for each in alliances(facts, PERIOD) for member in each.roles if member.startswith("H2")]
    # The made-up county numbers its clinics after their townships: H2 0000 0001 01 is the first of H1 0000 0000 01.
    lines = "\n".join(f"{clinic},H100000000{clinic[8:10]},2020-01-01," for clinic in clinics)
    header = "institution_id,township_id,valid_from,valid_until"
    hand_in(region, tmp_path / "records", {"village_clinics": f"{header}\n{lines}"})
    values = {
        "alliance/split/mode": "county_town_village",
        "alliance/split/village_weights": "{volume: 1, quality: 0}",
    }
    record = settle_region(region, policy=pack(tmp_path / "trial", values))
    balanced(record)
    assert record.summary.alliances[0].reserve_fen == 0


def test_care_at_another_alliances_members_crosses(region: Region, tmp_path: Path) -> None:
    settle_region(region)
    hand_in(
        region,
        tmp_path / "second",
        {
            "alliances": """
                alliance_id,name_zh,name_en,alliance_type,area_id
                city_alliance,市级医联体,city alliance,loose,demo_city
            """,
            "alliance_members": """
                alliance_id,institution_id,valid_from,valid_until,role
                city_alliance,H00000000003,2020-01-01,,lead
            """,
        },
    )
    with open_engine("duckdb") as engine:
        facts = Facts(engine, region.lake, region.lake.snapshot())
        view = region.policy(None).at(PERIOD.end)
        found = alliances(facts, PERIOD)
        packages = [(each, package(facts, view, each, PERIOD)) for each in found]
        priced = facts.table(PRICED)
        result = crossing(facts, packages, priced, visits_of(facts, PERIOD))
        incomes = case_incomes(facts, found[0], priced)
    stays = [row for row in rows_of(region, PRICED).to_pylist() if row["institution_id"] == "H00000000003"]
    visits = [row for row in rows_of(region, VISITS).to_pylist() if row["institution_id"] == "H00000000003"]
    (row,) = result.rows
    assert (row.home, row.treating) == (A, "city_alliance")
    assert row.inpatient_fen == sum(each["fund_fen"] for each in stays) > 0
    assert row.outpatient_fen == sum(each["fund_fen"] for each in visits)
    assert [balance.net_fen for balance in result.balances] == [row.total_fen, -row.total_fen]
    assert set(incomes) == {"H00000000003"}
    assert incomes["H00000000003"] == sum(each["payable_fen"] for each in stays)
