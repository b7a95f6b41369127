"""The files of uploads on the disk: by their id, for this program's user alone, whole up to what is recorded."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

_FOLDER = "uploads"
_CONTENT = "content"
_STEP = 1 << 20
_OWNER_ONLY, _OWNER_FOLDER = 0o600, 0o700


def uploads_folder(region: Path) -> Path:
    """Return where a region's uploads are."""
    return region / _FOLDER


def upload_folder(region: Path, upload_id: str) -> Path:
    """Return the folder of an upload; its id was given here, and no part of a sender's words is in it."""
    return uploads_folder(region) / upload_id


def content_path(region: Path, upload_id: str) -> Path:
    """Return the file of an upload."""
    return upload_folder(region, upload_id) / _CONTENT


def make_file(region: Path, upload_id: str) -> None:
    """Make the empty file of an upload, and let it survive a loss of power."""
    folder = upload_folder(region, upload_id)
    folder.parent.mkdir(mode=_OWNER_FOLDER, exist_ok=True)
    folder.mkdir(mode=_OWNER_FOLDER)
    os.close(os.open(folder / _CONTENT, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))
    for each in (folder, folder.parent):
        directory = os.open(each, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)


@contextmanager
def held_file(region: Path, upload_id: str, where: str) -> Iterator[int]:
    """Give the descriptor of an upload's file, which nobody else holds meanwhile.

    Raises:
        TongchouError: `workplace.upload_busy` if a part of it is being received, or it is being examined;
            `workplace.upload_lost` if it is gone.
    """
    descriptor = open_held(region, upload_id, where)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_held(region: Path, upload_id: str, where: str) -> int:
    """Return the descriptor of an upload's file, held until it is closed.

    Raises:
        TongchouError: As `held_file`.
    """
    try:
        descriptor = os.open(content_path(region, upload_id), os.O_RDWR)
    except FileNotFoundError as error:
        raise lost(where) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise TongchouError(
            "workplace.upload_busy",
            what=Text("这个上传正在处理另一段", "another part of this upload is being received"),
            where=where,
            why=Text("同一文件一次只收一段", "a file is received one part at a time"),
            remedy=Text("稍候查询已收字节数，再续传", "ask in a moment how far it is, and go on"),
        ) from error
    return descriptor


def sha256_of(descriptor: int) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest, offset = hashlib.sha256(), 0
    while chunk := os.pread(descriptor, _STEP, offset):
        digest.update(chunk)
        offset += len(chunk)
    return digest.hexdigest()


def remove_file(region: Path, upload_id: str) -> None:
    """Remove the file of an upload and what lies beside it."""
    shutil.rmtree(upload_folder(region, upload_id), ignore_errors=True)


def lost(where: str) -> TongchouError:
    """Return the error for an upload whose bytes are not there any more."""
    return TongchouError(
        "workplace.upload_lost",
        what=Text("已收的内容不在磁盘上", "what was received is not on the disk"),
        where=where,
        why=Text("文件被移走、清理或截短", "the file was moved, cleared away or cut"),
        remedy=Text("重新上传", "upload it anew"),
    )
