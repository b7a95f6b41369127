"""Reading the region's policy: all of it on a day, and one parameter with its history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from tongchou.access.subject import Subject
from tongchou.core.text import Text
from tongchou.policy.chain import Chain
from tongchou.policy.change import parameter_fingerprint, single_values
from tongchou.policy.exact_yaml import Raw
from tongchou.policy.pack import Pack
from tongchou.policy.timeline import Standing, Written, history, standing
from tongchou.policy.value import Bands, Scalar
from tongchou.policy.writing import block
from tongchou.workplace.place import Workplace


@dataclass(frozen=True, slots=True)
class PolicyTree:
    """The policy on a day.

    Attributes:
        on: The day.
        packs: The packs in the order in which they answer, the region's own first.
        lines: What each parameter says, by name.
        fingerprint: The hash of all that can be read.
    """

    on: date
    packs: tuple[Pack, ...]
    lines: tuple[Standing, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ParameterHistory:
    """A parameter on a day, and every value that a pack gives it.

    Attributes:
        standing: What it says on the day; the first answer is the one that counts.
        values: The single values of that answer by dimension keys; one with an empty key where it has no dimensions.
        written: Every dated value, the most specific pack first.
        text: The value that counts, as people edit it; empty where there is none.
        fingerprint: The hash of all that the packs say of it.
    """

    standing: Standing
    values: Mapping[str, Scalar | Bands]
    written: tuple[Written, ...]
    text: str
    fingerprint: str


def region_chain(place: Workplace) -> Chain:
    """Return the region's packs as they stand in their files now.

    Raises:
        Problems: Everything that is wrong with them.
    """
    return place.region.policy().policy.chain(place.region.pack)


def policy_tree(place: Workplace, subject: Subject, on: date | None = None, search: str = "") -> PolicyTree:
    """Return the policy on a day.

    Args:
        place: The place.
        subject: Who asks.
        on: The day; today if not given.
        search: Only parameters that have these words in their name, title, meaning or source.

    Raises:
        TongchouError: `access.refused`.
        Problems: Everything that is wrong with the packs.
    """
    place.admit(subject, "policy.read", "open")
    day = on or place.today
    chain = region_chain(place)
    lines = (standing(chain, name, day) for name in sorted(chain.parameters))
    wanted = search.casefold().split()
    found = tuple(line for line in lines if all(word in _words(line) for word in wanted))
    return PolicyTree(day, chain.packs, found, chain.fingerprint())


def policy_parameter(place: Workplace, subject: Subject, name: str, on: date | None = None) -> ParameterHistory:
    """Return a parameter on a day with its history.

    Raises:
        TongchouError: `access.refused`; `policy.unknown_parameter`.
        Problems: Everything that is wrong with the packs.
    """
    place.admit(subject, "policy.read", "open", where=name)
    chain = region_chain(place)
    found = standing(chain, name, on or place.today)
    answer = found.answers[0] if found.answers else None
    return ParameterHistory(
        found,
        single_values(answer.dated.value) if answer else {},
        tuple(history(chain, name)),
        block(_raw(answer.pack, name, answer.dated.valid_from)) if answer else "",
        parameter_fingerprint(chain, name),
    )


def _words(line: Standing) -> str:
    parameter = line.parameter
    texts: list[Text] = [parameter.title, parameter.meaning]
    words = [parameter.name, *(each.zh for each in texts), *(each.en for each in texts)]
    words += [str(answer.dated.source) for answer in line.answers[:1]]
    return "\n".join(words).casefold()


def _raw(pack: Pack, name: str, valid_from: date) -> Raw:
    """Return a value as it stands in its file; loading has checked the file."""
    entries: Any = cast("dict[str, Raw]", pack.files[name].raw)["values"]
    raw: Raw = next(entry["value"] for entry in entries if entry["from"] == valid_from)
    return raw
