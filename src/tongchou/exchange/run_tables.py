"""The tables that an exchange is written from: the facts that a run read, and what it found of each case."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.runs.frames import Facts, count, institutions_of, staged
from tongchou.runs.preconditions import standing_runs
from tongchou.runs.record import RunRecord, read_record
from tongchou.runs.region import Period, Region
from tongchou.schema.contract import Table
from tongchou.schema.results import GROUPED, PRICED
from tongchou.schema.tables import CASES, DIAGNOSES, FEES, PERSONS, PROCEDURES, REFERRALS
from tongchou.store.engine import Engine, Frame
from tongchou.store.lake import Snapshot


@dataclass(frozen=True, slots=True)
class RunTables:
    """A run and the facts that it read."""

    region: Region
    record: RunRecord
    facts: Facts

    @property
    def standing(self) -> str:
        """What is true of the run's amounts, in the words of FHIR: `active`, `draft` (shadow) or `cancelled`."""
        if self.record.inputs.is_shadow:
            return "draft"
        return "active" if self.record.run_id in standing_runs(self.facts.lake).values() else "cancelled"

    def case_count(self) -> int:
        """Return how many cases the run priced."""
        return count(self.facts.engine, self._results(PRICED))

    def cases(self) -> Iterator[dict[str, Any]]:
        """Yield the priced cases by their id, with diagnoses, procedures and fees as lists."""
        engine, facts = self.facts.engine, self.facts
        priced = self._results(PRICED).drop("run_id", "person_id", "institution_id", "insurance_type", "total_fen")
        groups = self._results(GROUPED).select("case_id", "status", "mdc", "adrg")
        persons = facts.table(PERSONS).select("person_id", "born_on")
        frame = facts.table(CASES).join(priced, on="case_id", how="inner").join(groups, on="case_id", how="left")
        frame = frame.join(persons, on="person_id", how="left")
        for table, order, value, name in (
            (DIAGNOSES, "seq", "code", "diagnoses"),
            (PROCEDURES, "seq", "code", "procedures"),
            (FEES, "category", "category", "fee_categories"),
            (FEES, "category", "amount_fen", "fee_amounts"),
        ):
            column = facts.table(table).select("case_id", at=nw.col(order), value=nw.col(value))
            lists = engine.ordered_lists(column, key="case_id", order="at", value="value").rename({"value": name})
            frame = frame.join(lists, on="case_id", how="left")
        return _rows(engine, frame.sort("case_id"))

    def referrals(self) -> Iterator[dict[str, Any]]:
        """Yield the referrals of the facts that the run read, by their id."""
        return _rows(self.facts.engine, self.facts.table(REFERRALS).sort("referral_id"))

    def institutions(self) -> dict[str, dict[str, Any]]:
        """Return the institutions by id, as they were at the end of the period."""
        return institutions_of(self.facts, Period.parse(self.record.inputs.period))

    def _results(self, table: Table) -> Frame:
        engine, lake = self.facts.engine, self.facts.lake
        if self.record.inputs.is_shadow:
            kept = self.region.run_folder(self.record.run_id) / f"{table.name}.parquet"
            if not kept.is_file():
                raise TongchouError(
                    "exchange.no_results",
                    what=Text("模拟运行的逐例结果不在了", "the results by case of the shadow run are not there"),
                    where=str(kept),
                    why=Text("文件已被删除", "they were removed"),
                    remedy=Text("删除该目录，再次模拟运行", "remove the folder and make the shadow run again"),
                )
            return staged(engine, kept, table)
        rows = engine.scan(lake.files(table.name, lake.snapshot()), table.arrow_schema)
        return rows.filter(nw.col("run_id") == self.record.run_id)


def run_tables(region: Region, run_id: str, engine: Engine) -> RunTables:
    """Open the tables of a run.

    Raises:
        TongchouError: `runs.no_run` if there is no such run.
    """
    record = read_record(region.run_folder(run_id))
    return RunTables(region, record, Facts(engine, region.lake, Snapshot(record.inputs.versions)))


def _rows(engine: Engine, frame: Frame) -> Iterator[dict[str, Any]]:
    for batch in engine.stream(frame):
        yield from batch.to_pylist()
