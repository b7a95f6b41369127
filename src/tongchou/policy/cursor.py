"""A place in a policy file: what stands there, and the problems found there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.policy.exact_yaml import Raw


@dataclass(frozen=True, slots=True)
class Cursor:
    """What stands at a place of a policy file.

    Reading methods return None where the content is wrong, after noting the problem, so that one pass finds
    every problem of every file.

    Attributes:
        raw: The content at this place.
        file: The file.
        path: The way to this place inside the file, e.g. `values[1].source`.
        problems: The list that all places of a loading share.
    """

    raw: Raw
    file: Path
    path: str = ""
    problems: list[TongchouError] = field(default_factory=list)

    def note(self, code: str, what: Text, why: Text, remedy: Text) -> None:
        """Note a problem at this place."""
        where = f"{self.file}: {self.path}" if self.path else str(self.file)
        self.problems.append(TongchouError(code, what=what, where=where, why=why, remedy=remedy))

    def mapping(self, required: Collection[str], optional: Collection[str] = ()) -> Mapping[str, "Cursor"] | None:
        """Return the places under the known keys; note unknown and missing keys.

        Missing keys make the result None, unknown keys do not: what is known is still checked.
        """
        entries = self.entries()
        if entries is None:
            return None
        known = [*required, *optional]
        for key in entries.keys() - set(known):
            entries[key].note(
                "policy.unknown_key",
                Text(f"不认识的键“{key}”", f"unknown key '{key}'"),
                Text(f"此处只能用 {'、'.join(known)}", f"only {', '.join(known)} are known here"),
                Text("删去或改正这个键", "remove or correct the key"),
            )
        missing = [key for key in required if key not in entries]
        for key in missing:
            self.note(
                "policy.missing_key",
                Text(f"缺少“{key}”", f"'{key}' is missing"),
                Text("每处须写全必填的键", "every required key must be written"),
                Text(f"补上“{key}”", f"add '{key}'"),
            )
        return None if missing else entries

    def entries(self) -> dict[str, "Cursor"] | None:
        """Return the places under all keys of a mapping, whatever they are."""
        if not isinstance(self.raw, dict):
            self.note_kind(Text("映射（键: 值）", "a mapping (key: value)"))
            return None
        return {key: self._at(raw, f".{key}") for key, raw in self.raw.items()}

    def items(self) -> list["Cursor"] | None:
        """Return the places of a list."""
        if not isinstance(self.raw, list):
            self.note_kind(Text("列表", "a list"))
            return None
        return [self._at(raw, f"[{number}]") for number, raw in enumerate(self.raw)]

    def words(self) -> str | None:
        """Return a text that is not empty."""
        if isinstance(self.raw, str) and self.raw.strip():
            return self.raw
        self.note_kind(
            Text("文字（像数字或日期的文字须加引号）", "a text (in quotes if it looks like a number or a date)")
        )
        return None

    def both_languages(self) -> Text | None:
        """Return a text given as {zh, en}."""
        entries = self.mapping(("zh", "en"))
        if entries is None:
            return None
        zh, en = entries["zh"].words(), entries["en"].words()
        return Text(zh, en) if zh and en else None

    def day(self) -> date | None:
        """Return a date."""
        if isinstance(self.raw, date):
            return self.raw
        self.note_kind(Text("日期 YYYY-MM-DD", "a date YYYY-MM-DD"))
        return None

    def number(self) -> Decimal | None:
        """Return a number, exactly as written."""
        if isinstance(self.raw, Decimal):
            return self.raw
        self.note_kind(
            Text(
                "数字（如 0.95，不加引号、千分号或百分号）",
                "a number such as 0.95, without quotes, commas or %",
            )
        )
        return None

    def one_of(self, choices: Collection[str]) -> str | None:
        """Return a text that is one of the choices."""
        words = self.words()
        if words is None or words in choices:
            return words
        self.note(
            "policy.wrong_choice",
            Text(f"“{words}”不在可选值之内", f"'{words}' is not one of the choices"),
            Text(f"可选值为 {'、'.join(choices)}", f"the choices are {', '.join(choices)}"),
            Text("改用其中之一", "use one of them"),
        )
        return None

    def note_kind(self, expected: Text) -> None:
        """Note that something else than expected stands here."""
        found = "null" if self.raw is None else str(self.raw)
        self.note(
            "policy.wrong_type",
            Text(f"内容“{found}”的类型不对", f"the content '{found}' is of the wrong type"),
            Text(f"此处应为{expected.zh}", f"{expected.en} is expected here"),
            Text("按要求的类型改写", "write it as expected"),
        )

    def _at(self, raw: Raw, step: str) -> "Cursor":
        return Cursor(raw, self.file, (self.path + step).removeprefix("."), self.problems)
