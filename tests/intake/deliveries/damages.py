"""Ways to damage a settlement list, each settled by two small numbers so that a failing set can be made smaller."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

Damage = tuple[str, int, int]
"""The kind, and two numbers from 0 to 255 that settle where and how."""

_BOM = b"\xef\xbb\xbf"
_ODD_VALUES: Sequence[Any] = (
    *(None, True, 1e40, [], {"a": 1}, "9" * 400, "\u0000"),
    *(-1, "", " ", "\ufeff", 0.1 + 0.2, "'\"\\"),
)
_WRONG_NODES: Sequence[Any] = (1, "x", [[]], None, {}, [], [None], [1])
_ODD_DAYS = ("2025-02-30", "20250101", "2025/13/01", "0000-00-00", "9999-12-31", "1799-01-01", "二〇二五年", "2025-1-1")
_MONEY = ("psn_selfpay", "psn_ownpay", "acct_pay", "psn_cashpay")


def _swapped_dates(head: dict[str, Any], _said: dict[str, Any], _a: int, _b: int) -> None:
    head["adm_time"], head["dscg_time"] = head["dscg_time"], head["adm_time"]


def _odd_day(head: dict[str, Any], _said: dict[str, Any], a: int, b: int) -> None:
    name = ("adm_time", "dscg_time", "brdy", "setl_begn_date", "setl_end_date")[a % 5]
    head[name] = _ODD_DAYS[b % len(_ODD_DAYS)]


def _negative_money(head: dict[str, Any], said: dict[str, Any], a: int, b: int) -> None:
    fees = said["input"]["iteminfo"]
    if b % 2:
        fees[a % len(fees)]["amt"] = f"-{b}.00"
    else:
        head[_MONEY[a % len(_MONEY)]] = f"-{b + 1}.00"


def _wrong_sex(head: dict[str, Any], _said: dict[str, Any], a: int, _b: int) -> None:
    head["gend"] = ("7", "男", "9", "0", "12")[a % 5]


def _other_sex(head: dict[str, Any], _said: dict[str, Any], _a: int, _b: int) -> None:
    head["gend"] = "2" if head["gend"] == "1" else "1"


def _off_by_a_fen(_head: dict[str, Any], said: dict[str, Any], a: int, b: int) -> None:
    fees = said["input"]["iteminfo"]
    fee = fees[a % len(fees)]
    fen = int(fee["claa_sumfee"].replace(".", "")) + (1 if b % 2 else -1)
    fee["claa_sumfee"] = f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _field_removed(head: dict[str, Any], _said: dict[str, Any], a: int, _b: int) -> None:
    names = sorted(head)
    head.pop(names[a % len(names)])


def _odd_value(head: dict[str, Any], said: dict[str, Any], a: int, b: int) -> None:
    rows = [head, *(row for node in ("diseinfo", "iteminfo", "oprninfo", "payinfo") for row in _rows(said, node))]
    row = rows[0] if a % 2 else rows[(a // 2) % len(rows)]
    names = sorted(row)
    row[names[b % len(names)]] = _ODD_VALUES[(a + b) % len(_ODD_VALUES)]


def _wrong_node(_head: dict[str, Any], said: dict[str, Any], a: int, b: int) -> None:
    names = sorted(said["input"])
    said["input"][names[a % len(names)]] = _WRONG_NODES[b % len(_WRONG_NODES)]


def _row_given_twice(_head: dict[str, Any], said: dict[str, Any], a: int, _b: int) -> None:
    rows = _rows(said, ("diseinfo", "iteminfo")[a % 2])
    if rows:
        rows.append(dict(rows[a % len(rows)]))


def _rows(said: dict[str, Any], node: str) -> list[dict[str, Any]]:
    rows = said["input"].get(node)
    return rows if isinstance(rows, list) else []


CONTENT: Mapping[str, Callable[[dict[str, Any], dict[str, Any], int, int], None]] = {
    "swapped dates": _swapped_dates,
    "a day that is none": _odd_day,
    "negative money": _negative_money,
    "wrong sex": _wrong_sex,
    "other sex": _other_sex,
    "off by a fen": _off_by_a_fen,
    "field removed": _field_removed,
    "odd value": _odd_value,
    "node of the wrong type": _wrong_node,
    "row given twice": _row_given_twice,
}
"""Damages of what a list says."""

WRITING = (
    *("truncated", "begun late", "byte-order mark", "noise", "byte changed"),
    *("given twice", "id of another", "field said twice"),
)
"""Damages of how it is written."""

KINDS = ("none", *CONTENT, *WRITING)
"""All, the harmless one first: what shrinks, shrinks towards it."""


def written(line: bytes, damages: Sequence[Damage], earlier: Sequence[bytes], encoding: str) -> bytes:
    """Return a list as a line of a file with damages done to it, those of its content first."""
    said: dict[str, Any] = orjson.loads(line)
    head = said["input"]["setlinfo"]
    for kind, a, b in damages:
        if kind in CONTENT and isinstance(said["input"].get("setlinfo"), dict) and "gend" in head and _whole(said):
            CONTENT[kind](head, said, a, b)
        elif kind == "id of another" and earlier:
            head["setl_id"] = f"{head['setl_id'].rsplit('-', 1)[0]}-{a % len(earlier)}"
    text = orjson.dumps(said).decode().encode(encoding, "backslashreplace")
    for kind, a, b in damages:
        text = _misspelt(kind, text, a, b, earlier)
    text = text.replace(b"\n", b"").replace(b"\r", b"")
    # A blank line would be none at all.
    return text if text.strip(b" \t\x0b\x0c") else b"?"


def _whole(said: dict[str, Any]) -> bool:
    head = said["input"]["setlinfo"]
    fees = said["input"].get("iteminfo")
    is_dated = all(name in head for name in ("adm_time", "dscg_time"))
    return (
        is_dated
        and isinstance(fees, list)
        and bool(fees)
        and all(isinstance(fee, dict) and isinstance(fee.get("claa_sumfee"), str) for fee in fees)
    )


def _misspelt(kind: str, text: bytes, a: int, b: int, earlier: Sequence[bytes]) -> bytes:
    place = 1 + (a * 256 + b) * (len(text) - 2) // 65_536
    match kind:
        case "truncated":
            return text[:place]
        case "begun late":
            return text[place:]
        case "byte-order mark":
            return _BOM + text
        case "noise":
            return bytes((a * 31 + b * 17 + step * step) % 256 for step in range(1 + a % 60))
        case "byte changed":
            return text[:place] + bytes([b]) + text[place + 1 :]
        case "given twice" if earlier:
            return earlier[(a * 256 + b) % len(earlier)]
        case "field said twice":
            return text.replace(b'"setlinfo":{', b'"setlinfo":{"gend":"1","gend":"2","psn_name":null,', 1)
        case _:
            return text
