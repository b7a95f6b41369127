"""What a check of a scheme finds, and how examples are put into its sentences."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tongchou.core.text import Language, Text

FindingSeverity = Literal["error", "warning", "note"]
"""`error`: the scheme cannot do what it says; `warning`: most likely a mistake; `note`: good to know."""

_MOST_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found in a scheme.

    Attributes:
        check: Stable name of the check; the scheme manual lists them.
        where: The table, group or list concerned.
        sentence: What is the matter.
        remedy: What to do about it.
    """

    check: str
    severity: FindingSeverity
    where: str
    sentence: Text
    remedy: Text

    def line(self, language: Language) -> str:
        """Return the finding in one language."""
        sentence, remedy = self.sentence.in_language(language), self.remedy.in_language(language)
        if language == "zh":
            return f"[{self.check}] {self.where}：{sentence}。请{remedy}。"
        return f"[{self.check}] {self.where}: {sentence}. To mend it: {remedy}."

    def as_json(self) -> dict[str, Any]:
        """Return the finding as a JSON object, texts in both languages."""
        return {
            "check": self.check,
            "severity": self.severity,
            "where": self.where,
            "sentence": {"zh": self.sentence.zh, "en": self.sentence.en},
            "remedy": {"zh": self.remedy.zh, "en": self.remedy.en},
        }


def in_order_of_weight(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with the gravest first; those of one severity as they came."""
    rank = {severity: number for number, severity in enumerate(get_args(FindingSeverity))}
    return sorted(findings, key=lambda finding: rank[finding.severity])


def examples(items: Collection[str], *, name: Callable[[str], str | None] | None = None) -> Text:
    """Return a few of some codes in words: `A01.000 伤寒、…等 12 个` / `A01.000, … (12 in all)`.

    Args:
        items: The codes, in the order in which they are wanted if they have one, else by code.
        name: Returns the name of a code, where names are at hand.
    """
    chosen = list(items if isinstance(items, Sequence) else sorted(items))[:_MOST_EXAMPLES]
    spoken = [f"{code} {words}" if name and (words := name(code)) else code for code in chosen]
    rest = len(items) > len(chosen)
    return Text(
        "、".join(spoken) + (f" 等 {len(items):,} 个" if rest else ""),
        ", ".join(spoken) + (f" … ({len(items):,} in all)" if rest else ""),
    )
