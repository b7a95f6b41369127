"""Hashes name content, whatever batches it comes in."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tongchou.core.hashing import hash_batches, hash_text

ROWS = st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.text(max_size=8)), min_size=1, max_size=30)


def _table(rows: list[tuple[int, str]]) -> pa.Table:
    return pa.table({"n": pa.array([n for n, _ in rows], pa.int64()), "t": [t for _, t in rows]})


@given(ROWS, st.integers(1, 7))
def test_the_hash_does_not_depend_on_batch_borders(rows: list[tuple[int, str]], size: int) -> None:
    table = _table(rows)
    assert hash_batches(table.to_batches()) == hash_batches(table.to_batches(max_chunksize=size))


def test_the_hash_depends_on_the_order_of_rows() -> None:
    assert hash_batches(_table([(1, "a"), (2, "b")]).to_batches()) != hash_batches(
        _table([(2, "b"), (1, "a")]).to_batches()
    )


def test_a_null_and_an_empty_text_hash_differently() -> None:
    assert hash_batches([pa.record_batch({"t": pa.array([None], pa.string())})]) != hash_batches(
        [pa.record_batch({"t": [""]})]
    )


def test_texts_are_closed_so_that_borders_count() -> None:
    assert hash_text("ab", "c") != hash_text("a", "bc")
