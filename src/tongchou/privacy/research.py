"""Research exports: a table of the lake, k-anonymous, under pseudonyms of its own, with a report of what is missing."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.privacy.access_log import Access, AccessLog
from tongchou.privacy.anonymity import Hierarchy, anonymise
from tongchou.privacy.generalising import Level
from tongchou.privacy.keys import KeyRing
from tongchou.privacy.pseudonyms import Pseudonymiser
from tongchou.privacy.views import purpose_named, view
from tongchou.schema.contract import Table
from tongchou.schema.tables import INPUT_TABLES
from tongchou.store.lake import Lake

_LEAST_K = 2
_TABLES = {table.name: table for table in INPUT_TABLES}


@dataclass(frozen=True, slots=True)
class ResearchTable:
    """How a table is exported.

    Attributes:
        person: The column that tells persons apart.
        joined: Other tables to the columns taken from them by person.
        hierarchies: Quasi-identifiers and their steps.
        released: Further columns, as the purpose may see them.
    """

    person: str
    joined: Mapping[str, tuple[str, ...]]
    hierarchies: Mapping[str, Hierarchy]
    released: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResearchRules:
    """What the pack `privacy/research.yaml` says."""

    k: int
    suppressed_at_most_e4: int
    tables: Mapping[str, ResearchTable]


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What is to be exported.

    Attributes:
        lake: The region's facts.
        region_folder: The region's folder, where the log of access is.
        region_id: The region.
        table: The name of the table.
        out: The file, `.csv` or `.parquet`; the report is written beside it.
        purpose: A purpose of `packs/privacy/purposes.yaml`.
        who: Who takes the data.
        k: How many persons a class must hold; the pack's if not given.
    """

    lake: Lake
    region_folder: Path
    region_id: str
    table: str
    out: Path
    purpose: str
    who: str
    k: int | None = None


@cache
def research_rules() -> ResearchRules:
    """Return the rules of the built-in pack."""
    pack = files("tongchou").joinpath("packs", "privacy", "research.yaml")
    content: dict[str, Any] = yaml.safe_load(pack.read_text(encoding="utf-8"))
    tables = {
        name: ResearchTable(
            own["person"],
            {other: tuple(columns) for other, columns in own["joined"].items()},
            {column: tuple(map(Level.parse, levels)) for column, levels in own["quasi_identifiers"].items()},
            tuple(own["released"]),
        )
        for name, own in content["tables"].items()
    }
    return ResearchRules(content["k"], content["suppressed_at_most_e4"], tables)


def export(order: ExportOrder, ring: KeyRing) -> dict[str, Any]:
    """Write a k-anonymous table and its report, and log who took it.

    The purpose's own pseudonyms stand for lists, so that the export cannot be joined with what was settled; persons
    are not named at all. Rows come in the order of their new pseudonyms, which tells nothing of the old order.

    Returns:
        The report: rows in, out and suppressed, k, the step of every quasi-identifier, the information lost, and what
        the other combinations of steps would have suppressed.

    Raises:
        TongchouError: `privacy.no_export` for a table that is not exported, `privacy.k` for a k below 2,
            `privacy.unknown_purpose`, `privacy.export_format`, `privacy.no_purpose`.
    """
    rules = research_rules()
    k = rules.k if order.k is None else order.k
    table, own = _table(order.table), rules.tables[order.table]
    purpose = purpose_named(order.purpose)
    _require(order, k)
    rows = _rows(order.lake, table, own)
    pseudonymiser = Pseudonymiser(ring.pseudonym.versions[ring.pseudonym.newest], order.region_id)
    found = anonymise(rows, own.person, own.hierarchies, k, rules.suppressed_at_most_e4)
    shown = view(table, rows.select(own.released), purpose, pseudonymiser, own.released)
    whole = pl.concat([shown.rows, found.rows], how="horizontal").filter(pl.col("is_kept")).drop("is_kept")
    whole = whole.sort(own.released[0])
    report = {
        "table": table.name,
        "purpose": purpose.name,
        "k": k,
        "rows_in": rows.height,
        "rows_out": whole.height,
        "rows_suppressed": found.chosen.suppressed_count,
        "information_loss_e4": found.chosen.loss_e4,
        "levels": {name: str(levels[found.chosen.steps[name]]) for name, levels in own.hierarchies.items()},
        "by_height": [
            {
                "height": sum(trial.steps.values()),
                "levels": {name: str(levels[trial.steps[name]]) for name, levels in own.hierarchies.items()},
                "rows_suppressed": trial.suppressed_count,
                "information_loss_e4": trial.loss_e4,
            }
            for trial in found.trials
        ],
        "columns": dict(shown.treated) | dict.fromkeys(own.hierarchies, "generalised"),
    }
    # Logged before it is given: what is taken is never without its entry.
    log = AccessLog(order.region_folder)
    log.append(Access(order.who, order.purpose, "export", table.name, whole.columns, whole.height))
    _write(whole, order.out)
    order.out.with_name(order.out.name + ".report.json").write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return report


def _rows(lake: Lake, table: Table, own: ResearchTable) -> pl.DataFrame:
    rows = _read(lake, table)
    for name, columns in own.joined.items():
        others = _read(lake, _TABLES[name]).select(own.person, *columns).unique(own.person, keep="first")
        rows = rows.join(others, on=own.person, how="left", maintain_order="left")
    return rows


def _read(lake: Lake, table: Table) -> pl.DataFrame:
    paths = lake.files(table.name, lake.snapshot())
    if not paths:
        return pl.DataFrame(pl.from_arrow(table.arrow_schema.empty_table()))
    return pl.read_parquet(paths, columns=[column.name for column in table.columns])


def _write(rows: pl.DataFrame, out: Path) -> None:
    beside = out.with_name(f".{out.name}.new")
    if out.suffix == ".csv":
        rows.write_csv(beside)
    else:
        rows.write_parquet(beside)
    os.replace(beside, out)  # noqa: PTH105  # the file is there whole or not at all


def _table(name: str) -> Table:
    if name in research_rules().tables:
        return _TABLES[name]
    known = ", ".join(research_rules().tables)
    raise TongchouError(
        "privacy.no_export",
        what=Text(f"表 {name} 不供研究导出", f"the table {name} is not exported for research"),
        where="--table",
        why=Text(f"定有泛化办法的表是：{known}", f"tables with hierarchies are: {known}"),
        remedy=Text("选用其中之一", "use one of them"),
    )


def _require(order: ExportOrder, k: int) -> None:
    if k < _LEAST_K:
        raise TongchouError(
            "privacy.k",
            what=Text(f"k 为 {k}", f"k is {k}"),
            where="--k",
            why=Text("k 小于 2 时每个人都可能单独成组", "with a k below 2 anyone may stand alone"),
            remedy=Text("k 至少为 2，通常为 5 以上", "use 2 or more, usually 5"),
        )
    if order.out.suffix not in {".csv", ".parquet"}:
        raise TongchouError(
            "privacy.export_format",
            what=Text("导出格式不受支持", "the format of the export is not known"),
            where=str(order.out),
            why=Text("只写 .csv 与 .parquet", "files end in .csv or .parquet"),
            remedy=Text("改文件后缀", "name the file otherwise"),
        )
