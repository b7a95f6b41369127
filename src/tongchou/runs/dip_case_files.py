"""Files of cases as DIP reads them (docs/dip.md): CSV in UTF-8, or Parquet, batch by batch."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.dip.cases import COLUMNS, WHOLE_AS_FRACTION
from tongchou.grouping.engine.case_fields import DISCHARGE_CODES
from tongchou.grouping.exchange.case_file import CaseFile, columns_of
from tongchou.intake.repairing import mend_codes

_LISTS = ("diagnoses", "procedures")


def read_case_files(paths: Sequence[Path]) -> pl.DataFrame:
    """Read files of cases, one below the other.

    Raises:
        TongchouError: As `case_batches`.
    """
    frames = [frame for path in paths for frame in case_batches(path)]
    return pl.concat(frames, how="diagonal") if frames else pl.DataFrame(schema=COLUMNS)


def case_batches(path: Path) -> Iterator[pl.DataFrame]:
    """Yield the cases of a file in their order, with those of `dip.cases.COLUMNS` that it has; at least one batch.

    The year is that of `discharged_on` where a file has no column `year`. Codes are mended as intake mends them;
    ways of discharge may be written as their national codes.

    Raises:
        TongchouError: `runs.dip_case_file` if the file cannot be read, or a column holds what it cannot.
    """
    try:
        names = columns_of(path)
        wanted = tuple(name for name in COLUMNS if name in names)
        is_empty = True
        for batch in CaseFile(path, wanted).batches(lambda done, total: None) if wanted else ():
            is_empty = False
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)  # noqa: S101  # a batch gives a frame
            yield _mended(frame, path.name)
        if is_empty:
            yield pl.DataFrame(schema={name: COLUMNS[name] for name in wanted})
    except TongchouError as error:
        if error.code != "grouping.case_file":
            raise
        raise _problem(path.name, error.why) from error


def mended_codes(column: pl.Series) -> pl.Series:
    """Return rows of codes, mended as intake mends them; text is parted at `|`, and a row without any is null."""
    lists = column.str.split("|") if column.dtype == pl.String else column.cast(pl.List(pl.String))
    rows = lists.to_frame("code").with_row_index("row").filter(pl.col("code").list.len() > 0).explode("code")
    codes = mend_codes(rows.get_column("code"))
    kept = rows.with_columns(codes.replace("", None).alias("code")).drop_nulls("code")
    gathered = kept.group_by("row", maintain_order=True).agg("code")
    numbered = pl.DataFrame({"row": pl.int_range(column.len(), dtype=pl.UInt32, eager=True)})
    return numbered.join(gathered, on="row", how="left", maintain_order="left").get_column("code").rename(column.name)


def _mended(found: pl.DataFrame, name: str) -> pl.DataFrame:
    mended = pl.DataFrame([_read(found.get_column(column), name) for column in found.columns])
    if "discharge_way" in mended.columns:
        mended = mended.with_columns(pl.col("discharge_way").replace(DISCHARGE_CODES))
    if "year" not in mended.columns and "discharged_on" in mended.columns:
        mended = mended.with_columns(pl.col("discharged_on").dt.year().cast(pl.Int64).alias("year"))
    return mended


def _read(column: pl.Series, name: str) -> pl.Series:
    """Return a column as its kind; what cannot be read is counted, and never repeated."""
    kind = COLUMNS[column.name]
    if column.name in _LISTS:
        if column.dtype != pl.String and column.dtype.base_type() is not pl.List:
            raise _unread(name, column.name, column.len())
        return mended_codes(column)
    if kind == pl.String:
        return column.cast(pl.String).str.strip_chars().replace("", None)
    given = column
    if given.dtype in {pl.String, pl.Categorical}:
        given = given.cast(pl.String).str.strip_chars().replace("", None)
        given = given.str.replace(WHOLE_AS_FRACTION, "") if kind == pl.Int64 else given
    elif given.dtype == pl.Boolean or (given.dtype.is_numeric() and kind == pl.Date):
        raise _unread(name, column.name, column.len())
    read = given.str.to_date("%Y-%m-%d", strict=False) if given.dtype == pl.String and kind == pl.Date else None
    if read is None:
        read = given.cast(kind, strict=False)
    is_lost = given.is_not_null() & read.is_null()
    if given.dtype.is_float() or given.dtype.is_decimal():
        is_lost = is_lost | (given.is_not_null() & (given != read.cast(given.dtype)))
    if is_lost.any():
        raise _unread(name, column.name, int(is_lost.sum()))
    return read


def _unread(file: str, column: str, cases: int) -> TongchouError:
    kind = Text("整数", "whole numbers") if COLUMNS[column] == pl.Int64 else Text("日期 YYYY-MM-DD", "dates YYYY-MM-DD")
    if column in _LISTS:
        kind = Text("以 | 分隔的编码", "codes parted by |")
    return _problem(
        file,
        Text(f"列 {column} 有 {cases} 例不是{kind.zh}", f"column {column}: {cases} cases are no {kind.en}"),
    )


def _problem(file: str, why: Text) -> TongchouError:
    return TongchouError(
        "runs.dip_case_file",
        what=Text("病例文件不能用", "the file of cases cannot be used"),
        where=file,
        why=why,
        remedy=Text(
            "按 docs/dip.md 准备 UTF-8 的 CSV 或 Parquet", "prepare CSV in UTF-8 or Parquet as docs/dip.md says"
        ),
    )
