"""`tongchou intake report`: the quality report that goes back to a hospital."""

from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from tongchou.browse.handed_in import handed_in
from tongchou.browse.quality_report import PAGE, WORKBOOK, quality_report, render_quality_page, write_quality_workbook
from tongchou.cli.console import console, print_json, speaks_errors
from tongchou.cli.options import JsonOption, RegionOption
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records import uploads
from tongchou.records.database import open_records, records_url
from tongchou.runs.region import Region, open_region
from tongchou.schema.tables import INSTITUTIONS
from tongchou.statements.html import percent


@speaks_errors
def report(
    region: RegionOption,
    institution: Annotated[str, typer.Option(help="机构代码 / institution.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="结果目录 / folder for the report.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """向一家机构反馈数据质量：网页和 Excel / tell an institution of its data's quality: a page and a workbook.

    不含姓名、证件号和假名 / without names, numbers of persons, or pseudonyms.

    例 / example:  tongchou intake report --region demo/county --institution H00000000001 --out report
    """
    opened = open_region(region)
    facts = handed_in(opened.lake).sent_by(_senders(opened))
    made = quality_report(opened, facts, institution, _name(opened, institution), date.today())  # noqa: DTZ011  # local
    out.mkdir(parents=True, exist_ok=True)
    page, book = (out / f"quality-{institution}.{suffix}" for suffix in (PAGE, WORKBOOK))
    page.write_text(render_quality_page(made), encoding="utf-8")
    write_quality_workbook(made, book)
    total = made.total
    if as_json:
        print_json(
            {
                "ok": True,
                "records": total.records,
                "taken": total.taken,
                "set_aside": total.set_aside,
                "findings": len(made.rows),
                "accuracy_e4": total.accuracy_e4,
                "asked_e4": made.threshold.records_e4,
                "fields": total.fields,
                "fields_sound": total.fields_sound,
                "fields_e4": total.fields_e4,
                "fields_asked_e4": made.threshold.fields_e4,
                "files": [str(page), str(book)],
            }
        )
        return
    records = f"{percent(total.accuracy_e4)} / {percent(made.threshold.records_e4)}"
    console.print(f"记录准确率、要求 / accuracy of records, asked for: {records}", markup=False)
    if total.fields_e4 is not None:
        fields = f"{percent(total.fields_e4)} / {percent(made.threshold.fields_e4)}"
        console.print(f"字段准确率、要求 / accuracy of fields, asked for: {fields}", markup=False)
    for file in (page, book):
        console.print(str(file), markup=False, soft_wrap=True)


def _name(region: Region, institution_id: str) -> Text:
    files = region.lake.files(INSTITUTIONS.name, region.lake.snapshot())
    rows = pl.read_parquet(files).filter(pl.col("institution_id") == institution_id).to_dicts() if files else []
    if not rows:
        raise TongchouError(
            "browse.no_institution",
            what=Text("没有这家机构", "there is no such institution"),
            where=institution_id,
            why=Text("机构表里没有这个代码", "the table of institutions does not have this code"),
            remedy=Text("核对机构代码", "look at the code"),
        )
    return Text(rows[-1]["name_zh"], rows[-1]["name_en"] or rows[-1]["name_zh"])


def _senders(region: Region) -> dict[str, str]:
    """Return who sent the batches that came by upload, where the region has records of people's work."""
    if not (region.folder / "records.db").is_file():
        return {}
    records = open_records(records_url(region.folder))
    try:
        with records.reading() as session:
            return uploads.senders(session)
    finally:
        records.close()
