"""Running the checks over a batch of documents."""

from collections.abc import Sequence
from types import TracebackType

import duckdb
import polars as pl

from tongchou.intake.checks.catalogue import Catalogue
from tongchou.intake.checks.check import Check
from tongchou.intake.checks.compiling import applied, applies_sql, findings_sql
from tongchou.intake.checks.database import open_database, put_documents
from tongchou.intake.checks.problems import sql_problem
from tongchou.intake.checks.reference import Reference
from tongchou.intake.documents.document_batch import DOCUMENT, SEQUENCE
from tongchou.intake.documents.typed_batch import FOUND, TypedBatch

_FOUND = pl.Schema(FOUND)


def check_documents(batch: TypedBatch, reference: Reference, catalogue: Catalogue) -> pl.DataFrame:
    """Return the findings of one batch; for many batches, keep a `Checker`.

    Returns:
        Rows of the schema `FOUND`: those of the conversion whose checks are in force, and those of the checks; by
        document, then in the order of the catalogue, then by row and column.

    Raises:
        TongchouError: `intake.check_sql` if the SQL of a region's check fails on the documents, as by dividing by
            zero; the checks that come with the software do not.
    """
    with Checker(reference, catalogue) as checker:
        return checker.check(batch)


class Checker:
    """Checks batch after batch with the same reference data; each worker keeps one."""

    def __init__(self, reference: Reference, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._received_at = reference.received_at
        self._at_hand = reference.at_hand()
        self._checks = [check for check in catalogue.in_force() if check.place == "sql"]
        self._base = open_database(reference.frames())

    def __enter__(self) -> "Checker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()

    def check(self, batch: TypedBatch, among: frozenset[str] | None = None) -> pl.DataFrame:
        """Return the findings of a batch, as `check_documents` does.

        Args:
            batch: The documents.
            among: The checks that are wanted; all where None.
        """
        checks = [each for each in self._checks if among is None or each.id in among]
        facts = (batch.kind, batch.transaction, self._received_at)
        marks = {applied(each.id): applies_sql(each, self._at_hand, batch.kind) for each in checks}
        put_documents(self._base, batch.documents, batch.frames, facts, marks)
        counts = self._counts(list(marks))
        converted = self._in_force(batch.found)
        found = [converted if among is None else converted.filter(pl.col("check").is_in(sorted(among)))]
        for check, count in zip(checks, counts, strict=True):
            if count:
                found += self._found(check)
        return self._ordered(pl.concat([each.select(list(FOUND)).cast(_FOUND) for each in found]))

    def applicability(self) -> pl.DataFrame:
        """Return for the last batch which checks applied to which documents.

        Returns:
            A row per document in order: `_document`, and a Boolean column per check in force that is made over
            columns, by its id. False where the kind of document or care is not meant, where a document lacks what
            the check looks at, or where reference data are missing: nothing is said against such a document.
        """
        marks = "".join(f', "{applied(each.id)}" as "{each.id}"' for each in self._checks)
        answer = self._base.execute(f'select document as "{DOCUMENT}"{marks} from lists order by document')
        return pl.DataFrame(answer.to_arrow_table())

    def _counts(self, marks: Sequence[str]) -> Sequence[int]:
        """Return how many documents each check applies to."""
        sums = ", ".join(f'count_if("{mark}")' for mark in marks)
        return self._base.execute(f"select {sums} from lists").fetchone() or () if marks else ()

    def _found(self, check: Check) -> list[pl.DataFrame]:
        try:
            answers = [self._base.execute(question).to_arrow_table() for question in findings_sql(check)]
        except duckdb.Error as error:
            # Its words might hold what stands in a document, so only its kind is told.
            raise sql_problem(check.where, check.id, type(error).__name__) from None
        return [pl.DataFrame(answer) for answer in answers if answer.num_rows]

    def _in_force(self, found: pl.DataFrame) -> pl.DataFrame:
        off = [check.id for check in self._catalogue.checks.values() if check.off is not None]
        return found.filter(~pl.col("check").is_in(off))

    def _ordered(self, found: pl.DataFrame) -> pl.DataFrame:
        order = {name: number for number, name in enumerate(self._catalogue.checks)}
        place = pl.col("check").replace_strict(order, default=len(order), return_dtype=pl.Int64)
        return found.sort(DOCUMENT, place, "table", SEQUENCE, "column", "value", "expected", nulls_last=False)
