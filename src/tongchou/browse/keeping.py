"""Keeping what was computed once, beside the region's runs."""

import os
import threading
from collections.abc import Callable
from pathlib import Path


def keep(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file whole or not at all; two who write at once write the same, and the later one stays.

    Args:
        path: The file.
        write: Writes its content to the path that it is given.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    write(draft)
    draft.replace(path)
