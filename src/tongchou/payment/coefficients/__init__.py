"""Institution coefficients (机构系数): every way of measuring them, each a pure function that explains itself."""

from tongchou.payment.coefficients.coefficient import Coefficient
from tongchou.payment.coefficients.composition import bonus, composition
from tongchou.payment.coefficients.group_level import group_level, mixed
from tongchou.payment.coefficients.historic import historic
from tongchou.payment.coefficients.level_bands import leaving_bands
from tongchou.payment.coefficients.level_table import level_table, same_price
from tongchou.payment.coefficients.stabilisers import converge, limit_change

__all__ = [
    "Coefficient",
    "bonus",
    "composition",
    "converge",
    "group_level",
    "historic",
    "leaving_bands",
    "level_table",
    "limit_change",
    "mixed",
    "same_price",
]
