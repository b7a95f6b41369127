"""Errors as sentences: what happened, where, why, and what to do."""

from collections.abc import Sequence
from typing import Any

from tongchou.core.text import Language, Text


class TongchouError(Exception):
    """A problem that a user can understand and mend.

    Args:
        code: Stable identifier, `room.problem`, listed in `docs/errors.md`.
        what: What is wrong.
        where: The file, row, parameter, case or institution concerned.
        why: The rule or fact that makes it wrong.
        remedy: What to do about it.
    """

    def __init__(self, code: str, *, what: Text, where: str, why: Text, remedy: Text) -> None:
        super().__init__(code)
        self.code = code
        self.what = what
        self.where = where
        self.why = why
        self.remedy = remedy

    def sentence(self, language: Language) -> str:
        """Return the whole problem in one language."""
        what, why, remedy = (text.in_language(language) for text in (self.what, self.why, self.remedy))
        if language == "zh":
            where = f"（{self.where}）" if self.where else ""
            return f"[{self.code}] {what}{where}：{why}。请{remedy}。"
        where = f" ({self.where})" if self.where else ""
        return f"[{self.code}] {what}{where}: {why}. To mend it: {remedy}."

    def as_json(self) -> dict[str, Any]:
        """Return the problem as a JSON object, texts in both languages."""
        texts = {"what": self.what, "why": self.why, "remedy": self.remedy}
        return {
            "code": self.code,
            "where": self.where,
            **{name: {"zh": text.zh, "en": text.en} for name, text in texts.items()},
        }

    def __str__(self) -> str:
        """Return the sentence in Chinese, then in English."""
        return f"{self.sentence('zh')}\n{self.sentence('en')}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by parts, so that an error raised in a worker process arrives whole."""
        return _rebuild, (type(self), self.code, self.what, self.where, self.why, self.remedy)


class Problems(TongchouError):
    """Several problems found in one pass, reported together."""

    def __init__(self, problems: Sequence[TongchouError]) -> None:
        first = problems[0]
        super().__init__(first.code, what=first.what, where=first.where, why=first.why, remedy=first.remedy)
        self.problems = tuple(problems)

    def sentence(self, language: Language) -> str:
        """Return every problem in one language, a line each."""
        return "\n".join(problem.sentence(language) for problem in self.problems)

    def as_json(self) -> dict[str, Any]:
        """Return `{"problems": [...]}`."""
        return {"problems": [problem.as_json() for problem in self.problems]}

    def __str__(self) -> str:
        """Return every problem in both languages."""
        return "\n".join(str(problem) for problem in self.problems)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the list of problems."""
        return Problems, (self.problems,)


def _rebuild(kind: type[TongchouError], code: str, what: Text, where: str, why: Text, remedy: Text) -> TongchouError:
    return kind(code, what=what, where=where, why=why, remedy=remedy)
