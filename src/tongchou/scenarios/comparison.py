"""The comparison of a trial: base, scenario and difference, of the fund, hospitals, groups, patients and alliances."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tongchou.core.money import E4, divide_half_up
from tongchou.core.text import Text
from tongchou.runs.summary import InstitutionFigures
from tongchou.scenarios.changed import ChangedParameter, changed_parameters, unread_parameters
from tongchou.scenarios.results import CaseSums, RunResults
from tongchou.scenarios.tables import Line, Measure, Section, total_line
from tongchou.scenarios.trial import Trial
from tongchou.schema.states import INSTITUTION_LEVEL, INSURANCE_TYPE

_CASES = Measure("cases", Text("病例", "cases"), "count")
_CHARGES = Measure("charges", Text("医疗费总额", "charges"), "money")
_PAYABLE = Measure("payable", Text("应支付总额", "payable"), "money")
_FUND = Measure("fund", Text("统筹基金支付", "fund's part"), "money")
_PATIENT = Measure("patient", Text("个人负担", "patients' part"), "money")
_RESULT = Measure("result", Text("医院盈亏", "hospitals' result"), "money")
_CMI = Measure("cmi", Text("病例组合指数", "CMI"), "weight")
_WEIGHT = Measure("weight", Text("总权重", "weight"), "weight")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A trial laid out for reading.

    Attributes:
        trial: The trial.
        changed: The parameters that are read otherwise, with the value of the base and the source of both.
        unread: Parameters that the scenario changes and the settlement never reads: they have no effect.
        sections: The tables.
    """

    trial: Trial
    changed: tuple[ChangedParameter, ...]
    unread: tuple[str, ...]
    sections: tuple[Section, ...]

    def section(self, name: str) -> Section:
        """Return a section by its name."""
        return next(section for section in self.sections if section.name == name)

    def as_json(self) -> dict[str, Any]:
        """Return the comparison for machines."""
        return {
            "scenario": self.trial.scenario.scenario_id,
            "base_run": self.trial.base.record.run_id,
            "scenario_run": self.trial.tried.record.run_id,
            "changed": [each.as_json() for each in self.changed],
            "without_effect": list(self.unread),
            "sections": {section.name: section.as_json() for section in self.sections},
        }


def compare(trial: Trial) -> Comparison:
    """Compare the two runs of a trial; every total is the sum of its lines, to the fen."""
    base, tried = trial.base, trial.tried
    institutions = _institutions(base, tried)
    return Comparison(
        trial,
        changed_parameters(trial),
        unread_parameters(trial),
        (
            _fund(base, tried),
            _rates(base, tried),
            institutions,
            _ranking(institutions),
            _groups(base, tried),
            _burden(base, tried),
            _alliances(base, tried),
        ),
    )


def _fund(base: RunResults, tried: RunResults) -> Section:
    measures = (_CASES, _CHARGES, _PAYABLE, _FUND, _PATIENT, _RESULT)

    def figures(sums: CaseSums) -> tuple[int, ...]:
        return (sums.cases, sums.total_fen, sums.payable_fen, sums.fund_fen, sums.patient_fen, sums.result_fen)

    sides = [run.by(lambda cell: cell.insurance_type) for run in (base, tried)]
    lines = [
        Line(kind, name, *(figures(side.get(kind, CaseSums())) for side in sides))
        for kind, name in INSURANCE_TYPE.items()
        if any(kind in side for side in sides)
    ]
    title = Text("住院基金支出（按险种）", "Fund's use for stays, by insurance type")
    return Section("fund", title, measures, tuple(lines), total_line(measures, lines))


def _rates(base: RunResults, tried: RunResults) -> Section:
    measures = (Measure("rate", Text("费率（元/权重）", "base rate, yuan per weight"), "money"), _WEIGHT)
    sides = [_rates_of(run) for run in (base, tried)]
    lines = [
        Line(kind, name, *(side.get(kind, (None, None)) for side in sides))
        for kind, name in INSURANCE_TYPE.items()
        if any(kind in side for side in sides)
    ]
    return Section("rates", Text("费率与总权重", "Base rate and total weight"), measures, tuple(lines))


def _rates_of(run: RunResults) -> dict[str, tuple[int | None, int | None]]:
    """Return the rate of each insurance type, the mean over the weight where there are several, and the weight."""
    products: dict[str, int] = {}
    weights: dict[str, int] = {}
    for cell in run.cells:
        weights[cell.insurance_type] = weights.get(cell.insurance_type, 0) + cell.sums.weight_e4
        product = cell.base_rate_fen * cell.sums.weight_e4
        products[cell.insurance_type] = products.get(cell.insurance_type, 0) + product
    return {kind: (divide_half_up(products[kind], weight), weight) for kind, weight in weights.items() if weight}


def _institutions(base: RunResults, tried: RunResults) -> Section:
    share = Measure("share", Text("结余分配", "share of surplus"), "money")
    due = Measure("due", Text("清算应付", "due at clearing"), "money")
    measures = (_CASES, _CMI, _CHARGES, _FUND, _PATIENT, _RESULT, share, due)
    sides = [_by_institution(run) for run in (base, tried)]
    names = {each.institution_id: each.name for run in (base, tried) for each in run.record.summary.institutions}
    nothing = (0, None, 0, 0, 0, 0, 0, 0)
    lines = [Line(key, name, *(side.get(key, nothing) for side in sides)) for key, name in sorted(names.items())]
    title = Text("机构", "Institutions")
    return Section("institutions", title, measures, tuple(lines), total_line(measures, lines))


def _by_institution(run: RunResults) -> dict[str, tuple[int | None, ...]]:
    sums = run.by(lambda cell: cell.institution_id)
    return {each.institution_id: _institution(each, sums) for each in run.record.summary.institutions}


def _institution(each: InstitutionFigures, sums: dict[str, CaseSums]) -> tuple[int | None, ...]:
    own = sums.get(each.institution_id, CaseSums())
    cmi = each.cmi_e4 if each.case_count else None
    amounts = (own.total_fen, own.fund_fen, own.patient_fen, own.result_fen, each.share_fen, each.due_fen)
    return (own.cases, cmi, *amounts)


def _ranking(institutions: Section) -> Section:
    """Return winners first, losers last, by the change of result and share together."""
    measures = (Measure("gain", Text("盈亏加结余分配", "result and share of surplus"), "money"),)
    result, share = institutions.column("result"), institutions.column("share")

    def gain(side: tuple[int | None, ...]) -> tuple[int]:
        return ((side[result] or 0) + (side[share] or 0),)

    lines = [Line(line.key, line.name, gain(line.base), gain(line.scenario)) for line in institutions.lines]
    lines.sort(key=lambda line: (-(line.difference[0] or 0), line.key))
    title = Text("得失排序（得者在前）", "Winners and losers, winners first")
    return Section("ranking", title, measures, tuple(lines), total_line(measures, lines))


def _groups(base: RunResults, tried: RunResults) -> Section:
    measures = (_CASES, _WEIGHT, _CHARGES, _PAYABLE, _FUND, _RESULT)
    names = {**base.group_names, **tried.group_names, "": Text("未入组", "ungrouped")}
    sides = [run.by(lambda cell: cell.drg) for run in (base, tried)]

    def figures(sums: CaseSums) -> tuple[int, ...]:
        amounts = (sums.total_fen, sums.payable_fen, sums.fund_fen, sums.result_fen)
        return (sums.cases, sums.weight_e4, *amounts)

    lines = [
        Line(drg, _coded(drg, names.get(drg)), *(figures(side.get(drg, CaseSums())) for side in sides))
        for drg in sorted({drg for side in sides for drg in side})
    ]
    return Section("groups", Text("病组", "Groups"), measures, tuple(lines), total_line(measures, lines))


def _coded(code: str, name: Text | None) -> Text:
    if not code or name is None:
        return name or Text.plain(code)
    return Text(f"{code} {name.zh}", f"{code} {name.en}")


def _burden(base: RunResults, tried: RunResults) -> Section:
    mean = Measure("mean_patient", Text("例均个人负担", "patient's part per case"), "money")
    share = Measure("patient_share", Text("个人负担率", "patients' share of charges"), "percent")
    measures = (_CASES, _CHARGES, _PATIENT, mean, share)
    sides = [run.by(lambda cell: (cell.insurance_type, cell.level)) for run in (base, tried)]
    lines = [
        Line(f"{kind}-{level}", _two(type_name, level_name), *(burden(side[kind, level]) for side in sides))
        for kind, type_name in INSURANCE_TYPE.items()
        for level, level_name in INSTITUTION_LEVEL.items()
        if all((kind, level) in side for side in sides)
    ]
    whole = Line("total", Text("合计", "total"), burden(base.total), burden(tried.total))
    title = Text("参保人负担（按险种与等级）", "Patients' burden, by insurance type and level")
    return Section("burden", title, measures, tuple(lines), whole)


def burden(sums: CaseSums) -> tuple[int | None, ...]:
    """Return cases, charges, the patients' part, its mean per case (fen) and its share of the charges (e4)."""
    mean = divide_half_up(sums.patient_fen, sums.cases) if sums.cases else None
    share = divide_half_up(sums.patient_fen * E4, sums.total_fen) if sums.total_fen else None
    return (sums.cases, sums.total_fen, sums.patient_fen, mean, share)


def _two(one: Text, other: Text) -> Text:
    return Text(f"{one.zh}，{other.zh}", f"{one.en}, {other.en}")


_ALLIANCE = (
    (Measure("budget", Text("总额预算", "budget"), "money"), lambda each: each.base_fen),
    (Measure("actual", Text("实际支出", "actual use"), "money"), lambda each: each.actual_fen),
    (
        Measure("surplus", Text("结余（负为超支）", "surplus, negative: deficit"), "money"),
        lambda each: each.surplus_fen,
    ),
    (Measure("surplus_rate", Text("结余率", "surplus rate"), "percent"), lambda each: each.rate_e4),
    (Measure("kept", Text("医联体留用（负为分担）", "kept, negative: borne"), "money"), lambda each: each.kept_fen),
    (Measure("members", Text("成员分配", "members' shares"), "money"), lambda each: each.kept_fen - each.reserve_fen),
    (Measure("reserve", Text("统筹管理资金", "reserve"), "money"), lambda each: each.reserve_fen),
    (
        Measure("returned", Text("基金收回（负为分担）", "returned to the fund"), "money"),
        lambda each: each.returned_fen,
    ),
)


def _alliances(base: RunResults, tried: RunResults) -> Section:
    measures = tuple(measure for measure, _ in _ALLIANCE)
    sides = [{each.alliance_id: each for each in run.record.summary.alliances} for run in (base, tried)]
    names = {key: each.name for side in sides for key, each in side.items()}
    lines = [
        Line(key, name, *(_figures(side.get(key), (read for _, read in _ALLIANCE)) for side in sides))
        for key, name in sorted(names.items())
    ]
    title = Text("医联体总额预算与结余", "Alliances: budget, surplus and shares")
    return Section("alliances", title, measures, tuple(lines), total_line(measures, lines))


def _figures(each: Any, reads: Iterable[Callable[[Any], int]]) -> tuple[int | None, ...]:  # noqa: ANN401
    return tuple(None if each is None else read(each) for read in reads)
