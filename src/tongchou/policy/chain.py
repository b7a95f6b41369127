"""Packs joined to chains: each region's parameters with their declarations and dated values."""

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from tongchou.core.explanation import Source
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.policy.cursor import Cursor
from tongchou.policy.pack import LEVELS, Pack
from tongchou.policy.parameter import DECLARED, DECLARED_IF_NEEDED, Parameter, read_parameter
from tongchou.policy.value import Value, read_value


@dataclass(frozen=True, slots=True)
class Dated:
    """A value from a day on, until the next entry of the same file.

    Attributes:
        valid_from: First day, inclusive.
        value: The value; None where the parameter ends on this day.
        source: The document behind it.
        checked_on: The day somebody last compared the value with the document; None if nobody did.
        review_by: The last day on which the value may be used without a warning; None where it is not limited.
    """

    valid_from: date
    value: Value | None
    source: Source
    checked_on: date | None
    review_by: date | None = None

    def is_overdue(self, on: date) -> bool:
        """Return whether the value should have been reviewed before a day."""
        return self.review_by is not None and on > self.review_by


@dataclass(frozen=True, slots=True)
class Answer:
    """A dated value together with the pack that gave it."""

    pack: Pack
    dated: Dated


@dataclass(frozen=True, slots=True)
class Chain:
    """A region's packs, its own first and the broadest last, with everything that can be read in them.

    Attributes:
        packs: The packs, the most specific first.
        parameters: Declarations by name.
        entries: Dated values by name, for each pack that gives some, the most specific pack first.
    """

    packs: tuple[Pack, ...]
    parameters: Mapping[str, Parameter]
    entries: Mapping[str, tuple[tuple[Pack, tuple[Dated, ...]], ...]]

    def answer(self, name: str, on: date) -> Answer | None:
        """Return what the most specific pack with a value on the day says; None if no pack has one."""
        return next(self.answers(name, on), None)

    def answers(self, name: str, on: date) -> Iterator[Answer]:
        """Yield what each pack with a value on the day says, the most specific first: all but the first are hidden."""
        for pack, dated in self.entries.get(name, ()):
            position = bisect_right(dated, on, key=lambda entry: entry.valid_from)
            if position and dated[position - 1].value is not None:
                yield Answer(pack, dated[position - 1])

    def under(self, first: "Chain") -> "Chain":
        """Return the chain in which the packs that only `first` has answer before those of this chain.

        A parameter that both declare is read as this chain declares it.
        """
        shared = {pack.region_id for pack in self.packs}
        own = tuple(pack for pack in first.packs if pack.region_id not in shared)
        entries = dict(self.entries)
        for name, of_packs in first.entries.items():
            entries[name] = (
                *(each for each in of_packs if each[0].region_id not in shared),
                *self.entries.get(name, ()),
            )
        return Chain((*own, *self.packs), {**first.parameters, **self.parameters}, entries)

    def days_of_change(self) -> list[date]:
        """Return every day on which some file of the chain has an entry, ascending."""
        entries = (entry for packs in self.entries.values() for _, dated in packs for entry in dated)
        return sorted({entry.valid_from for entry in entries})

    def fingerprint(self) -> str:
        """Return a hash of all that can be read through the chain, wherever its folders lie."""
        parts = []
        for pack in self.packs:
            parts += [pack.region_id, _canonical(pack.head)]
            for name, place in sorted(pack.files.items()):
                parts += [name, _canonical(place)]
        return hash_text(*parts)


def join_chains(packs: Sequence[Pack]) -> dict[str, Chain]:
    """Return each region's chain; problems are noted at the places where they are.

    A pack whose parent is unknown, or not broader than itself, has no chain.
    """
    by_id: dict[str, Pack] = {}
    for pack in packs:
        if pack.region_id in by_id:
            _note_duplicate(pack, by_id[pack.region_id])
        else:
            by_id[pack.region_id] = pack
    chains: dict[str, Chain] = {}
    for pack in sorted(by_id.values(), key=lambda pack: LEVELS.index(pack.level)):
        parent = None if pack.parent_id is None else _parent(pack, by_id)
        if pack.parent_id is None:
            chains[pack.region_id] = _extend(pack, Chain((), {}, {}))
        elif parent and parent.region_id in chains:
            chains[pack.region_id] = _extend(pack, chains[parent.region_id])
    return chains


def _extend(pack: Pack, above: Chain) -> Chain:
    dimensions = {name: found for each in reversed(above.packs) for name, found in each.dimensions.items()}
    dimensions |= pack.dimensions
    parameters, entries = dict(above.parameters), dict(above.entries)
    for name, place in pack.files.items():
        places = _places(name, place, above.parameters)
        if places is None:
            continue
        parameter = above.parameters.get(name) or read_parameter(name, places, dimensions)
        if parameter is None:
            continue
        parameters[name] = parameter
        dated = _dated_values(places["values"], parameter)
        if dated:
            entries[name] = ((pack, dated), *entries.get(name, ()))
    return Chain((pack, *above.packs), parameters, entries)


def _places(name: str, place: Cursor, declared: Mapping[str, Parameter]) -> Mapping[str, Cursor] | None:
    keys = set(place.raw) if isinstance(place.raw, dict) else set()
    has_declaration = bool(keys & {*DECLARED, *DECLARED_IF_NEEDED})
    if name in declared:
        if has_declaration:
            _note_declared_twice(place, name)
            return None
        return place.mapping(("values",))
    if keys == {"values"}:
        _note_not_declared(place, name, declared)
        return None
    return place.mapping((*DECLARED, "values"), DECLARED_IF_NEEDED)


def _dated_values(place: Cursor, parameter: Parameter) -> tuple[Dated, ...]:
    dated: list[Dated] = []
    for item in place.items() or ():
        places = item.mapping(("from", "value", "source"), ("checked_on", "review_by"))
        if places is None:
            continue
        valid_from, source = places["from"].day(), _source(places["source"])
        value = None if places["value"].raw is None else read_value(places["value"], parameter)
        checked_on, review_by = (places[key].day() if key in places else None for key in ("checked_on", "review_by"))
        if valid_from is None or source is None:
            continue
        if dated and valid_from <= dated[-1].valid_from:
            _note_order(places["from"], valid_from, dated[-1].valid_from)
            continue
        if review_by and review_by < valid_from:
            _note_review(places["review_by"], review_by, valid_from)
        dated.append(Dated(valid_from, value, source, checked_on, review_by))
    return tuple(dated)


def _source(place: Cursor) -> Source | None:
    places = place.mapping(("title",), ("number", "article", "url"))
    if places is None:
        return None
    words = {key: places[key].words() for key in ("title", "number", "article", "url") if key in places}
    if not all(words.values()):
        return None
    return Source(**{key: word for key, word in words.items() if word})


def _parent(pack: Pack, by_id: Mapping[str, Pack]) -> Pack | None:
    parent = by_id.get(pack.parent_id or "")
    if parent is None:
        pack.head.note(
            "policy.unknown_parent",
            Text(f"上级政策包“{pack.parent_id}”不存在", f"there is no parent pack '{pack.parent_id}'"),
            Text(
                f"已读入的政策包为 {'、'.join(sorted(by_id))}",
                f"the packs read are {', '.join(sorted(by_id))}",
            ),
            Text("改正 parent，或一并读入该政策包", "correct parent, or load that pack as well"),
        )
        return None
    if LEVELS.index(parent.level) >= LEVELS.index(pack.level):
        pack.head.note(
            "policy.parent_not_broader",
            Text(
                f"上级“{parent.region_id}”的层级 {parent.level} 不高于本包的 {pack.level}",
                f"the parent '{parent.region_id}' is {parent.level}, which is not broader than {pack.level}",
            ),
            Text(
                f"层级由宽到窄为 {'、'.join(LEVELS)}",
                f"from broad to narrow the levels are {', '.join(LEVELS)}",
            ),
            Text("改正 level 或 parent", "correct level or parent"),
        )
        return None
    return parent


def _note_duplicate(pack: Pack, first: Pack) -> None:
    pack.head.note(
        "policy.duplicate_pack",
        Text(f"政策包“{pack.region_id}”出现两次", f"the pack '{pack.region_id}' occurs twice"),
        Text(f"同名政策包已在 {first.head.file}", f"{first.head.file} has the same id"),
        Text("改正 id，或只读入其中之一", "correct the id, or load only one of them"),
    )


def _note_declared_twice(place: Cursor, name: str) -> None:
    place.note(
        "policy.declared_twice",
        Text(f"参数 {name} 已由上级政策包声明", f"the parameter {name} is declared by a higher pack"),
        Text("名称、单位、维度只声明一次", "title, unit and dimensions are declared once"),
        Text("此文件只保留 values", "keep only values in this file"),
    )


def _note_not_declared(place: Cursor, name: str, declared: Mapping[str, Parameter]) -> None:
    near = get_close_matches(name, declared, n=3)
    place.note(
        "policy.not_declared",
        Text(f"参数 {name} 没有声明", f"the parameter {name} is not declared"),
        Text(
            f"上级政策包都没有声明它；相近的有 {'、'.join(near) or '无'}",
            f"no higher pack declares it; similar names: {', '.join(near) or 'none'}",
        ),
        Text(
            f"改正文件路径，或在此补上 {'、'.join(DECLARED)}",
            f"correct the file's path, or add {', '.join(DECLARED)} here",
        ),
    )


def _note_order(place: Cursor, valid_from: date, before: date) -> None:
    place.note(
        "policy.dates_not_ascending",
        Text(f"起始日期 {valid_from} 重复或次序不对", f"the start date {valid_from} repeats or is out of order"),
        Text(f"前一项自 {before} 起", f"the entry before begins on {before}"),
        Text(
            "按起始日期由早到晚排列，每日至多一项",
            "list the entries by ascending start date, one a day at most",
        ),
    )


def _note_review(place: Cursor, review_by: date, valid_from: date) -> None:
    place.note(
        "policy.review_before_start",
        Text(f"复核期限 {review_by} 早于起始日期", f"the day of review {review_by} lies before the start date"),
        Text(f"该值自 {valid_from} 起才适用", f"the value holds from {valid_from} on"),
        Text("改正 review_by 或 from", "correct review_by or from"),
    )


def _canonical(place: Cursor) -> str:
    # `repr` keeps a number apart from the text of the same digits, and 0.6 apart from 0.60.
    return json.dumps(place.raw, default=repr, sort_keys=True, ensure_ascii=False)
