"""The report of an intake: what came, what was taken, what was set aside and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongchou.core.text import Text


@dataclass(frozen=True, slots=True)
class TableCount:
    """What became of the rows of one table.

    Attributes:
        table_name: The table.
        row_count: Rows received.
        taken_count: Rows that are in the lake now.
        set_aside_count: Rows that are not, each with findings that say why.
        repaired_count: Rows taken whose writing was repaired.
    """

    table_name: str
    row_count: int
    taken_count: int
    set_aside_count: int
    repaired_count: int


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What one batch brought; the same files against the same lake give the same report.

    Attributes:
        batch_id: Hash of the files' hashes.
        is_repeated: Whether the batch had been taken in before, so that nothing was done.
        tables: A count per table handed in, in the order of the dictionary.
        notices: What a reader should know of files and of checks that could not be made.
        findings: Number of findings by code; a row may have several.
        corrected: Rows that took the place of a former one; a settlement list that came again whole counts once.
    """

    batch_id: str
    is_repeated: bool
    tables: tuple[TableCount, ...]
    notices: tuple[Text, ...]
    findings: Mapping[str, int]
    corrected: int = 0

    @property
    def set_aside_count(self) -> int:
        """Rows set aside in all tables."""
        return sum(table.set_aside_count for table in self.tables)

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON object, notices in both languages."""
        return {
            "batch_id": self.batch_id,
            "is_repeated": self.is_repeated,
            "tables": {
                table.table_name: {
                    "rows": table.row_count,
                    "taken": table.taken_count,
                    "set_aside": table.set_aside_count,
                    "repaired": table.repaired_count,
                }
                for table in self.tables
            },
            "notices": [{"zh": notice.zh, "en": notice.en} for notice in self.notices],
            "findings": dict(sorted(self.findings.items())),
            "corrected": self.corrected,
        }
