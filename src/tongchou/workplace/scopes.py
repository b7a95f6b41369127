"""Whose records somebody sees: all of the region's, or those of some institutions."""

from tongchou.access.decision import decide
from tongchou.access.subject import REGION, Subject, Whose
from tongchou.core.text import Text
from tongchou.records.users import institutions
from tongchou.workplace.place import Workplace, no_such


def seen_institutions(
    place: Workplace, subject: Subject, action: str, grade: str, only: str | None = None
) -> frozenset[str] | None:
    """Return the institutions whose records somebody sees in full; None where they are the region's as a whole.

    Args:
        place: The place.
        subject: Who asks.
        action: The action of the rights.
        grade: The grade of the data.
        only: Of this institution, where only one is asked for.

    Raises:
        TongchouError: `access.refused` if it is none, or not the one that is asked for; `workplace.no_institution` if
            that one is seen under a number only: it has no name here.
    """
    if only is not None:
        if place.admit(subject, action, grade, place.whose(only), where=only).outcome == "masked":
            raise no_such("workplace.no_institution", Text("没有这家机构", "there is no such institution"), only)
        return frozenset((only,))
    if decide(subject, action, REGION, grade).outcome == "allowed":
        return None
    with place.records.reading() as session:
        rows = institutions(session, place.today)
    seen = frozenset(
        row.institution_id
        for row in rows
        if decide(subject, action, Whose((row.institution_id,), tuple(filter(None, (row.alliance_id,)))), grade).outcome
        == "allowed"
    )
    if not seen:
        place.admit(subject, action, grade)
    return seen
