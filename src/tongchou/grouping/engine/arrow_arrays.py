"""Arrow arrays made of NumPy's and Python's own, and back.

`pyarrow.array` and `to_numpy` first import pandas, where it is installed, to see whether they were given a column of
it; a command that groups a small file would wait longer for that than for its groups.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def whole_numbers(numbers: npt.NDArray[np.int16] | npt.NDArray[np.int32]) -> pa.Array:
    """Return 16-bit or 32-bit numbers as an Arrow array."""
    kind = pa.int16() if numbers.dtype == np.int16 else pa.int32()
    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(np.ascontiguousarray(numbers))])


def texts(written: Sequence[str]) -> pa.StringArray:
    """Return texts as an Arrow array."""
    encoded = [text.encode() for text in written]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int32)
    np.cumsum([len(text) for text in encoded], out=offsets[1:])
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded)))


def numpy_of(column: pa.Array) -> npt.NDArray[np.integer[Any]]:
    """Return an Arrow array of whole numbers that holds no null as a NumPy array over the same memory."""
    if not len(column):
        return np.zeros(0, dtype=str(column.type))
    values = np.frombuffer(column.buffers()[1], dtype=str(column.type))
    return values[column.offset : column.offset + len(column)]
