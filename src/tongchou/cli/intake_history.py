"""`tongchou intake history`: what a document was, what took its place, and what that changed."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from tongchou.cli.console import console, print_json, speaks_errors, table
from tongchou.cli.options import JsonOption, RegionOption
from tongchou.core.errors import TongchouError
from tongchou.core.money import format_yuan
from tongchou.core.text import Text
from tongchou.intake.deliveries.history import Correction, FormerRow, History, history_of
from tongchou.runs.region import open_region
from tongchou.schema.correction_tables import CORRECTION_KIND, ROW_LEFT
from tongchou.schema.list_fields import list_fields


@speaks_errors
def history(
    list_id: Annotated[
        str, typer.Argument(help="文书号、清单号或一行的主键 / document, case or key of a row.", show_default=False)
    ],
    region: RegionOption,
    as_json: JsonOption = False,
) -> None:
    """显示一份文书或一行的历次版本与改动 / show the versions of a document or row and what changed between them.

    例 / example:  tongchou intake history H11010100001-S1 --region demo/county
    """
    found = history_of(open_region(region).lake, list_id)
    if found is None:
        raise _never_taken(list_id)
    if as_json:
        print_json({"ok": True, **_as_json(found)})
        return
    for correction in found.corrections:
        _show(correction)
    _show_rows(found.rows)
    if found.rows and found.standing is None and not found.corrections:
        return
    standing = found.standing
    if standing is None:
        console.print(f"{list_id}：现在没有有效的一份 / none stands now", markup=False)
        return
    text = f"{list_id}：现行 / standing: {standing['transaction']}，批次 / batch {standing['received_batch'][:12]}"
    console.print(text, markup=False)


def _show(correction: Correction) -> None:
    kind = CORRECTION_KIND[correction.kind]
    line = (
        f"{correction.corrected_on} {correction.list_id} 第 / version {correction.version}："
        f"{kind.zh} / {kind.en}，总额 / total {format_yuan(correction.difference_fen)}"
    )
    console.print(line + (f"，{correction.run_id}" if correction.run_id else ""), markup=False)
    if correction.replaced_by is None:
        return
    shown = table("改动 / changes", "表 / table", "序 / row", "项 / column", "旧 / old", "新 / new")
    for change in correction.changes:
        titles = {field.column: field.title for field in list_fields(change["table"])}
        name = change["column"]
        title = titles[name].zh if name in titles else name
        cells = (change["table"], str(change["seq"]), f"{title} {name}", change["old"] or "-", change["new"] or "-")
        shown.add_row(*cells)
    console.print(shown)


def _show_rows(rows: Sequence[FormerRow]) -> None:
    if not rows:
        return
    shown = table("原来的行 / rows before", "表 / table", "主键 / key", "版本 / version", "原因 / reason", "内容 / row")
    for row in rows:
        reason = ROW_LEFT[row.reason]
        content = ", ".join(f"{name}={value}" for name, value in row.row.items() if value is not None)
        shown.add_row(row.table_name, row.row_key, str(row.version), f"{reason.zh} / {reason.en}", content)
    console.print(shown)


def _as_json(found: History) -> dict[str, Any]:
    corrections = [asdict(each) | {"corrected_on": each.corrected_on.isoformat()} for each in found.corrections]
    rows = [asdict(each) for each in found.rows]
    return {"list_id": found.list_id, "standing": found.standing, "corrections": corrections, "rows": rows}


def _never_taken(list_id: str) -> TongchouError:
    return TongchouError(
        "intake.no_document",
        what=Text("库中从未有过这份文书", "no such document was ever taken in"),
        where=list_id,
        why=Text("清单号为“机构-结算号”", "a list is called by its institution and settlement number"),
        remedy=Text("检查文书号；搁置的文书见 findings", "check the name; what was set aside is in findings"),
    )
