"""Ids and coded texts as Arrow columns, made from numbers without a Python string per row."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Integers = npt.NDArray[np.int64]


def numbered(prefix: str, numbers: Integers, digits: int) -> pa.Array:
    """Return `prefix` followed by each number with leading zeros, e.g. `C0000000017`.

    Numbers must not be negative nor need more than `digits` digits.
    """
    width = len(prefix) + digits
    text = np.empty((numbers.size, width), dtype=np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    rest = numbers.copy()
    for place in range(width - 1, len(prefix) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        text[:, place] = digit + ord("0")
    offsets = np.arange(numbers.size + 1, dtype=np.int32) * np.int32(width)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.string(), numbers.size, buffers)


def numbered_or_null(prefix: str, numbers: Integers, digits: int) -> pa.Array:
    """Return ids as `numbered` does, null where the number is negative."""
    ids = numbered(prefix, np.maximum(numbers, 0), digits)
    return ids.filter(pa.array(numbers >= 0)).take(_places(numbers >= 0))


def coded(values: Sequence[str | None], index: npt.NDArray[np.integer]) -> pa.Array:
    """Return the text at each index."""
    return pa.array(values, type=pa.string()).take(pa.array(index))


def dates(days: Integers, is_known: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Return days since 1970-01-01 as dates, null where not known."""
    mask = None if is_known is None else ~is_known
    return pa.array(days.astype(np.int32), type=pa.int32(), mask=mask).cast(pa.date32())


def _places(is_there: npt.NDArray[np.bool_]) -> pa.Array:
    places = np.cumsum(is_there) - 1
    return pa.array(places, mask=~is_there)
