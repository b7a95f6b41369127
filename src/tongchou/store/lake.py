"""The lake: Delta tables whose changes arrive in whole batches.

A batch may touch several tables. Each table's write is one Delta commit; the batch becomes visible by one commit
to the table `batches`, which names the version of every table it wrote. Readers see only versions named there, so
a batch that was interrupted at any moment was never there: the next batch first takes its remains back.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import ColumnProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import TableNotFoundError
from filelock import FileLock

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.schema.contract import Table
from tongchou.store.engine import BATCH_ROWS

BATCHES_TABLE = "batches"
"""The table that names every committed batch."""
_BATCH_SCHEMA = pa.schema(
    [
        pa.field("sequence", pa.int64(), nullable=False),
        pa.field("batch_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("table_name", pa.string(), nullable=False),
        pa.field("version", pa.int64(), nullable=False),
        pa.field("row_count", pa.int64(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The versions of the lake's tables that a reader uses: table name to Delta version."""

    versions: Mapping[str, int]

    def __str__(self) -> str:
        """Return `cases@3 diagnoses@3 ...`, by name."""
        return " ".join(f"{table}@{version}" for table, version in sorted(self.versions.items()))


@dataclass(frozen=True, slots=True)
class BatchWrite:
    """One table's part of a committed batch.

    `sequence` counts the batches of the lake in order of commit; `row_count` is rows written less rows removed.
    """

    sequence: int
    batch_id: str
    kind: str
    table_name: str
    version: int
    row_count: int


@dataclass(slots=True)
class Batch:
    """A batch being written; visible to readers only when its `with` block ends well."""

    lake: "Lake"
    sequence: int
    batch_id: str
    kind: str
    writes: list[BatchWrite] = field(default_factory=list)

    def write(self, table: Table, rows: pa.RecordBatchReader) -> int:
        """Append rows to a table and return how many.

        Args:
            table: The contract of the table; every row must have exactly its columns.
            rows: The rows as a stream; they are written as they come.
        """
        counted = _CountedReader(rows, table.arrow_schema)
        path = self.lake.path(table.name)
        write_deltalake(path, counted.reader(), mode="append", writer_properties=_writing(table.arrow_schema))
        self._note(table, counted.row_count)
        return counted.row_count

    def remove(self, table: Table, column: str, values: pa.Array) -> int:
        """Remove the rows of a table whose column holds one of some values, and return how many.

        Readers that name an earlier version still see them. What replaces them is written afterwards, in the same
        batch.

        Args:
            table: The contract of the table; nothing is removed where it has no rows yet.
            column: The column.
            values: The values, each once; none of them null.
        """
        return self.remove_keys(table, pa.table({column: values}))

    def remove_keys(self, table: Table, keys: pa.Table) -> int:
        """Remove the rows of a table that have one of some keys, and return how many, as `remove` does.

        Args:
            table: The contract of the table.
            keys: Values of some of its columns, each row once; none of them null.
        """
        present = _open(self.lake.path(table.name))
        if present is None or not keys.num_rows:
            return 0
        names = keys.schema.names
        wanted = keys.rename_columns([f"wanted_{place}" for place in range(len(names))])
        same = [f'"row"."{name}" = "wanted"."wanted_{place}"' for place, name in enumerate(names)]
        merging = present.merge(wanted, " and ".join(same), "wanted", "row")
        count = int(merging.when_matched_delete().execute()["num_target_rows_deleted"])
        self._note(table, -count)
        return count

    def _note(self, table: Table, row_count: int) -> None:
        """Name the newest version of a table as this batch's; what the batch did to it before is part of that."""
        before = [write for write in self.writes if write.table_name == table.name]
        self.writes = [write for write in self.writes if write.table_name != table.name]
        rows = row_count + sum(write.row_count for write in before)
        version = _newest_version(self.lake.path(table.name))
        self.writes.append(BatchWrite(self.sequence, self.batch_id, self.kind, table.name, version, rows))


class Lake:
    """The Delta tables of one region.

    Args:
        root: The folder; made when the first batch is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        # What was committed never changes: it is read once, however often it is asked for.
        self._known_batches: tuple[int, list[BatchWrite]] = (-1, [])
        self._known_files: dict[tuple[str, int], list[Path]] = {}

    def path(self, table_name: str) -> Path:
        """Return the folder of a table."""
        return self.root / table_name

    def batches(self, version: int | None = None) -> list[BatchWrite]:
        """Return every committed write, in the order in which they were committed; until a version of the table."""
        newest = _newest_version(self.path(BATCHES_TABLE)) if version is None else version
        known, writes = self._known_batches
        if newest != known or newest < 0:
            table = _open(self.path(BATCHES_TABLE), version)
            if table is None:
                return []
            rows = table.to_pyarrow_table().to_pylist()
            writes = sorted((BatchWrite(**row) for row in rows), key=lambda write: (write.sequence, write.table_name))
            self._known_batches = (table.version(), writes)
        return list(writes)

    def has_batch(self, batch_id: str) -> bool:
        """Return whether a batch of this id was committed."""
        return any(write.batch_id == batch_id for write in self.batches())

    def snapshot(self) -> Snapshot:
        """Return the newest committed version of every table."""
        versions: dict[str, int] = {}
        for write in self.batches():
            versions[write.table_name] = max(write.version, versions.get(write.table_name, -1))
        return Snapshot(versions)

    def files(self, table_name: str, snapshot: Snapshot) -> list[Path]:
        """Return the Parquet files of a table at a snapshot, by name; empty where it has no rows yet."""
        if table_name not in snapshot.versions:
            return []
        version = snapshot.versions[table_name]
        if (table_name, version) not in self._known_files:
            table = DeltaTable(self.path(table_name), version=version)
            found = sorted(Path(unquote(uri.removeprefix("file://"))) for uri in table.file_uris())
            self._known_files[table_name, version] = found
        return list(self._known_files[table_name, version])

    @contextmanager
    def batch(self, batch_id: str, kind: str) -> Iterator[Batch]:
        """Write a batch: all of it becomes visible when the block ends, or nothing if it fails.

        Only one batch is written at a time; a second writer waits for the first.

        Raises:
            TongchouError: `store.batch_exists` if a batch of this id was committed before.
        """
        if "%" in str(self.root.resolve()):
            raise TongchouError(
                "store.path",
                what=Text("目录名里有百分号", "the folder's path has a percent sign"),
                where=str(self.root),
                why=Text("Delta 表会把它当作转义字符", "Delta tables take it for an escape"),
                remedy=Text("把统筹区移到别的目录", "move the region to another folder"),
            )
        self.root.mkdir(parents=True, exist_ok=True)
        with FileLock(self.root / ".lock"):
            earlier = self.batches()
            if any(write.batch_id == batch_id for write in earlier):
                raise TongchouError(
                    "store.batch_exists",
                    what=Text("批次已经入库", "the batch is in the lake already"),
                    where=batch_id,
                    why=Text("同一批次只能提交一次", "a batch is committed once"),
                    remedy=Text("无需重复提交", "nothing has to be done again"),
                )
            self._take_back_unfinished()
            batch = Batch(self, max((write.sequence for write in earlier), default=0) + 1, batch_id, kind)
            try:
                yield batch
            except BaseException:
                self._take_back_unfinished()
                raise
            self._commit(batch.writes)

    def _commit(self, writes: Sequence[BatchWrite]) -> None:
        if not writes:
            return
        columns = {name: [getattr(write, name) for write in writes] for name in _BATCH_SCHEMA.names}
        write_deltalake(self.path(BATCHES_TABLE), pa.table(columns, schema=_BATCH_SCHEMA), mode="append")

    def _take_back_unfinished(self) -> None:
        """Return every table to its newest committed version."""
        committed = self.snapshot().versions
        for path in sorted(self.root.iterdir()):
            if path.name == BATCHES_TABLE or not path.is_dir():
                continue
            if path.name not in committed:
                shutil.rmtree(path)
                continue
            if _newest_version(path) != committed[path.name]:
                DeltaTable(path).restore(committed[path.name])
                # A restore is a commit of its own: readers still name the version before it, whose rows are the same.


def _writing(schema: pa.Schema) -> WriterProperties:
    """Return how rows are laid down.

    Engines share a file out among their cores by row groups: a group of a million rows, the default, keeps only
    one core busy. Dictionaries pay for texts; for amounts and dates they cost time and save nothing.
    """
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    return WriterProperties(
        max_row_group_size=BATCH_ROWS,
        compression="ZSTD",
        compression_level=1,
        default_column_properties=ColumnProperties(dictionary_enabled=False),
        column_properties={name: ColumnProperties(dictionary_enabled=True) for name in texts},
    )


def _newest_version(path: Path) -> int:
    """Return the newest version of a table by the names of its log, -1 where there is none; nothing is read."""
    log = path / "_delta_log"
    names = [path.name for path in log.iterdir()] if log.is_dir() else []
    return max((int(name[:20]) for name in names if name.endswith(".json") and name[:20].isdigit()), default=-1)


def _open(path: Path, version: int | None = None) -> DeltaTable | None:
    try:
        return DeltaTable(path, version=version)
    except TableNotFoundError:
        return None


class _CountedReader:
    """A stream of rows in the contract's order and types that counts what passes."""

    def __init__(self, rows: pa.RecordBatchReader, schema: pa.Schema) -> None:
        self._rows = rows
        self._schema = schema
        self.row_count = 0

    def reader(self) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for batch in self._rows:
            self.row_count += batch.num_rows
            yield batch.select(self._schema.names).cast(self._schema)
