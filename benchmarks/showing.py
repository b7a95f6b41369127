"""How the figures are shown: a table for people, a document for machines."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from rich.table import Table

from benchmarks.measure import Spent
from benchmarks.measures import PLANS, Measured

TARGET_BYTES = 4 * 1024**3
"""The resident memory that no stage should need (4 GB)."""

_LIBRARIES = ("duckdb", "polars", "pyarrow", "deltalake", "narwhals", "numpy")


def as_table(measured: Sequence[Measured]) -> Table:
    """Return the figures as a table."""
    table = Table(
        title=f"{measured[0].cases:,} 例 / cases, {os.cpu_count()} CPU",
        caption="\n".join(_notes(measured)),
        title_justify="left",
        caption_justify="left",
        header_style="bold",
    )
    table.add_column("步骤 stage", no_wrap=True)
    for title in ("秒\ns", "CPU 秒\nCPU s", "例每秒\ncases/s", "内存峰值\npeak GB", "DuckDB\ns", "倍数\nratio"):
        table.add_column(title, justify="right", no_wrap=True)
    for each in measured:
        floor = (f"{each.floor.seconds:,.2f}", f"{each.ratio:.1f}") if each.floor else ("", "")
        title = PLANS[each.name].title
        table.add_row(title, *_times(each), f"{each.cases_per_second:,}", _peak(each.peak_bytes), *floor)
        if len(each.stages) > 1:
            for stage, spent in each.stages.items():
                table.add_row(f"  {stage}", *_times(spent), "", _peak(spent.peak_bytes), style="dim")
    return table


def _notes(measured: Sequence[Measured]) -> list[str]:
    target = _gib(TARGET_BYTES)
    notes = [f"内存目标：每步低于 {target} GB / memory target: every stage below {target} GB"]
    plans = [PLANS[each.name] for each in measured if each.floor]
    if plans:
        notes.append("DuckDB：仅用引擎做同样的表 / the engine alone, on the same tables:")
    notes += [f"  {plan.title}: {plan.floor_title}" for plan in plans]
    return notes


def _times(spent: Spent | Measured) -> tuple[str, str]:
    return f"{spent.seconds:,.2f}", f"{spent.cpu_seconds:,.2f}"


def as_document(measured: Sequence[Measured]) -> dict[str, Any]:
    """Return the figures, and what they were measured with, as a JSON document."""
    return {
        "cases": measured[0].cases,
        "target_bytes": TARGET_BYTES,
        "machine": {"cpu_count": os.cpu_count(), "system": platform.system(), "python": platform.python_version()},
        "libraries": {name: version(name) for name in _LIBRARIES},
        "measures": {
            each.name: {
                "seconds": round(each.seconds, 3),
                "cpu_seconds": round(each.cpu_seconds, 3),
                "cases_per_second": each.cases_per_second,
                "peak_bytes": each.peak_bytes,
                "stages": {stage: _spent(spent) for stage, spent in each.stages.items()},
                "duckdb_alone": _spent(each.floor) if each.floor else None,
                "ratio": round(each.ratio, 2) if each.ratio else None,
            }
            for each in measured
        },
    }


def _spent(spent: Spent) -> dict[str, float | int]:
    return {
        "seconds": round(spent.seconds, 3),
        "cpu_seconds": round(spent.cpu_seconds, 3),
        "peak_bytes": spent.peak_bytes,
    }


def _peak(peak_bytes: int) -> str:
    shown = _gib(peak_bytes)
    return shown if peak_bytes < TARGET_BYTES else f"[red]{shown}[/red]"


def _gib(size: int) -> str:
    return f"{size / 1024**3:.2f}"
