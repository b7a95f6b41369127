"""The register of insured persons with the platform's numbers: made into rows of `persons` that name nobody."""

from pathlib import Path

import polars as pl

from tongchou.core.text import Text
from tongchou.intake import refusals
from tongchou.intake.csv_file import open_csv_file
from tongchou.intake.documents import written_values
from tongchou.intake.documents.conversion import HEAD
from tongchou.intake.documents.pseudonymiser import Pseudonymiser
from tongchou.intake.documents.typed_batch import typed_schema
from tongchou.privacy.redaction import said_file_name
from tongchou.schema.columns import text
from tongchou.schema.contract import Table
from tongchou.schema.tables import PERSONS

INSURED_PERSONS = Table(
    "insured_persons",
    Text("参保登记", "Register of insured persons"),
    Text("一名参保人（平台人员编号）", "an insured person by the platform's number"),
    ("person_number",),
    (
        text("person_number", "人员编号", "person number"),
        text("identity_type", "证件类型", "type of identity document", required=False),
        text("identity_number", "证件号码", "number of identity document", required=False),
        *(column for column in PERSONS.columns if column.name != "person_id"),
    ),
)
"""What the register holds; it is never kept: what the lake gets of it is `persons`."""

_IDENTITY = ("person_number", "identity_type", "identity_number")


def is_register(path: Path) -> bool:
    """Return whether a file is a register, by its name: `insured_persons`, and what may follow behind `-` or `.`."""
    return path.suffix.lower() == ".csv" and path.name.split(".")[0].split("-")[0] == INSURED_PERSONS.name


def anonymous_persons(path: Path, pseudonymiser: Pseudonymiser, folder: Path) -> Path:
    """Write a register as rows of `persons`, and return the file.

    Args:
        path: The register, CSV.
        pseudonymiser: Gives each person the pseudonym that documents get too.
        folder: Where the file is laid.

    Raises:
        TongchouError: What a file of a table is refused for; `intake.not_a_table` where lines of it are broken.
    """
    name = said_file_name(path.name)
    opened = open_csv_file(path, name, INSURED_PERSONS)
    parts = []
    for batch in opened.batches():
        if batch.broken:
            lines = ", ".join(str(line.row_number) for line in batch.broken[:5])
            raise refusals.not_a_table(name, f"lines {lines}")
        named = batch.rows.rename({source.name: source.column.name for source in opened.layout.sources})
        parts.append(named.cast(pl.String).with_columns(_ids(named, pseudonymiser)))
    columns = [column.name for column in PERSONS.columns if any(column.name in part.columns for part in parts)]
    file = folder / f"{PERSONS.name}-{opened.digest[:16]}.parquet"
    pl.concat([part.select(columns) for part in parts]).write_parquet(file)
    return file


def _ids(rows: pl.DataFrame, pseudonymiser: Pseudonymiser) -> pl.Series:
    schema = typed_schema(HEAD)
    given = {name: written_values.trimmed(rows[name], is_free=False) for name in _IDENTITY if name in rows.columns}
    if "identity_type" in given:
        given["identity_type"] = written_values.states(given["identity_type"], "identity_type")
    absent = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in given]
    heads = pl.DataFrame(given).with_columns(absent).select(list(schema))
    return pseudonymiser.replace(heads, HEAD).get_column("person_id")
