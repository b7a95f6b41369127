"""Codes as small integers: what each code that occurs means to a scheme, worked out once per code."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.grouping.codes import CodeCells, CodeMatch
from tongchou.grouping.scheme import ListKey, Scheme

Ids = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

NO_CODE = 0
"""The id that stands for 'there is no such code': in no list, of no severity."""

NO_LEVEL, CC_LEVEL, MCC_LEVEL = 0, 1, 2
"""Severity of a case or of a secondary diagnosis, in rising order."""

NO_EXCLUSION = -1


class CodeBook:
    """Numbers the codes that occur and answers, by number, which lists hold a code.

    Args:
        lists: The lists of this kind of code: key to cells.
        match: How patterns match.
    """

    def __init__(self, lists: dict[ListKey, tuple[str, ...]], match: CodeMatch) -> None:
        self._keys = {key: number for number, key in enumerate(lists)}
        self._list_of_cell = [number for number, cells in enumerate(lists.values()) for _ in cells]
        self._cells = CodeCells([cell for cells in lists.values() for cell in cells], match)
        self._ids: dict[str, int] = {"": NO_CODE}
        self._member = np.zeros((len(lists), 1024), dtype=np.bool_)

    def encode(self, codes: pa.StringArray) -> Ids:
        """Return the number of each code; null and empty become `NO_CODE`."""
        encoded = codes.dictionary_encode()
        numbers = np.fromiter(
            (self.number(code) for code in encoded.dictionary.to_pylist()), np.int32, len(encoded.dictionary)
        )
        if not len(numbers):
            return np.zeros(len(codes), dtype=np.int32)
        indices = pc.fill_null(encoded.indices, 0).to_numpy(zero_copy_only=False)
        ids = numbers[indices]
        if codes.null_count:
            ids = np.where(codes.is_null().to_numpy(zero_copy_only=False), np.int32(NO_CODE), ids)
        return ids

    def number(self, code: str | None) -> int:
        """Return the number of one code, giving it one if it is new."""
        known = self._ids.get(code or "")
        if known is not None:
            return known
        number = self._ids[code or ""] = len(self._ids)
        if number >= self._member.shape[1]:
            self._member = np.concatenate([self._member, np.zeros_like(self._member)], axis=1)
        self._learn(code or "", number)
        return number

    def members(self, key: ListKey) -> Flags:
        """Return, by code number, whether the list holds the code."""
        return self._member[self._keys[key]]

    def _learn(self, code: str, number: int) -> None:
        for hit in self._cells.hits(code):
            self._member[self._list_of_cell[hit.cell], number] = True


class DiagnosisBook(CodeBook):
    """A code book of diagnoses: also their severity as secondary and their exclusion as principal diagnosis."""

    def __init__(self, lists: dict[ListKey, tuple[str, ...]], scheme: Scheme) -> None:
        match = scheme.manifest.code_match
        super().__init__(lists, match)
        self._severity = scheme.severity
        self._severity_cells = CodeCells([cell.patterns for cell in scheme.severity], match)
        self._exclusion_cells = CodeCells([cell.patterns for cell in scheme.exclusions], match)
        self._exclusion_of_cell = [cell.exclusion for cell in scheme.exclusions]
        names = [cell.exclusion for cell in scheme.severity] + [cell.exclusion for cell in scheme.exclusions]
        self._exclusion_number = {name: number for number, name in enumerate(dict.fromkeys(names))}
        self.level = np.zeros(1024, dtype=np.int8)
        self.exclusion = np.full(1024, NO_EXCLUSION, dtype=np.int32)
        self.excluded_by_principal = np.full(1024, NO_EXCLUSION, dtype=np.int32)

    def exclusion_name(self, number: int) -> str:
        """Return the name of an exclusion by its number."""
        return list(self._exclusion_number)[number]

    def _learn(self, code: str, number: int) -> None:
        super()._learn(code, number)
        if number >= len(self.exclusion):
            self.level = np.concatenate([self.level, np.zeros_like(self.level)])
            self.exclusion = np.concatenate([self.exclusion, np.full_like(self.exclusion, NO_EXCLUSION)])
            self.excluded_by_principal = np.concatenate(
                [self.excluded_by_principal, np.full_like(self.excluded_by_principal, NO_EXCLUSION)]
            )
        severe = self._severity_cells.hits(code)
        if severe:
            # The closest pattern decides; between equals the graver level.
            closest = max(severe, key=lambda hit: (hit.length, self._severity[hit.cell].level == "mcc"))
            cell = self._severity[closest.cell]
            self.level[number] = MCC_LEVEL if cell.level == "mcc" else CC_LEVEL
            self.exclusion[number] = self._exclusion_number[cell.exclusion]
        carried = self._exclusion_cells.hits(code)
        if carried:
            closest = max(carried, key=lambda hit: hit.length)
            self.excluded_by_principal[number] = self._exclusion_number[self._exclusion_of_cell[closest.cell]]
