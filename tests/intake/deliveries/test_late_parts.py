"""Lists, replies, fee lines and the register make the same tables in whatever order and deliveries they come."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.deliveries.conftest import Desk
from tests.intake.deliveries.plain import (
    INSTITUTION,
    HashPseudonymiser,
    PlainReader,
    fee_lines,
    fen,
    filing,
    platform_list,
    settlement_list,
    settlement_reply,
    write,
)

from tongchou.core.hashing import hash_file
from tongchou.intake.deliveries import taking_deliveries
from tongchou.intake.deliveries.document_file import sort_files
from tongchou.intake.deliveries.history import history_of
from tongchou.intake.deliveries.superseding import Paid
from tongchou.intake.deliveries.taking_deliveries import take_deliveries
from tongchou.intake.deliveries.terms import DeliveryTerms
from tongchou.schema.polars_types import POLARS_TYPE
from tongchou.schema.results import PRICED
from tongchou.store.lake import Batch, Lake

CASE = f"{INSTITUTION}-S7"
TOLD = ("findings", "finding_fields", "received_files", "corrections", "superseded_documents", "superseded_rows")
"""What tells how things came about; all other tables say how they are."""


def half(document, part):
    rows = document["tables"]["list_fee_lines"]
    return {**document, "tables": {"list_fee_lines": rows[part::2]}}


def chronic(number):
    document = settlement_list(
        number, admitted_at=None, discharged_at=None, los_days=None, chronic_visited_on="2025-03-04"
    )
    document["tables"]["list_chronic_treatments"] = [{"diagnosis_name": "高血压", "diagnosis_code": "I10.x00"}]
    del document["tables"]["list_payments"]
    return document


PARTS = {
    "list 1": settlement_list(1),
    "lines 1": fee_lines(1),
    "reply 1": settlement_reply(1),
    "list 7": platform_list(7),
    "reply 7": settlement_reply(7),
    "lines 7, half": half(fee_lines(7), 0),
    "lines 7, rest": half(fee_lines(7), 1),
    "list 8": platform_list(8),
    "lines 8": fee_lines(8),
    "chronic 9": chronic(9),
    "reply 9": settlement_reply(9),
    "filing 8": filing(person_number="320000000008"),
    "reply without list": settlement_reply(20),
}
REGISTER = "register"


def put(desk, name):
    path = desk.root / "landing" / name.replace(" ", "-").replace(",", "")
    if name != REGISTER:
        return write(path.with_suffix(".ndjson"), [PARTS[name]])
    path = path.with_name("insured_persons-1.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["person_number,sex,born_on,insurance_type,area_id,chronic_diseases"]
    lines += [
        f"32{number:010d},{'male' if number % 2 else 'female'},1948-03-09,resident,320381,diabetes"
        for number in (1, 7, 8)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# A file is a batch of its own, so that deliveries of other files can be compared by their batches.
TERMS = DeliveryTerms(HashPseudonymiser(), bundle_bytes=0)


def state(desk):
    return {name: rows for name, rows in desk.dump().items() if name not in TOLD and rows}


@pytest.fixture(scope="module")
def together(tmp_path_factory, duckdb_engine):
    desk = Desk(tmp_path_factory.mktemp("together"), duckdb_engine, TERMS).open()
    report = desk.take(*[put(desk, name) for name in (*PARTS, REGISTER)])
    assert report.count.accepted == len(PARTS)
    return state(desk)


def deliver(root, engine, order, cuts):
    desk = Desk(root, engine, TERMS).open()
    starts = [0, *sorted(cuts), len(order)]
    for start, end in pairwise(starts):
        if end > start:
            report = desk.take(*[put(desk, name) for name in order[start:end]])
    return desk, report


@pytest.mark.slow
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=st.permutations([*PARTS, REGISTER]), cuts=st.sets(st.integers(1, len(PARTS)), max_size=5))
def test_the_tables_do_not_depend_on_the_order_and_the_deliveries(
    tmp_path_factory, duckdb_engine, together, order, cuts
) -> None:
    root: Path = tmp_path_factory.mktemp("order")
    desk, report = deliver(root / "region", duckdb_engine, order, cuts)
    assert state(desk) == together
    assert (report.late.waiting.lists, report.late.waiting.replies) == (0, 1)


@pytest.mark.slow
def test_parts_that_come_one_by_one_end_where_all_together_do(tmp_path, duckdb_engine, together):
    order = sorted([*PARTS, REGISTER])
    desk, report = deliver(tmp_path, duckdb_engine, order, set(range(1, len(order))))
    assert state(desk) == together
    before = desk.dump()
    again = desk.take(*[put(desk, name) for name in order])
    assert again.late.batch_id == ""
    assert desk.dump() == before
    assert report.late.waiting == again.late.waiting


def test_lines_that_come_after_their_list_become_its_fee_lines_once(desk):
    desk.hand_in([settlement_list(1)], "list")
    assert not desk.rows("fee_items").width
    report = desk.hand_in([fee_lines(1)], "lines")
    assert (report.late.completed, report.late.taken) == (1, 0)
    assert desk.rows("fee_items").height == len(PARTS["lines 1"]["tables"]["list_fee_lines"])
    assert desk.rows("cases").height == desk.rows("documents").height - 1 == 1
    assert "intake.late_parts" in desk.rows("findings")["code"].to_list()
    again = desk.hand_in([fee_lines(1), settlement_list(1)], "both")
    assert again.late.completed == 0
    assert desk.rows("fee_items").height == len(PARTS["lines 1"]["tables"]["list_fee_lines"])


def test_lines_that_do_not_add_up_yet_are_kept_and_not_used(desk):
    desk.hand_in([settlement_list(1), half(fee_lines(1), 0)], "half")
    assert not desk.rows("fee_items").width
    assert "intake.fee_lines_incomplete" in desk.rows("findings")["code"].to_list()
    report = desk.hand_in([half(fee_lines(1), 1)], "rest")
    assert report.late.completed == 1
    assert desk.rows("fee_items").height == 7


def test_a_reply_that_comes_late_says_how_the_patient_pays(desk):
    desk.hand_in([settlement_list(1)], "list")
    before = desk.rows("cases").to_dicts()[0]
    assert before["first_self_pay_fen"] == 0
    desk.hand_in([settlement_reply(1)], "reply")
    after = desk.rows("cases").to_dicts()[0]
    reply = settlement_reply(1)["tables"]["settlement_replies"][0]
    assert after["first_self_pay_fen"] == fen(reply["first_self_pay_fen"])
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"self_paid_fen", "first_self_pay_fen", "over_limit_fen"}


def test_what_never_gets_its_list_is_counted_and_kept(desk):
    report = desk.hand_in([settlement_reply(3), fee_lines(4), platform_list(5)])
    waiting = report.late.waiting
    assert (waiting.lists, waiting.replies, waiting.fee_lines) == (1, 1, 7)
    assert report.as_json()["late_parts"]["waiting"] == {"lists": 1, "replies": 1, "fee_lines": 7}
    assert desk.rows("settlement_replies").height == 1
    assert desk.rows("list_fee_lines").height == 7
    assert report.count.received == report.count.accepted + report.count.set_aside


def test_a_list_that_waits_can_be_corrected_and_withdrawn(desk):
    desk.hand_in([platform_list(7)], "first")
    report = desk.hand_in([platform_list(7, discharge_way="5")], "second")
    assert report.late.waiting.lists == 1
    (former,) = desk.rows("superseded_documents").to_dicts()
    assert former["list_id"] == CASE
    again = desk.hand_in([platform_list(7), platform_list(8)], "third")
    assert again.late.waiting.lists == 2
    (waits,) = desk.rows("waiting_documents").filter(pl.col("list_id") == CASE).to_dicts()
    assert '"discharge_way":"death"' in waits["rows"]
    head = {"settlement_number": "S7", "person_number": "320000000007", "institution_id": INSTITUTION}
    withdrawal = {
        "kind": "settlement_list",
        "transaction": "4102",
        "tables": {"settlement_lists": [{**head, "list_state": "0"}]},
    }
    gone = desk.hand_in([withdrawal], "withdrawal")
    assert gone.late.waiting.lists == 1
    assert desk.rows("corrections").sort("version")["kind"].to_list() == ["replaces", "withdraws"]


def test_an_intake_killed_before_it_linked_is_linked_by_the_next(desk, monkeypatch):
    desk.hand_in([settlement_list(1)], "list")
    with monkeypatch.context() as patched:
        patched.setattr(taking_deliveries, "_late", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            desk.hand_in([fee_lines(1)], "lines")
    assert not desk.rows("fee_items").width
    assert desk.hand_in([fee_lines(1)], "lines").late.completed == 1
    assert desk.rows("fee_items").height == 7
    (desk.lake.root / ".linked.json").unlink()
    before = desk.dump()
    assert desk.hand_in([fee_lines(1)], "lines").late.completed == 0
    assert desk.dump() == before


def test_linking_that_breaks_off_at_any_write_leaves_nothing_half_done(desk, monkeypatch):
    desk.hand_in([settlement_list(1), platform_list(7), settlement_reply(1)], "lists")
    broken = {"at": 0, "done": 0}
    noted = Batch._note

    def note(batch, table, row_count):
        noted(batch, table, row_count)
        broken["done"] += batch.batch_id not in files
        if broken["done"] == broken["at"]:
            raise KeyboardInterrupt

    visible = []
    for at in (1, 4, 9, 14):
        broken |= {"at": at, "done": 0}
        files = {row["received_batch"] for row in desk.rows("received_files").to_dicts()}
        with monkeypatch.context() as patched:
            patched.setattr(Batch, "_note", note)
            if at > 1:
                # Nobody takes back what a killed intake left but the next one.
                patched.setattr(Lake, "_take_back_unfinished", lambda _lake: None)
            documents = [fee_lines(1), settlement_reply(7), settlement_list(5, person_number="320000000007")]
            files |= {desk.terms.file_id(hash_file(write(desk.root / "landing" / "late.ndjson", documents)), "plain")}
            with pytest.raises(KeyboardInterrupt):
                desk.hand_in(documents, "late")
        visible.append((desk.rows("fee_items").height, desk.rows("waiting_documents").height))
        desk.lake._take_back_unfinished()
    assert set(visible) == {(0, 1)}
    report = desk.hand_in(documents, "late")
    assert (report.late.completed, report.late.taken) == (1, 1)
    assert desk.rows("fee_items").height == 7
    assert desk.rows("cases")["case_id"].to_list().count(CASE) == 1


def test_a_late_part_of_what_a_run_has_paid_is_an_adjustment(desk):
    desk.hand_in([settlement_list(1)], "list")
    kinds = {column.name: POLARS_TYPE[column.kind] for column in PRICED.columns}
    plain = {pl.String: "", pl.Int64: 0, pl.Boolean: False, pl.Date: date(2025, 1, 1)}
    row = {name: plain[kind] for name, kind in kinds.items()} | {"case_id": f"{INSTITUTION}-S1", "run_id": "R1"}
    with desk.lake.batch("settled", "settle") as batch:
        batch.write(PRICED, pl.DataFrame([row], schema=kinds).to_arrow().cast(PRICED.arrow_schema).to_reader())
    path = write(desk.root / "landing" / "reply.ndjson", [settlement_reply(1), fee_lines(1)])
    reader = PlainReader()
    report = take_deliveries(
        sort_files([path], {reader.name: reader}),
        desk.lake,
        desk.engine,
        desk.terms,
        jobs=1,
        paid=lambda: Paid(("R1",), date(2025, 12, 1)),
    )
    assert report.late.completed == 1
    (correction,) = history_of(desk.lake, f"{INSTITUTION}-S1").corrections
    assert (correction.kind, correction.run_id, correction.difference_fen) == ("adjusts", "R1", 0)
    assert correction.rows["cases"][0]["first_self_pay_fen"] == 0
    assert "fee_items" not in correction.rows
    assert desk.rows("cases").height == desk.rows("completions").height == 1
    assert desk.rows("fee_items").height == 7
