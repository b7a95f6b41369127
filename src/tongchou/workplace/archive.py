"""An archive of files, packed as it is written: `.tar.zst` or `.tar.gz`, closed by a list of the hash of each file."""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

import orjson
import pyarrow as pa

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

_LIST = "backup.json"
_PACKINGS = {".zst": "zstd", ".gz": "gzip"}
_BLOCK = 1 << 20
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_OWNER_ONLY = 0o600


class Writing:
    """An archive being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.hashes: dict[str, str] = {}

    def add(self, name: str, file: BinaryIO) -> None:
        """Add an open file, as long as it is now, under a path with slashes."""
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        hashed = _Hashed(file)
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, cast("IO[bytes]", hashed))
        self.hashes[name] = hashed.digest.hexdigest()


@contextmanager
def writing(path: Path, about: Mapping[str, Any]) -> Iterator[Writing]:
    """Write an archive, which is there whole when the block ends well, or not at all.

    Args:
        path: The archive's file; its ending names the packing.
        about: What the archive says of itself.

    Raises:
        TongchouError: `workplace.archive_kind` if the ending is not known.
    """
    packing = _packing(path)
    draft = path.with_name(f".{path.name}.draft")
    try:
        with ExitStack() as open_files:
            raw = open_files.enter_context(os.fdopen(os.open(draft, _NEW_FILE, _OWNER_ONLY), "wb"))
            packed = open_files.enter_context(pa.CompressedOutputStream(raw, packing))
            tar = open_files.enter_context(tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT))
            archive = Writing(tar)
            yield archive
            listed = orjson.dumps({**about, "files": archive.hashes}, option=orjson.OPT_INDENT_2)
            archive.add(_LIST, io.BytesIO(listed))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def unpack(path: Path, folder: Path) -> Mapping[str, Any]:
    """Unpack an archive into a folder and return what it says of itself; every file is compared with its hash.

    Raises:
        TongchouError: `workplace.archive_kind`; `workplace.archive_damaged` if a file is missing, differs, or would lie
            elsewhere.
    """
    hashes: dict[str, str] = {}
    about: Mapping[str, Any] | None = None
    try:
        with ExitStack() as open_files:
            raw = open_files.enter_context(path.open("rb"))
            packed = open_files.enter_context(pa.CompressedInputStream(raw, _packing(path)))
            tar = open_files.enter_context(tarfile.open(fileobj=packed, mode="r|"))
            for member in tar:
                content = tar.extractfile(member)
                if not member.isreg() or content is None or not _is_inside(member.name):
                    raise _damaged(path, member.name)
                if member.name == _LIST:
                    about = orjson.loads(content.read())
                else:
                    hashes[member.name] = _write(content, folder / member.name)
    except (tarfile.TarError, OSError, EOFError, ValueError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise _damaged(path, "-") from error
    listed = about["files"] if about else {}
    differing = sorted(name for name in hashes.keys() | listed.keys() if hashes.get(name) != listed.get(name))
    if about is None or differing:
        raise _damaged(path, ", ".join(differing[:3]) or _LIST)
    return about


def _write(content: IO[bytes], target: Path) -> str:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as file:
        while block := content.read(_BLOCK):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name)
    return not parts.is_absolute() and ".." not in parts.parts and "\\" not in name and name not in {"", "."}


def _packing(path: Path) -> str:
    if path.suffix not in _PACKINGS or Path(path.stem).suffix != ".tar":
        raise TongchouError(
            "workplace.archive_kind",
            what=Text("备份文件的后缀不认识", "the ending of the backup's name is not known"),
            where=path.name,
            why=Text("后缀决定压缩方式", "it says how the file is packed"),
            remedy=Text("用 .tar.zst 或 .tar.gz", "use .tar.zst or .tar.gz"),
        )
    return _PACKINGS[path.suffix]


def _damaged(path: Path, where: str) -> TongchouError:
    return TongchouError(
        "workplace.archive_damaged",
        what=Text("备份文件已损坏", "the backup is damaged"),
        where=f"{path.name}: {where}",
        why=Text("文件缺失、被改动，或不属于备份", "a file is missing, was changed, or is not of the backup"),
        remedy=Text("换一份备份", "take another backup"),
    )


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        content = self._file.read(size)
        self.digest.update(content)
        return content
