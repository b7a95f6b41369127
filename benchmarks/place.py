"""Where a benchmark keeps its data."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from tongchou.runs.record import RECORD_FILE
from tongchou.runs.region import REGION_FILE
from tongchou.schema.contract import Table
from tongchou.store.lake import Lake


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of a benchmark.

    Attributes:
        root: Holds all of them.
    """

    root: Path

    @property
    def county(self) -> Path:
        """The generated region, and the lake that its files are taken into."""
        return self.root / "county"

    @property
    def settled(self) -> Path:
        """A copy of the region after intake, which is settled: the region itself can be settled again."""
        return self.root / "settled"

    @property
    def comparison(self) -> Path:
        """The comparison of a scenario tried on the settled region."""
        return self.root / "comparison.xlsx"

    @property
    def is_settled(self) -> bool:
        """Whether the copy of the region was settled."""
        return any((self.settled / "runs").glob(f"*/{RECORD_FILE}"))

    @property
    def rewritten(self) -> Path:
        """Where DuckDB writes the landing files again."""
        return self.root / "rewritten"

    @property
    def landing(self) -> Path:
        """The files handed in."""
        return self.county / "landing"

    @property
    def lake(self) -> Lake:
        """The lake of the region after intake."""
        return Lake(self.county / "lake")

    @property
    def year(self) -> int:
        """The year that the county was generated for."""
        return self._region("period")

    @property
    def is_taken_in(self) -> bool:
        """Whether the county's files were taken into the lake."""
        return bool(self.lake.batches())

    def is_generated(self, cases: int) -> bool:
        """Return whether a county of this many cases is there."""
        return (self.county / REGION_FILE).is_file() and self._region("cases") == cases

    def taken(self, table: Table) -> list[str]:
        """Return the files of a table after intake."""
        return [str(file) for file in self.lake.files(table.name, self.lake.snapshot())]

    def _region(self, name: str) -> int:
        return int(yaml.safe_load((self.county / REGION_FILE).read_text(encoding="utf-8"))[name])
