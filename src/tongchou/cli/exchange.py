"""`tongchou exchange`: what a region holds, in the formats of others."""

from pathlib import Path
from typing import Annotated

import typer

from tongchou.cli.console import console, print_json, progress_bar, speaks_errors
from tongchou.cli.options import EngineOption, JsonOption, RegionOption, RunOption
from tongchou.cli.whole_file import whole_file
from tongchou.exchange.fhir import write_fhir
from tongchou.exchange.run_tables import run_tables
from tongchou.runs.explain import newest_run
from tongchou.runs.region import open_region
from tongchou.store.engines import open_engine

app = typer.Typer(no_args_is_help=True, help="与其他系统交换数据 / exchange with other systems.")


@app.callback()
def _exchange() -> None:
    """与其他系统交换数据 / exchange with other systems."""


@app.command()
@speaks_errors
def fhir(
    region: RegionOption,
    out: Annotated[
        Path, typer.Option("--out", help="写入的 .ndjson 文件 / file to write.", dir_okay=False, show_default=False)
    ],
    run: RunOption = None,
    engine: EngineOption = "duckdb",
    as_json: JsonOption = False,
) -> None:
    """把一次结算写成 FHIR R4（每行一个资源包） / write a run as FHIR R4, one bundle in a line.

    每例：住院、诊断、手术、费用（Claim）与支付结果（ExplanationOfBenefit）；每次转诊：ServiceRequest。
    Of each case the stay, its claim and what was paid; of each referral a ServiceRequest.

    例 / example:  tongchou exchange fhir --region demo/county --out county.ndjson
    """
    opened = open_region(region)
    with open_engine(engine) as running, whole_file(out) as draft, progress_bar("写出 / writing") as advance:
        written = write_fhir(run_tables(opened, run or newest_run(opened), running), draft, advance)
    if as_json:
        print_json({"ok": True, "out": str(out), "cases": written.cases, "referrals": written.referrals})
    else:
        words = f"病例 / cases {written.cases:,}, 转诊 / referrals {written.referrals:,} → {out}"
        console.print(words, markup=False, soft_wrap=True)
