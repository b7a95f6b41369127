"""Searching everything that was written for words, in every way in which bytes may hold them."""

import base64
import html
import json
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import polars as pl

_AT_ONCE = 16 << 20
_OVERLAP = 1 << 10
_TELLING = 3


def written_forms(word: str) -> set[bytes]:
    """Return the bytes by which a word may stand in a file."""
    forms = {word.encode(encoding) for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")}
    forms |= set(_in_base64(word))
    escaped = json.dumps(word)[1:-1]
    spelled = [escaped, escaped.upper().replace("\\U", "\\u"), quote(word, safe=""), quote(word, safe="").lower()]
    spelled += ["".join(f"&#{ord(each)};" for each in word), html.escape(word)]
    spelled += ["".join(f"&#x{ord(each):{case}};" for each in word) for case in "xX"]
    return forms | {each.encode() for each in spelled} | {repr(word.encode())[2:-1].encode()}


def _in_base64(word: str) -> Iterator[bytes]:
    """Yield what is the same of a word in Base64 wherever it begins, plain and for addresses."""
    content = word.encode()
    for before in range(3):
        length = len(content) - (len(content) + before) % 3
        coded = base64.b64encode(b"\0" * before + content[:length])[-(-before * 8 // 6) if before else 0 :]
        yield coded
        yield coded.translate(bytes.maketrans(b"+/", b"-_"))


class Searcher:
    """Looks for many words at once.

    Args:
        words: What must not be found.
        beginnings: What they begin with: there are few of these, so that most of what is searched is done with soon.
    """

    def __init__(self, words: Iterable[str], beginnings: Sequence[str]) -> None:
        known = list(words)
        assert all(word.startswith(tuple(beginnings)) for word in known)
        self._word = {form.decode("latin-1"): word for word in known for form in written_forms(word)}
        self._forms = pl.Series([list(self._word)])
        begun = {form.decode("latin-1") for each in beginnings for form in written_forms(each) if len(form) > _TELLING}
        self._beginnings = pl.Series([list(begun)])

    def found(self, content: bytes) -> list[str]:
        """Return the words that stand in some bytes, each once."""
        met: set[str] = set()
        for start in range(0, len(content), _AT_ONCE):
            text = pl.Series([content[start : start + _AT_ONCE + _OVERLAP].decode("latin-1")])
            if text.str.contains_any(self._beginnings)[0]:
                met |= {self._word[each] for each in text.str.extract_many(self._forms, overlapping=True)[0]}
        return sorted(met)

    def found_in(self, contents: Sequence[tuple[str, bytes]]) -> dict[str, list[str]]:
        """Return the words that stand in some contents, by the content's name; those without any are left out."""
        met: dict[str, list[str]] = {}
        group: list[tuple[str, bytes]] = []
        for each in (*contents, None):
            if each is not None:
                group.append(each)
            if each is None or sum(len(content) for _, content in group) > _AT_ONCE // 4:
                # Many are small: together they are searched as fast as one.
                if group and self.found(b"\n".join(content for _, content in group)):
                    met |= {name: words for name, content in group if (words := self.found(content))}
                group = []
        return met


def everything_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and bytes of every file below a folder, and the values within those that hold them packed."""
    for file in sorted(folder.rglob("*")):
        name = str(file.relative_to(folder))
        yield f"name of {name}", name.encode()
        if file.is_file():
            content = file.read_bytes()
            yield name, content
            yield from within(name, file, content)


def within(name: str, file: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what a file holds packed: the columns of Parquet, the rows of a database, the parts of a workbook."""
    if content[:4] == b"PAR1":
        for column in pl.read_parquet(file):
            texts = column.cast(pl.String, strict=False) if not column.dtype.is_nested() else _told(column)
            yield f"{name}: {column.name}", "\n".join(texts.drop_nulls().unique().to_list()).encode()
    elif content[:15] == b"SQLite format 3":
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            yield f"{name}: rows", "\n".join(database.iterdump()).encode()
    elif content[:2] == b"PK":
        with zipfile.ZipFile(file) as packed:
            for part in packed.namelist():
                yield f"{name}: {part}", packed.read(part)


def _told(column: pl.Series) -> pl.Series:
    return pl.Series([repr(each) for each in column.to_list()], dtype=pl.String)
