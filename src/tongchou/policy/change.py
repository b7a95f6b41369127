"""A change of one parameter: new dated values in one pack, read as the packs' own are, and what they make different."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.explanation import Source
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.policy import refusals
from tongchou.policy.chain import Answer, Chain, Dated
from tongchou.policy.comparison import Side, compare
from tongchou.policy.cursor import Cursor
from tongchou.policy.exact_yaml import Raw, parse_yaml
from tongchou.policy.parameter import Parameter
from tongchou.policy.value import Bands, Scalar, Value, read_value, written

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value from a day on.

    Attributes:
        valid_from: The first day.
        raw: The value as a policy file holds it.
        value: The value as it is read.
    """

    valid_from: date
    raw: Raw
    value: Value


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value among those by dimension: its keys (empty for a single value), before and after; None: none."""

    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ValueChange:
    """What becomes different from a day on.

    Attributes:
        valid_from: The day.
        last: The last day of the new value; None where there is no end.
        before: What the region reads on the day without the change; None where nothing answers.
        after: What it reads with the change.
        leaves: The values by dimension, those that stay among them.
    """

    valid_from: date
    last: date | None
    before: Answer | None
    after: Answer | None
    leaves: tuple[Leaf, ...]

    @property
    def is_different(self) -> bool:
        """Whether the region reads another value than before."""
        return any(leaf.before != leaf.after for leaf in self.leaves)


def read_new_values(parameter: Parameter, values: Sequence[tuple[date, str]]) -> tuple[NewValue, ...]:
    """Read values as they are written in a policy file, in the order of their days.

    Args:
        parameter: The parameter's declaration.
        values: First day and text of each value, e.g. `0.95` or `{tertiary: 1.1, default: 1}`.

    Raises:
        Problems: Everything that is wrong with the values, each with its place.
    """
    problems: list[TongchouError] = []
    found: list[NewValue] = []
    for valid_from, text in sorted(values, key=lambda pair: pair[0]):
        place = Path(parameter.name)
        try:
            cursor = Cursor(parse_yaml(text, place), place, f"{valid_from}", problems)
        except TongchouError as problem:
            problems.append(problem)
            continue
        value = read_value(cursor, parameter)
        if value is not None:
            found.append(NewValue(valid_from, cursor.raw, value))
    days = [each.valid_from for each in found]
    problems += [_twice(parameter, day) for day, following in pairwise(days) if day == following]
    if problems:
        raise Problems(problems)
    return tuple(found)


def changed_chain(chain: Chain, name: str, values: Sequence[NewValue], source: Source) -> Chain:
    """Return a chain as it is with new values in its own (its first) pack; a value of the same day is replaced."""
    own = chain.packs[0]
    of_packs = chain.entries.get(name, ())
    present = next((dated for pack, dated in of_packs if pack.region_id == own.region_id), ())
    days = {each.valid_from for each in values}
    merged = [each for each in present if each.valid_from not in days]
    merged += [Dated(each.valid_from, each.value, source, None) for each in values]
    merged.sort(key=lambda each: each.valid_from)
    others = tuple(each for each in of_packs if each[0].region_id != own.region_id)
    return Chain(chain.packs, chain.parameters, {**chain.entries, name: ((own, tuple(merged)), *others)})


def changes_of(chain: Chain, name: str, values: Sequence[NewValue], source: Source) -> tuple[ValueChange, ...]:
    """Return what new values make different, from the first day of each on.

    Raises:
        TongchouError: `policy.unknown_parameter`.
    """
    if name not in chain.parameters:
        raise refusals.unknown_parameter(name, chain)
    changed = changed_chain(chain, name, values, source)
    own = changed.entries[name][0][1]
    found = []
    for each in values:
        later = [entry.valid_from for entry in own if entry.valid_from > each.valid_from]
        differences = compare(Side(chain, each.valid_from), Side(changed, each.valid_from))
        difference = next((one for one in differences if one.parameter.name == name), None)
        before = difference.left if difference else chain.answer(name, each.valid_from)
        after = difference.right if difference else changed.answer(name, each.valid_from)
        last = min(later) - _DAY if later else None
        found.append(ValueChange(each.valid_from, last, before, after, _leaves(before, after)))
    return tuple(found)


def parameter_fingerprint(chain: Chain, name: str) -> str:
    """Return a hash of all that the packs of a chain say of one parameter: what a change of it is made against."""
    parts = [name]
    for pack, dated in chain.entries.get(name, ()):
        parts.append(pack.region_id)
        for entry in dated:
            value = "-" if entry.value is None else written(entry.value)
            parts += [entry.valid_from.isoformat(), value, str(entry.source)]
    return hash_text(*parts)


def single_values(value: Value | None) -> dict[str, Scalar | Bands]:
    """Return the single values of a value by their dimension keys (`resident, tertiary`; empty for just one)."""
    match value:
        case None:
            return {}
        case Scalar() | Bands():
            return {"": value}
    return {
        ", ".join(filter(None, (key, rest))): found
        for key, inner in value.items()
        for rest, found in single_values(inner).items()
    }


def _leaves(before: Answer | None, after: Answer | None) -> tuple[Leaf, ...]:
    left, right = (single_values(answer.dated.value if answer else None) for answer in (before, after))
    return tuple(_leaf(key, left.get(key), right.get(key)) for key in {**left, **right})


def _leaf(key: str, before: Scalar | Bands | None, after: Scalar | Bands | None) -> Leaf:
    was = before.written if before else None
    # Numbers are compared and not their digits: 0.6 is 0.60.
    return Leaf(key, was, was if before == after else after.written if after else None)


def _twice(parameter: Parameter, day: date) -> TongchouError:
    return TongchouError(
        "policy.dates_not_ascending",
        what=Text(f"起始日期 {day} 重复", f"the start date {day} repeats"),
        where=f"{parameter.name}: {day}",
        why=Text("每日至多一个值", "there is one value a day at most"),
        remedy=Text("删去其中一个，或改其日期", "remove one of them, or change its day"),
    )
