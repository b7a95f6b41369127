"""Sentences and names in Chinese and English."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Chinese and in English."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the words in one language."""
        return self.zh if language == "zh" else self.en

    def __str__(self) -> str:
        """Return both languages, Chinese first."""
        return f"{self.zh} / {self.en}" if self.zh != self.en else self.zh

    @classmethod
    def plain(cls, words: str) -> "Text":
        """Return a text that reads the same in both languages (a code, a number, a proper name)."""
        return cls(words, words)
