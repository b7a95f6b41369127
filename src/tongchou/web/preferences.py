"""How somebody wants to see pages: language, light or dark, unit of money; kept in the browser's own cookies."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tongchou.core.money import format_ten_thousand, format_yuan
from tongchou.core.text import Language, Text

Theme = Literal["light", "dark"]
Unit = Literal["yuan", "ten_thousand"]

LANGUAGE_COOKIE = "tongchou_language"
THEME_COOKIE = "tongchou_theme"
UNIT_COOKIE = "tongchou_unit"

_BOTH = re.compile(r"(?P<shared>(?:[!-~]+ )*)(?P<zh>[^/]*[\u4e00-\u9fff][^/]*) / (?P<en>[^\u4e00-\u9fff]+)")
_FEN_IN: Mapping[Unit, int] = {"yuan": 100, "ten_thousand": 1_000_000}
UNIT_NAMES: Mapping[Unit, Text] = {"yuan": Text("元", "yuan"), "ten_thousand": Text("万元", "10,000 yuan")}


@dataclass(frozen=True, slots=True)
class Preferences:
    """How pages are shown.

    Attributes:
        language: Chinese unless English was chosen.
        theme: Light unless dark was chosen.
        unit: What amounts are shown in.
    """

    language: Language = "zh"
    theme: Theme = "light"
    unit: Unit = "ten_thousand"

    def say(self, words: Text) -> str:
        """Return words in the language of the page."""
        return words.in_language(self.language)

    def one_of(self, words: str) -> str:
        """Return the language of the page out of words that a file holds in both: `中文 / English`.

        What stands before the Chinese, such as a number or a year, belongs to both.
        """
        both = _BOTH.fullmatch(words)
        if both is None:
            return words
        return f"{both['shared']}{both['zh' if self.language == 'zh' else 'en']}"

    def money(self, fen: int) -> str:
        """Return an amount in the unit of the page: `12.34` (10,000 yuan, half up) or `123,400.00` (yuan)."""
        return format_yuan(fen) if self.unit == "yuan" else format_ten_thousand(fen)

    @property
    def fen_in_unit(self) -> int:
        """How many fen the unit of the page has."""
        return _FEN_IN[self.unit]

    @property
    def unit_name(self) -> str:
        """The unit's name in the language of the page."""
        return self.say(UNIT_NAMES[self.unit])

    def with_unit(self, words: Text) -> str:
        """Return the name of an amount with the unit that amounts are shown in."""
        unit = UNIT_NAMES[self.unit]
        # The unit stays in one line.
        english = unit.en.replace(" ", "\N{NO-BREAK SPACE}")
        return self.say(Text(f"{words.zh}（{unit.zh}）", f"{words.en} ({english})"))


def preferences(cookies: Mapping[str, str]) -> Preferences:
    """Return what the browser's cookies say; what they do not say, or say wrongly, is as if not said."""
    language = cookies.get(LANGUAGE_COOKIE, "")
    theme, unit = cookies.get(THEME_COOKIE, ""), cookies.get(UNIT_COOKIE, "")
    return Preferences(
        "en" if language == "en" else "zh",
        "dark" if theme == "dark" else "light",
        "yuan" if unit == "yuan" else "ten_thousand",
    )
