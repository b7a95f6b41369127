"""Data quality: files handed in, what became of them, what was found, and the report that goes back."""

from collections.abc import Mapping

from nicegui import ui

from tongchou.access.decision import decide
from tongchou.browse.accuracy import AccuracyLine, Threshold, summed
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.states import UPLOAD_STATE
from tongchou.web import charts, states, tables
from tongchou.web.frame import Page, PageView
from tongchou.web.pages.groups import WORK
from tongchou.web.pages.quality_findings import findings_by_kind, findings_one_by_one, here
from tongchou.web.tiles import figure_tile
from tongchou.web.upload_area import upload_area
from tongchou.workplace import uploading
from tongchou.workplace.quality_reading import READ, Quality, batches_of, quality_of
from tongchou.workplace.quality_reporting import quality_report_of

_RECENT = 6


async def _build(view: PageView) -> None:
    waiting = states.loading(view.shown)
    institution, batch = view.query.get("institution") or None, view.query.get("batch") or None
    quality = await view.ask(quality_of, institution, None, batch)
    waiting.delete()
    _chooser(view, quality, institution)
    total = summed(quality.lines, quality.threshold)
    if batch is None:
        _tiles(view, total, quality.threshold)
        await _uploads(view, quality.names)
        if quality.lines:
            _accuracy(view, quality)
    await _batches(view, quality.names, institution, batch)
    findings_by_kind(view, quality)
    if view.query.get("code") or batch:
        await findings_one_by_one(view, institution, view.query.get("code") or None, batch)


def _chooser(view: PageView, quality: Quality, institution: str | None) -> None:
    with ui.element("div").classes("bar"):
        known = {line.institution_id for line in quality.lines} | ({institution} if institution else set())
        options = {"": view.say("全部可见机构", "all that you see")}
        options |= {key: view.shown.say(name) for key, name in quality.names.items() if key in known}
        ui.select(
            options,
            value=institution or "",
            label=view.say("机构", "institution"),
            with_input=True,
            on_change=lambda event: ui.navigate.to(here(view, institution=event.value)),
        ).props("outlined dense options-dense").style("min-width: 280px")
        if view.query.get("batch"):
            said = view.query["batch"][:12]
            ui.label(view.say(f"批次 {said}", f"batch {said}")).classes("is-muted")
        if view.query.get("batch") or view.query.get("code"):
            ui.link(view.say("返回全部", "back to all"), here(view, batch=None, code=None))
        ui.element("div").classes("grow")
        own = institution or (next(iter(known)) if len(known) == 1 else None)
        if own and decide(view.subject, READ, view.place.whose(own), "clinical").outcome == "allowed":
            _report(view, own)


def _report(view: PageView, institution: str) -> None:
    async def send(kind: str) -> None:
        try:
            content = await view.ask(quality_report_of, institution, kind)
        except TongchouError as error:
            states.notify(view.shown, error)
            return
        ui.download.content(content, f"quality-{institution}.{kind}")

    for kind, words in (
        ("xlsx", Text("反馈报告 Excel", "Report, Excel")),
        ("html", Text("反馈报告网页", "Report, page")),
    ):
        button = ui.button(view.shown.say(words), icon="download", on_click=lambda kind=kind: send(kind))
        button.props("outline dense no-caps")


def _asked(view: PageView, threshold_e4: int, *, is_met: bool) -> str:
    asked = f"{threshold_e4 / 100:.2f}%"
    met = view.say("已达标", "reached") if is_met else view.say("未达标", "not reached")
    return view.say(f"要求 {asked}，", f"asked for {asked}: ") + met


def _tiles(view: PageView, total: AccuracyLine, threshold: Threshold) -> None:
    met = _asked(view, threshold.records_e4, is_met=total.is_met)
    corrected = view.say(f"其中已更正 {total.corrected:,}", f"corrected since: {total.corrected:,}")
    with ui.element("div").classes("tiles"):
        _tile(
            view, Text("报送记录", "records handed in"), f"{total.records:,}", view.say("清单与病例", "lists and cases")
        )
        _tile(view, Text("入库", "taken in"), f"{total.taken:,}")
        _tile(view, Text("搁置", "set aside"), f"{total.set_aside:,}", corrected, is_bad=total.set_aside > 0)
        records = Text("记录准确率", "accuracy of records")
        _tile(view, records, f"{total.accuracy_e4 / 100:.2f}%", met, is_bad=not total.is_met)
        if total.fields_e4 is not None:
            is_met = bool(total.fields_met)
            fields = Text("字段准确率", "accuracy of fields")
            note = _asked(view, threshold.fields_e4, is_met=is_met)
            _tile(view, fields, f"{total.fields_e4 / 100:.2f}%", note, is_bad=not is_met)
        points = total.points_e2
        _tile(
            view, Text("平均分", "mean points"), f"{points // 100}.{points % 100:02d}", view.say("满分 100", "of 100")
        )


def _tile(view: PageView, name: Text, value: str, note: str = "", *, is_bad: bool = False) -> None:
    figure_tile(view.shown.say(name), value, note, tone="is-loss" if is_bad else "")


async def _uploads(view: PageView, names: Mapping[str, Text]) -> None:
    """Show where files are handed in, and the newest that were, to whoever may."""
    try:
        places = await view.ask(uploading.may_upload_for)
    except TongchouError:
        return
    with ui.element("section").classes("panel"):
        ui.html(f"<h2>{view.say('上传数据', 'Hand in data')}</h2>", sanitize=False)
        upload_area(view, {key: names.get(key, name) for key, name in places.items()})
        for upload in (await view.ask(uploading.uploads_of))[:_RECENT]:
            with ui.element("div").classes("bar").style("border-top: 1px solid var(--rule); padding-top: 6px"):
                ui.label(upload.file_name).style("min-width: 220px; overflow-wrap: anywhere")
                ui.label(view.shown.say(UPLOAD_STATE[upload.state])).style("font-weight: 600")
                moment = upload.changed_at.astimezone().strftime("%Y-%m-%d %H:%M")
                ui.label(f"{moment} · {_name_of(view, names, upload.institution_id)}").classes("is-muted")
                if upload.problem:
                    ui.label(states.kept_error(view.shown, upload.problem)).classes("is-loss-text")
                if upload.batch_id:
                    ui.link(view.say("查看结果", "see the result"), f"/quality?batch={upload.batch_id}")


def _accuracy(view: PageView, quality: Quality) -> None:
    shown = view.shown
    months = sorted({line.month for line in quality.lines if line.month})
    by_month = [[line for line in quality.lines if line.month == month] for month in months]
    with ui.element("section").classes("panel"):
        charts.counts_over_months(
            months,
            [
                charts.Line(
                    Text("入库", "taken in"), [sum(line.taken for line in each) for each in by_month], stack="r"
                ),
                charts.Line(
                    Text("搁置", "set aside"), [sum(line.set_aside for line in each) for each in by_month], stack="r"
                ),
            ],
            shown,
            name=Text("各月报送记录", "Records by month of discharge"),
            unit=Text("份", "records"),
        )
    yes, no, unknown = Text("达标", "met"), Text("未达标", "below"), Text("不明", "unknown")
    with ui.element("section").classes("panel"):
        ui.html(f"<h2>{view.say('各机构各月准确率', 'Accuracy by institution and month')}</h2>", sanitize=False)
        tables.table(
            [
                tables.Column("name", Text("机构", "institution"), width=210),
                tables.Column("month", Text("月份", "month"), width=100),
                tables.Column("records", Text("报送", "handed in"), "count"),
                tables.Column("taken", Text("入库", "taken in"), "count"),
                tables.Column("set_aside", Text("搁置", "set aside"), "count"),
                tables.Column("corrected", Text("已更正", "corrected"), "count"),
                tables.Column("accuracy", Text("记录准确率", "accuracy of records"), "percent"),
                tables.Column("met", Text("记录达标", "records met"), width=110),
                tables.Column("fields_accuracy", Text("字段准确率", "accuracy of fields"), "percent"),
                tables.Column("fields_met", Text("字段达标", "fields met"), width=110),
                tables.Column("points", Text("得分率", "share of points"), "percent"),
            ],
            [
                {
                    "id": line.institution_id,
                    "name": shown.say(quality.names.get(line.institution_id, unknown)),
                    "month": line.month or shown.say(unknown),
                    "records": line.records,
                    "taken": line.taken,
                    "set_aside": line.set_aside,
                    "corrected": line.corrected,
                    "accuracy": line.accuracy_e4,
                    "met": shown.say(yes if line.is_met else no),
                    "fields_accuracy": line.fields_e4,
                    "fields_met": "" if line.fields_met is None else shown.say(yes if line.fields_met else no),
                    "points": line.points_e2,
                }
                for line in sorted(quality.lines, key=lambda line: (line.is_met, line.accuracy_e4, line.institution_id))
            ],
            shown,
            name=Text("各机构各月准确率", "accuracy by institution and month"),
            on_row=lambda row: ui.navigate.to(here(view, institution=row["id"])),
        )


async def _batches(view: PageView, names: Mapping[str, Text], institution: str | None, batch: str | None) -> None:
    try:
        batches = await view.ask(batches_of, institution)
    except TongchouError:
        return
    rows = [each for each in batches if batch is None or each.batch_id == batch]
    with ui.element("section").classes("panel"):
        ui.html(f"<h2>{view.say('入库批次', 'Batches')}</h2>", sanitize=False)
        if not rows:
            nothing = Text("还没有批次，上传并入库后在此显示", "none yet: they are shown here once files are taken in")
            ui.label(view.shown.say(nothing)).classes("is-muted")
            return
        tables.table(
            [
                tables.Column("sequence", Text("序号", "number"), "count"),
                tables.Column("short", Text("批次", "batch"), width=150),
                tables.Column("institution", Text("报送机构", "sent by"), width=150),
                tables.Column("received", Text("收到", "handed in"), "count"),
                tables.Column("taken", Text("入库", "taken in"), "count"),
                tables.Column("set_aside", Text("搁置", "set aside"), "count"),
                tables.Column("repeated", Text("重复", "repeated"), "count"),
                tables.Column("repaired", Text("修正", "repaired"), "count"),
                tables.Column("findings", Text("问题", "findings"), "count"),
                tables.Column("fields_accuracy", Text("字段准确率", "accuracy of fields"), "percent"),
            ],
            [
                {
                    "id": each.batch_id,
                    "short": each.batch_id[:12],
                    "institution": _name_of(view, names, each.institution_id),
                    "fields_accuracy": each.fields_e4,
                    **{
                        name: getattr(each, name)
                        for name in ("sequence", "received", "taken", "set_aside", "repeated", "repaired", "findings")
                    },
                }
                for each in rows
            ],
            view.shown,
            name=Text("入库批次", "batches"),
            on_row=lambda row: ui.navigate.to(here(view, batch=row["id"])),
        )


def _name_of(view: PageView, names: Mapping[str, Text], institution_id: str | None) -> str:
    """Return who handed something in; what nobody's name stands on is the whole region's."""
    if not institution_id:
        return view.say("全区", "the region")
    return view.shown.say(names[institution_id]) if institution_id in names else institution_id


QUALITY = Page("/quality", Text("数据质量", "Data quality"), WORK, "fact_check", READ, "aggregate", _build)
"""Uploads and data quality."""
