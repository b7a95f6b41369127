"""What a region's policy does beyond any single case: inverted ratios, levels outside their bands, totals not kept."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import narwhals as nw

from tongchou.core.money import E4, round_half_up
from tongchou.core.text import Text
from tongchou.payment.benefit.inversions import Inversion, inverted_ratios
from tongchou.payment.benefit.terms import read_benefit_terms
from tongchou.payment.cases.terms import LEVELS
from tongchou.payment.coefficients.level_bands import BandReport, leaving_bands
from tongchou.payment.neutrality import NeutralityReport, report_neutrality
from tongchou.policy import PolicyView
from tongchou.runs.frames import Facts
from tongchou.schema.results import PRICED
from tongchou.store.engine import Frame

_BANDS = "payment/drg/coefficient/band/base"
_STANDARD_FEN = 1_000_000
"""A standard of 10,000 yuan, to show what the levels' coefficients make of it."""


@dataclass(frozen=True, slots=True)
class PolicyEffects:
    """What a policy does.

    Attributes:
        inversions: Levels that pay a person better than a lower level does.
        bands: The levels' prices against their bands; None where the policy states none.
        neutrality: Of each factor on the cases of a settled year, whether it keeps the total.
    """

    inversions: tuple[Inversion, ...]
    bands: BandReport | None
    neutrality: tuple[NeutralityReport, ...]


def policy_effects(view: PolicyView, facts: Facts, run_id: str) -> PolicyEffects:
    """Find what a policy does.

    Args:
        view: The policy on the last day of the settled year.
        facts: The region's tables.
        run_id: The run whose priced cases show what factors do to the total.
    """
    rows = facts.engine.scan(facts.lake.files(PRICED.name, facts.lake.snapshot()), PRICED.arrow_schema)
    priced = rows.filter(nw.col("run_id") == run_id)
    return PolicyEffects(
        inverted_ratios(read_benefit_terms(view)),
        _bands(view) if view.has(_BANDS) else None,
        tuple(
            report_neutrality(name, *_with_and_without(facts, priced, amount, factor))
            for name, amount, factor in _FACTORS
        ),
    )


_FACTORS = (
    (Text("机构系数", "institution coefficients"), "standard_fen", "factor_e4"),
    (Text("再入院与质量系数", "factors for readmission and quality"), "payable_fen", "modifier_e4"),
)


def _bands(view: PolicyView) -> BandReport:
    prices = {
        level: round_half_up(Fraction(_STANDARD_FEN * view.e4("payment/drg/level_factor", level=level), E4))
        for level in LEVELS
    }
    return leaving_bands(view, Text("一万元的支付标准", "a standard of 10,000 yuan").zh, prices)


def _with_and_without(
    facts: Facts, priced: Frame, amount: str, factor: str
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return each institution's amounts without a factor and with it; of the cases whose factor is not zero."""
    counted = priced.filter((nw.col(factor) > 0) & (nw.col(amount) > 0))
    sums = counted.group_by("institution_id", factor).agg(nw.col(amount).sum().cast(nw.Int64).alias("fen"))
    found: Sequence[Mapping[str, object]] = facts.engine.collect(sums.sort("institution_id", factor)).to_pylist()
    without: dict[str, Fraction] = defaultdict(Fraction)
    with_factor: dict[str, int] = defaultdict(int)
    for row in found:
        institution, fen = str(row["institution_id"]), int(str(row["fen"]))
        without[institution] += Fraction(fen * E4, int(str(row[factor])))
        with_factor[institution] += fen
    return {each: round_half_up(fen) for each, fen in without.items()}, with_factor
