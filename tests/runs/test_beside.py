"""All money beside cases can be questioned: by institution, by event, by referral, in the workbook, in the summary."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from openpyxl import load_workbook
from tests.runs.conftest import make_region, settle_region
from tests.runs.test_alliance_records import hand_in
from tests.runs.test_conservation import _pack
from tests.runs.test_referrals import DEDUCTION, LOSS, SPLIT, TOP_UP, VALIDITY
from tests.runs.test_settle import rows_of

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step, explanation_as_text
from tongchou.core.money import format_yuan
from tongchou.payment.clearing import Line
from tongchou.payment.events.expert_fee import EXPERT_FEE
from tongchou.runs.beside_report import BESIDE
from tongchou.runs.explain import Explainer, open_run, question
from tongchou.runs.explain_beside import event_step, referral_step
from tongchou.runs.record import RECORD_FILE, RunRecord, read_record
from tongchou.runs.region import Region
from tongchou.runs.run_rules import RunRules
from tongchou.runs.settlement import YearSettlement, settle_year
from tongchou.schema.results import PRICED_EVENTS, SETTLEMENT_LINES
from tongchou.schema.tables import CASES
from tongchou.store.engines import open_engine

A, HOSPITAL = "demo_alliance", "H00000000001"
POLICY = {
    **VALIDITY,
    **TOP_UP,
    **SPLIT,
    **LOSS,
    **DEDUCTION,
    "payment/referral/top_up/cap_by": "yearly",
    "payment/referral/top_up/cap": "{default: 300}",
    "alliance/risk_pool/opening_balance": "1000",
    "payment/events/heads/paid": "{contracted_head: not_paid, disease_head: paid}",
}


def _records(cases: list[str]) -> dict[str, str]:
    """Return applications: two reviews of one case, one without enough opinions, a claim, three for grants."""
    first, second, third = cases
    experts = [("D1", "H00000000003"), ("D2", "H00000000004"), ("D3", "H00000000003")]
    return {
        "special_reviews": f"""
            review_id,case_id,applied_on,reason
            V1,{first},2025-03-01,high_cost
            V2,{first},2025-03-02,high_cost
            V3,{second},2025-03-03,critical
            V4,{third},2025-03-04,critical
        """,
        "review_opinions": "review_id,expert_id,institution_id,opinion,amount_fen\n"
        + "\n".join(
            [f"V1,{one},{home},adjusted,700000" for one, home in experts]
            + [f"V3,{one},{HOSPITAL},by_item,0" for one, _ in experts]
            + [f"V4,{one},{home},by_item,0" for one, home in experts]
        ),
        "risk_claims": f"""
            claim_id,alliance_id,institution_id,reason,subject,cost_fen,payment_fen,claimed_on
            S1,{A},{HOSPITAL},rare_disease,C1,250001,150000,2025-12-31
            S2,{A},{HOSPITAL},catastrophic_case,C2,250000,150000,2025-12-31
        """,
        "fund_applications": f"""
            application_id,fund,area_id,institution_id,purpose,amount_fen,score_e4,cost_per_weight_fen,received_before_fen,applied_on
            Q1,special,demo_county,{HOSPITAL},imaging_centre,100000,800000,,0,2025-05-01
            Q2,special,demo_county,{HOSPITAL},imaging_centre,100000,500000,,0,2025-05-02
            Q3,incentive,demo_county,{HOSPITAL},cost_control,5000,900000,12345,0,2025-05-02
        """,
    }


@dataclass(frozen=True)
class Whole:
    """A county with all kinds of money beside cases: settled, and opened to be questioned."""

    region: Region
    record: RunRecord
    explainer: Explainer
    settlement: YearSettlement

    @property
    def workbook(self) -> Path:
        return self.region.run_folder(self.record.run_id) / BESIDE


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("beside")
    region = make_region(folder / "county")
    stays = rows_of(region, CASES).sort_by([("total_fen", "descending"), ("case_id", "ascending")]).to_pylist()
    own = [row["case_id"] for row in stays if row["institution_id"] == HOSPITAL]
    hand_in(region, folder / "records", _records(own[:3]))
    record = settle_region(region, policy=_pack(folder / "trial", POLICY))
    with open_engine("duckdb") as engine:
        explainer = open_run(region, record.run_id, engine)
        settlement = settle_year(explainer.facts, explainer.policy, explainer.period, explainer._priced())
        yield Whole(region, record, explainer, settlement)


def _steps(root: Step, rule: str) -> list[Step]:
    return [each for each in root.walk() if each.rule == rule]


def _fen(words: str) -> int:
    return int(Decimal(words.replace(",", "")) * 100)


def _shown_fen(step: Step) -> int:
    """Return the amount of a step whose outcome is `<n> amounts, <sum> yuan` or `<sum> yuan`."""
    return _fen(step.outcome.en.split(" amounts, ")[-1].split(" yuan")[0])


def test_an_institution_s_rules_and_directions_sum_to_its_line_of_transfers(whole: Whole) -> None:
    lines = {
        row["institution_id"]: row["amount_fen"]
        for row in rows_of(whole.region, SETTLEMENT_LINES).to_pylist()
        if row["line"] == Line.TRANSFERS
    }
    for institution in (HOSPITAL, "H10000000001", "H00000000003"):
        (beside,) = _steps(whole.explainer.member(institution), "settlement.beside")
        sides = _steps(beside, "settlement.beside.rule")
        net = sum(_shown_fen(side) * (1 if side.title.en.endswith("owed to it") else -1) for side in sides)
        assert net == lines[institution]
        assert f"{format_yuan(net)} net" in beside.outcome.en


def test_a_rule_shows_its_months_the_largest_amounts_and_how_many_more_there_are(whole: Whole) -> None:
    root = whole.explainer.member("H10000000001")
    side = max(_steps(root, "settlement.beside.rule"), key=lambda each: int(each.outcome.en.split()[0]))
    count = int(side.outcome.en.split(" ")[0])
    assert count > 5
    months = [fact for fact in side.facts if fact.label.en.startswith("2025-")]
    assert sum(_fen(fact.value.split(" / ")[1]) for fact in months) == _shown_fen(side)
    assert sum(int(fact.value.split(" / ")[0]) for fact in months) == count
    *shown, rest = side.children
    amounts = [_shown_fen(each) for each in shown]
    assert amounts == sorted(amounts, reverse=True)
    assert len(amounts) == 5
    assert rest.outcome.en.startswith(f"{count - 5} amounts, ")
    assert f"--largest {count} shows all of them, --event EVENT_ID one of them" in rest.outcome.en
    assert sum(amounts) + _shown_fen(rest) == _shown_fen(side)
    assert all(each.children[0].parameters or each.children[0].children for each in shown)


def test_as_many_amounts_are_explained_as_are_asked_for(whole: Whole) -> None:
    def counts(largest: int) -> tuple[int, int]:
        root = whole.explainer.member("H10000000001", largest)
        return len(_steps(root, "settlement.beside.transfer")), len(_steps(root, "settlement.beside.rest"))

    (beside,) = _steps(whole.explainer.member("H10000000001"), "settlement.beside")
    all_of_them = sum(int(side.outcome.en.split()[0]) for side in beside.children)
    assert counts(0) == (0, len(beside.children))
    assert counts(10_000) == (all_of_them, 0)


def test_an_institution_without_such_money_has_no_such_step(settled: tuple[Region, RunRecord]) -> None:
    region, record = settled
    rows = rows_of(region, PRICED_EVENTS).to_pylist()
    busy = {row[side] for row in rows for side in ("payer_id", "payee_id")}
    quiet = next(each.institution_id for each in record.summary.institutions if each.institution_id not in busy)
    with open_engine("duckdb") as engine:
        assert _steps(open_run(region, record.run_id, engine).member(quiet), "settlement.beside") == []


def test_an_event_is_explained_with_all_that_is_due_for_it(whole: Whole) -> None:
    rows = [row for row in rows_of(whole.region, PRICED_EVENTS).to_pylist() if row["event_kind"] == "remote_reading"]
    event = rows[0]["subject"]
    own = [row for row in rows if row["subject"] == event]
    assert len(own) == 2
    step = whole.explainer.event(event)
    assert event in step.title.zh
    assert step.outcome.en == f"2 amounts, {format_yuan(sum(row['amount_fen'] for row in own))} yuan"
    assert {"payment.router", "payment.events.remote_reading"} <= {each.rule for each in step.walk()}
    assert {read.name for each in step.walk() for read in each.parameters} >= {"payment/router/method"}


def test_a_group_of_heads_is_explained_by_its_parts_and_whole(whole: Whole) -> None:
    rows = [row for row in rows_of(whole.region, PRICED_EVENTS).to_pylist() if row["event_kind"] == "disease_head"]
    subject = rows[0]["subject"]
    group = subject.rpartition("/")[0]
    for asked, own in (
        (subject, [row for row in rows if row["subject"] == subject]),
        (group, [row for row in rows if row["subject"].startswith(f"{group}/")]),
    ):
        step = whole.explainer.event(asked)
        assert step.outcome.en.startswith(f"{len(own)} amounts, {format_yuan(sum(row['amount_fen'] for row in own))} ")
        assert len(step.children) == len(own)


def test_a_referral_that_is_split_is_explained_with_split_top_up_and_who_loses(whole: Whole) -> None:
    money = whole.settlement.beside.referrals
    losing = {loss.referral_id for loss in money.losses.losses} if money.losses else set()
    topped = {each.referral_id for each in money.top_ups if each.paid_fen}
    payments = next(
        each
        for each in money.payments
        if each.splits[0].is_split and {link.referral.referral_id for link in each.episode.links} <= losing & topped
    )
    referral_id = payments.episode.links[0].referral.referral_id
    step = whole.explainer.referral(referral_id)
    rules = [each.rule for each in step.children]
    assert rules[:2] == ["payment.referral.validity", "payment.referral.split.phase_split"]
    assert "payment.referral.top_up" in rules
    assert any(rule.startswith("payment.referral.loss.") for rule in rules)
    assert step.children[0].outcome.zh == "有效"
    moved = [
        each
        for each in money.transfers
        if (each.purpose == "referral_split" and each.subject == payments.episode.episode_id)
        or (each.purpose == "referral_top_up" and each.subject == referral_id)
    ]
    assert step.outcome.en == f"{len(moved)} amounts, {format_yuan(sum(each.amount_fen for each in moved))} yuan"
    assert _steps(step, "payment.referral.validity") == [step.children[0]]


def test_a_top_up_that_its_cap_left_nothing_of_is_explained(whole: Whole) -> None:
    cut = next(each for each in whole.settlement.beside.referrals.top_ups if not each.paid_fen and each.earned_fen)
    step = whole.explainer.referral(cut.referral_id)
    (shown,) = _steps(step, "payment.referral.top_up")
    assert shown.outcome.en == "0.00 yuan"
    assert any("cut by the year's cap" in each.en for each in shown.rejected)


def test_a_refused_referral_is_explained_with_its_failed_tests_and_the_proposed_deduction(whole: Whole) -> None:
    refused = whole.settlement.beside.referrals.deductions[0]
    step = whole.explainer.referral(refused.event.referral_id)
    assert [each.rule for each in step.children] == ["payment.referral.validity", "payment.referral.deduction"]
    assert any("转诊未达到有效状态" in each.zh for each in step.children[0].rejected)
    assert step.children[1].outcome.en == f"{format_yuan(refused.amount_fen)} yuan proposed"
    assert step.outcome.en == "0 amounts, 0.00 yuan"


def test_no_read_of_an_explanation_is_missing_from_what_the_year_has_read(whole: Whole) -> None:
    beside = whole.settlement.beside
    steps = (step for each in beside.transfers for step in each.explanation.walk())
    told = {read for step in steps for read in step.parameters}
    assert told
    assert told <= set(beside.reads) <= set(whole.settlement.reads)


def test_every_referral_and_every_event_of_the_year_can_be_asked_for(whole: Whole) -> None:
    beside = whole.settlement.beside
    referrals = {
        each.referral.referral_id for each in (*beside.referrals.episodes.valid, *beside.referrals.episodes.rejected)
    }
    assert referrals
    assert all(referral_step(beside.referrals, each) for each in referrals)
    events = {each.transfer.subject for each in beside.events.transfers}
    shown = [event_step(beside.events.transfers, each) for each in events]
    assert sum(len(step.children) for step in shown if step) == len(beside.events.transfers)


@pytest.mark.parametrize(("ask", "code"), [("event", "runs.no_event"), ("referral", "runs.no_referral")])
def test_an_unknown_id_is_a_sentence(whole: Whole, ask: str, code: str) -> None:
    with pytest.raises(TongchouError) as caught:
        getattr(whole.explainer, ask)("nobody")
    assert caught.value.code == code
    assert "nobody" in str(caught.value)


def test_both_languages_tell_the_same_of_a_referral(whole: Whole) -> None:
    step = whole.explainer.referral(whole.settlement.beside.referrals.payments[0].episode.episode_id)
    zh, en = (explanation_as_text(step, language).splitlines() for language in ("zh", "en"))  # type: ignore[arg-type]
    assert len(zh) == len(en)


def test_a_case_shows_each_application_for_its_review(whole: Whole) -> None:
    first = next(row for row in _rows(whole, "特例单议") if row[0] == "V1")[1]
    outcomes = [step.outcome.en for step in _steps(whole.explainer.case(first), "payment.review")]
    assert outcomes == ["most experts would pay 7,000.00 yuan", "the case was applied for before: refused"]


def test_what_comes_out_differently_is_not_explained(whole: Whole) -> None:
    hashes = {**whole.record.table_hashes, "priced_events": "0"}
    told = whole.explainer
    rules = RunRules(told.region, replace(whole.record, table_hashes=hashes), told.policy)
    event = whole.settlement.beside.events.transfers[0].transfer.subject
    with pytest.raises(TongchouError) as caught:
        question(rules, told.facts.engine).event(event)
    assert caught.value.code == "runs.not_repeatable"
    assert "priced_events" in caught.value.where


def _rows(whole: Whole, sheet: str) -> list[tuple[Any, ...]]:
    """Return the rows of a sheet; of a name in two languages the Chinese line."""
    page = load_workbook(whole.workbook)[sheet]
    return [
        tuple(cell.partition("\n")[0] if isinstance(cell, str) else cell for cell in row)
        for row in page.iter_rows(values_only=True)
    ]


def test_the_workbook_has_a_sheet_of_every_kind_that_there_is(whole: Whole) -> None:
    assert load_workbook(whole.workbook).sheetnames == [
        "服务事件",
        "转诊款项",
        "转诊扣减",
        "特例单议",
        "转诊损失",
        "风险共济",
        "激励与专项资金",
    ]


def test_a_county_without_reviews_pools_and_grants_has_none_of_their_sheets(settled: tuple[Region, RunRecord]) -> None:
    region, record = settled
    names = load_workbook(region.run_folder(record.run_id) / BESIDE).sheetnames
    assert names == ["服务事件", "转诊损失"]


def test_the_sheet_of_events_sums_to_what_is_priced_and_to_nothing_net(whole: Whole) -> None:
    rows = [row for row in _rows(whole, "服务事件") if isinstance(row[2], int)]
    priced = rows_of(whole.region, PRICED_EVENTS)["amount_fen"].to_pylist()
    for amount in (3, 5):
        assert sum(round(Decimal(str(row[amount])) * 100) for row in rows) == sum(priced)
    assert sum(row[2] for row in rows) == len(priced)
    hospital = {row[1]: row[6] for row in rows if row[0].endswith(HOSPITAL)}
    (beside,) = _steps(whole.explainer.member(HOSPITAL), "settlement.beside")
    (expert,) = [each for each in beside.children if each.title.en.startswith("Experts")]
    assert round(Decimal(str(hospital[EXPERT_FEE.title.zh])) * 100) == _shown_fen(expert)


def test_the_sheet_of_referrals_holds_what_a_cap_cut(whole: Whole) -> None:
    money = whole.settlement.beside.referrals
    rows = [row for row in _rows(whole, "转诊款项") if row[4] and str(row[4]).startswith("2025-")]
    due = sum(round(Decimal(str(row[6])) * 100) for row in rows)
    assert due == sum(each.amount_fen for each in money.transfers)
    earned = sum(round(Decimal(str(row[5])) * 100) for row in rows)
    assert earned - due == sum(each.earned_fen - each.paid_fen for each in money.top_ups) > 0


def test_refused_and_granted_reviews_are_listed_with_their_reasons(whole: Whole) -> None:
    rows = {row[0]: (row[5], row[7]) for row in _rows(whole, "特例单议") if str(row[0]).startswith("V")}
    assert rows == {
        "V1": ("调整支付标准", "多数专家同意调整为 7,000.00 元"),
        "V2": ("不予单议", "同一病例已有申请，不予重复"),
        "V3": ("不予单议", "有效意见不足 3 名，不予单议"),
        "V4": ("按项目支付", "多数专家同意按项目支付"),
    }


def test_deductions_that_wait_for_review_are_listed_and_not_booked(whole: Whole) -> None:
    rows = [row for row in _rows(whole, "转诊扣减") if row[4] == "拟扣减"]
    deductions = whole.settlement.beside.referrals.deductions
    assert sum(round(Decimal(str(row[5])) * 100) for row in rows) == sum(each.amount_fen for each in deductions) > 0
    assert not any(each.purpose == "referral_deduction" for each in whole.settlement.beside.transfers)


def test_pools_and_grants_are_listed_with_what_was_refused(whole: Whole) -> None:
    pool = {row[0]: row for row in _rows(whole, "风险共济")}
    assert [pool["S1"][place] for place in (2, 3, 4, 5)] == [1000.01, 500.01, 500.01, 500]
    members = {name for name in pool if name and name.rpartition(" ")[2].startswith("H")}
    contributions = whole.settlement.beside.pools[0].contributions_fen
    assert len(members) == sum(1 for fen in contributions.values() if fen) < len(contributions)
    assert pool["S2"][6] == "重大疾病病例不属可申请的原因"
    grants = {row[0]: row for row in _rows(whole, "激励与专项资金")}
    assert (grants["Q1"][6], grants["Q2"][6], grants["Q3"][6]) == (1000, 0, 50)
    assert grants["Q2"][7] == "得分低于最低分，不参加排序"


def test_the_summary_has_the_sums_by_purpose_and_who_pays_whom(whole: Whole) -> None:
    figures = whole.record.summary.beside
    transfers = whole.settlement.beside.transfers
    assert sum(each.amount_fen for each in figures) == sum(each.amount_fen for each in transfers)
    assert sum(each.count for each in figures) == len(transfers)
    found = {(each.purpose, each.payer_kind, each.payee_kind): each.amount_fen for each in figures}
    assert found["special_grant", "finance", "institution"] == 100_000
    assert found["risk_pool", "risk_pool", "institution"] == 50_001
    assert {"exam_reuse", "capitation", "referral_split", "referral_top_up"} <= {each.purpose for each in figures}
    assert all(each.name.zh != each.purpose for each in figures)
    assert read_record(whole.region.run_folder(whole.record.run_id)).summary == whole.record.summary


def test_a_record_of_an_earlier_edition_has_no_such_sums(whole: Whole, tmp_path: Path) -> None:
    content = orjson.loads((whole.region.run_folder(whole.record.run_id) / RECORD_FILE).read_bytes())
    del content["summary"]["beside"]
    (tmp_path / RECORD_FILE).write_bytes(orjson.dumps(content))
    assert read_record(tmp_path).summary.beside == ()
