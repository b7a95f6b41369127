"""Files of FHIR: one bundle or resource, or one of them in a line."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import KEY_GIVEN_TWICE
from tongchou.intake.documents.gathering import UnreadableDocument
from tongchou.intake.readers.fhir.collection import Collection
from tongchou.intake.readers.fhir.resources import (
    NAMED_TYPES,
    REFERRAL_TYPE,
    STAY_TYPES,
    Entry,
    InvalidResourceError,
    entry_of,
    parse,
)
from tongchou.intake.readers.given_twice import GivenTwice

LARGEST = 64 << 20
"""Greatest length of a bundle or a line, in bytes: it is read as a whole."""

_READ = STAY_TYPES | NAMED_TYPES | {REFERRAL_TYPE}
_LINES = frozenset({".ndjson", ".jsonl"})


def collections(path: Path, name: str, ignored: Counter[str]) -> Iterator[Collection | UnreadableDocument]:
    """Yield what refers to each other in a file: each bundle, and all resources that stand in lines of their own.

    Of the latter only their places are held; their content is read again when its document is made.

    Raises:
        TongchouError: `intake.fhir_not_json`, `intake.fhir_too_large` or `intake.key_given_twice` for a file that is
            not in lines.
    """
    with path.open("rb") as file:
        if path.suffix.lower() in _LINES or _is_in_lines(file):
            yield from _of_lines(file, ignored)
        else:
            yield from _of_bundle(_whole(path, name), "", ignored)


def _of_lines(file: BinaryIO, ignored: Counter[str]) -> Iterator[Collection | UnreadableDocument]:
    alone: list[Entry] = []
    for number, start, length in _lines(file):
        place = f"line {number}"
        if length > LARGEST:
            yield UnreadableDocument(place, Text("这一行过长", "the line is too long"), length)
            continue
        content = _at(file, start, length)
        if not content.strip():
            continue
        try:
            found = parse(content)
        except ValueError:
            yield UnreadableDocument(place, Text("不是完整的 JSON", "it is no whole JSON"), length)
            continue
        except GivenTwice as problem:
            yield UnreadableDocument(place, problem.reason, length, KEY_GIVEN_TWICE)
            continue
        if isinstance(found, dict) and found.get("resourceType") == "Bundle":
            yield from _of_bundle(found, f"{place} ", ignored)
            continue
        try:
            _keep(alone, entry_of(place, found, _reading(file, start, length)), ignored)
        except InvalidResourceError as error:
            yield UnreadableDocument(place, error.reason, length)
    if alone:
        yield Collection(alone)


def _of_bundle(bundle: Any, prefix: str, ignored: Counter[str]) -> Iterator[Collection | UnreadableDocument]:  # noqa: ANN401
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        listed: Any = [{"resource": bundle}]
        word = "resource"
    else:
        listed = bundle.get("entry", [])
        word = "Bundle.entry"
    if not isinstance(listed, list):
        yield UnreadableDocument(f"{prefix}{word}", Text("Bundle.entry 不是数组", "Bundle.entry is no array"))
        return
    entries: list[Entry] = []
    for index, each in enumerate(listed):
        place = f"{prefix}{word}[{index}]" if word == "Bundle.entry" else f"{prefix}{word}"
        if not isinstance(each, Mapping):
            yield UnreadableDocument(place, Text("条目不是对象", "the entry is no object"))
        elif "resource" not in each:
            ignored["Bundle.entry (no resource)"] += 1
        else:
            try:
                found = entry_of(place, each["resource"], _holding(each["resource"]), each.get("fullUrl"))
                _keep(entries, found, ignored)
            except InvalidResourceError as error:
                yield UnreadableDocument(place, error.reason)
    yield Collection(entries)


def _keep(entries: list[Entry], entry: Entry, ignored: Counter[str]) -> None:
    if entry.type in _READ:
        entries.append(entry)
    else:
        ignored[entry.type] += 1


def _lines(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Yield number, beginning and length of each line; none is held whole."""
    file.seek(0)
    number, start, length = 1, 0, 0
    while block := file.readline(1 << 20):
        length += len(block)
        if block.endswith(b"\n"):
            back = file.tell()
            yield number, start, length
            file.seek(back)
            number, start, length = number + 1, start + length, 0
    if length:
        yield number, start, length


def _at(file: BinaryIO, start: int, length: int) -> bytes:
    file.seek(start)
    return file.read(length)


def _reading(file: BinaryIO, start: int, length: int) -> Callable[[], Any]:
    return lambda: parse(_at(file, start, length))


def _holding(resource: Any) -> Callable[[], Any]:  # noqa: ANN401
    return lambda: resource


def _is_in_lines(file: BinaryIO) -> bool:
    """Return whether the file is in lines: its first line is whole JSON, and others follow."""
    line = file.readline(LARGEST + 1)
    if not line.endswith(b"\n") or not any(block.strip() for block in iter(lambda: file.read(1 << 20), b"")):
        return False
    try:
        parse(line)
    except ValueError:
        return False
    except GivenTwice:
        return True
    return True


def _whole(path: Path, name: str) -> Any:  # noqa: ANN401
    if path.stat().st_size > LARGEST:
        raise TongchouError(
            "intake.fhir_too_large",
            what=Text("FHIR 文件过大", "the FHIR file is too large"),
            where=name,
            why=Text(
                f"单个资源包须整体读入，上限 {LARGEST >> 20} MB",
                f"a bundle is read as a whole, up to {LARGEST >> 20} MB",
            ),
            remedy=Text("改用 NDJSON，每行一个资源包", "hand it in as NDJSON, one bundle in a line"),
        )
    try:
        return parse(path.read_bytes())
    except ValueError as error:
        place = f"{name}, byte {getattr(error, 'pos', 0)}"
    except GivenTwice as problem:
        raise _contradiction(name, problem.reason) from None
    raise TongchouError(
        "intake.fhir_not_json",
        what=Text("文件不是完整的 JSON", "the file is no whole JSON"),
        where=place,
        why=Text("内容不完整或不是 JSON", "it is cut off, or no JSON at all"),
        remedy=Text("将其重新导出为完整的 FHIR R4 JSON 或 NDJSON", "have it exported again, whole, as JSON or NDJSON"),
    )


def _contradiction(where: str, reason: Text) -> TongchouError:
    return TongchouError(
        "intake.key_given_twice",
        what=Text("文件自相矛盾", "the file contradicts itself"),
        where=where,
        why=reason,
        remedy=Text("只保留正确的一个取值，重新交入", "keep the value that is right and hand it in again"),
    )
