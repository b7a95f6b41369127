"""One explanation for grouping, payment, sharing and supervision: a tree of steps that answers "why"."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from tongchou.core.money import format_yuan
from tongchou.core.text import Language, Text

FORMAT = "tongchou.explanation/1"
"""Name and version of the JSON form."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a parameter's value comes from: a document, its number and article."""

    title: str
    number: str = ""
    article: str = ""
    url: str = ""

    def __str__(self) -> str:
        """Return the reference in one line."""
        return " ".join(part for part in (self.title, self.number, self.article) if part)


@dataclass(frozen=True, slots=True)
class ParameterRead:
    """One reading of a policy parameter.

    Attributes:
        name: Path of the parameter, e.g. `payment/drg/prepay_ratio`.
        title: Its name for people.
        key: The dimension values asked for, e.g. `level=tertiary`; empty where it has none.
        value: The value as written in the policy file, in the unit of the parameter.
        unit: Unit of the value (ratio, yuan, days, text ...).
        valid_from: First day of validity, inclusive.
        level: Which level of the policy answered (national, city, county, alliance ...).
        source: The document behind the value.
        review_missed: The day by which the value was to be reviewed, where it was used after that day; else None.
    """

    name: str
    title: Text
    key: str
    value: str
    unit: str
    valid_from: date
    level: str
    source: Source
    review_missed: date | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A named figure that a step used or produced, already formatted with its unit; or words, such as a state's."""

    label: Text
    value: str | Text

    def value_in_language(self, language: Language) -> str:
        """Return the value for readers of one language."""
        return self.value.in_language(language) if isinstance(self.value, Text) else self.value


AccountRank = Literal["line", "sum", "total"]


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A line of an account: what it is, how it is reckoned in figures, and what it comes to.

    Attributes:
        label: What it is.
        reckoning: The formula with its figures.
        fen: What it comes to, signed as it enters the sum below it.
        rank: `line` for a part, `sum` for what the lines above come to, `total` for what all comes to.
    """

    label: Text
    reckoning: Text
    fen: int
    rank: AccountRank = "line"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an explanation.

    Attributes:
        rule: Stable id of the rule, e.g. `payment.drg.high_outlier`.
        title: What the step does.
        outcome: What came out of it.
        facts: What went in.
        parameters: Every policy parameter that the step read.
        rejected: What was tried and not taken, with the reason.
        children: The steps inside this one, in order.
        account: The same as an account, line by line with the sum at its foot; empty where nothing is added up.
    """

    rule: str
    title: Text
    outcome: Text
    facts: tuple[Fact, ...] = ()
    parameters: tuple[ParameterRead, ...] = ()
    rejected: tuple[Text, ...] = ()
    children: tuple["Step", ...] = ()
    account: tuple[AccountLine, ...] = ()

    def walk(self) -> Iterator["Step"]:
        """Yield this step and all below it, depth first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, eq=False)
class Deferred:
    """An explanation that is written when it is asked for: hardly any of a year's hundreds of thousands ever is.

    Two are equal if they say the same.

    Attributes:
        write: What writes it.
        of: What it is written of. Whatever it says of a policy was read before; writing it reads nothing.
    """

    write: Callable[..., Step]
    of: tuple[object, ...]

    def __eq__(self, other: object) -> bool:
        """Return whether both say the same."""
        return isinstance(other, Deferred) and told(self) == told(other)

    def __hash__(self) -> int:
        """Return the hash of what it says."""
        return hash(told(self))


Explanation = Step | Deferred
"""A step, or what it is written of."""


def told(explanation: Explanation) -> Step:
    """Return an explanation as a step, written now if it was deferred."""
    return explanation.write(*explanation.of) if isinstance(explanation, Deferred) else explanation


def explanation_as_json(root: Step) -> dict[str, Any]:
    """Return the explanation as a JSON object (`format` names the version)."""
    return {"format": FORMAT, "explanation": _step_as_json(root)}


def explanation_as_text(root: Step, language: Language) -> str:
    """Return the explanation as indented lines in one language."""
    return "\n".join(_lines(root, language, 0))


def _step_as_json(step: Step) -> dict[str, Any]:
    return {
        "rule": step.rule,
        "title": _text(step.title),
        "outcome": _text(step.outcome),
        "facts": [{"label": _text(fact.label), "value": str(fact.value)} for fact in step.facts],
        "parameters": [
            {
                "name": read.name,
                "title": _text(read.title),
                "key": read.key,
                "value": read.value,
                "unit": read.unit,
                "valid_from": read.valid_from.isoformat(),
                "level": read.level,
                "source": {
                    "title": read.source.title,
                    "number": read.source.number,
                    "article": read.source.article,
                    "url": read.source.url,
                },
                "review_missed": read.review_missed.isoformat() if read.review_missed else None,
            }
            for read in step.parameters
        ],
        "rejected": [_text(text) for text in step.rejected],
        "children": [_step_as_json(child) for child in step.children],
        "account": [
            {"label": _text(line.label), "reckoning": _text(line.reckoning), "fen": line.fen, "rank": line.rank}
            for line in step.account
        ],
    }


def _text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _lines(step: Step, language: Language, depth: int) -> Iterator[str]:
    indent = "  " * depth
    word = _WORDS[language]
    yield f"{indent}{step.title.in_language(language)}{word['is']}{step.outcome.in_language(language)}"
    for fact in step.facts:
        yield f"{indent}  · {fact.label.in_language(language)}{word['is']}{fact.value_in_language(language)}"
    for line in step.account:
        yield (
            f"{indent}  {_RANKS[line.rank]} {line.label.in_language(language)}{word['is']}"
            f"{line.reckoning.in_language(language)} = {format_yuan(line.fen)}"
        )
    for read in step.parameters:
        key = f" [{read.key}]" if read.key else ""
        missed = f"{word['review']}{read.review_missed.isoformat()}" if read.review_missed else ""
        yield (
            f"{indent}  § {read.title.in_language(language)}{key} = {read.value} {read.unit}"
            f"{word['from']}{read.valid_from.isoformat()}{word['source']}{read.source} [{read.level}]{missed}"
        )
    for text in step.rejected:
        yield f"{indent}  × {text.in_language(language)}"
    for child in step.children:
        yield from _lines(child, language, depth + 1)


_RANKS: Mapping[AccountRank, str] = {"line": "·", "sum": "=", "total": "="}
_WORDS = {
    "zh": {"is": "：", "from": "，自 ", "source": " 起，依据：", "review": "！复核期限已过："},
    "en": {"is": ": ", "from": ", from ", "source": ", source: ", "review": " ! to be reviewed by "},
}
