"""Tiles: one figure each, with its name above and what belongs to it below."""

from nicegui import ui

from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.web.preferences import Preferences


def money_tile(shown: Preferences, name: Text, fen: int, note: str = "") -> None:
    """Show an amount (fen) in the unit of the page; where that rounds, the amount to the fen stands below."""
    exact = "" if shown.unit == "yuan" else f"{format_yuan(fen)} {shown.say(Text('元', 'yuan'))}"
    tone = "is-loss" if fen < 0 else ""
    figure_tile(shown.with_unit(name), shown.money(fen), *filter(None, (exact, note)), tone=tone)


def figure_tile(name: str, value: str, *below: str, tone: str = "") -> None:
    """Show a figure that is already written as it is to be read.

    Args:
        name: What it is.
        value: The figure.
        below: What stands below it, each piece kept in one line where there is room; empty ones are left out.
        tone: A class of the style sheet, such as `is-loss`.
    """
    with ui.element("div").classes(f"tile {tone}".strip()):
        ui.label(name).classes("name")
        ui.label(value).classes("value")
        if any(below):
            with ui.element("div").classes("exact"):
                for each in filter(None, below):
                    ui.label(each)
