"""Uploads: files on their way in, which can be interrupted and go on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.held import held
from tongchou.records.models import Upload
from tongchou.records.states import check_step


@dataclass(frozen=True, slots=True)
class Announced:
    """What a sender says of a file before it is sent: `size` in bytes, `sha256` in hexadecimal or empty."""

    file_name: str
    size: int
    content_type: str = ""
    sha256: str = ""


def begin_upload(session: Session, file: Announced, owner_id: str, institution_id: str, at: datetime) -> Upload:
    """Begin an upload; its id, not its name, says where its bytes are kept."""
    upload = Upload(
        file_name=file.file_name,
        size=file.size,
        content_type=file.content_type,
        sha256=file.sha256.lower(),
        owner_id=owner_id,
        institution_id=institution_id,
        created_at=at,
        changed_at=at,
    )
    session.add(upload)
    session.flush()
    return upload


def arrived(session: Session, upload_id: str, offset: int, length: int, at: datetime) -> Upload:
    """Note that bytes from `offset` on are kept; the next part must begin where they end.

    Raises:
        TongchouError: `records.upload_offset` if the part does not begin where the last one ended, or goes beyond the
            size announced; `records.step_not_possible` if the upload is over.
    """
    upload = held(session, Upload, upload_id)
    if upload.state != "receiving":
        check_step("uploads", upload_id, upload.state, "receiving")
    if offset != upload.received or offset + length > upload.size:
        raise TongchouError(
            "records.upload_offset",
            what=Text("上传的这一段接不上", "this part of the upload does not follow"),
            where=f"{upload.file_name} {upload_id}: {offset}+{length}",
            why=Text(
                f"已收 {upload.received}，共 {upload.size} 字节", f"{upload.received} of {upload.size} bytes are here"
            ),
            remedy=Text(f"从 {upload.received} 字节处续传", f"go on from byte {upload.received}"),
        )
    upload.received, upload.changed_at = offset + length, at
    session.flush()
    return upload


def received(session: Session, upload_id: str, sha256: str, at: datetime) -> Upload:
    """Note that a file is here whole, with the hash of its bytes.

    Raises:
        TongchouError: `records.upload_hash` if the bytes are not those that were announced; `records.upload_offset` if
            some are missing.
    """
    upload = held(session, Upload, upload_id)
    check_step("uploads", upload_id, upload.state, "received")
    if upload.received != upload.size:
        raise TongchouError(
            "records.upload_offset",
            what=Text("文件还没有收全", "the file is not here whole"),
            where=f"{upload.file_name} {upload_id}",
            why=Text(
                f"已收 {upload.received}，共 {upload.size} 字节", f"{upload.received} of {upload.size} bytes are here"
            ),
            remedy=Text(f"从 {upload.received} 字节处续传", f"go on from byte {upload.received}"),
        )
    if upload.sha256 and upload.sha256 != sha256.lower():
        raise TongchouError(
            "records.upload_hash",
            what=Text("收到的文件与声明的不同", "the file that came is not the one announced"),
            where=f"{upload.file_name} {upload_id}",
            why=Text("哈希不一致，传输中有改变", "its hash differs: it was changed on the way"),
            remedy=Text("重新上传", "upload it again"),
        )
    upload.state, upload.sha256, upload.changed_at = "received", sha256.lower(), at
    session.flush()
    return upload


def taken_in(session: Session, upload_id: str, batch_id: str, at: datetime) -> Upload:
    """Note the batch that the file's rows became."""
    upload = _over(session, upload_id, "taken_in", at)
    upload.batch_id = batch_id
    session.flush()
    return upload


def refuse_upload(session: Session, upload_id: str, problem: TongchouError, at: datetime) -> Upload:
    """Note why a file is not taken in."""
    upload = _over(session, upload_id, "refused", at)
    upload.problem = problem.as_json()
    session.flush()
    return upload


def abandon(session: Session, upload_id: str, at: datetime) -> Upload:
    """Give an upload up."""
    upload = _over(session, upload_id, "abandoned", at)
    session.flush()
    return upload


def uploads(session: Session, *, institution_ids: frozenset[str] | None = None, limit: int = 200) -> list[Upload]:
    """Return uploads, the newest first; of some institutions, or, where None, of all."""
    query = select(Upload).order_by(Upload.created_at.desc(), Upload.upload_id).limit(limit)
    if institution_ids is not None:
        query = query.where(Upload.institution_id.in_(institution_ids))
    return list(session.scalars(query))


def senders(session: Session) -> dict[str, str]:
    """Return the institution that sent each batch which came by upload; without those of the region as a whole.

    The same content may be sent twice: the batch is of who sent it first.
    """
    query = select(Upload.batch_id, Upload.institution_id).where(
        Upload.batch_id.is_not(None), Upload.institution_id != ""
    )
    return {str(batch): sender for batch, sender in session.execute(query.order_by(Upload.changed_at.desc()))}


def open_uploads(session: Session) -> list[Upload]:
    """Return the uploads whose files are kept: on their way in, or whole and not taken in."""
    return list(session.scalars(select(Upload).where(Upload.state.in_(("receiving", "received")))))


def stale_uploads(session: Session, *, silent_since: datetime) -> list[Upload]:
    """Return the uploads of which no part came since a moment, and which are not whole."""
    query = select(Upload).where(Upload.state == "receiving", Upload.changed_at < silent_since)
    return list(session.scalars(query))


def _over(session: Session, upload_id: str, then: str, at: datetime) -> Upload:
    upload = held(session, Upload, upload_id)
    check_step("uploads", upload_id, upload.state, then)
    upload.state, upload.changed_at = then, at
    return upload
