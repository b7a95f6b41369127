"""Reading schemes: which there are, their tree, what their lists hold, and where a code or a word stands in them."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from tongchou.access.subject import Subject
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.review.scheme_search import Found, search_scheme
from tongchou.grouping.schemes.library import scheme_folders
from tongchou.grouping.schemes.manifest import read_manifest
from tongchou.grouping.schemes.plain_yaml import load_plain_yaml
from tongchou.grouping.schemes.scheme import Kind, ListKey, Manifest, Scheme
from tongchou.grouping.schemes.tables import MANIFEST
from tongchou.workplace.at_hand import Ready
from tongchou.workplace.place import Workplace, no_such


@dataclass(frozen=True, slots=True)
class SchemeLine:
    """A scheme in a list; whether it is the one of today's policy."""

    manifest: Manifest
    is_todays: bool


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list of a scheme: its patterns in their order."""

    kind: Kind
    key: ListKey
    patterns: tuple[str, ...]


def schemes_of(place: Workplace, subject: Subject) -> list[SchemeLine]:
    """Return the schemes at hand, by name.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "schemes.read", "open", where="schemes")
    todays = _todays(place)
    manifests = (_manifest(folder) for folder in scheme_folders().values())
    return [SchemeLine(each, each.name == todays) for each in manifests if each is not None]


def scheme_of(place: Workplace, subject: Subject, name: str) -> Ready:
    """Return a scheme, with the weights of the year's run where it grouped by it.

    Raises:
        TongchouError: `access.refused`; `grouping.no_scheme`.
    """
    place.admit(subject, "schemes.read", "open", where=name)
    return place.at_hand.ready(name)


def search_in(place: Workplace, subject: Subject, name: str, words: str) -> Found:
    """Return the groups and the code lists of a scheme in which a word or a code stands.

    Raises:
        TongchouError: `access.refused`; `grouping.no_scheme`.
    """
    return search_scheme(scheme_of(place, subject, name).grouper.scheme, words)


def lists_of(place: Workplace, subject: Subject, name: str, owner: str) -> list[CodeList]:
    """Return the code lists of an MDC or ADRG; of the whole scheme where the owner is empty.

    Raises:
        TongchouError: `access.refused`; `grouping.no_scheme`; `workplace.no_group` if there is no such MDC or ADRG.
    """
    scheme = scheme_of(place, subject, name).grouper.scheme
    if owner and owner not in _owners(scheme):
        raise no_such("workplace.no_group", Text("方案中没有这个组", "the scheme has no such group"), owner)
    return [
        CodeList(kind, key, tuple(pattern for cell in cells for pattern in cell.split()))
        for kind, lists in scheme.lists.items()
        for key, cells in lists.items()
        if key.owner == owner
    ]


def _manifest(folder: Path) -> Manifest | None:
    """Return a scheme's manifest; None where it cannot be read, which `tongchou scheme check` tells."""
    try:
        return read_manifest(load_plain_yaml((folder / MANIFEST).read_text(encoding="utf-8-sig")))
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return None


def _owners(scheme: Scheme) -> frozenset[str]:
    return frozenset(code for mdc in scheme.mdcs for code in (mdc.code, *(adrg.code for adrg in mdc.adrgs)))


def _todays(place: Workplace) -> str:
    try:
        return place.at_hand.ready(None).name
    except TongchouError:
        return ""
