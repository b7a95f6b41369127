"""Whose file a document of several is, also of one alone, in frames of any size."""

import polars as pl
import pytest

from tongchou.intake.deliveries.members import Members


@pytest.mark.parametrize("rows", [1, 100, 60_000])
@pytest.mark.parametrize("names", [("a",), ("a", "b", "c")])
def test_documents_are_parted_by_their_files(names: tuple[str, ...], rows: int) -> None:
    firsts = tuple(range(1, rows + 1, max(1, -(-rows // len(names)))))[: len(names)]
    members = Members(names[: len(firsts)], firsts)
    numbers = pl.DataFrame({"_document": pl.int_range(1, rows + 1, eager=True)})
    counted = numbers.with_columns(fields=pl.lit(1))  # long enough to be filtered in pieces
    parts = [counted.filter(members.place() == place) for place in range(len(firsts))]
    assert sum(part.height for part in parts) == rows
    assert [part["_document"].min() for part in parts] == list(firsts)
    assert [counted.filter(members.name() == name).height for name in members.names] == [part.height for part in parts]


def test_a_file_without_documents_has_none() -> None:
    members = Members(("a", "empty", "c"), (1, 3, 3))
    numbers = pl.DataFrame({"_document": [1, 2, 3, 4]})
    assert numbers.select(members.name()).to_series().to_list() == ["a", "a", "c", "c"]
