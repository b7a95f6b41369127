"""What checks look up beside the documents: handed in as frames, so that the intake stands on nothing above it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

REFERENCE_TABLES: Mapping[str, Mapping[str, pl.DataType]] = {
    "institutions": {"institution_id": pl.String(), "valid_from": pl.Date(), "valid_until": pl.Date()},
    "diagnosis_codes": {"code": pl.String(), "name": pl.String()},
    "operation_codes": {"code": pl.String(), "name": pl.String()},
    "items": {"code": pl.String(), "name": pl.String()},
    "outcomes": {"visit_number": pl.String(), "is_death": pl.Boolean()},
    "taken_lists": {"institution_id": pl.String(), "settlement_number": pl.String(), "is_final": pl.Boolean()},
}
"""Columns of each reference table, as its SQL sees them."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Reference data; a check that needs what is None does not apply.

    Attributes:
        received_at: When the documents came in: no time in them may be later.
        institutions: Contracted institutions in their periods; `valid_until` is inclusive, null while it lasts.
        diagnosis_codes: The codes of diagnoses of the edition in force, with their standard names.
        operation_codes: The codes of operations likewise.
        items: Items of the catalogue of charges, by national code, with their names.
        outcomes: Whether a visit ended in death, as the discharge registration (2402) or the front page says.
        taken_lists: Lists taken in before; `is_final` where their status does not allow that they are replaced.
    """

    received_at: datetime | None = None
    institutions: pl.DataFrame | None = None
    diagnosis_codes: pl.DataFrame | None = None
    operation_codes: pl.DataFrame | None = None
    items: pl.DataFrame | None = None
    outcomes: pl.DataFrame | None = None
    taken_lists: pl.DataFrame | None = None

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return the reference tables that there are, with exactly the columns of `REFERENCE_TABLES`."""
        given = {name: getattr(self, name) for name in REFERENCE_TABLES}
        return {
            name: frame.select(pl.col(column).cast(kind) for column, kind in REFERENCE_TABLES[name].items())
            for name, frame in given.items()
            if frame is not None
        }

    def at_hand(self) -> frozenset[str]:
        """Return the names of what is there; `received_at` counts as one."""
        return frozenset(self.frames()) | (frozenset({"received_at"}) if self.received_at else frozenset())
