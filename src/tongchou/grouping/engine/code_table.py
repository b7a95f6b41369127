"""What each code means to a scheme: numbered meanings with the bits that they bring to a case.

Codes that mean the same share a number, so that what codes mean stays small enough for the processor's cache. A table
knows the codes that a scheme writes out, and learns others as they come: prefixes name no codes, and a code
may be written in a way that has to be read first (`code_writing`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from tongchou.grouping.engine.conditions import CodeFact, Condition, Junction, Wanted
from tongchou.grouping.engine.plan import WORD_BITS, Plan, code_facts
from tongchou.grouping.schemes.code_writing import readings
from tongchou.grouping.schemes.codes import CodeCells
from tongchou.grouping.schemes.scheme import (
    NOT_PRINCIPAL,
    SCHEME_WIDE,
    SITE_PREFIX,
    ExclusionCell,
    Kind,
    ListKey,
    Scheme,
    SeverityCell,
)

Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NO_CODE = 0
"""Number of the meaning of 'no code', and of every code that means nothing to the scheme."""

NO_LEVEL, CC_LEVEL, MCC_LEVEL = 0, 1, 2
"""Severity of a case or of a secondary diagnosis, in rising order."""

NO_EXCLUSION = -1

_MOST_REMEMBERED = 1_000_000
"""Spellings that a table remembers; others are read anew each time."""


@dataclass(frozen=True, slots=True)
class CodeArrays:
    """Meanings of codes, by their numbers (N meanings, W place words, F fact words).

    Attributes:
        row_of: N, the number of the row of `rows` that a code has as principal code.
        rows: distinct rows of W words of places that it leaves open, then F words of facts about the principal code.
        any_bits: N x F, facts that a code brings at any place of the case.
        rest_bits: N x F, facts that it brings only after the principal code.
        level, exclusion, carried: N, of diagnoses: severity as a secondary diagnosis, the number of the exclusion
            that can switch it off, the number of the exclusion that it carries as principal diagnosis.
        sites: N, of diagnoses: bits of the body sites.
    """

    row_of: npt.NDArray[np.int64]
    rows: Words
    any_bits: Words
    rest_bits: Words
    level: Numbers
    exclusion: Numbers
    carried: Numbers
    sites: Words


class CodeTable:
    """Numbers the codes of one kind by what they mean, learning those that it has not met.

    What a code is read as never depends on what was read before.

    Args:
        codes: The number of the meaning of each code that the scheme writes out; "" is `NO_CODE`.
        arrays: The meanings.
        learn: Returns what other codes mean; `None` where the scheme writes out every code that means something.
        translate: Returns the code that a code of another edition stands for; `None` where codes are not translated.
    """

    def __init__(
        self,
        codes: Mapping[str, int],
        arrays: CodeArrays,
        learn: Callable[[Sequence[str]], CodeArrays] | None,
        translate: Callable[[str], str | None] | None = None,
    ) -> None:
        self.codes = codes
        self.arrays = arrays
        self._learn = learn
        self._translate = translate
        self._learnt: dict[str, int] = {}
        self._read: dict[str, _Reading] = {}
        self._lock = Lock()
        self._by_dagger = _by_dagger(codes)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process without the lock."""
        return CodeTable, (self.codes, self.arrays, self._learn, self._translate)

    @property
    def is_closed(self) -> bool:
        """Whether the scheme writes out every code that means something to it."""
        return self._learn is None

    def translating(self, translate: Callable[[str], str | None]) -> "CodeTable":
        """Return a table of the same meanings that also reads codes of other editions."""
        return CodeTable(self.codes, self.arrays, self._learn, translate)

    def number(self, written: str) -> int:
        """Return the number of a code as it is written."""
        known = self.codes.get(written)
        return self._reading(written).number if known is None else known

    def numbers(self, written: Sequence[str]) -> list[int]:
        """Return the numbers of codes as they are written."""
        new = [code for code in dict.fromkeys(written) if code not in self.codes and code not in self._read]
        found = self._read_new(new)
        return [
            self.codes[code] if code in self.codes else (found.get(code) or self._read[code]).number for code in written
        ]

    def read_as(self, written: str) -> str | None:
        """Return the code that a written one is read as; `None` if it means nothing to the scheme."""
        if written in self.codes:
            return written or None
        return self._reading(written).code

    def _reading(self, written: str) -> "_Reading":
        known = self._read.get(written)
        return self._read_new([written])[written] if known is None else known

    def _read_new(self, written: Sequence[str]) -> dict[str, "_Reading"]:
        if not written:
            return {}
        with self._lock:
            many = {code: self._readings(code) for code in written}
            self._meet(reading for each in many.values() for reading in each)
            found = {code: self._first_that_means(each) for code, each in many.items()}
            if len(self._read) + len(found) <= _MOST_REMEMBERED:
                self._read.update(found)
            return found

    def _first_that_means(self, codes: Iterable[str]) -> "_Reading":
        for code in codes:
            number = self.codes.get(code) or self._learnt.get(code, NO_CODE)
            if number != NO_CODE:
                return _Reading(code, number)
        return _NOTHING

    def _readings(self, written: str) -> list[str]:
        found = readings(written, self._by_dagger)
        return found if self._translate is None else list(self._translated(found, self._translate))

    def _translated(self, found: Iterable[str], translate: Callable[[str], str | None]) -> Iterator[str]:
        """Yield readings with what they stand for; a prefix would take codes of any edition, so it comes after."""
        for code in found:
            meant = translate(code)
            yield from (each for each in ((code, meant) if self.is_closed else (meant, code)) if each)

    def _meet(self, codes: Iterable[str]) -> None:
        if self._learn is None:
            return
        new = [code for code in dict.fromkeys(codes) if code not in self.codes and code not in self._learnt]
        if new:
            self.arrays, numbers = _joined(self.arrays, self._learn(new))
            self._learnt.update(
                (code, number) for code, number in zip(new, numbers.tolist(), strict=True) if number != NO_CODE
            )


@dataclass(frozen=True, slots=True)
class _Reading:
    """The code that a written one is read as, `None` where it means nothing, and the number of its meaning."""

    code: str | None
    number: int


_NOTHING = _Reading(None, NO_CODE)


def _by_dagger(codes: Iterable[str]) -> dict[str, str]:
    """Return the whole dagger-asterisk code by its dagger part; empty where several have it and none is meant."""
    found: dict[str, str] = {}
    for code in codes:
        dagger, plus, _ = code.partition("+")
        if plus:
            found[dagger] = "" if dagger in found else code
    return found


class Lexicon:
    """Works out what codes mean from a scheme's lists: the slow and general way, once for each code."""

    def __init__(self, scheme: Scheme, plan: Plan, kind: Kind) -> None:
        lists = scheme.lists[kind]
        match = scheme.manifest.code_match
        self._plan = plan
        self._kind = kind
        self._number_of: dict[ListKey, int] = {key: number for number, key in enumerate(lists)}
        self._list_of_cell = np.array([n for n, cells in enumerate(lists.values()) for _ in cells], dtype=np.int64)
        self._cells = CodeCells([cell for cells in lists.values() for cell in cells], match)
        self._sites = {key: number for number, key in enumerate(k for k in lists if k.role.startswith(SITE_PREFIX))}
        graded = kind == "dx"
        self._severity: tuple[SeverityCell, ...] = scheme.severity if graded else ()
        self._severity_cells = CodeCells([cell.patterns for cell in self._severity], match)
        self._exclusions: tuple[ExclusionCell, ...] = scheme.exclusions if graded else ()
        self._exclusion_cells = CodeCells([cell.patterns for cell in self._exclusions], match)
        names = [cell.exclusion for cell in self._severity] + [cell.exclusion for cell in self._exclusions]
        self.exclusion_numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}

    def written_codes(self) -> list[str]:
        """Return the codes that the scheme writes out whole."""
        tables = (self._cells, self._severity_cells, self._exclusion_cells)
        return list(dict.fromkeys(code for cells in tables for code in cells.whole_codes()))

    @property
    def is_closed(self) -> bool:
        """Whether every code that means something is written out whole."""
        return not any(cells.has_prefixes for cells in (self._cells, self._severity_cells, self._exclusion_cells))

    def sites_of(self, mdc: str) -> int:
        """Return the bits of the body sites of an MDC."""
        return sum(1 << number for key, number in self._sites.items() if key.owner == mdc)

    def meanings(self, codes: Sequence[str]) -> CodeArrays:
        """Return what codes mean."""
        member = np.zeros((len(codes), max(1, len(self._number_of))), dtype=np.bool_)
        for row, code in enumerate(codes):
            member[row, self._list_of_cell[[hit.cell for hit in self._cells.hits(code)]]] = True
        rows = self._rows(member)
        distinct, row_of = np.unique(rows, axis=0, return_inverse=True)
        graded = [self._grade(code) for code in codes]
        return CodeArrays(
            row_of=row_of.reshape(-1).astype(np.int64),
            rows=distinct,
            any_bits=self._bits(member, "any"),
            rest_bits=self._bits(member, "rest"),
            level=np.array([grade[0] for grade in graded], dtype=np.int64),
            exclusion=np.array([grade[1] for grade in graded], dtype=np.int64),
            carried=np.array([grade[2] for grade in graded], dtype=np.int64),
            sites=self._site_bits(member),
        )

    def _rows(self, member: Flags) -> Words:
        principal = member
        barred = self._number_of.get(ListKey(SCHEME_WIDE, NOT_PRINCIPAL[self._kind]))
        if barred is not None:
            principal = member & ~member[:, [barred]]
        conditions = self._plan.by_diagnosis if self._kind == "dx" else self._plan.by_procedure
        places = np.zeros((len(member), self._plan.place_words), dtype=np.uint64)
        for number, condition in enumerate(conditions):
            _set_bit(places, number, self._met(condition, principal))
        return np.hstack([places, self._bits(principal, "first")])

    def _met(self, condition: Condition, member: Flags) -> Flags:
        match condition:
            case bool():
                return np.full(len(member), condition)
            case Wanted(fact, is_wanted):
                assert isinstance(fact, CodeFact)  # noqa: S101  # conditions on the principal code ask nothing else
                hit: Flags = member[:, self._number_of[fact.key]]
                return hit == is_wanted
            case Junction(needs_all, parts):
                join = np.logical_and if needs_all else np.logical_or
                return join.reduce([self._met(part, member) for part in parts])

    def _bits(self, member: Flags, place: str) -> Words:
        words = np.zeros((len(member), self._plan.fact_words), dtype=np.uint64)
        for bit, fact in code_facts(self._plan, self._kind):
            if fact.place == place:
                _set_bit(words, bit, member[:, self._number_of[fact.key]])
        return words

    def _site_bits(self, member: Flags) -> Words:
        words = np.zeros((len(member), 1), dtype=np.uint64)
        for key, number in self._sites.items():
            _set_bit(words, number, member[:, self._number_of[key]])
        return words[:, 0]

    def _grade(self, code: str) -> tuple[int, int, int]:
        level, exclusion, carried = NO_LEVEL, NO_EXCLUSION, NO_EXCLUSION
        severe = self._severity_cells.hits(code)
        if severe:
            # The closest pattern decides; between equals the graver level.
            closest = max(severe, key=lambda hit: (hit.length, self._severity[hit.cell].level == "mcc"))
            cell = self._severity[closest.cell]
            level = MCC_LEVEL if cell.level == "mcc" else CC_LEVEL
            exclusion = self.exclusion_numbers[cell.exclusion]
        excluding = self._exclusion_cells.hits(code)
        if excluding:
            closest = max(excluding, key=lambda hit: hit.length)
            carried = self.exclusion_numbers[self._exclusions[closest.cell].exclusion]
        return level, exclusion, carried


def new_table(lexicon: Lexicon) -> CodeTable:
    """Return a table of the codes that a scheme writes out; it learns others where the scheme has prefixes."""
    nothing = lexicon.meanings([""])
    codes = [code for code in lexicon.written_codes() if code]
    arrays, numbers = _joined(nothing, lexicon.meanings(codes)) if codes else (nothing, np.zeros(0, dtype=np.int64))
    known = {"": NO_CODE} | dict(zip(codes, numbers.tolist(), strict=True))
    return CodeTable(known, arrays, None if lexicon.is_closed else lexicon.meanings)


def _set_bit(words: Words, bit: int, flags: Flags) -> None:
    words[:, bit // WORD_BITS] |= flags.astype(np.uint64) << np.uint64(bit % WORD_BITS)


def _joined(known: CodeArrays, more: CodeArrays) -> tuple[CodeArrays, Numbers]:
    """Return the known meanings, numbered as they were, followed by new ones, and the number of each of `more`."""
    every = _stacked(known, more)
    distinct, first, same = np.unique(_written_out(every), axis=0, return_index=True, return_inverse=True)
    # Known meanings stand first, so that the first place of each is its number; new ones follow in their order.
    is_new = first >= len(known.row_of)
    fresh = np.sort(first[is_new])
    number_of = np.empty(len(distinct), dtype=np.int64)
    number_of[~is_new] = first[~is_new]
    number_of[is_new] = len(known.row_of) + np.searchsorted(fresh, first[is_new])
    kept = np.concatenate([np.arange(len(known.row_of)), fresh])
    return _chosen(every, kept), number_of[same.reshape(-1)[len(known.row_of) :]]


def _written_out(arrays: CodeArrays) -> Words:
    """Return each meaning as one row of words."""
    graded = np.stack([arrays.level, arrays.exclusion, arrays.carried], axis=1).view(np.uint64)
    return np.hstack(
        [arrays.rows[arrays.row_of], arrays.any_bits, arrays.rest_bits, graded, arrays.sites[:, np.newaxis]]
    )


def _stacked(known: CodeArrays, more: CodeArrays) -> CodeArrays:
    rows, moved = np.unique(np.vstack([known.rows, more.rows]), axis=0, return_inverse=True)
    moved = moved.reshape(-1)
    return CodeArrays(
        row_of=np.concatenate([moved[known.row_of], moved[len(known.rows) + more.row_of]]).astype(np.int64),
        rows=rows,
        any_bits=np.vstack([known.any_bits, more.any_bits]),
        rest_bits=np.vstack([known.rest_bits, more.rest_bits]),
        level=np.concatenate([known.level, more.level]),
        exclusion=np.concatenate([known.exclusion, more.exclusion]),
        carried=np.concatenate([known.carried, more.carried]),
        sites=np.concatenate([known.sites, more.sites]),
    )


def _chosen(arrays: CodeArrays, places: Numbers) -> CodeArrays:
    return replace(
        arrays,
        row_of=arrays.row_of[places],
        any_bits=arrays.any_bits[places],
        rest_bits=arrays.rest_bits[places],
        level=arrays.level[places],
        exclusion=arrays.exclusion[places],
        carried=arrays.carried[places],
        sites=arrays.sites[places],
    )
