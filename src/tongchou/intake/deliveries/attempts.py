"""Attempts: how often a file has been taken in, and whether anything of it is left to take."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow.parquet as pq

from tongchou.core.hashing import hash_text
from tongchou.schema.list_tables import RECEIVED_FILES
from tongchou.store.lake import Lake

_OF_A_FILE = ["file_id", "received_count", "set_aside_count"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A file taken in for the first or a further time.

    Attributes:
        first_id: The id of the file, also of its first batch.
        number: How manieth time it is, counted from 1.
    """

    first_id: str
    number: int

    @property
    def batch_id(self) -> str:
        """The id of the batch."""
        return self.first_id if self.number == 1 else hash_text(self.first_id, str(self.number))


def next_attempt(first_id: str, lake: Lake) -> Attempt:
    """Return the attempt that would be next."""
    committed = {write.batch_id for write in lake.batches()}
    number = 1
    while Attempt(first_id, number).batch_id in committed:
        number += 1
    return Attempt(first_id, number)


@dataclass(frozen=True, slots=True)
class Received:
    """What is known of a file that was received.

    Attributes:
        documents: How many documents it has.
        is_finished: Whether nothing is left to take: in some attempt no document was set aside.
    """

    documents: int
    is_finished: bool


def received_files(lake: Lake) -> Mapping[str, Received]:
    """Return the files that were received, by id."""
    received: dict[str, Received] = {}
    for path in lake.files(RECEIVED_FILES.name, lake.snapshot()):
        for row in pq.read_table(path, columns=_OF_A_FILE).to_pylist():
            known = received.get(row["file_id"])
            if known is None or not known.is_finished:
                received[row["file_id"]] = Received(row["received_count"], not row["set_aside_count"])
    return received
