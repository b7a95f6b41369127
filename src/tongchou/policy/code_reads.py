"""Which parameters the program reads: those whose name, or the path above it, stands in its source."""

import re
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

_NAME = re.compile(r'"([a-z0-9_]+(?:/[a-z0-9_]+)+)(?:"|/\{|/")')
"""A name, or a path that names are put together from: `"a/b"`, `f"a/b/{…}"`, `"a/b/"`."""

_LEAST_PARTS = 2
"""Parts of the shortest path that names are put together from."""


def is_read(name: str) -> bool:
    """Return whether the program reads a parameter, as far as its source tells."""
    parts = name.split("/")
    paths = ("/".join(parts[:length]) for length in range(_LEAST_PARTS, len(parts) + 1))
    return not _texts().isdisjoint(paths)


@cache
def _texts() -> frozenset[str]:
    """Return every text of the program's source that has the form of a parameter's name or of a path to some."""
    return frozenset(name for text in _sources(resources.files("tongchou")) for name in _NAME.findall(text))


def _sources(folder: Traversable) -> list[str]:
    texts: list[str] = []
    for each in folder.iterdir():
        if each.is_dir():
            texts += _sources(each)
        elif each.name.endswith(".py"):
            texts.append(each.read_text(encoding="utf-8"))
    return texts
