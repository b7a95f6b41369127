"""Alliances and hospitals with packs of their own are settled by them; packs that would not be read are refused."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.runs.agreeing import (
    copied,
    two_alliances,
    write_alliance,
    write_institution,
    write_pack,
    write_values,
)
from tests.runs.conftest import PERIOD, settle_region
from tests.runs.test_settle import rows_of

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.explanation import Step
from tongchou.payment.clearing import Line
from tongchou.runs.agreed_terms import AgreedTerms
from tongchou.runs.explain import open_run
from tongchou.runs.preconditions import require_steady
from tongchou.runs.record import RunRecord, read_record
from tongchou.runs.region import Region
from tongchou.schema.results import PRICED, SETTLEMENT_LINES
from tongchou.store.engines import open_engine

TOWNSHIP, LEAD = "H10000000001", "H00000000001"
LAST_DAY = date(2025, 12, 31)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Region:
    return two_alliances(tmp_path_factory.mktemp("agreeing") / "county")


@pytest.fixture(scope="module")
def with_loose_south(tmp_path_factory: pytest.TempPathFactory) -> Region:
    return two_alliances(tmp_path_factory.mktemp("agreeing") / "county", southern_type="loose")


@pytest.fixture
def loose(with_loose_south: Region, tmp_path: Path) -> Region:
    return copied(with_loose_south, tmp_path / "loose")


@pytest.fixture
def region(county: Region, tmp_path: Path) -> Region:
    return copied(county, tmp_path / "county")


@pytest.fixture(scope="module")
def agreed(county: Region, tmp_path_factory: pytest.TempPathFactory) -> tuple[Region, RunRecord]:
    """Return the county with packs of both alliances and of a hospital in each, settled."""
    region = copied(county, tmp_path_factory.mktemp("agreed") / "county")
    north = {
        "alliance/budget/prior_year_payments": "900000",
        "alliance/quality/score": "91.5",
        "settlement/prepay_ratio": "0.9",
    }
    write_alliance(region, "north", north)
    write_alliance(region, "south", {"alliance/budget/prior_year_payments": "800000", "alliance/quality/score": "70"})
    write_institution(region, LEAD, {"settlement/assessment/score": "{default: 65}"}, parent="north")
    write_institution(region, "H00000000003", {"settlement/prepay_ratio": "0.8"})
    return region, settle_region(region)


def test_a_hospital_s_cases_are_priced_by_its_own_pack_and_others_by_the_region_s(
    county: Region, tmp_path: Path
) -> None:
    region = copied(county, tmp_path / "county")
    write_institution(region, LEAD, {"payment/drg/level_factor": "{default: 1.3}"})
    record = settle_region(region)
    priced = [row for row in rows_of(region, PRICED).to_pylist() if row["run_id"] == record.run_id]
    factors = {(row["institution_id"] == LEAD, row["factor_e4"]) for row in priced}
    assert {factor for is_own, factor in factors if is_own} == {13_000}
    assert 13_000 not in {factor for is_own, factor in factors if not is_own}
    assert ("payment/drg/level_factor", "1.3") in {(read.name, read.value) for read in record.reads}
    case = next(row["case_id"] for row in priced if row["institution_id"] == LEAD)
    with open_engine("duckdb") as engine:
        step = open_run(region, record.run_id, engine).case(case)
    (factor,) = (read for each in step.walk() for read in each.parameters if read.name == "payment/drg/level_factor")
    assert (factor.value, factor.level.partition(":")[0]) == ("1.3", "hospital")


def test_each_alliance_is_settled_by_its_own_budget_and_score(agreed: tuple[Region, RunRecord]) -> None:
    region, record = agreed
    north, south = record.summary.alliances
    growth = region.policy().at(LAST_DAY).e4("alliance/budget/growth")
    assert growth == 500
    assert (north.base_fen, south.base_fen) == (94_500_000, 84_000_000)
    # The north keeps its surplus, the south scored below the threshold of 80.
    assert min(north.surplus_fen, south.surplus_fen) > 0
    assert north.kept_fen > 0
    assert south.kept_fen == 0


def test_the_record_holds_what_every_alliance_and_hospital_read(agreed: tuple[Region, RunRecord]) -> None:
    region, record = agreed
    read = {(each.name, each.value, each.level.partition(":")[0]) for each in record.reads}
    assert {
        ("alliance/budget/prior_year_payments", "900000", "alliance"),
        ("alliance/budget/prior_year_payments", "800000", "alliance"),
        ("alliance/quality/score", "91.5", "alliance"),
        ("alliance/quality/score", "70", "alliance"),
        ("settlement/prepay_ratio", "0.95", "city"),
        ("settlement/prepay_ratio", "0.9", "alliance"),
        ("settlement/prepay_ratio", "0.8", "hospital"),
        ("settlement/assessment/score", "65", "hospital"),
    } <= read
    assert read_record(region.run_folder(record.run_id)) == record


def test_a_value_that_two_alliances_share_is_recorded_of_both(region: Region) -> None:
    for alliance in ("north", "south"):
        write_alliance(region, alliance, {"alliance/quality/score": "88"})
    scores = [each for each in settle_region(region).reads if each.name == "alliance/quality/score"]
    assert [each.level for each in scores] == ["alliance: north约定 / north", "alliance: south约定 / south"]


def test_a_hospital_is_cleared_by_its_own_pack_else_its_alliance_s_else_the_region_s(
    agreed: tuple[Region, RunRecord],
) -> None:
    region, _ = agreed
    paid: dict[str, dict[str, int]] = {}
    for row in _lines(region):
        paid.setdefault(row["institution_id"], {})[row["line"]] = row["amount_fen"]
    share = {
        each: round(lines[Line.PREPAID] / (lines[Line.PREPAID] + lines[Line.DEPOSIT_WITHHELD]), 3)
        for each, lines in paid.items()
        if lines[Line.PREPAID] > 0
    }
    assert share[LEAD] == 0.9  # by its parent, the alliance
    assert share["H00000000002"] == 0.95  # of the other alliance, whose pack says nothing of it
    assert share["H00000000003"] == 0.8  # by its own
    assert share["H00000000004"] == 0.95  # of no alliance: the region's
    lead = paid[LEAD]
    assert lead[Line.DEPOSIT_RETURNED] == round(lead[Line.DEPOSIT_WITHHELD] * 0.8)  # 65 points: 80 %


def test_an_explanation_names_the_agreement_that_answered(agreed: tuple[Region, RunRecord]) -> None:
    region, record = agreed
    with open_engine("duckdb") as engine:
        explainer = open_run(region, record.run_id, engine)
        member = explainer.member(LEAD)
        outsider = explainer.case(_case_of(region, "H00000000003"))
    levels = {(read.name, read.level.partition(":")[0]) for step in member.walk() for read in step.parameters}
    assert {
        ("settlement/assessment/score", "hospital"),
        ("settlement/prepay_ratio", "alliance"),
        ("alliance/budget/prior_year_payments", "alliance"),
        ("alliance/contract/type", "city"),
    } <= levels
    assert _step(member, "alliance.contract").outcome.zh == "紧密型，打包付费"
    (prepaid,) = _step(outsider, "settlement.share").parameters
    assert (prepaid.value, prepaid.level.partition(":")[0]) == ("0.8", "hospital")


def test_a_changed_agreement_is_another_run_that_reverses_the_first(region: Region) -> None:
    first = settle_region(region)
    write_institution(region, TOWNSHIP, {"settlement/prepay_ratio": "0.5"})
    second = settle_region(region)
    assert second.reversed_runs == (first.run_id,)
    assert second.inputs.policy != first.inputs.policy


def test_without_packs_of_alliances_the_fingerprint_is_the_region_s_own(region: Region) -> None:
    policy = region.policy()
    assert policy.fingerprint == policy.policy.fingerprint(region.pack)
    assert policy.for_alliance("north") == policy.for_institution(LEAD) == policy
    write_alliance(region, "north", {})
    assert region.policy().fingerprint != policy.fingerprint


def test_a_trial_answers_before_the_packs_of_alliances_and_hospitals(region: Region, tmp_path: Path) -> None:
    write_alliance(region, "north", {"alliance/quality/score": "91", "settlement/prepay_ratio": "0.9"})
    write_institution(region, LEAD, {"settlement/prepay_ratio": "0.85"}, parent="north")
    head = {"id": "trial", "level": "alliance", "parent": region.pack}
    trial = write_pack(tmp_path / "trial", head, {"alliance/quality/score": "50"})
    policy = region.policy(trial)
    assert policy.at(LAST_DAY).e4("alliance/quality/score") == 500_000
    assert policy.for_alliance("north").at(LAST_DAY).e4("alliance/quality/score") == 500_000
    assert policy.for_alliance("north").at(LAST_DAY).e4("settlement/prepay_ratio") == 9_000
    assert policy.for_institution(LEAD).at(LAST_DAY).e4("settlement/prepay_ratio") == 8_500
    write_pack(tmp_path / "trial", {**head, "level": "hospital", "parent": "north"}, {})
    with pytest.raises(TongchouError, match=r"runs\.policy_aside"):
        region.policy(tmp_path / "trial")


def test_packs_of_unknown_parties_are_refused_together(region: Region) -> None:
    write_alliance(region, "west", {})
    write_institution(region, "H99", {})
    with pytest.raises(Problems) as refused:
        settle_region(region)
    assert [(each.code, each.where) for each in refused.value.problems] == [
        ("runs.agreement_unknown", "policy/alliances/west"),
        ("runs.agreement_unknown", "policy/institutions/H99"),
    ]
    assert "north, south" in refused.value.problems[0].why.en
    assert not (region.folder / "runs").joinpath("run.json").exists()


def test_a_pack_of_an_institution_without_cases_is_no_stranger(region: Region) -> None:
    write_institution(region, "H20000001401", {"settlement/prepay_ratio": "0.5"})
    assert settle_region(region).state == "posted"


def test_a_pack_of_an_alliance_that_has_no_members_in_the_year_stays(tmp_path: Path) -> None:
    region = two_alliances(tmp_path / "county", southern_until=date(2024, 12, 31))
    write_alliance(region, "south", {"alliance/quality/score": "88"})
    assert [each.alliance_id for each in settle_region(region).summary.alliances] == ["north"]


@pytest.mark.parametrize(
    ("write", "code", "said"),
    [
        (lambda region: write_alliance(region, "north", {}, level="hospital"), "runs.agreement_head", "level hospital"),
        (lambda region: write_alliance(region, "north", {}, parent="demo_city"), "runs.agreement_head", "demo_city"),
        (lambda region: write_institution(region, LEAD, {}, parent="demo_city"), "runs.agreement_head", "demo_city"),
        (
            lambda region: write_institution(region, LEAD, {"payment/drg/weights/min_cases": "9"}),
            "runs.agreement_unread",
            "payment/drg/weights/min_cases",
        ),
        (
            lambda region: write_institution(region, LEAD, {"alliance/quality/score": "50"}),
            "runs.agreement_unread",
            "alliance/quality/score",
        ),
        (
            lambda region: write_alliance(region, "north", {"settlement/clearing_days": "90"}),
            "runs.agreement_unread",
            "settlement/clearing_days",
        ),
        (
            lambda region: write_pack(
                region.policy_folder / "alliance" / "north",
                {"id": "n", "level": "alliance", "parent": "demo_county"},
                {},
            ),
            "runs.agreement_astray",
            "not read",
        ),
        (lambda region: (region.policy_folder / "alliances" / "north").mkdir(parents=True), "policy.no_pack", "folder"),
    ],
    ids=["level", "parent", "parent of a hospital", "unread", "of alliances", "of the region", "astray", "no pack"],
)
def test_a_pack_that_would_be_misread_is_refused(
    region: Region, write: Callable[[Region], object], code: str, said: str
) -> None:
    write(region)
    with pytest.raises(Problems) as refused:
        region.policy()
    assert [each.code for each in refused.value.problems] == [code]
    assert said in refused.value.problems[0].what.en


@pytest.mark.parametrize("name", ["alliance/surplus/kept", "settlement/prepay_ratio", "alliance/contract/type"])
def test_what_an_alliance_is_settled_by_must_not_change_within_the_year(region: Region, name: str) -> None:
    value = {
        "alliance/surplus/kept": "[{above: rest, value: 0.5}]",
        "settlement/prepay_ratio": "0.9",
        "alliance/contract/type": "loose",
    }[name]
    folder = write_alliance(region, "north", {})
    write_values(folder, {name: value}, start=date(2025, 7, 1))
    with pytest.raises(TongchouError) as refused:
        require_steady(region.policy(), PERIOD)
    assert (refused.value.code, refused.value.where) == ("runs.changes_within_period", f"{name}, north")
    write_values(folder, {name: value}, start=date(2025, 1, 1))
    require_steady(region.policy(), PERIOD)


def test_a_score_that_becomes_known_in_december_changes_nothing_within_the_year(region: Region) -> None:
    folder = write_alliance(region, "north", {})
    write_values(folder, {"alliance/quality/score": "77"}, start=date(2025, 12, 31))
    require_steady(region.policy(), PERIOD)
    view = region.policy().for_alliance("north").at(PERIOD.end)
    assert view.e4("alliance/quality/score") == 770_000


def test_the_same_number_in_other_digits_is_no_change(region: Region) -> None:
    folder = write_alliance(region, "north", {})
    ratio = "{from: 2025-01-01, value: 0.9, source: {title: a}}, {from: 2025-07-01, value: 0.90, source: {title: b}}"
    path = folder / "parameters/settlement/prepay_ratio.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(f"values: [{ratio}]", encoding="utf-8")
    require_steady(region.policy(), PERIOD)


MEMBERS = {"north": (LEAD, TOWNSHIP), "south": ("H00000000002", TOWNSHIP)}


class TestWhoseTerms:
    """Which pack an institution is cleared by, without settling."""

    def _start(self, region: Region, institution: str) -> str:
        return AgreedTerms(region.policy(), MEMBERS).of(institution).start

    def test_the_own_pack_then_the_alliance_s_then_the_region_s(self, region: Region) -> None:
        write_alliance(region, "north", {})
        write_institution(region, "H00000000003", {})
        assert self._start(region, "H00000000003") == "H00000000003"
        assert self._start(region, LEAD) == "north"
        assert self._start(region, "H00000000002") == region.pack

    def test_a_member_of_two_alliances_with_packs_needs_its_own(self, region: Region) -> None:
        write_alliance(region, "north", {})
        assert self._start(region, TOWNSHIP) == "north"
        write_alliance(region, "south", {})
        with pytest.raises(TongchouError) as refused:
            self._start(region, TOWNSHIP)
        assert (refused.value.code, refused.value.where) == ("runs.agreement_unclear", f"{TOWNSHIP}: north, south")
        write_institution(region, TOWNSHIP, {}, parent="south")
        assert self._start(region, TOWNSHIP) == TOWNSHIP

    def test_a_pack_below_an_alliance_of_others_is_refused(self, region: Region) -> None:
        write_alliance(region, "south", {})
        write_institution(region, LEAD, {}, parent="south")
        with pytest.raises(TongchouError, match=r"runs\.agreement_of_others"):
            self._start(region, LEAD)


def test_a_loose_alliance_with_a_package_is_refused(loose: Region) -> None:
    write_alliance(loose, "south", {"alliance/contract/type": "loose"})
    with pytest.raises(TongchouError) as refused:
        settle_region(loose)
    assert refused.value.code == "alliance.mechanism_not_allowed"
    assert "south" in refused.value.where
    assert "松散型医联体不能用打包总额预算" in refused.value.sentence("zh")


def test_a_loose_alliance_without_a_package_has_no_budget_and_its_members_are_cleared(
    loose: Region, region: Region
) -> None:
    packaged = {each.institution_id: each for each in settle_region(region).summary.institutions}
    values = {"alliance/contract/type": "loose", "alliance/contract/package": "not_packaged"}
    write_alliance(loose, "south", values)
    record = settle_region(loose)
    assert [each.alliance_id for each in record.summary.alliances] == ["north"]
    assert {each.institution_id: each.fund_fen for each in record.summary.institutions} == {
        each: figures.fund_fen for each, figures in packaged.items()
    }
    shares = {each.institution_id: each.share_fen for each in record.summary.institutions}
    assert packaged["H00000000002"].share_fen != 0
    assert (shares["H00000000002"], shares[LEAD]) == (0, packaged[LEAD].share_fen)
    with open_engine("duckdb") as engine:
        member = open_run(loose, record.run_id, engine).member("H00000000002")
    contract = _step(member, "alliance.contract")
    assert contract.outcome.en == "loose, no package"
    assert [read.value for read in contract.parameters] == ["loose", "not_packaged"]


def test_a_contract_of_another_type_than_the_table_of_alliances_is_refused(region: Region) -> None:
    values = {"alliance/contract/type": "half_tight", "alliance/contract/package": "not_packaged"}
    write_alliance(region, "south", values)
    with pytest.raises(TongchouError, match=r"runs\.contract_type_differs") as refused:
        settle_region(region)
    assert "south" in refused.value.where
    write_alliance(region, "south", {**values, "alliance/contract/type": "mixed"})
    assert [each.alliance_id for each in settle_region(region).summary.alliances] == ["north"]


def test_a_value_used_past_its_review_is_named_in_the_record(region: Region) -> None:
    folder = write_alliance(region, "north", {})
    write_values(folder, {"alliance/quality/score": "91"}, more=", review_by: 2025-12-30")
    record = settle_region(region)
    missed = [(each.name, each.review_missed) for each in record.reads if each.review_missed]
    assert missed == [("alliance/quality/score", date(2025, 12, 30))]
    assert read_record(region.run_folder(record.run_id)) == record


def _lines(region: Region) -> list[dict[str, Any]]:
    lake = region.lake
    with open_engine("duckdb") as engine:
        found = engine.scan(lake.files(SETTLEMENT_LINES.name, lake.snapshot()), SETTLEMENT_LINES.arrow_schema)
        return list(engine.collect(found).to_pylist())


def _case_of(region: Region, institution_id: str) -> str:
    lake = region.lake
    with open_engine("duckdb") as engine:
        rows = engine.collect(engine.scan(lake.files(PRICED.name, lake.snapshot()), PRICED.arrow_schema)).to_pylist()
    return str(next(row["case_id"] for row in rows if row["institution_id"] == institution_id))


def _step(root: Step, rule: str) -> Step:
    return next(step for step in root.walk() if step.rule == rule)
