"""What a parsed JSON document is: its transaction, its nodes, and what its envelope says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tongchou.core.text import Text
from tongchou.intake.readers.interface_names import ENVELOPE_NAMES, TRANSACTIONS, Transaction, table_names
from tongchou.intake.readers.json_values import NotReadable

Rows = list[dict[str, Any]]

_WRONG_KIND = Text("不是一个 JSON 对象", "it is not a JSON object")
_UNKNOWN = Text("没有已知交易的节点", "it has no node of a transaction that is known")
_SEVERAL = Text(
    "一份文档里有几张清单，无法分开明细", "several lists stand in one document; their details cannot be told apart"
)
_FAILED = Text("平台返回失败，没有数据", "the platform's reply says that it failed; there are no data")
_WRONG_NODE = Text("节点的类型不对，应为对象或数组", "a node has the wrong type; it is an object or an array")

_STATE_CHANGES = "4102"
_REPLY_ONLY = frozenset(table_names("settlement_lists").replies)
_FIRST_VERSION = frozenset(("payinfo", "iteminfo"))
_FIRST_VERSION_FIELDS = frozenset(("psn_selfpay", "psn_ownpay", "psn_name", "gend", "hi_type"))
_SETTLED_FIELDS = frozenset(("medfee_sumamt", "fund_pay_sumamt", "inscp_scp_amt"))


@dataclass(frozen=True, slots=True)
class InterfaceDocument:
    """A document as its transaction has it.

    Attributes:
        transaction: Which one.
        nodes: The rows of each node that is known.
        is_reply: Whether it is what the platform answered.
        institution: Code and name of the institution, where the envelope says them.
        ignored: Names of nodes and of the envelope that nothing is known for.
    """

    transaction: Transaction
    nodes: Mapping[str, Rows]
    is_reply: bool
    institution: tuple[str | None, str | None]
    ignored: tuple[str, ...]


def interface_documents(value: object) -> Iterator[InterfaceDocument]:
    """Yield what a parsed document holds: one, or several where its `input` or `output` is an array.

    Raises:
        NotReadable: If it is none of a transaction that is known, or its nodes are of the wrong type.
    """
    if not isinstance(value, dict):
        raise NotReadable(_WRONG_KIND)
    bodies = [(name, value[name]) for name in ("input", "output") if value.get(name) is not None]
    if not bodies:
        if "infcode" in value and str(value["infcode"]) != "0":
            raise NotReadable(_FAILED)
        yield from _each_list(_document("", value, {}, is_reply=False))
        return
    number = str(value.get("infno", "")).strip().upper()
    merged: dict[str, Any] = {}
    for name, body in bodies:
        if isinstance(body, list):
            if len(bodies) > 1:
                raise NotReadable(_WRONG_NODE)
            for each in body:
                if not isinstance(each, dict):
                    raise NotReadable(_WRONG_NODE)
                yield from _each_list(_document(number, each, value, is_reply=name == "output"))
            return
        if not isinstance(body, dict):
            raise NotReadable(_WRONG_NODE)
        merged.update(body)
    yield from _each_list(_document(number, merged, value, is_reply=bodies[0][0] == "output"))


def _each_list(document: InterfaceDocument) -> Iterator[InterfaceDocument]:
    """Yield a document; one that changes the states of several lists is one for each of them."""
    if document.transaction.name != _STATE_CHANGES:
        yield document
        return
    for node, rows in document.nodes.items():
        for row in rows:
            yield replace(document, nodes={node: [row]})


def _document(number: str, body: dict[str, Any], envelope: Mapping[str, Any], *, is_reply: bool) -> InterfaceDocument:
    transaction = TRANSACTIONS.get(number) or _guessed(body, is_reply=is_reply)
    nodes: dict[str, Rows] = {}
    ignored: list[str] = [name for name in envelope if name not in ENVELOPE_NAMES]
    for name, node in body.items():
        if name in transaction.nodes:
            nodes[name] = _rows(node)
        elif envelope or name not in ENVELOPE_NAMES:
            ignored.append(name)
    if not any(nodes.values()):
        raise NotReadable(_UNKNOWN)
    if len(nodes.get("setlinfo", ())) > 1:
        raise NotReadable(_SEVERAL)
    source = envelope or body
    said = (_plain(source.get("fixmedins_code")), _plain(source.get("fixmedins_name")))
    return InterfaceDocument(transaction, nodes, is_reply, said, tuple(ignored))


def _guessed(body: Mapping[str, Any], *, is_reply: bool) -> Transaction:
    """Return the transaction of a document that does not name one, by the nodes and fields that only one has."""
    if "refmedin" in body:
        return TRANSACTIONS["2501"]
    if "stastinfo" in body:
        return TRANSACTIONS["4102"]
    if "feedetail" in body or "result" in body:
        return TRANSACTIONS["2301"]
    heads = _rows(body.get("setlinfo"))
    names = heads[0].keys() if heads else frozenset[str]()
    if "setldetail" in body or (names & _SETTLED_FIELDS and "diseinfo" not in body):
        return TRANSACTIONS["2304"]
    if is_reply or names & _REPLY_ONLY:
        return TRANSACTIONS["4103"]
    if body.keys() & _FIRST_VERSION or names & _FIRST_VERSION_FIELDS:
        return TRANSACTIONS["4101"]
    return TRANSACTIONS["4101A"]


def _rows(node: object) -> Rows:
    if node is None or node == "":
        return []
    if isinstance(node, dict):
        return [node] if node else []
    if isinstance(node, list):
        if set(map(type, node)) <= {dict}:
            return node
        rows = [row for row in node if row is not None]
        if all(isinstance(row, dict) for row in rows):
            return rows
    raise NotReadable(_WRONG_NODE)


def _plain(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
