"""Grouping batches of cases: the compiled scheme laid out as arrays, and the kernel run over Arrow columns."""

import hashlib
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tongchou.grouping.engine.arrow_arrays import texts, whole_numbers
from tongchou.grouping.engine.case_batch import FieldReader, case_ids, check_columns, codes_of
from tongchou.grouping.engine.code_table import CodeArrays, CodeTable
from tongchou.grouping.engine.compiled import CompiledScheme
from tongchou.grouping.engine.kernel import (
    EXCLUSION_BITS,
    FIRST_FACT,
    GRADE,
    LEVEL_BITS,
    ROW_OF,
    SITES,
    TOKEN_ALL,
    TOKEN_ANY,
    TOKEN_BIT,
    TOKEN_BIT_NOT,
    decide,
)
from tongchou.grouping.engine.places import LEVELS
from tongchou.grouping.engine.plan import WORD_BITS, Tree
from tongchou.grouping.engine.text_index import TextIndex

CODE = pa.dictionary(pa.int16(), pa.string())

RESULT_SCHEMA = pa.schema(
    [
        pa.field("case_id", pa.string()),
        *(pa.field(name, CODE, nullable=False) for name in ("status", "mdc", "adrg", "drg", "decided_by")),
    ]
)
"""A row for each case, in the order in which they came."""

CHUNK_ROWS = 262_144
"""Cases that are worked on at once: their numbers stay in the processor's cache."""

_RESULT_COLUMNS = ("status", "mdc", "adrg", "drg", "decided_by")

Words = npt.NDArray[np.uint64]
Whole = npt.NDArray[np.int64]


class BatchGrouper:
    """Groups batches of cases. Threads may share it; another process receives the compiled scheme, once."""

    result_schema = RESULT_SCHEMA

    def __init__(self, compiled: CompiledScheme) -> None:
        self._compiled = compiled
        self._layout = _layout(compiled)
        self._diagnoses = _Codes(compiled.diagnoses)
        self._procedures = _Codes(compiled.procedures)
        fields = sorted(compiled.fields)
        self._fields = [FieldReader(field, compiled.words) for field in fields]
        self._day_surgery = -1 if compiled.day_surgery_has_severity else fields.index("day_surgery")
        facts = [(fields.index(field), low, high, bit) for field, low, high, bit in compiled.numbers]
        self._number_facts = np.array(facts, dtype=np.int64).reshape(-1, 4)
        self._results = [_Names(compiled, column) for column in _RESULT_COLUMNS]

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as the compiled scheme."""
        return _received, (pickle.dumps(self._compiled),)

    def group(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the results of a batch's cases (`RESULT_SCHEMA`), row for row.

        Raises:
            TongchouError: `grouping.case_column` if a column is missing or of a type that cannot be read.
        """
        check_columns(batch)
        decided = np.empty(batch.num_rows, dtype=np.int16)
        for first in range(0, batch.num_rows, CHUNK_ROWS):
            chunk = batch.slice(first, CHUNK_ROWS)
            self._decide(chunk, decided[first : first + chunk.num_rows])
        columns = [case_ids(batch), *(names.of(decided) for names in self._results)]
        return pa.RecordBatch.from_arrays(columns, schema=RESULT_SCHEMA)

    def _decide(self, batch: pa.RecordBatch, decided: npt.NDArray[np.int16]) -> None:
        diagnoses = codes_of(batch, "diagnoses", self._diagnoses.index)
        procedures = codes_of(batch, "procedures", self._procedures.index)
        fields = np.empty((len(self._fields), batch.num_rows), dtype=np.int32)
        for row, field in enumerate(self._fields):
            fields[row] = field.read(batch)
        layout = self._layout
        # What the codes mean is taken after they are numbered: numbers given meanwhile are among it.
        dx_info, dx_rows = self._diagnoses.arrays()
        op_info, op_rows = self._procedures.arrays()
        decide(
            fields,
            self._number_facts,
            self._day_surgery,
            diagnoses.numbers,
            diagnoses.offsets,
            procedures.numbers,
            procedures.offsets,
            dx_info,
            dx_rows,
            op_info,
            op_rows,
            layout.site_facts,
            layout.asks,
            layout.ask_ends,
            layout.tokens,
            layout.token_ends,
            layout.tree_ends,
            layout.tree_height,
            layout.outcomes,
            layout.shut,
            self._compiled.place_words,
            self._compiled.fact_words,
            decided,
        )


_RECEIVED: dict[str, BatchGrouper] = {}


def _received(compiled: bytes) -> BatchGrouper:
    """Return the grouper that this process made of a scheme; a worker gets the same scheme with every task."""
    content = hashlib.sha256(compiled).hexdigest()
    if content not in _RECEIVED:
        _RECEIVED[content] = BatchGrouper(pickle.loads(compiled))  # noqa: S301  # made by __reduce__ alone
    return _RECEIVED[content]


class _Codes:
    """The codes of one kind as the kernel reads them, laid out anew when the table has learnt some."""

    def __init__(self, table: CodeTable) -> None:
        self._table = table
        self._laid_out: tuple[CodeArrays, Whole, Words] | None = None
        self.index = TextIndex(table.numbers, table.codes)

    def arrays(self) -> tuple[Whole, Words]:
        known, laid_out = self._table.arrays, self._laid_out
        if laid_out is None or laid_out[0] is not known:
            laid_out = self._laid_out = (known, _info(known), known.rows)
        return laid_out[1], laid_out[2]


class _Names:
    """One column of the results: the names that an outcome has in it."""

    def __init__(self, compiled: CompiledScheme, column: str) -> None:
        names: list[str] = [getattr(outcome, column) for outcome in compiled.outcomes]
        place = {name: number for number, name in enumerate(dict.fromkeys(names))}
        self._names = texts(list(place))
        self._index = np.array([place[name] for name in names], dtype=np.int16)

    def of(self, decided: npt.NDArray[np.int16]) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(whole_numbers(self._index[decided]), self._names)


@dataclass(frozen=True, slots=True)
class _Layout:
    """The plan of a scheme as the arrays that `kernel.decide` describes."""

    site_facts: Whole
    asks: Words
    ask_ends: Whole
    tokens: Whole
    token_ends: Whole
    tree_ends: Whole
    tree_height: int
    outcomes: npt.NDArray[np.int32]
    shut: Whole


def _layout(compiled: CompiledScheme) -> _Layout:
    asks: list[tuple[int, int, int]] = []
    tokens: list[tuple[int, int]] = []
    ask_ends, token_ends, tree_ends = [0], [0], [0]
    for place in compiled.places:
        asks += _ask_words(place.wanted, place.unwanted)
        ask_ends.append(len(asks))
        for tree in place.trees:
            tokens += _postfix(tree)
            tree_ends.append(len(tokens))
        token_ends.append(len(tree_ends) - 1)
    return _Layout(
        # The bits of 64 sites are no signed number until they are looked at as one.
        site_facts=np.array(compiled.sites, dtype=np.uint64).reshape(-1, 3).view(np.int64),
        asks=np.array(asks, dtype=np.uint64).reshape(-1, 3),
        ask_ends=np.array(ask_ends, dtype=np.int64),
        tokens=np.array(tokens, dtype=np.int64).reshape(-1, 2),
        token_ends=np.array(token_ends, dtype=np.int64),
        tree_ends=np.array(tree_ends, dtype=np.int64),
        tree_height=max((_height(tree) for place in compiled.places for tree in place.trees), default=0),
        outcomes=np.array([place.outcomes for place in compiled.places], dtype=np.int32).reshape(-1, LEVELS),
        shut=np.array([place.shut for place in compiled.places], dtype=np.int64),
    )


def _ask_words(wanted: tuple[int, ...], unwanted: tuple[int, ...]) -> list[tuple[int, int, int]]:
    words = sorted({bit // WORD_BITS for bit in (*wanted, *unwanted)})
    return [(word, _bits_of(wanted, word), _bits_of(unwanted, word)) for word in words]


def _bits_of(bits: tuple[int, ...], word: int) -> int:
    found = 0
    for bit in bits:
        if bit // WORD_BITS == word:
            found |= 1 << (bit % WORD_BITS)
    return found


def _postfix(tree: Tree) -> list[tuple[int, int]]:
    if not tree.parts:
        return [(TOKEN_BIT if tree.is_wanted else TOKEN_BIT_NOT, tree.bit)]
    parts = [token for part in tree.parts for token in _postfix(part)]
    return [*parts, (TOKEN_ALL if tree.needs_all else TOKEN_ANY, len(tree.parts))]


def _height(tree: Tree) -> int:
    """Return how many answers are kept at once while a tree is worked out in postfix order."""
    return max((number + _height(part) for number, part in enumerate(tree.parts)), default=1)


def _info(known: CodeArrays) -> Whole:
    fact_words = known.any_bits.shape[1]
    info = np.zeros((len(known.row_of), FIRST_FACT + 2 * fact_words), dtype=np.int64)
    info[:, ROW_OF] = known.row_of
    info[:, GRADE] = (
        known.level | ((known.exclusion + 1) << LEVEL_BITS) | ((known.carried + 1) << (LEVEL_BITS + EXCLUSION_BITS))
    )
    info[:, SITES] = known.sites.view(np.int64)
    info[:, FIRST_FACT : FIRST_FACT + fact_words] = known.any_bits.view(np.int64)
    info[:, FIRST_FACT + fact_words :] = known.rest_bits.view(np.int64)
    return info
