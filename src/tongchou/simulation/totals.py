"""Running sums over the chunks, from which the region's money parameters follow."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.core.money import divide_half_up, scale_column
from tongchou.policy import PolicyView
from tongchou.simulation.chunk import Chunk, World
from tongchou.simulation.county import PLACES
from tongchou.simulation.stay_tables import INSURANCE

Integers = npt.NDArray[np.int64]


@dataclass(slots=True)
class Totals:
    """Sums by insurance type (row, as in `INSURANCE`) and place (column, as in `PLACES`).

    Attributes:
        cost_fen: Total cost of the stays.
        fund_fen: What the fund would pay for them item by item, under the city's benefits.
        cases: Number of stays.
        visits, visit_fund_fen: Outpatient visits and what the fund paid for them.
        persons: Number of insured persons.
    """

    cost_fen: Integers = field(default_factory=lambda: np.zeros((len(INSURANCE), len(PLACES)), dtype=np.int64))
    fund_fen: Integers = field(default_factory=lambda: np.zeros((len(INSURANCE), len(PLACES)), dtype=np.int64))
    cases: int = 0
    visits: int = 0
    visit_fund_fen: int = 0
    persons: int = 0

    def add(self, chunk: Chunk, visits: pa.Table, world: World, city: PolicyView) -> None:
        """Add a chunk; the city's benefits are read from its policy."""
        insurance = chunk.people.is_employee[chunk.of_stay].astype(np.int64)
        place = chunk.flow.place
        total = chunk.fees.total_fen
        deductible, ratio = _benefits(world, city)
        covered = total - chunk.fees.self_paid_fen - chunk.fees.first_self_pay_fen - chunk.fees.over_limit_fen
        payable = np.maximum(covered - deductible[insurance, place], 0)
        np.add.at(self.cost_fen, (insurance, place), total)
        np.add.at(self.fund_fen, (insurance, place), scale_column(payable, ratio[insurance, place]))
        self.cases += chunk.flow.count
        self.persons += chunk.people.count
        self.visits += visits.num_rows
        self.visit_fund_fen += pc.sum(visits["fund_fen"]).as_py() or 0

    def compensation_e4(self, insurance: int) -> int:
        """Return the part of the cost that the fund pays, x 10,000; at least 0.01 where there are no stays."""
        cost = int(self.cost_fen[insurance].sum())
        return max(divide_half_up(int(self.fund_fen[insurance].sum()) * 10_000, cost), 100) if cost else 100


def _benefits(world: World, city: PolicyView) -> tuple[Integers, Integers]:
    """Return deductibles (fen) and ratios (x 10,000) by insurance type and place."""
    levels = [world.county.roster.places[place].level for place in PLACES]
    deductible = [
        [city.fen("benefit/inpatient/deductible", insurance_type=kind, level=level) for level in levels]
        for kind in INSURANCE
    ]
    ratio = [
        [city.e4("benefit/inpatient/ratio", insurance_type=kind, level=level) for level in levels] for kind in INSURANCE
    ]
    return np.array(deductible), np.array(ratio)
