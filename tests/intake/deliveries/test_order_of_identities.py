"""Whose id a person gets does not depend on the order in which files come, nor on which identifiers stand in them."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.deliveries.conftest import Desk
from tests.intake.deliveries.plain import filing, platform_list, settlement_list, write

from tongchou.intake.deliveries.sealed_pseudonyms import SealedPseudonyms
from tongchou.intake.deliveries.terms import DeliveryTerms, LinkTerms
from tongchou.privacy.keys import find_ring, new_ring
from tongchou.privacy.merging import merged_persons

FILES = {
    "document": [settlement_list(1, person_number=None), settlement_list(2, person_number=None)],
    "number": [
        settlement_list(number + 10, person_number=f"32{number}", identity_number=None) | {"transaction": "4101A"}
        for number in (1, 2)
    ],
    "tie": [
        settlement_list(number + 20, person_number=f"32{number}", identity_number=f"32010119400301{number:04d}")
        for number in (1, 2)
    ],
}


@pytest.mark.slow
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(sorted(FILES)), times=st.permutations([1, 2, 3]))
def test_shuffled_files_give_the_same_tables(tmp_path_factory, duckdb_engine, order, times) -> None:
    root: Path = tmp_path_factory.mktemp("order")
    keys = tmp_path_factory.getbasetemp() / "order-keys.yaml"
    if not keys.exists():
        new_ring(keys)
    # A file is a batch of its own, so that tables can be compared with the batch of each row.
    terms = DeliveryTerms(SealedPseudonyms(root, "r1", find_ring(keys)), bundle_bytes=0)
    desk = Desk(root / "region", duckdb_engine, terms).open()
    paths = [write(root / f"{place}.ndjson", FILES[name]) for place, name in enumerate(order)]
    for path, time in zip(paths, times, strict=True):
        os.utime(path, (1_700_000_000 + time, 1_700_000_000 + time))
    assert desk.take(*paths).count.accepted == 6
    persons = {row["case_id"]: row["person_id"] for row in desk.rows("cases").to_dicts()}
    assert len(set(persons.values())) == 2
    dump = {name: rows for name, rows in desk.dump().items() if name not in ("findings", "finding_fields")}
    known = _FIRST.setdefault("dump", dump)
    assert dump == known


_FIRST: dict[str, object] = {}


BESIDE = {
    "filing": [filing(person_number="321")],
    "waits": [platform_list(31, person_number="321")],
}
HISTORY = ("findings", "finding_fields", "received_files", "superseded_rows", "superseded_documents", "corrections")


@pytest.mark.slow
@pytest.mark.parametrize(
    "order",
    [
        ("tie", "number", "document", "filing", "waits"),
        ("filing", "number", "document", "waits", "tie"),
    ],
)
def test_calls_in_any_order_end_with_the_same_persons_and_the_same_files_again_change_nothing(
    tmp_path, tmp_path_factory, duckdb_engine, order
) -> None:
    keys = tmp_path_factory.getbasetemp() / "order-keys.yaml"
    if not keys.exists():
        new_ring(keys)
    root = tmp_path / "region"
    desk = Desk(
        root,
        duckdb_engine,
        DeliveryTerms(SealedPseudonyms(root, "r1", find_ring(keys)), bundle_bytes=0),
        lambda: LinkTerms(merged=merged_persons(root)),
    ).open()
    paths = [write(root / "landing" / f"{name}.ndjson", (FILES | BESIDE)[name]) for name in order]
    for path in paths:
        desk.take(path)
    assert desk.rows("cases")["person_id"].n_unique() == 2
    assert desk.rows("persons").height == 2
    dump = desk.dump()
    found = {name: rows for name, rows in dump.items() if name not in HISTORY and rows}
    known = _FIRST.setdefault("calls", found)
    assert found == known
    # The same documents in files of their own: known by their content, whatever their persons were called before.
    again = [
        write(root / "again" / f"{name}.ndjson", [*(FILES | BESIDE)[name], settlement_list(90 + place)])
        for place, name in enumerate(order)
    ]
    for name, path in zip(order, again, strict=True):
        if name != "waits":
            assert desk.take(path).count.repeated == len((FILES | BESIDE)[name]), name
    for name in ("referrals", "referral_filings", "corrections"):
        assert len(desk.dump().get(name, [])) == len(dump.get(name, [])), name
