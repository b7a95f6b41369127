"""`tongchou exchange`: what a region holds, in the formats of others."""

from pathlib import Path
from typing import Annotated

import typer

from tongchou.browse.accuracy import catalogue_of
from tongchou.cli.console import console, print_json, progress_bar, speaks_errors
from tongchou.cli.options import EngineOption, JsonOption, RegionOption, RunOption
from tongchou.cli.whole_file import whole_file
from tongchou.exchange.fhir import write_fhir
from tongchou.exchange.run_tables import run_tables
from tongchou.intake.deliveries.catalogue_checks import CatalogueChecks
from tongchou.intake.writers.feedback_export import export_feedback
from tongchou.runs.explain import newest_run
from tongchou.runs.region import open_region
from tongchou.store.engines import open_engine

app = typer.Typer(no_args_is_help=True, help="与其他系统交换数据 / exchange with other systems.")

_VERSION_LETTERS = 12
"""The checks are called by so many letters of their hash, so that what is sent back says by which it was judged."""


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


@app.command()
@speaks_errors
def feedback(
    region: RegionOption,
    out: Annotated[
        Path, typer.Option("--out", help="写入的 .ndjson 文件 / file to write.", dir_okay=False, show_default=False)
    ],
    institution: Annotated[
        str | None,
        typer.Option(
            help="只写一家机构的清单；缺省为全部 / lists of one institution; all by default.", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """把清单质控结果写成 4104 式的反馈文件，每行一张清单 / write what was found in lists, one a line, as 4104 does.

    入库的和搁置的都在内：结果、错误级别、表、问题；人员处为假名，不含身份信息。
    Lists taken and set aside: result, level, table, finding; persons are pseudonyms, without identity.

    例 / example:  tongchou exchange feedback --region demo/county --institution H00000000001 --out feedback.ndjson
    """
    opened = open_region(region)
    version = CatalogueChecks(catalogue_of(opened.folder)).fingerprint[:_VERSION_LETTERS]
    with whole_file(out) as draft, draft.open("wb") as file:
        count = export_feedback(opened.lake, version, file, institution)
    if as_json:
        print_json({"ok": True, "out": str(out), "lists": count})
    else:
        console.print(f"{count:,} 张清单 / lists → {out}", markup=False, soft_wrap=True)
