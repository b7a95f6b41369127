"""The files that a lake consists of at one snapshot, for a copy that is made while batches go on being written."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import orjson
from deltalake import DeltaTable

from tongchou.store.lake import BATCHES_TABLE, BatchWrite, Lake

_LOG = "_delta_log"


@dataclass(frozen=True, slots=True)
class LakeFiles:
    """A lake as it is at one moment.

    Attributes:
        batches: The batches committed until then.
        files: Every file that it consists of, as paths below the lake's folder.
    """

    batches: tuple[BatchWrite, ...]
    files: tuple[Path, ...]


def lake_files(lake: Lake) -> LakeFiles:
    """Return the files of a lake's newest snapshot, with those of its earlier versions, which runs and proofs name.

    What a batch that is not committed has written is left out: in a copy it was never there.
    """
    table = lake.path(BATCHES_TABLE)
    if not table.is_dir():
        return LakeFiles((), ())
    last = DeltaTable(table).version()
    batches = tuple(lake.batches(last))
    versions = {BATCHES_TABLE: last}
    for write in batches:
        versions[write.table_name] = max(write.version, versions.get(write.table_name, -1))
    files = {file for name, version in versions.items() for file in _files(lake.root, name, version)}
    return LakeFiles(batches, tuple(sorted(files)))


def _files(root: Path, name: str, version: int) -> Iterator[Path]:
    log = root / name / _LOG
    for path in sorted(log.iterdir()):
        head = path.name.partition(".")[0]
        if not head.isdecimal() or int(head) > version:
            continue  # `_last_checkpoint` too: it may name a later version, and a reader finds its way without it
        yield path.relative_to(root)
        if path.suffix == ".json":
            yield from _added(root, name, path)
    for uri in DeltaTable(root / name, version=version).file_uris():
        yield Path(unquote(uri.removeprefix("file://"))).relative_to(root.resolve())


def _added(root: Path, name: str, log: Path) -> Iterator[Path]:
    """Return the data files that a commit added, as far as they are still there."""
    for line in log.read_bytes().splitlines():
        added = orjson.loads(line).get("add")
        if added and (root / name / unquote(added["path"])).is_file():
            yield Path(name) / unquote(added["path"])
