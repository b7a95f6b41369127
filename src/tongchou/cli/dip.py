"""`tongchou dip`: build a local DIP catalogue, group by it, compare and export catalogues."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.markup import escape

from tongchou.cli.console import console, print_json, speaks_errors, table
from tongchou.cli.dip_cases import read_lake_cases
from tongchou.cli.options import JsonOption
from tongchou.core.errors import TongchouError
from tongchou.core.explanation import explanation_as_json, explanation_as_text
from tongchou.core.money import format_e4, format_yuan
from tongchou.core.text import Text
from tongchou.grouping.dip.building import build_catalogue
from tongchou.grouping.dip.catalogue import Catalogue
from tongchou.grouping.dip.catalogue_folder import fingerprint, read_catalogue, write_catalogue
from tongchou.grouping.dip.drift import CHANGE_NAMES, Drift
from tongchou.grouping.dip.drift import drift as compare
from tongchou.grouping.dip.explain import explain_dip
from tongchou.grouping.dip.grouper import DipGrouper
from tongchou.grouping.dip.rules_reading import national_rules, read_rules
from tongchou.grouping.dip.watch import watch_hospitals
from tongchou.grouping.dip.workbook import write_workbook
from tongchou.runs.dip_case_files import read_case_files
from tongchou.runs.region import open_region

app = typer.Typer(no_args_is_help=True, help="按病种分值付费 / DIP.")

_MOST_SHOWN = 20

CasesArgument = Annotated[
    list[Path] | None, typer.Argument(help="病例文件（CSV、Parquet）/ files of cases.", show_default=False)
]
LakeOption = Annotated[
    Path | None,
    typer.Option("--region", help="改用统筹区数据湖中的病例 / the cases of a region's lake.", show_default=False),
]


@app.command()
@speaks_errors
def catalogue(
    out: Annotated[Path, typer.Option("--out", help="目录库目录 / the catalogue's folder.", show_default=False)],
    cases: CasesArgument = None,
    region: LakeOption = None,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", help="地方规则文件 / the region's rules file.", show_default="national"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """用近三年病例测算本地病种目录库 / build a local catalogue from the cases of three years.

    例 / example:  tongchou dip catalogue 2023.csv 2024.csv 2025.csv --out catalogue-2026
    """
    chosen = read_rules(rules) if rules is not None else national_rules()
    built = build_catalogue(_cases(cases, region), chosen)
    write_catalogue(built, out)
    if as_json:
        print_json({"ok": True, "out": str(out), **_summary(built)})
        return
    shown = table(str(out), "", "", numeric=1)
    for label, value in _spoken(built):
        shown.add_row(str(label), value)
    console.print(shown)
    console.print(str(chosen.notice), style="yellow", markup=False)


@app.command()
@speaks_errors
def group(
    folder: Annotated[Path, typer.Option("--catalogue", help="目录库目录 / catalogue's folder.", show_default=False)],
    cases: CasesArgument = None,
    region: LakeOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="结果文件 / result file.", show_default=False)] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", help="只解释这一例 / explain this case only.", show_default=False)
    ] = None,
    watch: Annotated[
        Path | None,
        typer.Option("--watch", help="另存各医院的监管线索 / also write each hospital's clues.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """按目录库给病例分组、计分 / group cases by a catalogue, with their points.

    例 / example:  tongchou dip group cases.csv --catalogue catalogue-2026 --out grouped.csv
    """
    grouper = DipGrouper(read_catalogue(folder))
    handed = _cases(cases, region)
    if explain is not None:
        step = explain_dip(grouper, _one(handed, explain))
        if as_json:
            print_json({"ok": True, **explanation_as_json(step)})
        else:
            typer.echo(explanation_as_text(step, "zh"))
            typer.echo(explanation_as_text(step, "en"))
        return
    if out is None:
        raise typer.BadParameter("写明 --out 或 --explain / give --out or --explain")
    grouped = grouper.group(handed)
    clues = watch_hospitals(handed, grouped, grouper.catalogue) if watch is not None else None
    _write(grouped, out)
    if watch is not None and clues is not None:
        _write(clues, watch)
    counts = dict(grouped.group_by(pl.coalesce("kind", "reason").alias("kind")).agg(pl.len()).sort("kind").iter_rows())
    if as_json:
        print_json({"ok": True, "out": str(out), "cases": counts})
        return
    console.print(", ".join(f"{kind} {number:,}" for kind, number in counts.items()) + f" → {out}", markup=False)
    console.print(str(grouper.catalogue.rules.notice), style="yellow", markup=False)


@app.command()
@speaks_errors
def drift(
    old: Annotated[Path, typer.Argument(help="旧目录库 / the older catalogue.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="新目录库 / the newer catalogue.", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", help="全部病种的变化 / all groups' change.")] = None,
    as_json: JsonOption = False,
) -> None:
    """比较两年的目录库：增减的病种、占比与均费的变化 / compare the catalogues of two years.

    例 / example:  tongchou dip drift catalogue-2025 catalogue-2026
    """
    found = compare(read_catalogue(old), read_catalogue(new))
    if out is not None:
        _write(found.rows, out)
    if as_json:
        rows = found.rows.filter(pl.col("change") != "kept").to_dicts()
        print_json({"ok": True, "counts": found.counts, "mean_change_e4": found.mean_change_e4, "groups": rows})
        return
    _show_drift(found)


@app.command()
@speaks_errors
def export(
    folder: Annotated[Path, typer.Argument(help="目录库目录 / the catalogue's folder.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="工作簿 / workbook (.xlsx).", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """把目录库导出为 Excel 工作簿 / export a catalogue as a workbook.

    例 / example:  tongchou dip export catalogue-2026 --out catalogue-2026.xlsx
    """
    read = read_catalogue(folder)
    draft = out.with_name(out.name + ".draft")
    write_workbook(read, draft)
    draft.replace(out)
    if as_json:
        print_json({"ok": True, "out": str(out), "groups": read.groups.height})
    else:
        console.print(f"{read.groups.height:,} 个病种 / groups → {out}", markup=False)


def _cases(paths: Sequence[Path] | None, region: Path | None) -> pl.DataFrame:
    if bool(paths) == (region is not None):
        raise typer.BadParameter("病例文件与 --region 任选其一 / give files of cases or --region, not both")
    return read_lake_cases(open_region(region)) if region is not None else read_case_files(paths or ())


def _one(cases: pl.DataFrame, case_id: str) -> pl.DataFrame:
    found = cases.filter(pl.col("case_id") == case_id) if "case_id" in cases.columns else cases.clear()
    if found.height == 1:
        return found
    raise TongchouError(
        "cli.dip_case",
        what=Text("找不到要解释的病例", "the case to explain is not there"),
        where=case_id,
        why=Text(f"case_id 为 {case_id} 的有 {found.height} 行", f"{found.height} rows have case_id {case_id}"),
        remedy=Text("检查病例号", "check the case number"),
    )


def _write(rows: pl.DataFrame, path: Path) -> None:
    draft = path.with_name(path.name + ".draft")
    if path.suffix == ".parquet":
        rows.write_parquet(draft)
    else:
        rows.write_csv(draft)
    draft.replace(path)


def _summary(built: Catalogue) -> dict[str, object]:
    kinds = dict(built.groups.group_by("kind").agg(pl.len()).iter_rows())
    in_core = built.groups.filter(pl.col("kind") != "mixed").get_column("cases").sum()
    return {
        "fingerprint": fingerprint(built),
        "years": list(built.years),
        "cases": built.case_count,
        "ungrouped": dict(built.ungrouped),
        "core_groups": kinds.get("core", 0),
        "mixed_groups": kinds.get("mixed", 0),
        "cases_in_core_groups": int(in_core),
        "mean_fen": built.mean_fen,
        "open_auxiliaries": int(built.tables["gates"].get_column("is_open").sum()),
    }


def _spoken(built: Catalogue) -> list[tuple[Text, str]]:
    summary = _summary(built)
    return [
        (Text("病例年份", "years"), ", ".join(map(str, built.years))),
        (Text("病例", "cases"), f"{built.case_count:,}"),
        (Text("其中未入组", "of these ungrouped"), f"{sum(built.ungrouped.values()):,}"),
        (Text("核心病种", "core groups"), f"{summary['core_groups']:,}"),
        (Text("核心病种的病例", "cases in core groups"), f"{summary['cases_in_core_groups']:,}"),
        (Text("综合病种", "mixed groups"), f"{summary['mixed_groups']:,}"),
        (Text("启用的辅助目录", "auxiliary catalogues open"), f"{summary['open_auxiliaries']:,}"),
        (Text("全部病例均费（元）", "mean of all cases, yuan"), format_yuan(built.mean_fen)),
        (Text("指纹", "fingerprint"), str(summary["fingerprint"])[:16]),
    ]


def _show_drift(found: Drift) -> None:
    counts = table("目录库漂移 / drift", "", "病种 / groups", numeric=1)
    for change, title in CHANGE_NAMES.items():
        counts.add_row(str(title), f"{found.counts[change]:,}")
    console.print(counts)
    console.print(
        f"占比变动界限 / bound of the share {format_e4(found.bound_e4)}，"
        f"全部病例均费变化 / change of the mean of all cases {_change(found.mean_change_e4)}",
        markup=False,
    )
    cases = pl.coalesce("new_cases", "old_cases")
    rows = found.rows.filter(pl.col("change") != "kept").sort(cases, "group", descending=[True, False])
    if rows.is_empty():
        return
    shown = table(
        "",
        "病种 / group",
        "变化 / change",
        "旧例数 / old",
        "新例数 / new",
        "占比变化 / share",
        "均费变化 / mean",
        numeric=4,
    )
    for row in rows.head(_MOST_SHOWN).iter_rows(named=True):
        figures = ("-" if row[name] is None else f"{row[name]:,}" for name in ("old_cases", "new_cases"))
        changes = (_change(row[name]) for name in ("share_change_e4", "mean_change_e4"))
        shown.add_row(escape(row["group"]), str(CHANGE_NAMES[row["change"]]), *figures, *changes)
    console.print(shown)
    if rows.height > _MOST_SHOWN:
        more = rows.height - _MOST_SHOWN
        console.print(f"另有 {more:,} 个，见 --out / {more:,} more, see --out", markup=False)


def _change(change_e4: int | None) -> str:
    return "-" if change_e4 is None else f"{Decimal(change_e4).scaleb(-2):+.2f}%"
