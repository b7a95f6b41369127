"""The log over all entries (账本日志): each entry's place and hash, and the root of the tree over them.

An entry's place is the order in which it was booked: that of the runs, and within a run the order of its entries.
It is written down with the entry and never changes, whatever is reversed or run again later.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.ledger.entry import Entry
from tongchou.ledger.merkle import GrowingTree
from tongchou.ledger.verify import ALGORITHMS, ENTRY_FORMAT, HEAD_FORMAT, canonical_bytes, hash_of, leaf_hash
from tongchou.schema.results import LEDGER_LOG, TREE_HEADS

_BLOCK_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The root of a log at a size.

    Attributes:
        log: Whose log it is: the region.
        size: How many entries it is over.
        algorithm: The log's hash, `sm3` or `sha256`.
        root: The root, hexadecimal.
        frontier: Hashes of the whole subtrees at its edge, from which it grows, hexadecimal.
        signed_on: The day it was signed; None if it was only noted when entries were booked.
        key_id: The short name of the key, if signed.
        public_key: The key to check it by, hexadecimal, if signed.
        signature: The signature, hexadecimal, if signed.
    """

    log: str
    size: int
    algorithm: str
    root: str
    frontier: tuple[str, ...]
    signed_on: date | None = None
    key_id: str | None = None
    public_key: str | None = None
    signature: str | None = None

    def record(self) -> dict[str, Any]:
        """Return the head as proofs carry it, without the edge that it grows from."""
        return {
            "format": HEAD_FORMAT,
            "log": self.log,
            "size": self.size,
            "root": self.root,
            "algorithm": self.algorithm,
            "signed_on": self.signed_on.isoformat() if self.signed_on else None,
            "signature": self.signature,
            "key_id": self.key_id,
            "public_key": self.public_key,
        }


@dataclass(frozen=True, slots=True)
class LogGrowth:
    """What a log grows by, to be written in the same batch as the entries.

    Attributes:
        rows: Rows of `ledger_log`.
        heads: Rows of `tree_heads`: one, not signed; none if nothing was added.
        head: The head after it; None if there is no log yet.
    """

    rows: pa.Table
    heads: pa.Table
    head: TreeHead | None


def log_entries(
    log: str, entries: Iterable[Entry], previous: TreeHead | None, algorithm: str = ALGORITHMS[0]
) -> LogGrowth:
    """Add entries at the end of a log.

    Args:
        log: The region.
        entries: What is booked, in the order booked; everything booked before is in the log already.
        previous: The newest head; None begins the log.
        algorithm: The hash of a log that begins; one that goes on keeps its own.

    Raises:
        TongchouError: `ledger.log_stranger` if the head is that of another region's log.
    """
    if previous is not None and previous.log != log:
        raise TongchouError(
            "ledger.log_stranger",
            what=Text("树头属于另一统筹区", "the head is of another region's log"),
            where=f"{previous.log} / {log}",
            why=Text("一个统筹区一本账本日志", "every region has a log of its own"),
            remedy=Text("检查数据湖是否被调换", "check whether the lake was swapped"),
        )
    name = previous.algorithm if previous else algorithm
    hashed = hash_of(name)
    start = previous.size if previous else 0
    tree = GrowingTree(hashed, start, map(bytes.fromhex, previous.frontier) if previous else ())
    ids: list[str] = []
    hashes: list[str] = []
    for entry in entries:
        leaf = leaf_hash(hashed, canonical_bytes(entry_record(entry)))
        tree.add(leaf)
        ids.append(entry.entry_id)
        hashes.append(leaf.hex())
    positions = range(start, start + len(ids))
    rows = pa.table([pa.array(positions, pa.int64()), ids, hashes], schema=LEDGER_LOG.arrow_schema)
    if not ids:
        return LogGrowth(rows, heads_table([]), previous)
    head = TreeHead(log, tree.size, name, tree.root().hex(), tuple(node.hex() for node in tree.frontier))
    return LogGrowth(rows, heads_table([head]), head)


def entry_record(entry: Entry) -> dict[str, Any]:
    """Return an entry as it is hashed and as proofs carry it."""
    return {
        "format": ENTRY_FORMAT,
        "entry_id": entry.entry_id,
        "booked_on": entry.booked_on.isoformat(),
        "run_id": entry.run_id,
        "rule": entry.rule,
        "memo": entry.memo,
        "reverses": entry.reverses,
        "legs": [{"account": leg.account, "amount_fen": leg.amount_fen} for leg in entry.legs],
    }


def journal_records(journal: pa.Table) -> Iterator[dict[str, Any]]:
    """Yield every entry of a journal as it is hashed, by entry id, sound or not.

    What the legs of one entry disagree about is taken from its first; `journal.verify` reports the rest.
    """
    ordered = journal.sort_by([("entry_id", "ascending"), ("leg", "ascending")])
    record: dict[str, Any] = {}
    for block in ordered.to_batches(max_chunksize=_BLOCK_ROWS):
        for row in block.to_pylist():
            account, amount, _ = row.pop("account"), row.pop("amount_fen"), row.pop("leg")
            if record.get("entry_id") != row["entry_id"]:
                if record:
                    yield record
                booked_on = row["booked_on"].isoformat()
                record = {"format": ENTRY_FORMAT, **row, "booked_on": booked_on, "legs": []}
            record["legs"].append({"account": account, "amount_fen": amount})
    if record:
        yield record


def heads_table(heads: Iterable[TreeHead]) -> pa.Table:
    """Return heads as rows of the table `tree_heads`."""
    rows = [
        {name: getattr(head, name) for name in TREE_HEADS.arrow_schema.names} | {"frontier": " ".join(head.frontier)}
        for head in heads
    ]
    return pa.Table.from_pylist(rows, schema=TREE_HEADS.arrow_schema)


def tree_heads(table: pa.Table) -> list[TreeHead]:
    """Return the heads of the table `tree_heads`, the smallest first, unsigned before signed."""
    heads = [TreeHead(**row | {"frontier": tuple(row["frontier"].split())}) for row in table.to_pylist()]
    return sorted(heads, key=lambda head: (head.size, head.signed_on or date.min, head.key_id or ""))


def newest_head(heads: Sequence[TreeHead]) -> TreeHead | None:
    """Return the largest head, from which the log goes on; None where there is no log yet."""
    return max(heads, key=lambda head: head.size, default=None)


def newest_signed(heads: Sequence[TreeHead]) -> TreeHead | None:
    """Return the largest signed head, the last signed where several are; None where none is."""
    signed = [head for head in heads if head.signature is not None]
    return max(signed, key=lambda head: (head.size, head.signed_on or date.min), default=None)
