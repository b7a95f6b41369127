"""The real workbook and tables: imported, exported and imported again, byte for byte."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tongchou.grouping.exchange.scheme_workbook_writing import write_workbook
from tongchou.grouping.exchange.table_import import import_tables
from tongchou.grouping.exchange.workbook_import import import_workbook
from tongchou.grouping.schemes.tables import SchemeTables, write_tables

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
WORKBOOK = SHARED / "chs-drg" / "chs-drg-workbook.xlsx"

pytestmark = pytest.mark.skipif(not WORKBOOK.is_file(), reason="the published schemes are not on this machine")


def _workbook() -> SchemeTables:
    return import_workbook(WORKBOOK)


def _tables() -> SchemeTables:
    return import_tables(SHARED / "chs-drg" / "chs-drg-1.1", SHARED / "codes")


def _files(tables: SchemeTables, folder: Path) -> dict[str, bytes]:
    write_tables(tables, folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("read", [_workbook, _tables])
def test_a_published_scheme_comes_back_byte_for_byte(read: Callable[[], SchemeTables], tmp_path: Path) -> None:
    tables = read()
    write_workbook(tables, tmp_path / "scheme.xlsx")
    again = import_workbook(tmp_path / "scheme.xlsx")
    assert _files(again, tmp_path / "b") == _files(tables, tmp_path / "a")


def test_every_group_and_rule_of_the_workbook_is_read() -> None:
    tables = _workbook().tables
    assert [
        len(tables[name]) for name in ("mdc.csv", "adrg.csv", "drg.csv", "mcc.csv", "cc.csv", "exclusions.csv")
    ] == [
        26,
        397,
        639,
        2250,
        7515,
        27014,
    ]
    assert [row["mdc"][-1] for row in tables["mdc.csv"] if row["if_none"] == "stop"] == list("PYZMNO")
    assert sum(row["outcome"] == "ambiguous" for row in tables["adrg.csv"]) == 21
    assert [row["adrg"] for row in tables["adrg.csv"] if row["rule"] == "never"] == ["VC1"]
    sites = {row["list"] for row in tables["mdc_codes.csv"] if row["mdc"] == "MDCZ"}
    assert sites == {"dx", *(f"site:Z0{number}" for number in range(1, 9))}
