"""One case as the rules look at it, spoken aloud: codes as written and as read, their lists, its severity."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongchou.grouping.engine.case_fields import column_of, listed_codes, number_of
from tongchou.grouping.engine.code_table import MCC_LEVEL, NO_CODE, NO_EXCLUSION, NO_LEVEL, CodeTable
from tongchou.grouping.engine.compiled import CompiledScheme
from tongchou.grouping.engine.conditions import all_rules
from tongchou.grouping.schemes.code_writing import readings
from tongchou.grouping.schemes.codes import CodeCells
from tongchou.grouping.schemes.rules import Between, Known, Marked, OneOf, tests_of
from tongchou.grouping.schemes.scheme import NOT_PRINCIPAL, SCHEME_WIDE, Kind, Scheme

ListId = tuple[str, str, int]
"""A code list by its owner, name and part: `ListKey` in the form that is fastest to look up."""

_NOWHERE: frozenset[ListId] = frozenset()
_MOST_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class CaseCode:
    """A code of the case.

    Attributes:
        written: The code as it came.
        read_as: The code that the scheme reads it as; `None` if no list has it.
        number: Its number in the scheme's code table; `NO_CODE` if it decides nothing.
        lists: The lists that it is in.
    """

    written: str
    read_as: str | None
    number: int
    lists: frozenset[ListId]


@dataclass(frozen=True, slots=True)
class CodesOfCase:
    """The diagnoses or the procedures of a case.

    Attributes:
        codes: All of them, the principal one first.
        is_barred: Whether the principal code is one that steers nothing as principal code.
        first: The lists that the principal code is in; none where it is barred.
        rest: The lists that the codes after it are in.
        every: The lists that any of the codes is in.
    """

    codes: tuple[CaseCode, ...]
    is_barred: bool
    first: frozenset[ListId]
    rest: frozenset[ListId]
    every: frozenset[ListId]


@dataclass(frozen=True, slots=True)
class SevereCode:
    """A secondary diagnosis that can raise severity.

    Attributes:
        level: `CC_LEVEL` or `MCC_LEVEL`.
        exclusion: The name of the exclusion that can switch it off.
        is_excluded: Whether the principal diagnosis carries that exclusion.
    """

    written: str
    level: int
    exclusion: str
    is_excluded: bool

    @property
    def word(self) -> str:
        """`MCC` or `CC`."""
        return "MCC" if self.level == MCC_LEVEL else "CC"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Everything that the rules of a scheme can ask of a case.

    Attributes:
        numbers: The fields that the scheme asks for, as numbers (`case_fields`).
        written: The same fields as they came.
        unused: Fields that the case has and the scheme does not ask for.
        severe: The secondary diagnoses that can raise severity, in order.
        is_kept_mild: Whether the case is day surgery and the scheme knows no CC or MCC of day surgery.
        level: The severity of the case.
    """

    numbers: Mapping[str, int]
    written: Mapping[str, object]
    unused: tuple[str, ...]
    words: Mapping[str, Mapping[str, int]]
    diagnoses: CodesOfCase
    procedures: CodesOfCase
    severe: tuple[SevereCode, ...]
    is_kept_mild: bool
    level: int


class CaseReader:
    """Reads cases as one scheme looks at them.

    Args:
        scheme: The scheme.
        compiled: The same scheme made ready to group: codes are read as the matcher reads them.
    """

    def __init__(self, scheme: Scheme, compiled: CompiledScheme) -> None:
        self._compiled = compiled
        self._diagnoses = _CodeReader(scheme, compiled.diagnoses, "dx")
        self._procedures = _CodeReader(scheme, compiled.procedures, "op")
        self._fields = tuple(sorted(_fields_asked(scheme)))
        self._columns = {"case_id", "diagnoses", "procedures", *(column_of(field) for field in self._fields)}

    def read(self, case: Mapping[str, Any]) -> CaseFacts:
        """Return what the rules can ask of a case (`case_fields`)."""
        words = self._compiled.words
        written = {field: case.get(column_of(field)) for field in self._fields}
        numbers = {field: number_of(field, value, words) for field, value in written.items()}
        diagnoses = self._diagnoses.read(case.get("diagnoses"))
        severe = tuple(self._severe(diagnoses.codes))
        is_kept_mild = not self._compiled.day_surgery_has_severity and numbers["day_surgery"] == 1
        effective = (each.level for each in severe if not each.is_excluded)
        return CaseFacts(
            numbers=numbers,
            written=written,
            unused=tuple(name for name, value in case.items() if value is not None and name not in self._columns),
            words=words,
            diagnoses=diagnoses,
            procedures=self._procedures.read(case.get("procedures")),
            severe=severe,
            is_kept_mild=is_kept_mild,
            level=NO_LEVEL if is_kept_mild else max(effective, default=NO_LEVEL),
        )

    def _severe(self, codes: Sequence[CaseCode]) -> Iterable[SevereCode]:
        arrays = self._compiled.diagnoses.arrays
        carried = int(arrays.carried[codes[0].number]) if codes else NO_EXCLUSION
        for code in codes[1:]:
            level = int(arrays.level[code.number])
            if level != NO_LEVEL:
                exclusion = int(arrays.exclusion[code.number])
                yield SevereCode(code.written, level, self._compiled.exclusions[exclusion], carried == exclusion)


class _CodeReader:
    """Reads the codes of one kind, remembering what it has met."""

    def __init__(self, scheme: Scheme, table: CodeTable, kind: Kind) -> None:
        lists = scheme.lists[kind]
        self._table = table
        self._list_of_cell: list[ListId] = [(k.owner, k.role, k.part) for k, cells in lists.items() for _ in cells]
        self._cells = CodeCells([cell for cells in lists.values() for cell in cells], scheme.manifest.code_match)
        self._barred: ListId = (SCHEME_WIDE, NOT_PRINCIPAL[kind], 0)
        self._known: dict[str, CaseCode] = {}

    def read(self, written: object) -> CodesOfCase:
        codes = tuple(self._code(code) for code in listed_codes(written))
        rest = _NOWHERE.union(*(code.lists for code in codes[1:]))
        lists = codes[0].lists if codes else _NOWHERE
        is_barred = self._barred in lists
        return CodesOfCase(codes, is_barred, _NOWHERE if is_barred else lists, rest, lists | rest)

    def _code(self, written: object) -> CaseCode:
        if not isinstance(written, str):
            return CaseCode(str(written), None, NO_CODE, _NOWHERE)
        known = self._known.get(written)
        if known is None:
            known = self._look_up(written)
            if len(self._known) < _MOST_REMEMBERED:
                self._known[written] = known
        return known

    def _look_up(self, written: str) -> CaseCode:
        read_as = self._table.read_as(written)
        if read_as is not None:
            return CaseCode(written, read_as, self._table.number(written), self._lists_of(read_as))
        # It decides nothing; it may be in a list all the same, of a group that it cannot reach.
        found = ((each, self._lists_of(each)) for each in readings(written, {}))
        listed = next((pair for pair in found if pair[1]), (None, _NOWHERE))
        return CaseCode(written, listed[0], NO_CODE, listed[1])

    def _lists_of(self, code: str) -> frozenset[ListId]:
        return frozenset(self._list_of_cell[hit.cell] for hit in self._cells.hits(code))


def _fields_asked(scheme: Scheme) -> Iterable[str]:
    fields = set() if scheme.manifest.day_surgery_has_severity else {"day_surgery"}
    for rule in all_rules(scheme):
        for test in tests_of(rule):
            match test:
                case Between(field) | OneOf(field) | Marked(field) | Known(field):
                    fields.add(field)
    return fields
