"""Clearing: uploads that nobody goes on with are given up; files and records that are over are removed."""

import time

import structlog

from tongchou.access.sign_in import forget_old
from tongchou.records import uploads
from tongchou.records.idempotency import forget_expired
from tongchou.records.uploads import open_uploads
from tongchou.workplace import upload_files
from tongchou.workplace.place import Workplace

_LOG = structlog.get_logger("tongchou.uploads")
_EVERY_SECONDS = 3600
_YOUNG_SECONDS = 3600


class Clearing:
    """Clears when it is due.

    Args:
        place: The working place.
    """

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._next = time.monotonic()

    def when_due(self) -> None:
        """Clear once an hour."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY_SECONDS
            clear_uploads(self._place)
            clear_records(self._place)


def clear_records(place: Workplace) -> None:
    """Remove sign-ins, failures and kept answers whose time is over; the audit keeps that they were."""
    with place.records.writing() as session:
        answers = forget_expired(session, place.now())
        forget_old(session, place.rules, place.now())
    if answers:
        _LOG.info("kept answers forgotten", count=answers)


def clear_uploads(place: Workplace) -> int:
    """Give up uploads of which no part came for as long as the settings say, and remove files without an upload.

    Returns:
        How many uploads were given up.
    """
    folder, limit = place.region.folder, place.settings.upload_age
    with place.records.writing() as session:
        stale = uploads.stale_uploads(session, silent_since=place.now() - limit)
        for upload in stale:
            uploads.abandon(session, upload.upload_id, place.now())
        kept = {upload.upload_id for upload in open_uploads(session)}
    if stale:
        _LOG.info("uploads given up", count=len(stale))
    if not place.settings.keep_taken_in and upload_files.uploads_folder(folder).is_dir():
        for each in upload_files.uploads_folder(folder).iterdir():
            # A folder is made a moment before its record is there.
            if each.name not in kept and time.time() - each.stat().st_mtime > _YOUNG_SECONDS:
                upload_files.remove_file(folder, each.name)
    for upload in stale:
        upload_files.remove_file(folder, upload.upload_id)
    return len(stale)
