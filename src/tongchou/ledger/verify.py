"""Checking a proof of the ledger alone: no database, no network, nothing else of tongchou.

`python -m tongchou.ledger.verify PROOF [--key PUBKEY] [--kept HEAD]`, or this one file copied to any machine that has
Python and `cryptography`. What an entry's bytes, its hash and the tree over all hashes are is defined here and nowhere
else; the ledger itself uses these functions.

| | is |
| --- | --- |
| bytes of an entry | JSON in UTF-8 of `entry_record`: keys sorted, no spaces, nothing escaped that need not be |
| hash of a leaf | H(0x00, bytes of the entry) |
| hash of a node | H(0x01, left, right), the tree as RFC 6962 cuts it |
| bytes of a head that are signed | the same JSON of format, log, size, root, algorithm and day |
| signature | Ed25519 over those bytes |
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

ENTRY_FORMAT = "tongchou.entry/1"
HEAD_FORMAT = "tongchou.tree-head/1"
INCLUSION_FORMAT = "tongchou.inclusion-proof/1"
GROWTH_FORMAT = "tongchou.growth-proof/1"

ALGORITHMS = ("sm3", "sha256")
"""The hashes a log may be made with; the first is the default."""

ENTRY_FIELDS = ("format", "entry_id", "booked_on", "run_id", "rule", "memo", "reverses", "legs")
_SIGNED_FIELDS = ("format", "log", "size", "root", "algorithm", "signed_on")
_HEAD_FIELDS = (*_SIGNED_FIELDS, "signature", "key_id", "public_key")
_LONGEST_PATH = 64

Hash = Callable[[bytes], bytes]
Record = Mapping[str, Any]


class Refused(Exception):
    """A proof that shows nothing; says why in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical_bytes(record: Record) -> bytes:
    """Return the one form of a record that is hashed and signed.

    Raises:
        Refused: It holds half a character, which has no bytes.
    """
    try:
        return _encode(record).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refused("文字不完整，无法编码", "a text holds half a character, which has no bytes") from error


def hash_of(algorithm: str) -> Hash:
    """Return the hash function of an algorithm's name.

    Raises:
        Refused: The name is not one of `ALGORITHMS`, or this machine's `cryptography` has no SM3.
    """
    if algorithm == "sha256":
        return lambda data: hashlib.sha256(data).digest()
    if algorithm != "sm3":
        raise Refused(f"不认识的哈希算法：{algorithm!r}", f"there is no hash algorithm {algorithm!r} here")
    try:
        blank = hashes.Hash(hashes.SM3())
    except UnsupportedAlgorithm as error:
        raise Refused("本机的 cryptography 没有 SM3", "this machine's cryptography has no SM3") from error

    def sm3(data: bytes) -> bytes:
        digest = blank.copy()
        digest.update(data)
        return digest.finalize()

    return sm3


def leaf_hash(hashed: Hash, data: bytes) -> bytes:
    """Return the hash of a leaf of the tree."""
    return hashed(b"\x00" + data)


def node_hash(hashed: Hash, left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two others."""
    return hashed(b"\x01" + left + right)


def root_of_path(hashed: Hash, leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that a leaf and its audit path lead to (RFC 9162, 2.1.3.2).

    The path holds the hashes of the neighbours, from the leaf upwards; positions count from 0.

    Raises:
        Refused: The position is outside the tree, or the path has not the length that it asks for.
    """
    if not 0 <= index < size:
        raise Refused(f"位置 {index} 不在 {size} 笔之内", f"position {index} is outside a log of {size}")
    at, last, reached = index, size - 1, leaf
    for neighbour in path:
        if last == 0:
            raise _wrong_length()
        if at & 1 or at == last:
            reached = node_hash(hashed, neighbour, reached)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            reached = node_hash(hashed, reached, neighbour)
        at, last = at >> 1, last >> 1
    if last:
        raise _wrong_length()
    return reached


def roots_of_growth(
    hashed: Hash, old_size: int, new_size: int, old_root: bytes, path: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Return the roots of a smaller and a larger tree that a growth path leads to (RFC 9162, 2.1.4.2).

    Raises:
        Refused: The smaller is empty or not smaller, or the path has not the length that the sizes ask for.
    """
    if not 0 < old_size <= new_size:
        raise Refused(f"不能从 {old_size} 笔增长到 {new_size} 笔", f"a log does not grow from {old_size} to {new_size}")
    if old_size == new_size:
        if path:
            raise _wrong_length()
        return old_root, old_root
    whole = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if not whole:
        raise _wrong_length()
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = whole[0]
    for neighbour in whole[1:]:
        if last == 0:
            raise _wrong_length()
        if at & 1 or at == last:
            old, new = node_hash(hashed, neighbour, old), node_hash(hashed, neighbour, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(hashed, new, neighbour)
        at, last = at >> 1, last >> 1
    if last:
        raise _wrong_length()
    return old, new


def head_bytes(head: Record) -> bytes:
    """Return the bytes of a tree head that its signature is over."""
    return canonical_bytes({name: head[name] for name in _SIGNED_FIELDS})


def key_id_of(public_key: bytes) -> str:
    """Return the short name of a public key: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def check_head(head: object, key: bytes | None = None) -> Record:
    """Return a signed tree head once its form and signature are found to be right.

    Args:
        head: What a file says it is.
        key: The public key it must be signed with; if not given, the head's own, which shows less.

    Raises:
        Refused: It is not a head, is signed by another key, or its signature does not fit.
    """
    found = _record(head, _HEAD_FIELDS, HEAD_FORMAT)
    for name in ("log", "root", "algorithm", "signed_on", "signature", "key_id", "public_key"):
        _typed(found, name, str)
    if _typed(found, "size", int) < 1:
        raise Refused("树头的笔数不是正数", "the size of the head is not positive")
    hash_of(found["algorithm"])
    _hex(found["root"])
    public_key = _hex(found["public_key"])
    if key_id_of(public_key) != found["key_id"]:
        raise Refused("公钥与其编号不符", "the public key is not the one that its id names")
    if key is not None and key != public_key:
        raise Refused(
            f"树头由另一把密钥签名（{found['key_id']}，应为 {key_id_of(key)}）",
            f"the head is signed by another key ({found['key_id']} instead of {key_id_of(key)})",
        )
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(_hex(found["signature"], 64), head_bytes(found))
    except (InvalidSignature, ValueError) as error:
        raise Refused("树头的签名不符", "the signature of the head does not fit it") from error
    return found


def check_inclusion(proof: object, key: bytes | None = None) -> tuple[Record, Record]:
    """Return the entry and the head of an inclusion proof once the one is shown to be in the other.

    Raises:
        Refused: It shows nothing, with the reason.
    """
    found = _record(proof, ("format", "entry", "index", "path", "head"), INCLUSION_FORMAT)
    head = check_head(found["head"], key)
    entry = check_entry(found["entry"])
    hashed = hash_of(head["algorithm"])
    leaf = leaf_hash(hashed, canonical_bytes(entry))
    root = root_of_path(hashed, leaf, _typed(found, "index", int), head["size"], _path(found))
    if root.hex() != head["root"]:
        raise Refused("分录不在签名的账本里：路径得不到树根", "the entry is not in the log that was signed")
    return entry, head


def check_growth(proof: object, key: bytes | None = None) -> tuple[Record, Record]:
    """Return the two heads of a growth proof once the later is shown to hold all of the earlier, unchanged.

    Raises:
        Refused: It shows nothing, with the reason.
    """
    found = _record(proof, ("format", "old", "new", "path"), GROWTH_FORMAT)
    old, new = check_head(found["old"], key), check_head(found["new"], key)
    if any(old[name] != new[name] for name in ("log", "algorithm", "public_key")):
        raise Refused("两个树头不属于同一账本", "the two heads are not of one log, algorithm and key")
    hashed = hash_of(old["algorithm"])
    roots = roots_of_growth(hashed, old["size"], new["size"], bytes.fromhex(old["root"]), _path(found))
    if [root.hex() for root in roots] != [old["root"], new["root"]]:
        raise Refused("账本不只是增加了：有改动或删除", "the log did not only grow: entries were changed or removed")
    return old, new


def check_kept(kept: object, head: Record) -> None:
    """Check that a head that somebody kept is the head of a proof (of a growth proof: the earlier one).

    Raises:
        Refused: They differ.
    """
    # What was kept may be an inclusion proof, which holds a head.
    found = kept.get("head", kept) if isinstance(kept, Mapping) else kept
    own = check_head(found, bytes.fromhex(head["public_key"]))
    differing = [name for name in ("log", "size", "root", "algorithm") if own[name] != head[name]]
    if differing:
        raise Refused(f"与自己保存的树头不同：{differing}", f"the head that was kept differs from it in {differing}")


def check_entry(entry: object) -> Record:
    """Return an entry's record once it has exactly the fields of one and its legs sum to zero.

    Raises:
        Refused: It has not; a field more would be read by people and covered by no hash.
    """
    found = _record(entry, ENTRY_FIELDS, ENTRY_FORMAT)
    for name in ("entry_id", "booked_on", "run_id", "rule", "memo"):
        _typed(found, name, str)
    if found["reverses"] is not None:
        _typed(found, "reverses", str)
    total = 0
    for leg in _typed(found, "legs", list):
        side = _record(leg, ("account", "amount_fen"))
        _typed(side, "account", str)
        total += _typed(side, "amount_fen", int)
    if total:
        raise Refused("分录借贷不平", "the legs of the entry do not sum to zero")
    return found


def read_key(text: str) -> bytes:
    """Return the 32 bytes of a public key: 64 hexadecimal digits, or a file that holds them or a PEM.

    Raises:
        Refused: It is neither.
    """
    words = text.strip()
    if len(words) != 64:
        words = _read(Path(text)).strip()
    if words.startswith("-----BEGIN"):
        try:
            loaded = load_pem_public_key(words.encode())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise Refused(f"公钥无法读取：{text}", f"the public key cannot be read: {text}") from error
        if not isinstance(loaded, Ed25519PublicKey):
            raise Refused(f"不是 Ed25519 公钥：{text}", f"this is no Ed25519 key: {text}")
        return loaded.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return _hex(words)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the proof that the command line names; return 0 if it shows what it says, 1 if not."""
    parser = argparse.ArgumentParser(
        prog="python -m tongchou.ledger.verify",
        description="独立核对账本证明 / check a proof of the ledger, without the ledger.",
        epilog="例 / example:  python -m tongchou.ledger.verify proof.json --key ledger.pub",
    )
    parser.add_argument("proof", type=Path, help="证明文件 / the proof, JSON.")
    parser.add_argument("--key", help="经办机构公布的公钥：文件或十六进制 / the agency's public key, file or hex.")
    parser.add_argument("--kept", type=Path, help="自己以前保存的树头或证明 / a head or proof that you kept.")
    asked = parser.parse_args(arguments)
    try:
        sys.stdout.write(_answer(asked.proof, asked.key, asked.kept))
    except Refused as refused:
        sys.stderr.write(f"不能证明 / refused:\n{refused}\n")
        return 1
    return 0


def _answer(file: Path, key_text: str | None, kept: Path | None) -> str:
    key = read_key(key_text) if key_text else None
    proof = _json(file)
    kind = proof.get("format") if isinstance(proof, dict) else None
    if kind == GROWTH_FORMAT:
        old, head = check_growth(proof, key)
        kept_must_be = old
        zh = f"证实：{head['size']} 笔的账本完整保留了 {old['size']} 笔时的全部分录，一笔未改、未删。"
        en = f"Proved: the log of {head['size']} entries holds all {old['size']} of the earlier head, unchanged."
    elif kind == HEAD_FORMAT:
        kept_must_be = head = check_head(proof, key)
        zh, en = f"树头的签名无误：{head['size']} 笔。", f"The head is signed as it stands: {head['size']} entries."
    else:
        entry, head = check_inclusion(proof, key)
        kept_must_be = head
        legs = "".join(f"\n  {leg['account']}  {_yuan(leg['amount_fen'])}" for leg in entry["legs"])
        zh = f"证实：分录 {entry['entry_id']} 在 {head['size']} 笔的账本中。"
        en = f"Proved: the entry is in the log of {head['size']}.\n{entry['booked_on']} {entry['memo']}{legs}"
    if kept is not None:
        check_kept(_json(kept), kept_must_be)
    signed = f"{head['log']}, {head['signed_on']}, {head['algorithm']}, {head['root']}, key {head['key_id']}"
    caution = (
        "" if key else "未给公钥：请核对密钥编号 / no key was given: compare the key's id with the published one\n"
    )
    return f"{zh}\n{en}\n{signed}\n{caution}"


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Refused(f"文件无法读取：{file}（{error}）", f"the file cannot be read: {file} ({error})") from error


def _json(file: Path) -> Any:  # noqa: ANN401  # what a file holds is found out afterwards
    try:
        return json.loads(_read(file), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Refused(f"不是有效的 JSON：{file}（{error}）", f"this is not valid JSON: {file} ({error})") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused("文件中有重复的字段", "a field is written twice in the file")
    return found


def _record(value: object, fields: Sequence[str], form: str | None = None) -> Record:
    if not isinstance(value, Mapping) or set(value) != set(fields):
        names = ", ".join(fields)
        raise Refused(f"字段须恰为 {names}", f"a part of the file must have exactly the fields {names}")
    if form is not None and value["format"] != form:
        raise Refused(f"格式须为 {form}", f"the format must be {form}")
    return value


def _typed(record: Record, name: str, kind: type[Any]) -> Any:  # noqa: ANN401  # as the caller asks
    if type(record[name]) is not kind:  # a bool is no number, a float no amount
        raise Refused(f"字段 {name} 的类型不对", f"the field {name} is of the wrong type")
    return record[name]


def _path(record: Record) -> list[bytes]:
    path = _typed(record, "path", list)
    if len(path) > _LONGEST_PATH:
        raise _wrong_length()
    return [_hex(each) for each in path]


def _hex(text: object, length: int = 32) -> bytes:
    if isinstance(text, str) and len(text) == 2 * length and set(text) <= set("0123456789abcdef"):
        return bytes.fromhex(text)
    raise Refused(f"须为 {2 * length} 位小写十六进制", f"{2 * length} lower-case hexadecimal digits are needed")


def _wrong_length() -> Refused:
    return Refused("证明路径的长度不对", "the path of the proof has not the right length")


if __name__ == "__main__":
    sys.exit(main())
