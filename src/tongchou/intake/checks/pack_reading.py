"""Reading packs of checks: every fault is collected with its file and line."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.checks.check import Parameter, Plain
from tongchou.intake.checks.lined_yaml import Lined
from tongchou.intake.checks.problems import pack_problem

_Word = TypeVar("_Word", bound=str)


class Entry:
    """A mapping of a pack: what is read from it, and the problems found so far.

    What cannot be read is noted and answered by a stand-in, so that one pass finds every fault.
    """

    def __init__(self, content: Lined, file: str, problems: list[TongchouError]) -> None:
        self.content = content
        self.file = file
        self.problems = problems

    @property
    def where(self) -> str:
        """The file and line where it begins."""
        return f"{self.file}:{self.content.line}"

    def place(self, key: str) -> str:
        """Return the file and line of one of its names."""
        return f"{self.file}:{self.content.lines.get(key, self.content.line)}"

    def note(self, key: str, why: Text) -> None:
        """Note a fault."""
        self.problems.append(pack_problem(self.place(key), Text(f"{key}：{why.zh}", f"{key}: {why.en}")))

    def only(self, known: Sequence[str]) -> None:
        """Note every name that means nothing here."""
        for key in self.content:
            if key not in known:
                self.note(key, Text(f"没有这一项；可用：{'、'.join(known)}", f"unknown; known are {', '.join(known)}"))

    def word(self, key: str, default: str | None = None) -> str:
        """Return a text; it must be there unless there is a default."""
        value = self.content.get(key, default)
        if isinstance(value, str) and (value or default == ""):
            return value
        self.note(key, Text("须为一段文字", "a text must stand here"))
        return default or ""

    def choice(self, key: str, known: tuple[_Word, ...]) -> _Word:
        """Return one of some words."""
        value = self.content.get(key)
        for word in known:
            if value == word:
                return word
        self.note(key, Text(f"须为 {'、'.join(known)} 之一", f"it must be one of {', '.join(known)}"))
        return known[0]

    def choices(
        self, key: str, known: tuple[_Word, ...], default: tuple[_Word, ...] | None = None
    ) -> tuple[_Word, ...]:
        """Return some of some words, in their own order; at least one."""
        value = self.content.get(key)
        if value is None and default is not None:
            return default
        listed = value if isinstance(value, list) else []
        if not listed or any(each not in known for each in listed):
            self.note(key, Text(f"须为 {'、'.join(known)} 的列表", f"it must be a list of {', '.join(known)}"))
        return tuple(word for word in known if word in listed)

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty where it is not there."""
        value = self.content.get(key, [])
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        self.note(key, Text("须为文字的列表", "a list of texts must stand here"))
        return ()

    def whole(self, key: str) -> int:
        """Return a whole number from 0."""
        value = self.content.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.note(key, Text("须为不小于 0 的整数", "a whole number from 0 must stand here"))
        return 0

    def text(self, key: str) -> Text:
        """Return words in both languages: `{zh: …, en: …}`."""
        value = self.content.get(key)
        zh, en = (value.get("zh"), value.get("en")) if isinstance(value, Lined) else (None, None)
        if isinstance(zh, str) and isinstance(en, str) and zh and en and isinstance(value, Lined) and len(value) == 2:
            return Text(zh, en)
        self.note(key, Text("须为 {zh: 中文, en: 英文}", "{zh: Chinese, en: English} must stand here"))
        return Text("", "")

    def optional_text(self, key: str) -> Text | None:
        """Return words in both languages, or None where they are not there."""
        return self.text(key) if key in self.content else None

    def entry(self, key: str) -> "Entry":
        """Return a mapping inside this one; an empty one where it is not there."""
        value = self.content.get(key)
        if isinstance(value, Lined):
            return Entry(value, self.file, self.problems)
        if value is not None:
            self.note(key, Text("须为一组“名称: 值”", "names with values must stand here"))
        return Entry(Lined(), self.file, self.problems)

    def entries(self, key: str) -> Mapping[str, "Entry"]:
        """Return the mappings inside a mapping, by name; none where it is not there."""
        inner = self.entry(key)
        found = {}
        for name, content in inner.content.items():
            if isinstance(content, Lined):
                found[name] = Entry(content, self.file, self.problems)
                continue
            inner.note(name, Text("须为一组“名称: 值”", "names with values must stand here"))
        return found

    def parameters(self, key: str = "parameters") -> dict[str, Parameter]:
        """Return parameters: each `{value: …, source: …}`."""
        found = {}
        for name, entry in self.entries(key).items():
            entry.only(("value", "source"))
            found[name] = Parameter(entry.plain("value"), entry.word("source"))
        return found

    def plain(self, key: str) -> Plain:
        """Return a whole number, yes or no, a text, a list of texts, or a list of rows."""
        value: Any = self.content.get(key)
        if isinstance(value, int | str):
            return value
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        rows = _rows(value)
        if rows is None:
            why = Text(
                "须为整数、true/false、文字、文字列表或行的列表", "a whole number, true or false, text, list or rows"
            )
            self.note(key, why)
            return ()
        return rows


def _rows(value: object) -> tuple[Mapping[str, str | tuple[str, ...]], ...] | None:
    """Return a list of rows of the same names, their values texts or lists of texts; None where it is none."""
    if not isinstance(value, list) or not all(isinstance(each, Lined) and each for each in value):
        return None
    rows: list[Mapping[str, str | tuple[str, ...]]] = []
    for each in value:
        row = {name: tuple(cell) if isinstance(cell, list) else cell for name, cell in each.items()}
        if set(row) != set(value[0]) or not all(_is_cell(cell) for cell in row.values()):
            return None
        rows.append(row)
    return tuple(rows)


def _is_cell(cell: object) -> bool:
    return isinstance(cell, str) or (isinstance(cell, tuple) and all(isinstance(each, str) for each in cell))
