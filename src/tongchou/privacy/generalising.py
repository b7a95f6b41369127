"""Making values coarser: ranges, parts of dates, first characters, or nothing at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

Part = Literal["plain", "month", "quarter", "year", "any"]

ANY = "*"
"""Stands where nothing is told."""


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a hierarchy.

    Attributes:
        part: What is told of the value; `plain` where a band or a prefix says more.
        band: The width of ranges of whole numbers.
        top: From here on there is one range.
        prefix: How many first characters are told.
    """

    part: Part = "plain"
    band: int | None = None
    top: int | None = None
    prefix: int | None = None

    @classmethod
    def parse(cls, content: Part | Mapping[str, int]) -> "Level":
        """Read a step as the packs write it."""
        if isinstance(content, str):
            return cls(content)
        return cls(band=content.get("band"), top=content.get("top"), prefix=content.get("prefix"))

    def __str__(self) -> str:
        """Return the step as the packs write it."""
        if self.band is not None:
            return f"band {self.band}" + ("" if self.top is None else f", {self.top}+")
        return self.part if self.prefix is None else f"prefix {self.prefix}"

    def applied(self, value: pl.Expr) -> pl.Expr:
        """Return the coarser values as text; a missing value stays missing, unless nothing is told of any."""
        if self.band is not None:
            return self._in_bands(value)
        if self.prefix is not None:
            return value.cast(pl.String).str.slice(0, self.prefix)
        match self.part:
            case "month":
                return value.dt.strftime("%Y-%m")
            case "quarter":
                return pl.concat_str(value.dt.year().cast(pl.String), pl.lit("-Q"), value.dt.quarter().cast(pl.String))
            case "year":
                return value.dt.strftime("%Y")
            case "any":
                return pl.lit(ANY)
            case _:
                return value.cast(pl.String)

    def _in_bands(self, value: pl.Expr) -> pl.Expr:
        low = value // self.band * self.band
        high = low + (self.band or 1) - 1
        if self.top is not None:
            high = pl.when(high >= self.top).then(self.top - 1).otherwise(high)
        alone = low.cast(pl.String)
        text = pl.when(low == high).then(alone).otherwise(pl.concat_str(alone, pl.lit("-"), high.cast(pl.String)))
        return text if self.top is None else pl.when(value >= self.top).then(pl.lit(f"{self.top}+")).otherwise(text)
