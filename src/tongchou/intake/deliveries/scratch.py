"""Folders in which files are prepared: one for each intake that runs, taken away when it ends or was killed."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from tongchou.store.lake import Lake

_LOCK = ".lock"


@contextmanager
def preparing_folder(lake: Lake) -> Iterator[Path]:
    """Give a folder beside the lake for this intake alone, and take away those of intakes that were killed.

    Whoever uses a folder holds its lock; a lock that can be had belongs to nobody alive.
    """
    root = lake.root.parent / f".{lake.root.name}-documents"
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / _LOCK):
        _take_away_dead(root)
        folder = Path(tempfile.mkdtemp(dir=root))
        held = FileLock(folder / _LOCK)
        held.acquire()
    try:
        yield folder
    finally:
        with FileLock(root / _LOCK):
            held.release()
            shutil.rmtree(folder, ignore_errors=True)


def _take_away_dead(root: Path) -> None:
    for folder in root.iterdir():
        if not folder.is_dir():
            continue
        lock = FileLock(folder / _LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        except OSError:
            pass  # its worker is still being ended; what is left goes next time
        else:
            lock.release()
        shutil.rmtree(folder, ignore_errors=True)
