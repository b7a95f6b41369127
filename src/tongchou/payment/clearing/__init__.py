"""The year's clearing (年终清算) of one institution: what was paid, withheld, returned and is still due."""

from tongchou.payment.clearing.adjustments import Adjustment
from tongchou.payment.clearing.clear import Clearing, clear_year
from tongchou.payment.clearing.deadlines import clearing_day
from tongchou.payment.clearing.facts import CostFigures, InstitutionYear
from tongchou.payment.clearing.lines import Line, summed_lines
from tongchou.payment.clearing.months import ClearedMonth

__all__ = [
    "Adjustment",
    "ClearedMonth",
    "Clearing",
    "CostFigures",
    "InstitutionYear",
    "Line",
    "clear_year",
    "clearing_day",
    "summed_lines",
]
