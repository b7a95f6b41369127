"""`tongchou group`: grouping a file of cases, and asking why one of them is in its group."""

from pathlib import Path
from typing import Annotated, Literal

import typer
import yaml

from tongchou.cli.console import DATA_PROBLEM, console, print_json, progress_bar, speaks_errors
from tongchou.cli.options import JsonOption
from tongchou.core.explanation import explanation_as_json, explanation_as_text
from tongchou.core.text import Language
from tongchou.grouping.engine.case_fields import column_of
from tongchou.grouping.exchange.case_file import open_cases
from tongchou.grouping.exchange.result_file import RESULT_KINDS, write_results
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.code_set import find_code_set
from tongchou.grouping.schemes.library import scheme_folder
from tongchou.grouping.schemes.manifest import read_manifest
from tongchou.grouping.schemes.tables import MANIFEST

CasesArgument = Annotated[
    Path, typer.Argument(help="病例文件（CSV、Parquet）/ file of cases (CSV, Parquet).", show_default=False)
]
SchemeOption = Annotated[str, typer.Option("--scheme", help="方案名或目录 / name or folder.", show_default=False)]
LanguageOption = Annotated[
    Literal["zh", "en", "both"], typer.Option("--language", help="解释的语言 / languages of an explanation.")
]


@speaks_errors
def group(
    cases: CasesArgument,
    scheme: SchemeOption,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="结果文件（.csv、.parquet、.arrow）/ result file.", show_default=False),
    ] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", help="只解释这一例 / explain this case only.", show_default=False)
    ] = None,
    codes: Annotated[
        str | None,
        typer.Option("--codes", help="编码集，用于读其他版本的编码 / code set that reads other editions' codes."),
    ] = None,
    language: LanguageOption = "both",
    as_json: JsonOption = False,
) -> None:
    """给病例文件分组，或解释其中一例 / group a file of cases, or explain one of them.

    列 / columns: case_id, sex (1/2), age_years, age_days, birth_weight_g, diagnoses, procedures（| 分隔，主要在前）；
    还可有 / and where the scheme asks: department, los_days, discharge_way, icu_hours …。
    有信息校验不通过的病例时退出码为 1 / exit status 1 if cases are invalid.

    例 / example:  tongchou group cases.csv --scheme chs-drg-category --out grouped.csv
                   tongchou group cases.csv --scheme chs-drg-category --explain 1
    """
    code_set = find_code_set(codes) if codes else None
    if explain is not None:
        step = Grouper.find(scheme, code_set=code_set).explain(open_cases(cases).case(explain))
        if as_json:
            print_json({"ok": True, **explanation_as_json(step)})
            return
        chosen: list[Language] = ["zh", "en"] if language == "both" else [language]
        for each in chosen:
            typer.echo(explanation_as_text(step, each))
        return
    if out is None:
        raise typer.BadParameter("写明 --out 或 --explain / give --out or --explain")
    if out.suffix.lower() not in RESULT_KINDS:
        raise typer.BadParameter(f"--out 须以其一结尾 / --out ends with one of: {', '.join(RESULT_KINDS)}")
    if cases.exists() and out.exists() and out.samefile(cases):
        raise typer.BadParameter("--out 不能是病例文件本身 / --out is the file of cases itself")
    grouper = Grouper.find(scheme, code_set=code_set)
    opened = open_cases(cases, [column_of(field) for field in grouper.compiled.fields])
    with progress_bar("分组 / grouping") as advance:
        results = grouper.stream(opened.batches(advance))
        counts = write_results(results, grouper.batches.result_schema, out)
    if as_json:
        print_json({"ok": not counts.get("invalid"), "out": str(out), "status": counts})
    else:
        said = ", ".join(f"{status} {number:,}" for status, number in counts.items())
        console.print(f"{said} → {out}", markup=False)
        show_notice(scheme)
    if counts.get("invalid"):
        raise typer.Exit(DATA_PROBLEM)


def show_notice(scheme: str) -> None:
    """Print the notice of a scheme that is for learning only."""
    # Only the manifest is read: a kept national scheme groups without its tables being read.
    manifest = read_manifest(yaml.safe_load((scheme_folder(scheme) / MANIFEST).read_text("utf-8-sig")))
    if manifest.purpose == "learning":
        console.print(str(manifest.notice), style="yellow", markup=False)
