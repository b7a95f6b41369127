"""`tongchou serve`: the working place, API and pages in one process."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from tongchou.cli.console import console, speaks_errors


@speaks_errors
def serve(
    region: Annotated[
        Path | None, typer.Option("--region", help="统筹区目录 / the region's folder.", show_default=False)
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", help="TOML 配置文件 / a settings file.", show_default=False)
    ] = None,
    host: Annotated[str | None, typer.Option(help="监听地址 / address.", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="端口 / port.", show_default=False)] = None,
) -> None:
    """启动工作平台：网页与接口 / start the working place: pages and API.

    例 / example:  tongchou serve --region demo/county
    """
    # Loading the pages takes seconds: who only wants help does not wait for them.
    from tongchou.serving.server import run_server  # noqa: PLC0415
    from tongchou.workplace.place import open_workplace  # noqa: PLC0415
    from tongchou.workplace.settings import read_settings  # noqa: PLC0415

    given = read_settings(settings, region=region, host=host, port=port)
    place = open_workplace(given)
    try:
        console.print(f"http://{given.host}:{given.port}/", markup=False)
        asyncio.run(run_server(place))
    finally:
        place.close()
