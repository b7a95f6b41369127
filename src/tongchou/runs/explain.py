"""Why a case was paid what it was, why a member's settlement line is what it is, and what is due beside cases.

An explanation is made on demand: the same grouper, the same formulas, one case. It is refused where it would not
be true: if the policy or the scheme is no longer what the run read, or if the case would come out differently.
"""

from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.payment.base_rate import base_rate
from tongchou.payment.cases.points_value import PointValue, pool_of, value_points
from tongchou.payment.cases.terms import Occurring, terms_on
from tongchou.policy import PolicyView
from tongchou.runs.agreed_terms import AgreedTerms
from tongchou.runs.corrected_cases import correction_facts
from tongchou.runs.events import priced_events_table
from tongchou.runs.explain_beside import LARGEST, event_step, referral_step
from tongchou.runs.explain_price import price_step
from tongchou.runs.findings import find_out
from tongchou.runs.finished import finished_rows, kept_file
from tongchou.runs.frames import Facts, count, decided_cases, hash_rows, pricing_input
from tongchou.runs.groupings import Grouping
from tongchou.runs.kept_reasons import alliance_reasons, has_reasons, institution_reason, kept_reason
from tongchou.runs.paying import agreed_terms, assessor_of
from tongchou.runs.preconditions import standing_runs
from tongchou.runs.priced_case import PricedCase
from tongchou.runs.record import RunRecord, no_run
from tongchou.runs.region import Period, Region, RegionPolicy
from tongchou.runs.run_rules import RunRules, read_rules
from tongchou.runs.settlement import YearSettlement, settle_year, settlement_lines
from tongchou.runs.weighing import Weighing, weight_step
from tongchou.runs.year import alliances
from tongchou.schema.contract import Table
from tongchou.schema.results import GROUPED, PRICED, PRICED_EVENTS, SETTLEMENT_LINES
from tongchou.schema.tables import REFERRALS
from tongchou.store.engine import Engine, Frame
from tongchou.store.lake import Snapshot

_REPEATED = (
    "drg",
    "weight_e4",
    "weight_source",
    "base_rate_fen",
    "factor_e4",
    "reference_fen",
    "patient_fen",
    "modifier_e4",
)
"""What a case comes out with by itself; the rest follows from all cases together."""


@dataclass(frozen=True, slots=True)
class Explainer:
    """A finished run, opened to be questioned."""

    rules: RunRules
    facts: Facts
    view: PolicyView

    @property
    def region(self) -> Region:
        """The region."""
        return self.rules.region

    @property
    def record(self) -> RunRecord:
        """The run's record."""
        return self.rules.record

    @property
    def policy(self) -> RegionPolicy:
        """The policy that the run read."""
        return self.rules.policy

    @property
    def period(self) -> Period:
        """The run's year."""
        return self.rules.period

    def case(self, case_id: str) -> Step:
        """Explain a case: its group, its price, and the line of its hospital that it counts in.

        Raises:
            TongchouError: `runs.no_case` if the run did not price the case; `runs.policy_changed` or
                `runs.scheme_changed` if its reasons are no longer at hand.
        """
        stored = self._stored(case_id)
        cases = decided_cases(self.facts, self._deciding(), self.period.start, self.period.end)
        grouping = self.rules.grouping
        group = grouping.explain(self.facts, cases, case_id)
        price = self._price(cases, grouping, stored)
        return Step(
            "case",
            Text(f"清单 {case_id}", f"Case {case_id}"),
            Text(
                f"{stored['drg']}，基金支付 {format_yuan(stored['fund_fen'])} 元，个人负担 "
                f"{format_yuan(stored['patient_fen'])} 元",
                f"{stored['drg']}, the fund pays {format_yuan(stored['fund_fen'])} yuan, the patient "
                f"{format_yuan(stored['patient_fen'])} yuan",
            ),
            facts=(*self._standing(), *self._corrected(stored)),
            parameters=_read_by_run(self.record, "payment/deciding_date", grouping.parameter),
            children=(group, price, self._share(stored)),
            account=price.account,
        )

    def member(self, institution_id: str, largest: int | None = None) -> Step:
        """Explain an institution's settlement: its clearing, what is due beside its cases, its share of a surplus.

        What the run kept of it is returned, if it kept anything; else the year is settled again.

        Args:
            institution_id: The institution.
            largest: How many amounts beside cases are explained one by one, by rule and direction, the largest first;
                another number than was kept lets the year be settled again.

        Raises:
            TongchouError: `runs.no_institution` if the run has no line of it; `runs.not_repeatable` if the year comes
                out differently; `runs.reasons_changed` if what was kept is not what the run wrote.
        """
        if largest is None and has_reasons(self.record):
            step = kept_reason(self.region, self.record, "institution", institution_id)
        else:
            step = self._institution(institution_id, LARGEST if largest is None else largest)
        if step is None:
            what = Text("本次结算没有该机构", "the run has no such institution")
            raise _unknown("runs.no_institution", what, institution_id)
        read = _read_by_run(self.record, "settlement/clearing_days")
        return replace(step, facts=(*self._standing(), *step.facts), parameters=(*read, *step.parameters))

    def alliance(self, alliance_id: str) -> Step:
        """Explain an alliance's settlement: its budget, what counts against it, its surplus and how it is shared.

        Raises:
            TongchouError: `runs.no_alliance` if the run settled no such alliance; else as `member`.
        """
        if has_reasons(self.record):
            step = kept_reason(self.region, self.record, "alliance", alliance_id)
        else:
            step = alliance_reasons(self._settlement()).get(alliance_id)
        if step is None:
            what = Text("本次结算没有该医联体", "the run has no such alliance")
            raise _unknown("runs.no_alliance", what, alliance_id)
        return replace(step, facts=(*self._standing(), *step.facts))

    def event(self, event_id: str) -> Step:
        """Explain what is due for a service event or a group of heads.

        Raises:
            TongchouError: `runs.no_event` if the run has no amount of it; `runs.not_repeatable`.
        """
        step = event_step(self._settlement().beside.events.transfers, event_id) if self._has_event(event_id) else None
        if step is None:
            what = Text("本次结算没有该服务事件或人头组", "the run has no such service event or group of heads")
            raise _unknown("runs.no_event", what, event_id)
        return replace(step, facts=(*self._standing(), *step.facts))

    def referral(self, referral_id: str) -> Step:
        """Explain a referral: its validity, split, top-up, deductions and losses.

        Raises:
            TongchouError: `runs.no_referral` if the run did not judge it; `runs.not_repeatable`.
        """
        known = self.facts.table(REFERRALS).filter(nw.col("referral_id") == referral_id)
        is_known = count(self.facts.engine, known) > 0
        step = referral_step(self._settlement().beside.referrals, referral_id) if is_known else None
        if step is None:
            what = Text("本次结算没有判定该转诊", "the run has not judged such a referral")
            raise _unknown("runs.no_referral", what, referral_id)
        return replace(step, facts=(*self._standing(), *step.facts))

    def _has_event(self, event_id: str) -> bool:
        """Return whether the run may have amounts of an event: a misspelt id shall not let a year be settled again."""
        if self.record.inputs.is_shadow:
            return True
        subject = nw.col("subject")
        own = self._results(PRICED_EVENTS).filter((subject == event_id) | subject.str.starts_with(f"{event_id}/"))
        return count(self.facts.engine, own) > 0

    def _standing(self) -> tuple[Fact, ...]:
        """Return the warning that nothing of the run is booked: a shadow run, or one that a later run has reversed."""
        if self.record.inputs.is_shadow:
            return (Fact(Text("注意：模拟运行，未记账", "note: a shadow run, nothing is booked"), self.record.run_id),)
        if self.record.run_id in standing_runs(self.facts.lake).values():
            return ()
        return (
            Fact(
                Text("注意：本次结算已被后来的结算冲销", "note: a later run has reversed this one"), self.record.run_id
            ),
        )

    def _corrected(self, stored: dict[str, Any]) -> tuple[Fact, ...]:
        batches, lake = self.record.inputs.batches, self.facts.lake
        return tuple(correction_facts(lake, self.facts.engine, stored["case_id"], batches, stored["total_fen"]))

    def _settlement(self) -> YearSettlement:
        """Settle the year again; refuse to explain what comes out differently from the run's record."""
        settlement = settle_year(self.facts, self.policy, self.period, self._priced())
        run_id, engine = self.record.run_id, self.facts.engine
        again = (
            (SETTLEMENT_LINES, settlement_lines(run_id, settlement.clearings)),
            (PRICED_EVENTS, priced_events_table(run_id, settlement.beside.events.transfers)),
        )
        hashes = {table.name: hash_rows(engine, engine.local(rows), table) for table, rows in again}
        differing = [name for name, found in hashes.items() if self.record.table_hashes.get(name) != found]
        if differing:
            raise _not_repeatable(f"{run_id}: {', '.join(differing)}")
        return settlement

    def _institution(self, institution_id: str, largest: int) -> Step | None:
        settlement, found = self._settlement(), alliances(self.facts, self.period)
        own = (each for each in settlement.clearings if each.institution_id == institution_id)
        steps = (institution_reason(settlement, self.period, each, found, largest) for each in own)
        return next(steps, None)

    def _price(self, cases: Frame, grouping: Grouping, stored: dict[str, Any]) -> Step:
        grouped, is_own = self._results(GROUPED), nw.col("case_id") == stored["case_id"]
        found = find_out(self.facts, self.view, cases, grouped)
        frame = pricing_input(self.facts, cases.filter(is_own), grouped.filter(is_own), found.frames)
        row = self.facts.engine.collect(frame).combine_chunks().to_batches()[0]
        weighing = self._weighing()
        weights = weighing.weights
        terms_of = Occurring(
            tuple(filter(None, row.column("department").to_pylist())),
            (stored["drg"],) if stored["drg"] in weights else (),
            (stored["institution_id"],),
        )
        agreed = agreed_terms(self.facts, self.policy, self.period)
        assessor = assessor_of(self.policy, self.view, self.period, weighing, grouping, terms_of, agreed)
        (again,) = assessor.assess(row).to_pylist()
        differing = sorted(name for name in _REPEATED if again[name] != stored[name])
        if differing:
            raise _not_repeatable(f"{stored['case_id']}: {', '.join(differing)}")
        terms = terms_on(assessor.terms_of(stored["institution_id"]), row.column("decided_on")[0].as_py())
        reviews = tuple(each for each in found.reviews if each.application.case_id == stored["case_id"])
        behind = []
        if stored["weight_source"] != "none":
            behind.append(weight_step(weighing, stored["drg"]))
        rate = weighing.base_rates.get(stored["insurance_type"])
        if rate is not None and behind:
            behind.append(rate.step)
        value = self._point_value(stored) if assessor.method.in_points else None
        mean = weights[stored["drg"]].mean_fen if stored["drg"] in weights else 0
        priced = PricedCase(
            stored, row.to_pylist()[0], again, terms, tuple(behind), reviews, value, mean, self.record.reads
        )
        return price_step(priced)

    def _weighing(self) -> Weighing:
        weights = {weight.drg: weight for weight in self.record.weights}
        by_rate = self.view.text("payment/inpatient/method") == "drg_rate"
        totals = self.record.weight_totals_e4
        rates = {kind: base_rate(self.view, kind, total) for kind, total in totals.items()} if by_rate else {}
        reads = tuple(read for read in self.record.reads if read.name.startswith("payment/drg/weights/"))
        return Weighing(weights, None, totals, rates, reads, self.record.mean_fen)

    def _point_value(self, stored: dict[str, Any]) -> PointValue:
        """Return the value of the points of a case's pool, from what the run kept of every hospital's points."""
        pool = pool_of(self.view, stored["insurance_type"])
        return value_points(self.view, pool, self.record.pools[pool])

    def _share(self, stored: dict[str, Any]) -> Step:
        own = self._priced().filter(
            (nw.col("institution_id") == stored["institution_id"]) & (nw.col("month") == stored["month"])
        )
        total = self.facts.engine.collect(own.select(nw.col("fund_fen").sum().cast(nw.Int64)))["fund_fen"][0].as_py()
        members = {each.alliance_id: tuple(each.roles) for each in alliances(self.facts, self.period)}
        view = AgreedTerms(self.policy, members).of(stored["institution_id"]).at(self.period.end)
        with view.recording() as reads:
            prepaid = view.e4("settlement/prepay_ratio")
        return Step(
            "settlement.share",
            Text("在机构清算中的位置", "Where it counts"),
            Text(
                f"计入 {stored['institution_id']} {stored['month']} 月应付 {format_yuan(total)} 元；"
                f"当月应付为正时按 {format_e4(prepaid)} 预拨，余为质量保证金",
                f"part of the {format_yuan(total)} yuan due to {stored['institution_id']} for {stored['month']}; of a "
                f"positive month {format_e4(prepaid)} is paid at once and the rest withheld as quality deposit",
            ),
            parameters=tuple(reads),
        )

    def _stored(self, case_id: str) -> dict[str, Any]:
        rows = self.facts.engine.collect(self._priced().filter(nw.col("case_id") == case_id)).to_pylist()
        if not rows:
            raise _unknown("runs.no_case", Text("本次结算没有这张清单", "the run has no such case"), case_id)
        return dict(rows[0])

    def _deciding(self) -> str:
        return self.view.text("payment/deciding_date")

    def _priced(self) -> Frame:
        return self._results(PRICED)

    def _results(self, table: Table) -> Frame:
        return finished_rows(self.region, self.record, table, self.facts.engine)


def open_run(region: Region, run_id: str, engine: Engine) -> Explainer:
    """Open a run to question it, a posted one or a shadow run.

    Raises:
        TongchouError: `runs.no_run`; `runs.is_shadow` for a shadow run whose cases are not kept in its folder;
            `runs.policy_changed` if the policy is not what the run read.
    """
    return question(read_rules(region, run_id), engine)


def question(rules: RunRules, engine: Engine) -> Explainer:
    """Open a run whose rules are at hand.

    Raises:
        TongchouError: `runs.is_shadow` for a shadow run whose cases are not kept in its folder.
    """
    region, record = rules.region, rules.record
    if record.inputs.is_shadow and not all(kept_file(region, record, table).is_file() for table in (GROUPED, PRICED)):
        raise TongchouError(
            "runs.is_shadow",
            what=Text("模拟运行的逐例结果不在了", "the results by case of the shadow run are not there"),
            where=str(region.run_folder(record.run_id)),
            why=Text("它由较早的版本算出，或文件已被删除", "an earlier edition computed it, or they were removed"),
            remedy=Text("删除该目录，再次模拟运行", "remove the folder and make the shadow run again"),
        )
    facts = Facts(engine, region.lake, Snapshot(record.inputs.versions))
    return Explainer(rules, facts, rules.policy.at(rules.period.end))


def newest_run(region: Region) -> str:
    """Return the id of the run that posted last.

    Raises:
        TongchouError: `runs.no_run` if none has.
    """
    runs = [write.batch_id for write in region.lake.batches() if write.kind == "settle"]
    if not runs:
        raise no_run(region.folder / "runs", "-")
    return runs[-1]


def _read_by_run(record: RunRecord, *names: str) -> tuple[ParameterRead, ...]:
    return tuple(read for read in record.reads if read.name in names)


def _not_repeatable(where: str) -> TongchouError:
    return TongchouError(
        "runs.not_repeatable",
        what=Text("重算结果与当时入账的不同", "it comes out differently from what was booked"),
        where=where,
        why=Text("数据或程序在结算后有变化", "data or program changed after the run"),
        remedy=Text("重新结算该期间", "settle the period again"),
    )


def _unknown(code: str, what: Text, where: str) -> TongchouError:
    return TongchouError(
        code,
        what=what,
        where=where,
        why=Text("号码可能写错，或不属于该期间", "the id may be misspelt or belong to another period"),
        remedy=Text("核对号码与结算批次", "check the id and the run"),
    )
