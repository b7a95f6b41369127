"""The pages, in the order of the menu."""

from tongchou.web.frame import Page
from tongchou.web.pages.hospitals import HOSPITALS
from tongchou.web.pages.overview import OVERVIEW
from tongchou.web.pages.quality import QUALITY
from tongchou.web.pages.settlement import SETTLEMENT

PAGES: tuple[Page, ...] = (OVERVIEW, SETTLEMENT, HOSPITALS, QUALITY)
"""Every page."""
