"""Backup and restore: a region's folder and its records in one archive, made while people work.

The records are read first and the lake after them, so the lake of a backup is never behind its records: an order that
was just being posted is taken up again after the restore, and found to be booked.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tongchou import __version__
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.audit import Event, note
from tongchou.records.database import Records, make_engine, open_records, records_url
from tongchou.records.dumping import dump, load
from tongchou.runs.record import RECORD_FILE, read_record
from tongchou.runs.region import Region, open_region
from tongchou.store.lake_files import LakeFiles, lake_files
from tongchou.workplace.archive import unpack, writing

_FORMAT = "tongchou-backup-1"
_RECORDS = "records.jsonl"
_REGION = "region"
_LEFT_OUT = frozenset({"lake", "runs", "browse"})
"""Folders of a region that are not copied as they stand: two are read at a moment, one can be computed again."""
_DATABASE = ("records.db", "records.db-wal", "records.db-shm", "records.db-journal")
_KEY = b"PRIVATE KEY-----"
_KEY_RING = b"tongchou-key-ring"
_POSTING_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds, or a restore has brought back.

    Attributes:
        files: Files of the region.
        runs: Finished runs.
        batches: Batches of the lake.
        left_out: Files that were not copied because they hold a private key, below the region's folder.
    """

    files: int
    runs: int
    batches: int
    left_out: tuple[str, ...] = ()


def back_up(region: Region, records: Records, out: Path, by: str, at: datetime) -> Kept:
    """Write a region's folder and records into an archive; the place goes on working meanwhile.

    Keys are never in it: neither those outside of the region's folder nor a private key that lies in it.

    Args:
        region: The region.
        records: Its records.
        out: The archive, `.tar.zst` or `.tar.gz`; it must not lie in the region's folder.
        by: Who makes it, for the audit.
        at: Now.

    Raises:
        TongchouError: `workplace.backup_in_region`; `workplace.archive_kind`; `records.unavailable`.
    """
    if out.resolve().is_relative_to(region.folder.resolve()):
        raise TongchouError(
            "workplace.backup_in_region",
            what=Text("备份不能放在统筹区目录里", "a backup is not kept in the region's folder"),
            where=str(out),
            why=Text("它会备份自己，也会随目录一起丢失", "it would hold itself, and be lost with the folder"),
            remedy=Text("放到另一块磁盘上", "keep it on another disk"),
        )
    with records.writing() as session:
        note(session, Event("", by, "system.back_up", object_kind="backups", object_id=out.name), at)
    about = {"format": _FORMAT, "version": __version__, "region_id": region.region_id, "at": at.isoformat()}
    with writing(out, about) as archive:
        with tempfile.TemporaryFile() as lines:
            dump(records.engine, lines)
            archive.add(_RECORDS, lines)
        lake, runs = _whole_runs(region)
        left_out = []
        for path in _files(region, lake, runs):
            name = path.relative_to(region.folder).as_posix()
            with path.open("rb") as file:
                if _holds_key(path, file.read(1 << 16)):
                    left_out.append(name)
                else:
                    archive.add(f"{_REGION}/{name}", file)
        batches = len({write.batch_id for write in lake.batches})
        return Kept(len(archive.hashes) - 1, len(runs), batches, tuple(left_out))


def restore(archive: Path, folder: Path, records: str = "") -> Kept:
    """Restore an archive to a new folder, and its records to a new database.

    Args:
        archive: What `back_up` wrote.
        folder: The region's new folder; it must be empty, or not be there.
        records: Address of an empty database; empty: `records.db` in the folder.

    Raises:
        TongchouError: `workplace.not_empty`; `workplace.archive_damaged`; `workplace.archive_kind`;
            `records.not_empty`; `records.newer`; `records.unavailable`. Nothing is left in the folder then.
    """
    if folder.exists() and any(folder.iterdir()):
        raise TongchouError(
            "workplace.not_empty",
            what=Text("目录不是空的，不能恢复到这里", "the folder is not empty: nothing is restored to it"),
            where=str(folder),
            why=Text("恢复不会覆盖任何文件", "a restore overwrites nothing"),
            remedy=Text("用 --region 指定一个新目录", "name a new folder with --region"),
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as scratch:
        unpacked = Path(scratch)
        about = unpack(archive, unpacked)
        _require_ours(archive, about.get("format"))
        region = open_region(unpacked / _REGION)
        lake, runs = lake_files(region.lake), _finished(region)
        database = Records(make_engine(records or records_url(region.folder)))
        with closing(database), (unpacked / _RECORDS).open("rb") as lines:
            load(database.engine, lines)
        if folder.exists():
            folder.rmdir()
        region.folder.rename(folder)
    open_records(records or records_url(folder)).close()  # brought up to this edition
    return Kept(len(about["files"]) - 1, len(runs), len({write.batch_id for write in lake.batches}))


def _require_ours(archive: Path, found: object) -> None:
    if found != _FORMAT:
        raise TongchouError(
            "workplace.archive_format",
            what=Text("这不是本程序的备份", "this is no backup of ours"),
            where=archive.name,
            why=Text(f"其格式为 {found}，应为 {_FORMAT}", f"its format is {found}, not {_FORMAT}"),
            remedy=Text("换一份备份，或升级程序", "take another backup, or install a later edition"),
        )


def _whole_runs(region: Region) -> tuple[LakeFiles, list[str]]:
    """Return the lake at a moment and the runs finished by then.

    A run is in the lake a moment before its folder is in its place: that moment is waited for.
    """
    until = time.monotonic() + _POSTING_SECONDS
    while True:
        lake = lake_files(region.lake)
        posted = {write.batch_id for write in lake.batches if write.kind == "settle"}
        finished = _finished(region)
        if posted <= finished.keys() or time.monotonic() > until:
            return lake, sorted(run for run, is_shadow in finished.items() if is_shadow or run in posted)
        time.sleep(0.2)


def _finished(region: Region) -> dict[str, bool]:
    """Return each finished run and whether it is a shadow run."""
    folders = [path.parent for path in (region.folder / "runs").glob(f"*/{RECORD_FILE}")]
    return {path.name: read_record(path).inputs.is_shadow for path in folders}


def _files(region: Region, lake: LakeFiles, runs: list[str]) -> Iterator[Path]:
    yield from (region.lake.root / path for path in lake.files)
    for run in runs:
        yield from _below(region.run_folder(run))
    for path in sorted(region.folder.iterdir()):
        if path.name in _LEFT_OUT or path.name in _DATABASE:
            continue
        yield from _below(path) if path.is_dir() else [path] if _is_kept(path) else []


def _below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and _is_kept(path))


def _is_kept(path: Path) -> bool:
    """Return whether a file is one that stays: no lock, no draft, no link to elsewhere."""
    return not path.name.startswith(".") and path.suffix != ".lock" and not path.is_symlink()


def _holds_key(path: Path, beginning: bytes) -> bool:
    return path.suffix == ".key" or _KEY in beginning or _KEY_RING in beginning
