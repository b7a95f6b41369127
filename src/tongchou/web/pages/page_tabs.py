"""Tabs that are pages of their own: each has its address, and the browser's way back works."""

from collections.abc import Mapping

from nicegui import ui

from tongchou.core.text import Text
from tongchou.web.frame import PageView


def page_tabs(view: PageView, pages: Mapping[str, Text], here: str) -> None:
    """Show links to sibling pages as tabs; the one that is shown is marked.

    Args:
        view: The page.
        pages: Their names by address.
        here: The address of the one that is shown.
    """
    with ui.element("nav").classes("page-tabs"):
        for address, words in pages.items():
            link = ui.link(view.shown.say(words), address)
            if address == here:
                link.props('aria-current="page"')
