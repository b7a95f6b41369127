"""The files of a batch: found, named, opened, every problem of theirs reported at once."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tongchou.core.errors import Problems, TongchouError
from tongchou.intake import refusals
from tongchou.intake.csv_file import open_csv_file
from tongchou.intake.parquet_file import open_parquet_file
from tongchou.intake.raw import TableFile
from tongchou.privacy.redaction import said_file_name
from tongchou.schema.contract import Table
from tongchou.schema.tables import INPUT_TABLES

_TABLES = {table.name: table for table in INPUT_TABLES}
_ORDER = list(_TABLES)
_OPEN: dict[str, Callable[[Path, str, Table], TableFile]] = {".csv": open_csv_file, ".parquet": open_parquet_file}


def open_files(paths: Sequence[Path]) -> list[TableFile]:
    """Open the files handed in, in the order of their tables, then of their names.

    Args:
        paths: Files, or folders whose files are all meant, with those of the folders in them; hidden files are not.

    Raises:
        Problems: Everything that is wrong with any of the files as a whole.
    """
    opened: list[TableFile] = []
    problems: list[TongchouError] = [] if paths else [refusals.no_files("-")]
    for path, name in _named(paths, problems):
        try:
            opened.append(_open(path, name))
        except TongchouError as problem:
            problems.append(problem)
    if problems:
        raise Problems(problems)
    return sorted(opened, key=lambda file: (_ORDER.index(file.table.name), file.name, file.digest))


def _named(paths: Sequence[Path], problems: list[TongchouError]) -> Iterator[tuple[Path, str]]:
    """Yield each file once, with its path below the folder that was given as its name."""
    seen: set[Path] = set()
    for path in paths:
        named = named_files(path)
        if path.is_dir() and not named:
            problems.append(refusals.no_files(str(path)))
        elif not path.exists():
            problems.append(refusals.no_such_file(str(path)))
        for file, name in named:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file, said_file_name(name)


def named_files(path: Path) -> list[tuple[Path, str]]:
    """Return a file with its name, or the files of a folder with their paths below it; hidden ones are left out."""
    if path.is_file():
        return [(path, path.name)]
    found = sorted(file for file in path.rglob("*") if file.is_file() and not _is_hidden(file, path))
    return [(file, file.relative_to(path).as_posix()) for file in found]


def names_a_table(path: Path) -> bool:
    """Return whether a file's name is that of a file of one of our tables."""
    return _stem(path) in _TABLES and path.suffix.lower() in _OPEN


def _stem(path: Path) -> str:
    return path.name.split(".")[0].split("-")[0]


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _open(path: Path, name: str) -> TableFile:
    stem = _stem(path)
    if stem not in _TABLES:
        raise refusals.unknown_table(name, stem)
    if path.suffix.lower() not in _OPEN:
        raise refusals.unknown_format(name)
    return _OPEN[path.suffix.lower()](path, name, _TABLES[stem])
