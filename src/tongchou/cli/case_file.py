"""Grouping a file of cases (design: the case file for grouping): CSV or Parquet in and out, the same order."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step
from tongchou.core.text import Text
from tongchou.grouping.case_batch import CASE_COLUMNS
from tongchou.grouping.explain import explain_grouping
from tongchou.grouping.matcher import RESULT_SCHEMA, Matcher
from tongchou.intake.repairing import mend_codes
from tongchou.store.engine import BATCH_ROWS

_SEXES = {"1": "male", "2": "female", "男": "male", "女": "female", "male": "male", "female": "female"}
_NUMBERS = ("age_years", "age_days", "birth_weight_g")
_LISTS = ("diagnoses", "procedures")


def group_file(path: Path, matcher: Matcher, out: Path, advance: Callable[[int, int], None]) -> dict[str, int]:
    """Group the cases of a file into another and return how many have each status.

    Raises:
        TongchouError: `cli.case_file` if the file cannot be read or lacks a column.
    """
    cases = _read(path)
    counts: Counter[str] = Counter()
    draft = out.with_name(out.name + ".draft")
    try:
        with _writer(draft, out.suffix) as writer:
            done = 0
            for batch in cases.to_batches(max_chunksize=BATCH_ROWS):
                result = matcher.group(_as_batch(batch))
                writer.write_batch(result)
                counts.update(result.column("status").to_pylist())
                done += batch.num_rows
                advance(done, cases.num_rows)
        draft.replace(out)
    except BaseException:
        # An interruption leaves no half file either.
        if draft.exists():
            draft.unlink()
        raise
    return dict(counts)


def explain_case(path: Path, matcher: Matcher, case_id: str) -> Step:
    """Explain the grouping of one case of a file.

    Raises:
        TongchouError: `cli.case_file` if the file does not hold the case.
    """
    cases = _read(path)
    found = cases.filter(pc.equal(cases["case_id"], case_id))
    if found.num_rows != 1:
        zh, en = f"case_id 为 {case_id} 的有 {found.num_rows} 行", f"{found.num_rows} rows have case_id {case_id}"
        raise _problem(path, Text(zh, en))
    return explain_grouping(matcher, _as_batch(found.combine_chunks().to_batches()[0]))


def _read(path: Path) -> pa.Table:
    try:
        if path.suffix == ".parquet":
            table = pq.read_table(path)
        else:
            # Everything as text first: a code such as 38.9300 must not become a number.
            options = pa_csv.ConvertOptions(column_types=dict.fromkeys(CASE_COLUMNS, pa.string()))
            table = pa_csv.read_csv(path, convert_options=options)
    except (OSError, pa.ArrowInvalid) as error:
        raise _problem(path, Text(f"无法读取：{error}", f"it cannot be read: {error}")) from error
    missing = [name for name in CASE_COLUMNS if name not in table.column_names]
    if missing:
        raise _problem(path, Text("缺少列 " + "、".join(missing), "columns are missing: " + ", ".join(missing)))
    return table.select(CASE_COLUMNS)


def _as_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = {"case_id": batch.column("case_id").cast(pa.string()), "sex": _sex(batch.column("sex"))}
    columns |= {name: _number(batch.column(name)) for name in _NUMBERS}
    columns |= {name: _code_list(batch.column(name)) for name in _LISTS}
    return pa.RecordBatch.from_pydict(columns)


def _sex(column: pa.Array) -> pa.Array:
    written = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pa.array(list(_SEXES.values())).take(pc.index_in(written, pa.array(list(_SEXES))))


def _number(column: pa.Array) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column.cast(pa.int64())
    written = pc.utf8_trim_whitespace(column)
    is_number = pc.match_substring_regex(written, r"^\d{1,9}$")
    return pc.if_else(is_number, written, None).cast(pa.int64())


def _code_list(column: pa.Array) -> pa.Array:
    if not pa.types.is_string(column.type):
        return _mended(column.cast(pa.list_(pa.string())))
    filled = pc.fill_null(column.cast(pa.string()), "")
    parts = pc.split_pattern(filled, "|")
    # An empty text splits into one empty code, which is no code.
    is_empty = pc.equal(filled, "")
    return _mended(pc.if_else(is_empty, pa.scalar([], pa.list_(pa.string())), parts))


def _mended(lists: pa.ListArray) -> pa.ListArray:
    """Return the lists with the writing of their codes mended as intake mends it."""
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    codes = mend_codes(pl.Series(lists.flatten(), dtype=pl.String)).to_arrow().cast(pa.string())
    return pa.ListArray.from_arrays(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32), codes)


def _writer(path: Path, kind: str) -> pq.ParquetWriter | pa_csv.CSVWriter:
    if kind == ".parquet":
        return pq.ParquetWriter(path, RESULT_SCHEMA)
    return pa_csv.CSVWriter(path, RESULT_SCHEMA, write_options=pa_csv.WriteOptions(quoting_style="needed"))


def _problem(path: Path, why: Text) -> TongchouError:
    return TongchouError(
        "cli.case_file",
        what=Text("病例文件不能用", "the file of cases cannot be used"),
        where=path.name,
        why=why,
        remedy=Text(
            "按手册准备列 " + "、".join(CASE_COLUMNS) + "，UTF-8 编码",
            "prepare the columns " + ", ".join(CASE_COLUMNS) + " in UTF-8",
        ),
    )
