"""Addresses of pages: a path with what it asks for."""

from collections.abc import Mapping
from urllib.parse import urlencode

from nicegui import ui


def address(path: str, query: Mapping[str, str | None]) -> str:
    """Return the address of a page; what is asked with no words is left out."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{asked}" if asked else path


def go(path: str, **query: str | None) -> None:
    """Show a page in place of this one."""
    ui.navigate.to(address(path, query))
