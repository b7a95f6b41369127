"""The published maps from the national clinical editions can be used as packs, and lead to codes of the edition."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tongchou.core.text import Text
from tongchou.grouping.exchange.code_set_import import import_code_set
from tongchou.intake.code_maps.applying import apply_code_maps
from tongchou.intake.code_maps.checking import check_code_maps
from tongchou.intake.code_maps.code_map import PAIRS, CodeMap
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE, DocumentBatch, documents_frame

CODES = Path(__file__).parents[2].parent / "shared" / "data" / "codes"

pytestmark = pytest.mark.skipif(not CODES.is_dir(), reason="the published code maps are not on this machine")

MAPS = {"diagnosis": "icd10_map_ZD_MAP.dat", "operation": "icd9cm3_map_SS_MAP.dat"}


def published(kind: str) -> CodeMap:
    lines = [line.split() for line in (CODES / MAPS[kind]).read_text(encoding="utf-8-sig").splitlines()]
    rows = [{"from_code": line[0], "to_code": line[1]} for line in lines if len(line) == 2]
    pairs = pl.DataFrame(rows, schema=dict(PAIRS))
    return CodeMap(kind, kind, 1, "clinical", "yb-2.0", Text.plain(kind), "-", "-", date(2020, 1, 1), None, None, pairs)


@pytest.mark.parametrize(("kind", "short"), [("diagnosis", "dx"), ("operation", "op")])
def test_the_published_maps_are_sound(kind: str, short: str) -> None:
    code_map = published(kind)
    codes = set(import_code_set(CODES, "yb-2.0").names[short])  # type: ignore[index]
    assert code_map.pairs.height > 10_000
    assert check_code_maps([code_map], {"yb-2.0": codes}) == []


def test_every_code_of_the_published_map_becomes_what_it_says() -> None:
    code_map = published("diagnosis")
    pairs = code_map.pairs
    numbers = list(range(1, pairs.height + 1))
    heads = pl.DataFrame({DOCUMENT: numbers, SEQUENCE: numbers, "discharged_at": "2025-03-01"})
    rows = pl.DataFrame({DOCUMENT: numbers, SEQUENCE: numbers, "code": pairs["from_code"]})
    batch = DocumentBatch(
        "settlement_list", "4101A", documents_frame(numbers, [""] * len(numbers)),
        {"settlement_lists": heads, "list_diagnoses": rows},
    )  # fmt: skip
    mapped = apply_code_maps(batch, [code_map])
    assert mapped.batch.frames["list_diagnoses"]["code"].to_list() == pairs["to_code"].to_list()
    assert mapped.mapped.height == (pairs["from_code"] != pairs["to_code"]).sum()
    assert mapped.unmapped.height == 0
