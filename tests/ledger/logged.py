"""Entries and logs for the tests of the log."""

from collections.abc import Sequence
from datetime import date, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongchou.ledger.entry import Entry, Leg
from tongchou.ledger.log import TreeHead, log_entries
from tongchou.ledger.proofs import sign_head

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
SIGNED_ON = date(2026, 7, 1)


def entries_of(count: int, run_id: str = "r1") -> list[Entry]:
    """Return so many entries, each different from the others."""
    return [
        Entry(
            f"{run_id}/ledger.test/{number}",
            date(2025, 1, 1) + timedelta(days=number),
            run_id,
            "ledger.test",
            f"第 {number} 笔 “memo”",
            (Leg("fund.expense.outpatient", 100 + number), Leg("fund.cash", -100 - number)),
        )
        for number in range(count)
    ]


def signed_head(entries: Sequence[Entry], algorithm: str = "sm3", key: Ed25519PrivateKey = KEY) -> TreeHead:
    """Return the signed head over entries."""
    head = log_entries("R1", entries, None, algorithm).head
    assert head is not None
    return sign_head(head, key, SIGNED_ON)


def leaves_of(entries: Sequence[Entry], algorithm: str = "sm3") -> list[bytes]:
    """Return the leaf hashes of entries."""
    rows = log_entries("R1", entries, None, algorithm).rows
    return [bytes.fromhex(leaf) for leaf in rows["leaf_hash"].to_pylist()]
