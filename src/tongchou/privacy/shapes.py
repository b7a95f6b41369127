"""What identity values look like, as the pack `privacy/identity.yaml` says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Shapes:
    """Patterns that both Python and Polars read; none is anchored unless it is meant for whole values.

    Attributes:
        in_text: A number with what stands before (group 1) and behind it (group 2), somewhere in a text.
        inside: A resident id number within a longer run of digits.
        whole: A value that is a person's number and nothing else.
        whole_in_records: The same where numbers of records are due, which may look alike.
        name: A value that is the name of a person and nothing else.
        words: Values that look like names and are none.
        longest_text: The longest text, in characters, that is no note.
        longest_kept: The longest text, in characters, that is kept of a row as received.
        implausible: Grade to the whole number from which on no value is one of that grade.
        not_names: Columns that may hold places and institutions.
    """

    in_text: str
    inside: str
    whole: str
    whole_in_records: str
    name: str
    words: tuple[str, ...]
    longest_text: int
    longest_kept: int
    implausible: Mapping[str, int]
    not_names: frozenset[str]


@cache
def identity_shapes() -> Shapes:
    """Return the shapes of the built-in pack."""
    pack = files("tongchou").joinpath("packs", "privacy", "identity.yaml")
    content: dict[str, Any] = yaml.safe_load(pack.read_text(encoding="utf-8"))
    any_number = _either(content["numbers"].values())
    given = r"\p{Han}{1,2}"
    surname = _either([*content["compound_surnames"], f"[{content['surnames']}]"])
    return Shapes(
        in_text=rf"(^|[^\d]){any_number}($|[^\dXx])".replace(r"\p{Han}", _HAN),
        inside=content["inside"],
        whole=rf"^{any_number}$",
        whole_in_records=rf"^{_either(content['in_numbers_of_records'].values())}$",
        name=rf"^(?:{surname}{given}|{_HAN}{{2,}}[·•]{_HAN}+)$".replace(r"\p{Han}", _HAN),
        words=tuple(content["words"]),
        longest_text=content["longest_text"],
        longest_kept=content["longest_kept"],
        implausible=content["implausible"],
        not_names=frozenset(content["not_names"]),
    )


@cache
def word_endings() -> frozenset[str]:
    """Return the characters that words end in which look like names and are none."""
    pack = files("tongchou").joinpath("packs", "privacy", "identity.yaml")
    return frozenset(yaml.safe_load(pack.read_text(encoding="utf-8"))["word_endings"])


_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ffff]"


def _either(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"
