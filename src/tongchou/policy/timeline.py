"""What a parameter says over time: the stretches of days on which one answer stands, and what each pack wrote."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest

from tongchou.policy import refusals
from tongchou.policy.chain import Answer, Chain, Dated
from tongchou.policy.pack import Pack
from tongchou.policy.parameter import Parameter

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which one answer stands.

    Attributes:
        first: The first day.
        last: The last day, inclusive; None where there is no end.
        answer: Who says what; None where no pack has a value.
    """

    first: date
    last: date | None
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a parameter says on a day.

    Attributes:
        parameter: The parameter.
        answers: What each pack with a value says, the most specific first; the first is the one that counts.
        last: The last day of the answer that counts, inclusive; None where there is no end.
    """

    parameter: Parameter
    answers: tuple[Answer, ...]
    last: date | None


@dataclass(frozen=True, slots=True)
class Written:
    """A dated value as a pack of the chain wrote it.

    Attributes:
        pack: The pack.
        dated: The value, None where the parameter ends in this pack.
        last: The day before the pack's next entry; None where it has none.
    """

    pack: Pack
    dated: Dated
    last: date | None


def stretches(chain: Chain, name: str) -> list[Stretch]:
    """Return the stretches of a parameter from the first day of any entry on, in order and without gap."""
    days = sorted({entry.valid_from for _, dated in chain.entries.get(name, ()) for entry in dated})
    found = [(day, chain.answer(name, day)) for day in days]
    kept = [each for number, each in enumerate(found) if number == 0 or each[1] != found[number - 1][1]]
    return [
        Stretch(day, following[0] - _DAY if following else None, answer)
        for (day, answer), following in zip_longest(kept, kept[1:])
    ]


def standing(chain: Chain, name: str, on: date) -> Standing:
    """Return what a parameter says on a day.

    Raises:
        TongchouError: `policy.unknown_parameter`.
    """
    parameter = _declared(chain, name)
    last = next((each.last for each in reversed(stretches(chain, name)) if each.first <= on), None)
    return Standing(parameter, tuple(chain.answers(name, on)), last)


def history(chain: Chain, name: str) -> list[Written]:
    """Return every dated value of a parameter along the chain, the most specific pack first.

    Raises:
        TongchouError: `policy.unknown_parameter`.
    """
    _declared(chain, name)
    return [each for pack, dated in chain.entries.get(name, ()) for each in _ranges(pack, dated)]


def names_below(chain: Chain, prefix: str) -> list[str]:
    """Return the parameters with a name, or below a path, or all of them for an empty prefix.

    Raises:
        TongchouError: `policy.unknown_parameter` if there is none.
    """
    path = prefix.rstrip("/")
    names = sorted(name for name in chain.parameters if not path or name == path or name.startswith(f"{path}/"))
    if not names:
        raise refusals.unknown_parameter(prefix, chain)
    return names


def _declared(chain: Chain, name: str) -> Parameter:
    if name not in chain.parameters:
        raise refusals.unknown_parameter(name, chain)
    return chain.parameters[name]


def _ranges(pack: Pack, dated: tuple[Dated, ...]) -> Iterator[Written]:
    for entry, following in zip_longest(dated, dated[1:]):
        yield Written(pack, entry, following.valid_from - _DAY if following else None)
