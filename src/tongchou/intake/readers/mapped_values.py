"""Values as a hospital writes them, made values as the national formats write them."""

import re
from decimal import Decimal, InvalidOperation

import polars as pl

from tongchou.intake.mappings.mapping import MappedColumn, Unit
from tongchou.schema.list_fields import list_fields

_SCALES: dict[Unit, Decimal] = {
    "yuan": Decimal(1),
    "fen": Decimal("0.01"),
    "ten_thousand_yuan": Decimal(10_000),
}
_MONEY_SIGNS = r"[,，\s¥￥元]"
_TOKENS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


def national(value: pl.Expr, column: MappedColumn) -> pl.Expr:
    """Return values of a column as they are written nationally; what cannot be converted stays as it is written."""
    if column.values:
        value = value.replace(dict(column.values))
    if column.date_format:
        value = _dated(value, column.date_format)
    (kind,) = (field.kind for field in list_fields(column.table) if field.column == column.column)
    if kind == "fen":
        bare = value.str.replace_all(_MONEY_SIGNS, "")
        value = bare if column.unit == "yuan" else bare.map_batches(_Scaled(column.unit), return_dtype=pl.String)
    return value


class _Scaled:
    """Turns amounts of a unit into yuan, exactly."""

    def __init__(self, unit: Unit) -> None:
        self._scale = _SCALES[unit]

    def __call__(self, amounts: pl.Series) -> pl.Series:
        return pl.Series(amounts.name, [self._in_yuan(amount) for amount in amounts], dtype=pl.String)

    def _in_yuan(self, amount: str | None) -> str | None:
        try:
            return amount and format(Decimal(amount) * self._scale, "f")
        except InvalidOperation:
            return amount


def _dated(value: pl.Expr, written: str) -> pl.Expr:
    pattern = re.sub("|".join(_TOKENS), lambda found: _TOKENS[found.group()], written.replace("%", "%%"))
    if "HH" not in written:
        return pl.coalesce(value.str.to_date(pattern, strict=False).dt.strftime("%Y-%m-%d"), value)
    moment = value.str.to_datetime(pattern, strict=False, time_unit="ms")
    return pl.coalesce(moment.dt.strftime("%Y-%m-%d %H:%M:%S"), value)
