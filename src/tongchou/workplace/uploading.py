"""Uploads: announced, received part by part, examined when whole; interrupted at any byte, they go on from there.

What is recorded as received is on the disk. The file may hold more, of a part that was cut off before it was recorded:
the next part is written over it.
"""

import os
import shutil
import unicodedata
from types import TracebackType

from tongchou.access.admission import note_deed
from tongchou.access.subject import REGION, Subject, Whose
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.privacy.redaction import said_file_name
from tongchou.records import uploads
from tongchou.records.held import held
from tongchou.records.models import Upload
from tongchou.records.states import check_step
from tongchou.records.uploads import Announced
from tongchou.records.users import institutions
from tongchou.workplace import upload_files, upload_refusals
from tongchou.workplace.place import Workplace, no_such
from tongchou.workplace.scopes import seen_institutions
from tongchou.workplace.upload_types import HEAD_BYTES, check_beginning, check_content, check_suffix

KIND = "uploads"
CREATE, READ = "uploads.create", "uploads.read"
_LONGEST_NAME = 200


def begin_upload(place: Workplace, subject: Subject, file: Announced, institution_id: str = "") -> Upload:
    """Announce a file; its parts are sent to the id that is returned.

    Args:
        place: The place.
        subject: Who sends it.
        file: What is announced of it. The name is for people: the file is kept under its id.
        institution_id: Whose data it holds; empty where it is the region's, such as the institutions themselves.

    Raises:
        TongchouError: `access.refused`; `workplace.no_institution`; `workplace.upload_name`, `workplace.upload_type`,
            `workplace.upload_too_large` for a file that is not received; `workplace.too_many_uploads`,
            `workplace.no_room` where there is no room for it now.
    """
    whose = _whose(place, institution_id)
    place.admit(subject, CREATE, "person", whose, where=institution_id)
    announced = Announced(_name_for_people(file.file_name), file.size, file.content_type, file.sha256)
    check_suffix(announced.file_name)
    if announced.size > place.settings.upload_bytes:
        raise upload_refusals.too_large(announced.file_name, announced.size, place.settings.upload_bytes)
    with place.records.writing() as session:
        if institution_id and institution_id not in {
            each.institution_id for each in institutions(session, place.today)
        }:
            raise no_such(
                "workplace.no_institution", Text("没有这家机构", "there is no such institution"), institution_id
            )
        _check_room(place, subject, announced, uploads.open_uploads(session))
        upload = uploads.begin_upload(session, announced, subject.user_id, institution_id, place.now())
        upload_files.make_file(place.region.folder, upload.upload_id)
        note_deed(session, subject, CREATE, KIND, upload.upload_id, place.now(), whose=whose)
    return upload


class Part:
    """A part of an upload that is being received; what of it was written is recorded when it is closed.

    Args:
        place: The place.
        upload: The upload, as it was when the part began.
        descriptor: Its file, held.
    """

    def __init__(self, place: Workplace, upload: Upload, descriptor: int) -> None:
        self._place = place
        self._upload = upload
        self._descriptor = descriptor
        self._written = 0

    def write(self, data: bytes | bytearray) -> None:
        """Write what came next.

        Raises:
            TongchouError: `workplace.upload_beyond_size` for more than was announced.
        """
        upload, at = self._upload, self._upload.received + self._written
        if at + len(data) > upload.size:
            raise upload_refusals.beyond_size(_where(upload), upload.size)
        with memoryview(data) as view:
            done = 0
            while done < len(view):
                done += os.pwrite(self._descriptor, view[done:], at + done)
        self._written += len(data)

    def close(self) -> Upload:
        """Let what was written survive a loss of power, record it, and let the file go.

        Raises:
            TongchouError: `workplace.upload_type` if the file does not begin as its name says: it is refused.
        """
        place, upload = self._place, self._upload
        try:
            os.fsync(self._descriptor)
            if upload.received == 0 and self._written:
                self._check_beginning()
            with place.records.writing() as session:
                return uploads.arrived(session, upload.upload_id, upload.received, self._written, place.now())
        finally:
            os.close(self._descriptor)

    def __enter__(self) -> "Part":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_beginning(self) -> None:
        try:
            check_beginning(self._upload.file_name, os.pread(self._descriptor, min(HEAD_BYTES, self._written), 0))
        except TongchouError as problem:
            _refuse(self._place, self._upload, problem)
            raise


def open_part(place: Workplace, subject: Subject, upload_id: str, offset: int) -> Part:
    """Begin a part of an upload, which must begin where the last one ended.

    Raises:
        TongchouError: `access.refused`; `records.not_found`; `records.upload_offset` for another place;
            `records.step_not_possible` if the upload is over; `workplace.upload_busy`; `workplace.upload_lost`;
            `workplace.no_room`.
    """
    before = _held(place, subject, upload_id, CREATE, "person")
    if before.state != "receiving":
        check_step(KIND, upload_id, before.state, "receiving")
    descriptor = upload_files.open_held(place.region.folder, upload_id, _where(before))
    try:
        upload = _ready(place, before, offset, descriptor)
        os.ftruncate(descriptor, upload.received)
    except BaseException:
        os.close(descriptor)
        raise
    return Part(place, upload, descriptor)


def _ready(place: Workplace, before: Upload, offset: int, descriptor: int) -> Upload:
    """Return the upload as it is now that its file is held: what is recorded may have moved on until then."""
    upload = _read(place, before.upload_id)
    if upload.state != "receiving":
        check_step(KIND, upload.upload_id, upload.state, "receiving")
    if offset != upload.received:
        raise upload_refusals.wrong_offset(_where(upload), offset, upload.received, upload.size)
    if os.fstat(descriptor).st_size < upload.received:
        raise upload_files.lost(_where(upload))
    if shutil.disk_usage(place.region.folder).free < place.settings.free_bytes:
        raise upload_refusals.no_room(_where(upload))
    return upload


def upload_of(place: Workplace, subject: Subject, upload_id: str) -> Upload:
    """Return an upload.

    Raises:
        TongchouError: `access.refused`; `records.not_found`.
    """
    return _held(place, subject, upload_id, READ, "aggregate")


def uploads_of(place: Workplace, subject: Subject, institution_id: str | None = None) -> list[Upload]:
    """Return the uploads that somebody sees, the newest first; of one institution where one is named.

    Raises:
        TongchouError: `access.refused`.
    """
    seen = seen_institutions(place, subject, READ, "aggregate", institution_id)
    with place.records.reading() as session:
        return uploads.uploads(session, institution_ids=seen)


def complete_upload(place: Workplace, subject: Subject, upload_id: str) -> Upload:
    """Examine a file that is here whole: its hash, and that it is what its name says. Asked twice, it is done once.

    Raises:
        TongchouError: `access.refused`; `records.not_found`; `records.upload_offset` if some of it is missing;
            `records.upload_hash`, `workplace.upload_type`, `workplace.upload_unpacked`, `workplace.upload_lost` if it
            is not what was announced: then it is refused, and its file removed.
    """
    before = _held(place, subject, upload_id, CREATE, "person")
    if before.state in {"received", "taken_in"}:
        return before
    check_step(KIND, upload_id, before.state, "received")
    folder = place.region.folder
    with upload_files.held_file(folder, upload_id, _where(before)) as descriptor:
        upload = _read(place, upload_id)
        if upload.state == "received":
            return upload
        if upload.received != upload.size:
            raise upload_refusals.not_whole(_where(upload), upload.received, upload.size)
        os.ftruncate(descriptor, min(upload.size, os.fstat(descriptor).st_size))
        try:
            if os.fstat(descriptor).st_size != upload.size:
                raise upload_files.lost(_where(upload))
            path = upload_files.content_path(folder, upload_id)
            check_content(path, upload.file_name, place.settings.unpacked_bytes)
            digest = upload_files.sha256_of(descriptor)
            with place.records.writing() as session:
                whole = uploads.received(session, upload_id, digest, place.now())
                note_deed(session, subject, CREATE, KIND, upload_id, place.now(), whose=_whose_of(place, upload))
        except TongchouError as problem:
            _refuse(place, upload, problem)
            raise
    return whole


def abandon_upload(place: Workplace, subject: Subject, upload_id: str) -> Upload:
    """Give an upload up that is not whole, and remove what came of it.

    Raises:
        TongchouError: `access.refused`; `records.not_found`; `records.step_not_possible`; `workplace.upload_busy`.
    """
    upload = _held(place, subject, upload_id, CREATE, "person")
    check_step(KIND, upload_id, upload.state, "abandoned")
    with upload_files.held_file(place.region.folder, upload_id, _where(upload)), place.records.writing() as session:
        given_up = uploads.abandon(session, upload_id, place.now())
        note_deed(session, subject, CREATE, KIND, upload_id, place.now(), whose=_whose_of(place, upload))
    upload_files.remove_file(place.region.folder, upload_id)
    return given_up


def may_upload_for(place: Workplace, subject: Subject) -> dict[str, Text]:
    """Return the institutions whose data somebody may hand in, with their names; an empty id stands for the region.

    Raises:
        TongchouError: `access.refused` if there are none.
    """
    seen = seen_institutions(place, subject, CREATE, "person")
    with place.records.reading() as session:
        rows = institutions(session, place.today)
    named = {row.institution_id: Text.plain(row.title) for row in rows if seen is None or row.institution_id in seen}
    return (
        named
        if seen is not None
        else {"": Text("全区（机构、参保人等）", "the region (institutions, persons)"), **named}
    )


def _refuse(place: Workplace, upload: Upload, problem: TongchouError) -> None:
    with place.records.writing() as session:
        uploads.refuse_upload(session, upload.upload_id, problem, place.now())
    upload_files.remove_file(place.region.folder, upload.upload_id)


def _held(place: Workplace, subject: Subject, upload_id: str, action: str, grade: str) -> Upload:
    """Return an upload that somebody may see or change; who may not does not learn whether there is one."""
    with place.records.reading() as session:
        upload = session.get(Upload, upload_id)
    if upload is None:
        place.admit(subject, action, grade, Whose(tuple(subject.institution_ids)), where=upload_id)
        return _read(place, upload_id)
    place.admit(subject, action, grade, _whose_of(place, upload), where=upload_id)
    return upload


def _read(place: Workplace, upload_id: str) -> Upload:
    with place.records.reading() as session:
        return held(session, Upload, upload_id)


def _whose(place: Workplace, institution_id: str) -> Whose:
    return place.whose(institution_id) if institution_id else REGION


def _whose_of(place: Workplace, upload: Upload) -> Whose:
    return _whose(place, upload.institution_id)


def _where(upload: Upload) -> str:
    return f"{upload.file_name} {upload.upload_id}"


def _name_for_people(name: str) -> str:
    """Return a file's name as it is shown: what may lead somewhere else, or cannot be shown, is no name."""
    shown = unicodedata.normalize("NFC", name).strip()
    is_hidden = shown.startswith(".") or not shown.strip(". ")
    is_path = any(sign in shown for sign in "/\\:") or ".." in shown
    has_controls = any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn"} for sign in shown)
    if is_hidden or is_path or has_controls or len(shown) > _LONGEST_NAME:
        raise upload_refusals.bad_name(_LONGEST_NAME)
    return said_file_name(shown)


def _check_room(place: Workplace, subject: Subject, file: Announced, there: list[Upload]) -> None:
    settings = place.settings
    own = sum(upload.owner_id == subject.user_id and upload.state == "receiving" for upload in there)
    if own >= settings.open_uploads:
        raise upload_refusals.too_many(file.file_name, settings.open_uploads)
    coming = sum(upload.size - upload.received for upload in there)
    free = shutil.disk_usage(place.region.folder).free
    is_full = sum(upload.size for upload in there) + file.size > settings.uploads_bytes
    if is_full or free - coming - file.size < settings.free_bytes:
        raise upload_refusals.no_room(file.file_name)
