"""Files of cases as DIP reads them (docs/dip.md): CSV in UTF-8, or Parquet."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.grouping.dip.cases import COLUMNS
from tongchou.grouping.engine.case_fields import DISCHARGE_CODES
from tongchou.intake.repairing import mend_codes

_LISTS = ("diagnoses", "procedures")


def read_case_files(paths: Sequence[Path]) -> pl.DataFrame:
    """Read files of cases, one below the other.

    The year is that of `discharged_on` where a file has no column `year`. Codes are mended as intake mends them;
    ways of discharge may be written as their national codes.

    Raises:
        TongchouError: `runs.dip_case_file` if a file cannot be read.
    """
    return pl.concat([_read(path) for path in paths], how="diagonal")


def mended_codes(column: pl.Series) -> pl.Series:
    """Return rows of codes, mended as intake mends them; text is parted at `|`, and a row without any is null."""
    lists = column.str.split("|") if column.dtype == pl.String else column.cast(pl.List(pl.String))
    rows = lists.to_frame("code").with_row_index("row").filter(pl.col("code").list.len() > 0).explode("code")
    codes = mend_codes(rows.get_column("code"))
    kept = rows.with_columns(codes.replace("", None).alias("code")).drop_nulls("code")
    gathered = kept.group_by("row", maintain_order=True).agg("code")
    numbered = pl.DataFrame({"row": pl.int_range(column.len(), dtype=pl.UInt32, eager=True)})
    return numbered.join(gathered, on="row", how="left", maintain_order="left").get_column("code").rename(column.name)


def _read(path: Path) -> pl.DataFrame:
    try:
        found = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
        return _mended(found.select(name for name in COLUMNS if name in found.columns))
    except pl.exceptions.PolarsError as error:
        why = str(error).splitlines()[0]
        raise TongchouError(
            "runs.dip_case_file",
            what=Text("病例文件不能用", "the file of cases cannot be used"),
            where=path.name,
            why=Text(f"无法读取：{why}", f"it cannot be read: {why}"),
            remedy=Text(
                "按 docs/dip.md 准备 UTF-8 的 CSV 或 Parquet", "prepare CSV in UTF-8 or Parquet as docs/dip.md says"
            ),
        ) from error


def _mended(found: pl.DataFrame) -> pl.DataFrame:
    written = {name for name, kind in found.schema.items() if kind == pl.String}
    columns = [mended_codes(found.get_column(name)) for name in _LISTS if name in found.columns]
    for name, kind in COLUMNS.items():
        if name in written and kind in {pl.Int64, pl.Date}:
            text = pl.col(name).str.strip_chars().replace("", None)
            columns_expr = text.str.to_date("%Y-%m-%d") if kind == pl.Date else text.cast(kind)
            columns.append(found.select(columns_expr.alias(name)).to_series())
    mended = found.with_columns(columns)
    if "discharge_way" in mended.columns:
        mended = mended.with_columns(pl.col("discharge_way").cast(pl.String).replace(DISCHARGE_CODES))
    if "year" not in mended.columns and "discharged_on" in mended.columns:
        mended = mended.with_columns(pl.col("discharged_on").dt.year().cast(pl.Int64).alias("year"))
    return mended.cast({name: COLUMNS[name] for name in mended.columns})
