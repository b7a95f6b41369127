"""Which parameters the program reads: those whose name stands in its source."""

import re
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

_NAME = re.compile(r'"([a-z0-9_]+(?:/[a-z0-9_]+)+)"')


@cache
def names_in_code() -> frozenset[str]:
    """Return every text of the program's source that has the form of a parameter's name."""
    return frozenset(name for text in _sources(resources.files("tongchou")) for name in _NAME.findall(text))


def _sources(folder: Traversable) -> list[str]:
    texts: list[str] = []
    for each in folder.iterdir():
        if each.is_dir():
            texts += _sources(each)
        elif each.name.endswith(".py"):
            texts.append(each.read_text(encoding="utf-8"))
    return texts
