"""`python -m benchmarks.grouper`: how fast grouping is, by every door, beside its peers."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.grouper.doors import (
    from_file_to_file,
    importing,
    in_memory,
    in_spark,
    many_in_memory,
    one_by_one,
    starting,
)
from benchmarks.grouper.figures import Figure
from benchmarks.grouper.peers import american, naive
from tongchou.grouping.schemes.library import scheme_folders

MEASURES: dict[str, Callable[[str, int], list[Figure]]] = {
    "memory": in_memory,
    "twenty": many_in_memory,
    "file": from_file_to_file,
    "spark": in_spark,
    "one": one_by_one,
    "start": starting,
    "import": importing,
    "naive": naive,
    "peers": american,
}
WIDTH = 120
_PUBLISHED, _OWN = "chs-drg-1.1", "chs-drg-category"


def bench(
    cases: Annotated[int, typer.Option(min=1, help="病例数 / cases.")] = 1_000_000,
    scheme: Annotated[
        str | None,
        typer.Option(help=f"方案 / scheme; {_PUBLISHED} if it is imported, else {_OWN}.", show_default=False),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help=f"只测其中几项 / only: {', '.join(MEASURES)}.", show_default=False)
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="另存 JSON / also as JSON.", show_default=False)
    ] = None,
) -> None:
    """测分组速度，并与同机的其他分组器相比 / the speed of grouping, beside other groupers on this machine.

    例 / example:  python -m benchmarks.grouper --cases 200000 --only memory --only peers
    """
    unknown = sorted(set(only or ()) - MEASURES.keys())
    if unknown:
        raise typer.BadParameter(
            f"{', '.join(unknown)}: 只有 / there are only {', '.join(MEASURES)}", param_hint="--only"
        )
    name = scheme or (_PUBLISHED if _PUBLISHED in scheme_folders() else _OWN)
    figures: list[Figure] = []
    with Console(stderr=True).status("") as status:
        for measure, work in MEASURES.items():
            if only and measure not in only:
                continue
            status.update(measure)
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                figures += process.submit(work, name, cases).result()
    console = Console()
    Console(width=max(console.width, WIDTH)).print(_table(name, figures))
    if json_file:
        document = {"scheme": name, "figures": [_plain(figure) for figure in figures]}
        json_file.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _table(scheme: str, figures: list[Figure]) -> Table:
    slowest = min((figure.rate for figure in figures if figure.cases > 1), default=0.0)
    table = Table(title=f"分组 grouping, {scheme}", title_justify="left", header_style="bold")
    table.add_column("入口 door", no_wrap=True)
    for title in ("病例\ncases", "秒\ns", "例每秒\ncases/s", "为最慢者的\ntimes the slowest", "内存峰值\npeak GB"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("说明 note")
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.cases:,}" if figure.cases else "",
            f"{figure.seconds:.6f}"
            if 0 < figure.seconds < 0.001
            else f"{figure.seconds:,.3f}"
            if figure.seconds
            else "",
            f"{figure.rate:,.0f}" if figure.cases else "",
            f"{figure.rate / slowest:,.0f}" if figure.cases > 1 and slowest else "",
            f"{figure.peak_bytes / 1024**3:.2f}" if figure.peak_bytes else "",
            figure.note,
        )
    return table


def _seconds(seconds: float) -> str:
    if not seconds:
        return ""
    return f"{seconds:.6f}" if seconds < 0.001 else f"{seconds:,.3f}"


def _plain(figure: Figure) -> dict[str, object]:
    return {
        "name": figure.name,
        "cases": figure.cases,
        "seconds": figure.seconds,
        "cases_per_second": round(figure.rate),
        "peak_bytes": figure.peak_bytes,
        "note": figure.note,
    }


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(bench)
    app()
