"""Assessing cases: a kernel over batches that says of each case what it is worth by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import ParameterRead
from tongchou.core.money import E4, FenArray, multiply_columns, scale_column
from tongchou.core.text import Text
from tongchou.payment.cases import formulas
from tongchou.payment.cases.assessed import ASSESSED
from tongchou.payment.cases.deciding import decide_kinds, high_thresholds, worth_by_kind
from tongchou.payment.cases.kinds import BY_ITEM, KINDS, CaseKind
from tongchou.payment.cases.methods import GroupColumns, Method
from tongchou.payment.cases.stays import Flags, Stays, Whole, day_number, day_numbers, numbered, stays_of, whole
from tongchou.payment.cases.terms import INSURANCE_TYPES, LEVELS, CaseTerms, TermsPeriod
from tongchou.payment.weights import GroupWeight

_FOLLOWS_COST = [
    KINDS.index(kind) for kind in (*BY_ITEM, CaseKind.UNGROUPED, CaseKind.BED_DAY, CaseKind.REVIEW_ADJUSTED)
]


@dataclass(frozen=True, slots=True)
class Assessor:
    """Assesses batches of grouped cases.

    Attributes:
        method: How cases are paid.
        periods: The policy's terms; together they cover every case's date.
        weights: The weight of every group that occurs.
        agreements: Terms of the institutions that have a policy of their own.
        factor_on_cost: Whether points that follow a case's own cost carry the institution's coefficient.
    """

    method: Method
    periods: Sequence[TermsPeriod]
    weights: Mapping[str, GroupWeight]
    agreements: Mapping[str, Sequence[TermsPeriod]] = field(default_factory=dict)
    factor_on_cost: bool = True

    @property
    def reads(self) -> tuple[ParameterRead, ...]:
        """Every parameter that the terms were read from, each once."""
        periods = (*self.periods, *(period for own in self.agreements.values() for period in own))
        return tuple(dict.fromkeys(read for period in periods for read in period.reads))

    def terms_of(self, institution_id: str) -> Sequence[TermsPeriod]:
        """Return the terms by which an institution's cases are assessed."""
        return self.agreements.get(institution_id, self.periods)

    def assess(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Assess the cases of a batch (`STAY_COLUMNS`), row for row, into rows of `ASSESSED`.

        Raises:
            TongchouError: `payment.no_weight` for a grouped case whose group has no weight, `payment.no_base_rate`
                for an insurance type without a rate, `payment.no_terms` for a case outside the days that the terms
                cover.
        """
        stays = stays_of(batch)
        found = self._groups(batch, stays.grouped)
        rates = self.method.base_rates(stays)
        result = _Result(len(batch))
        for rows, terms in self._terms(batch):
            result.put(
                rows, self._assess(batch.filter(pa.array(rows)), stays.at(rows), found.at(rows), rates[rows], terms)
            )
        return _rows(batch, stays, found, rates, result)

    def _terms(self, batch: pa.RecordBatch) -> list[tuple[Flags, CaseTerms]]:
        """Return the rows of each stretch of terms that occurs in a batch."""
        day = day_numbers(batch.column("decided_on"))
        own = sorted(self.agreements)
        of = numbered(batch.column("institution_id"), own) if own else np.full(len(batch), -1, dtype=np.int64)
        found = []
        covered = np.zeros(len(batch), dtype=np.bool_)
        for number, periods in [(-1, self.periods), *((n, self.agreements[each]) for n, each in enumerate(own))]:
            for period in periods:
                inside = (day >= day_number(period.valid_from)) & (day <= day_number(period.valid_until))
                rows = inside & (of == number)
                covered |= rows
                if rows.any():
                    found.append((rows, period.terms))
        if not covered.all():
            raise TongchouError(
                "payment.no_terms",
                what=Text("有清单的日期不在政策期间内", "a case's date lies outside the policy's period"),
                where=str(np.datetime64(int(day[~covered][0]), "D")),
                why=Text("支付条款未覆盖该日", "the payment terms do not cover that day"),
                remedy=Text("检查结算期间与清单日期", "check the settled period and the dates of the cases"),
            )
        return found

    def _assess(
        self, batch: pa.RecordBatch, stays: Stays, found: "_Found", rates: FenArray, terms: CaseTerms
    ) -> dict[str, Whole]:
        factor = np.array([terms.level_factor_e4[level] for level in LEVELS], dtype=np.int64)[stays.level]
        worth = self.method.worth(stays, found.groups, rates, factor)
        threshold = high_thresholds(stays, found.groups.weight_e4, terms)
        bed_day = _bed_days(batch, stays, terms)
        kind = decide_kinds(stays, worth, threshold, bed_day, _unstable(found, terms), terms)
        native = worth_by_kind(kind, stays, worth, threshold, bed_day, found.groups.mean_fen, terms)
        excluded, modifier = worth.amount(stays.excluded), _modifier(batch, stays, terms)
        native = scale_column(native + excluded, modifier)
        capped = scale_column(worth.normal + excluded, modifier)
        deductible, ratio = (
            _by_pair(values, stays) for values in (terms.benefit.deductible_fen, terms.benefit.ratio_e4)
        )
        by_item = formulas.fund_part_by_item(stays.total, stays.outside_scope, deductible, ratio)
        points = normal_points = capped_points = np.zeros(len(native), dtype=np.int64)
        if self.method.in_points:
            carried = factor
            if not self.factor_on_cost:
                by_cost = list(_FOLLOWS_COST)
                if terms.exceptions.unstable_method == "by_item":
                    by_cost.append(KINDS.index(CaseKind.UNSTABLE))
                carried = np.where(np.isin(kind, by_cost), E4, factor)
            points, normal_points = multiply_columns(native, carried), multiply_columns(worth.normal, factor)
            capped_points = multiply_columns(capped, factor)
        return {
            "factor_e4": factor,
            "standard_fen": worth.normal if not self.method.in_points else np.zeros(len(native), dtype=np.int64),
            "reference_fen": worth.reference,
            "case_kind": kind,
            "modifier_e4": modifier,
            "normal_worth": worth.normal,
            "worth": native,
            "capped_worth": capped,
            "points_e6": points,
            "normal_points_e6": normal_points,
            "capped_points_e6": capped_points,
            "deductible_fen": deductible,
            "ratio_e4": ratio,
            "patient_fen": stays.total - by_item,
            "fund_method": np.full(len(native), _FUND_METHODS.index(terms.benefit.fund_method), dtype=np.int64),
            "negative_fund": np.full(len(native), _NEGATIVE.index(terms.benefit.negative_fund), dtype=np.int64),
        }

    def _groups(self, batch: pa.RecordBatch, grouped: Flags) -> "_Found":
        codes = list(self.weights)
        index = numbered(batch.column("drg"), codes)
        missing = grouped & (index < 0)
        if missing.any():
            raise no_weight(sorted(set(batch.column("drg").filter(pa.array(missing)).to_pylist())))
        index = np.where(grouped, index, len(codes))
        known = [self.weights[code] for code in codes]

        def of(values: list[int]) -> Whole:
            return np.array([*values, 0], dtype=np.int64)[index]

        groups = GroupColumns(
            weight_e4=of([each.weight_e4 for each in known]),
            mean_fen=of([each.mean_fen for each in known]),
            score_e2=whole(batch, "score_e2"),
            auxiliary_e4=whole(batch, "auxiliary_e4"),
            level_mean_fen=whole(batch, "level_mean_fen"),
        )
        sources = pa.array([each.source for each in known] + ["none"]).take(pa.array(index))
        return _Found(groups, of([each.case_count for each in known]), of([each.cv_e4 for each in known]), sources)


@dataclass(frozen=True, slots=True)
class _Found:
    groups: GroupColumns
    case_count: Whole
    cv_e4: Whole
    sources: pa.Array

    def at(self, rows: Flags) -> "_Found":
        groups = GroupColumns(*(getattr(self.groups, name)[rows] for name in GroupColumns.__slots__))
        return _Found(groups, self.case_count[rows], self.cv_e4[rows], self.sources.filter(pa.array(rows)))


class _Result:
    """The columns of a batch, filled in by the rows of each stretch of terms."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.columns: dict[str, Whole] = {}

    def put(self, rows: Flags, values: Mapping[str, Whole]) -> None:
        for name, part in values.items():
            self.columns.setdefault(name, np.zeros(self._size, dtype=np.int64))[rows] = part


def _rows(batch: pa.RecordBatch, stays: Stays, found: _Found, rates: FenArray, result: _Result) -> pa.RecordBatch:
    made = result.columns
    named = {
        "case_kind": [kind.value for kind in KINDS],
        "fund_method": list(_FUND_METHODS),
        "negative_fund": list(_NEGATIVE),
    }
    columns = {
        **{
            name: batch.column(name)
            for name in ("case_id", "institution_id", "person_id", "insurance_type", "discharged_on", "drg")
        },
        "month": pc.strftime(batch.column("decided_on"), format="%Y-%m"),
        "weight_source": found.sources,
        "weight_e4": found.groups.weight_e4,
        "base_rate_fen": rates,
        "total_fen": stays.total,
        "excluded_fen": stays.excluded,
        "outside_scope_fen": stays.outside_scope,
        **{name: pa.array(words).take(pa.array(made.pop(name, _NOTHING))) for name, words in named.items()},
        **made,
    }
    arrays = [
        pa.array(columns.get(name, _NOTHING)) if isinstance(columns.get(name, _NOTHING), np.ndarray) else columns[name]
        for name in ASSESSED.names
    ]
    return pa.RecordBatch.from_arrays(
        [each.cast(kind) for each, kind in zip(arrays, ASSESSED.types, strict=True)], schema=ASSESSED
    )


_FUND_METHODS = ("ratio_on_standard", "standard_less_patient")
_NEGATIVE = ("floor_zero", "carry")
_NOTHING: Whole = np.zeros(0, dtype=np.int64)


def _unstable(found: _Found, terms: CaseTerms) -> Flags:
    exceptions = terms.exceptions
    if exceptions.unstable_method == "weight":
        return np.zeros(len(found.case_count), dtype=np.bool_)
    has_group = found.groups.weight_e4 > 0
    return has_group & ((found.case_count < exceptions.unstable_cases) | (found.cv_e4 > exceptions.unstable_cv_e4))


def _bed_days(batch: pa.RecordBatch, stays: Stays, terms: CaseTerms) -> Whole:
    """Return what each stay comes to by bed-days, fen; -1 for a stay that is not paid by the day."""
    amount = np.full(len(batch), -1, dtype=np.int64)
    for column, types in (("drg", terms.bed_day.type_of_group), ("department", terms.bed_day.type_of_department)):
        # A department's rule is the more specific one: it is written over the group's.
        for value, bed_day_type in types.items():
            rows = pc.fill_null(pc.equal(batch.column(column), value), fill_value=False).to_numpy(zero_copy_only=False)
            amount[rows] = staged_days(stays.los_days[rows], terms.bed_day.stages[bed_day_type])
    return amount


def staged_days(days: Whole, stages: Sequence[tuple[int | None, int]]) -> FenArray:
    """Return the sum of each day's rate: days within a stage times its rate (payment formulas §8)."""
    total = np.zeros(len(days), dtype=np.int64)
    before = 0
    for last, rate in stages:
        upto = days if last is None else np.minimum(days, last)
        total += np.maximum(upto - before, 0) * rate
        before = last or before
    return total


def _modifier(batch: pa.RecordBatch, stays: Stays, terms: CaseTerms) -> Whole:
    modifier = terms.modifier
    factor = np.full(len(batch), E4, dtype=np.int64)
    if modifier.readmitted_e4 != E4:
        exempt = numbered(batch.column("drg"), sorted(modifier.exempt_groups)) >= 0
        factor[stays.readmitted & ~exempt] = modifier.readmitted_e4
    for institution, quality in modifier.quality_e4.items():
        if quality != E4:
            rows = pc.equal(batch.column("institution_id"), institution).to_numpy(zero_copy_only=False)
            factor[rows] = scale_column(factor[rows], quality)
    return factor


def _by_pair(values: Mapping[tuple[str, str], int], stays: Stays) -> npt.NDArray[np.int64]:
    table = np.array([[values[kind, level] for level in LEVELS] for kind in INSURANCE_TYPES], dtype=np.int64)
    return table[stays.insurance, stays.level]


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
