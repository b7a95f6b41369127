"""Small files that go their way together end as they would one by one, and each is told of by itself."""

import os
import random
from dataclasses import replace

import polars as pl
import pytest
from tests.intake.deliveries.conftest import Desk
from tests.intake.deliveries.plain import (
    INSTITUTION,
    HashPseudonymiser,
    PlainReader,
    fee_lines,
    platform_list,
    settlement_list,
    settlement_reply,
    write,
)

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.deliveries.bundles import FirstDocuments, bundled
from tongchou.intake.deliveries.document_file import sort_files
from tongchou.intake.deliveries.terms import DeliveryTerms

OF_BATCHES = ("received_batch", "batch_id", "finding_id", "source")
"""Columns that say how something came; all others say what is there."""

ALONE = DeliveryTerms(HashPseudonymiser(), bundle_bytes=0)
TOGETHER = DeliveryTerms(HashPseudonymiser())


def _withdrawal(number):
    head = {"settlement_number": f"S{number}", "person_number": f"32{number:010d}", "institution_id": INSTITUTION}
    tables = {"settlement_lists": [{**head, "list_state": "0"}]}
    return {"kind": "settlement_list", "transaction": "4102", "tables": tables}


POOL = [
    *(settlement_list(number) for number in range(1, 5)),
    settlement_list(2, discharge_way="5"),
    settlement_list(3, sex="7"),
    settlement_list(3, los_days="77"),
    platform_list(6),
    platform_list(7),
    *(settlement_reply(number) for number in (2, 6, 7)),
    *(fee_lines(number) for number in (1, 6, 7)),
    fee_lines(7),
    _withdrawal(4),
    '{"kind": ',
]


def _paths(desk, files):
    paths = []
    for place, documents in enumerate(files):
        paths.append(write(desk.root / "landing" / f"{place:03d}.ndjson", documents))
        os.utime(paths[-1], (1_700_000_000 + place, 1_700_000_000 + place))
    return paths


def _state(desk):
    """Return all rows of the lake but for what names the batches; files and findings of files that share one, apart."""
    snapshot = desk.lake.snapshot()
    state = {}
    for table in sorted(snapshot.versions):
        rows = desk.rows(table)
        kept = rows.drop(name for name in (*OF_BATCHES, "superseded_by") if name in rows.columns)
        if "rows" in kept.columns:
            kept = kept.with_columns(pl.col("rows").str.replace_all(r'"received_batch":"\w+"', ""))
        if table == "field_counts":
            kept = kept.group_by("institution_id", "month").sum()
        if table == "findings":
            kept = rows.drop("finding_id", "batch_id")
        state[table] = sorted(kept.rows(), key=repr)
    return {table: rows for table, rows in state.items() if rows}


def _taken(root, engine, files, terms):
    desk = Desk(root, engine, terms).open()
    return desk, desk.take(*_paths(desk, files))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [5])
def test_bundles_end_as_files_one_by_one(tmp_path, duckdb_engine, seed):
    random_ = random.Random(seed)
    left = random_.sample(POOL, len(POOL))
    files = []
    while left:
        size = random_.randint(1, 4)
        files.append(left[:size])
        left = left[size:]
    alone, one_by_one = _taken(tmp_path / "alone", duckdb_engine, files, ALONE)
    together, bundles = _taken(tmp_path / "together", duckdb_engine, files, TOGETHER)
    assert _state(together) == _state(alone)
    for of_bundle, of_file in zip(bundles.files, one_by_one.files, strict=True):
        # What is said of a batch as a whole is said of its first file.
        of_its_own = {"batch_id": "", "completed_from": {}, "notices": ()}
        assert replace(of_bundle, path=of_file.path, **of_its_own) == replace(of_file, **of_its_own)


@pytest.mark.slow
def test_a_list_in_a_file_makes_the_tables_that_one_file_of_all_makes(tmp_path, duckdb_engine):
    lists = [settlement_list(number, sex="7") if number == 5 else settlement_list(number) for number in range(12)]
    apart, report = _taken(tmp_path / "apart", duckdb_engine, [[each] for each in lists], TOGETHER)
    whole, of_all = _taken(tmp_path / "whole", duckdb_engine, [lists], TOGETHER)
    assert report.count == of_all.count
    assert report.fields == of_all.fields
    assert len({file.batch_id for file in report.files}) == 1 < len(report.files)
    one, other = _state(apart), _state(whole)
    for table in set(one) - {"findings", "received_files"}:
        assert one[table] == other[table], table
    assert apart.rows("received_files").height == len(lists)
    assert set(apart.rows("findings")["source"]) == {"005.ndjson:line 1"}
    again = apart.take(*_paths(apart, [[each] for each in lists]))
    assert all(file.is_repeated for file in again.files)
    assert _state(apart) == one


@pytest.mark.slow
def test_a_file_among_others_that_is_no_file_of_its_kind_is_refused_alone(tmp_path, duckdb_engine, monkeypatch):
    desk = Desk(tmp_path, duckdb_engine, TOGETHER).open()
    paths = _paths(desk, [[settlement_list(number)] for number in range(3)])
    read = PlainReader.read

    def refuse(self, path, name, terms):
        if path == paths[1] and terms.batch_documents > 1:
            bad = Text("坏", "bad")
            raise TongchouError("intake.test", what=bad, where=name, why=bad, remedy=bad)
        return read(self, path, name, terms)

    monkeypatch.setattr(PlainReader, "read", refuse)
    report = desk.take(*paths)
    assert [file.refusal is None for file in report.files] == [True, False, True]
    assert report.count.accepted == 2


def test_files_share_a_bundle_while_they_are_small_follow_each_other_and_begin_alike(tmp_path):
    kinds = ["settlement_list"] * 3 + ["settlement_reply"] * 2 + ["fee_lines"] * 2 + ["settlement_list"] * 2
    paths = []
    for place in range(len(kinds)):
        paths.append(write(tmp_path / f"{place}.ndjson", [settlement_list(place)]))
        os.utime(paths[-1], (1_700_000_000 + place, 1_700_000_000 + place))
    files = sort_files(paths, {"plain": PlainReader()}).documents
    given_ = [(file, FirstDocuments((1, 0), kind, "4101")) for file, kind in zip(files, kinds, strict=True)]
    size = max(path.stat().st_size for path in paths)
    names = [[file.name[0] for file in bundle.files] for bundle in bundled(given_, 2 * size)]
    assert names == [["0", "1"], ["2"], ["3", "4"], ["5", "6"], ["7", "8"]]
    assert [len(bundle.files) for bundle in bundled(given_, 0)] == [1] * len(kinds)
    alone = frozenset(file.digest for file in files if file.name[0] in "37")
    names = [[file.name[0] for file in bundle.files] for bundle in bundled(given_, 9 * size, alone)]
    assert names == [["0", "1", "2"], ["3"], ["4"], ["5", "6"], ["7"], ["8"]]
    # What is left of the files makes the bundles that all of them made.
    whole = list(bundled(given_, 2 * size))
    assert list(bundled(given_[2:], 2 * size)) == whole[1:]


@pytest.mark.slow
def test_a_retried_file_of_a_bundle_goes_alone_and_takes_what_it_can(tmp_path, duckdb_engine):
    desk = Desk(tmp_path, duckdb_engine, TOGETHER).open()
    far = settlement_list(2, institution_id="H11010100009")
    paths = _paths(desk, [[settlement_list(1)], [far]])
    assert desk.take(*paths).count.accepted == 1
    before = desk.dump()
    assert desk.take(*paths).count.accepted == 0
    assert desk.dump() == before
    known = pl.read_csv(desk.root / "institutions.csv", infer_schema=False)
    row = known.head(1).with_columns(pl.lit("H11010100009").alias("institution_id"))
    file = desk.root / "institutions-2.csv"
    row.write_csv(file)
    report = desk.take(file, *paths)
    assert [(each.is_repeated, each.count.accepted) for each in report.files] == [(True, 0), (False, 1)]
    assert desk.rows("received_files").height == 3
