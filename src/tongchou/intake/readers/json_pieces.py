"""The documents of a JSON file as pieces of bytes: one after another, whatever the size of the file."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

MOST_BYTES = 8 << 20
"""The greatest size of a document; a larger one is set aside by its size and never held."""

_CHUNK = 1 << 20
_UTF8_MARK = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_SEPARATORS = re.compile(rb"[\s,\xef\xbb\xbf]*+")
# What stands before the next bracket or the next string that does not end here: whole strings are passed over at once.
_TO_TOKEN = re.compile(rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]"])', re.DOTALL)
_TO_QUOTE = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_OPENING = (b"{", b"[")


@dataclass(frozen=True, slots=True)
class Piece:
    """What should be a document.

    Attributes:
        place: Where it stands: `line 17`, `[17]`.
        size: Its length in bytes.
        content: The bytes, in UTF-8 whatever the file is in; None where there are more than `MOST_BYTES`.
    """

    place: str
    size: int
    content: bytes | None


def pieces(path: Path, name: str) -> Iterator[Piece]:
    """Yield the documents of a file of one object, of an array, or of an object a line, in order.

    A line that is no document hides no other one; in an array or a document over several lines, what follows a
    bracket that is never closed belongs to the document that it stands in.

    Raises:
        TongchouError: `intake.json_file` if there is nothing in the file that could be JSON.
    """
    with path.open("rb") as file:
        head = file.read(_CHUNK)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or not head.removeprefix(_UTF8_MARK).strip():
            raise _no_json(name)
        if b"{" not in head and len(head) < _CHUNK:
            raise _no_json(name)
        encoding = _likely_encoding(file)
        file.seek(0)
        yield from _lines(file, encoding) if _is_by_line(head) else _Tree().pieces(file, encoding)


def _likely_encoding(file: BufferedReader) -> str:
    """Return `utf-8` or `gb18030`, whichever the first megabyte that is not plain ASCII is less damaged in."""
    file.seek(0)
    while (chunk := file.read(_CHUNK)).isascii() and chunk:
        pass
    faults = {encoding: chunk.decode(encoding, "replace").count("\ufffd") for encoding in ("utf-8", "gb18030")}
    return min(faults, key=lambda encoding: faults[encoding])


def _no_json(name: str) -> TongchouError:
    return TongchouError(
        "intake.json_file",
        what=Text("文件里没有 JSON 文档", "there is no JSON document in the file"),
        where=name,
        why=Text(
            "接口文件须为 UTF-8 或 GBK 的 JSON：一个对象、一个数组，或每行一个对象",
            "an interface file is JSON in UTF-8 or GBK: one object, one array, or an object a line",
        ),
        remedy=Text("从医院系统重新导出 JSON", "export it as JSON from the hospital's system again"),
    )


def _is_by_line(head: bytes) -> bool:
    """Tell an object a line from a document over several lines: only there does a later line begin with an object."""
    text = head.removeprefix(_UTF8_MARK).lstrip(_BLANK)
    if not text.startswith((b"{", b"[")) or b'\n{"' in text:
        return not text.startswith(b"[")
    first, newline, rest = text.partition(b"\n")
    return text.startswith(b"{") and (not newline or not rest.strip() or first.rstrip().endswith(b"}"))


def _lines(file: BufferedReader, encoding: str) -> Iterator[Piece]:
    number = 0
    while line := file.readline(MOST_BYTES + 1):
        number += 1
        if len(line) <= MOST_BYTES or line.endswith(b"\n"):
            content = line.removeprefix(_UTF8_MARK).strip(_BLANK)
            if content:
                yield Piece(f"line {number}", len(content), _in_utf8(content, encoding))
            continue
        size = len(line)
        while not line.endswith(b"\n") and (line := file.readline(_CHUNK)):
            size += len(line)
        yield Piece(f"line {number}", size, None)


class _Tree:
    """Splits a stream at the ends of its documents, by the depth of brackets outside strings."""

    def __init__(self) -> None:
        self._depth = 0
        self._floor = 0  # the depth between documents: 1 inside an array of them
        self._in_string = False
        self._parts: list[bytes] = []
        self._size = 0
        self._number = 0

    def pieces(self, file: BufferedReader, encoding: str) -> Iterator[Piece]:
        for chunk in _whole_escapes(_recoded(file, encoding)):
            yield from self._split(chunk)
        yield from self._end()

    def _split(self, chunk: bytes) -> Iterator[Piece]:
        start = position = 0
        while found := (_TO_QUOTE if self._in_string else _TO_TOKEN).match(chunk, position):
            position = found.end()
            if self._in_string:
                self._in_string = False
                continue
            token = found[1]
            if token == b'"':
                self._in_string = True
            elif token in _OPENING:
                if self._depth == self._floor:
                    self._keep(chunk[start : position - 1])
                    yield from self._end()
                    start = position - 1
                    if token == b"[" and self._depth == 0:
                        self._floor, start = 1, position
                self._depth += 1
            elif self._depth == self._floor:
                self._keep(chunk[start : position - 1])
                yield from self._end()
                self._depth = self._floor = 0
                start = position
            else:
                self._depth -= 1
                if self._depth == self._floor:
                    self._keep(chunk[start:position])
                    yield from self._end()
                    start = position
        self._keep(chunk[start:])

    def _keep(self, part: bytes) -> None:
        if self._size == 0:
            part = part[_SEPARATORS.match(part).end() :]  # type: ignore[union-attr]  # it matches nothing at least
        self._size += len(part)
        if self._size > MOST_BYTES:
            self._parts.clear()
        elif part:
            self._parts.append(part)

    def _end(self) -> Iterator[Piece]:
        if self._size:
            self._number += 1
            content = b"".join(self._parts) if self._size <= MOST_BYTES else None
            yield Piece(f"[{self._number}]", self._size, content)
        self._parts, self._size = [], 0


def _in_utf8(content: bytes, encoding: str) -> bytes:
    # What is damaged stays damaged: the bytes that are no character come out as they went in.
    if encoding == "utf-8" or content.isascii():
        return content
    return content.decode(encoding, "surrogateescape").encode("utf-8", "surrogateescape")


def _recoded(file: BufferedReader, encoding: str) -> Iterator[bytes]:
    """Yield the file in UTF-8: in GBK a backslash can be the second half of a character."""
    if encoding == "utf-8":
        while chunk := file.read(_CHUNK):
            yield chunk
        return
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
    while chunk := file.read(_CHUNK):
        yield decoder.decode(chunk).encode("utf-8", "surrogateescape")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")


def _whole_escapes(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Move a backslash at the end of a chunk to the next one, so that no escape is cut in two."""
    held = b""
    for chunk in chunks:
        whole = held + chunk
        held = b"\\" if (len(whole) - len(whole.rstrip(b"\\"))) % 2 else b""
        yield whole[: len(whole) - len(held)]
    if held:
        yield held
