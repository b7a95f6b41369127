"""Why: explanations of a run's cases, members, alliances, events and referrals, for those who may see them."""

from typing import Literal

from tongchou.access.admission import PersonRead, record_read
from tongchou.access.decision import decide
from tongchou.access.subject import Subject, Whose
from tongchou.browse.cases import CaseFilter, case_page
from tongchou.browse.rows import OpenRun
from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.workplace.answering import Kind, answer
from tongchou.workplace.one_case import CaseSheet, sheet_of
from tongchou.workplace.place import Workplace, no_such
from tongchou.workplace.sight import only_masked, require_no_trial

_SETTLED = ("statements.read", "cost")
"""The action and the grade by which the reasons of a settlement are read."""


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
    if kind in ("member", "alliance"):
        decision = place.admit(subject, *_SETTLED, whose, where=key)
        if decision.outcome == "masked":
            raise only_masked(key, decision)
    else:
        place.admit(subject, "cases.explain", "clinical", whose, where=key)
        own = whose.institution_ids[0] if whose.institution_ids else ""
        with place.records.writing() as session:
            record_read(session, subject, PersonRead("explanation", f"{kind} {run_id}", own, 1), place.now())
    return answer(place, run_id, kind, key)


def explain_case(place: Workplace, subject: Subject, run_id: str, case_id: str) -> tuple[Step, CaseSheet]:
    """Return why a case came out as it did, and the case; it is one read of a person's rows.

    Raises:
        TongchouError: As `explain`.
    """
    step = explain(place, subject, run_id, "case", case_id)
    return step, sheet_of(place, run_id, case_id)


def may_ask(place: Workplace, subject: Subject, run_id: str, kind: Literal["member", "alliance"], key: str) -> bool:
    """Return whether somebody may read why an institution's or an alliance's settlement is what it is."""
    whose = _whose(place, run_id, kind, key)
    return decide(subject, _SETTLED[0], whose, _SETTLED[1]).outcome == "allowed"


def _whose(place: Workplace, run_id: str, kind: Kind, key: str) -> Whose:
    shelved = place.shelf.run(run_id)
    if kind == "member":
        return shelved.whose(key)
    if kind == "alliance":
        return Whose(alliance_ids=(key,))
    if kind != "case":
        return Whose()
    with place.engines.engine() as engine:
        run = OpenRun(place.region, shelved.record, engine)
        rows = case_page(run, CaseFilter(case_id=key), "case_id", 1).rows
    if not rows:
        raise no_such("runs.no_case", Text("本次结算没有这张清单", "the run has no such case"), key)
    return shelved.whose(rows[0]["institution_id"])
