"""Files of documents: told apart from files of our own tables, and known by their content."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_file
from tongchou.core.text import Text
from tongchou.intake.deliveries.insured_persons import is_register
from tongchou.intake.files import named_files, names_a_table
from tongchou.intake.readers.reader import HEAD_BYTES, Reader
from tongchou.privacy.redaction import said_file_name


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A file of documents.

    Attributes:
        path: The file.
        name: How it is called in findings.
        digest: SHA-256 of its bytes.
        reader: What reads it.
    """

    path: Path
    name: str
    digest: str
    reader: Reader


@dataclass(frozen=True, slots=True)
class Sorted:
    """Files handed in, by what they are.

    Attributes:
        documents: Files of documents, each content once, by the time of their last
            change, then by their content.
        registers: Registers of insured persons.
        tables: Files of our own tables, and those that nobody knows: what reads tables says what is wrong with them.
        copies: Names of files whose content another file of the call has, to that file's name.
    """

    documents: tuple[DocumentFile, ...]
    registers: tuple[Path, ...]
    tables: tuple[Path, ...]
    copies: Mapping[str, str]


def sort_files(paths: Sequence[Path], readers: Mapping[str, Reader], chosen: str | None = None) -> Sorted:
    """Tell files of documents from files of tables.

    A file whose name is that of a table is one of a table, unless a format is chosen.

    Args:
        paths: Files, or folders whose files are all meant.
        readers: The readers by name.
        chosen: The name of the format that every file has; None to recognise it.

    Raises:
        TongchouError: `intake.no_such_format` for a format that no reader has.
    """
    if chosen is not None and chosen not in readers:
        raise _no_such_format(chosen, readers)
    found: dict[str, DocumentFile] = {}
    copies: dict[str, str] = {}
    registers: list[Path] = []
    tables: list[Path] = []
    for path, name in _named(paths, tables):
        if chosen is None and is_register(path):
            registers.append(path)
            continue
        reader = readers[chosen] if chosen else _reader_of(path, readers)
        if reader is None:
            tables.append(path)
            continue
        file = DocumentFile(path, said_file_name(name), hash_file(path), reader)
        earlier = found.setdefault(file.digest, file)
        if earlier is not file:
            copies[file.name] = earlier.name
    # A correction is written after what it corrects; of files written at one time the order follows their content.
    ordered = sorted(found.values(), key=lambda file: (file.path.stat().st_mtime_ns, file.digest))
    return Sorted(tuple(ordered), tuple(registers), tuple(tables), copies)


def _named(paths: Sequence[Path], missing: list[Path]) -> Iterator[tuple[Path, str]]:
    """Yield every file that is there; what is not there is left to whoever reads tables to complain of."""
    for path in paths:
        if path.exists():
            yield from named_files(path)
        if not path.exists() or (path.is_dir() and not list(named_files(path))):
            missing.append(path)


def _reader_of(path: Path, readers: Mapping[str, Reader]) -> Reader | None:
    if names_a_table(path):
        return None
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    suffix = path.suffix.lower()
    for reader in readers.values():
        if suffix in reader.suffixes and reader.recognises(path, head):
            return reader
    return None


def _no_such_format(name: str, readers: Mapping[str, Reader]) -> TongchouError:
    listed = [f"{each.name}（{each.title.zh}）" for each in readers.values()]
    return TongchouError(
        "intake.no_such_format",
        what=Text(f"没有名为 {name} 的格式", f"there is no format named {name}"),
        where="--format",
        why=Text("可用的格式：" + "、".join(listed), "formats are: " + ", ".join(readers)),
        remedy=Text("改用其中之一，或省略以自动识别", "use one of them, or leave it out to have it recognised"),
    )
