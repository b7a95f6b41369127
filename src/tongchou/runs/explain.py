"""Why a case was paid what it was, and why a member's settlement line is what it is.

An explanation is made on demand: the same grouper, the same formulas, one case. It is refused where it would not
be true: if the policy or the scheme is no longer what the run read, or if the case would come out differently.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.grouping.engine.places import Grouped
from tongchou.grouping.grouper import Grouper
from tongchou.payment.base_rate import base_rate
from tongchou.payment.clearing import Clearing, Line
from tongchou.payment.pricing import Pricer
from tongchou.payment.terms import TermsPeriod, terms_on
from tongchou.policy import PolicyView
from tongchou.runs.agreed_terms import AgreedTerms
from tongchou.runs.frames import Facts, decided_cases, grouping_input, pricing_input
from tongchou.runs.preconditions import posted_entries, standing_runs
from tongchou.runs.record import RunRecord, no_run, read_record
from tongchou.runs.region import Period, Region, RegionPolicy
from tongchou.runs.settle import case_terms
from tongchou.runs.settlement import settle_year
from tongchou.runs.stages import Weighing, weight_step
from tongchou.runs.year import alliances
from tongchou.schema.results import PRICED, SETTLEMENT_LINES
from tongchou.schema.states import CASE_KIND
from tongchou.store.engine import Engine, Frame
from tongchou.store.lake import Snapshot


@dataclass(frozen=True, slots=True)
class Explainer:
    """A finished run, opened to be questioned."""

    region: Region
    record: RunRecord
    facts: Facts
    policy: RegionPolicy
    view: PolicyView
    period: Period

    def case(self, case_id: str) -> Step:
        """Explain a case: its group, its price, and the line of its hospital that it counts in.

        Raises:
            TongchouError: `runs.no_case` if the run did not price the case; `runs.policy_changed` or
                `runs.scheme_changed` if its reasons are no longer at hand.
        """
        stored = self._stored(case_id)
        case = self._case_frame(case_id)
        grouper = self._grouper()
        (row,) = self.facts.engine.collect(grouping_input(self.facts, case, grouper.columns)).to_pylist()
        grouping = grouper.explain(row)
        price = self._price(case, grouper.group_one(row), stored)
        return Step(
            "case",
            Text(f"清单 {case_id}", f"Case {case_id}"),
            Text(
                f"{stored['drg']}，基金支付 {format_yuan(stored['fund_fen'])} 元，个人负担 "
                f"{format_yuan(stored['patient_fen'])} 元",
                f"{stored['drg']}, the fund pays {format_yuan(stored['fund_fen'])} yuan, the patient "
                f"{format_yuan(stored['patient_fen'])} yuan",
            ),
            facts=self._standing(),
            parameters=_read_by_run(self.record, "payment/deciding_date", "payment/drg/scheme"),
            children=(grouping, price, self._share(stored)),
        )

    def member(self, institution_id: str) -> Step:
        """Explain an institution's settlement: its clearing and its share of its alliance's surplus.

        Raises:
            TongchouError: `runs.no_institution` if the run has no line of it.
        """
        settlement = settle_year(self.facts, self.policy, self.period, self._priced())
        clearing = next((each for each in settlement.clearings if each.institution_id == institution_id), None)
        if clearing is None:
            raise _unknown(
                "runs.no_institution", Text("本次结算没有该机构", "the run has no such institution"), institution_id
            )
        self._require_as_booked(clearing)
        shared = tuple(
            each.settlement.explanation for each in settlement.alliances if institution_id in each.alliance.roles
        )
        contracts = tuple(
            settlement.without_package[each.alliance_id].explanation
            for each in alliances(self.facts, self.period)
            if institution_id in each.roles and each.alliance_id in settlement.without_package
        )
        due = format_yuan(clearing.amounts_fen[Line.DUE_AT_CLEARING])
        return Step(
            "institution",
            Text(f"机构 {institution_id} {self.period} 年清算单", f"Settlement of {institution_id} for {self.period}"),
            Text(f"清算应付 {due} 元", f"{due} yuan due at clearing"),
            facts=self._standing(),
            parameters=_read_by_run(self.record, "settlement/clearing_days"),
            children=(clearing.explanation, *shared, *contracts),
        )

    def _standing(self) -> tuple[Fact, ...]:
        """Return the warning that the run no longer stands, if a later one has reversed it."""
        if self.record.run_id in standing_runs(posted_entries(self.facts)):
            return ()
        return (
            Fact(
                Text("注意：本次结算已被后来的结算冲销", "note: a later run has reversed this one"), self.record.run_id
            ),
        )

    def _require_as_booked(self, clearing: Clearing) -> None:
        """Refuse to explain a clearing that comes out differently from what was booked."""
        lake, engine = self.facts.lake, self.facts.engine
        lines = engine.scan(lake.files(SETTLEMENT_LINES.name, lake.snapshot()), SETTLEMENT_LINES.arrow_schema)
        own = (nw.col("run_id") == self.record.run_id) & (nw.col("institution_id") == clearing.institution_id)
        booked = {row["line"]: row["amount_fen"] for row in engine.collect(lines.filter(own)).to_pylist()}
        differing = sorted(line for line, amount in clearing.amounts_fen.items() if booked.get(line) != amount)
        if differing:
            raise _not_repeatable(f"{clearing.institution_id}: {', '.join(differing)}")

    def _price(self, case: Frame, grouped: Grouped, stored: dict[str, Any]) -> Step:
        engine = self.facts.engine
        found = engine.local(pa.Table.from_pylist([{"case_id": stored["case_id"], **asdict(grouped)}]))
        row = engine.collect(pricing_input(self.facts, case, found)).combine_chunks().to_batches()[0]
        periods = case_terms(self.policy, self.period)
        weights = {weight.drg: weight for weight in self.record.weights}
        rates = {kind: base_rate(self.view, kind, total) for kind, total in self.record.weight_totals_e4.items()}
        fen = {kind: rate.rate_fen for kind, rate in rates.items()}
        again = Pricer(self.record.run_id, periods, weights, fen).price(row).to_pylist()[0]
        differing = sorted(name for name in again if again[name] != stored[name])
        if differing:
            raise _not_repeatable(f"{stored['case_id']}: {', '.join(differing)}")
        terms = terms_on(periods, row.column("decided_on")[0].as_py())
        is_grouped = stored["weight_source"] != "none"
        weighing = Weighing(weights, None, self.record.weight_totals_e4, rates, _weight_reads(self.record))
        behind = (weight_step(weighing, stored["drg"]), rates[stored["insurance_type"]].step) if is_grouped else ()
        return _price_step(stored, row.to_pylist()[0], terms, behind)

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

    def _case_frame(self, case_id: str) -> Frame:
        deciding = self.view.text("payment/deciding_date")
        cases = decided_cases(self.facts, deciding, self.period.start, self.period.end)
        return cases.filter(nw.col("case_id") == case_id)

    def _priced(self) -> Frame:
        lake, engine = self.facts.lake, self.facts.engine
        rows = engine.scan(lake.files(PRICED.name, lake.snapshot()), PRICED.arrow_schema)
        return rows.filter(nw.col("run_id") == self.record.run_id)

    def _grouper(self) -> Grouper:
        grouper = Grouper.find(self.record.inputs.scheme)
        if grouper.compiled.fingerprint != self.record.inputs.scheme_fingerprint:
            raise _changed("runs.scheme_changed", Text("分组方案", "the grouping scheme"), self.record)
        return grouper


def open_run(region: Region, run_id: str, engine: Engine) -> Explainer:
    """Open a posted run to question it.

    Raises:
        TongchouError: `runs.no_run`; `runs.is_shadow` for a shadow run, which keeps no cases;
            `runs.policy_changed` if the policy is not what the run read.
    """
    record = read_record(region.run_folder(run_id))
    if record.inputs.is_shadow:
        raise _unknown(
            "runs.is_shadow",
            Text("模拟运行不保存逐例结果", "a shadow run keeps no results by case"),
            run_id,
        )
    policy = region.policy(Path(record.inputs.policy_pack) if record.inputs.policy_pack else None)
    if policy.fingerprint != record.inputs.policy:
        raise _changed("runs.policy_changed", Text("政策", "the policy"), record)
    period = Period.parse(record.inputs.period)
    facts = Facts(engine, region.lake, Snapshot(record.inputs.versions))
    return Explainer(region, record, facts, policy, policy.at(period.end), period)


def newest_run(region: Region) -> str:
    """Return the id of the run that posted last.

    Raises:
        TongchouError: `runs.no_run` if none has.
    """
    runs = [write.batch_id for write in region.lake.batches() if write.kind == "settle"]
    if not runs:
        raise no_run(region.folder / "runs", "-")
    return runs[-1]


def _price_step(priced: dict[str, Any], case: dict[str, Any], terms: TermsPeriod, behind: tuple[Step, ...]) -> Step:
    kind = CASE_KIND[priced["case_kind"]]
    standard = Step(
        "payment.drg.standard",
        Text("支付标准 = 费率 × 权重 × 机构系数", "Payment standard = base rate x weight x institution coefficient"),
        Text.plain(
            f"{format_yuan(priced['base_rate_fen'])} × {format_e4(priced['weight_e4'])} × "
            f"{format_e4(priced['factor_e4'])} = {format_yuan(priced['standard_fen'])}"
        ),
        parameters=_of(terms, "payment/drg/level_factor", f"level={case['level']}"),
        children=behind,
    )
    kind_step = Step(
        f"payment.drg.{priced['case_kind']}",
        Text("病例类型", "Kind of case"),
        Text(
            f"{kind.zh}：应支付总额 {format_yuan(priced['payable_fen'])} 元",
            f"{kind.en}: payable in all {format_yuan(priced['payable_fen'])} yuan",
        ),
        facts=(
            _yuan(Text("医疗费总额", "total cost"), case["total_fen"]),
            Fact(Text("住院天数", "days in hospital"), str(case["los_days"])),
            Fact(Text("费用与标准之比", "cost over standard"), _multiple(priced)),
            *_how_paid(priced, case, terms),
        ),
        parameters=_of(terms, "payment/drg/high/", "")
        + _of(terms, "payment/drg/low/", "")
        + _of(terms, "payment/drg/long_stay/", "")
        + _of(terms, "payment/drg/ungrouped/", ""),
    )
    pair = f"insurance_type={case['insurance_type']}, level={case['level']}"
    patient = Step(
        "benefit.inpatient",
        Text(
            "个人负担 = 总额 −（总额 − 自费 − 先行自付 − 超限价 − 起付线，不低于零）× 支付比例",
            "The patient's part = total - (total - self-paid - first self-pay - over limit - deductible, not below "
            "zero) x ratio",
        ),
        Text.plain(f"{format_yuan(priced['patient_fen'])}"),
        facts=(
            _yuan(Text("全自费", "fully self-paid"), case["self_paid_fen"]),
            _yuan(Text("先行自付", "first self-pay"), case["first_self_pay_fen"]),
            _yuan(Text("超限价", "over price limits"), case["over_limit_fen"]),
        ),
        parameters=_of(terms, "benefit/inpatient/", pair),
    )
    fund = Step(
        "payment.fund_part",
        _FUND_METHODS[terms.terms.fund_method, terms.terms.negative_fund],
        Text.plain(format_yuan(priced["fund_fen"])),
        facts=(_yuan(Text("医院盈亏", "the hospital's gain or loss"), priced["hospital_result_fen"]),),
        parameters=_of(terms, "payment/fund_part/", ""),
    )
    return Step(
        "payment",
        Text("支付", "Payment"),
        Text(
            f"应支付 {format_yuan(priced['payable_fen'])} = 基金 {format_yuan(priced['fund_fen'])} + 个人 "
            f"{format_yuan(priced['patient_fen'])}"
            if priced["payable_fen"] == priced["fund_fen"] + priced["patient_fen"]
            else f"基金 {format_yuan(priced['fund_fen'])}，个人 {format_yuan(priced['patient_fen'])}",
            f"payable {format_yuan(priced['payable_fen'])} yuan, fund {format_yuan(priced['fund_fen'])}, patient "
            f"{format_yuan(priced['patient_fen'])}",
        ),
        children=(standard, kind_step, patient, fund),
    )


_LESS_PATIENT = Text("应支付总额 − 个人负担", "payable in all - the patient's part")
_ON_STANDARD = Text(
    "（应支付总额 − 自费 − 先行自付 − 超限价 − 起付线）× 支付比例",
    "(payable in all - self-paid - first self-pay - over limit - deductible) x ratio",
)
_FUND_METHODS = {
    (method, negative): Text(
        f"统筹基金支付 = {words.zh}{'，不低于零' if negative == 'floor_zero' else ''}",
        f"The fund's part = {words.en}{', not below zero' if negative == 'floor_zero' else ''}",
    )
    for method, words in (("standard_less_patient", _LESS_PATIENT), ("ratio_on_standard", _ON_STANDARD))
    for negative in ("floor_zero", "carry")
}


def _how_paid(priced: dict[str, Any], case: dict[str, Any], terms: TermsPeriod) -> tuple[Fact, ...]:
    """Return the reckoning of what is payable, in figures."""
    label = Text("应支付总额的算法", "how what is payable follows")
    total, standard = format_yuan(case["total_fen"]), format_yuan(priced["standard_fen"])
    match priced["case_kind"]:
        case "normal":
            return (Fact(label, f"= {standard}"),)
        case "high" if terms.terms.high_method == "excess_over_threshold":
            threshold = terms.terms.high_threshold_e4.at(priced["weight_e4"])
            return (Fact(label, f"{total} − {standard} × ({format_e4(threshold)} − 1)"),)
        case "ungrouped":
            return (Fact(label, f"{total} × {format_e4(terms.terms.ungrouped_ratio_e4)}"),)
        case _:
            return (Fact(label, f"= {total}"),)


def _multiple(priced: dict[str, Any]) -> str:
    if not priced["standard_fen"]:
        return "-"
    return format_e4(priced["total_fen"] * 10_000 // priced["standard_fen"])


def _of(terms: TermsPeriod, prefix: str, key: str) -> tuple[ParameterRead, ...]:
    return tuple(read for read in terms.reads if read.name.startswith(prefix) and read.key == key)


def _read_by_run(record: RunRecord, *names: str) -> tuple[ParameterRead, ...]:
    return tuple(read for read in record.reads if read.name in names)


def _weight_reads(record: RunRecord) -> tuple[ParameterRead, ...]:
    return tuple(read for read in record.reads if read.name.startswith("payment/drg/weights/"))


def _yuan(label: Text, fen: int) -> Fact:
    return Fact(label, format_yuan(fen))


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


def _changed(code: str, subject: Text, record: RunRecord) -> TongchouError:
    return TongchouError(
        code,
        what=Text(f"{subject.zh}在结算之后已经改动", f"{subject.en} has changed since the run"),
        where=record.run_id,
        why=Text("按改动后的规则解释当时的结果会误导", "to explain the result by other rules would mislead"),
        remedy=Text("恢复当时的版本，或重新结算", "restore what the run read, or settle the period again"),
    )
