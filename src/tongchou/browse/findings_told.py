"""Findings as they are told: by kind, and one by one with their rows, without anybody's pseudonym."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from tongchou.core.text import Text
from tongchou.intake.checks.catalogue import Catalogue
from tongchou.intake.lake_rows import rows_of
from tongchou.intake.repairing import REPAIR_SEPARATOR
from tongchou.schema.contract import Grade, Table
from tongchou.schema.list_fields import document_table_names, list_fields
from tongchou.schema.list_tables import DOCUMENT_TABLES
from tongchou.schema.results import FINDING_FIELDS, FINDINGS
from tongchou.schema.tables import INPUT_TABLES
from tongchou.store.lake import Lake

_TABLES: Mapping[str, Table] = {table.name: table for table in (*INPUT_TABLES, *DOCUMENT_TABLES)}
_WORDS = ("what_zh", "what_en", "remedy_zh", "remedy_en")
_RECORD_NUMBERS = frozenset({"case_id", "list_id", "referral_id", "visit_id"})
_TOLD = frozenset({Grade.ADMINISTRATIVE, Grade.PUBLIC})
_HIDDEN = "***"
_NOTHING = (None, "")


@dataclass(frozen=True, slots=True)
class FindingKind:
    """The findings of one code in one table.

    Attributes:
        code: The check or fault.
        table_name: The table.
        handling: `set_aside`, `repaired` or `noted`.
        count: Findings.
        records: Rows or documents in which it was found.
        what: What is wrong, with the first finding as example.
        remedy: What to do.
        is_open: Whether the example is of an institution whose rows may be shown.
    """

    code: str
    table_name: str
    handling: str
    count: int
    records: int
    what: Text
    remedy: Text
    is_open: bool = True

    def without_example(self, catalogue: Catalogue) -> "FindingKind":
        """Return the kind as it is told to who may not see the row that it is an example of.

        A check that looks at columns that say nothing of a case keeps its words; of others its name is told.
        """
        check = catalogue.checks.get(self.code)
        if check is None:
            return replace(self, what=Text.plain(self.code), remedy=Text.plain(""))
        grades = {_grade(self.table_name, name) for name in check.columns}
        if grades and grades <= _TOLD and check.expected is None:
            return self
        is_plain = "{" not in check.remedy.zh + check.remedy.en
        return replace(self, what=check.title, remedy=check.remedy if is_plain else Text.plain(""))


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with its row, without anybody's pseudonym."""

    finding_id: str
    batch_id: str
    table_name: str
    source: str
    case_id: str | None
    handling: str
    code: str
    what: Text
    remedy: Text
    row: Mapping[str, Any]
    column_name: str | None = None

    @property
    def field(self) -> Text:
        """What the field is called that it is about; empty where it is about none."""
        titles = _titles(self.table_name)
        names = self.column_name.split(REPAIR_SEPARATOR) if self.column_name else []
        said = [titles.get(name, Text.plain(name)) for name in names]
        return Text("、".join(each.zh for each in said), ", ".join(each.en for each in said))


def finding_kinds(
    lake: Lake, findings: pl.DataFrame, open_to: Collection[str] | None = None
) -> tuple[FindingKind, ...]:
    """Return findings by code, table and handling, the most frequent first.

    Args:
        lake: Where their words are.
        findings: Rows of `HandedIn.findings`.
        open_to: The institutions whose rows may be shown, of which examples are taken first; all where None.
    """
    is_open = pl.lit(value=True) if open_to is None else pl.col("institution_id").is_in(sorted(open_to))
    grouped = findings.group_by("code", "table_name", "handling").agg(
        pl.len().cast(pl.Int64).alias("count"),
        pl.struct("batch_id", "source").n_unique().cast(pl.Int64).alias("records"),
        pl.col("finding_id").filter(is_open.fill_null(value=False)).min().alias("open_id"),
        pl.col("finding_id").min(),
    )
    grouped = grouped.with_columns(pl.coalesce("open_id", "finding_id").alias("finding_id"))
    rows = grouped.sort(-pl.col("count"), "code", "table_name", "handling")
    words = {row["finding_id"]: row for row in _whole(lake, rows.get_column("finding_id")).iter_rows(named=True)}
    kinds = []
    for row in rows.iter_rows(named=True):
        said = _told(words[row["finding_id"]])
        kinds.append(
            FindingKind(
                row["code"],
                row["table_name"],
                row["handling"],
                row["count"],
                row["records"],
                said.what,
                said.remedy,
                row["open_id"] is not None,
            )
        )
    return tuple(kinds)


def finding_rows(lake: Lake, finding_ids: pl.Series) -> tuple[FindingRow, ...]:
    """Return findings with their rows, by number."""
    return tuple(_told(row) for row in _whole(lake, finding_ids).iter_rows(named=True))


def _whole(lake: Lake, finding_ids: pl.Series) -> pl.DataFrame:
    files = lake.files(FINDINGS.name, lake.snapshot())
    if not files or finding_ids.is_empty():
        return pl.DataFrame(schema=dict.fromkeys([*FINDINGS.arrow_schema.names, "column_name"], pl.String))
    ids = pl.col("finding_id").is_in(finding_ids.implode())
    fields = rows_of(lake, lake.snapshot(), FINDING_FIELDS).filter(ids)
    wanted = pl.scan_parquet(files).filter(ids).join(fields, on="finding_id", how="left")
    return wanted.sort("finding_id").collect()


def _told(row: Mapping[str, Any]) -> FindingRow:
    table = _TABLES.get(row["table_name"])
    values: dict[str, Any] = json.loads(row["row"] or "{}")
    persons = _of_persons(table, values)
    said = {name: str(row[name]) for name in _WORDS}
    for name in persons:
        for words in _WORDS:
            said[words] = said[words].replace(str(values[name]), _HIDDEN)
    return FindingRow(
        row["finding_id"],
        row["batch_id"],
        row["table_name"],
        row["source"],
        row["case_id"],
        row["handling"],
        row["code"],
        Text(said["what_zh"], said["what_en"]),
        Text(said["remedy_zh"], said["remedy_en"]),
        {name: value for name, value in values.items() if name not in persons and value not in _NOTHING},
        row["column_name"],
    )


def _grade(table_name: str, column: str) -> Grade:
    """Return the grade of a column; of one that the table does not keep, nobody knows what it holds."""
    table = _TABLES.get(table_name)
    if table is None or column not in {each.name for each in table.columns}:
        return Grade.IDENTITY
    return table.grade_of(column)


def _titles(table_name: str) -> Mapping[str, Text]:
    """Return what the fields of a table are called, those of identity too: they are named, never shown."""
    table = _TABLES.get(table_name)
    own = {column.name: column.title for column in table.columns} if table else {}
    fields = list_fields(table_name) if table_name in document_table_names() else ()
    return own | {field.column: field.title for field in fields}


def _of_persons(table: Table | None, values: Mapping[str, Any]) -> Sequence[str]:
    """Return the columns of a row that hold somebody's pseudonym, or nobody knows what."""
    known = [column.name for column in table.columns] if table else []
    shown = set(_RECORD_NUMBERS)
    if table is not None:
        shown |= {name for name in known if table.grade_of(name) not in {Grade.PERSON, Grade.IDENTITY}}
    return [name for name in values if name not in shown and values[name] not in _NOTHING]
