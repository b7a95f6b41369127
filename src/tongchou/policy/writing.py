"""Writing dated values into a policy file: what else stands in it, comments too, stays as it is."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import yaml

from tongchou.policy.exact_yaml import Raw

_WIDTH = 100
"""A value that would be longer in one line is written a key a line."""

_PLAIN = re.compile(r"(?!null$)[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A dated value to be written.

    Attributes:
        valid_from: Its first day.
        value: The whole value, as a policy file holds it; None where the parameter ends.
        source: The document behind it: `title` and, if known, `number`, `article`, `url`.
    """

    valid_from: date
    value: Raw
    source: Mapping[str, str]


def flow(raw: Raw) -> str:
    """Return a value in the flow style of YAML, so that it is read back as exactly the same.

    >>> flow({"tertiary": Decimal("1.10"), "default": Decimal("1")})
    '{tertiary: 1.10, default: 1}'
    """
    match raw:
        case None:
            return "null"
        case Decimal():
            return f"{raw:f}"
        case date():
            return raw.isoformat()
        case str():
            return json.dumps(raw, ensure_ascii=False)
        case list():
            return "[" + ", ".join(flow(item) for item in raw) + "]"
        case dict():
            return "{" + ", ".join(f"{_key(key)}: {flow(raw[key])}" for key in raw) + "}"


def block(raw: Raw) -> str:
    """Return a value as people edit it: one line if it is short, else a key or a band a line."""
    line = flow(raw)
    match raw:
        case dict() if raw and len(line) > _WIDTH // 2:
            return "\n".join(f"{_key(key)}: {flow(inner)}" for key, inner in raw.items())
        case list() if raw:
            return "\n".join(f"- {flow(item)}" for item in raw)
    return line


def with_entries(content: str, entries: Sequence[NewEntry]) -> str:
    """Return a parameter file's text with dated values put in, in the order of their days.

    A value of the same day is replaced. The rest of the text, comments too, is not touched; only where the list was
    written in one line (`[]`, `[{...}]`) is it written anew, an entry a paragraph.

    Args:
        content: The text of the file, which loads without problems; empty for a new file.
        entries: The values.
    """
    for entry in sorted(entries, key=lambda each: each.valid_from):
        content = _with_entry(content, entry)
    return content


def _with_entry(content: str, entry: NewEntry) -> str:
    if not content.strip():
        return "values:\n" + _paragraph(entry, "  ")
    place = _values(content)
    if place is None:
        return content.rstrip("\n") + "\nvalues:\n" + _paragraph(entry, "  ")
    if place.flow_style or not place.value:
        return _opened(content, place, entry)
    dash = " " * place.start_mark.column
    for item in place.value:
        begins = _line_start(content, item.start_mark.index)
        day = _day(item)
        if day == entry.valid_from:
            return content[:begins] + _paragraph(entry, dash) + content[_line_end(content, item) :]
        if day > entry.valid_from:
            return content[:begins] + _paragraph(entry, dash) + content[begins:]
    end = _line_end(content, place.value[-1])
    before = content[:end]
    return before + ("" if before.endswith("\n") else "\n") + _paragraph(entry, dash) + content[end:]


def _opened(content: str, place: yaml.SequenceNode, entry: NewEntry) -> str:
    """Write a list that stands in one line as paragraphs, each as it was written, with the new entry among them."""
    written = {
        _day(item): f"  - {content[item.start_mark.index : item.end_mark.index].strip()}\n" for item in place.value
    }
    written[entry.valid_from] = _paragraph(entry, "  ")
    start, end = place.start_mark.index, place.end_mark.index
    lines = "".join(written[day] for day in sorted(written)).rstrip("\n")
    return content[:start].rstrip(" ") + "\n" + lines + content[end:]


def _paragraph(entry: NewEntry, dash: str) -> str:
    inner = dash + "  "
    value = flow(entry.value)
    lines = [f"{dash}- from: {entry.valid_from.isoformat()}"]
    if isinstance(entry.value, dict | list) and entry.value and len(value) > _WIDTH:
        lines += [f"{inner}value:", *(f"{inner}  {line}" for line in _parts(entry.value))]
    else:
        lines.append(f"{inner}value: {value}")
    lines.append(f"{inner}source: {flow(dict(entry.source))}")
    return "\n".join(lines) + "\n"


def _parts(value: dict[str, Raw] | list[Raw]) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{_key(key)}: {flow(inner)}" for key, inner in value.items())
    else:
        yield from (f"- {flow(inner)}" for inner in value)


def _key(key: str) -> str:
    return key if _PLAIN.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _values(content: str) -> yaml.SequenceNode | None:
    """Return where the list of values stands; every mark is a place in the text."""
    root = yaml.compose(content, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)  # noqa: S101  # the file has been loaded
    for key, value in root.value:
        if key.value == "values" and isinstance(value, yaml.SequenceNode):
            return value
    return None


def _day(item: yaml.Node) -> date:
    assert isinstance(item, yaml.MappingNode)  # noqa: S101
    return next(date.fromisoformat(value.value) for key, value in item.value if key.value == "from")


def _line_start(content: str, index: int) -> int:
    return content.rfind("\n", 0, index) + 1


def _line_end(content: str, item: yaml.Node) -> int:
    """Return where the text of an item ends, with its line; a comment that follows belongs to what comes next."""
    last = max(mark.index for mark in _ends(item))
    end = content.find("\n", last)
    return len(content) if end < 0 else end + 1


def _ends(node: yaml.Node) -> Iterator[yaml.Mark]:
    """Yield where the scalars and lists in one line of a node end: a block's own end lies behind later comments."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        for _, value in node.value:
            yield from _ends(value)
    elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
        for value in node.value:
            yield from _ends(value)
    else:
        yield node.end_mark
