"""`python -m benchmarks`: a county's year, stage by stage, beside what DuckDB alone needs."""

import tempfile
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from benchmarks.measures import PLANS, Bench
from benchmarks.place import Place
from benchmarks.showing import as_document, as_table


def bench(
    cases: Annotated[int, typer.Option(min=1, help="住院病例数 / inpatient cases.")] = 1_000_000,
    only: Annotated[
        list[str] | None,
        typer.Option(help=f"只测其中几项 / measure these only: {', '.join(PLANS)}.", show_default=False),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="保留数据的目录，可再用 / keep the data here, and use it again.", show_default=False),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="另存 JSON / also as JSON.", show_default=False)
    ] = None,
) -> None:
    """测主线各步的时间与内存，与仅用 DuckDB 读写同样的表相比 / time and memory of the line, beside DuckDB alone.

    例 / example:  python -m benchmarks --cases 100000 --only intake --only grouping --folder bench
    """
    unknown = sorted(set(only or ()) - PLANS.keys())
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: 只有 / there are only {', '.join(PLANS)}", param_hint="--only")
    names = [name for name in PLANS if not only or name in only]
    with tempfile.TemporaryDirectory(prefix="tongchou-bench-") as scratch:
        place = Place((folder or Path(scratch)).resolve())
        place.root.mkdir(parents=True, exist_ok=True)
        errors = Console(stderr=True)
        with errors.status("") as status:
            runner = Bench(place, cases, lambda work: status.update(f"{cases:,}: {work}"))
            measured = [runner.measure(name) for name in names]
    Console().print(as_table(measured))
    if json_file:
        json_file.write_bytes(
            orjson.dumps(as_document(measured), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        )


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(bench)
    app()
