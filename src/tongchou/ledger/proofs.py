"""Signing heads, and cutting proofs from the log that others check with `tongchou.ledger.verify` alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.ledger.log import TreeHead
from tongchou.ledger.merkle import WholeTree
from tongchou.ledger.verify import (
    GROWTH_FORMAT,
    INCLUSION_FORMAT,
    canonical_bytes,
    hash_of,
    head_bytes,
    key_id_of,
    leaf_hash,
)


def sign_head(head: TreeHead, key: Ed25519PrivateKey, signed_on: date) -> TreeHead:
    """Return a head signed with a key; nothing of the private key is in it."""
    public_key = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    named = replace(head, signed_on=signed_on, key_id=key_id_of(public_key), public_key=public_key.hex())
    return replace(named, signature=key.sign(head_bytes(named.record())).hex())


def prove_entry(record: dict[str, Any], index: int, leaves: Sequence[bytes], head: TreeHead) -> dict[str, Any]:
    """Return the proof that an entry is in the log that a head is over.

    Args:
        record: The entry, as `log.entry_record` gives it.
        index: Its position.
        leaves: The log's leaf hashes in order, at least as many as the head is over.
        head: A signed head.

    Raises:
        TongchouError: `ledger.head_too_small` if the entry was booked after the head; `ledger.head_differs` if the
            log is no longer what was signed.
    """
    if index >= head.size:
        raise TongchouError(
            "ledger.head_too_small",
            what=Text("该分录在树头之后才记账", "the entry was booked after the head was signed"),
            where=f"{record['entry_id']}: {index} / {head.size}",
            why=Text("证明须有签名的树头覆盖该分录", "a proof needs a signed head that is over the entry"),
            remedy=Text("先签新的树头：tongchou ledger head", "sign a head first: tongchou ledger head"),
        )
    tree = _tree(leaves, head)
    if leaf_hash(hash_of(head.algorithm), canonical_bytes(record)) != leaves[index]:
        raise _not_what_was_signed(record["entry_id"])
    return {
        "format": INCLUSION_FORMAT,
        "entry": record,
        "index": index,
        "path": [node.hex() for node in tree.path(index)],
        "head": head.record(),
    }


def prove_growth(leaves: Sequence[bytes], old: TreeHead, new: TreeHead) -> dict[str, Any]:
    """Return the proof that a later head is over all that an earlier one is over, unchanged and in the same places.

    Args:
        leaves: The log's leaf hashes in order, at least as many as the later head is over.
        old: A signed head.
        new: A signed head of the same size or a larger one.

    Raises:
        TongchouError: `ledger.head_order` if the later head is the smaller; `ledger.head_differs` if the log is no
            longer what was signed.
    """
    if old.size > new.size:
        raise TongchouError(
            "ledger.head_order",
            what=Text("先后颠倒", "the later head is the smaller one"),
            where=f"{old.size} / {new.size}",
            why=Text("账本只增不减", "a log only grows"),
            remedy=Text("先写较小的笔数", "name the smaller size first"),
        )
    _tree(leaves, old)
    path = _tree(leaves, new).growth(old.size)
    return {
        "format": GROWTH_FORMAT,
        "old": old.record(),
        "new": new.record(),
        "path": [node.hex() for node in path],
    }


def _tree(leaves: Sequence[bytes], head: TreeHead) -> WholeTree:
    tree = WholeTree(hash_of(head.algorithm), leaves[: head.size])
    if len(leaves) < head.size or tree.root.hex() != head.root:
        raise _not_what_was_signed(f"{head.log} {head.size}")
    return tree


def _not_what_was_signed(where: str) -> TongchouError:
    return TongchouError(
        "ledger.head_differs",
        what=Text("树根与账本现在的内容不符", "a head is not over what the ledger holds now"),
        where=where,
        why=Text("有分录被改动、删除、插入或调换", "entries were changed, removed, put in or moved"),
        remedy=Text("先核对账本：tongchou ledger verify", "check the ledger first: tongchou ledger verify"),
    )
