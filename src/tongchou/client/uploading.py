"""A file on its way in: sent part by part, going on from where it stopped when something broke."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from tongchou.client.calling import Caller
from tongchou.client.results import Upload
from tongchou.core.errors import TongchouError

_OFFSET = "records.upload_offset"
_MOST_SETBACKS = 20

Advance = Callable[[int, int], None]
"""Called with how many bytes are there, and how many there are in all."""


def send_file(caller: Caller, path: Path, institution_id: str, part_bytes: int, advance: Advance) -> Upload:
    """Announce a file, send it and have it examined."""
    announced = {
        "name": path.name,
        "size": path.stat().st_size,
        "sha256": _sha256(path),
        "institution_id": institution_id,
    }
    upload = Upload.of(caller.data("POST", "/uploads", body=announced))
    return send_rest(caller, upload, path, part_bytes, advance)


def send_rest(caller: Caller, upload: Upload, path: Path, part_bytes: int, advance: Advance) -> Upload:
    """Send what is missing of a file and have it examined."""
    address = f"/uploads/{quote(upload.upload_id, safe='')}"
    setbacks = 0
    with path.open("rb") as file:
        while upload.received < upload.size:
            file.seek(upload.received)
            part = file.read(part_bytes)
            headers = {"Upload-Offset": str(upload.received), "Content-Type": "application/octet-stream"}
            try:
                said = caller.data("PATCH", address, content=part, headers=headers)
            except TongchouError as error:
                # A part whose answer was lost came as far as it came: the place says how far.
                setbacks += 1
                if error.code != _OFFSET or setbacks > _MOST_SETBACKS:
                    raise
                said = caller.data("GET", address)
            upload = Upload.of(said)
            advance(upload.received, upload.size)
    return Upload.of(caller.data("POST", f"{address}/complete"))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
