"""People in our own tables: in every column of every table that can be handed in."""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import polars as pl
from tests.intake.secrecy.misplacing import MISPLACED, WHOEVER
from tests.intake.secrecy.people import Crowd

from tongchou.schema.tables import INPUT_TABLES


def write_tables(crowd: Crowd, landing: Path, folder: Path) -> Iterator[Path]:
    """Write a row for each column of each table, somebody standing in it, and columns that no table has."""
    ways = cycle(WHOEVER)
    for number, table in enumerate(INPUT_TABLES):
        file = landing / f"{table.name}.parquet"
        given = pl.read_parquet(file).head(1) if file.is_file() else pl.DataFrame()
        first = given.cast(pl.String).to_dicts()[0] if given.height else {}
        rows = []
        for column in table.columns:
            who = crowd.next()
            row = {each.name: first.get(each.name) for each in table.columns}
            rows.append(row | {column.name: MISPLACED[next(ways)](who), "姓名": who.name, "certno": who.card})
        frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String), infer_schema_length=None)
        written = folder / f"{table.name}-planted.csv"
        text = frame.write_csv() + f'"{crowd.next().name}",{crowd.next().card}\n'
        written.write_bytes(text.encode("gb18030" if number % 2 else "utf-8"))
        yield written
