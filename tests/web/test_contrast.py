"""Colours: words can be read on what they stand on, and what is drawn can be told from it (WCAG 2.1, AA)."""

import re
from itertools import pairwise

import pytest

from tongchou.web.chart_colours import LOSS, PALETTE, PANEL
from tongchou.web.frame import place_css

WORDS, DRAWN = 4.5, 3.0
PAIRS = (
    ("ink", "page"),
    ("ink", "panel"),
    ("ink", "stripe"),
    ("ink", "notice"),
    ("ink", "accent-soft"),
    ("muted", "page"),
    ("muted", "panel"),
    ("muted", "stripe"),
    ("accent", "page"),
    ("accent", "panel"),
    ("accent", "stripe"),
    ("accent-strong", "accent-soft"),
    ("loss", "panel"),
    ("loss", "stripe"),
)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def colours(theme: str) -> dict[str, str]:
    start = {"light": r":root \{", "dark": r"body\.body--dark \{"}[theme]
    (block,) = re.findall(start + r"(.*?)\}", place_css(), re.DOTALL)
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_on_what_they_stand_on(theme: str) -> None:
    known = colours(theme)
    poor = {pair: contrast(known[pair[0]], known[pair[1]]) for pair in PAIRS}
    assert {pair: found for pair, found in poor.items() if found < WORDS} == {}


def test_white_words_can_be_read_on_the_buttons_of_both_themes() -> None:
    (deep,) = re.findall(r"bg-primary \{ --q-primary: (#[0-9a-f]{6})", place_css())
    assert min(contrast("#ffffff", deep), contrast("#ffffff", colours("light")["accent"])) >= WORDS


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_whatever_is_drawn_can_be_told_from_its_ground(theme: str) -> None:
    drawn = (*PALETTE[theme], LOSS[theme])
    assert {colour for colour in drawn if contrast(colour, PANEL[theme]) < DRAWN} == set()
    assert PANEL[theme] == colours(theme)["panel"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_neighbouring_series_differ_without_hue(theme: str) -> None:
    assert min(contrast(one, other) for one, other in pairwise(PALETTE[theme][:4])) >= 1.25
