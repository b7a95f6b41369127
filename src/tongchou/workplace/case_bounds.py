"""How large a file of cases may be that somebody brings to be grouped."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

MOST_FILE_CASES = 2_000_000
"""Cases of one file."""

MOST_UNPACKED_BYTES = 2 << 30
"""What a compressed file may grow to."""


def require_bounded(cases: Path) -> None:
    """Refuse a compressed file that would fill the memory: its own head says how large it is unpacked.

    Raises:
        TongchouError: `workplace.case_file_large`.
    """
    if cases.suffix != ".parquet":
        return
    try:
        head = pq.read_metadata(cases)
    except (OSError, pa.ArrowException):
        return  # whoever reads it says what is wrong with it
    unpacked = sum(head.row_group(number).total_byte_size for number in range(head.num_row_groups))
    if unpacked > MOST_UNPACKED_BYTES or head.num_rows > MOST_FILE_CASES:
        raise _too_large(cases.name)


def counted(batches: Iterator[pa.RecordBatch], name: str) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a file until it has more cases than it may.

    Raises:
        TongchouError: `workplace.case_file_large`.
    """
    seen = 0
    for batch in batches:
        seen += batch.num_rows
        require_few(seen, name)
        yield batch


def require_few(cases: int, name: str) -> None:
    """Refuse more cases than a file may have.

    Raises:
        TongchouError: `workplace.case_file_large`.
    """
    if cases > MOST_FILE_CASES:
        raise _too_large(name)


def _too_large(name: str) -> TongchouError:
    return TongchouError(
        "workplace.case_file_large",
        what=Text("病例文件过大", "the file of cases is too large"),
        where=name,
        why=Text(
            f"上限为 {MOST_FILE_CASES:,} 例、解压后 {MOST_UNPACKED_BYTES >> 30} GB",
            f"the limit is {MOST_FILE_CASES:,} cases and {MOST_UNPACKED_BYTES >> 30} GB unpacked",
        ),
        remedy=Text("分成几个文件", "split it into several files"),
    )
