"""Grouping one case in plain Python: the same compiled scheme as the batch kernel, masks as Python integers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongchou.grouping.engine.case_fields import column_of, listed_codes, number_of
from tongchou.grouping.engine.code_table import NO_EXCLUSION, CodeTable, Words
from tongchou.grouping.engine.compiled import CompiledScheme
from tongchou.grouping.engine.places import NOT_OPEN, NOTHING_FITS, Grouped
from tongchou.grouping.engine.plan import WORD_BITS, Tree

NO_GATE = -1
"""Mask of a place that is no gate: it shuts nothing."""

_MOST_REMEMBERED = 100_000
_REMEMBERED_TYPES = frozenset({int, str, type(None)})


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What one code brings to a case."""

    places: int
    first_bits: int
    any_bits: int
    rest_bits: int
    level: int
    exclusion: int
    carried: int
    sites: int


class OneCaseGrouper:
    """Groups cases one at a time."""

    def __init__(self, compiled: CompiledScheme) -> None:
        self._compiled = compiled
        self._diagnoses = _Meanings(compiled.diagnoses, compiled.place_words)
        self._procedures = _Meanings(compiled.procedures, compiled.place_words)
        self._numbers: dict[str, _NumberBits] = {}
        for field, low, high, bit in compiled.numbers:
            bits = self._numbers.setdefault(column_of(field), _NumberBits(field, compiled.words))
            bits.bounds.append((low, high, 1 << bit))
        self._places = [
            (_mask(place.wanted), _mask(place.unwanted), place.trees, place.outcomes, ~_mask(range(place.shut)))
            for place in compiled.places
        ]

    def group(self, case: Mapping[str, Any]) -> Grouped:
        """Return the group of a case (`case_fields`)."""
        facts = 0
        for column, bits in self._numbers.items():
            facts |= bits.of(case.get(column))
        diagnoses = self._diagnoses.of(case.get("diagnoses"))
        procedures = self._procedures.of(case.get("procedures"))
        facts |= self._code_facts(diagnoses) | self._code_facts(procedures)
        facts |= self._site_facts(diagnoses)
        return self._decide(diagnoses[0].places & procedures[0].places, facts, self.level(case, diagnoses))

    def learn(self, diagnoses: Sequence[str], procedures: Sequence[str]) -> None:
        """Work out what codes mean before cases with them come: many at once take hardly longer than one."""
        self._diagnoses.learn(diagnoses)
        self._procedures.learn(procedures)

    def knows(self, case: Mapping[str, Any]) -> bool:
        """Return whether every code of a case was met before, so that it is grouped at once."""
        return self._diagnoses.knows(case.get("diagnoses")) and self._procedures.knows(case.get("procedures"))

    def level(self, case: Mapping[str, Any], diagnoses: Sequence[_Meaning]) -> int:
        """Return a case's severity: that of its gravest effective secondary diagnosis."""
        if not self._compiled.day_surgery_has_severity and number_of("day_surgery", case.get("day_surgery"), {}) == 1:
            return 0
        carried = diagnoses[0].carried
        level = 0
        for each in diagnoses[1:]:
            if each.level > level and (carried == NO_EXCLUSION or each.exclusion != carried):
                level = each.level
        return level

    def _code_facts(self, codes: Sequence[_Meaning]) -> int:
        facts = codes[0].first_bits | codes[0].any_bits
        for each in codes[1:]:
            facts |= each.any_bits | each.rest_bits
        return facts

    def _site_facts(self, diagnoses: Sequence[_Meaning]) -> int:
        if not self._compiled.sites:
            return 0
        hurt = 0
        for each in diagnoses:
            hurt |= each.sites
        return sum(1 << bit for bit, mask, minimum in self._compiled.sites if (hurt & mask).bit_count() >= minimum)

    def _decide(self, open_places: int, facts: int, level: int) -> Grouped:
        is_open = False
        while open_places:
            lowest = open_places & -open_places
            wanted, unwanted, trees, outcomes, shut = self._places[lowest.bit_length() - 1]
            open_places ^= lowest
            fits = facts & wanted == wanted and not facts & unwanted
            if fits and trees:
                fits = all(_is_met(tree, facts) for tree in trees)
            if shut != NO_GATE:
                is_open |= fits
                if not fits:
                    open_places &= shut
            elif fits and outcomes[level] >= 0:
                return self._compiled.outcomes[outcomes[level]]
        return NOTHING_FITS if is_open else NOT_OPEN


class _Meanings:
    """Remembers what written codes bring to a case."""

    def __init__(self, table: CodeTable, place_words: int) -> None:
        self._table = table
        self._place_bits = place_words * WORD_BITS
        self._known: dict[str, _Meaning] = {}
        self._nothing = self._work_out("")

    def of(self, codes: object) -> list[_Meaning]:
        """Return what a case's codes bring, the principal one first; 'no code' where there is none."""
        if type(codes) is not list:
            codes = listed_codes(codes)
        known = self._known
        try:
            return [known[code] if code in known else self._look_up(code) for code in codes] or [self._nothing]
        except TypeError:  # something among them cannot be a key, so it is no text
            return [self._look_up(code) for code in codes]

    def learn(self, codes: Sequence[str]) -> None:
        self._table.numbers(codes)
        for code in codes:
            self._look_up(code)

    def knows(self, codes: object) -> bool:
        known = self._known
        return all(isinstance(code, str) and code in known for code in listed_codes(codes))

    def _look_up(self, code: object) -> _Meaning:
        if not isinstance(code, str):
            return self._nothing
        meaning = self._work_out(code)
        if len(self._known) < _MOST_REMEMBERED:
            self._known[code] = meaning
        return meaning

    def _work_out(self, code: str) -> _Meaning:
        number = self._table.number(code)
        arrays = self._table.arrays
        row = _as_int(arrays.rows[arrays.row_of[number]])
        return _Meaning(
            places=row & ((1 << self._place_bits) - 1),
            first_bits=row >> self._place_bits,
            any_bits=_as_int(arrays.any_bits[number]),
            rest_bits=_as_int(arrays.rest_bits[number]),
            level=int(arrays.level[number]),
            exclusion=int(arrays.exclusion[number]),
            carried=int(arrays.carried[number]),
            sites=int(arrays.sites[number]),
        )


class _NumberBits:
    """The facts about one field of a case, remembered by its value as it came."""

    def __init__(self, field: str, words: Mapping[str, Mapping[str, int]]) -> None:
        self.bounds: list[tuple[int, int, int]] = []
        self._field = field
        self._words = words
        self._known: dict[object, int] = {}

    def of(self, value: object) -> int:
        # True, 1 and 1.0 are equal as keys and not the same as values: only the usual types are remembered.
        if type(value) not in _REMEMBERED_TYPES:
            return self._work_out(value)
        known = self._known.get(value)
        if known is None:
            known = self._work_out(value)
            if len(self._known) < _MOST_REMEMBERED:
                self._known[value] = known
        return known

    def _work_out(self, value: object) -> int:
        number = number_of(self._field, value, self._words)
        return sum(bit for low, high, bit in self.bounds if low <= number <= high)


def _is_met(tree: Tree, facts: int) -> bool:
    if not tree.parts:
        return bool(facts >> tree.bit & 1) == tree.is_wanted
    join = all if tree.needs_all else any
    return join(_is_met(part, facts) for part in tree.parts)


def _mask(bits: Iterable[int]) -> int:
    mask = 0
    for bit in bits:
        mask |= 1 << bit
    return mask


def _as_int(words: Words) -> int:
    return int.from_bytes(words.tobytes(), "little")
