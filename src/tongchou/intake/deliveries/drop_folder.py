"""A drop folder: which of its files are whole, which were taken, which are to be tried again."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tongchou.core.hashing import hash_text
from tongchou.intake.files import named_files
from tongchou.privacy.redaction import said_file_name

SETTLED_SECONDS = 2.0
"""How long a file must not have grown or changed before it is taken to be whole."""

_TOLD_APART = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was seen, its name as it is written down; another size or time of change makes it another file."""

    name: str
    size: int
    changed_ns: int


class DropFolder:
    """The files of a folder and what became of them.

    A file that is moved or renamed into the folder is whole at once if it was last changed long enough ago; one that
    is being written is left alone until it stays as it is.

    Args:
        folder: The folder; hidden files are none of it, nor are those that end in `.part` or `.tmp`.
        record: Where it is written down what became of each file, a JSON object a line.
        clock: The time in seconds, as files are stamped with.
    """

    def __init__(self, folder: Path, record: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._record = record
        self._clock = clock
        self._done: dict[Seen, str] = {}
        self._last: dict[Seen, float] = {}
        if record.is_file():
            for line in record.read_bytes().splitlines():
                # The last line may be cut off where the power failed; its file is then looked at again.
                try:
                    said = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                self._done[Seen(said["name"], said["size"], said["changed_ns"])] = said["outcome"]

    def ready(self) -> list[Path]:
        """Return the files that are whole and were not looked at yet."""
        now = self._clock()
        present = dict(self._present())
        self._last = {seen: self._last.get(seen, now) for seen in present}
        return [
            path
            for seen, path in present.items()
            if seen not in self._done
            and (now - self._last[seen] >= SETTLED_SECONDS or now - seen.changed_ns / 1e9 >= SETTLED_SECONDS)
        ]

    def unsettled(self) -> bool:
        """Return whether there are files that are not whole yet."""
        return any(seen not in self._done for seen, _ in self._present())

    def to_try_again(self) -> list[Path]:
        """Return the files of which documents were set aside: what they lacked may have come since."""
        return [path for seen, path in self._present() if self._done.get(seen) == "set_aside"]

    def note(self, outcomes: Iterable[tuple[Path, str, Any]]) -> None:
        """Write down what became of files: `taken`, `set_aside`, `refused`, with what is to be said of it."""
        names = {path: seen for seen, path in self._present()}
        self._record.parent.mkdir(parents=True, exist_ok=True)
        with self._record.open("ab") as file:
            for path, outcome, reason in outcomes:
                if path not in names:
                    continue
                seen = names[path]
                self._done[seen] = outcome
                said = {"name": seen.name, "size": seen.size, "changed_ns": seen.changed_ns, "outcome": outcome}
                file.write(orjson.dumps({**said, "reason": reason}) + b"\n")

    def _present(self) -> Iterable[tuple[Seen, Path]]:
        for path, name in named_files(self.folder):
            if path.suffix in (".part", ".tmp"):
                continue
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue  # moved away in the moment between
            yield Seen(_recorded_name(name), stat.st_size, stat.st_mtime_ns), path


def _recorded_name(name: str) -> str:
    """Return a file's name as it is written down: one that names somebody is masked, with a little to tell it apart.

    So few letters of a hash are common to thousands of names: they lead back to nobody.
    """
    said = said_file_name(name)
    return said if said == name else f"{said}~{hash_text(name)[:_TOLD_APART]}"
