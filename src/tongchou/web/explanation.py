"""An explanation as a page: a tree that opens step by step, each with facts, parameters and what was rejected."""

from collections.abc import Callable, Iterator, Mapping
from html import escape

from nicegui import ui

from tongchou.core.explanation import AccountLine, Fact, ParameterRead, Step
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.policy.parameter import Unit
from tongchou.web.policy_words import UNITS, choice_words, key_words, source_words
from tongchou.web.preferences import Preferences

_OPEN_LEVELS = 2
_UNIT_WORDS: Mapping[str, Text] = {unit.value: words for unit, words in UNITS.items() if unit is not Unit.TEXT}


def explanation(step: Step, shown: Preferences, named: Callable[[str], str] = str) -> None:
    """Show a step and those below it; the first two levels stand open.

    Args:
        step: The step.
        shown: How the page is shown.
        named: Replaces ids in words by names.

    It is one piece of the browser's own `details`, which opens by click and by keyboard without asking the server:
    a tree of a hundred steps is there at once.
    """
    ui.html(written(step, shown, named), sanitize=False).classes("why")


def written(step: Step, shown: Preferences, named: Callable[[str], str] = str) -> str:
    """Return an explanation as HTML in the language of the page; whatever it says is escaped."""
    return "".join(_Writing(shown, named).step(step, 0))


class _Writing:
    """Writes the steps of one explanation."""

    def __init__(self, shown: Preferences, named: Callable[[str], str]) -> None:
        self._shown, self._named = shown, named

    def step(self, step: Step, depth: int) -> Iterator[str]:
        has_more = step.facts or step.parameters or step.rejected or step.children
        title = f"<b>{self._said(step.title)}</b> <span>{self._said(step.outcome)}</span>"
        if not has_more:
            yield f'<div class="why-leaf">{title}</div>'
            return
        yield f"<details{' open' if depth < _OPEN_LEVELS else ''}><summary>{title}</summary>"
        if step.facts:
            yield "<dl>"
            for fact in step.facts:
                yield self._fact(fact)
            yield "</dl>"
        for read in step.parameters:
            yield f'<div class="why-parameter">{escape(self._named(_parameter(read, self._shown)))}</div>'
        for words in step.rejected:
            yield f'<div class="why-rejected">{escape(self._shown.say(_REJECTED))}{self._said(words)}</div>'
        for child in step.children:
            yield from self.step(child, depth + 1)
        yield "</details>"

    def _fact(self, fact: Fact) -> str:
        label = self._said(fact.label)
        value = escape(self._named(self._shown.one_of(fact.value_in_language(self._shown.language))))
        # What is longer than a figure has a line of its own.
        wide = ' class="is-wide"' if _breadth(label) + _breadth(value) > _NARROW else ""
        return f"<div{wide}><dt>{label}</dt><dd>{value}</dd></div>"

    def _said(self, words: Text) -> str:
        return escape(self._named(self._shown.say(words)))


_NARROW = 40
"""Latin letters of a fact that shares its line with others."""


def _breadth(words: str) -> int:
    return sum(1 if sign < "\u2e80" else 2 for sign in words)


def account(step: Step, shown: Preferences, named: Callable[[str], str] = str) -> None:
    """Show the account of a step as a ledger has it: words, reckoning, yuan at the right, sums ruled off.

    Args:
        step: The step.
        shown: How the page is shown.
        named: Replaces ids in words by names.
    """
    ui.html(written_account(step, shown, named), sanitize=False).classes("account")


def written_account(step: Step, shown: Preferences, named: Callable[[str], str] = str) -> str:
    """Return the account of a step as an HTML table in the language of the page."""
    heads = (Text("项目", "item"), Text("算法", "how it is reckoned"), Text("金额（元）", "yuan"))
    head = "".join(f'<th scope="col">{_said(each, shown)}</th>' for each in heads)
    rows = "".join(_account_line(line, shown, named) for line in step.account)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _account_line(line: AccountLine, shown: Preferences, named: Callable[[str], str]) -> str:
    loss = ' class="is-loss-text"' if line.rank == "total" and line.fen < 0 else ""
    return (
        f'<tr class="is-{line.rank}"><th scope="row">{escape(named(shown.say(line.label)))}</th>'
        f"<td>{_said(line.reckoning, shown)}</td><td{loss}>{format_yuan(line.fen)}</td></tr>"
    )


_REJECTED = Text("不适用：", "not applied: ")


def _said(words: Text, shown: Preferences) -> str:
    return escape(shown.say(words))


def _parameter(read: ParameterRead, shown: Preferences) -> str:
    asked_for = [part.partition("=") for part in read.key.split(", ")]
    asked = key_words(", ".join(key for *_, key in asked_for), shown, [name for name, *_ in asked_for])
    key = shown.say(Text(f"（{asked}）", f" ({asked})"))
    unit = f" {shown.say(_UNIT_WORDS[read.unit])}" if read.unit in _UNIT_WORDS else ""
    since = shown.say(Text(f"，{read.valid_from} 起，依据：", f", from {read.valid_from}, source: "))
    source = source_words(read.source, shown)
    value = choice_words(read.name, read.value, shown)
    return f"§ {shown.say(read.title)}{key if read.key else ''} = {value}{unit}{since}{source}"
