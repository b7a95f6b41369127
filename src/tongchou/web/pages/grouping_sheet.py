"""Many cases: a sheet is uploaded, its columns are mapped, and it is grouped; the result is looked at or taken away."""

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from fastapi.concurrency import run_in_threadpool
from nicegui import events, ui

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.schema.states import GROUPING_STATUS
from tongchou.web import states, tables
from tongchou.web.frame import PageView
from tongchou.web.pages.sheet_kinds import BY_DIP, BY_SCHEME, SheetKind
from tongchou.workplace import case_sheets
from tongchou.workplace.case_sheets import Sheet
from tongchou.workplace.dip_reading import pays_by_dip
from tongchou.workplace.dip_sheets import GroupedSheet

_SHOWN = 1_000
_LISTS = {
    "diagnoses": Text("诊断（主要诊断在前，可多列）", "diagnoses (principal first, several columns)"),
    "procedures": Text("手术操作（可多列）", "procedures (several columns)"),
}


async def sheet_of_cases(view: PageView) -> None:
    """Show where a sheet is uploaded, and below it what comes of it."""
    kind = BY_DIP if await view.ask(pays_by_dip) else BY_SCHEME
    _SheetOfCases(view, kind).show()


class _SheetOfCases:
    def __init__(self, view: PageView, kind: SheetKind) -> None:
        self._view = view
        self._kind = kind
        self._done, self._total = 0, 0

    def show(self) -> None:
        view = self._view
        with ui.element("section").classes("panel stack"):
            ui.html(f"<h2>{view.say('上传病例表', 'Upload a sheet of cases')}</h2>", sanitize=False)
            hint = Text(
                "Excel、CSV（UTF-8 或 GBK）、Parquet，首行为列名；只用于分组，不入库",
                "Excel, CSV (UTF-8 or GBK) or Parquet with headings in the first row; grouped only, never kept",
            )
            ui.label(view.shown.say(hint)).classes("is-muted")
            most = view.place.settings.part_bytes
            ui.upload(
                label=view.say(
                    f"选择或拖入文件（至多 {most >> 20} MB）", f"choose or drop a file ({most >> 20} MB at most)"
                ),
                on_upload=self._uploaded,
                on_rejected=lambda: states.remind(
                    view.shown, Text("文件过大或类型不对", "the file is too large or of another type")
                ),
                max_file_size=most,
                auto_upload=True,
            ).props('flat bordered accept=".csv,.txt,.xlsx,.xls,.parquet"').style("width: 100%; max-width: 560px")
        self._mapping = ui.element("div").style("width: 100%")
        self._result = ui.element("div").style("width: 100%")

    async def _uploaded(self, event: events.UploadEventArguments) -> None:
        name, content = event.file.name, await event.file.read()
        self._mapping.clear()
        self._result.clear()
        try:
            sheet = await run_in_threadpool(_read, name, content)
            columns = await run_in_threadpool(case_sheets.propose_columns, sheet)
        except TongchouError as error:
            states.notify(self._view.shown, error)
            return
        with self._mapping:
            self._columns_form(sheet, columns)

    def _columns_form(self, sheet: Sheet, proposed: case_sheets.Columns) -> None:
        view = self._view
        chosen: dict[str, Any] = {}
        with ui.element("section").classes("panel stack"):
            rows = f"{sheet.rows.height:,}"
            title = view.say(f"列的对应：{sheet.name}，{rows} 行", f"Columns of {sheet.name}, {rows} rows")
            ui.label(title).style("font-size: 18px; font-weight: 650")
            with ui.element("div").classes("fields"):
                for name, words in self._kind.asked.items():
                    value = next(iter(proposed.get(name) or ()), None)
                    chosen[name] = ui.select(sheet.header, value=value, label=view.shown.say(words), clearable=True)
                levels = {key: view.shown.say(words) for key, words in self._kind.levels.items()}
                of_all = view.say("医院等级（全部病例）", "hospital's level (all cases)")
                level = ui.select(levels, label=of_all, clearable=True).props("outlined dense options-dense")
                level.set_visibility(bool(levels))
            with ui.element("div").classes("columns"):
                for name, words in _LISTS.items():
                    several = list(proposed.get(name) or ())
                    chosen[name] = ui.select(sheet.header, value=several, label=view.shown.say(words), multiple=True)
                    chosen[name].props("use-chips")
            for field in chosen.values():
                field.props("outlined dense options-dense")
            sample = sheet.rows.head(3)
            with ui.element("div").style("width: 100%; overflow-x: auto"):
                ui.table(
                    columns=[{"name": key, "label": key, "field": key, "align": "left"} for key in sample.columns],
                    rows=sample.to_dicts(),
                ).props("dense flat wrap-cells=false")

            async def group() -> None:
                columns = {name: _listed(field.value) for name, field in chosen.items()}
                await self._group(sheet, columns, level.value)

            ui.button(view.say("开始分组", "Group them"), icon="play_arrow", on_click=group).props("no-caps unelevated")

    async def _group(self, sheet: Sheet, columns: dict[str, list[str]], level: str | None) -> None:
        view = self._view
        self._done, self._total = 0, sheet.rows.height
        self._result.clear()
        with self._result, ui.element("section").classes("panel stack").props('role="status"'):
            bar = ui.linear_progress(0, show_value=False, size="10px")
            bar.props(f'aria-label="{view.say("进度", "progress")}"')
            said = ui.label(view.say("正在分组……", "grouping ..."))

            def refresh() -> None:
                bar.set_value(self._done / max(self._total, 1))
                said.set_text(f"{self._done:,} / {self._total:,}")

            timer = ui.timer(0.3, refresh)
        try:
            found = await self._kind.group(view, sheet, columns, level, self._advance)
        except TongchouError as error:
            self._result.clear()
            states.notify(view.shown, error)
            return
        finally:
            timer.deactivate()
        self._result.clear()
        with self._result:
            self._show(found)

    def _advance(self, done: int, total: int) -> None:
        self._done, self._total = done, total

    def _show(self, grouped: GroupedSheet) -> None:
        view, found = self._view, grouped.rows
        counts = dict(found.get_column("status").value_counts().iter_rows())
        shown = found.head(_SHOWN).with_columns(
            pl.col(column).replace({key: view.shown.say(text) for key, text in words.items()})
            for column, words in self._kind.words.items()
        )
        with ui.element("section").classes("panel stack"):
            with ui.element("div").classes("tiles"):
                for status, words in GROUPING_STATUS.items():
                    count = counts.get(status, 0)
                    is_bad = count > 0 and status != "grouped"
                    with ui.element("div").classes("tile is-loss" if is_bad else "tile"):
                        ui.label(view.shown.say(words)).classes("name")
                        ui.label(f"{count:,}").classes("value")
            for column, cases in grouped.unread.items():
                name = self._kind.asked[column]
                words = Text(
                    f"“{name.zh}”有 {cases:,} 例未能读出，按未知处理",
                    f"{name.en}: {cases:,} cases could not be read and are taken as unknown",
                )
                ui.label(view.shown.say(words)).classes("notice")
            with ui.element("div").classes("bar"):
                if found.height > _SHOWN:
                    more = Text(
                        f"表中为前 {_SHOWN:,} 例，全部见下载",
                        f"the table shows the first {_SHOWN:,}; all are in the download",
                    )
                    ui.label(view.shown.say(more)).classes("is-muted")
                ui.button(
                    view.say("下载全部（CSV）", "Download all (CSV)"),
                    icon="download",
                    on_click=lambda: ui.download.content("\ufeff" + found.write_csv(), "grouped.csv"),
                ).props("no-caps outline")
            tables.table(
                self._kind.columns(view.shown.language),
                shown.to_dicts(),
                view.shown,
                name=Text("分组结果", "groups"),
            )


def _listed(value: Any) -> list[str]:  # noqa: ANN401  # a column, several, or none
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _read(name: str, content: bytes) -> Sheet:
    with tempfile.TemporaryDirectory(prefix="tongchou-sheet-") as folder:
        # Its name says what it is and never where it goes.
        path = Path(folder, f"sheet{Path(name).suffix.lower()[:10]}")
        path.write_bytes(content)
        return case_sheets.read_sheet(path, name)
