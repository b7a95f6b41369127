"""The names of the interface: which node of which transaction holds which table, and what a reply calls a field."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from tongchou.intake.documents.document_batch import DocumentKind
from tongchou.schema.list_fields import list_fields

LIST_NODES: Mapping[str, str] = MappingProxyType(
    {
        "setlinfo": "settlement_lists",
        "payinfo": "list_payments",
        "opspdiseinfo": "list_chronic_treatments",
        "diseinfo": "list_diagnoses",
        "iteminfo": "list_fees",
        "oprninfo": "list_operations",
        "icuinfo": "list_intensive_care",
        "bldinfo": "list_transfusions",
    }
)
"""The nodes of a settlement list and the document table that each is a row, or rows, of."""

TRANSFUSION_NAMES = ("bld_cat", "bld_amt", "bld_unt")
"""What the first version of the list has in its head and the second as rows of their own."""

_PARTS_OF_DURATIONS: Mapping[str, tuple[str, ...]] = {
    "vent_used_dura": ("vent_used",),
    "pwcry_bfadm_coma_dura": ("bfadm_coma", "pwcry_bfadm_coma"),
    "pwcry_afadm_coma_dura": ("afadm_coma", "pwcry_afadm_coma"),
}
_UNITS = ("days", "h_cnt", "m_cnt")


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction of the interface as far as it brings documents.

    Attributes:
        name: Its number, `4101A`.
        kind: What its documents are.
        nodes: The document table of each of its nodes.
    """

    name: str
    kind: DocumentKind
    nodes: Mapping[str, str]


TRANSACTIONS: Mapping[str, Transaction] = {
    each.name: each
    for each in (
        Transaction("4101", "settlement_list", LIST_NODES),
        Transaction("4101A", "settlement_list", LIST_NODES),
        Transaction("4102", "settlement_list", {"stastinfo": "settlement_lists"}),
        Transaction("4103", "settlement_list", LIST_NODES),
        Transaction("2301", "fee_lines", {"feedetail": "list_fee_lines", "result": "list_fee_lines"}),
        Transaction("2304", "settlement_reply", {"setlinfo": "settlement_replies", "setldetail": "list_payments"}),
        Transaction("2501", "referral", {"refmedin": "referral_filings"}),
    )
}
"""The transactions whose documents are read, by number."""

ENVELOPE_NAMES = frozenset(
    [
        "infno",
        "msgid",
        "mdtrtarea_admvs",
        "insuplc_admdvs",
        "recer_sys_code",
        "dev_no",
        "dev_safe_info",
        "cainfo",
        "signtype",
        "infver",
        "opter_type",
        "opter",
        "opter_name",
        "inf_time",
        "fixmedins_code",
        "fixmedins_name",
        "sign_no",
        "input",
        "output",
        "infcode",
        "inf_refmsgid",
        "refmsg_time",
        "respond_time",
        "err_msg",
        "warn_msg",
        "warn_info",
        "enctype",
        "encType",
    ]
)
"""What the envelope of a request or reply holds besides the document."""


@dataclass(frozen=True, slots=True)
class TableNames:
    """How the rows of a table are written.

    Attributes:
        names: The name of each field that the interface has, in the table's order.
        columns: Its column.
        known: The names, as a set.
        replies: The name of a field by what a reply calls it, where that is another.
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]
    known: frozenset[str]
    replies: Mapping[str, str]


@cache
def table_names(table: str) -> TableNames:
    """Return how the rows of a document table are written in the interface."""
    names: dict[str, str] = {}
    replies: dict[str, str] = {}
    for field in list_fields(table):
        reply = field.names.get("reply")
        own = field.names.get("interface", reply)
        if own is None:
            continue
        names[own] = field.column
        if reply is not None and reply != own:
            replies[reply] = own
    return TableNames(tuple(names), tuple(names.values()), frozenset(names), replies)


def in_request_names(table: str, node: Mapping[str, object], ignored: dict[str, int]) -> dict[str, object]:
    """Return a row under the names of the request, counting names that nothing is known for.

    Where both names of a field stand in a row, that of the request holds. Durations in three parts become one.
    """
    known = table_names(table)
    parts: dict[str, dict[str, object]] = {}
    row: dict[str, object] = {}
    for name, value in node.items():
        own = name if name in known.known else known.replies.get(name)
        if own is not None:
            if own == name or row.get(own) is None:
                row[own] = value
        elif table == "settlement_lists" and (part := _parts().get(name)):
            parts.setdefault(part[0], {})[part[1]] = value
        elif table != "settlement_lists" or name not in TRANSFUSION_NAMES:
            ignored[name] = ignored.get(name, 0) + 1
    for whole, said in parts.items():
        if row.get(whole) is None and any(value not in {None, ""} for value in said.values() if _is_scalar(value)):
            row[whole] = "/".join(_count(said.get(unit)) for unit in _UNITS)
    return row


@cache
def _parts() -> Mapping[str, tuple[str, str]]:
    return {
        f"{prefix}_{unit}": (whole, unit)
        for whole, prefixes in _PARTS_OF_DURATIONS.items()
        for prefix in prefixes
        for unit in _UNITS
    }


def _is_scalar(value: object) -> bool:
    return not isinstance(value, dict | list)


def _count(value: object) -> str:
    return "0" if value in (None, "") else str(value)
