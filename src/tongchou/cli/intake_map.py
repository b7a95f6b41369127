"""`tongchou intake map`: which column of a hospital's own table holds which field, proposed, confirmed, remembered."""

import re
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from tongchou.cli.console import console, errors, print_json, speaks_errors, table
from tongchou.cli.options import JsonOption
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.mappings.mapping import MAPPED_KINDS, MappedKind
from tongchou.intake.mappings.mapping_file import IGNORE, mapped_field, read_mapping
from tongchou.intake.mappings.proposal import CERTAIN, ProposedColumn, described, missing_fields, propose
from tongchou.intake.mappings.remembering import fingerprint, mapping_text, remember, remembered, write_whole
from tongchou.intake.rows.own_rows import OwnRows, open_rows
from tongchou.runs.region import open_region

_SAMPLE_ROWS = 1_000


@speaks_errors
def map_file(
    file: Annotated[Path, typer.Argument(help="CSV 或 Excel 文件 / a CSV or Excel file.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", help="对照文件 / where to write the mapping.", show_default=False)
    ] = None,
    region: Annotated[
        Path | None,
        typer.Option(
            "--region", help="记入该统筹区 / remember it in this region.", file_okay=False, show_default=False
        ),
    ] = None,
    sheet: Annotated[str, typer.Option(help="工作表，缺省第一张 / sheet; the first if not given.")] = "",
    header_row: Annotated[int, typer.Option(min=1, max=100, help="表头所在行 / the row of the names.")] = 1,
    document: Annotated[str, typer.Option(help="front_page | settlement_list")] = "front_page",
    name: Annotated[str, typer.Option(help="对照的名称 / its name.", show_default=False)] = "",
    yes: Annotated[bool, typer.Option("--yes", help="照提议写下，不逐列询问 / take the proposal.")] = False,
    as_json: JsonOption = False,
) -> None:
    """为医院自有表格提议“列 → 字段”的对照并写成文件 / propose which column holds which field, and write it down.

    记入统筹区后，表头相同的文件不再询问。 Kept in a region, it is used for every file with the same header.

    例 / example:  tongchou intake map 出院病人.xlsx --region demo/county
    """
    kind = _kind(document)
    if region is not None:
        open_region(region)
    elif out is None:
        out = file.with_suffix(".mapping.yaml")
    rows = open_rows(_existing(file), file.name, sheet, header_row)
    known = remembered(file, region) if region is not None else None
    proposed = propose(rows.header, _samples(rows))
    if not as_json:
        _show(proposed, kind, known)
    if not yes:
        if as_json or not _has_terminal():
            raise _not_confirmed(file)
        proposed = [_confirmed(each) for each in proposed]
    text = mapping_text(name or _name(file, rows.header), kind, sheet, header_row, proposed)
    written = [remember(text, rows.header, region)] if region is not None else []
    if out is not None:
        write_whole(out, text)
        written.append(out)
    for each in written:
        read_mapping(each)
    if as_json:
        print_json({"ok": True, "written": list(map(str, written)), "columns": [_as_json(each) for each in proposed]})
        return
    for each in written:
        console.print(f"已写入 / written: {each}", markup=False, soft_wrap=True)


def _has_terminal() -> bool:
    return sys.stdin.isatty()


def _kind(document: str) -> MappedKind:
    for kind in MAPPED_KINDS:
        if kind == document:
            return kind
    raise typer.BadParameter(" | ".join(MAPPED_KINDS), param_hint="--document")


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise typer.BadParameter(f"找不到文件 / there is no such file: {file}", param_hint="FILE")
    return file


def _samples(rows: OwnRows) -> list[list[str]]:
    first = next(islice(rows.batches(_SAMPLE_ROWS), 1), None)
    if first is None:
        return [[] for _ in rows.header]
    return [first.frame[str(index)].drop_nulls().to_list() for index in range(len(rows.header))]


def _name(file: Path, header: Sequence[str]) -> str:
    stem = re.sub(r"[^a-z0-9_-]+", "-", file.name.split(".")[0].lower()).strip("-_")[:40]
    return stem if stem and stem[0].isalnum() else f"table-{fingerprint(header)[:8]}"


def _show(proposed: Sequence[ProposedColumn], kind: MappedKind, known: Path | None) -> None:
    shown = table(
        "列 → 字段 / column → field", "列 / column", "字段 / field", "样例 / samples", "依据 / why", "%", numeric=1
    )
    for each in proposed:
        field = mapped_field(each.field) if each.field else None
        named = f"{field.title.zh} {each.field}" + (f" @{each.place}" if each.place else "") if field else "—"
        cells = (each.source, named, "  ".join(each.samples), str(each.reason))
        shown.add_row(*map(escape, cells), f"{each.confidence}" if field else "")
    console.print(shown)
    if known is not None:
        console.print(
            f"· 这种表头已有对照，将被替换 / replaces the mapping kept for this header: {known}", markup=False
        )
    for missing in missing_fields(kind, proposed):
        console.print(
            f"· 没有列对应{missing.title.zh} / no column holds: {missing.title.en} ({missing.table}.{missing.column})",
            markup=False,
        )
    for each in proposed:
        if each.unknown_words:
            console.print(
                f"· {each.source}：{len(each.unknown_words)} 种取值没有国家代码，请在 values 中写明 / "
                f"{len(each.unknown_words)} values have no national code: write them under `values`",
                markup=False,
            )


def _confirmed(column: ProposedColumn) -> ProposedColumn:
    """Ask about a column that is not certain; certain ones stand."""
    if column.confidence >= CERTAIN:
        return column
    question = f"{column.source} → 回车接受 / Enter accepts, 表.列 / table.column, - = {IGNORE}"
    while True:
        answer = typer.prompt(question, default=column.field or "-", err=True).strip()
        if answer == column.field:
            return column
        if answer in {"-", IGNORE}:
            return ProposedColumn(column.source, None, "", 100, Text("人工确认", "confirmed by hand"))
        path, _, place = answer.partition("@")
        if mapped_field(path) is not None:
            return described(column.source, path, place, ())
        errors.print(f"没有字段 / no such field: {answer}", markup=False)


def _as_json(column: ProposedColumn) -> dict[str, object]:
    return {
        "column": column.source,
        "field": column.field,
        "place": column.place,
        "confidence": column.confidence,
        "why": {"zh": column.reason.zh, "en": column.reason.en},
        "samples": list(column.samples),
    }


def _not_confirmed(file: Path) -> TongchouError:
    return TongchouError(
        "cli.not_confirmed",
        what=Text("对照未经确认，没有写入", "the mapping was not confirmed, and not written"),
        where=str(file),
        why=Text("没有终端可以逐列询问", "there is no terminal to ask at"),
        remedy=Text("看过提议后加上 --yes", "look at the proposal, then add --yes"),
    )
