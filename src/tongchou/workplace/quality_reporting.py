"""The quality report of an institution, to be looked at or sent back."""

import tempfile
from pathlib import Path

from tongchou.access.admission import note_deed
from tongchou.access.subject import Subject
from tongchou.browse.handed_in import handed_in
from tongchou.browse.quality_report import PAGE, quality_report, render_quality_page, write_quality_workbook
from tongchou.core.text import Text
from tongchou.records import uploads
from tongchou.workplace.place import Workplace, no_such
from tongchou.workplace.quality_reading import READ, names_of


def quality_report_of(place: Workplace, subject: Subject, institution_id: str, kind: str) -> bytes:
    """Return the report of an institution as a file.

    Args:
        place: The place.
        subject: Who asks.
        institution_id: The institution.
        kind: `html` or `xlsx`.

    Raises:
        TongchouError: `access.refused`; `workplace.no_institution`.
    """
    whose = place.whose(institution_id)
    place.admit(subject, READ, "clinical", whose, where=institution_id)
    names = names_of(place)
    with place.records.writing() as session:
        if institution_id not in names:
            raise no_such(
                "workplace.no_institution", Text("没有这家机构", "there is no such institution"), institution_id
            )
        senders = uploads.senders(session)
        note_deed(session, subject, READ, "quality_reports", institution_id, place.now(), whose=whose)
    facts = handed_in(place.region.lake).sent_by(senders)
    report = quality_report(place.region, facts, institution_id, names[institution_id], place.today)
    if kind == PAGE:
        return render_quality_page(report).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        write_quality_workbook(report, path)
        return path.read_bytes()
