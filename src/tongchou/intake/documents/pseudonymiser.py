"""What the intake asks of whoever holds the key: identity out, pseudonyms in."""

from typing import Protocol

import polars as pl


class Pseudonymiser(Protocol):
    """Replaces identity by pseudonyms. It is sent to worker processes, so it must survive pickling."""

    def replace(self, frame: pl.DataFrame, table: str) -> pl.DataFrame:
        """Return rows without any column of grade identity, with the pseudonym columns of the table in their place.

        The same value under the same key gives the same pseudonym in every table; an empty one gives none. A person
        whom the platform's number does not name is named by the number of the identity document.

        Args:
            frame: Rows with the columns of `typed_schema(table)`, in order.
            table: The document table.
        """
