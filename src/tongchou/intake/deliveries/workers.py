"""Workers that prepare files: processes of their own, ended with the one that started them."""

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, TypeVar

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.intake.deliveries.bundles import Bundle, FirstDocuments
from tongchou.intake.deliveries.document_file import DocumentFile
from tongchou.intake.deliveries.prepared import Prepared
from tongchou.intake.deliveries.preparing import first_documents, prepare
from tongchou.intake.deliveries.terms import DeliveryTerms

_T = TypeVar("_T")
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class _Task:
    bundle: Bundle
    terms: DeliveryTerms
    lake_root: Path
    folder: Path

    def first_documents(self) -> FirstDocuments:
        return first_documents(self.bundle.files[0], self.terms)

    def prepare(self) -> Prepared | None:
        self.folder.mkdir(parents=True, exist_ok=True)
        return prepare(self.bundle, self.terms, self.lake_root, self.folder)


class Workers:
    """Some workers that prepare files of one call; one alone works in this process.

    Args:
        count: How many.
        lake_root: The lake's folder.
        terms: Under what terms.
        folder: Where prepared files are laid.
    """

    def __init__(self, count: int, lake_root: Path, terms: DeliveryTerms, folder: Path) -> None:
        self._count = count
        self._lake_root = lake_root
        self._terms = terms
        self._folder = folder
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "Workers":
        if self._count > 1:
            self._pool = ProcessPoolExecutor(self._count, mp_context=get_context("spawn"), initializer=_end_with_parent)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def first_documents(
        self, files: Sequence[DocumentFile]
    ) -> Iterator[tuple[DocumentFile, FirstDocuments | TongchouError]]:
        """Yield each file with what it begins with, in order, or with why it cannot be read."""
        for bundle, first in self._done([Bundle((file,)) for file in files], _Task.first_documents, _always):
            yield bundle.files[0], first

    def prepared(
        self, bundles: Sequence[Bundle], is_stopped: Callable[[], bool]
    ) -> Iterator[tuple[Bundle, Prepared | TongchouError | None]]:
        """Yield bundles as `prepare` returns them, in order, or with why a file cannot be read; none once stopped."""
        yield from self._done(bundles, _Task.prepare, lambda: not is_stopped())

    def forget(self, bundle: Bundle) -> None:
        """Take away what was prepared of files."""
        shutil.rmtree(self._folder / bundle.digest, ignore_errors=True)

    def _done(
        self, bundles: Sequence[Bundle], work: Callable[[_Task], _T], goes_on: Callable[[], bool]
    ) -> Iterator[tuple[Bundle, _T | TongchouError]]:
        if self._pool is None:
            for bundle in bundles:
                if not goes_on():
                    return
                yield bundle, _tried(work, self._task(bundle))
            return
        waiting = deque(bundles)
        running: deque[tuple[Bundle, Future[Any]]] = deque()
        while waiting or running:
            if not goes_on():
                return
            # A few ahead and no more: what is prepared lies on the disk until it is landed.
            while waiting and len(running) < self._count + _AHEAD:
                bundle = waiting.popleft()
                running.append((bundle, self._pool.submit(_tried, work, self._task(bundle))))
            bundle, future = running.popleft()
            try:
                yield bundle, future.result()
            except BrokenProcessPool as error:
                raise _worker_died(bundle.name) from error

    def _task(self, bundle: Bundle) -> _Task:
        return _Task(bundle, self._terms, self._lake_root, self._folder / bundle.digest)


def _tried(work: Callable[[_Task], _T], task: _Task) -> _T | TongchouError:
    try:
        return work(task)
    except TongchouError as problem:
        return problem


def _always() -> bool:
    return True


def _end_with_parent() -> None:
    """End this worker when the process that started it is gone, killed or not: nobody would take what it prepares."""
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def _worker_died(where: str) -> TongchouError:
    return TongchouError(
        "intake.worker_died",
        what=Text("处理文件的进程意外终止", "a worker that prepares files ended unexpectedly"),
        where=where,
        why=Text("多半是内存不足，被操作系统终止", "most likely memory ran out and the system ended it"),
        remedy=Text(
            "用 --jobs 1 重新运行；已入库的批次不受影响",
            "run it again with --jobs 1; batches that were taken in stand",
        ),
    )
