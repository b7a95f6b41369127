"""The shape of every comparison: base, scenario and difference of some measures, a line for each thing compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text

Kind = Literal["count", "money", "weight", "percent"]
"""How a whole number is shown: as it is, fen as yuan, e4 as a decimal, e4 as per cent."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its name in JSON, its title, and how its whole numbers are shown."""

    name: str
    title: Text
    kind: Kind

    @property
    def is_summed(self) -> bool:
        """Whether the measure of a whole is the sum of its parts."""
        return self.kind in {"count", "money"} and not self.name.startswith(("mean_", "rate"))


@dataclass(frozen=True, slots=True)
class Line:
    """One thing compared; a measure is None where it has no value (a mean of no cases).

    Attributes:
        key: Its id.
        name: Its name.
        base: The base's figures, one for each measure.
        scenario: The scenario's figures.
    """

    key: str
    name: Text
    base: tuple[int | None, ...]
    scenario: tuple[int | None, ...]

    @property
    def difference(self) -> tuple[int | None, ...]:
        """Scenario less base."""
        pairs = zip(self.base, self.scenario, strict=True)
        return tuple(None if before is None or after is None else after - before for before, after in pairs)


@dataclass(frozen=True, slots=True)
class Section:
    """A comparison of several things by the same measures.

    Attributes:
        name: Its name in JSON and on the tab.
        title: Its title.
        measures: What is compared.
        lines: A line each.
        total: The whole; None where a whole would mean nothing.
    """

    name: str
    title: Text
    measures: tuple[Measure, ...]
    lines: tuple[Line, ...]
    total: Line | None = None

    def column(self, measure: str) -> int:
        """Return the position of a measure."""
        return [each.name for each in self.measures].index(measure)

    def as_json(self) -> dict[str, Any]:
        """Return the section for machines: whole numbers in fen and e4."""
        return {
            "title": {"zh": self.title.zh, "en": self.title.en},
            "lines": [self._line_as_json(line) for line in self.lines],
            "total": self._line_as_json(self.total) if self.total else None,
        }

    def _line_as_json(self, line: Line) -> dict[str, Any]:
        triples = zip(self.measures, line.base, line.scenario, line.difference, strict=True)
        return {
            "key": line.key,
            "name": {"zh": line.name.zh, "en": line.name.en},
            **{
                f"{measure.name}{_SUFFIX[measure.kind]}": {"base": base, "scenario": tried, "difference": difference}
                for measure, base, tried, difference in triples
            },
        }


_SUFFIX: Mapping[Kind, str] = {"count": "", "money": "_fen", "weight": "_e4", "percent": "_e4"}


def total_line(measures: Sequence[Measure], lines: Sequence[Line]) -> Line:
    """Return the sums of the lines; None for measures that do not sum."""

    def summed(side: str) -> tuple[int | None, ...]:
        columns = (
            [getattr(line, side)[number] for line in lines] if measure.is_summed else None
            for number, measure in enumerate(measures)
        )
        return tuple(None if values is None else sum(value or 0 for value in values) for values in columns)

    return Line("total", Text("合计", "total"), summed("base"), summed("scenario"))


def shown(value: int | None, kind: Kind) -> str:
    """Return a figure for reading; a dash where there is none."""
    match kind:
        case _ if value is None:
            return "–"
        case "count":
            return f"{value:,}"
        case "money":
            return format_yuan(value)
        case "weight":
            return format_e4(value)
        case "percent":
            return f"{format_e4(value * 100)[:-2]}%"
