"""The floor under a stage: the time that DuckDB alone needs to read the same tables and write or aggregate them."""

import shutil

import duckdb

from benchmarks.measure import Clock, Spent
from benchmarks.place import Place
from tongchou.schema.tables import CASES, DIAGNOSES, FEES, PROCEDURES

_MEMORY_LIMIT = "2GB"


def rewrite_landing(place: Place) -> dict[str, Spent]:
    """Read every landing file and write it again as Parquet: what intake cannot do without."""
    shutil.rmtree(place.rewritten, ignore_errors=True)
    place.rewritten.mkdir()
    connection = _connect(place)
    clock = Clock()
    clock.begin("rewrite")
    for file in sorted(place.landing.glob("*.parquet")):
        connection.sql("SELECT * FROM read_parquet($file)", params={"file": str(file)}).write_parquet(
            str(place.rewritten / file.name)
        )
    spent = clock.end()
    shutil.rmtree(place.rewritten)
    return spent


def gather_codes(place: Place) -> dict[str, Spent]:
    """Gather every case's diagnoses and procedures into lists and count them: what grouping cannot do without."""
    lists = """
        SELECT case_id, list_transform(list_sort(list({{'at': seq, 'code': code}})), lambda pair: pair.code) AS codes
        FROM read_parquet(${table}) GROUP BY case_id
    """
    return _aggregate(
        place,
        f"""
        SELECT count(*), sum(len(d.codes)), sum(len(p.codes))
        FROM read_parquet($cases) c
        LEFT JOIN ({lists.format(table=DIAGNOSES.name)}) d USING (case_id)
        LEFT JOIN ({lists.format(table=PROCEDURES.name)}) p USING (case_id)
        """,
    )


def sum_money(place: Place) -> dict[str, Spent]:
    """Join cases and fees, and sum them by institution and month: what pricing and settlement come to at least."""
    return _aggregate(
        place,
        """
        SELECT c.institution_id, date_trunc('month', c.settled_on) AS month, count(*), sum(f.amount_fen)
        FROM read_parquet($cases) c JOIN read_parquet($fees) f USING (case_id)
        GROUP BY ALL
        ORDER BY ALL
        """,
    )


def _aggregate(place: Place, query: str) -> dict[str, Spent]:
    files = {
        table.name: place.taken(table) for table in (CASES, DIAGNOSES, PROCEDURES, FEES) if f"${table.name}" in query
    }
    connection = _connect(place)
    clock = Clock()
    clock.begin("aggregate")
    connection.execute(query, files).fetchall()
    return clock.end()


def _connect(place: Place) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "memory_limit": _MEMORY_LIMIT,
            "temp_directory": str(place.root / "spill"),
        }
    )
    connection.execute("SET enable_progress_bar = false")
    return connection
