"""Text columns to numbers: the compiled loop over a hash table, and a slower answer for what the table lacks."""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.grouping.engine.arrow_arrays import numpy_of, whole_numbers
from tongchou.grouping.engine.arrow_arrays import texts as arrow_texts
from tongchou.grouping.engine.kernel import KEY_WORDS, LONGEST_CODE, encode, fill

Small = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]

_SPARE = 2
"""Slots of the hash table for each text that it holds: few collisions, still in the cache."""

_MOST_HELD = 1_000_000


class TextIndex:
    """Finds the number of a text, remembering those that it was told.

    Args:
        numbers: Returns the numbers, from 0 upwards, of texts that the index does not hold.
        known: The texts that it holds from the start, by number. Empty text and null are 0.
    """

    def __init__(self, numbers: Callable[[Sequence[str]], Sequence[int]], known: Mapping[str, int]) -> None:
        self._numbers = numbers
        self._lock = Lock()
        self._held = dict(known)
        self._hash = _hashed(self._held)

    def encode(self, texts: pa.StringArray) -> Small:
        """Return the number of each text."""
        if texts.null_count:
            texts = pc.fill_null(texts, "")
        numbers = np.zeros(len(texts), dtype=np.int32)
        if not len(texts):
            return numbers
        data, offsets = _buffers(texts)
        missed = np.empty(len(texts), dtype=np.int32)
        lacking = encode(self._hash, data, offsets, numbers, missed)
        if lacking:
            places = missed[:lacking]
            numbers[places] = self._look_up(texts.take(whole_numbers(places)))
        return numbers

    def _look_up(self, texts: pa.StringArray) -> Small:
        encoded = texts.dictionary_encode()
        # A file may call bytes a text that are none.
        distinct = [text.decode(errors="replace") for text in encoded.dictionary.cast(pa.binary()).to_pylist()]
        numbers = self._numbers(distinct)
        with self._lock:
            if len(self._held) < _MOST_HELD and not all(text in self._held for text in distinct):
                self._held.update(zip(distinct, numbers, strict=True))
                self._hash = _hashed(self._held)
        return np.array(numbers, dtype=np.int32)[numpy_of(encoded.indices)]


def _hashed(held: Mapping[str, int]) -> Words:
    short = {text: number for text, number in held.items() if 0 < len(text.encode()) <= LONGEST_CODE}
    capacity = 1 << (_SPARE * len(short) + 1).bit_length()
    hashed = np.zeros((capacity, KEY_WORDS + 1), dtype=np.uint64)
    data, offsets = _buffers(arrow_texts(list(short)))
    fill(hashed, data, offsets, np.array(list(short.values()), dtype=np.int32))
    return hashed


def _buffers(texts: pa.StringArray) -> tuple[npt.NDArray[np.uint8], Small]:
    _, offsets, data = texts.buffers()
    content = np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.zeros(1, dtype=np.uint8)
    ends = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    # numba compiles for arrays that may be written to and for those that may not: one kind only.
    content.flags.writeable = False
    return content, ends
