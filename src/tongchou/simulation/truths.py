"""The planted truths: what rules and evaluations should find, kept apart from the data handed in."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tongchou.simulation.chunk import Chunk, World
from tongchou.simulation.flow import Course
from tongchou.simulation.identifiers import coded, dates
from tongchou.simulation.season import day_number
from tongchou.simulation.stay_tables import case_ids, person_ids

Integers = npt.NDArray[np.int64]

TRUTH_SCHEMA = pa.schema(
    [
        pa.field("truth", pa.string(), nullable=False),
        pa.field("institution_id", pa.string()),
        pa.field("person_id", pa.string()),
        pa.field("case_id", pa.string()),
        pa.field("related_id", pa.string()),
        pa.field("from_on", pa.date32(), nullable=False),
        pa.field("value_e4", pa.int64()),
        pa.field("note", pa.string()),
    ]
)
"""One row is one planted fact.

`truth` names it: `over_coding` (note: the codes added), `split_stay` (related: the second stay),
`low_standard_admission`, `false_down_referral` (related: the referral; note: the stay that went on above),
`repeated_exam` (related: the repeat; note: the result that could have been recognised), `policy_change`
(value and note: jump of the share of contracted residents' visits that go to townships, and its added monthly
growth). `from_on` is the day it begins.
"""


def stay_truths(chunk: Chunk, world: World) -> pa.Table:
    """Return the truths that single stays show: over-coding, split stays, low-standard admissions."""
    flow = chunk.flow
    first = flow.before < 0
    split = np.flatnonzero(first & (flow.course == Course.SPLIT))
    low = np.flatnonzero(flow.course == Course.LOW_STANDARD)
    coded_up, begins = np.unique(chunk.codes.added_row, return_index=True)
    added = np.split(chunk.codes.added_code, begins[1:]) if coded_up.size else []
    notes = ["|".join(world.book.diagnoses[code] for code in codes) for codes in added]
    return pa.concat_tables(
        [
            truth_rows("over_coding", chunk, world, coded_up, note=pa.array(notes, pa.string())),
            truth_rows("split_stay", chunk, world, split, related=case_ids(chunk, flow.after[split])),
            truth_rows("low_standard_admission", chunk, world, low),
        ]
    )


def truth_rows(
    truth: str,
    chunk: Chunk,
    world: World,
    rows: Integers,
    *,
    related: pa.Array | None = None,
    note: pa.Array | None = None,
) -> pa.Table:
    """Return a truth of stays by their row in the chunk; it begins on the day of admission."""
    columns = {
        "truth": coded([truth], np.zeros(rows.size, dtype=np.int64)),
        "institution_id": coded(world.roster.ids, chunk.flow.institution[rows]),
        "person_id": person_ids(chunk, chunk.of_stay[rows]),
        "case_id": case_ids(chunk, rows),
        "related_id": pa.nulls(rows.size, pa.string()) if related is None else related,
        "from_on": dates(chunk.dates.admitted[rows]),
        "value_e4": pa.nulls(rows.size, pa.int64()),
        "note": pa.nulls(rows.size, pa.string()) if note is None else note,
    }
    return pa.table(columns, schema=TRUTH_SCHEMA)


def policy_change_truths(world: World) -> pa.Table:
    """Return the two rows of the policy change: its level and its slope."""
    change = world.county.truths.first_visits_to_townships
    facts: Iterable[tuple[str, float]] = (
        ("jump", change.jump),
        ("added_monthly_growth", change.added_monthly_growth),
    )
    rows = [
        {
            "truth": "policy_change",
            "from_on": day_number(change.start),
            "value_e4": round(value * 10_000),
            "note": name,
        }
        for name, value in facts
    ]
    return pa.Table.from_pylist(rows, schema=TRUTH_SCHEMA)
