"""The pages, in the order of the menu."""

from tongchou.web.frame import Page
from tongchou.web.pages.grouping import GROUPING
from tongchou.web.pages.hospitals import HOSPITALS
from tongchou.web.pages.overview import OVERVIEW
from tongchou.web.pages.policy import POLICY
from tongchou.web.pages.quality import QUALITY
from tongchou.web.pages.scenarios import SCENARIOS
from tongchou.web.pages.schemes import SCHEMES
from tongchou.web.pages.settlement import SETTLEMENT

PAGES: tuple[Page, ...] = (
    OVERVIEW,
    SETTLEMENT,
    HOSPITALS,
    GROUPING,
    QUALITY,
    POLICY,
    SCENARIOS,
    SCHEMES,
)
"""Every page."""
