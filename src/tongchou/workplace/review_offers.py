"""What somebody who looks at a case may do about its special review: apply for it, or look at the application."""

from dataclasses import dataclass
from urllib.parse import urlencode

from tongchou.access.decision import decide, may_do_some
from tongchou.access.subject import Subject
from tongchou.browse.cases import CaseFilter, case_page
from tongchou.browse.rows import OpenRun
from tongchou.records.special_cases import standing_application
from tongchou.runs.order import TRIAL
from tongchou.workplace.place import Workplace
from tongchou.workplace.review_prospects import quota_of
from tongchou.workplace.special_reviewing import page_of


@dataclass(frozen=True, slots=True)
class ReviewOffer:
    """Where the special review of a case is applied for, or the application that stands is looked at.

    Attributes:
        page: The page's address.
        is_standing: Whether it was applied for already.
    """

    page: str
    is_standing: bool


def review_offer(place: Workplace, subject: Subject, run_id: str, case_id: str) -> ReviewOffer | None:
    """Return what is offered about a case's special review; None where nothing is.

    Offered is an application to whom the rights let apply for the case, as long as its hospital's quota is not used up;
    where one stands, that is shown instead. Cases of trials are not applied for.

    Raises:
        TongchouError: `runs.no_run`.
    """
    if run_id.endswith(TRIAL) or not may_do_some(subject, "special_cases.apply", "clinical"):
        return None
    shelved = place.shelf.run(run_id)
    with place.engines.engine() as engine:
        rows = case_page(OpenRun(place.region, shelved.record, engine), CaseFilter(case_id=case_id), "case_id", 1).rows
    if not rows:
        return None
    institution_id = rows[0]["institution_id"]
    if decide(subject, "special_cases.apply", shelved.whose(institution_id), "clinical").outcome != "allowed":
        return None
    with place.records.reading() as session:
        standing = standing_application(session, case_id)
    if standing is not None:
        return ReviewOffer(page_of(standing), is_standing=True)
    quota = quota_of(place, shelved, institution_id)
    if quota.used >= quota.allowed:
        return None
    return ReviewOffer(f"/special-cases?{urlencode({'run': run_id, 'case': case_id})}", is_standing=False)
