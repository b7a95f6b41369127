"""Writer of settlement lists as the interface's JSON: 4101 and 4101A, a list a line."""

from collections.abc import Mapping
from typing import IO, Literal

import polars as pl

from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.readers.interface_names import LIST_NODES
from tongchou.schema.list_fields import list_fields

ListTransaction = Literal["4101", "4101A"]

_ENVELOPE = ("fixmedins_code", "fixmedins_name")
_ABSENT_NODES: Mapping[ListTransaction, frozenset[str]] = {
    "4101": frozenset(("bldinfo",)),
    "4101A": frozenset(("payinfo", "iteminfo")),
}
_ABSENT_NAMES: Mapping[ListTransaction, frozenset[str]] = {
    "4101": frozenset(
        [
            "psn_no",
            "resp_nurs_code",
            "stas_type",
            "mul_nwb_bir_wt",
            "mul_nwb_adm_wt",
            "oprn_oprt_begntime",
            "oprn_oprt_endtime",
            "anst_begntime",
            "anst_endtime",
        ]
    ),
    # What the platform holds from registration and settlement already.
    "4101A": frozenset(
        [
            "fixmedins_name",
            "fixmedins_code",
            "hi_setl_lv",
            "psn_name",
            "gend",
            "brdy",
            "age",
            "nwb_age",
            "naty",
            "patn_cert_type",
            "certno",
            "hi_type",
            "insuplc",
            "sp_psn_type",
            "ipt_med_type",
            "adm_caty",
            "act_ipt_days",
            "diag_code_cnt",
            "oprn_oprt_code_cnt",
            "chfpdr_name",
            "psn_selfpay",
            "psn_ownpay",
            "acct_pay",
            "psn_cashpay",
            "hsorg",
            "hsorg_opter",
            "oprn_oprt_date",
            "oper_dr_name",
            "anst_dr_name",
        ]
    ),
}


def names_of(table: str, transaction: ListTransaction) -> Mapping[str, str]:
    """Return the fields of a document table that a transaction has: column to name, in order."""
    return {
        field.column: field.names["interface"]
        for field in list_fields(table)
        if "interface" in field.names and field.names["interface"] not in _ABSENT_NAMES[transaction]
    }


def write_lists(frames: Mapping[str, pl.DataFrame], transaction: ListTransaction, file: IO[bytes]) -> int:
    """Write settlement lists, a line each, in the order of the frame of heads, and return how many.

    A field without a value in any list is left out; one that only some lists have is null in the others.

    Args:
        frames: Rows by document table as a reader hands them over, or `wire_frame` makes them: text, with the columns
            `_document` and `_seq`. `settlement_lists` has a row a document.
        transaction: Which version; what it does not have is not written.
        file: An open file; it is written on where it stands.
    """
    heads = frames["settlement_lists"]
    lines = _structs("settlement_lists", heads, "setlinfo", transaction).select(
        DOCUMENT, *(pl.col(name) for name in ("setlinfo",))
    )
    institution = {"fixmedins_code": "institution_id", "fixmedins_name": "institution_name"}
    lines = lines.with_columns(
        pl.lit(transaction).alias("infno"),
        *(
            (heads[column] if column in heads.columns else pl.Series([None] * heads.height, dtype=pl.String)).alias(
                name
            )
            for name, column in institution.items()
        ),
    )
    nodes = ["setlinfo"]
    for node, table in LIST_NODES.items():
        if node == "setlinfo" or node in _ABSENT_NODES[transaction] or table not in frames:
            continue
        rows = frames[table].sort(DOCUMENT, SEQUENCE)
        if not rows.height:
            continue
        grouped = _structs(table, rows, node, transaction).group_by(DOCUMENT, maintain_order=True).agg(node)
        lines = lines.join(grouped, on=DOCUMENT, how="left", maintain_order="left")
        lines = lines.with_columns(pl.col(node).fill_null(pl.lit([], dtype=grouped.schema[node])))
        nodes.append(node)
    lines.select("infno", *_ENVELOPE, pl.struct(nodes).alias("input")).write_ndjson(file)
    return lines.height


def _structs(table: str, rows: pl.DataFrame, node: str, transaction: ListTransaction) -> pl.DataFrame:
    held = [
        pl.col(column).alias(name)
        for column, name in names_of(table, transaction).items()
        if column in rows.columns and rows[column].null_count() < rows.height
    ]
    return rows.select(DOCUMENT, pl.struct(held or [pl.lit(None, dtype=pl.String).alias(node)]).alias(node))
