"""`python -m benchmarks.api`: the API at a fixed rate beside an echo, the pages, and the memory of many open ones."""

import asyncio
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.api.cases import Asker, settled_region
from benchmarks.api.load import Asked, Times, drive
from benchmarks.api.pages import OpenPages, seconds_of
from benchmarks.api.servers import echo, memory_bytes, place, processor_seconds, served, settle_down
from benchmarks.place import Place

_PORT, _ECHO_PORT = 8191, 8192
_PAGES = 50
_WARM_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Load:
    """What a load took: times as the asker saw them, and processor time of the server for each request, ms."""

    times: Times
    processor: float


def bench(
    cases: Annotated[int, typer.Option(min=100, help="住院病例数 / inpatient cases.")] = 60_000,
    region: Annotated[
        Path | None, typer.Option(help="已结算的统筹区，代替新造 / a settled region instead.", show_default=False)
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="保留数据的目录，可再用 / keep the data here.", show_default=False)
    ] = None,
    rate: Annotated[int, typer.Option(min=1, help="每秒请求 / requests a second.")] = 500,
    seconds: Annotated[float, typer.Option(min=1, help="每项秒数 / seconds of each.")] = 10,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="另存 JSON / also as JSON.", show_default=False)
    ] = None,
) -> None:
    """测工作平台在负载下的时间与内存 / the working place under load: times and memory.

    例 / example:  python -m benchmarks.api --cases 60000 --folder bench
    """
    with tempfile.TemporaryDirectory(prefix="tongchou-bench-") as scratch:
        root = Place((folder or Path(scratch)).resolve())
        served_region = region or settled_region(root, cases)
        asker = Asker(served_region)
        limits = {"TONGCHOU_REQUESTS_PER_MINUTE": "6000000", "TONGCHOU_BURST": "100000"}
        ready = "/api/v1/health"
        with served(*place(served_region, _PORT), port=_PORT, ready=ready, environment=limits) as process:
            settle_down(_PORT)
            idle = memory_bytes(process)
            with served(*echo(_ECHO_PORT), port=_ECHO_PORT, ready="/") as echoing:
                loads = _loads(asker, rate, seconds, {_PORT: process, _ECHO_PORT: echoing})
            after_load = memory_bytes(process)
            pages = {name: seconds_of(_PORT, asker.cookie, path, 5) for name, path in asker.pages().items()}
            connected, with_pages = asyncio.run(_with_pages(asker.cookie, process))
    memory = {"idle": idle, "after_load": after_load, "with_pages": with_pages, "pages": connected}
    _show(loads, pages, memory, rate)
    if json_file:
        content = {
            "machine": {"cpu_count": os.cpu_count(), "load_average": os.getloadavg()},
            "loads": {name: asdict(times) for name, times in loads.items()},
            "pages": {name: {"first": first, "later": later} for name, (first, later) in pages.items()},
            "memory_bytes": memory,
        }
        json_file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS))


def _loads(asker: Asker, rate: int, seconds: float, processes: dict[int, int]) -> dict[str, Load]:
    allowed = (f"Authorization: Bearer {asker.token}",)
    wanted = {
        "空转 / echo": (_ECHO_PORT, Asked("/", (), asker.group_bodies())),
        "单例分组 / POST group": (_PORT, Asked("/api/v1/group", allowed, asker.group_bodies())),
        "预结算 / POST trial-settlements": (_PORT, Asked("/api/v1/trial-settlements", allowed, asker.trial_bodies())),
    }
    measured: dict[str, Load] = {}
    for name, (port, asked) in wanted.items():
        drive(port, asked, max(1, rate // 5), _WARM_SECONDS)
        before = processor_seconds(processes[port])
        times = drive(port, asked, rate, seconds)
        spent = processor_seconds(processes[port]) - before
        measured[name] = Load(times, 1_000 * spent / max(1, sum(times.statuses.values())))
    return measured


async def _with_pages(cookie: str, process: int) -> tuple[int, int]:
    pages = OpenPages(_PORT, cookie)
    try:
        await pages.open("/overview", _PAGES)
        connected = await pages.wait(3)
        return connected, memory_bytes(process)
    finally:
        await pages.close()


def _show(loads: dict[str, Load], pages: dict[str, tuple[float, float]], memory: dict[str, Any], rate: int) -> None:
    console = Console()
    average = " ".join(f"{each:.1f}" for each in os.getloadavg())
    console.width = max(console.width, 110)
    title = f"每秒 {rate} 个请求，毫秒 / {rate} requests a second, ms（{os.cpu_count()} CPU，load {average}）"
    shown = Table(title=title, title_justify="left")
    shown.add_column("")
    for column in ("p50", "p99", "max", "CPU", "每秒 /s", "p99 ÷ 空转 echo", "状态 / status"):
        shown.add_column(column, justify="right")
    floor = next(iter(loads.values()))
    for name, load in loads.items():
        each = load.times
        times = f"{each.p99 / floor.times.p99:.1f}"
        figures = (f"{value:,.2f}" for value in (each.p50, each.p99, each.most, load.processor))
        shown.add_row(name, *figures, f"{each.rate:,.0f}", times, str(each.statuses))
    console.print(shown)
    listed = Table(title="网页，秒 / pages, seconds", title_justify="left")
    for column in ("", "首次 / first", "再次（中位）/ then, median"):
        listed.add_column(column, justify="right" if column else "left")
    for name, (first, later) in pages.items():
        listed.add_row(name, f"{first:.2f}", f"{later:.2f}")
    console.print(listed)
    console.print(
        f"内存 / memory: 启动后 / idle {memory['idle'] >> 20} MB, 负载后 / after load {memory['after_load'] >> 20} MB, "
        f"{memory['pages']} 个打开的网页 / open pages {memory['with_pages'] >> 20} MB"
    )


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(bench)
    app()
