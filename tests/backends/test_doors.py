"""What the engine door promises, on every engine."""

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from tongchou.core.hashing import hash_batches
from tongchou.payment.measuring import group_years
from tongchou.store.engine import Engine

CODES = pa.table(
    {
        "case_id": pa.array(["b", "a", "a", "b", "c", "a"]),
        "seq": pa.array([2, 3, 1, 1, 1, 2], pa.int64()),
        "code": pa.array(["B2", "A3", "A1", "B1", "C1", "A2"]),
    }
)


def test_lists_are_gathered_in_their_stated_order(engine: Engine) -> None:
    lists = engine.ordered_lists(engine.local(CODES), key="case_id", order="seq", value="code")
    rows = engine.collect(lists.sort("case_id")).to_pylist()
    assert rows == [
        {"case_id": "a", "code": ["A1", "A2", "A3"]},
        {"case_id": "b", "code": ["B1", "B2"]},
        {"case_id": "c", "code": ["C1"]},
    ]


def test_a_kernel_sees_every_row_in_the_frame_s_order(engine: Engine) -> None:
    schema = pa.schema([("seq", pa.int64()), ("twice", pa.int64())])
    frame = engine.local(CODES).select("seq", "code").sort("seq", "code")

    def doubled(batch: pa.RecordBatch) -> pa.RecordBatch:
        return pa.RecordBatch.from_arrays([batch["seq"], pc.multiply(batch["seq"], 2)], schema=schema)

    rows = engine.map_batches(frame, doubled, schema).read_all()
    assert rows.to_pydict() == {"seq": [1, 1, 1, 2, 2, 3], "twice": [2, 2, 2, 4, 4, 6]}


def test_a_stream_has_the_rows_of_the_frame(engine: Engine) -> None:
    frame = engine.local(CODES).filter(nw.col("seq") == 1).select("case_id").sort("case_id")
    assert hash_batches(engine.stream(frame)) == hash_batches([pa.record_batch({"case_id": ["a", "b", "c"]})])


def test_an_empty_table_stays_a_table(engine: Engine) -> None:
    frame = engine.scan([], CODES.schema)
    assert engine.collect(frame).num_rows == 0
    assert engine.stream(frame).read_all().num_rows == 0


def test_weights_are_measured_to_the_same_fen(engine: Engine) -> None:
    yuan = [6_200, 6_900, 7_400, 8_000, 8_300, 8_600, 8_800, 9_100, 9_400, 9_800, 10_100, 11_200, 39_000]
    cases = pa.table(
        {
            "case_id": [f"c{number}" for number in range(len(yuan))],
            "drg": ["AA11"] * len(yuan),
            "year": pa.array([2025] * len(yuan), pa.int64()),
            "los_days": pa.array([5] * len(yuan), pa.int64()),
            "total_fen": pa.array([each * 100 for each in yuan], pa.int64()),
        }
    )
    (year,) = group_years(
        engine, engine.local(cases), year_weights={2025: 1}, max_los_days=60, min_cost_fen=500,
        iqr_multiplier_e4=15_000, min_cases=5,
    )  # fmt: skip
    assert (year.all_count, year.case_count, year.cost_fen) == (13, 12, 10_380_000)
