"""The linear model of a search: how the fund and every institution move with the figures that are searched for.

It is reckoned from sums of the scenario's priced cases, each case staying of its kind (normal, high, low). Slopes are
exact fractions for the solver; `outcome` gives whole fen for whole values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from tongchou.core.money import E4, divide_half_up
from tongchou.scenarios.results import CaseSums, RunResults
from tongchou.scenarios.search_order import UNKNOWNS, Find

Values = Mapping[str, int]
"""A whole value for each unknown: ratios x 10,000, rates in fen."""


@dataclass(frozen=True, slots=True)
class Linear:
    """`constant + sum(slope x value)`, in fen or in the unit of the unknowns."""

    constant: Fraction
    slopes: Mapping[str, Fraction]

    def at(self, values: Values) -> Fraction:
        """Return the form at some values."""
        return self.constant + sum((slope * values[name] for name, slope in self.slopes.items()), Fraction(0))

    def __neg__(self) -> "Linear":
        """Return the form with its sign turned."""
        return Linear(-self.constant, {name: -slope for name, slope in self.slopes.items()})

    def __add__(self, other: "Linear") -> "Linear":
        """Return the sum of two forms."""
        names = [*self.slopes, *(name for name in other.slopes if name not in self.slopes)]
        slopes = {name: self.slopes.get(name, Fraction(0)) + other.slopes.get(name, Fraction(0)) for name in names}
        return Linear(self.constant + other.constant, slopes)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What whole values come to; fen.

    Attributes:
        values: The values.
        fund_fen: The fund's part of all stays.
        incomes_fen: Each institution's income: the fund's and the patients' parts of its stays; with its share of the
            surplus where the split is searched for.
    """

    values: Values
    fund_fen: int
    incomes_fen: Mapping[str, int]


class Model(Protocol):
    """What a search asks of a model."""

    @property
    def present(self) -> Values:
        """The values of the scenario's policy."""

    @property
    def fund(self) -> Linear:
        """The fund's part of all stays."""

    @property
    def incomes(self) -> Mapping[str, Linear]:
        """Each institution's income."""

    def outcome(self, values: Values) -> Outcome:
        """Return what whole values come to."""


@dataclass(frozen=True, slots=True)
class Part:
    """Money of one institution that moves with one unknown: `moving x ratio x (value / anchor - 1)`.

    Attributes:
        institution_id: The institution.
        unknown: What it moves with.
        anchor: The value of the unknown at which its cases were priced.
        ratio_e4: The fund's ratio of what moves x 10,000.
        moving_fen: What moves, fen.
    """

    institution_id: str
    unknown: str
    anchor: int
    ratio_e4: int
    moving_fen: int

    def change(self, value: int) -> int:
        """Return by how much the fund pays more, rounded half up once."""
        return divide_half_up(self.moving_fen * self.ratio_e4 * (value - self.anchor), self.anchor * E4)

    @property
    def linear(self) -> Linear:
        """The change as a form."""
        whole = Fraction(self.moving_fen * self.ratio_e4, E4)
        return Linear(-whole, {self.unknown: whole / self.anchor})


@dataclass(frozen=True, slots=True)
class PriceModel:
    """The model of level factors or base rates.

    Attributes:
        values: The values of the scenario's policy.
        fixed_fund_fen: The fund's part of all stays at those values.
        fixed_incomes_fen: Each institution's income at those values.
        parts: What moves.
    """

    values: Values
    fixed_fund_fen: int
    fixed_incomes_fen: Mapping[str, int]
    parts: tuple[Part, ...]

    @property
    def present(self) -> Values:
        """The values of the scenario's policy."""
        return self.values

    @property
    def fund(self) -> Linear:
        """The fund's part of all stays."""
        return sum((part.linear for part in self.parts), Linear(Fraction(self.fixed_fund_fen), {}))

    @property
    def incomes(self) -> Mapping[str, Linear]:
        """Each institution's income from stays."""
        forms = {key: Linear(Fraction(fen), {}) for key, fen in self.fixed_incomes_fen.items()}
        for part in self.parts:
            forms[part.institution_id] = forms[part.institution_id] + part.linear
        return forms

    def outcome(self, values: Values) -> Outcome:
        """Return what whole values come to; each part is rounded once, so the sums are those of whole fen."""
        incomes = dict(self.fixed_incomes_fen)
        fund = self.fixed_fund_fen
        for part in self.parts:
            change = part.change(values[part.unknown])
            incomes[part.institution_id] += change
            fund += change
        return Outcome(values, fund, incomes)


def price_model(run: RunResults, find: Find) -> PriceModel:
    """Return the model of level factors (`level_factors`) or base rates (`base_rates`) around a run.

    Where the fund's part is a ratio on the standard (method A), it moves by that ratio; where it is the standard less
    the patient's part (method B), it moves as the standard does.
    """
    by_ratio = run.view.text("payment/fund_part/method") == "ratio_on_standard"
    moving: dict[tuple[str, str, int, int], int] = {}
    for cell in run.cells:
        if not cell.sums.moving_fen:
            continue
        unknown = cell.level if find == "level_factors" else cell.insurance_type
        anchor = cell.factor_e4 if find == "level_factors" else cell.base_rate_fen
        ratio = (
            run.view.e4("benefit/inpatient/ratio", insurance_type=cell.insurance_type, level=cell.level)
            if by_ratio
            else E4
        )
        key = (cell.institution_id, unknown, anchor, ratio)
        moving[key] = moving.get(key, 0) + cell.sums.moving_fen
    parts = tuple(Part(*key, fen) for key, fen in sorted(moving.items()))
    incomes = {key: stay_income(sums) for key, sums in sorted(run.by(lambda cell: cell.institution_id).items())}
    return PriceModel(_present(run, find), run.total.fund_fen, incomes, parts)


def stay_income(sums: CaseSums) -> int:
    """Return an institution's income from stays: the fund's and the patients' parts, fen."""
    return sums.fund_fen + sums.patient_fen


def _present(run: RunResults, find: Find) -> dict[str, int]:
    if find == "level_factors":
        return {level: run.view.e4("payment/drg/level_factor", level=level) for level in UNKNOWNS[find]}
    rates: dict[str, int] = {}
    for kind in UNKNOWNS[find]:
        cells = [cell for cell in run.cells if cell.insurance_type == kind and cell.base_rate_fen]
        weight = sum(cell.sums.weight_e4 for cell in cells)
        product = sum(cell.base_rate_fen * cell.sums.weight_e4 for cell in cells)
        rates[kind] = divide_half_up(product, weight) if weight else 0
    return rates
