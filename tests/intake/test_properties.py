"""Whatever is wrong with a batch: nothing is lost, and the order of its rows does not matter."""

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

TABLES = ("institutions", "persons", "cases", "diagnoses", "fees")
SLIPS = [
    ("institutions", "bed_count", "-1"),
    ("institutions", "institution_id", "H3"),
    ("persons", "person_id", "P9"),
    ("persons", "born_on", "1950-13-01"),
    ("cases", "case_id", "C2"),
    ("cases", "los_days", "77"),
    ("cases", "sex", "ｍａｌｅ"),
    ("cases", "institution_id", ""),
    ("cases", "person_id", "P9"),
    ("cases", "total_fen", "29999"),
    ("cases", "settled_on", "2020-01-01"),
    ("diagnoses", "seq", "2"),
    ("diagnoses", "code", "i10.X00."),
    ("diagnoses", "code", "?"),
    ("diagnoses", "case_id", "C8"),
    ("fees", "amount_fen", "0"),
    ("fees", "amount_fen", "-1"),
    ("fees", "category", "bed"),
    ("persons", "area_id", "A9"),
    ("cases", "department", "儿科"),
]
edits = st.lists(
    st.tuples(st.sampled_from(["slip", "contradict", "repeat", "drop"]), st.sampled_from(SLIPS), st.integers(0, 2)),
    max_size=5,
)


def edited(rows, wanted):
    batch = {name: [dict(row) for row in rows[name]] for name in TABLES}
    for kind, (table, column, value), place in wanted:
        listed = batch[table]
        index = place % len(listed)
        if kind == "slip":
            listed[index][column] = value
        elif kind == "contradict":
            listed.append(listed[index] | {column: value})
        elif kind == "repeat":
            listed.append(dict(listed[index]))
        elif len(listed) > 1:
            del listed[index]
    return batch


@pytest.fixture(scope="module")
def outcome(duckdb_engine, counter_at, tables):
    def take(batch):
        with tempfile.TemporaryDirectory() as folder:
            counter = counter_at(Path(folder), duckdb_engine)
            report = counter.take(batch)
            held = {name: [str(sorted(row.items())) for row in counter.held(tables[name])] for name in TABLES}
            aside = [f for f in counter.findings() if f["handling"] == "set_aside"]
            return report, held, {name: {f["source"] for f in aside if f["table_name"] == name} for name in TABLES}

    return take


@pytest.mark.slow
@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@example(wanted=[("contradict", ("cases", "department", "儿科"), 0)], seed=1)
@example(wanted=[("repeat", SLIPS[0], 0), ("contradict", ("persons", "area_id", "A9"), 1)], seed=1)
@given(wanted=edits, seed=st.integers(0, 99))
def test_nothing_is_lost_and_order_does_not_matter(outcome, sound_rows, wanted, seed):
    batch = edited(sound_rows(), wanted)
    report, held, aside = outcome(batch)
    for count in report.tables:
        name = count.table_name
        assert count.row_count == len(batch[name]) == count.taken_count + count.set_aside_count
        assert (count.taken_count, count.set_aside_count) == (len(held[name]), len(aside[name]))
    shuffled = {name: random.Random(seed).sample(rows, len(rows)) for name, rows in batch.items()}
    again, held_again, _ = outcome(shuffled)
    assert held_again == held
    assert again.findings == report.findings
    assert again.tables == report.tables
