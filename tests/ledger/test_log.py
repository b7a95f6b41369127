"""The log: places and hashes of entries, growth from a head, and finding whatever was done to the books."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.logged import KEY, OTHER_KEY, SIGNED_ON, entries_of, leaves_of, signed_head

from tongchou.core.errors import TongchouError
from tongchou.ledger.entry import Entry, Leg, reversal
from tongchou.ledger.journal import journal_table
from tongchou.ledger.log import (
    LogGrowth,
    TreeHead,
    entry_record,
    heads_table,
    journal_records,
    log_entries,
    newest_head,
    newest_signed,
    tree_heads,
)
from tongchou.ledger.log_check import verify_log
from tongchou.ledger.proofs import sign_head
from tongchou.ledger.verify import canonical_bytes
from tongchou.schema.results import JOURNAL, LEDGER_LOG, TREE_HEADS

ENTRIES = [*entries_of(9), *reversal(entries_of(2), "r2")]
Rows = list[dict[str, Any]]


def grown(entries: list[Entry], previous: TreeHead | None = None, algorithm: str = "sm3") -> LogGrowth:
    return log_entries("R1", entries, previous, algorithm)


def found(journal: Rows, log: Rows, heads: list[TreeHead], trusted: bytes | None = None) -> set[str]:
    problems = verify_log(
        pa.Table.from_pylist(journal, schema=JOURNAL.arrow_schema),
        pa.Table.from_pylist(log, schema=LEDGER_LOG.arrow_schema),
        heads,
        trusted,
    )
    return {problem.code.removeprefix("ledger.") for problem in problems}


@pytest.fixture
def journal() -> Rows:
    return journal_table(ENTRIES).to_pylist()


@pytest.fixture
def log() -> Rows:
    return grown(ENTRIES).rows.to_pylist()


@pytest.fixture
def heads() -> list[TreeHead]:
    head = grown(ENTRIES).head
    assert head is not None
    return [head, sign_head(head, KEY, SIGNED_ON)]


def test_the_bytes_of_an_entry_are_these() -> None:
    assert canonical_bytes(entry_record(entries_of(1)[0])).decode() == (
        '{"booked_on":"2025-01-01","entry_id":"r1/ledger.test/0","format":"tongchou.entry/1",'
        '"legs":[{"account":"fund.expense.outpatient","amount_fen":100},{"account":"fund.cash","amount_fen":-100}],'
        '"memo":"第 0 笔 “memo”","reverses":null,"rule":"ledger.test","run_id":"r1"}'
    )


def test_the_hashes_of_an_entry_never_change() -> None:
    assert leaves_of(entries_of(1), "sm3")[0].hex() == SM3_OF_FIRST
    assert leaves_of(entries_of(1), "sha256")[0].hex() == SHA256_OF_FIRST


SM3_OF_FIRST = "effeb9bf10e72aeeb0e662f3934da68c7d7b71ba64dfc365c344c22d1d984ff1"
SHA256_OF_FIRST = "dafef0724b1ea528d91591e75ad0f889b513d2a69144d456013b09cdcd119fa0"


@given(
    words=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    amount=st.integers(1, 2**63 - 1),
    day=st.dates(date(1900, 1, 1)),
)
def test_an_entry_s_bytes_are_the_same_from_memory_and_from_the_table(words: str, amount: int, day: date) -> None:
    entry = Entry(words, day, words, words, words, (Leg("fund.cash", amount), Leg("pool.risk", -amount)), words)
    (record,) = journal_records(journal_table([entry]))
    assert canonical_bytes(record) == canonical_bytes(entry_record(entry))
    assert json.loads(canonical_bytes(record)) == record


def test_entries_of_a_journal_come_whole_across_blocks() -> None:
    entries = entries_of(40_000)
    assert list(journal_records(journal_table(entries))) == sorted(
        map(entry_record, entries), key=lambda record: record["entry_id"]
    )


def test_rows_name_places_in_the_order_booked(log: Rows) -> None:
    assert [(row["position"], row["entry_id"]) for row in log] == [
        (place, entry.entry_id) for place, entry in enumerate(ENTRIES)
    ]


@pytest.mark.parametrize("cut", range(len(ENTRIES) + 1))
def test_a_log_grown_in_two_batches_is_the_log_grown_in_one(cut: int) -> None:
    first = grown(ENTRIES[:cut])
    second = grown(ENTRIES[cut:], first.head)
    whole = grown(ENTRIES)
    assert second.head == whole.head
    assert pa.concat_tables([first.rows, second.rows]) == whole.rows


def test_adding_nothing_leaves_the_head() -> None:
    head = grown(ENTRIES).head
    again = grown([], head)
    assert (again.rows.num_rows, again.heads.num_rows, again.head) == (0, 0, head)
    assert grown([]).head is None


def test_a_log_keeps_the_hash_that_it_began_with() -> None:
    first = grown(ENTRIES[:4], algorithm="sha256")
    second = grown(ENTRIES[4:], first.head, algorithm="sm3")
    assert second.head == grown(ENTRIES, algorithm="sha256").head
    assert second.head is not None
    assert second.head.root != signed_head(ENTRIES, "sm3").root


def test_the_head_of_another_region_is_not_gone_on_with() -> None:
    with pytest.raises(TongchouError) as refused:
        log_entries("R2", ENTRIES, grown(ENTRIES).head)
    assert refused.value.code == "ledger.log_stranger"


def test_heads_come_back_from_their_rows(heads: list[TreeHead]) -> None:
    table = heads_table(heads[::-1])
    assert table.schema == TREE_HEADS.arrow_schema
    assert tree_heads(table) == heads
    assert newest_head(heads) == heads[0]
    assert newest_signed(heads) == heads[1]
    assert newest_signed(heads[:1]) is newest_head([]) is None


def test_books_as_they_were_booked_are_sound(journal: Rows, log: Rows, heads: list[TreeHead]) -> None:
    public_key = KEY.public_key().public_bytes_raw()
    assert found(journal[::-1], log[::-1], heads, public_key) == set()
    assert found(journal, [], []) == set()
    assert found(journal, [], [], public_key) == {"head_key"}
    assert found([], [], []) == set()


CHANGES: dict[str, Callable[[Any], Any]] = {
    "run_id": lambda value: value + "x",
    "booked_on": lambda value: value.replace(year=2024),
    "rule": lambda value: value.upper(),
    "memo": lambda value: value + " ",
    "reverses": lambda value: "x" if value is None else None,
}


@pytest.mark.parametrize("name", CHANGES)
@given(place=st.integers(0, len(ENTRIES) - 1))
def test_any_change_of_any_entry_s_head_is_found(name: str, place: int) -> None:
    entry = ENTRIES[place]
    changed = journal_table(ENTRIES).to_pylist()
    for row in changed:
        if row["entry_id"] == entry.entry_id:
            row[name] = CHANGES[name](row[name])
    assert found(changed, grown(ENTRIES).rows.to_pylist(), [signed_head(ENTRIES)]) == {"log_changed", "head_differs"}


@given(place=st.integers(0, len(ENTRIES) - 1), more=st.integers(-99, 10**12).filter(bool))
def test_a_change_that_still_balances_is_found(place: int, more: int) -> None:
    entry = ENTRIES[place]
    legs = (Leg(entry.legs[0].account, entry.legs[0].amount_fen + more), entry.legs[1])
    legs = (legs[0], Leg(legs[1].account, -legs[0].amount_fen)) if legs[0].amount_fen else ENTRIES[place - 1].legs
    forged = [*ENTRIES[:place], replace(entry, legs=legs), *ENTRIES[place + 1 :]]
    assert found(journal_table(forged).to_pylist(), grown(ENTRIES).rows.to_pylist(), [signed_head(ENTRIES)]) == {
        "log_changed",
        "head_differs",
    }


@given(
    place=st.integers(0, len(ENTRIES) - 1),
    account=st.sampled_from(["pool.risk", "fund.cash.", "fund.expense.tele_service"]),
)
def test_another_account_is_found(place: int, account: str) -> None:
    changed = journal_table(ENTRIES).to_pylist()
    changed[2 * place]["account"] = account
    assert found(changed, grown(ENTRIES).rows.to_pylist(), [signed_head(ENTRIES)]) == {"log_changed", "head_differs"}


@given(place=st.integers(0, len(ENTRIES) - 1))
def test_a_removed_entry_is_found(place: int) -> None:
    left = journal_table([*ENTRIES[:place], *ENTRIES[place + 1 :]]).to_pylist()
    assert found(left, grown(ENTRIES).rows.to_pylist(), [signed_head(ENTRIES)]) == {"log_removed", "head_differs"}


@given(place=st.integers(0, len(ENTRIES) - 1))
def test_a_change_with_the_log_made_to_fit_is_found_by_the_head(place: int) -> None:
    forged = [*ENTRIES[:place], replace(ENTRIES[place], memo="forged"), *ENTRIES[place + 1 :]]
    journal, log = journal_table(forged).to_pylist(), grown(forged).rows.to_pylist()
    assert found(journal, log, [signed_head(ENTRIES)]) == {"head_differs"}
    left = [*ENTRIES[:place], *ENTRIES[place + 1 :]]
    journal, log = journal_table(left).to_pylist(), grown(left).rows.to_pylist()
    assert found(journal, log, [signed_head(ENTRIES)]) == {"head_differs", "head_beyond"}


@given(order=st.permutations(range(len(ENTRIES))).filter(lambda order: order != sorted(order)))
def test_another_order_is_found(order: list[int]) -> None:
    moved = grown([ENTRIES[at] for at in order]).rows.to_pylist()
    assert found(journal_table(ENTRIES).to_pylist(), moved, [signed_head(ENTRIES)]) == {"head_differs"}


def test_an_entry_put_in_is_found(journal: Rows, log: Rows, heads: list[TreeHead]) -> None:
    added = entries_of(1, "r9")
    more = [*journal, *journal_table(added).to_pylist()]
    assert found(more, log, heads) == {"log_missing"}
    assert found(more, grown([*ENTRIES, *added]).rows.to_pylist(), heads) == {"head_beyond"}


def test_a_gap_or_a_repetition_in_the_log_is_found(journal: Rows, log: Rows, heads: list[TreeHead]) -> None:
    shifted = [*log[:-1], log[-1] | {"position": 99}]
    assert found(journal, shifted, heads) == {"log_gap"}
    repeated = [*log, log[0] | {"position": len(log)}]
    assert found(journal, repeated, heads) == {"log_repeated", "head_beyond"}
    assert found(journal, log, []) == {"head_beyond"}


def test_a_hash_changed_in_the_log_is_found(journal: Rows, log: Rows, heads: list[TreeHead]) -> None:
    log[3]["leaf_hash"] = log[4]["leaf_hash"]
    assert found(journal, log, heads) == {"log_changed"}


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"signature": "00" * 64}, {"head_signature"}),
        ({"signed_on": date(2026, 7, 2)}, {"head_signature"}),
        ({"key_id": "0" * 16}, {"head_signature"}),
        ({"public_key": OTHER_KEY.public_key().public_bytes_raw().hex()}, {"head_signature"}),
        ({"root": "00" * 32}, {"head_signature", "head_differs"}),
        ({"frontier": ()}, {"head_differs"}),
        ({"algorithm": "sha256"}, {"heads_disagree"}),
        ({"log": "R2"}, {"heads_disagree"}),
        ({"size": 1}, {"head_signature", "head_differs"}),
    ],
)
def test_a_changed_head_is_found(
    change: dict[str, object], codes: set[str], journal: Rows, log: Rows, heads: list[TreeHead]
) -> None:
    changed = sorted([heads[0], replace(heads[1], **change)], key=lambda head: head.size)
    assert found(journal, log, changed) == codes


def test_books_signed_anew_with_another_key_are_found_by_who_keeps_the_first(journal: Rows, log: Rows) -> None:
    forged = [signed_head(ENTRIES, key=OTHER_KEY)]
    assert found(journal, log, forged) == set()
    assert found(journal, log, forged, KEY.public_key().public_bytes_raw()) == {"head_key"}
    unsigned = grown(ENTRIES).head
    assert unsigned is not None
    assert found(journal, log, [unsigned], KEY.public_key().public_bytes_raw()) == {"head_key"}


def test_many_places_are_counted_and_the_first_are_named(log: Rows, heads: list[TreeHead]) -> None:
    problems = verify_log(journal_table([]), pa.Table.from_pylist(log, schema=LEDGER_LOG.arrow_schema), heads)
    removed = next(problem for problem in problems if problem.code == "ledger.log_removed")
    assert removed.where.endswith(" … (11)")
    assert removed.where.count("ledger.test/") == 5
