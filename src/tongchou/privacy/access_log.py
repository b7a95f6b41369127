"""The log of access: who read what, when and for which purpose; only appended, each entry bound to the one before it.

An entry carries the SM3 hash of its content and of the entry before, so a changed, removed or inserted entry is found.
Whoever can write the file could hash it anew from some entry on: the newest hash (`Head`), noted elsewhere from time to
time, finds that too, and it finds entries cut off at the end.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash
from filelock import FileLock

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

_START = "0" * 64
_TAIL_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Head:
    """The state of the log: its number of entries and the hash of the last."""

    size: int
    hash: str

    def __str__(self) -> str:
        """Return `size:hash`, to be noted elsewhere."""
        return f"{self.size}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Read a noted head.

        Raises:
            TongchouError: `privacy.head`.
        """
        size, _, digest = text.partition(":")
        if not (size.isascii() and size.isdigit()) or len(digest) != len(_START):
            raise TongchouError(
                "privacy.head",
                what=Text("记下的日志头无法识别", "the noted head of the log cannot be read"),
                where=text,
                why=Text("写法为 条数:哈希", "it is written number:hash"),
                remedy=Text("照抄 tongchou privacy log verify 的输出", "copy what tongchou privacy log verify printed"),
            )
        return cls(int(size), digest)


@dataclass(frozen=True, slots=True)
class Access:
    """What is read.

    Attributes:
        who: Who reads.
        purpose: What for.
        action: What is done: `reveal`, `export`, `view`, `rotate`.
        table: The table.
        columns: Its columns.
        row_count: How many rows.
        subjects: The pseudonyms concerned, where they are few.
        run_id: The run, where one is concerned.
    """

    who: str
    purpose: str
    action: str
    table: str
    columns: Sequence[str] = ()
    row_count: int = 0
    subjects: Sequence[str] = ()
    run_id: str | None = None


class AccessLog:
    """The log of one region.

    Args:
        region_folder: The region's folder; the log is `access/log.ndjson` below it.
    """

    def __init__(self, region_folder: Path) -> None:
        self.path = region_folder / "access" / "log.ndjson"

    def append(self, access: Access) -> Head:
        """Append an entry, on disk when this returns.

        What an append that was killed left of a line is laid aside beside the log, and an entry says so.

        Raises:
            TongchouError: `privacy.no_purpose` if it is not said who reads or what for; `privacy.log_broken` if the
                last whole entry cannot be read.
        """
        if not access.who.strip() or not access.purpose.strip():
            raise _no_purpose()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(self.path.with_name(".lock")):
            head = self._mended()
            return self._write(head, _content(access))

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield the entries in their order.

        Raises:
            TongchouError: `privacy.log_broken` at a line that is no entry as it was written.
        """
        lines = self.path.read_bytes().split(b"\n")[:-1] if self.path.is_file() else []
        for number, line in enumerate(lines, 1):
            try:
                entry = json.loads(line)
                is_as_written = isinstance(entry, dict) and _canonical(entry) == line
            except ValueError:
                is_as_written = False
            if not is_as_written:
                raise _broken(self.path, number)
            yield entry

    def verify(self, noted: Head | None = None) -> Head:
        """Check every entry against its hash and the one before it.

        Args:
            noted: A head that was noted before, which must still be in the log.

        Returns:
            The head of the log.

        Raises:
            TongchouError: `privacy.log_broken` at the first entry that is not what was written;
                `privacy.log_short` if the noted head is not in the log; `privacy.log_torn` if a killed append left
                a part of a line, which the next append lays aside.
        """
        head = Head(0, _START)
        is_found = noted is None or noted == head
        for entry in self.entries():
            head = _checked(entry, head, self.path)
            is_found = is_found or head == noted
        if not is_found:
            raise TongchouError(
                "privacy.log_short",
                what=Text("访问日志与记下的日志头不符", "the log of access does not hold the noted head"),
                where=f"{self.path}: {noted}",
                why=Text("此前的条目被删改或截断", "entries were cut off, or everything was hashed anew"),
                remedy=Text("取回备份并查明经过", "fetch a copy and find out what happened"),
            )
        if self.path.is_file() and not self.path.read_bytes().endswith(b"\n") and self.path.stat().st_size:
            raise TongchouError(
                "privacy.log_torn",
                what=Text("日志末尾有一条未写完", "the last entry of the log was not written to its end"),
                where=str(self.path),
                why=Text("写入时被中断；此前的条目完好", "an append was interrupted; the entries before it are whole"),
                remedy=Text(
                    "无需处理，下一次写入时移到一旁并记明", "nothing; the next append lays it aside and says so"
                ),
            )
        return head

    def _mended(self) -> Head:
        """Return the head, after laying aside what a killed append left."""
        if not self.path.is_file():
            return Head(0, _START)
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            file.seek(max(0, size - _TAIL_BYTES))
            whole, _, torn = file.read().rpartition(b"\n")
        head = self._head_of(whole.rpartition(b"\n")[2]) if whole else Head(0, _START)
        if not torn:
            return head
        digest = _sm3(torn)
        self.path.with_name(f"torn-{digest[:16]}").write_bytes(torn)
        os.truncate(self.path, size - len(torn))
        access = Access("tongchou", f"interrupted append laid aside: torn-{digest[:16]}", "repair", "access_log")
        return self._write(head, _content(access) | {"torn_bytes": len(torn), "torn_sm3": digest})

    def _head_of(self, line: bytes) -> Head:
        try:
            entry = json.loads(line)
            return Head(int(entry["sequence"]), str(entry["hash"]))
        except (ValueError, KeyError, TypeError) as error:
            raise _broken(self.path, 0) from error

    def _write(self, head: Head, content: dict[str, Any]) -> Head:
        entry = {"sequence": head.size + 1, **content, "previous": head.hash}
        digest = _sm3(_canonical(entry))
        line = _canonical(entry | {"hash": digest}) + b"\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            written = os.write(descriptor, line)
            while written < len(line):
                written += os.write(descriptor, line[written:])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return Head(head.size + 1, digest)


def _content(access: Access) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": access.who.strip(),
        "purpose": access.purpose.strip(),
        "action": access.action,
        "table": access.table,
        "columns": list(access.columns),
        "row_count": access.row_count,
        "subjects": list(access.subjects),
        "run_id": access.run_id,
    }


def _checked(entry: dict[str, Any], before: Head, path: Path) -> Head:
    digest = entry.get("hash")
    own = {name: value for name, value in entry.items() if name != "hash"}
    is_next = entry.get("sequence") == before.size + 1 and entry.get("previous") == before.hash
    if not is_next or digest != _sm3(_canonical(own)):
        raise _broken(path, before.size + 1)
    return Head(before.size + 1, str(digest))


def _canonical(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _sm3(content: bytes) -> str:
    digest = Hash(SM3())
    digest.update(content)
    return digest.finalize().hex()


def _broken(path: Path, number: int) -> TongchouError:
    return TongchouError(
        "privacy.log_broken",
        what=Text("访问日志被改动", "the log of access was changed"),
        where=f"{path}: {number or '-'}",
        why=Text("该条与其哈希或与前一条不符", "this entry does not fit its hash, or the entry before it"),
        remedy=Text("取回备份并查明经过", "fetch a copy and find out what happened"),
    )


def _no_purpose() -> TongchouError:
    return TongchouError(
        "privacy.no_purpose",
        what=Text("没有说明谁、为何查阅", "it is not said who reads, or what for"),
        where="--who, --purpose",
        why=Text("查阅个人信息须有事由并留痕", "personal data are read for a reason, and that is logged"),
        remedy=Text("写明经办人与事由", "give the name and the purpose"),
    )
