"""Finding diagnosis and procedure codes by a part of the code or of the name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tongchou.core.text import Text
from tongchou.grouping.review.list_codes import spelt_out
from tongchou.grouping.schemes.code_set import CodeSet
from tongchou.grouping.schemes.scheme import DIAGNOSES, OPERATIONS, OPERATIONS_2, Kind, Scheme

_SHORTEST = 2
_PRINCIPAL_ROLES = {"dx": (DIAGNOSES,), "op": (OPERATIONS, OPERATIONS_2)}


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """A code with its name; a code of a scheme's list has the name of the group that the list belongs to.

    Attributes:
        code: The code.
        name: The name.
        source: The code set or the scheme.
        owner: The group whose list it stands in; empty of a code set, which names the code itself.
    """

    code: str
    name: Text
    source: str
    owner: str = ""


class CodeIndex:
    """Codes of several sources, the first that has a code names it.

    Args:
        entries: By kind, in the order in which they are found.
    """

    def __init__(self, entries: Mapping[Kind, Iterable[CodeEntry]]) -> None:
        self._entries: dict[Kind, dict[str, CodeEntry]] = {}
        for kind, several in entries.items():
            known = self._entries.setdefault(kind, {})
            for entry in several:
                known.setdefault(entry.code, entry)
        self._sought = {
            kind: [
                (each.code.casefold(), f"{each.name.zh} {each.name.en}".casefold(), each)
                for each in sorted(known.values(), key=lambda entry: entry.code)
            ]
            for kind, known in self._entries.items()
        }

    def name_of(self, kind: Kind, code: str) -> Text | None:
        """Return the name of a code, or of the longest beginning of it that a source has; None where none has any."""
        return next((found.name for found in self._beginnings(kind, code)), None)

    def own_name_of(self, kind: Kind, code: str) -> Text | None:
        """Return the name that a code set has for a code, or for its longest beginning; None where none has any."""
        return next((found.name for found in self._beginnings(kind, code) if not found.owner), None)

    def _beginnings(self, kind: Kind, code: str) -> Iterator[CodeEntry]:
        known = self._entries[kind]
        return (known[code[:end]] for end in range(len(code), _SHORTEST - 1, -1) if code[:end] in known)

    def search(self, kind: Kind, words: str, most: int) -> list[CodeEntry]:
        """Return codes that begin with some words, then those whose name or code holds them."""
        wanted = words.strip().casefold()
        if not wanted:
            return []
        first: list[CodeEntry] = []
        further: list[CodeEntry] = []
        for code, name, entry in self._sought[kind]:
            if code.startswith(wanted):
                first.append(entry)
                if len(first) >= most:
                    break
            elif len(further) < most and (wanted in name or wanted in code):
                further.append(entry)
        return [*first, *further][:most]


def index_of(code_sets: Iterable[CodeSet], scheme: Scheme) -> CodeIndex:
    """Return the codes of the code sets at hand; what they lack, as the lists of a scheme write it."""
    sets = tuple(code_sets)
    kinds: tuple[Kind, ...] = ("dx", "op")
    return CodeIndex({kind: [*_from_sets(sets, kind), *_from_scheme(scheme, kind)] for kind in kinds})


def _from_sets(code_sets: tuple[CodeSet, ...], kind: Kind) -> Iterable[CodeEntry]:
    for each in code_sets:
        for code, name in each.names[kind].items():
            yield CodeEntry(code, Text.plain(name), each.name)


def _from_scheme(scheme: Scheme, kind: Kind) -> Iterable[CodeEntry]:
    match = scheme.manifest.code_match
    names = {each.code: each.name for mdc in scheme.mdcs for each in mdc.adrgs}
    # A diagnosis is named by a group that its disease makes, rather than by one that an operation makes.
    operated = {key.owner for key in scheme.lists["op"]} if kind == "dx" else set()
    for key, cells in sorted(scheme.lists[kind].items(), key=lambda item: item[0].owner in operated):
        if key.owner not in names or key.role not in _PRINCIPAL_ROLES[kind]:
            continue
        name = names[key.owner]
        titled = Text(f"{name.zh}（{key.owner}）", f"{name.en} ({key.owner})")
        for cell in cells:
            for pattern in cell.split():
                if not pattern.startswith("!"):
                    yield from (
                        CodeEntry(code, titled, scheme.manifest.name, key.owner) for code in spelt_out(pattern, match)
                    )
