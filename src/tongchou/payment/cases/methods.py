"""The methods by which an inpatient case is paid: what its group is worth under each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tongchou.core.errors import TongchouError
from tongchou.core.money import E4, FenArray, divide_column_half_up, multiply_columns
from tongchou.core.text import Text
from tongchou.payment.cases import formulas
from tongchou.payment.cases.stays import Stays
from tongchou.payment.cases.terms import INSURANCE_TYPES
from tongchou.payment.cases.worth import PointsWorth, RateWorth, Worth

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GroupColumns:
    """What is known of each case's group.

    Attributes:
        weight_e4: Its weight x 10,000; 0 without a group.
        mean_fen: Its mean cost in the region, fen; 0 where it was not measured.
        score_e2: Its points x 100 by the catalogue (DIP); 0 without one.
        auxiliary_e4: The auxiliary catalogue's factor for the case (DIP).
        level_mean_fen: Last year's mean cost of the group at the hospital's level (DIP), fen; 0 if unknown.
    """

    weight_e4: Whole
    mean_fen: FenArray
    score_e2: Whole
    auxiliary_e4: Whole
    level_mean_fen: FenArray


class Method(Protocol):
    """A way to pay inpatient cases."""

    @property
    def in_points(self) -> bool:
        """Whether cases are worth points, whose value follows when all are known, or fen at once."""

    def base_rates(self, stays: Stays) -> FenArray:
        """Return fen per weight of each case; 0 where the method has no rate."""

    def worth(self, stays: Stays, groups: GroupColumns, base_rate: FenArray, factor_e4: Whole) -> Worth:
        """Return what the cases' groups are worth."""


@dataclass(frozen=True, slots=True)
class DrgRate:
    """DRG by base rate: weight x rate x institution coefficient, in fen.

    Attributes:
        base_rate_fen: Fen per weight by insurance type, of the types that have grouped cases.
    """

    base_rate_fen: Mapping[str, int]
    in_points: bool = False

    def base_rates(self, stays: Stays) -> FenArray:
        """Return each case's base rate.

        Raises:
            TongchouError: `payment.no_base_rate` for a grouped case whose insurance type has none.
        """
        missing = [number for number, kind in enumerate(INSURANCE_TYPES) if kind not in self.base_rate_fen]
        if np.isin(stays.insurance[stays.grouped], missing).any():
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
        return rates[stays.insurance]

    def worth(self, stays: Stays, groups: GroupColumns, base_rate: FenArray, factor_e4: Whole) -> Worth:
        """Return the payment standards."""
        return RateWorth(formulas.payment_standard(base_rate, groups.weight_e4, factor_e4))


@dataclass(frozen=True, slots=True)
class _Points:
    """What ways of paying by points share.

    Attributes:
        unit: Points of a case of mean cost.
        mean_fen: Mean cost of all cases (DIP: of all cases of the catalogue), fen.
    """

    unit: int
    mean_fen: int
    in_points: bool = True

    def base_rates(self, stays: Stays) -> FenArray:
        """Return zeros: what a point is worth follows when all points are known."""
        return np.zeros(len(stays.total), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class DrgPoints(_Points):
    """DRG by points: a group's points are its weight times the unit; costs are compared with the group's mean."""

    def worth(self, stays: Stays, groups: GroupColumns, base_rate: FenArray, factor_e4: Whole) -> Worth:
        """Return the groups' points."""
        product = multiply_columns(groups.weight_e4, np.asarray(self.unit * 100, dtype=np.int64))
        score = divide_column_half_up(product, np.int64(E4))
        ones = np.full(len(score), E4, dtype=np.int64)
        return PointsWorth(score, ones, groups.mean_fen, unit=self.unit, mean_fen=self.mean_fen)


@dataclass(frozen=True, slots=True)
class DipPoints(_Points):
    """DIP: a group's points by the catalogue; costs are compared with last year's mean at the hospital's level."""

    def worth(self, stays: Stays, groups: GroupColumns, base_rate: FenArray, factor_e4: Whole) -> Worth:
        """Return the groups' points."""
        return PointsWorth(
            groups.score_e2, groups.auxiliary_e4, groups.level_mean_fen, unit=self.unit, mean_fen=self.mean_fen
        )
