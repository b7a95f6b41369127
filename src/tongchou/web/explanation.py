"""An explanation as a page: a tree that opens step by step, each with facts, parameters and what was rejected."""

from nicegui import ui

from tongchou.core.explanation import ParameterRead, Step
from tongchou.core.text import Text
from tongchou.web.preferences import Preferences


def explanation(step: Step, shown: Preferences, depth: int = 0) -> None:
    """Show a step and those below it; the first two levels stand open."""
    title = f"{shown.say(step.title)} — {shown.say(step.outcome)}"
    with ui.expansion(title, value=depth < 2).classes("why").props("dense dense-toggle switch-toggle-side"):
        if step.facts:
            with ui.element("ul"):
                for fact in step.facts:
                    with ui.element("li"):
                        ui.label(f"{shown.say(fact.label)}：{fact.value}")
        for read in step.parameters:
            ui.label(_parameter(read, shown)).classes("parameter")
        for words in step.rejected:
            ui.label(f"{shown.say(Text('不适用', 'not applied'))}：{shown.say(words)}").classes("is-muted")
        for child in step.children:
            explanation(child, shown, depth + 1)


def _parameter(read: ParameterRead, shown: Preferences) -> str:
    key = f"[{read.key}]" if read.key else ""
    since = shown.say(Text(f"{read.valid_from} 起", f"from {read.valid_from}"))
    return f"◦ {shown.say(read.title)} {key} = {read.value} {read.unit}，{since}，{read.source}"
