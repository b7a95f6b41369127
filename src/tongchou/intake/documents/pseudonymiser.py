"""What the intake asks of whoever holds the key: identity out, pseudonyms in."""

from typing import Protocol

import polars as pl

PERSON_NUMBERS = ("person_number", "identity_number", "insurance_number")
"""The numbers that name a person, in the order in which they are taken: the platform's own first."""


class Pseudonymiser(Protocol):
    """Replaces identity by pseudonyms. It is sent to worker processes, so it must survive pickling."""

    def replace(self, frame: pl.DataFrame, table: str) -> pl.DataFrame:
        """Return rows without any column of grade identity, with the pseudonym columns of the table in their place.

        The same value under the same key gives the same pseudonym in every table; an empty one gives none.

        Args:
            frame: Rows with the columns of `typed_schema(table)`, in order.
            table: The document table.
        """


def with_person_number(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows whose person is named by the next best number where the platform's own is not given."""
    numbers = [name for name in PERSON_NUMBERS if name in frame.columns]
    if "person_number" not in numbers:
        return frame
    return frame.with_columns(pl.coalesce(numbers).alias("person_number"))
