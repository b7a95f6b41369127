"""People in our own tables: in every column of every table that can be handed in."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from tests.intake.secrecy.misplacing import MISPLACED, WHOEVER
from tests.intake.secrecy.people import Crowd

from tongchou.privacy.shapes import identity_shapes
from tongchou.schema.contract import Column, Grade, Kind, Table
from tongchou.schema.tables import INPUT_TABLES


def write_tables(crowd: Crowd, landing: Path, folder: Path) -> Iterator[Path]:
    """Write a row for each column of each table, somebody standing in it, and columns that no table has."""
    for number, table in enumerate(INPUT_TABLES):
        file = landing / f"{table.name}.parquet"
        given = pl.read_parquet(file).head(1) if file.is_file() else pl.DataFrame()
        first = given.cast(pl.String).to_dicts()[0] if given.height else {}
        rows = []
        for column in table.columns:
            who = crowd.next()
            row = {each.name: first.get(each.name) for each in table.columns}
            rows.append(
                row
                | {
                    column.name: MISPLACED[_way(table, column, len(crowd.met))](who),
                    "姓名": who.name,
                    "certno": who.card,
                }
            )
        frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String), infer_schema_length=None)
        written = folder / f"{table.name}-planted.csv"
        text = frame.write_csv() + f'"{crowd.next().name}",{crowd.next().card}\n'
        written.write_bytes(text.encode("gb18030" if number % 2 else "utf-8"))
        yield written


def _way(table: Table, column: Column, number: int) -> str:
    """Return how somebody stands in a column: where a bare name may be a place's, or a number an amount, otherwise."""
    is_place = column.name in identity_shapes().not_names
    is_amount = column.kind in {Kind.FEN, Kind.E4} and table.grade_of(column.name) is Grade.ADMINISTRATIVE
    ways = ["card", "sentence"] if is_place else ["name", "card", "sentence"] if is_amount else WHOEVER
    return ways[number % len(ways)]
