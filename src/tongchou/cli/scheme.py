"""`tongchou scheme`: import, show, check, compare and export grouping schemes."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from tongchou.cli.console import DATA_PROBLEM, console, print_json, progress_bar, speaks_errors, table
from tongchou.cli.options import JsonOption
from tongchou.cli.weights import read_weights
from tongchou.core.money import format_e4
from tongchou.grouping.exchange.case_file import open_cases
from tongchou.grouping.exchange.scheme_workbook_writing import write_template, write_workbook
from tongchou.grouping.exchange.table_import import import_tables
from tongchou.grouping.exchange.workbook_import import import_workbook
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.review.agreement import LEVELS, Agreed, Agreement, compare_schemes
from tongchou.grouping.review.findings import Finding
from tongchou.grouping.review.scheme_check import check_scheme
from tongchou.grouping.review.scheme_search import search_scheme
from tongchou.grouping.schemes.code_set import find_code_set
from tongchou.grouping.schemes.library import find_scheme, find_tables, install_scheme, scheme_folders
from tongchou.grouping.schemes.reading import build_scheme, whole_tables
from tongchou.grouping.schemes.scheme import Scheme
from tongchou.grouping.schemes.tables import MANIFEST, SchemeTables, read_tables

app = typer.Typer(no_args_is_help=True, help="分组方案 / grouping schemes.")

_WORKBOOK = ".xlsx"
_MOST_SHOWN = 40

NameArgument = Annotated[str, typer.Argument(help="方案名或目录 / name or folder.", show_default=False)]
WorkbookOption = Annotated[Path, typer.Option("--out", help="工作簿 / workbook (.xlsx).", show_default=False)]


@app.command("import")
@speaks_errors
def import_(
    path: Annotated[
        Path,
        typer.Argument(help="工作簿（.xlsx）、方案目录或分组表目录 / workbook or folder.", show_default=False),
    ],
    name: Annotated[str, typer.Option("--name", help="方案名 / name of the scheme.", show_default=False)],
    severity: Annotated[
        Path | None,
        typer.Option(help="MCC、CC、排除与手术表目录 / folder of severity lists.", show_default="PATH/../../codes"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """导入分组方案：工作簿或目录 / import a scheme: a workbook or a folder.

    例 / example:  tongchou scheme import chs-drg-1.1.xlsx --name chs-drg-1.1
                   tongchou scheme import data/chs-drg/chs-drg-1.1 --name chs-drg-1.1
    """
    with progress_bar("导入 / importing"):
        scheme = install_scheme(_tables_at(path, severity), name)
    _show(scheme, as_json=as_json)
    if not as_json:
        console.print(f"下一步 / next: tongchou scheme check {name}", markup=False)


@app.command("list")
@speaks_errors
def list_(as_json: JsonOption = False) -> None:
    """列出已有方案 / list the schemes at hand.

    例 / example:  tongchou scheme list
    """
    folders = scheme_folders()
    if as_json:
        print_json({"ok": True, "schemes": {name: str(folder) for name, folder in folders.items()}})
        return
    for name, folder in folders.items():
        console.print(f"{name}  {folder}", markup=False)


@app.command()
@speaks_errors
def show(
    name: NameArgument,
    search: Annotated[
        str | None,
        typer.Option("--search", help="查组名或编码 / groups by name, lists by code.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """显示一个方案，或在其中查找 / show a scheme, or search it.

    例 / example:  tongchou scheme show chs-drg-category
                   tongchou scheme show chs-drg-category --search J18
    """
    if search is None:
        _show(find_scheme(name), as_json=as_json)
    else:
        _show_found(find_scheme(name), search, as_json=as_json)


@app.command()
@speaks_errors
def check(
    name: Annotated[str, typer.Argument(help="方案名、目录或工作簿 / name, folder, workbook.", show_default=False)],
    codes: Annotated[
        str | None, typer.Option("--codes", help="编码集 / code set to look codes up in.", show_default=False)
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option("--weights", help="权重表 CSV：drg,weight / weight table.", dir_okay=False, show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """检查方案的内容：进不去的组、重复的编码等 / check what a scheme says: unreachable groups, codes twice.

    有错误时退出码为 1 / exit status 1 if there are errors.

    例 / example:  tongchou scheme check chs-drg-category
    """
    with progress_bar("检查 / checking"):
        written = import_workbook(Path(name)) if name.lower().endswith(_WORKBOOK) else find_tables(name)
        tables = whole_tables(written, find_tables)
        findings = check_scheme(
            tables,
            build_scheme(tables),
            code_set=find_code_set(codes) if codes else None,
            weights=_weights_of(weights),
        )
    has_errors = any(finding.severity == "error" for finding in findings)
    if as_json:
        print_json({"ok": not has_errors, "findings": [finding.as_json() for finding in findings]})
    else:
        _show_findings(findings)
    if has_errors:
        raise typer.Exit(DATA_PROBLEM)


@app.command()
@speaks_errors
def compare(
    first: Annotated[str, typer.Argument(help="方案甲 / a scheme.", show_default=False)],
    second: Annotated[str, typer.Argument(help="方案乙 / another.", show_default=False)],
    cases: Annotated[
        Path, typer.Option("--cases", help="病例文件（CSV、Parquet）/ file of cases.", show_default=False)
    ],
    as_json: JsonOption = False,
) -> None:
    """比较两个方案对同一批病例的分组 / compare the groups that two schemes give to the same cases.

    例 / example:  tongchou scheme compare chs-drg-1.1 chs-drg-category --cases cases.csv
    """
    groupers = Grouper.find(first), Grouper.find(second)
    with progress_bar("比较 / comparing") as advance:
        agreement = compare_schemes(*groupers, open_cases(cases).batches(advance))
    if as_json:
        print_json({"ok": True, "first": first, "second": second, **_agreement_as_json(agreement)})
    else:
        _show_agreement(agreement, first, second)


@app.command()
@speaks_errors
def export(name: NameArgument, out: WorkbookOption, as_json: JsonOption = False) -> None:
    """把方案写成工作簿，改后可再导入 / write a scheme to a workbook, to be edited and imported again.

    例 / example:  tongchou scheme export chs-drg-category --out category.xlsx
    """
    tables = find_tables(name)
    draft = _draft_of(out)
    try:
        with progress_bar("导出 / exporting"):
            write_workbook(tables, draft)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    _say_written(out, as_json=as_json)


@app.command()
@speaks_errors
def template(
    out: WorkbookOption,
    base: Annotated[
        str, typer.Option("--base", help="所依据的方案 / the scheme that yours changes.", show_default=False)
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """写一个空白方案工作簿，带说明 / write a blank workbook for a scheme, with its manual.

    例 / example:  tongchou scheme template --out our-city.xlsx --base chs-drg-1.1
    """
    draft = _draft_of(out)
    try:
        write_template(draft, base)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    _say_written(out, as_json=as_json)


def _tables_at(path: Path, severity: Path | None) -> SchemeTables:
    if path.suffix.lower() == _WORKBOOK:
        return import_workbook(path)
    if (path / MANIFEST).is_file():
        return read_tables(path)
    return import_tables(path, severity or path.resolve().parent.parent / "codes")


def _weights_of(path: Path | None) -> dict[str, Decimal] | None:
    if path is None:
        return None
    return {drg: Decimal(weight.weight_e4).scaleb(-4) for drg, weight in read_weights(path).items()}


def _draft_of(out: Path) -> Path:
    if out.suffix.lower() != _WORKBOOK:
        raise typer.BadParameter("--out 须以 .xlsx 结尾 / --out ends with .xlsx")
    draft = out.with_name(f".{out.stem}.draft{_WORKBOOK}")
    # A disk that refuses says so here; what writes workbooks would wrap it in an error of its own.
    draft.touch()
    return draft


def _say_written(out: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({"ok": True, "out": str(out)})
    else:
        console.print(f"已写入 / written: {out}", markup=False, soft_wrap=True)


def _show(scheme: Scheme, *, as_json: bool) -> None:
    manifest = scheme.manifest
    counts = {
        "mdc": len(scheme.mdcs),
        "adrg": sum(len(mdc.adrgs) for mdc in scheme.mdcs),
        "drg": sum(len(adrg.drgs) for mdc in scheme.mdcs for adrg in mdc.adrgs),
    }
    if as_json:
        print_json({"ok": True, "name": manifest.name, "fingerprint": scheme.fingerprint, **counts})
        return
    console.print(f"{manifest.name}: {manifest.title}", markup=False)
    console.print(
        f"{manifest.publisher}, {manifest.edition}, {manifest.valid_from}, {scheme.fingerprint[:16]}", markup=False
    )
    shown = table("", "MDC", "名称 / name", "ADRG", "DRG", numeric=2)
    for mdc in scheme.mdcs:
        drgs = sum(len(adrg.drgs) for adrg in mdc.adrgs)
        shown.add_row(escape(mdc.code), escape(str(mdc.name)), str(len(mdc.adrgs)), str(drgs))
    shown.add_row("", "合计 / total", str(counts["adrg"]), str(counts["drg"]))
    console.print(shown)
    if manifest.purpose == "learning":
        console.print(str(manifest.notice), style="yellow", markup=False)


def _show_found(scheme: Scheme, words: str, *, as_json: bool) -> None:
    found = search_scheme(scheme, words)
    if as_json:
        groups = [{"code": group.code, "name": {"zh": group.name.zh, "en": group.name.en}} for group in found.groups]
        lists = [
            {"kind": each.kind, "list": str(each.key), "takes": each.takes, "patterns": each.patterns}
            for each in found.lists
        ]
        print_json({"ok": True, "groups": groups, "lists": lists})
        return
    groups_shown = table(f"组 / groups: {len(found.groups)}", "代码 / code", "名称 / name")
    for group in found.groups[:_MOST_SHOWN]:
        groups_shown.add_row(escape(group.code), escape(str(group.name)))
    console.print(groups_shown)
    lists_shown = table(f"编码列表 / code lists: {len(found.lists)}", "列表 / list", "包含 / takes it", "其中 / of it")
    for each in found.lists[:_MOST_SHOWN]:
        more = " …" if len(each.patterns) > 8 else ""
        cells = f"{each.kind} {each.key}", "✓" if each.takes else "", " ".join(each.patterns[:8]) + more
        lists_shown.add_row(*map(escape, cells))
    console.print(lists_shown)
    hidden = max(len(found.groups) - _MOST_SHOWN, 0) + max(len(found.lists) - _MOST_SHOWN, 0)
    if hidden:
        console.print(f"另有 {hidden:,} 条，见 --json / {hidden:,} more, see --json", markup=False)


def _show_findings(findings: list[Finding]) -> None:
    styles = {"error": "red", "warning": "yellow", "note": "dim"}
    for finding in findings:
        for language in ("zh", "en"):
            console.print(finding.line(language), style=styles[finding.severity], markup=False, soft_wrap=True)
    counts = {severity: sum(finding.severity == severity for finding in findings) for severity in styles}
    console.print(
        f"错误 / errors {counts['error']:,}，警告 / warnings {counts['warning']:,}，提示 / notes {counts['note']:,}",
        markup=False,
    )


def _agreement_as_json(agreement: Agreement) -> dict[str, Any]:
    return {
        "overall": _agreed_as_json(agreement.overall),
        "by_mdc": {mdc: _agreed_as_json(agreed) for mdc, agreed in agreement.by_mdc.items()},
        "disagreements": [
            {
                "first": dict(zip(LEVELS, each.first, strict=True)),
                "second": dict(zip(LEVELS, each.second, strict=True)),
                "cases": each.case_count,
            }
            for each in agreement.disagreements
        ],
    }


def _agreed_as_json(agreed: Agreed) -> dict[str, Any]:
    return {
        "cases": agreed.case_count,
        "agreed": agreed.agreed_counts,
        "share": {level: format_e4(agreed.share_e4(level)) for level in LEVELS},
    }


def _show_agreement(agreement: Agreement, first: str, second: str) -> None:
    title = f"一致率 / agreement: {escape(first)} · {escape(second)}"
    shown = table(title, "MDC", "病例 / cases", "状态 / status", "MDC", "ADRG", "DRG", numeric=5)
    for mdc, agreed in ({"合计 / all": agreement.overall} | agreement.by_mdc).items():
        shares = (format_e4(agreed.share_e4(level)) for level in LEVELS)
        shown.add_row(escape(mdc), f"{agreed.case_count:,}", *shares)
    console.print(shown)
    if agreement.disagreements:
        differing = table("最常见的不一致 / most frequent differences", first, second, "病例 / cases", numeric=1)
        for each in agreement.disagreements:
            cells = (" ".join(each.first[1:]), " ".join(each.second[1:]), f"{each.case_count:,}")
            differing.add_row(*map(escape, cells))
        console.print(differing)
