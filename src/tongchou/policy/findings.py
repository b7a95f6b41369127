"""What an examination of policy packs finds: sentences with where and what to do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tongchou.core.errors import TongchouError
from tongchou.core.text import Language, Text


class Severity(StrEnum):
    """How grave a finding is, the gravest first.

    `error`: the packs cannot be used; `warning`: a settlement would fail or rest on something doubtful; `ask`: it may
    be right, somebody should look; `hint`: it could be better kept.
    """

    ERROR = "error"
    WARNING = "warning"
    ASK = "ask"
    HINT = "hint"

    @property
    def label(self) -> Text:
        """The severity's name for people."""
        return _TITLES[self]


_TITLES = {
    Severity.ERROR: Text("错误", "error"),
    Severity.WARNING: Text("警告", "warning"),
    Severity.ASK: Text("请确认", "ask"),
    Severity.HINT: Text("提示", "hint"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        check: The check, or the code of an error of loading.
        severity: How grave it is.
        what: What was found.
        where: The file, or pack and parameter.
        remedy: What to do about it.
    """

    check: str
    severity: Severity
    what: Text
    where: str
    remedy: Text

    @classmethod
    def of(cls, problem: TongchouError) -> "Finding":
        """Return a problem of loading as a finding."""
        what = Text(f"{problem.what.zh}：{problem.why.zh}", f"{problem.what.en}: {problem.why.en}")
        return cls(problem.code, Severity.ERROR, what, problem.where, problem.remedy)

    def sentence(self, language: Language) -> str:
        """Return the finding in one language."""
        title, what, remedy = (each.in_language(language) for each in (self.severity.label, self.what, self.remedy))
        if language == "zh":
            return f"[{title} {self.check}] {what}（{self.where}）。请{remedy}。"
        return f"[{title} {self.check}] {what} ({self.where}). To mend it: {remedy}."

    def as_json(self) -> dict[str, Any]:
        """Return the finding as a JSON object, texts in both languages."""
        return {
            "check": self.check,
            "severity": self.severity.value,
            "where": self.where,
            "what": {"zh": self.what.zh, "en": self.what.en},
            "remedy": {"zh": self.remedy.zh, "en": self.remedy.en},
        }
