"""A collection of resources that refer to each other, and which of them belong to which document."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tongchou.intake.readers.fhir.resources import STAY_TYPES, Entry, Resource, validate

_KEPT = 4_096
"""How many resources are kept at hand, so that each is examined once for all that refer to it."""


@dataclass(slots=True)
class Collection:
    """The resources of one bundle, or of one file of resources.

    Attributes:
        entries: They, in the order of the file.
    """

    entries: Sequence[Entry]
    _by_name: dict[str, int] = field(default_factory=dict)
    _at_hand: dict[int, Resource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note what references may call each of them; of two of a name the first is meant."""
        for index, entry in enumerate(self.entries):
            for name in entry.names:
                self._by_name.setdefault(name, index)

    def find(self, reference: str | None) -> int | None:
        """Return which entry a reference means; None where the collection does not hold it."""
        if not reference:
            return None
        plain = reference.split("/_history/")[0]
        found = self._by_name.get(plain)
        return found if found is not None else self._by_name.get("/".join(plain.split("/")[-2:]))

    def own_name(self, reference: str) -> str:
        """Return one name for all references to the same resource, whether it is there or not."""
        found = self.find(reference)
        return reference if found is None else self.entries[found].names[0]

    def resource(self, index: int) -> Resource:
        """Return an entry's content, examined.

        Raises:
            InvalidResourceError: If it is not valid.
        """
        if index in self._at_hand:
            return self._at_hand[index]
        resource = validate(self.entries[index])
        if len(self._at_hand) >= _KEPT:
            self._at_hand.clear()
        self._at_hand[index] = resource
        return resource

    def referred(self, reference: str | None, kind: str) -> Resource | None:
        """Return the resource of a type that a reference means; None where the collection does not hold it."""
        index = self.find(reference)
        return self.resource(index) if index is not None and self.entries[index].type == kind else None


@dataclass(frozen=True, slots=True)
class Part:
    """The entries that make one document; `repeated` are those whose id another of them has already."""

    key: str
    entries: tuple[int, ...]
    repeated: tuple[int, ...] = ()


def parts(collection: Collection, ignored: Counter[str]) -> Iterator[Part]:
    """Yield the documents of encounters and of claims without one, in the order in which the file begins them.

    A claim and an explanation of benefit belong to the encounter that their items name, an explanation else to its
    claim's; what names none is a document of its own. A condition or procedure without encounter is counted.
    """
    keys: dict[int, str] = {}
    for index, entry in enumerate(collection.entries):
        if entry.type == "Encounter":
            keys[index] = entry.names[0]
        elif entry.encounters and entry.type in STAY_TYPES:
            keys[index] = collection.own_name(entry.encounters[0])
            if len(entry.encounters) > 1:
                ignored[f"{entry.type}.item.encounter (further)"] += len(entry.encounters) - 1
        elif entry.type == "Claim":
            keys[index] = entry.names[0]
        elif entry.type in STAY_TYPES and entry.type != "ExplanationOfBenefit":
            ignored[f"{entry.type} (no encounter)"] += 1
    for index, entry in enumerate(collection.entries):
        if entry.type == "ExplanationOfBenefit" and index not in keys:
            claims = [found for found in map(collection.find, entry.claims) if found in keys]
            keys[index] = keys[claims[0]] if claims and claims[0] is not None else entry.names[0]
    grouped: dict[str, list[int]] = {}
    for index in sorted(keys):
        grouped.setdefault(keys[index], []).append(index)
    for key, entries in grouped.items():
        own = [index for index in entries if collection.find(collection.entries[index].names[0]) == index]
        yield Part(key, tuple(own), tuple(index for index in entries if index not in own))
