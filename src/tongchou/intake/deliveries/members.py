"""The files whose documents are numbered together, one after the other."""

from dataclasses import dataclass

import polars as pl

from tongchou.intake.documents.document_batch import DOCUMENT


@dataclass(frozen=True, slots=True)
class Members:
    """One or several files.

    Attributes:
        names: How they are called in findings.
        firsts: The number of the first document of each; a file without documents has that of the next.
    """

    names: tuple[str, ...]
    firsts: tuple[int, ...] = (1,)

    def place(self) -> pl.Expr:
        """Return the place of a document's file among them, counted from 0."""
        # Row by row, also of one file: a large frame is filtered in pieces, and each would bring a literal of its own.
        return pl.sum_horizontal((pl.col(DOCUMENT) >= first).cast(pl.Int64) for first in self.firsts) - 1

    def name(self) -> pl.Expr:
        """Return the name of a document's file."""
        return self.place().replace_strict(list(range(len(self.names))), list(self.names), return_dtype=pl.String)
