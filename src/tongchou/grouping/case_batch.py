"""A batch of cases in the shape the matcher works on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.grouping.codebook import NO_CODE, CodeBook, DiagnosisBook, Flags, Ids

Numbers = npt.NDArray[np.int64]

UNKNOWN = -1
"""A number that the case does not have (age in days, weight)."""

CASE_COLUMNS = ("case_id", "sex", "age_years", "age_days", "birth_weight_g", "diagnoses", "procedures")
"""What the matcher reads of a case; the two lists have the principal code first."""

_SEX_NUMBER = {"male": 1, "female": 2}


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of all cases, one after the other.

    Attributes:
        ids: The number of each code in its code book.
        ends: Where each case's codes end; case i has `ids[ends[i - 1]:ends[i]]`.
        first: The principal code of each case, `NO_CODE` where it has none.
    """

    ids: Ids
    starts: Numbers
    ends: Numbers
    first: Ids

    def any_of(self, members: Flags) -> Flags:
        """Return, by case, whether any of its codes is a member."""
        return self._count(members[self.ids]) > 0

    def any_but_first(self, members: Flags) -> Flags:
        """Return, by case, whether any code after the principal one is a member."""
        hits = members[self.ids]
        hits[self.starts[self.ends > self.starts]] = False
        return self._count(hits) > 0

    def _count(self, hits: Flags) -> Numbers:
        total = np.concatenate([[0], np.cumsum(hits, dtype=np.int64)])
        counts: Numbers = total[self.ends] - total[self.starts]
        return counts


@dataclass(frozen=True, slots=True)
class CaseBatch:
    """The cases of one batch, column by column; `UNKNOWN` where a number is missing."""

    measures: dict[str, Numbers]
    diagnoses: Codes
    procedures: Codes

    def __len__(self) -> int:
        """Return how many cases there are."""
        return len(self.measures["sex"])


def read_cases(batch: pa.RecordBatch, diagnoses: DiagnosisBook, procedures: CodeBook) -> CaseBatch:
    """Turn Arrow columns (`CASE_COLUMNS`) into the matcher's shape."""
    measures = {
        "sex": _sex_numbers(batch.column("sex")),
        "age_years": _numbers(batch.column("age_years")),
        "age_days": _numbers(batch.column("age_days")),
        "weight_g": _numbers(batch.column("birth_weight_g")),
    }
    return CaseBatch(
        measures, _codes(batch.column("diagnoses"), diagnoses), _codes(batch.column("procedures"), procedures)
    )


def _sex_numbers(sex: pa.StringArray) -> Numbers:
    numbers = pc.index_in(sex, pa.array(list(_SEX_NUMBER)))
    return np.asarray(pc.fill_null(pc.add(numbers, 1), UNKNOWN).to_numpy(zero_copy_only=False), dtype=np.int64)


def _numbers(column: pa.Array) -> Numbers:
    return np.asarray(pc.fill_null(column.cast(pa.int64()), UNKNOWN).to_numpy(zero_copy_only=False))


def _codes(lists: pa.ListArray, book: CodeBook) -> Codes:
    filled = pc.fill_null(lists, []) if lists.null_count else lists
    flat = filled.flatten()
    ids = book.encode(flat)
    lengths = pc.list_value_length(filled).to_numpy(zero_copy_only=False).astype(np.int64)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    first = np.full(len(lists), NO_CODE, dtype=np.int32)
    has_code = lengths > 0
    first[has_code] = ids[starts[has_code]]
    return Codes(ids, starts, ends, first)
