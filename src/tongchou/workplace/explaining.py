"""Why: explanations of a run's cases, members, events and referrals, for those who may see them."""

from typing import Literal

from tongchou.access.admission import PersonRead, record_read
from tongchou.access.subject import Subject, Whose
from tongchou.browse.cases import CaseFilter, case_page
from tongchou.browse.rows import OpenRun
from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.runs.explain import open_run
from tongchou.workplace.place import Workplace, no_such
from tongchou.workplace.sight import require_no_trial

Kind = Literal["case", "member", "event", "referral"]


def explain(place: Workplace, subject: Subject, run_id: str, kind: Kind, key: str) -> Step:
    """Return why something of a run is as it is.

    Args:
        place: The place.
        subject: Who asks.
        run_id: The run.
        kind: What it is; events and referrals belong to several institutions and are explained to whom the region's
            are open.
        key: Its id.

    Raises:
        TongchouError: `access.refused`; `runs.no_run`; as `Explainer` says.
    """
    require_no_trial(place, subject, run_id)
    whose = _whose(place, run_id, kind, key)
    if kind == "member":
        place.admit(subject, "statements.read", "cost", whose, where=key)
    else:
        place.admit(subject, "cases.explain", "clinical", whose, where=key)
        own = whose.institution_ids[0] if whose.institution_ids else ""
        with place.records.writing() as session:
            record_read(session, subject, PersonRead("explanation", f"{kind} {run_id}", own, 1), place.now())
    with place.engines.engine() as engine:
        explainer = open_run(place.region, run_id, engine)
        match kind:
            case "case":
                return explainer.case(key)
            case "member":
                return explainer.member(key)
            case "event":
                return explainer.event(key)
            case "referral":
                return explainer.referral(key)


def _whose(place: Workplace, run_id: str, kind: Kind, key: str) -> Whose:
    shelved = place.shelf.run(run_id)
    if kind == "member":
        return shelved.whose(key)
    if kind != "case":
        return Whose()
    with place.engines.engine() as engine:
        run = OpenRun(place.region, shelved.record, engine)
        rows = case_page(run, CaseFilter(case_id=key), "case_id", 1).rows
    if not rows:
        raise no_such("runs.no_case", Text("本次结算没有这张清单", "the run has no such case"), key)
    return shelved.whose(rows[0]["institution_id"])
