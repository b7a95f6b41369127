"""The policy of one region on one day: frozen, and recording every reading."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from tongchou.core.explanation import ParameterRead
from tongchou.policy import refusals
from tongchou.policy.chain import Answer, Chain
from tongchou.policy.parameter import DEFAULT_KEY, Parameter, Unit
from tongchou.policy.value import Bands, Scalar, Value


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The policy of a region on a day.

    Every reading takes the parameter's name and exactly its dimensions as keywords. All reading methods raise
    TongchouError: `policy.unknown_parameter`, `policy.wrong_dimensions`, `policy.unknown_dimension_value`,
    `policy.no_value`, `policy.wrong_unit`.

    Attributes:
        on: The day.
        chain: The region's packs.
    """

    on: date
    chain: Chain
    _recordings: list[list[ParameterRead]] = field(default_factory=list)
    _known: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[Scalar | Bands, ParameterRead]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def region_id(self) -> str:
        """The region whose policy this is."""
        return self.chain.packs[0].region_id

    @property
    def reads(self) -> tuple[ParameterRead, ...]:
        """What has been read so far, each once, in the order of first reading."""
        return tuple(dict.fromkeys(read for _, read in self._known.values()))

    @contextmanager
    def recording(self) -> Iterator[list[ParameterRead]]:
        """Yield a list that fills with what is read inside the block, each once; blocks may be nested."""
        reads: list[ParameterRead] = []
        self._recordings.append(reads)
        try:
            yield reads
        finally:
            # By identity: two open blocks may hold equal lists.
            position = next(i for i, each in enumerate(self._recordings) if each is reads)
            del self._recordings[position]

    def has(self, name: str) -> bool:
        """Return whether the parameter has a value on the day. Not recorded: nothing is read of the value."""
        self._parameter(name)
        return self.chain.answer(name, self.on) is not None

    def text(self, name: str, **dimensions: str) -> str:
        """Return a parameter of unit text."""
        return str(self._scalar(name, dimensions, Unit.TEXT).exact)

    def whole(self, name: str, **dimensions: str) -> int:
        """Return a parameter of unit days, count or whole."""
        return int(self._scalar(name, dimensions, Unit.DAYS, Unit.COUNT, Unit.WHOLE).exact)

    def e4(self, name: str, **dimensions: str) -> int:
        """Return a parameter of unit ratio or points, times 10,000."""
        return int(self._scalar(name, dimensions, Unit.RATIO, Unit.POINTS).exact)

    def fen(self, name: str, **dimensions: str) -> int:
        """Return a parameter of unit yuan, in fen."""
        return int(self._scalar(name, dimensions, Unit.YUAN).exact)

    def bands(self, name: str, **dimensions: str) -> Bands:
        """Return a banded ratio."""
        parameter = self._parameter(name)
        if parameter.bands_over is None:
            raise refusals.wrong_unit(parameter, "bands")
        return cast("Bands", self._read(parameter, dimensions))

    def _scalar(self, name: str, dimensions: dict[str, str], *units: Unit) -> Scalar:
        parameter = self._parameter(name)
        if parameter.unit not in units or parameter.bands_over is not None:
            raise refusals.wrong_unit(parameter, "|".join(units))
        return cast("Scalar", self._read(parameter, dimensions))

    def _read(self, parameter: Parameter, dimensions: dict[str, str]) -> Scalar | Bands:
        # The same few values are read for every event of a year: each is resolved once.
        question = (parameter.name, tuple(dimensions.items()))
        known = self._known.get(question)
        if known is None:
            known = self._known[question] = self._resolve(parameter, dimensions)
        value, read = known
        for reads in self._recordings:
            if read not in reads:
                reads.append(read)
        return value

    def _resolve(self, parameter: Parameter, dimensions: dict[str, str]) -> tuple[Scalar | Bands, ParameterRead]:
        if {dimension.name for dimension in parameter.dimensions} != dimensions.keys():
            raise refusals.wrong_dimensions(parameter, dimensions)
        answer = self.chain.answer(parameter.name, self.on)
        if answer is None or answer.dated.value is None:
            raise refusals.no_value(parameter, self.chain, self.on)
        # Loading checked the shape of the value against the declaration.
        value = answer.dated.value
        for dimension in parameter.dimensions:
            key = dimensions[dimension.name]
            if not dimension.has_value(key):
                raise refusals.unknown_dimension_value(parameter, dimension, key)
            by_key = cast("Mapping[str, Value]", value)
            found = by_key.get(key, by_key.get(DEFAULT_KEY))
            if found is None:
                raise refusals.no_value_for_key(parameter, answer, dimension, key)
            value = found
        single = cast("Scalar | Bands", value)
        return single, self._describe(parameter, answer, dimensions, single.written)

    def _parameter(self, name: str) -> Parameter:
        parameter = self.chain.parameters.get(name)
        if parameter is None:
            raise refusals.unknown_parameter(name, self.chain)
        return parameter

    def _describe(
        self, parameter: Parameter, answer: Answer, dimensions: dict[str, str], written: str
    ) -> ParameterRead:
        return ParameterRead(
            name=parameter.name,
            title=parameter.title,
            key=", ".join(f"{dimension.name}={dimensions[dimension.name]}" for dimension in parameter.dimensions),
            value=written,
            unit=parameter.unit.value,
            valid_from=answer.dated.valid_from,
            level=answer.pack.label,
            source=answer.dated.source,
            review_missed=answer.dated.review_by if answer.dated.is_overdue(self.on) else None,
        )
