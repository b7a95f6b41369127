"""Whose id a person gets does not depend on the order in which files come, nor on which identifiers stand in them."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.deliveries.conftest import Desk
from tests.intake.deliveries.plain import settlement_list, write

from tongchou.intake.deliveries.sealed_pseudonyms import SealedPseudonyms
from tongchou.intake.deliveries.terms import DeliveryTerms
from tongchou.privacy.keys import find_ring, new_ring

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
    desk = Desk(root / "region", duckdb_engine, DeliveryTerms(SealedPseudonyms(root, "r1", find_ring(keys)))).open()
    paths = [write(root / f"{place}.ndjson", FILES[name]) for place, name in enumerate(order)]
    for path, time in zip(paths, times, strict=True):
        os.utime(path, (1_700_000_000 + time, 1_700_000_000 + time))
    assert desk.take(*paths).count.accepted == 6
    persons = {row["case_id"]: row["person_id"] for row in desk.rows("cases").to_dicts()}
    assert len(set(persons.values())) == 2
    dump = desk.dump()
    dump.pop("findings", None)
    known = _FIRST.setdefault("dump", dump)
    assert dump == known


_FIRST: dict[str, object] = {}
