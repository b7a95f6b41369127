"""The door of the grouping room: a scheme that groups single cases, batches and streams of batches, and says why."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tongchou.core.explanation import Step
from tongchou.grouping.engine.case_fields import CASE_COLUMNS, FURTHER_COLUMNS, column_of
from tongchou.grouping.engine.compiled import CompiledScheme, compile_scheme
from tongchou.grouping.engine.compiled_store import keep_compiled, load_compiled, place_of
from tongchou.grouping.engine.one_case import OneCaseGrouper
from tongchou.grouping.engine.places import Grouped
from tongchou.grouping.reasons.explain import Explainer
from tongchou.grouping.schemes.code_set import CodeSet
from tongchou.grouping.schemes.library import find_scheme
from tongchou.grouping.schemes.scheme import Scheme

if TYPE_CHECKING:
    from tongchou.grouping.engine.batch_grouper import BatchGrouper


TABLE_CHUNK_ROWS = 262_144
"""Cases of a table that one thread takes at once."""


class Grouper:
    """A scheme made ready to group. Same case, same scheme, same result, by every door and on every engine.

    Args:
        scheme: The scheme, as `library.find_scheme` returns it, or what returns it when it is needed.
        compiled: Its compiled form, if it is at hand.
        code_set: By whose maps codes of other editions are read; without it they are taken as they are written.

    Example:
        >>> grouper = Grouper.find("chs-drg-category")
        >>> case = {"sex": "female", "age_years": 61, "diagnoses": ["I21.401", "I10.x05"], "procedures": []}
        >>> grouper.group_one(case).drg
        'FR25'
    """

    def __init__(
        self,
        scheme: Scheme | Callable[[], Scheme],
        compiled: CompiledScheme | None = None,
        *,
        code_set: CodeSet | None = None,
    ) -> None:
        self._scheme = scheme
        compiled = compiled or compile_scheme(self.scheme)
        self.compiled = compiled if code_set is None else compiled.translating(code_set)
        self._one = OneCaseGrouper(self.compiled)

    @classmethod
    def find(cls, name: str, *, code_set: CodeSet | None = None) -> "Grouper":
        """Return the grouper of a scheme by its name, or by the path of its folder; quick from the second time on.

        Raises:
            TongchouError: `grouping.no_scheme` if there is none.
            Problems: What is wrong with the scheme's tables.
        """
        kept = load_compiled(name)
        if kept is not None:
            return cls(lambda: find_scheme(name), kept, code_set=code_set)
        place = place_of(name)
        scheme = find_scheme(name)
        compiled = compile_scheme(scheme)
        keep_compiled(name, compiled, place)
        return cls(scheme, compiled, code_set=code_set)

    @property
    def scheme(self) -> Scheme:
        """The scheme; read when it is first asked for, if its compiled form was at hand."""
        if callable(self._scheme):
            self._scheme = self._scheme()
        return self._scheme

    def group_one(self, case: Mapping[str, Any]) -> Grouped:
        """Return the group of one case (`case_fields`); never an error, whatever the case holds."""
        return self._one.group(case)

    def learn(self, diagnoses: Sequence[str], procedures: Sequence[str]) -> None:
        """Work out what codes mean before single cases with them come; their results are the same without it."""
        self._one.learn(diagnoses, procedures)

    def knows(self, case: Mapping[str, Any]) -> bool:
        """Return whether every code of a case was met before, so that `group_one` answers at once."""
        return self._one.knows(case)

    def explain(self, case: Mapping[str, Any]) -> Step:
        """Return why a case is in its group."""
        return self._explainer.explain(case)

    def group(self, cases: pa.RecordBatch | pa.Table) -> pa.RecordBatch | pa.Table:
        """Return the results of cases (`batch_grouper.RESULT_SCHEMA`), row for row.

        A batch is grouped on this thread and gives a batch, a table on all processors and gives a table.

        Raises:
            TongchouError: `grouping.case_column` if a column is missing or codes are not lists of text.
        """
        if isinstance(cases, pa.Table):
            results = list(self.stream(cases.to_batches(max_chunksize=TABLE_CHUNK_ROWS)))
            return pa.Table.from_batches(results, self.batches.result_schema)
        return self.batches.group(cases)

    def stream(self, batches: Iterable[pa.RecordBatch], workers: int | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the results of batches in their order, several batches at a time.

        Args:
            batches: The cases; taken one by one, a few ahead of the results.
            workers: How many batches are grouped at once; by default as many as there are processors.

        Raises:
            TongchouError: As `group`.
        """
        count = workers or _processors()
        grouper = self.batches
        with ThreadPoolExecutor(count, thread_name_prefix="grouping") as pool:
            waiting: deque[Future[pa.RecordBatch]] = deque()
            try:
                for batch in batches:
                    waiting.append(pool.submit(grouper.group, batch))
                    if len(waiting) > count:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for each in waiting:
                    each.cancel()

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer(self.scheme, self.compiled)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a case that the scheme reads, `case_id` first."""
        asked = {column_of(field) for field in self.compiled.fields}
        return (*CASE_COLUMNS, *(name for name in FURTHER_COLUMNS if name in asked))

    @cached_property
    def batches(self) -> "BatchGrouper":
        """What groups batches: it can be sent to other processes."""
        # numba takes a moment to load: who groups single cases does not wait for it.
        from tongchou.grouping.engine.batch_grouper import BatchGrouper  # noqa: PLC0415

        return BatchGrouper(self.compiled)


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
