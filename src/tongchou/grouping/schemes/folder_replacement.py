"""Putting a folder in the place of another, so that a cut at any moment leaves the old or the new one whole."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9一-鿿][\w.-]*")


def is_plain_name(name: str) -> bool:
    """Return whether a name can name a folder without leading anywhere else."""
    return _NAME.fullmatch(name) is not None


def recover_folder(target: Path) -> None:
    """Bring back what stood in a place if a replacement was cut off between its two renames."""
    aside = _aside(target)
    if aside.exists() and not target.exists():
        aside.rename(target)


def replace_folder(target: Path, write: Callable[[Path], None]) -> None:
    """Write a folder and put it in its place; what is there is gone only when the new one stands.

    Args:
        target: The folder's place.
        write: Writes the content into the folder that it is given, which it makes.

    Raises:
        OSError: The disk refuses; the old folder is in its place.
    """
    recover_folder(target)
    work, aside = target.with_name(f".{target.name}.importing"), _aside(target)
    for left_over in (work, aside):
        shutil.rmtree(left_over, ignore_errors=True)
    try:
        write(work)
        _swap(work, target, aside)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.replaced")


def _swap(work: Path, target: Path, aside: Path) -> None:
    if not target.exists():
        work.rename(target)
        return
    target.rename(aside)
    try:
        work.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
