"""A region's books as they lie in its lake: journal, log, heads and periods, and what is added to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.text import Text
from tongchou.ledger.entry import Entry
from tongchou.ledger.journal import journal_entries, journal_table, verify
from tongchou.ledger.log import (
    LogGrowth,
    TreeHead,
    heads_table,
    journal_records,
    log_entries,
    newest_head,
    newest_signed,
    tree_heads,
)
from tongchou.ledger.log_check import verify_log
from tongchou.ledger.periods import PeriodChange, Periods, State, periods_table, read_periods
from tongchou.ledger.proofs import prove_entry, prove_growth, sign_head
from tongchou.schema.contract import Table
from tongchou.schema.results import JOURNAL, LEDGER_LOG, LEDGER_PERIODS, TREE_HEADS
from tongchou.store.engine import Engine
from tongchou.store.lake import Batch, Lake

_KIND = "ledger"


@dataclass(frozen=True, slots=True)
class Books:
    """The books of one region; every reading is of what was committed last.

    Attributes:
        lake: The region's lake.
        engine: What reads it.
        log: Whose log it is: the region's id.
    """

    lake: Lake
    engine: Engine
    log: str

    def journal(self) -> pa.Table:
        """Return every leg ever booked, by day, entry and leg."""
        return self._rows(JOURNAL, "booked_on", "entry_id", "leg")

    def log_rows(self) -> pa.Table:
        """Return the log's rows, by position."""
        return self._rows(LEDGER_LOG, "position")

    def heads(self) -> list[TreeHead]:
        """Return every head, the smallest first."""
        return tree_heads(self._rows(TREE_HEADS, "size"))

    def periods(self) -> Periods:
        """Return the region's periods.

        Raises:
            TongchouError: `ledger.period_order` if the table was tampered with.
        """
        return read_periods(self._rows(LEDGER_PERIODS, "sequence"))

    def unlogged(self) -> list[Entry]:
        """Return the entries that are not in the log yet: by run in the order committed, then by day and id."""
        journal, logged = self.journal(), self.log_rows()["entry_id"]
        if not pc.any(pc.invert(pc.is_in(journal["entry_id"], value_set=logged))).as_py():
            return []
        known = set(logged.to_pylist())
        runs = {write.batch_id: write.sequence for write in self.lake.batches()}
        left = [entry for entry in journal_entries(journal) if entry.entry_id not in known]
        return sorted(left, key=lambda entry: (runs.get(entry.run_id, len(runs)), entry.booked_on, entry.entry_id))

    def book(self, batch: Batch, entries: Sequence[Entry], algorithm: str) -> LogGrowth:
        """Write entries, their places in the log and the new head as parts of one batch: all of it, or none.

        Args:
            batch: The batch being written; what was booked before and is not in the log yet goes in first.
            entries: In the order booked.
            algorithm: The hash of a log that begins with them.

        Raises:
            TongchouError: `ledger.period_not_open` (`Problems` for several periods); nothing is written.
        """
        self.periods().require_open(entries)
        grown = log_entries(self.log, [*self.unlogged(), *entries], newest_head(self.heads()), algorithm)
        batch.write(JOURNAL, journal_table(entries).to_reader())
        _write_growth(batch, grown)
        return grown

    def sign(self, key: Ed25519PrivateKey, signed_on: date, algorithm: str) -> TreeHead:
        """Sign the head over everything that is booked; what is not in the log yet is taken in.

        A head of the same size that the same key has signed before is returned as it is.

        Args:
            key: The region's key.
            signed_on: The day that the head says it was signed.
            algorithm: The hash of a log that begins now.

        Raises:
            Problems: The books are amiss; what is amiss is not signed.
            TongchouError: `runs.nothing_booked` if there is no entry.
        """
        with self.lake.batch(f"ledger-head-{uuid4().hex}", _KIND) as batch:
            heads = self.heads()
            problems = [each for each in self.problems(heads) if each.code != "ledger.log_missing"]
            if problems:
                raise Problems(problems)
            grown = log_entries(self.log, self.unlogged(), newest_head(heads), algorithm)
            if grown.head is None:
                raise _nothing_booked(self.log)
            signed = sign_head(grown.head, key, signed_on)
            for head in heads:
                if (head.size, head.key_id) == (signed.size, signed.key_id):
                    return head
            _write_growth(batch, grown, signed)
            return signed

    def problems(self, heads: Sequence[TreeHead], trusted_key: bytes | None = None) -> list[TongchouError]:
        """Return everything that is amiss in journal and log.

        Args:
            heads: The heads to check against.
            trusted_key: The public key, kept elsewhere, that the newest signed head must be signed with.
        """
        journal = self.journal()
        return [*verify(journal), *verify_log(journal, self.log_rows(), heads, trusted_key)]

    def prove(self, entry_id: str) -> dict[str, Any]:
        """Return the proof that an entry is in what was signed last.

        Raises:
            TongchouError: `runs.no_entry`, `runs.nothing_signed`, or as `ledger.proofs.prove_entry`.
        """
        journal = self.journal().filter(pc.field("entry_id") == entry_id)
        record = next(journal_records(journal), None)
        if record is None:
            raise TongchouError(
                "runs.no_entry",
                what=Text("没有这笔分录", "there is no such entry"),
                where=entry_id,
                why=Text("分录表中找不到它", "the journal does not hold it"),
                remedy=Text(
                    "分录号见对账单：tongchou ledger statement", "see a statement for ids: tongchou ledger statement"
                ),
            )
        head = newest_signed(self.heads())
        if head is None:
            raise _nothing_signed("-")
        rows = self.log_rows()
        index = pc.index(rows["entry_id"], entry_id).as_py()
        # What is not in the log stands behind everything that was signed.
        position = index if index >= 0 else rows.num_rows
        return prove_entry(record, position, _leaves(rows), head)

    def prove_growth(self, old_size: int, new_size: int | None = None) -> dict[str, Any]:
        """Return the proof that between two signed heads nothing was changed or removed.

        Args:
            old_size: Size of the earlier head.
            new_size: Size of the later; the newest signed one if not given.

        Raises:
            TongchouError: `runs.nothing_signed` if there is no signed head of a size, or as
                `ledger.proofs.prove_growth`.
        """
        heads = [head for head in self.heads() if head.signature is not None]
        new = newest_signed([head for head in heads if new_size in (None, head.size)])
        if new is None:
            raise _nothing_signed(str(new_size or "-"))
        old = newest_signed([head for head in heads if head.size == old_size and head.key_id == new.key_id])
        if old is None:
            raise _nothing_signed(str(old_size))
        return prove_growth(_leaves(self.log_rows()), old, new)

    def change_periods(
        self, names: Sequence[str], state: State, changed_on: date, changed_by: str, reason: str
    ) -> list[PeriodChange]:
        """Change periods' state in their order, all or none, and return the changes.

        Raises:
            TongchouError: As `Periods.change` refuses the first that is out of order.
        """
        with self.lake.batch(f"ledger-period-{uuid4().hex}", _KIND) as batch:
            periods = self.periods()
            changes = [
                change for name in names for change in periods.change(name, state, changed_on, changed_by, reason)
            ]
            batch.write(LEDGER_PERIODS, periods_table(changes).to_reader())
        return changes

    def _rows(self, table: Table, *order: str) -> pa.Table:
        files = self.lake.files(table.name, self.lake.snapshot())
        return self.engine.collect(self.engine.scan(files, table.arrow_schema).sort(*order))


def _write_growth(batch: Batch, grown: LogGrowth, *signed: TreeHead) -> None:
    if grown.rows.num_rows:
        batch.write(LEDGER_LOG, grown.rows.to_reader())
    heads = pa.concat_tables([grown.heads, heads_table(signed)])
    if heads.num_rows:
        batch.write(TREE_HEADS, heads.to_reader())


def _leaves(rows: pa.Table) -> list[bytes]:
    return [bytes.fromhex(leaf) for leaf in rows["leaf_hash"].to_pylist()]


def _nothing_booked(log: str) -> TongchouError:
    return TongchouError(
        "runs.nothing_booked",
        what=Text("还没有分录", "nothing is booked yet"),
        where=log,
        why=Text("树头须有分录可覆盖", "a head is over entries"),
        remedy=Text("先结算：tongchou settle", "settle first: tongchou settle"),
    )


def _nothing_signed(size: str) -> TongchouError:
    return TongchouError(
        "runs.nothing_signed",
        what=Text("没有签名的树头", "there is no signed head"),
        where=size,
        why=Text("证明以签名的树头为准", "a proof leans on a signed head"),
        remedy=Text(
            "先签名：tongchou ledger head；或改用已签名的笔数", "sign one: tongchou ledger head; or name a size"
        ),
    )
