"""Every fen can be questioned, and an answer that would not be true is refused."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.runs.conftest import settle_region
from tests.runs.test_settle import rows_of

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step, explanation_as_text
from tongchou.core.money import format_yuan
from tongchou.runs.explain import Explainer, newest_run, open_run
from tongchou.runs.order import GROUPED_FILE
from tongchou.runs.record import RunRecord
from tongchou.runs.region import Region
from tongchou.schema.results import PRICED, PRICED_EVENTS
from tongchou.store.engines import open_engine

Settled = tuple[Region, RunRecord]


@pytest.fixture(scope="module")
def explainer(settled: Settled) -> Iterator[Explainer]:
    region, record = settled
    with open_engine("duckdb") as engine:
        yield open_run(region, record.run_id, engine)


@pytest.fixture(scope="module")
def priced(explainer: Explainer) -> list[dict[str, object]]:
    lake, engine = explainer.facts.lake, explainer.facts.engine
    return engine.collect(engine.scan(lake.files("priced", lake.snapshot()), PRICED.arrow_schema)).to_pylist()


def _rules(step: Step) -> set[str]:
    return {each.rule for each in step.walk()}


@pytest.mark.parametrize("kind", ["normal", "high", "low"])
def test_a_case_of_each_kind_says_its_group_its_price_and_where_it_counts(
    explainer: Explainer, priced: list[dict[str, object]], kind: str
) -> None:
    row = next(row for row in priced if row["case_kind"] == kind)
    step = explainer.case(str(row["case_id"]))
    assert {
        "grouping",
        "payment.drg.standard",
        f"payment.drg.{kind}",
        "benefit.inpatient",
        "settlement.share",
    } <= _rules(step)
    assert format_yuan(int(str(row["fund_fen"]))) in step.outcome.zh
    assert str(row["drg"]) in step.outcome.en


def test_every_parameter_that_pricing_read_is_in_the_explanation_with_date_and_source(
    explainer: Explainer, priced: list[dict[str, object]]
) -> None:
    step = explainer.case(str(priced[0]["case_id"]))
    shown = {read.name for each in step.walk() for read in each.parameters}
    bearing = ("payment/drg/", "payment/fund_part/", "benefit/", "settlement/prepay_ratio")
    # Only a case without a group is paid by its share of the cost.
    ungrouped = "payment/drg/ungrouped/cost_ratio"
    unused = {"payment/drg/scheme", "payment/drg/weights/table", "payment/drg/weights/missing", ungrouped}
    read = {each.name for each in explainer.record.reads if each.name.startswith(bearing)} - unused
    assert read <= shown
    assert all(each.source.title for part in step.walk() for each in part.parameters)


def test_both_languages_tell_the_same_story(explainer: Explainer, priced: list[dict[str, object]]) -> None:
    step = explainer.case(str(priced[0]["case_id"]))
    zh, en = (explanation_as_text(step, language).splitlines() for language in ("zh", "en"))  # type: ignore[arg-type]
    assert len(zh) == len(en)


def test_a_member_s_settlement_names_the_budget_the_bands_and_its_share(settled: Settled, explainer: Explainer) -> None:
    _, record = settled
    best = max(record.summary.institutions, key=lambda each: each.share_fen)
    step = explainer.member(best.institution_id)
    text = explanation_as_text(step, "zh")
    assert format_yuan(best.due_fen) in text
    assert format_yuan(best.share_fen) in text
    assert format_yuan(record.summary.alliances[0].base_fen) in text
    assert {read.name for each in step.walk() for read in each.parameters} >= {
        "alliance/surplus/kept",
        "alliance/split/shares",
        "settlement/prepay_ratio",
    }


def test_an_outside_hospital_is_explained_without_an_alliance(settled: Settled, explainer: Explainer) -> None:
    step = explainer.member("H00000000003")
    assert not any(rule.startswith("alliance") for rule in _rules(step))


@pytest.mark.parametrize(("ask", "code"), [("case", "runs.no_case"), ("member", "runs.no_institution")])
def test_unknown_ids_are_sentences(explainer: Explainer, ask: str, code: str) -> None:
    with pytest.raises(TongchouError) as caught:
        getattr(explainer, ask)("nobody")
    assert caught.value.code == code


def test_an_unknown_run_names_those_at_hand(settled: Settled) -> None:
    region, record = settled
    with pytest.raises(TongchouError) as caught, open_engine("duckdb") as engine:
        open_run(region, "r2025-none", engine)
    assert caught.value.code == "runs.no_run"
    assert record.run_id in caught.value.why.en


def test_an_explanation_under_another_policy_is_refused(region: Region) -> None:
    record = settle_region(region)
    path = region.folder / "policy/parameters/settlement/prepay_ratio.yaml"
    path.write_text("values:\n  - {from: 2025-01-01, value: 0.9, source: {title: t}}\n", encoding="utf-8")
    with pytest.raises(TongchouError) as caught, open_engine("duckdb") as engine:
        open_run(region, record.run_id, engine)
    assert caught.value.code == "runs.policy_changed"


def test_a_shadow_run_is_explained_like_the_run_that_posts_and_says_that_nothing_is_booked(
    settled: Settled, explainer: Explainer, region: Region
) -> None:
    record = settle_region(region, is_shadow=True)
    event = next(row for row in rows_of(settled[0], PRICED_EVENTS).to_pylist() if row["amount_fen"])["subject"]
    with open_engine("duckdb") as engine:
        shadow = open_run(region, record.run_id, engine)
        steps = [
            (shadow.case(record.summary.sample_case), explainer.case(record.summary.sample_case)),
            (shadow.member("H00000000001"), explainer.member("H00000000001")),
            (shadow.event(event), explainer.event(event)),
        ]
    for step, posted in steps:
        assert step.facts[0].label.en == "note: a shadow run, nothing is booked"
        assert replace(step, facts=step.facts[1:]) == posted


def test_a_shadow_run_whose_cases_are_gone_is_not_explained(region: Region) -> None:
    record = settle_region(region, is_shadow=True)
    (region.run_folder(record.run_id) / GROUPED_FILE).unlink()
    with pytest.raises(TongchouError) as caught, open_engine("duckdb") as engine:
        open_run(region, record.run_id, engine)
    assert caught.value.code == "runs.is_shadow"
    assert record.run_id in caught.value.where


def test_the_newest_run_is_the_one_that_posted_last(settled: Settled) -> None:
    region, record = settled
    assert newest_run(region) == record.run_id


def test_a_reversed_run_says_that_it_no_longer_stands(region: Region) -> None:
    first = settle_region(region)
    path = region.folder / "policy/parameters/settlement/prepay_ratio.yaml"
    path.write_text("values:\n  - {from: 2025-01-01, value: 0.9, source: {title: t}}\n", encoding="utf-8")
    settle_region(region)
    path.unlink()
    with open_engine("duckdb") as engine:
        step = open_run(region, first.run_id, engine).member("H00000000001")
    assert step.facts[0].label.en == "note: a later run has reversed this one"


def test_a_high_case_shows_how_what_is_payable_follows(explainer: Explainer, priced: list[dict[str, object]]) -> None:
    row = next(row for row in priced if row["case_kind"] == "high")
    step = next(s for s in explainer.case(str(row["case_id"])).walk() if s.rule == "payment.drg.high")
    standard = format_yuan(int(str(row["standard_fen"])))
    assert any("− 1)" in said and standard in said for said in (fact.value_in_language("zh") for fact in step.facts))


def test_the_account_of_a_case_of_each_kind_adds_up_to_what_was_booked(
    explainer: Explainer, priced: list[dict[str, object]]
) -> None:
    one_of_each = {str(row["case_kind"]): row for row in priced}
    assert {"normal", "high", "low"} <= one_of_each.keys()
    for row in one_of_each.values():
        account = explainer.case(str(row["case_id"])).account
        left, totals = 0, []
        for line in account:
            if line.rank == "line":
                left += line.fen
                continue
            assert not left or left == line.fen, line
            left = line.fen if line.rank == "sum" else 0
            if line.rank == "total":
                totals.append(line.fen)
        assert totals == [row["fund_fen"], row["patient_fen"], row["hospital_result_fen"]]


def test_the_formulas_of_a_case_stand_in_figures(explainer: Explainer, priced: list[dict[str, object]]) -> None:
    row = next(row for row in priced if row["case_kind"] == "normal")
    said = {step.rule: step.outcome for step in explainer.case(str(row["case_id"])).walk()}
    payable, patient, fund = (format_yuan(int(str(row[name]))) for name in ("payable_fen", "patient_fen", "fund_fen"))
    assert said["payment.fund_part"].zh == f"{payable} − {patient} = {fund}"
    assert re.fullmatch(rf"([\d.,]+) − \(\1( − [\d.,]+){{4}}\) × 0\.\d{{4}} = {patient}", said["benefit.inpatient"].en)
