"""Taking files in: from what was handed in to the lake, in one batch, with nothing lost."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.intake import refusals
from tongchou.intake.case_checks import CASE_TABLES, check_cases
from tongchou.intake.checked_batch import land_findings, taken_repaired_count, taken_rows, write_findings
from tongchou.intake.files import open_files
from tongchou.intake.raw import TableFile
from tongchou.intake.relation_checks import check_relations
from tongchou.intake.report import IntakeReport, TableCount
from tongchou.intake.resubmission import Resubmission
from tongchou.intake.staging import Staged, stage
from tongchou.intake.superseded_rows import supersede_rows
from tongchou.intake.workbench import Workbench
from tongchou.schema.contract import Table
from tongchou.schema.tables import CASES, INPUT_TABLES, INSTITUTIONS
from tongchou.store.engine import Engine
from tongchou.store.lake import Batch, Lake

Progress = Callable[[Text, int, int], None]
"""Told what is being done, how much of it is done, and how much there is in all (rows, or tables)."""

_READING = Text("读取与检查", "reading and checking")
_RELATING = Text("核对表间关系", "checking across tables")
_WRITING = Text("入库", "writing to the lake")


def take_in(paths: Sequence[Path], lake: Lake, engine: Engine, progress: Progress | None = None) -> IntakeReport:
    """Take files into the lake as one batch.

    Every row is either taken or set aside with findings that say why and what to do; a settlement list is taken
    whole or not at all. Which rows are taken does not depend on their order. A row that comes again with other content
    corrects the former, which is kept in the history, where its table allows that. The same files again are
    recognised, whatever they are called, and nothing is done.

    Args:
        paths: CSV and Parquet files, or folders of them. A file's name up to its first `-` or `.` names its table.
        lake: Where the rows go.
        engine: Runs the checks across tables.
        progress: Told how far the work has come.

    Raises:
        Problems: Everything that is wrong with any file as a whole; nothing has been written then.
            `intake.table_needed` if there are cases and no institutions were ever handed in.
    """
    files = open_files(paths)
    batch_id = hash_text("intake", *sorted(f"{file.table.name}:{file.digest}" for file in files))
    repeated = IntakeReport(batch_id, is_repeated=True, tables=(), notices=(_repeated(files),), findings={})
    if lake.has_batch(batch_id):
        return repeated
    _require_institutions(files, lake)
    tell = progress or _in_silence
    try:
        with lake.batch(batch_id, "intake") as batch, _scratch(lake) as folder:
            staged = _stage(files, folder, tell)
            bench = Workbench(engine, lake, staged, folder)
            notices = [notice for file in files for notice in file.notices]
            resubmission = Resubmission(lake, lake.snapshot())
            notices += relate(bench, tell, resubmission)
            return _write(batch, bench, resubmission, folder, notices, tell)
    except TongchouError as problem:
        # Somebody took in the same files in the moment between.
        if problem.code != "store.batch_exists":
            raise
        return repeated


def _in_silence(_step: Text, _done: int, _total: int) -> None:
    """Nobody asked how far the work has come."""


def _repeated(files: Sequence[TableFile]) -> Text:
    names = [file.name for file in files]
    return Text(
        f"这批文件已经入库，无需重复交入：{'、'.join(names)}",
        f"these files are in the lake already, nothing was done: {', '.join(names)}",
    )


def _require_institutions(files: Sequence[TableFile], lake: Lake) -> None:
    tables = {file.table.name for file in files}
    if CASES.name not in tables or INSTITUTIONS.name in tables or INSTITUTIONS.name in lake.snapshot().versions:
        return
    raise Problems([refusals.table_needed(file.name, INSTITUTIONS) for file in files if file.table is CASES])


@contextmanager
def _scratch(lake: Lake) -> Iterator[Path]:
    """Give a folder beside the lake, where every worker of an engine reaches it, and take it away again.

    Only the holder of the lake's lock comes here, so what is found there was left by an intake that was killed.
    """
    scratch = lake.root.parent / f".{lake.root.name}-intake"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        # No path is ever used twice: DuckDB keeps the statistics of a file that is written anew within a second at
        # the same size, and by them leaves out rows of the new one.
        yield Path(tempfile.mkdtemp(dir=scratch))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _stage(files: Sequence[TableFile], folder: Path, tell: Progress) -> dict[str, Staged]:
    staged: dict[str, Staged] = {}
    problems: list[TongchouError] = []
    total = sum(file.row_count for file in files)
    done = 0

    def tick(rows: int) -> None:
        nonlocal done
        done += rows
        tell(_READING, min(done, total), total)

    for table in _tables_of(files):
        try:
            staged[table.name] = stage(table, files, folder, tick)
        except TongchouError as problem:
            problems.append(problem)
    if problems:
        raise Problems(problems)
    return staged


def _tables_of(files: Sequence[TableFile]) -> list[Table]:
    names = {file.table.name for file in files}
    return [table for table in INPUT_TABLES if table.name in names]


def relate(bench: Workbench, tell: Progress, resubmission: Resubmission | None = None) -> list[Text]:
    """Check keys, references and cases of staged rows, each table after those that it refers to.

    Args:
        bench: What is worked on.
        tell: Told how far the work has come.
        resubmission: As `check_relations` takes it.
    """
    notices: list[Text] = []
    tables = [table for table in INPUT_TABLES if bench.is_in_batch(table)]
    for done, table in enumerate(tables):
        tell(_RELATING, done, len(tables))
        notices += check_relations(bench, table, resubmission)
        if table in CASE_TABLES and not any(later in CASE_TABLES for later in tables[done + 1 :]):
            notices += check_cases(bench)
    tell(_RELATING, len(tables), len(tables))
    return notices


def _write(
    batch: Batch, bench: Workbench, resubmission: Resubmission, folder: Path, notices: list[Text], tell: Progress
) -> IntakeReport:
    counts: list[TableCount] = []
    landed: list[Path] = []
    corrected = supersede_rows(batch, bench, resubmission)
    for done, staged in enumerate(bench.staged.values()):
        tell(_WRITING, done, len(bench.staged))
        set_aside = bench.set_aside(staged.table)
        taken = batch.write(staged.table, taken_rows(staged, set_aside))
        set_aside_count = staged.set_aside_count + len(set_aside)
        if staged.row_count != taken + set_aside_count:
            raise refusals.rows_lost(staged.table.name, staged.row_count, taken, set_aside_count)
        repaired_count = taken_repaired_count(bench, staged.table) if staged.repaired_count else 0
        landed.append(staged.findings_file)
        if len(set_aside) or repaired_count:
            landed.append(folder / f"{staged.table.name}-relations.parquet")
            land_findings(bench, staged.table, repaired_count, landed[-1])
        counts.append(TableCount(staged.table.name, staged.row_count, taken, set_aside_count, repaired_count))
    codes: Counter[str] = Counter()
    for file in landed:
        codes.update(pq.read_table(file, columns=["code"])["code"].to_pylist())
    if codes:
        write_findings(batch, landed)
    tell(_WRITING, len(bench.staged), len(bench.staged))
    return IntakeReport(
        batch.batch_id,
        is_repeated=False,
        tables=tuple(counts),
        notices=tuple(notices),
        findings=dict(codes),
        corrected=corrected,
    )
