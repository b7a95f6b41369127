"""Whether journal, log and heads agree: what was changed, removed, put in or put in another order is found."""

from collections.abc import Iterable, Sequence

import pyarrow as pa

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.ledger.log import TreeHead, journal_records, newest_signed
from tongchou.ledger.merkle import GrowingTree
from tongchou.ledger.verify import Hash, Refused, canonical_bytes, check_head, hash_of, leaf_hash

_SHOWN = 5
"""So many of the places concerned are named; the others are counted."""


def verify_log(
    journal: pa.Table, log: pa.Table, heads: Sequence[TreeHead], trusted_key: bytes | None = None
) -> list[TongchouError]:
    """Return everything in which a journal differs from its log and heads, empty if nothing does.

    Every entry is hashed anew and the tree built over these hashes in the order of the log: a change that still
    balances, an entry put in, taken out or moved gives another root than the heads say.

    Args:
        journal: Rows of the table `journal`.
        log: Rows of the table `ledger_log`.
        heads: Every head, as `log.tree_heads` returns them; none where there is no log.
        trusted_key: The public key that the newest signed head must be signed with, kept outside the lake.
    """
    if not heads:
        # Who holds the key knows that there were heads.
        gone = {"ledger.head_beyond": log.num_rows > 0, "ledger.head_key": trusted_key is not None}
        return [_problem(code, ["0"]) for code, is_so in gone.items() if is_so]
    if len({(head.log, head.algorithm) for head in heads}) > 1:
        return [_problem("ledger.heads_disagree", {f"{head.log} {head.algorithm}" for head in heads})]
    try:
        hashed = hash_of(heads[-1].algorithm)
    except Refused as refused:
        return [_problem("ledger.head_signature", [f"{heads[-1].size}: {refused}"])]
    ordered = log.sort_by("position")
    positions, ids, noted = (ordered[name].to_pylist() for name in ("position", "entry_id", "leaf_hash"))
    leaves = _leaves(journal, hashed)
    known = set(ids)
    found = {
        "ledger.log_gap": [] if positions == list(range(len(ids))) else [str(len(ids))],
        "ledger.log_repeated": [] if len(known) == len(ids) else [str(len(ids) - len(known))],
        "ledger.log_removed": [one for one in ids if one not in leaves],
        "ledger.log_changed": [
            one for one, leaf in zip(ids, noted, strict=True) if one in leaves and leaves[one].hex() != leaf
        ],
        "ledger.log_missing": [one for one in leaves if one not in known],
        "ledger.head_differs": _differing_heads((leaves.get(one) for one in ids), heads, hashed),
        "ledger.head_beyond": [] if heads[-1].size == len(ids) else [f"{heads[-1].size} / {len(ids)}"],
        "ledger.head_signature": [words for head in heads if head.signature is not None for words in _unsigned(head)],
        "ledger.head_key": _foreign_head(heads, trusted_key),
    }
    return [_problem(code, places) for code, places in found.items() if places]


def _leaves(journal: pa.Table, hashed: Hash) -> dict[str, bytes]:
    return {record["entry_id"]: leaf_hash(hashed, canonical_bytes(record)) for record in journal_records(journal)}


def _differing_heads(leaves: Iterable[bytes | None], heads: Sequence[TreeHead], hashed: Hash) -> list[str]:
    """Return the sizes at which a head is not over what the journal holds now."""
    expected: dict[int, set[tuple[str, tuple[str, ...]]]] = {}
    for head in heads:
        expected.setdefault(head.size, set()).add((head.root, head.frontier))
    tree = GrowingTree(hashed)
    differing = []
    for leaf in leaves:
        tree.add(leaf or b"")  # what is gone from the journal has no hash any more
        if tree.size in expected:
            own = (tree.root().hex(), tuple(node.hex() for node in tree.frontier))
            if expected.pop(tree.size) != {own}:
                differing.append(str(tree.size))
    return differing + [str(size) for size in expected]


def _unsigned(head: TreeHead) -> list[str]:
    try:
        check_head(head.record())
    except Refused as refused:
        return [f"{head.size}: {refused}"]
    return []


def _foreign_head(heads: Sequence[TreeHead], trusted_key: bytes | None) -> list[str]:
    signed = newest_signed(heads)
    if trusted_key is None or (signed is not None and signed.public_key == trusted_key.hex()):
        return []
    return [f"{signed.size}: {signed.key_id}" if signed else "-"]


def _problem(code: str, places: Iterable[str]) -> TongchouError:
    where = sorted(places) if isinstance(places, set) else list(places)
    more = f" … ({len(where):,})" if len(where) > _SHOWN else ""
    what, why = _PROBLEMS[code]
    remedy = _TAKE_IN if code == "ledger.log_missing" else _RESTORE
    return TongchouError(code, what=what, where=", ".join(where[:_SHOWN]) + more, why=why, remedy=remedy)


_PROBLEMS = {
    "ledger.heads_disagree": (
        Text("树头不属于同一本账本", "the heads are not of one log"),
        Text("一本账本只有一个名称和一种哈希算法", "a log has one name and one hash algorithm"),
    ),
    "ledger.log_gap": (
        Text("账本日志的位置不连续", "the positions of the log are not 0, 1, 2 …"),
        Text("日志只追加，从不删行", "the log is only added to"),
    ),
    "ledger.log_repeated": (
        Text("分录在账本日志中出现多次", "an entry is in the log more than once"),
        Text("每笔分录只有一个位置", "every entry has one place"),
    ),
    "ledger.log_removed": (
        Text("账本日志中的分录不在分录表里", "entries of the log are gone from the journal"),
        Text("分录从不删除", "entries are never removed"),
    ),
    "ledger.log_changed": (
        Text("分录在记账之后被改动", "entries were changed after they were booked"),
        Text("分录的哈希与记账时不同", "their hashes are not those of the day they were booked"),
    ),
    "ledger.log_missing": (
        Text("有分录未记入账本日志", "entries of the journal are not in the log"),
        Text("每笔分录在记账的同时记入日志", "entries enter the log as they are booked"),
    ),
    "ledger.head_differs": (
        Text("树根与账本现在的内容不符", "a head is not over what the ledger holds now"),
        Text("有分录被改动、删除、插入或调换", "entries were changed, removed, put in or moved"),
    ),
    "ledger.head_beyond": (
        Text("最新树头的笔数与日志不同", "the newest head has not as many entries as the log"),
        Text("日志与树头在同一批次写入", "log and head are written in one batch"),
    ),
    "ledger.head_signature": (
        Text("树头的签名不成立", "the signature of a head does not hold"),
        Text("树头或签名被改动", "the head or its signature was changed"),
    ),
    "ledger.head_key": (
        Text("树头不是用所给的密钥签名的", "the head is not signed with the key that was given"),
        Text("换过密钥，或有人重新签了名", "the key was changed, or somebody signed anew"),
    ),
}
_TAKE_IN = Text(
    "查明是哪个批次记的；确属结算所记的，用 tongchou ledger head 补记",
    "find out which run booked them; if a settlement did, tongchou ledger head takes them in",
)
_RESTORE = Text(
    "从数据湖的旧版本恢复，并查明是谁改动的；各机构保存的树头可作证据",
    "restore the lake from an earlier version and find out who did it; the heads that institutions keep are evidence",
)
