"""Where the messages of a file begin and end: MLLP frames, batches, and segments that end with CR, LF or both."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from tongchou.core.text import Text
from tongchou.intake.documents.gathering import UnreadableDocument

LARGEST = 64 << 20
"""Greatest length of a message in bytes, and so of a segment."""

_BLOCK = 1 << 20
_ENDS = b"\r\n\x0b\x1c"
_PIECE = re.compile(rb"[\x0b\x1c]|[\r\n]+|[^\r\n\x0b\x1c]+")
_BATCH_HEADER = re.compile(rb"(FHS|BHS)[^A-Za-z0-9\s]")
_BATCH_TRAILER = re.compile(rb"(FTS|BTS)(?:[^A-Za-z0-9\s]\s*(\d*)|\s*$)")
_HEADER = re.compile(rb"MSH[^A-Za-z0-9\s]")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A message in a file: its number, where it begins and how long it is, in bytes."""

    number: int
    start: int
    length: int

    def read(self, file: BinaryIO) -> bytes:
        """Return its bytes."""
        file.seek(self.start)
        return file.read(self.length)


def stretches(file: BinaryIO) -> Iterator[Stretch | UnreadableDocument]:
    """Yield the messages of a file in order; none is held whole.

    What stands before the first header, a frame that is not closed, a batch that is not closed or that says another
    number of messages than it has, and a segment that is too long are each yielded as what could not be read.
    """
    cutting = _Cutting()
    end = 0
    for start, token, length in _tokens(file):
        yield from cutting.take(start, token, length)
        end = start + length
    yield from cutting.end(end)


class _Cutting:
    """What is known while going through a file."""

    def __init__(self) -> None:
        self._number = 0
        self._begun: int | None = None
        self._last = 0
        self._in_frame = False
        self._is_too_long = False
        self._batches: list[tuple[str, int]] = []
        self._strays = 0

    def take(self, start: int, token: bytes, length: int) -> Iterator[Stretch | UnreadableDocument]:
        text = token.removeprefix(_BOM) if start == 0 else token.lstrip()
        if token in {b"\x0b", b"\x1c"}:
            yield from self._close(is_whole=token == b"\x1c" or not self._in_frame)
            self._in_frame = token == b"\x0b"
        elif _HEADER.match(text):
            yield from self._close(is_whole=True)
            self._number += 1
            self._begun = start + len(token) - len(text)
            self._is_too_long = length > LARGEST
        elif found := _BATCH_HEADER.match(text):
            yield from self._close(is_whole=True)
            self._batches.append((found[1].decode(), self._number))
        elif found := _BATCH_TRAILER.match(text):
            yield from self._close(is_whole=True)
            yield from self._close_batch(found[1].decode(), found[2] or b"")
        elif self._begun is None:
            self._strays += length if token.strip() else 0
        elif length > LARGEST:
            self._is_too_long = True
        self._last = start + length

    def end(self, end: int) -> Iterator[Stretch | UnreadableDocument]:
        self._last = end
        yield from self._close(is_whole=not self._in_frame)
        yield from self._say_strays()
        for name, _ in self._batches:
            yield UnreadableDocument(
                name, Text("批次没有结尾段，文件可能被截断", "the batch has no trailer: the file may be cut off")
            )

    def _close(self, *, is_whole: bool) -> Iterator[Stretch | UnreadableDocument]:
        yield from self._say_strays()
        if self._begun is None:
            return
        stretch = Stretch(self._number, self._begun, self._last - self._begun)
        self._begun = None
        if not is_whole:
            words = Text("MLLP 帧没有结束，消息被截断", "its MLLP frame has no end: the message is cut off")
            yield UnreadableDocument(f"message {stretch.number}", words, stretch.length)
        elif self._is_too_long or stretch.length > LARGEST:
            words = Text("消息过长", "the message is too long")
            yield UnreadableDocument(f"message {stretch.number}", words, stretch.length)
        else:
            yield stretch

    def _say_strays(self) -> Iterator[UnreadableDocument]:
        if self._strays:
            place = f"after message {self._number}" if self._number else "before message 1"
            words = Text("此处内容不属于任何消息（缺 MSH 段）", "this belongs to no message: there is no MSH segment")
            yield UnreadableDocument(place, words, self._strays)
            self._strays = 0

    def _close_batch(self, name: str, declared: bytes) -> Iterator[UnreadableDocument]:
        opener = {"BTS": "BHS", "FTS": "FHS"}[name]
        begun = 0
        while self._batches:
            header, begun = self._batches.pop()
            if header == opener:
                break
        held = self._number - begun
        if name == "BTS" and declared and int(declared[:9]) != held:
            words = Text(
                f"批次声明的消息数与实有的 {held} 条不符", f"the batch says another number of messages than its {held}"
            )
            yield UnreadableDocument(f"BTS after message {self._number}", words)


def _tokens(file: BinaryIO) -> Iterator[tuple[int, bytes, int]]:
    """Yield segments and frame bytes: their place, their beginning, and their length.

    Of what is longer than `LARGEST` only the beginning is held.
    """
    position, begun, length = 0, 0, 0
    kept: list[bytes] = []
    while True:
        file.seek(position)  # whoever reads a message meanwhile moves on
        block = file.read(_BLOCK)
        if not block:
            break
        for found in _PIECE.finditer(block):
            piece = found[0]
            if piece[0] not in _ENDS:
                begun = begun if length else position + found.start()
                if length < LARGEST:
                    kept.append(piece)
                length += len(piece)
                continue
            if length:
                yield begun, b"".join(kept), length
                kept, length = [], 0
            if piece in {b"\x0b", b"\x1c"}:
                yield position + found.start(), piece, 1
        position += len(block)
    if length:
        yield begun, b"".join(kept), length
