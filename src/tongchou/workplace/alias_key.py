"""The region's key of aliases: without it nobody can tell which institution stands behind a number.

The ids of institutions are open to everybody, so an order that follows from ids and published words alone could be
worked out by whoever wants to know. Who may read the region's folder sees the institutions anyway: the key lies there.
"""

import os
import secrets
from functools import cache
from pathlib import Path

_FILE = ".aliases.key"
_OWNER_ONLY = 0o600
_BYTES = 32


@cache
def alias_key(region: Path) -> str:
    """Return the key of a region, hexadecimal; the first to ask makes it, and every process reads the same one."""
    path = region / _FILE
    if not path.is_file():
        _make(path)
    return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)  # fails where another process was first: its key stands
    except FileExistsError:
        pass
    finally:
        draft.unlink()
