"""An explanation as a page: a tree that opens step by step, each with facts, parameters and what was rejected."""

from collections.abc import Callable, Iterator, Mapping
from html import escape

from nicegui import ui

from tongchou.core.explanation import AccountLine, Fact, ParameterRead, Step
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.policy.parameter import Unit
from tongchou.web.policy_words import UNITS, key_words, source_words
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
    ui.html(named(written(step, shown)), sanitize=False).classes("why")


def written(step: Step, shown: Preferences) -> str:
    """Return an explanation as HTML in the language of the page; whatever it says is escaped."""
    return "".join(_step(step, shown, 0))


def _step(step: Step, shown: Preferences, depth: int) -> Iterator[str]:
    has_more = step.facts or step.parameters or step.rejected or step.children
    title = f"<b>{_said(step.title, shown)}</b> <span>{_said(step.outcome, shown)}</span>"
    if not has_more:
        yield f'<div class="why-leaf">{title}</div>'
        return
    yield f"<details{' open' if depth < _OPEN_LEVELS else ''}><summary>{title}</summary>"
    if step.facts:
        yield "<dl>"
        for fact in step.facts:
            yield _fact(fact, shown)
        yield "</dl>"
    for read in step.parameters:
        yield f'<div class="why-parameter">{escape(_parameter(read, shown))}</div>'
    for words in step.rejected:
        yield f'<div class="why-rejected">{escape(shown.say(_REJECTED))}{_said(words, shown)}</div>'
    for child in step.children:
        yield from _step(child, shown, depth + 1)
    yield "</details>"


def account(step: Step, shown: Preferences) -> None:
    """Show the account of a step as a ledger has it: words, reckoning, yuan at the right, sums ruled off."""
    ui.html(written_account(step, shown), sanitize=False).classes("account")


def written_account(step: Step, shown: Preferences) -> str:
    """Return the account of a step as an HTML table in the language of the page."""
    heads = (Text("项目", "item"), Text("算法", "how it is reckoned"), Text("金额（元）", "yuan"))
    head = "".join(f'<th scope="col">{_said(each, shown)}</th>' for each in heads)
    rows = "".join(_account_line(line, shown) for line in step.account)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _account_line(line: AccountLine, shown: Preferences) -> str:
    loss = ' class="is-loss-text"' if line.rank == "total" and line.fen < 0 else ""
    return (
        f'<tr class="is-{line.rank}"><th scope="row">{_said(line.label, shown)}</th>'
        f"<td>{_said(line.reckoning, shown)}</td><td{loss}>{format_yuan(line.fen)}</td></tr>"
    )


_REJECTED = Text("不适用：", "not applied: ")


def _said(words: Text, shown: Preferences) -> str:
    return escape(shown.say(words))


def _fact(fact: Fact, shown: Preferences) -> str:
    value = escape(shown.one_of(fact.value_in_language(shown.language)))
    # What is longer than a figure has a line of its own.
    wide = ' class="is-wide"' if len(value) + len(shown.say(fact.label)) > _NARROW[shown.language] else ""
    return f"<div{wide}><dt>{_said(fact.label, shown)}</dt><dd>{value}</dd></div>"


_NARROW = {"zh": 24, "en": 40}


def _parameter(read: ParameterRead, shown: Preferences) -> str:
    asked = key_words(", ".join(part.partition("=")[2] for part in read.key.split(", ")), shown)
    key = shown.say(Text(f"（{asked}）", f" ({asked})"))
    unit = f" {shown.say(_UNIT_WORDS[read.unit])}" if read.unit in _UNIT_WORDS else ""
    since = shown.say(Text(f"，{read.valid_from} 起，依据：", f", from {read.valid_from}, source: "))
    source = source_words(read.source, shown)
    return f"§ {shown.say(read.title)}{key if read.key else ''} = {read.value}{unit}{since}{source}"
