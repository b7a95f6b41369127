"""Grouping by itself: cases that lie in memory with their lists of codes, matched by one thread."""

import pyarrow as pa

from benchmarks.measure import Clock, Spent
from benchmarks.place import Place
from tongchou.grouping.grouper import Grouper
from tongchou.runs.frames import Facts, grouping_input
from tongchou.runs.region import Period, open_region
from tongchou.schema.tables import CASES
from tongchou.store.engine import BATCH_ROWS
from tongchou.store.engines import open_engine


def match_in_memory(place: Place) -> dict[str, Spent]:
    """Match all cases of the lake, from Arrow lists to codes; loading the scheme and the cases is not counted."""
    region = open_region(place.county)
    lake = region.lake
    with open_engine("duckdb") as engine:
        facts = Facts(engine, lake, lake.snapshot())
        view = region.policy().at(Period(place.year).end)
        matcher = Grouper.find(view.text("payment/drg/scheme"))
        batches = list(engine.stream(grouping_input(facts, facts.table(CASES), matcher.columns)))
    pa.set_cpu_count(1)
    clock = Clock()
    clock.begin("matching")
    for batch in batches:
        for first in range(0, batch.num_rows, BATCH_ROWS):
            matcher.group(batch.slice(first, BATCH_ROWS))
    return clock.end()
