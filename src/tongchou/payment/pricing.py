"""The price of a case: a kernel over batches, the same for a million cases and for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.core.errors import TongchouError
from tongchou.core.money import FenArray, scale_column
from tongchou.core.text import Text
from tongchou.payment import formulas
from tongchou.payment.formulas import CaseKind
from tongchou.payment.terms import INSURANCE_TYPES, LEVELS, DrgTerms, TermsPeriod
from tongchou.payment.weights import GroupWeight
from tongchou.schema.results import PRICED

PRICE_COLUMNS = (
    "case_id",
    "institution_id",
    "person_id",
    "insurance_type",
    "level",
    "decided_on",
    "los_days",
    "total_fen",
    "self_paid_fen",
    "first_self_pay_fen",
    "over_limit_fen",
    "status",
    "drg",
)
"""What pricing reads of a grouped case; `decided_on` is the date that the policy decides by."""

_KINDS = tuple(CaseKind)
_Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pricer:
    """Prices batches of grouped cases.

    Attributes:
        run_id: Written on every row.
        periods: The policy's terms; together they cover every case's date.
        weights: The weight of every group that occurs.
        base_rate_fen: Fen per weight by insurance type, of the types that have grouped cases.
    """

    run_id: str
    periods: Sequence[TermsPeriod]
    weights: Mapping[str, GroupWeight]
    base_rate_fen: Mapping[str, int]

    def price(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Price the cases of a batch (`PRICE_COLUMNS`), row for row, into rows of the table `priced`.

        Raises:
            TongchouError: `payment.no_weight` for a grouped case whose group has no weight,
                `payment.no_terms` for a case outside the days that the terms cover.
        """
        day = batch.column("decided_on").cast(pa.int32()).to_numpy(zero_copy_only=False)
        insurance = _numbered(batch.column("insurance_type"), INSURANCE_TYPES)
        grouped = pc.equal(batch.column("status"), "grouped").to_numpy(zero_copy_only=False)
        weight, source = self._weights(batch.column("drg"), grouped)
        money = _Money(
            level=_numbered(batch.column("level"), LEVELS),
            insurance=insurance,
            grouped=grouped,
            los_days=_whole(batch, "los_days"),
            weight_e4=weight,
            base_rate=self._base_rates(insurance, grouped),
            total=_whole(batch, "total_fen"),
            outside_scope=_whole(batch, "self_paid_fen")
            + _whole(batch, "first_self_pay_fen")
            + _whole(batch, "over_limit_fen"),
        )
        priced = self._by_period(money, day)
        month = pc.strftime(batch.column("decided_on"), format="%Y-%m")
        columns = {
            "run_id": pa.repeat(self.run_id, len(batch)),
            **{
                name: batch.column(name) for name in ("case_id", "institution_id", "person_id", "insurance_type", "drg")
            },
            "month": month,
            "weight_e4": weight,
            "weight_source": source,
            "base_rate_fen": money.base_rate,
            "total_fen": money.total,
            "case_kind": pa.array([kind.value for kind in _KINDS]).take(pa.array(priced.pop("case_kind"))),
            **priced,
        }
        schema = PRICED.arrow_schema
        arrays = [
            pa.array(columns[name]) if isinstance(columns[name], np.ndarray) else columns[name] for name in schema.names
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _weights(self, drg: pa.Array, grouped: npt.NDArray[np.bool_]) -> tuple[_Whole, pa.Array]:
        codes = list(self.weights)
        index = pc.fill_null(pc.index_in(drg, pa.array(codes, pa.string())), -1).to_numpy(zero_copy_only=False)
        missing = grouped & (index < 0)
        if missing.any():
            raise no_weight(sorted(set(drg.filter(pa.array(missing)).to_pylist())))
        index = np.where(grouped, index, len(codes))
        weights = np.array([self.weights[code].weight_e4 for code in codes] + [0], dtype=np.int64)
        sources = pa.array([self.weights[code].source for code in codes] + ["none"])
        return weights[index], sources.take(pa.array(index))

    def _base_rates(self, insurance: _Whole, grouped: npt.NDArray[np.bool_]) -> FenArray:
        missing = [number for number, kind in enumerate(INSURANCE_TYPES) if kind not in self.base_rate_fen]
        if np.isin(insurance[grouped], missing).any():
            named = ", ".join(INSURANCE_TYPES[number] for number in missing)
            raise TongchouError(
                "payment.no_base_rate",
                what=Text("有险种没有费率", "an insurance type has no base rate"),
                where=named,
                why=Text("费率缺失不能当作零", "a missing rate is never zero"),
                remedy=Text("在政策中补充费率或预算", "add the rate or the budget to the policy"),
            )
        # An ungrouped case has no weight, so no rate stands behind its standard of zero.
        rates = np.array([self.base_rate_fen.get(kind, 0) for kind in INSURANCE_TYPES], dtype=np.int64)
        return rates[insurance]

    def _by_period(self, money: "_Money", day: npt.NDArray[np.int32]) -> dict[str, _Whole]:
        result = {name: np.zeros(len(day), dtype=np.int64) for name in _PRICED_BY_TERMS}
        covered = np.zeros(len(day), dtype=np.bool_)
        for period in self.periods:
            rows = (day >= _day_number(period.valid_from)) & (day <= _day_number(period.valid_until))
            covered |= rows
            if rows.any():
                for name, values in _price(money.at(rows), period.terms).items():
                    result[name][rows] = values
        if not covered.all():
            raise TongchouError(
                "payment.no_terms",
                what=Text("有清单的日期不在政策期间内", "a case's date lies outside the policy's period"),
                where=str(np.datetime64(int(day[~covered][0]), "D")),
                why=Text("支付条款未覆盖该日", "the payment terms do not cover that day"),
                remedy=Text("检查结算期间与清单日期", "check the settled period and the dates of the cases"),
            )
        return result


_PRICED_BY_TERMS = (
    "factor_e4",
    "standard_fen",
    "case_kind",
    "payable_fen",
    "patient_fen",
    "fund_fen",
    "hospital_result_fen",
)


@dataclass(frozen=True, slots=True)
class _Money:
    """The columns that the terms work on."""

    level: _Whole
    insurance: _Whole
    grouped: npt.NDArray[np.bool_]
    los_days: _Whole
    weight_e4: _Whole
    base_rate: FenArray
    total: FenArray
    outside_scope: FenArray

    def at(self, rows: npt.NDArray[np.bool_]) -> "_Money":
        return _Money(*(getattr(self, name)[rows] for name in self.__slots__))


def _price(money: _Money, terms: DrgTerms) -> dict[str, _Whole]:
    factor = np.array([terms.level_factor_e4[level] for level in LEVELS], dtype=np.int64)[money.level]
    standard = formulas.payment_standard(money.base_rate, money.weight_e4, factor)
    threshold = _by_bands(money.weight_e4, terms)
    kind = _kinds(money, standard, threshold, terms)
    payable = _payable(kind, money, standard, threshold, terms)
    deductible = _by_pair(terms.deductible_fen, money)
    ratio = _by_pair(terms.ratio_e4, money)
    by_item = formulas.fund_part_by_item(money.total, money.outside_scope, deductible, ratio)
    patient = money.total - by_item
    if terms.fund_method == "ratio_on_standard":
        fund = formulas.fund_part_on_standard(payable, money.outside_scope, deductible, ratio)
    else:
        fund = formulas.fund_part_less_patient(payable, patient)
    if terms.negative_fund == "floor_zero":
        fund = np.maximum(0, fund)
    return {
        "factor_e4": factor,
        "standard_fen": standard,
        "case_kind": kind,
        "payable_fen": payable,
        "patient_fen": patient,
        "fund_fen": fund,
        "hospital_result_fen": fund + patient - money.total,
    }


def _kinds(money: _Money, standard: FenArray, threshold: _Whole, terms: DrgTerms) -> _Whole:
    """Return the kind of each case: the first that applies of ungrouped, long stay, high, low, normal."""
    tests = (
        (~money.grouped, CaseKind.UNGROUPED),
        (money.los_days > terms.long_stay_days, CaseKind.LONG_STAY),
        (formulas.exceeds(money.total, standard, threshold, or_equals=terms.high_or_equals), CaseKind.HIGH),
        (
            formulas.falls_below(money.total, standard, terms.low_threshold_e4, or_equals=terms.low_or_equals),
            CaseKind.LOW,
        ),
    )
    kinds = np.select(
        [met for met, _ in tests], [_KINDS.index(kind) for _, kind in tests], _KINDS.index(CaseKind.NORMAL)
    )
    return kinds.astype(np.int64)


def _payable(kind: _Whole, money: _Money, standard: FenArray, threshold: _Whole, terms: DrgTerms) -> FenArray:
    high = money.total
    if terms.high_method == "excess_over_threshold":
        high = formulas.excess_over_threshold(money.total, standard, threshold)
    by_kind = {
        CaseKind.NORMAL: standard,
        CaseKind.HIGH: high,
        CaseKind.LOW: money.total,
        CaseKind.LONG_STAY: money.total,
        CaseKind.UNGROUPED: scale_column(money.total, terms.ungrouped_ratio_e4),
    }
    return np.choose(kind, [by_kind[name] for name in _KINDS]).astype(np.int64)


def _by_bands(weight_e4: _Whole, terms: DrgTerms) -> _Whole:
    bands = terms.high_threshold_e4
    uppers = np.array([upper for _, upper, _ in bands.slices if upper is not None], dtype=np.int64)
    values = np.array([value for _, _, value in bands.slices], dtype=np.int64)
    return values[np.searchsorted(uppers, weight_e4, side="left" if bands.includes_upper else "right")]


def _by_pair(values: Mapping[tuple[str, str], int], money: _Money) -> _Whole:
    table = np.array([[values[kind, level] for level in LEVELS] for kind in INSURANCE_TYPES], dtype=np.int64)
    return table[money.insurance, money.level]


def _whole(batch: pa.RecordBatch, name: str) -> _Whole:
    return np.asarray(batch.column(name).to_numpy(zero_copy_only=False), dtype=np.int64)


def _numbered(column: pa.Array, names: Sequence[str]) -> _Whole:
    return np.asarray(pc.index_in(column, pa.array(names)).to_numpy(zero_copy_only=False), dtype=np.int64)


def _day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def no_weight(groups: Sequence[str]) -> TongchouError:
    """Return the error for groups that occur and have no weight."""
    named = ", ".join(groups)
    return TongchouError(
        "payment.no_weight",
        what=Text("有病组没有权重", "a group has no weight"),
        where=named,
        why=Text(
            "权重缺失不能当作零，政策也没有写明借用办法",
            "a missing weight is never zero, and the policy states no fallback",
        ),
        remedy=Text(
            "在权重表中补充，或设定参数 payment/drg/weights/missing",
            "add it to the weight table, or set the parameter payment/drg/weights/missing",
        ),
    )
