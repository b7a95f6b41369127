"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

RegionOption = Annotated[
    Path, typer.Option("--region", help="统筹区目录 / the region's folder.", file_okay=False, show_default=False)
]
EngineOption = Annotated[str, typer.Option("--engine", help="计算引擎 / engine: duckdb | spark.")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON for machines.")]
RunOption = Annotated[
    str | None,
    typer.Option("--run", help="结算批次，缺省为最近一次 / run; the newest if not given.", show_default=False),
]
