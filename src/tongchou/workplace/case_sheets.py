"""Sheets of cases as hospitals keep them: read, their columns mapped to those of a case, and grouped."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from tongchou.access.subject import Subject
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.dip.brought import BROUGHT_FIELDS
from tongchou.grouping.engine.case_fields import CASE_COLUMNS, FURTHER_COLUMNS
from tongchou.intake.mappings.mapping_file import expanded
from tongchou.intake.mappings.proposal import propose
from tongchou.workplace.case_bounds import require_bounded
from tongchou.workplace.place import Workplace

MOST_ROWS = 200_000
"""Cases of a sheet; more go as a case file."""

_MOST_UNPACKED = 500_000_000
SHEET_CHUNK = 10_000
"""Cases that are grouped between two looks at the progress."""

_SAMPLES = 20
_LISTS = ("diagnoses", "procedures")
_PARTS = re.compile(r"[|;；,，、\s]+")
_NOT_LISTED = tuple(name for name in (*CASE_COLUMNS, *FURTHER_COLUMNS) if name not in _LISTS)
_FIELDS = {
    "settlement_lists.case_number": "case_id",
    "settlement_lists.sex": "sex",
    "settlement_lists.age_years": "age_years",
    "settlement_lists.age_days": "age_days",
    "settlement_lists.birth_weight_g": "birth_weight_g",
    "settlement_lists.admission_weight_g": "admission_weight_g",
    "settlement_lists.discharge_department": "department",
    "settlement_lists.los_days": "los_days",
    "settlement_lists.discharge_way": "discharge_way",
    "settlement_lists.total_fen": "total_fen",
    "list_diagnoses.code": "diagnoses",
    "list_operations.code": "procedures",
}

Columns = Mapping[str, Sequence[str]]
"""The columns of a sheet that hold each column of a case; only the two lists of codes take several, in their order."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of cases, every cell as text."""

    name: str
    rows: pl.DataFrame

    @property
    def header(self) -> list[str]:
        """The names of its columns."""
        return self.rows.columns


def read_sheet(path: Path, name: str) -> Sheet:
    """Read a sheet: `.xlsx` or `.xls` (its first sheet), `.parquet`, or CSV in UTF-8 or GB18030.

    Args:
        path: The file.
        name: What its sender calls it; its suffix says what it is.

    Raises:
        TongchouError: `workplace.sheet` if it cannot be read, has no rows, or has too many.
    """
    suffix = Path(name).suffix.lower()
    try:
        if suffix in {".xlsx", ".xls"}:
            rows = _from_workbook(path)
        elif suffix == ".parquet":
            require_bounded(path)
            rows = pl.read_parquet(path).with_columns(pl.col(pl.List(pl.String)).list.join("|")).cast(pl.String)
        else:
            rows = _from_csv(path)
    except (OSError, ValueError, csv.Error, zipfile.BadZipFile, CalamineError, pl.exceptions.PolarsError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _unreadable(name, Text(f"无法读取：{said}", f"it cannot be read: {said}")) from error
    if rows.is_empty():
        raise _unreadable(name, Text("表头下没有行", "there are no rows below the heading"))
    if rows.height > MOST_ROWS:
        raise _unreadable(name, Text(f"超过 {MOST_ROWS:,} 行", f"it has more than {MOST_ROWS:,} rows"))
    return Sheet(name, rows)


def propose_columns(sheet: Sheet) -> Columns:
    """Return which columns seem to hold what of a case, by their names and by their values."""
    own = {name: [name] for name in (*_NOT_LISTED, *BROUGHT_FIELDS, *_LISTS) if name in sheet.header}
    samples = [sheet.rows.get_column(name).drop_nulls().head(_SAMPLES).to_list() for name in sheet.header]
    found: dict[str, list[str]] = {}
    for each in propose(sheet.header, samples):
        column = _FIELDS.get(each.field or "")
        if column is None or column in own:
            continue
        if column in _LISTS:
            found.setdefault(column, []).extend(source for source, _ in expanded(each.source, each.place))
        else:
            found.setdefault(column, [each.source])
    return {**found, **own}


def as_cases(sheet: Sheet, columns: Columns, single: Sequence[str] = _NOT_LISTED) -> pa.Table:
    """Return the rows of a sheet as cases; what no column holds is unknown.

    Codes in one cell are parted by `|`, comma, semicolon or blank. Rows without an id get their number.

    Args:
        sheet: The sheet.
        columns: Which columns hold what.
        single: The columns of a case beside its codes, `case_id` among them; those of `case_fields` if not given.
    """
    chosen: list[pl.Expr] = []
    for name in single:
        sources = columns.get(name) or ()
        cell = pl.col(sources[0]).str.strip_chars() if sources else pl.lit(None, dtype=pl.String)
        chosen.append(cell.alias(name))
    rows = sheet.rows.select(
        *chosen,
        *(
            pl.concat_str([pl.col(each) for each in columns.get(name) or ()], separator="|", ignore_nulls=True).alias(
                name
            )
            if columns.get(name)
            else pl.lit("").alias(name)
            for name in _LISTS
        ),
    ).with_row_index("number", offset=1)
    numbered = rows.with_columns(
        case_id=pl.when(pl.col("case_id").fill_null("") == "")
        .then(pl.col("number").cast(pl.String))
        .otherwise("case_id")
    ).drop("number")
    table = numbered.drop(_LISTS).to_arrow()
    for name in _LISTS:
        cells = numbered.get_column(name).fill_null("").to_list()
        codes = [[code for code in _PARTS.split(cell) if code] for cell in cells]
        table = table.append_column(name, pa.array(codes, pa.list_(pa.string())))
    return table


def group_sheet(
    place: Workplace,
    subject: Subject,
    sheet: Sheet,
    columns: Columns,
    scheme: str | None = None,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> pl.DataFrame:
    """Group the cases of a sheet.

    Args:
        place: The place.
        subject: Who asks.
        sheet: The sheet.
        columns: Which columns hold what.
        scheme: As of `grouping_cases.group_case`.
        advance: Called with how many cases are grouped, and how many there are.

    Returns:
        `case_id, status, mdc, adrg, drg, name_zh, name_en, weight_e4`, row for row.

    Raises:
        TongchouError: `access.refused`; as `group_case`.
    """
    place.admit(subject, "grouping.group", "brought", where="sheet")
    ready = place.at_hand.ready(scheme)
    cases = as_cases(sheet, columns)
    parts: list[pl.DataFrame] = []
    for batch in cases.to_batches(max_chunksize=SHEET_CHUNK):
        found = pl.from_arrow(ready.grouper.group(batch))
        assert isinstance(found, pl.DataFrame)  # noqa: S101  # a batch gives a frame
        parts.append(
            found.select("case_id", *(pl.col(name).cast(pl.String) for name in ("status", "mdc", "adrg", "drg")))
        )
        advance(sum(part.height for part in parts), cases.num_rows)
    weights = ready.prices.weights_e4 if ready.prices else {}
    named = pl.DataFrame(
        {
            "drg": list(ready.names),
            "name_zh": [name.zh for name in ready.names.values()],
            "name_en": [name.en for name in ready.names.values()],
            "weight_e4": [weights.get(code) for code in ready.names],
        },
        schema={"drg": pl.String, "name_zh": pl.String, "name_en": pl.String, "weight_e4": pl.Int64},
    )
    return pl.concat(parts).join(named, on="drg", how="left", maintain_order="left")


def _from_workbook(path: Path) -> pl.DataFrame:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_UNPACKED:
                raise ValueError(f"> {_MOST_UNPACKED:,} bytes unpacked")
    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python() or [[]]
    return _frame([_cell(each) or "" for each in head], [[_cell(each) for each in row] for row in rows])


def _from_csv(path: Path) -> pl.DataFrame:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    head, *rows = list(csv.reader(io.StringIO(text))) or [[]]
    return _frame([each.strip() for each in head], [[each.strip() or None for each in row] for row in rows])


def _frame(head: Sequence[str], rows: Sequence[Sequence[str | None]]) -> pl.DataFrame:
    places = [place for place, name in enumerate(head) if name]
    if not places:
        raise ValueError("no heading / 没有表头")
    if len({head[place] for place in places}) < len(places):
        raise ValueError("two columns of one name / 列名重复")
    filled = [row for row in rows if any(cell is not None for cell in row)]
    return pl.DataFrame(
        {head[place]: [row[place] if place < len(row) else None for row in filled] for place in places},
        schema={head[place]: pl.String for place in places},
    )


def _cell(value: object) -> str | None:
    if isinstance(value, float) and value.is_integer():
        # A workbook knows no whole numbers: 45 comes as 45.0.
        return str(int(value))
    return str(value).strip() or None


def _unreadable(name: str, why: Text) -> TongchouError:
    return TongchouError(
        "workplace.sheet",
        what=Text("表格不能用", "the sheet cannot be used"),
        where=name[:200],
        why=why,
        remedy=Text(
            "首行为列名，另存为 .xlsx 或 UTF-8 的 CSV；更多病例用病例文件",
            "headings in the first row, saved as .xlsx or CSV in UTF-8; more cases go as a case file",
        ),
    )
