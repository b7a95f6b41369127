"""The names of what persons' rows are read for, where the page itself says it."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from tongchou.core.text import Text


@cache
def reading_purposes() -> Mapping[str, Text]:
    """Return the names of the built-in purposes by the word that the audit keeps."""
    pack = files("tongchou").joinpath("packs", "access", "reading_purposes.yaml")
    return {word: Text(**name) for word, name in yaml.safe_load(pack.read_text(encoding="utf-8")).items()}


def purpose_title(word: str) -> Text:
    """Return the name of a purpose; what somebody wrote himself reads as he wrote it."""
    return reading_purposes().get(word, Text.plain(word))
