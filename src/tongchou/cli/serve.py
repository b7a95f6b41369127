"""`tongchou serve`: the working place, API and pages in one process."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tongchou.cli.console import console, errors, speaks_errors
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

if TYPE_CHECKING:
    from tongchou.workplace.settings import Settings

_DEMO_CASES = 60_000


@speaks_errors
def serve(
    folder: Annotated[
        Path | None, typer.Argument(help="统筹区目录，同 --region / the region's folder.", show_default=False)
    ] = None,
    region: Annotated[
        Path | None, typer.Option("--region", help="统筹区目录 / the region's folder.", show_default=False)
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", help="TOML 配置文件 / a settings file.", show_default=False)
    ] = None,
    host: Annotated[str | None, typer.Option(help="监听地址 / address.", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="端口 / port.", show_default=False)] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="虚构县域与演示账号 / a made-up county with a user for each role.")
    ] = False,
    cases: Annotated[int, typer.Option(min=1, help="演示的病例数 / cases of the demo.")] = _DEMO_CASES,
    api_only: Annotated[
        bool, typer.Option("--api-only", help="只提供接口，不含网页 / the API without the pages.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="只检查配置 / check the settings and end.")] = False,
) -> None:
    """启动工作平台：网页与接口 / start the working place: pages and API.

    配置来自命令行、环境变量 TONGCHOU_* 和 TOML 文件，前者优先。
    Settings come from the command line, the environment (TONGCHOU_*) and a TOML file; the former win.

    例 / example:  tongchou serve --demo demo/county
    """
    # Loading what serves takes seconds: who only wants help does not wait for it.
    from tongchou.workplace.settings import read_settings  # noqa: PLC0415

    named = region or folder
    wants_demo = demo or (named is None and not check and _accepts_demo(settings))
    if wants_demo:
        given = _with_demo(named, settings, host, port, cases)
    else:
        given = read_settings(settings, region=named, host=host, port=port, pages=False if api_only else None)
    if check:
        _check(given)
        return
    _warn(given)
    _run(given)


def _run(given: "Settings") -> None:
    from tongchou.serving.logs import begin_logging  # noqa: PLC0415
    from tongchou.serving.server import run_server  # noqa: PLC0415
    from tongchou.workplace.place import open_workplace  # noqa: PLC0415

    begin_logging(given.log_level)
    place = open_workplace(given)
    try:
        console.print(f"http://{given.host}:{given.port}/{'' if given.pages else 'api/v1/docs'}", markup=False)
        asyncio.run(run_server(place))
    finally:
        place.close()


def _check(given: "Settings") -> None:
    """Say whether a place could be opened with the settings: its region, its records, its keys."""
    from tongchou.workplace.place import open_workplace  # noqa: PLC0415

    _warn(given)
    open_workplace(given).close()
    console.print("配置无误 / the settings are right", style="green")


def _warn(given: "Settings") -> None:
    from tongchou.workplace.settings import cautions  # noqa: PLC0415

    for words in cautions(given):
        errors.print(f"注意：{words.zh}\nNote: {words.en}", style="yellow", markup=False, soft_wrap=True)


def _accepts_demo(settings: Path | None) -> bool:
    """Ask whether to show the demo, where no region is named anywhere.

    Raises:
        TongchouError: `cli.no_region` where nobody can be asked.
    """
    from tongchou.workplace.settings import names_region  # noqa: PLC0415

    if names_region(settings):
        return False
    if sys.stdin.isatty() and typer.confirm(
        "没有指明统筹区。生成并打开虚构县域？/ No region is named. Make and open a made-up county?", default=True
    ):
        return True
    raise TongchouError(
        "cli.no_region",
        what=Text("没有指明统筹区", "no region is named"),
        where="--region",
        why=Text("工作平台属于一个统筹区", "a working place belongs to a region"),
        remedy=Text(
            "给出统筹区目录，或用 tongchou serve --demo 打开虚构县域",
            "name a region's folder, or open a made-up county with tongchou serve --demo",
        ),
    )


def _with_demo(named: Path | None, file: Path | None, host: str | None, port: int | None, cases: int) -> "Settings":
    """Make the demo ready, say how to sign in, and return its settings: it listens on this machine only."""
    from tongchou.cli.demo_region import DEMO_FOLDER, demo_users, ready_county  # noqa: PLC0415
    from tongchou.records.database import records_url  # noqa: PLC0415
    from tongchou.workplace.settings import read_settings  # noqa: PLC0415

    place = named or DEMO_FOLDER
    # The demo's own records, whatever the environment says: its users are no door into a real region.
    own = records_url(place)
    given = read_settings(
        file, region=place, records=own, host=host or "127.0.0.1", port=port, pages=True, demo_accounts=True
    )
    county = ready_county(place, seed=1, cases=cases)
    made = demo_users(county, own)
    if made:
        console.print("演示账号 / demo users: " + " ".join(account.user_name for account in made), markup=False)
        console.print(f"密码 / password: {made[0].password}", markup=False, highlight=False)
    else:
        console.print("演示账号已在，密码是建立时显示的 / the demo users keep the password shown when they were made")
    console.print("名称与数据均为虚构 / all names and data are made up", style="dim")
    return given
