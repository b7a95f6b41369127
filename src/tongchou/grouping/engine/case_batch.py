"""The columns of a batch of cases as the kernel reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.engine.arrow_arrays import numpy_of
from tongchou.grouping.engine.case_fields import CASE_COLUMNS, HIGHEST, UNKNOWN, column_of, number_of
from tongchou.grouping.engine.text_index import TextIndex
from tongchou.grouping.schemes.rules import MARKS, WORDS

Small = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class CodeColumn:
    """The codes of all cases, one after the other; case i has `numbers[offsets[i]:offsets[i + 1]]`."""

    numbers: Small
    offsets: Small


def codes_of(batch: pa.RecordBatch, column: str, index: TextIndex) -> CodeColumn:
    """Return a column of lists of codes as numbers.

    Raises:
        TongchouError: `grouping.case_column` if it is not a list of text.
    """
    lists = batch.column(column)
    if pa.types.is_null(lists.type) or not len(lists):
        return CodeColumn(np.zeros(0, dtype=np.int32), np.zeros(len(lists) + 1, dtype=np.int32))
    value = _text_of_lists(lists.type)
    if value is None:
        raise _not_lists(column, lists.type)
    if lists.type != pa.list_(value):
        lists = lists.cast(pa.list_(value))
    if lists.null_count:
        lists = pc.fill_null(lists, pa.scalar([], lists.type))
    offsets = np.frombuffer(lists.buffers()[1], dtype=np.int32)[lists.offset : lists.offset + len(lists) + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    codes = lists.values.slice(first, last - first)
    return CodeColumn(_numbers(codes, index), offsets - np.int32(first))


def _numbers(codes: pa.Array, index: TextIndex) -> Small:
    if not pa.types.is_dictionary(codes.type):
        return index.encode(codes)
    # Each distinct code is looked up once; what is null points behind the last of them.
    distinct = np.append(index.encode(codes.dictionary.cast(pa.string())), np.int32(0))
    places = codes.indices
    if places.null_count:
        places = pc.fill_null(places.cast(pa.int32()), len(distinct) - 1)
    return distinct[numpy_of(places)]


class FieldReader:
    """Reads one field of the cases as numbers, `UNKNOWN` where it is not known.

    Args:
        field: Its name in the rule language.
        words: The words of text fields that rules ask for, as numbers.
    """

    def __init__(self, field: str, words: Mapping[str, Mapping[str, int]]) -> None:
        self.field = field
        self._column = column_of(field)
        self._words = words
        self._index = TextIndex(self._above_unknown, {})

    def read(self, batch: pa.RecordBatch) -> Small:
        """Return the field of a batch's cases."""
        if self._column not in batch.schema.names:
            return np.full(batch.num_rows, UNKNOWN, dtype=np.int32)
        column = batch.column(self._column)
        if pa.types.is_nested(column.type):
            raise _not_values(self._column, column.type)
        if pa.types.is_string(column.type):
            return self._index.encode(column) + np.int32(UNKNOWN)
        if pa.types.is_integer(column.type) and self.field not in _NAMED:
            return _whole_numbers(column)
        return self._by_distinct_value(column)

    def _above_unknown(self, written: Sequence[str]) -> list[int]:
        return [number_of(self.field, value, self._words) - UNKNOWN for value in written]

    def _by_distinct_value(self, column: pa.Array) -> Small:
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        numbers = [number_of(self.field, value, self._words) for value in encoded.dictionary.to_pylist()]
        table = np.array([*numbers, UNKNOWN], dtype=np.int32)
        indices = numpy_of(pc.fill_null(encoded.indices.cast(pa.int32()), len(numbers)))
        return table[indices]


def check_columns(batch: pa.RecordBatch) -> None:
    """Raise `grouping.case_column` if a batch lacks a column that every case has."""
    missing = [name for name in CASE_COLUMNS if name not in batch.schema.names]
    if missing:
        raise TongchouError(
            "grouping.case_column",
            what=Text("病例缺少列", "the cases lack columns"),
            where=", ".join(missing),
            why=Text("分组须有 " + "、".join(CASE_COLUMNS), "grouping needs " + ", ".join(CASE_COLUMNS)),
            remedy=Text("补上这些列，不知道的值留空", "add the columns; leave empty what is not known"),
        )


def case_ids(batch: pa.RecordBatch) -> pa.StringArray:
    """Return the ids of a batch's cases as text, null where there is none.

    Raises:
        TongchouError: `grouping.case_column` if they cannot be written as text.
    """
    ids = batch.column("case_id")
    try:
        return ids.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise _not_values("case_id", ids.type) from error


_NAMED = ("sex", *MARKS, *WORDS)
_LISTS = (
    pa.types.is_list,
    pa.types.is_large_list,
    pa.types.is_fixed_size_list,
)
# List views are not among them: Arrow casts them to lists whose offsets may be too short for the kernel.
_TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)


def _text_of_lists(kind: pa.DataType) -> pa.DataType | None:
    """Return the type of text that lists are read as, `None` for what is no list of text."""
    if not any(is_list(kind) for is_list in _LISTS):
        return None
    value = kind.value_type
    if pa.types.is_dictionary(value):
        return value if any(is_text(value.value_type) for is_text in _TEXTS) else None
    return pa.string() if any(is_text(value) for is_text in _TEXTS) else None


def _whole_numbers(column: pa.Array) -> Small:
    if column.type == pa.uint64():
        column = pc.min_element_wise(column, pa.scalar(HIGHEST, pa.uint64()), skip_nulls=False)
    if not pa.types.is_signed_integer(column.type):
        column = column.cast(pa.int64())
    if column.null_count:
        column = pc.fill_null(column, UNKNOWN)
    values = numpy_of(column)
    if values.dtype.itemsize > np.dtype(np.int32).itemsize:
        values = np.clip(values, UNKNOWN, HIGHEST)
    return values.astype(np.int32)


def _not_values(column: str, kind: pa.DataType) -> TongchouError:
    return TongchouError(
        "grouping.case_column",
        what=Text(f"列 {column} 无法读取", f"the column {column} cannot be read"),
        where=column,
        why=Text(f"它的类型是 {kind}，应为单个的数或文本", f"its type is {kind}; it should be single numbers or texts"),
        remedy=Text("每例一个值，文本用 UTF-8 编码", "give one value a case, text in UTF-8"),
    )


def _not_lists(column: str, kind: pa.DataType) -> TongchouError:
    return TongchouError(
        "grouping.case_column",
        what=Text(f"列 {column} 不是编码列表", f"the column {column} is not a list of codes"),
        where=column,
        why=Text(f"它的类型是 {kind}，应为文本的列表", f"its type is {kind}; it should be lists of text"),
        remedy=Text("改为列表，主要编码在前", "make it a list, the principal code first"),
    )
