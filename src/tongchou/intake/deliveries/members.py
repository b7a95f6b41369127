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
        if len(self.names) == 1:
            return pl.lit(0, pl.Int64)
        return (pl.lit(pl.Series(self.firsts)).search_sorted(pl.col(DOCUMENT), side="right") - 1).cast(pl.Int64)

    def name(self) -> pl.Expr:
        """Return the name of a document's file."""
        if len(self.names) == 1:
            return pl.lit(self.names[0])
        return pl.lit(pl.Series(self.names)).gather(self.place())
