"""Small schemes written with no more columns than matter."""

import csv
from collections.abc import Iterator
from typing import Any

from tongchou.grouping.schemes.tables import CHANGE, TABLES, Row, SchemeTables

MANIFEST = {
    "name": "small",
    "title": {"zh": "小方案", "en": "small scheme"},
    "publisher": "test",
    "edition": "1",
    "valid_from": "2025-01-01",
    "purpose": "payment",
    "code_match": "exact",
}


def rows_of(name: str, text: str) -> Iterator[Row]:
    """Yield rows written with the columns that matter: order is that of writing, names are the code."""
    for number, written in enumerate(csv.DictReader(text.strip().splitlines(), skipinitialspace=True), start=1):
        row = {column: (written.get(column) or "").strip() for column in (CHANGE, *TABLES[name])}
        code = row.get(name.removesuffix(".csv").removesuffix("s"), "")
        for column, value in (("order", str(number)), ("name_zh", code), ("name_en", code)):
            if column in row and not row[column]:
                row[column] = value
        yield row


def small_tables(content: dict[str, str], manifest: dict[str, Any]) -> SchemeTables:
    """Return a whole scheme; an ADRG that is not split gets the one DRG that its code and 9 name."""
    tables = {name: list(rows_of(name, content.get(name.removesuffix(".csv"), ""))) for name in TABLES}
    split = {row["adrg"] for row in tables["drg.csv"]}
    for row in tables["adrg.csv"]:
        if row["adrg"] not in split and row["outcome"] != "ambiguous":
            tables["drg.csv"] += rows_of("drg.csv", f"adrg,drg,severity\n{row['adrg']},{row['adrg']}9,always")
    return SchemeTables(manifest, tables)
