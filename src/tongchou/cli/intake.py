"""`tongchou intake`: take files in: our own tables, settlement lists and whatever comes with them."""

import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from watchfiles import watch

from tongchou.browse.accuracy import catalogue_of
from tongchou.cli.console import DATA_PROBLEM, console, errors, phase_bar, print_json, speaks_errors, table
from tongchou.cli.options import EngineOption, JsonOption, RegionOption
from tongchou.cli.region import show_report
from tongchou.core.errors import TongchouError
from tongchou.core.money import format_yuan
from tongchou.intake.deliveries.document_file import Sorted, sort_files
from tongchou.intake.deliveries.drop_folder import DropFolder
from tongchou.intake.deliveries.report import DeliveryReport, FieldCount, LateParts, UnmappedCode
from tongchou.intake.deliveries.superseding import Paid
from tongchou.intake.deliveries.taking_deliveries import take_deliveries
from tongchou.intake.deliveries.terms import DeliveryTerms
from tongchou.intake.examples import finding_kinds
from tongchou.intake.readers.reader import readers
from tongchou.intake.taking_in import Progress
from tongchou.runs.delivery_terms import delivery_terms, link_terms
from tongchou.runs.preconditions import standing_runs
from tongchou.runs.region import Region, open_region
from tongchou.statements.html import percent
from tongchou.store.engine import Engine
from tongchou.store.engines import open_engine

_LOOK_MS = 1_000
_RECORD = "watched.jsonl"
_SHOWN_CODES = 20


@speaks_errors
def intake(
    paths: Annotated[list[Path], typer.Argument(help="文件或目录 / files or folders.", show_default=False)],
    region: RegionOption,
    engine: EngineOption = "duckdb",
    jobs: Annotated[int | None, typer.Option(min=1, help="并行的进程数 / workers; all cores by default.")] = None,
    institution: Annotated[
        str | None, typer.Option(help="文书未写明时的机构代码 / whose documents they are, where they do not say.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="假名密钥文件，缺省取环境变量 / key ring; else from the environment.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="医院自有列的对照文件 / mapping of own columns.")] = None,
    file_format: Annotated[
        str | None, typer.Option("--format", help="所有文件的格式，缺省自动识别 / format of all files.")
    ] = None,
    watching: Annotated[
        bool, typer.Option("--watch", help="持续监视目录，收到即入库 / watch the folder, take files as they come.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """把文件校验后入库，有问题的搁置并说明 / check files into the lake; what is faulty is set aside with reasons.

    自有的表以文件名为表名（cases.csv）；结算清单、首页、明细、回执等文书按内容识别。有搁置时退出码为 1。
    Own tables are named by their files; documents are recognised. Exit status 1 if anything was set aside.

    例 / example:  tongchou intake demo/county/landing --region demo/county
    """
    counter = _Counter(open_region(region), institution, keys, mapping, file_format, jobs)
    with open_engine(engine) as running:
        if watching:
            _watch(counter, running, paths, as_json=as_json)
            return
        with phase_bar() as advance:
            report = counter.take(paths, running, advance)
        _show(report, counter.region, running, as_json=as_json)
    if not report.is_clean:
        raise typer.Exit(DATA_PROBLEM)


class _Counter:
    """Where files are handed in, and on what terms."""

    def __init__(
        self,
        region: Region,
        institution: str | None,
        key: Path | None,
        mapping: Path | None,
        file_format: str | None,
        jobs: int | None,
    ) -> None:
        self.region = region
        self._institution = institution
        self._key = key
        self._mapping = mapping
        self._format = file_format
        self._jobs = jobs

    def take(
        self,
        paths: Sequence[Path],
        engine: Engine,
        progress: Progress | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> DeliveryReport:
        """Take files in; keys are asked for only where documents hold identities."""
        found = sort_files(paths, readers(), self._format)
        terms = self._terms(found)
        lake = self.region.lake
        return take_deliveries(
            found,
            lake,
            engine,
            terms,
            jobs=self._jobs,
            progress=progress,
            is_stopped=is_stopped,
            paid=self._paid,
            linking=lambda: link_terms(self.region),
        )

    def _paid(self) -> Paid:
        return Paid(tuple(standing_runs(self.region.lake).values()), date.today())  # noqa: DTZ011  # the local day

    def _terms(self, found: Sorted) -> DeliveryTerms | None:
        if not found.documents and not found.registers:
            return None
        return delivery_terms(self.region, institution_id=self._institution, key=self._key, mapping=self._mapping)


def _show(report: DeliveryReport, region: Region, engine: Engine, *, as_json: bool) -> None:
    if as_json:
        print_json({"ok": report.is_clean, **_as_json(report, region, engine)})
        return
    if report.tables is not None:
        show_report(report.tables, finding_kinds(region.lake, engine, report.tables.batch_id))
    _show_late(report.late)
    if not report.files:
        return
    numbers = ("收到 / in", "入库 / taken", "搁置 / set aside", "重复 / repeated")
    files = table("文书 / documents", "文件 / file", "格式 / format", *numbers, numeric=4)
    for file in report.files:
        files.add_row(file.name, file.reader, *(f"{count:,}" for count in file.count.as_json().values()))
    console.print(files)
    institutions = table("按机构 / by institution", "机构 / institution", *numbers, numeric=4)
    for name, count in report.institutions.items():
        institutions.add_row(name or "-", *(f"{each:,}" for each in count.as_json().values()))
    if report.institutions:
        console.print(institutions)
    _show_fields(report.fields, region)
    _show_unmapped(report.unmapped)
    _show_files(report, region, engine)


def _show_files(report: DeliveryReport, region: Region, engine: Engine) -> None:
    """Print what is to be said of each file, and what was found in it."""
    for file in report.files:
        if file.refusal is not None:
            errors.print(str(file.refusal), style="red", markup=False, highlight=False, soft_wrap=True)
        elif file.is_repeated:
            text = "以前已经入库，没有重复处理 / was taken in before; nothing was done again"
            console.print(f"{file.name}: {text}", markup=False)
        if file.corrected:
            text = f"{file.corrected:,} 份更正或撤回了已入库的文书 / corrected or withdrew documents of the lake"
            console.print(f"{file.name}: {text}", markup=False)
    for batch_id in dict.fromkeys(file.batch_id for file in report.files if file.findings):
        for kind in finding_kinds(region.lake, engine, batch_id):
            console.print(f"[{kind.code}] {kind.table_name} {kind.count:,}，例 / e.g. {kind.source}", markup=False)
            console.print(f"  {kind.what.zh}。办法：{kind.remedy.zh}", markup=False)
            console.print(f"  {kind.what.en}. To mend it: {kind.remedy.en}", markup=False)
    for name, other in report.copies.items():
        console.print(f"{name} = {other}：内容相同，只处理一份 / same content, taken once", markup=False)


def _show_fields(fields: FieldCount, region: Region) -> None:
    """Print what share of the fields that came nothing was found in."""
    if fields.accuracy_e4 is not None:
        asked = percent(catalogue_of(region.folder).scoring.fields_e4.value)
        console.print(
            f"字段准确率、要求 / accuracy of fields, asked for: {percent(fields.accuracy_e4)} / {asked} "
            f"({fields.sound:,} / {fields.counted:,})",
            markup=False,
        )


def _show_late(late: LateParts) -> None:
    """Print what came late for documents that were there, and what waits."""
    if late.taken or late.completed or late.referrals:
        console.print(
            f"后到补全 / completed late: 等待的清单收下 {late.taken:,} lists taken, "
            f"重新形成 {late.completed:,} derived anew, 转诊 {late.referrals:,} referrals",
            markup=False,
        )
    waiting = late.waiting
    if waiting.lists or waiting.replies or waiting.fee_lines:
        console.print(
            f"等待中 / waiting: 清单 {waiting.lists:,} lists, 没有清单的回执 {waiting.replies:,} replies, "
            f"没有清单的明细 {waiting.fee_lines:,} fee lines",
            markup=False,
        )


def _show_unmapped(codes: Sequence[UnmappedCode]) -> None:
    """Print the codes that no code map leads to a known one, those with the most money first."""
    if not codes:
        return
    shown = table(
        "未映射的编码 / unmapped codes",
        "类别 / kind",
        "编码 / code",
        "名称 / name",
        "文书 / documents",
        "涉及费用（元）/ at stake (yuan)",
        numeric=2,
    )
    for each in codes[:_SHOWN_CODES]:
        shown.add_row(
            each.kind, escape(each.code), escape(each.name or ""), f"{each.case_count:,}", format_yuan(each.total_fen)
        )
    console.print(shown)
    if len(codes) > _SHOWN_CODES:
        console.print(
            f"共 {len(codes):,} 个，其余见 --json / {len(codes):,} in all, the others by --json", markup=False
        )


def _as_json(report: DeliveryReport, region: Region, engine: Engine) -> dict[str, Any]:
    """Return a report; where only tables were handed in, that of the tables."""
    if report.files or report.tables is None:
        return report.as_json()
    kinds = finding_kinds(region.lake, engine, report.tables.batch_id)
    return {**report.tables.as_json(), "findings": [asdict(kind) for kind in kinds]}


def _watch(counter: _Counter, engine: Engine, paths: Sequence[Path], *, as_json: bool) -> None:
    """Take files of folders as they come, until told to stop; the batch in hand is finished first."""
    stopped = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda _number, _frame: stopped.set())
    drops = [DropFolder(path, counter.region.folder / _RECORD) for path in paths]
    errors.print("监视中，按 Ctrl-C 结束 / watching; Ctrl-C ends it", style="dim")
    for _changes in watch(
        *paths, stop_event=stopped, rust_timeout=_LOOK_MS, yield_on_timeout=True, raise_interrupt=False
    ):
        for drop in drops:
            ready = drop.ready()
            if ready and not stopped.is_set():
                _take_dropped(counter, engine, drop, ready, stopped, as_json=as_json)
        if stopped.is_set():
            break
    errors.print("已停止 / stopped", style="dim")


def _take_dropped(
    counter: _Counter,
    engine: Engine,
    drop: DropFolder,
    ready: Sequence[Path],
    stopped: threading.Event,
    *,
    as_json: bool,
) -> None:
    """Take files that are whole, and once more those that lacked something before."""
    files = [*ready, *drop.to_try_again()]
    try:
        report = counter.take(files, engine, is_stopped=stopped.is_set)
    except TongchouError as problem:
        if problem.code.startswith("privacy."):
            raise  # without keys no file can be taken, and none is to blame
        _refuse_each(counter, engine, drop, ready, problem, as_json=as_json)
        return
    _show(report, counter.region, engine, as_json=as_json)
    noted = []
    for file in report.files:
        outcome = "refused" if file.refusal else "set_aside" if file.count.set_aside else "taken"
        noted.append((file.path, outcome, file.refusal.as_json() if file.refusal else None))
    noted += [(path, "taken", None) for path in files if path.name in report.copies]
    if report.tables is not None:
        known = {path for path, _, _ in noted}
        outcome = "set_aside" if report.tables.set_aside_count else "taken"
        noted += [(path, outcome, None) for path in files if path not in known and not stopped.is_set()]
    drop.note(noted)


def _refuse_each(
    counter: _Counter,
    engine: Engine,
    drop: DropFolder,
    ready: Sequence[Path],
    problem: TongchouError,
    *,
    as_json: bool,
) -> None:
    """Take files one by one where together they cannot be taken, so that one of them does not keep out the others."""
    if len(ready) == 1:
        # A file that waits for institutions is looked at again when others were taken.
        outcome = "set_aside" if problem.code == "intake.table_needed" else "refused"
        drop.note([(ready[0], outcome, problem.as_json())])
        if as_json:
            print_json({"ok": False, "file": ready[0].name, **problem.as_json()})
        else:
            errors.print(str(problem), style="red", markup=False, highlight=False, soft_wrap=True)
        return
    for path in ready:
        _take_dropped(counter, engine, drop, [path], threading.Event(), as_json=as_json)
