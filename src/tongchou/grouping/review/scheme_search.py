"""Finding groups and code lists of a scheme by a word or a code."""

from collections.abc import Iterator
from dataclasses import dataclass

from tongchou.core.text import Text
from tongchou.grouping.schemes.codes import CodeCells
from tongchou.grouping.schemes.scheme import Kind, ListKey, Scheme


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """An MDC, ADRG or DRG by its code and name."""

    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class FoundList:
    """A code list that takes the code looked for, or holds patterns that begin with it.

    Attributes:
        takes: Whether the code itself is in the list.
        patterns: Patterns of the list that begin with the words looked for, in their order.
    """

    kind: Kind
    key: ListKey
    takes: bool
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, in the scheme's order."""

    groups: tuple[FoundGroup, ...]
    lists: tuple[FoundList, ...]


def search_scheme(scheme: Scheme, words: str) -> Found:
    """Return the groups whose code or name holds some words, and the lists that take them as a code.

    Args:
        scheme: The scheme.
        words: A part of a group's code or name, or (the beginning of) a diagnosis or procedure code; large and small
            letters are the same.
    """
    wanted = words.strip().casefold()
    if not wanted:
        return Found((), ())
    groups = [
        group
        for group in _groups(scheme)
        if any(wanted in part.casefold() for part in (group.code, group.name.zh, group.name.en))
    ]
    return Found(tuple(groups), tuple(_lists(scheme, words.strip(), wanted)))


def _groups(scheme: Scheme) -> Iterator[FoundGroup]:
    for mdc in scheme.mdcs:
        yield FoundGroup(mdc.code, mdc.name)
        for adrg in mdc.adrgs:
            yield FoundGroup(adrg.code, adrg.name)
            for drg in adrg.drgs:
                yield FoundGroup(drg.code, drg.name)


def _lists(scheme: Scheme, code: str, wanted: str) -> list[FoundList]:
    found: list[FoundList] = []
    for kind, lists in scheme.lists.items():
        owners = [key for key, cells in lists.items() for _ in cells]
        hits = CodeCells([cell for cells in lists.values() for cell in cells], scheme.manifest.code_match).hits(code)
        taking = {owners[hit.cell] for hit in hits}
        for key, cells in lists.items():
            patterns = [pattern for cell in cells for pattern in cell.split()]
            begun = tuple(pattern for pattern in patterns if pattern.casefold().startswith(wanted))
            if begun or key in taking:
                found.append(FoundList(kind, key, key in taking, begun))
    return found
