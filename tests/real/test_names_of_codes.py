"""Names of the national code editions are not taken for names of people."""

from pathlib import Path

import polars as pl
import pytest

from tongchou.grouping.exchange.code_set_import import import_code_set
from tongchou.privacy.redaction import is_name

CODES = Path(__file__).parents[2].parent / "shared" / "data" / "codes"

pytestmark = pytest.mark.skipif(not CODES.is_dir(), reason="the published code editions are not on this machine")


def test_no_national_name_of_a_disease_or_operation_is_a_persons() -> None:
    published = import_code_set(CODES, "yb-2.0")
    names = pl.DataFrame({"name": sorted({*published.names["dx"].values(), *published.names["op"].values()})})
    assert names.height > 40_000
    assert names.filter(is_name(pl.col("name")))["name"].to_list() == []
