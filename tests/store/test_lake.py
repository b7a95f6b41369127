"""The lake: a batch is there whole or not at all."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.core.errors import TongchouError
from tongchou.schema.tables import ALLIANCE_MEMBERS, ALLIANCES
from tongchou.store.engines import open_engine
from tongchou.store.lake import Lake


def _alliances(*ids: str) -> pa.RecordBatchReader:
    rows = [
        {"alliance_id": each, "name_zh": "某", "name_en": "a", "alliance_type": "tight", "area_id": "x"} for each in ids
    ]
    return pa.Table.from_pylist(rows, schema=ALLIANCES.arrow_schema).to_reader()


def _ids(lake: Lake) -> list[str]:
    with open_engine("duckdb") as engine:
        frame = engine.scan(lake.files("alliances", lake.snapshot()), ALLIANCES.arrow_schema)
        return sorted(engine.collect(frame)["alliance_id"].to_pylist())


class _Interrupted(BaseException):
    """Stands for a kill in the middle of a batch."""


def test_a_committed_batch_is_seen_and_counted(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with lake.batch("b1", "intake") as batch:
        assert batch.write(ALLIANCES, _alliances("A", "B")) == 2
    assert _ids(lake) == ["A", "B"]
    assert [(write.batch_id, write.row_count) for write in lake.batches()] == [("b1", 2)]


def test_an_interrupted_batch_was_never_there(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with lake.batch("b1", "intake") as batch:
        batch.write(ALLIANCES, _alliances("A"))
    with pytest.raises(_Interrupted), lake.batch("b2", "intake") as batch:
        batch.write(ALLIANCES, _alliances("B"))
        raise _Interrupted
    assert _ids(lake) == ["A"]


def test_remains_of_a_killed_process_are_taken_back_by_the_next_batch(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with lake.batch("b1", "intake") as batch:
        batch.write(ALLIANCES, _alliances("A"))
    # What SIGKILL leaves: a table written, the batch not named. No clean-up ran.
    from deltalake import write_deltalake

    write_deltalake(lake.path("alliances"), _alliances("GHOST"), mode="append")
    (lake.path("alliance_members")).mkdir()
    assert _ids(lake) == ["A"]
    with lake.batch("b2", "intake") as batch:
        batch.write(ALLIANCES, _alliances("B"))
    assert _ids(lake) == ["A", "B"]
    assert not lake.path("alliance_members").exists()


def test_a_batch_is_committed_once(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with lake.batch("b1", "intake") as batch:
        batch.write(ALLIANCES, _alliances("A"))
    with pytest.raises(TongchouError) as caught, lake.batch("b1", "intake"):
        pass
    assert caught.value.code == "store.batch_exists"


def test_a_reader_keeps_the_versions_it_named(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with lake.batch("b1", "intake") as batch:
        batch.write(ALLIANCES, _alliances("A"))
    before = lake.snapshot()
    with lake.batch("b2", "intake") as batch:
        batch.write(ALLIANCES, _alliances("B"))
    with open_engine("duckdb") as engine:
        rows = engine.collect(engine.scan(lake.files("alliances", before), ALLIANCES.arrow_schema))
    assert rows["alliance_id"].to_pylist() == ["A"]


def test_a_table_without_rows_is_an_empty_frame(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with open_engine("duckdb") as engine:
        frame = engine.scan(lake.files("alliance_members", lake.snapshot()), ALLIANCE_MEMBERS.arrow_schema)
        assert engine.collect(frame).schema.names == ALLIANCE_MEMBERS.arrow_schema.names


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=1, max_size=6))
def test_rows_are_those_of_the_batches_that_ended_well(
    tmp_path_factory: pytest.TempPathFactory, batches: list[tuple[int, bool]]
) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    expected: list[str] = []
    for number, (rows, ends_well) in enumerate(batches):
        ids = [f"{number}-{row}" for row in range(rows)]
        try:
            with lake.batch(f"b{number}", "intake") as batch:
                batch.write(ALLIANCES, _alliances(*ids))
                if not ends_well:
                    raise _Interrupted
            expected += ids
        except _Interrupted:
            pass
    assert _ids(lake) == sorted(expected)


def test_an_unknown_engine_is_a_sentence() -> None:
    with pytest.raises(TongchouError) as caught, open_engine("excel"):
        pass
    assert caught.value.code == "store.unknown_engine"


def test_removed_rows_are_gone_for_new_readers_and_there_for_old_ones(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with lake.batch("b1", "intake") as batch:
        batch.write(ALLIANCES, _alliances("A", "B", "C"))
    before = lake.snapshot()
    with lake.batch("b2", "intake") as batch:
        assert batch.remove(ALLIANCES, "alliance_id", pa.array(["B", "Z"])) == 1
        assert batch.write(ALLIANCES, _alliances("B2", "D")) == 2
    assert _ids(lake) == ["A", "B2", "C", "D"]
    with open_engine("duckdb") as engine:
        old = engine.scan(lake.files("alliances", before), ALLIANCES.arrow_schema)
        assert sorted(engine.collect(old)["alliance_id"].to_pylist()) == ["A", "B", "C"]
    assert [(write.batch_id, write.row_count) for write in lake.batches()] == [("b1", 3), ("b2", 1)]


def test_a_removal_that_was_interrupted_was_never_there(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with lake.batch("b1", "intake") as batch:
        batch.write(ALLIANCES, _alliances("A", "B"))
    with pytest.raises(_Interrupted), lake.batch("b2", "intake") as batch:
        batch.remove(ALLIANCES, "alliance_id", pa.array(["A"]))
        batch.write(ALLIANCES, _alliances("C"))
        raise _Interrupted
    assert _ids(lake) == ["A", "B"]
    with lake.batch("b3", "intake") as batch:
        batch.remove(ALLIANCES, "alliance_id", pa.array(["A"]))
    assert _ids(lake) == ["B"]


def test_nothing_is_removed_from_a_table_without_rows(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with lake.batch("b1", "intake") as batch:
        assert batch.remove(ALLIANCES, "alliance_id", pa.array(["A"])) == 0
        assert batch.write(ALLIANCES, _alliances("B")) == 1
        assert batch.remove(ALLIANCES, "alliance_id", pa.array([], pa.string())) == 0
    assert _ids(lake) == ["B"]
