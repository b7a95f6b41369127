"""`tongchou intake checks`: what every document is checked for."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from tongchou.cli.console import console, print_json, speaks_errors, table
from tongchou.cli.options import JsonOption
from tongchou.core.text import Text
from tongchou.intake.checks import page
from tongchou.intake.checks.catalogue import Catalogue, load_catalogue
from tongchou.intake.checks.check import LEVEL_TITLES, Check


@speaks_errors
def checks(
    packs: Annotated[
        list[Path] | None,
        typer.Option("--pack", help="地区的检查包目录，可多次 / folder of a region's checks.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="输出 Markdown 表 / print a Markdown table.")] = False,
) -> None:
    """列出单据的全部检查 / list every check of documents.

    给出 --pack 时按地区的检查包改动，并先核对检查包本身。
    With --pack, as the region's packs change them; the packs themselves are checked first.

    例 / example:  tongchou intake checks --pack demo/county/checks
    """
    catalogue = load_catalogue(tuple(packs or ()))
    if as_json:
        print_json({"ok": True, "checks": [_json(check) for check in catalogue.checks.values()]})
    elif markdown:
        typer.echo(page.table(catalogue), nl=False)
    else:
        _print(catalogue)


def _print(catalogue: Catalogue) -> None:
    listed = table("检查 / checks", "编号 / id", "检查 / check", "级别 / level", "参数 / parameters")
    for check in catalogue.checks.values():
        level = Text("停用", "off") if check.off else LEVEL_TITLES[check.level]
        parameters = "; ".join(f"{name} = {page.shown(each.value)}" for name, each in check.parameters.items())
        listed.add_row(*map(escape, (check.id, str(check.title), str(level), parameters)))
    console.print(listed)
    off = sum(check.off is not None for check in catalogue.checks.values())
    blocking = len(catalogue.blocking())
    warning = len(catalogue.in_force()) - blocking
    console.print(f"拦截 / block {blocking}, 提示 / warn {warning}, 停用 / off {off}", markup=False)


def _json(check: Check) -> dict[str, object]:
    return {
        "id": check.id,
        "title": _both(check.title),
        "level": check.level,
        "sentence": _both(check.sentence),
        "remedy": _both(check.remedy),
        "harms": check.harms,
        "source": check.source,
        "documents": check.documents,
        "care": check.care,
        "needs": check.needs,
        "table": check.table,
        "columns": check.columns,
        "made_by": check.place,
        "off": _both(check.off) if check.off else None,
        "where": check.where,
        "parameters": {name: {"value": each.value, "source": each.source} for name, each in check.parameters.items()},
    }


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
