"""Links that cut a list down to the records of one state."""

from collections.abc import Mapping

from nicegui import ui

from tongchou.core.text import Text
from tongchou.web.frame import PageView


def state_links(view: PageView, path: str, titles: Mapping[str, Text], chosen: str | None) -> None:
    """Show a link for all records and one for each state; the one that is chosen is marked.

    Args:
        view: The page.
        path: Its address.
        titles: The states with their names.
        chosen: The state that the list shows; None for all.
    """
    with ui.element("div").classes("bar"):
        for state, title in {"": Text("全部", "all"), **titles}.items():
            link = ui.link(view.shown.say(title), f"{path}?state={state}")
            if state == (chosen or ""):
                link.props('aria-current="true"').style("font-weight: 700; text-decoration: none")
