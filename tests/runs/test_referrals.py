"""What a run makes of referrals: nothing unless the policy asks, and always the same whatever the order of rows."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from tests.runs.conftest import PERIOD
from tests.runs.test_conservation import _pack

from tongchou.payment.referral.deduction import Event
from tongchou.payment.referral.validity import Reason
from tongchou.payment.transfer import net_by_month
from tongchou.policy import Policy
from tongchou.runs.frames import Facts
from tongchou.runs.record import RunRecord
from tongchou.runs.referrals import LossRow, ReferralMoney, loss_rows, referral_money
from tongchou.runs.region import Region, RegionPolicy
from tongchou.schema.contract import Table
from tongchou.schema.results import PRICED
from tongchou.schema.tables import REFERRALS
from tongchou.store.engine import Frame
from tongchou.store.engines import open_engine

PLACE = "payment/referral"
VALIDITY = {
    f"{PLACE}/validity/state": "accepted",
    f"{PLACE}/validity/from_outpatients": "counted",
    f"{PLACE}/validity/gap_days": "{up: 3, down: 15}",
    f"{PLACE}/validity/gap_operator": "le",
    f"{PLACE}/validity/filing": "by_admission",
    f"{PLACE}/validity/filing_days": "{default: 30}",
    f"{PLACE}/validity/filing_operator": "le",
}
TOP_UP = {
    f"{PLACE}/top_up/rate": "0.05",
    f"{PLACE}/top_up/amount": "standard",
    f"{PLACE}/top_up/stay": "receiver",
    f"{PLACE}/top_up/direction": "both",
    f"{PLACE}/top_up/payee": "sender",
    f"{PLACE}/top_up/cap_by": "none",
}
SPLIT = {
    f"{PLACE}/split/method": "phase_split",
    f"{PLACE}/split/direction": "both",
    f"{PLACE}/split/amount": "payable",
    f"{PLACE}/split/limit": "higher",
    f"{PLACE}/split/phase_costs": "actual",
}
LOSS = {f"{PLACE}/loss/cost": "actual", f"{PLACE}/loss/without": "sender_completes"}
DEDUCTION = {f"{PLACE}/deduction/basis": "rate", f"{PLACE}/deduction/rate": "{refusal: 0.1, false_referral: 0.5}"}


class Trial:
    """The settled county with its priced cases, asked by trial policies."""

    def __init__(self, region: Region, facts: Facts, folder: Path) -> None:
        self.region, self.facts, self.folder = region, facts, folder
        self.priced: Frame = facts.table(PRICED)
        self.tries = 0

    def ask(self, values: dict[str, str], facts: Facts | None = None, faults: tuple[Event, ...] = ()) -> ReferralMoney:
        self.tries += 1
        policy = self.region.policy(_pack(self.folder / str(self.tries), values))
        return referral_money(facts or self.facts, policy, PERIOD, self.priced, faults)


@pytest.fixture(scope="module")
def trial(settled: tuple[Region, RunRecord], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    region, _ = settled
    with open_engine("duckdb") as engine:
        yield Trial(region, Facts(engine, region.lake, region.lake.snapshot()), tmp_path_factory.mktemp("packs"))


def test_a_region_that_gives_no_split_and_no_rate_moves_no_money(trial: Trial) -> None:
    found = referral_money(trial.facts, trial.region.policy(), PERIOD, trial.priced)
    assert found.transfers == ()
    assert found.top_ups == ()
    assert found.deductions == ()
    assert found.episodes.episodes
    assert all(not split.is_split for each in found.payments for split in each.splits)


def test_where_nothing_is_asked_referrals_are_not_looked_at(trial: Trial) -> None:
    found = referral_money(trial.facts, RegionPolicy(Policy.load(), "national"), PERIOD, trial.priced)
    assert (found.transfers, found.episodes.episodes, found.episodes.rejected) == ((), (), ())
    assert found.losses is None
    assert loss_rows(trial.facts, PERIOD, found.losses) == []


def test_every_referral_of_the_year_is_part_of_an_episode_an_arrival_or_rejected_with_a_reason(trial: Trial) -> None:
    found = trial.ask({**VALIDITY, **LOSS}).episodes
    rows = trial.facts.engine.collect(trial.facts.table(REFERRALS).sort("referral_id")).to_pylist()
    ids = [each.referral.referral_id for each in (*found.valid, *found.rejected)]
    assert sorted(ids) == [row["referral_id"] for row in rows]
    assert all(each.reasons for each in found.rejected)
    assert found.links
    assert found.arrivals
    refused = {row["referral_id"] for row in rows if row["state"] == "rejected"}
    assert refused
    assert refused == {each.referral.referral_id for each in found.rejected if Reason.NOT_ACCEPTED in each.reasons}


def test_top_ups_are_five_percent_of_each_valid_referrals_stay(trial: Trial) -> None:
    found = trial.ask({**VALIDITY, **TOP_UP})
    standards = {
        each.referral.referral_id: each.receiver.price.standard_fen
        for each in found.episodes.valid
        if each.receiver.price
    }
    assert {each.subject: each.amount_fen for each in found.transfers} == {
        referral_id: (fen * 5 + 50) // 100 for referral_id, fen in standards.items() if fen
    }
    assert {each.payer.kind for each in found.transfers} == {"fund"}
    assert all(each.month.startswith("2025-") for each in found.transfers)


def test_outpatients_referrals_are_topped_up_only_where_they_count(trial: Trial) -> None:
    some = trial.ask({**VALIDITY, **TOP_UP, f"{PLACE}/validity/from_outpatients": "rejected"})
    assert not some.episodes.arrivals
    assert {each.subject for each in some.transfers} <= {link.referral.referral_id for link in some.episodes.links}


def test_what_a_split_moves_comes_to_what_the_stays_are_paid(trial: Trial) -> None:
    found = trial.ask({**VALIDITY, **SPLIT})
    assert any(split.is_split for each in found.payments for split in each.splits)
    expected: dict[str, int] = {}
    for each in found.payments:
        for stay in each.episode.stays:
            assert stay.price is not None
            change = each.paid_fen[stay.case_id] - stay.price.payable_fen
            expected[stay.institution_id] = expected.get(stay.institution_id, 0) + change
    for institution, change in expected.items():
        assert sum(net_by_month(found.transfers, institution).values()) == change


def test_the_loss_report_has_a_row_for_every_loss_and_sums_to_the_total(trial: Trial) -> None:
    found = trial.ask({**VALIDITY, **SPLIT, **LOSS})
    assert found.losses is not None
    rows = loss_rows(trial.facts, PERIOD, found.losses)
    assert rows
    assert sum(row.amount_fen for row in rows) == found.losses.amount_fen
    assert all(row.amount_fen == row.without_fen - row.income_fen + row.cost_fen > 0 for row in rows)
    assert {row.role_zh for row in rows} <= {"转出方", "接收方"}
    assert all(isinstance(getattr(row, field.name), str | int) for row in rows for field in fields(LossRow))
    assert found.losses.referrals == len(found.episodes.links)


def test_a_top_up_lessens_losses(trial: Trial) -> None:
    before = trial.ask({**VALIDITY, **LOSS}).losses
    after = trial.ask({**VALIDITY, **LOSS, **TOP_UP, f"{PLACE}/top_up/payee": "receiver"}).losses
    assert before is not None
    assert after is not None
    assert 0 < after.amount_fen < before.amount_fen


def test_refusals_are_proposed_and_posted_only_without_review(trial: Trial) -> None:
    reviewed = trial.ask(DEDUCTION)
    assert {each.state for each in reviewed.deductions} == {"proposed"}
    assert reviewed.transfers == ()
    automatic = trial.ask({**DEDUCTION, f"{PLACE}/deduction/procedure": "automatic"})
    assert {each.state for each in automatic.deductions} == {"posted"}
    assert sum(each.amount_fen for each in automatic.transfers) == sum(each.amount_fen for each in reviewed.deductions)
    assert {each.payee.kind for each in automatic.transfers} == {"fund"}
    assert {each.purpose for each in automatic.transfers} == {"referral_deduction"}


def test_faults_found_elsewhere_count_in_their_year_and_without_a_stay_have_no_rate(trial: Trial) -> None:
    fault = Event("R-false", "H00000000001", "false_referral", date(2025, 4, 1), 100_000)
    other_year = replace(fault, referral_id="R-old", found_on=date(2024, 4, 1))
    without_stay = replace(fault, referral_id="R-bare", payable_fen=None)
    found = trial.ask(DEDUCTION, faults=(fault, other_year, without_stay))
    amounts = {each.event.referral_id: each.amount_fen for each in found.deductions}
    assert amounts["R-false"] == 50_000
    assert "R-old" not in amounts
    assert found.without_basis == (without_stay,)


def test_up_referrals_are_rewarded_only_where_the_policy_turns_it_on(trial: Trial) -> None:
    reward = {
        f"{PLACE}/up_reward/method": "factor",
        f"{PLACE}/up_reward/level": "primary",
        f"{PLACE}/up_reward/threshold": "0",
        f"{PLACE}/up_reward/operator": "gt",
        f"{PLACE}/up_reward/rate": "0.02",
        f"{PLACE}/up_reward/cap": "{default: 100}",
    }
    found = trial.ask({**VALIDITY, **reward})
    assert found.transfers
    assert all(0 < each.amount_fen <= 10_000 and each.month == "2025-12" for each in found.transfers)
    senders = {each.referral.from_institution_id for each in found.episodes.valid if each.referral.direction == "up"}
    assert {each.payee.party_id for each in found.transfers} <= senders
    assert trial.ask({**VALIDITY, **LOSS}).up_rewards == ()


@dataclass(frozen=True, slots=True)
class Shuffled(Facts):
    """The same facts with the referrals in another order."""

    def table(self, table: Table) -> Frame:
        frame = Facts.table(self, table)
        if table is not REFERRALS:
            return frame
        rows = self.engine.collect(frame)
        order = list(range(rows.num_rows))
        random.Random(4).shuffle(order)
        return self.engine.local(rows.take(pa.array(order)))


def test_the_order_of_referrals_changes_nothing(trial: Trial) -> None:
    values = {
        **VALIDITY, **TOP_UP, **SPLIT, **LOSS, **DEDUCTION,
        f"{PLACE}/top_up/cap_by": "yearly", f"{PLACE}/top_up/cap": "{default: 300}",
        f"{PLACE}/deduction/procedure": "automatic",
    }  # fmt: skip
    facts = trial.facts
    found = trial.ask(values)
    assert any(each.paid_fen < each.earned_fen for each in found.top_ups)
    assert trial.ask(values, Shuffled(facts.engine, facts.lake, facts.snapshot)) == found


def test_terms_that_begin_within_the_year_hold_for_stays_decided_from_then_on(trial: Trial) -> None:
    trial.tries += 1
    folder = _pack(trial.folder / str(trial.tries), {**VALIDITY, **TOP_UP})
    rate = folder / "parameters" / PLACE / "top_up" / "rate.yaml"
    rate.write_text(rate.read_text(encoding="utf-8").replace("2025-01-01", "2025-07-01"), encoding="utf-8")
    found = referral_money(trial.facts, trial.region.policy(folder), PERIOD, trial.priced)
    assert found.transfers
    assert min(each.month for each in found.transfers) >= "2025-07"
    assert min(each.month for each in found.episodes.valid) < "2025-07"
