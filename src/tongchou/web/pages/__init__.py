"""The pages, in the order of the menu."""

from tongchou.web.frame import Page
from tongchou.web.pages.administration import ADMINISTRATION
from tongchou.web.pages.audit import AUDIT
from tongchou.web.pages.grouping import GROUPING
from tongchou.web.pages.hospitals import HOSPITALS
from tongchou.web.pages.ledger import LEDGER
from tongchou.web.pages.me import ME
from tongchou.web.pages.notices import NOTICES
from tongchou.web.pages.overview import OVERVIEW
from tongchou.web.pages.policy import POLICY
from tongchou.web.pages.quality import QUALITY
from tongchou.web.pages.referrals import REFERRALS
from tongchou.web.pages.scenarios import SCENARIOS
from tongchou.web.pages.schemes import SCHEMES
from tongchou.web.pages.settlement import SETTLEMENT
from tongchou.web.pages.special_cases import SPECIAL_CASES

PAGES: tuple[Page, ...] = (
    OVERVIEW,
    SETTLEMENT,
    HOSPITALS,
    LEDGER,
    GROUPING,
    QUALITY,
    REFERRALS,
    SPECIAL_CASES,
    POLICY,
    SCENARIOS,
    SCHEMES,
    ADMINISTRATION,
    AUDIT,
    ME,
    NOTICES,
)
"""Every page."""
