"""By what a run groups its cases: a DRG scheme, or a DIP catalogue."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.core.errors import TongchouError
from tongchou.core.explanation import Step
from tongchou.core.hashing import hash_text
from tongchou.core.text import Text
from tongchou.grouping.dip.building import build_catalogue
from tongchou.grouping.dip.catalogue import Catalogue
from tongchou.grouping.dip.catalogue_folder import fingerprint, read_catalogue, write_catalogue
from tongchou.grouping.dip.explain import explain_dip
from tongchou.grouping.dip.grouper import DipGrouper
from tongchou.grouping.dip.rules import DipRules
from tongchou.grouping.dip.rules_reading import national_rules, read_rules
from tongchou.grouping.grouper import Grouper
from tongchou.grouping.schemes.library import find_scheme
from tongchou.grouping.schemes.scheme import Scheme
from tongchou.payment.weights import GroupWeight
from tongchou.policy import PolicyView
from tongchou.runs.dip_cases import lake_cases
from tongchou.runs.frames import Facts, grouping_input, grouping_input_of
from tongchou.runs.region import Region
from tongchou.schema.results import GROUPED
from tongchou.store.engine import Frame

CATALOGUE = "catalogue"
"""The folder of a run that keeps the DIP catalogue that it grouped by."""

DIP = "dip"
"""How the record of a run names a grouping by a catalogue."""

_GROUP_COLUMNS = ("case_id", "status", "mdc", "adrg", "drg")


class Grouping(Protocol):
    """By what cases are grouped.

    Attributes:
        name: How the run's record names it.
        title: Its name for people.
        notices: What has to be said wherever its results are shown.
        fingerprint: Hash of its files; of the rules, where a catalogue has yet to be measured.
        parameter: The policy parameter that names it.
    """

    parameter: str
    name: str
    title: Text
    notices: tuple[Text, ...]
    fingerprint: str

    def stage(self, facts: Facts, cases: Frame, run_id: str, folder: Path) -> int:
        """Group the cases into `grouped.parquet` of a folder and return how many there are."""

    def names(self) -> Mapping[str, Text]:
        """Return the names of its groups."""

    def explain(self, facts: Facts, cases: Frame, case_id: str) -> Step:
        """Explain the group of one of the cases."""


class DrgGrouping:
    """Grouping by a DRG scheme."""

    parameter = "payment/drg/scheme"

    def __init__(self, scheme: Scheme, name: str) -> None:
        self._scheme = scheme
        self.name = name
        self.title = scheme.manifest.title
        self.notices: tuple[Text, ...] = (scheme.manifest.notice,) if scheme.manifest.purpose == "learning" else ()
        self.fingerprint = scheme.fingerprint

    def stage(self, facts: Facts, cases: Frame, run_id: str, folder: Path) -> int:
        """Group the cases into `grouped.parquet` of a folder and return how many there are."""
        grouper = self._grouper
        kernel = grouper.batches

        def grouped(batch: pa.RecordBatch) -> pa.RecordBatch:
            result = kernel.group(batch)
            named = {name: result.column(name).cast(pa.string()) for name in _GROUP_COLUMNS}
            nothing = {
                name: pa.nulls(len(batch), pa.int64()) for name in ("score_e2", "auxiliary_e4", "level_mean_fen")
            }
            columns = {"run_id": pa.repeat(run_id, len(batch)), **named, **nothing}
            return pa.RecordBatch.from_pydict(columns, schema=GROUPED.arrow_schema)

        frame = grouping_input(facts, cases, grouper.columns)
        rows = facts.engine.map_batches(frame, grouped, GROUPED.arrow_schema)
        written = 0
        with pq.ParquetWriter(folder / "grouped.parquet", GROUPED.arrow_schema, compression="zstd") as writer:
            for batch in rows:
                writer.write_batch(batch)
                written += batch.num_rows
        return written

    def names(self) -> Mapping[str, Text]:
        """Return the names of its groups."""
        return self._scheme.drg_names()

    def explain(self, facts: Facts, cases: Frame, case_id: str) -> Step:
        """Explain the group of one of the cases."""
        grouper = self._grouper
        (row,) = facts.engine.collect(grouping_input_of(facts, cases, case_id, grouper.columns)).to_pylist()
        return grouper.explain(row)

    @cached_property
    def _grouper(self) -> Grouper:
        return Grouper(self._scheme)


class DipGrouping:
    """Grouping by a DIP catalogue: a published one, or one measured from the region's own cases.

    Args:
        rules: The rules that a measured catalogue is built by.
        published: The catalogue, where it was not to be measured.
        last_year: The last year to measure from.
    """

    parameter = "payment/dip/catalogue"

    def __init__(self, rules: DipRules, published: Catalogue | None, last_year: int) -> None:
        self._rules, self._last_year = rules, last_year
        self._catalogue = published
        self.name = DIP
        self.title = Text("按病种分值付费（DIP）病种目录库", "DIP catalogue")
        self.notices: tuple[Text, ...] = ((published.rules if published else rules).notice,)
        measured = hash_text("measured", str(last_year), rules.text)
        self.fingerprint = fingerprint(published) if published else measured

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue; it is there once cases were staged.

        Raises:
            AssertionError: Before that, where it has to be measured.
        """
        assert self._catalogue is not None  # noqa: S101  # staged first
        return self._catalogue

    def open(self, folder: Path) -> None:
        """Take the catalogue that a run kept."""
        self._catalogue = read_catalogue(folder)

    def stage(self, facts: Facts, cases: Frame, run_id: str, folder: Path) -> int:
        """Build the catalogue where it is to be measured, keep it, and group the cases into `grouped.parquet`."""
        everything = lake_cases(facts.lake, facts.snapshot)
        assert everything is not None  # noqa: S101  # a run without cases was refused
        if self._catalogue is None:
            self._catalogue = build_catalogue(self._measured(everything), self._rules)
        write_catalogue(self._catalogue, folder / CATALOGUE)
        wanted = pl.from_arrow(facts.engine.collect(cases.select("case_id")))
        assert isinstance(wanted, pl.DataFrame)  # noqa: S101  # a table gives a frame
        chosen = everything.join(wanted, on="case_id", how="semi")
        grouped = DipGrouper(self._catalogue).group(chosen)
        rows = grouped.select(
            pl.lit(run_id).alias("run_id"),
            "case_id",
            "status",
            pl.lit("").alias("mdc"),
            pl.lit("").alias("adrg"),
            pl.col("group").fill_null("").alias("drg"),
            "score_e2",
            pl.col("factor_e4").alias("auxiliary_e4"),
            "level_mean_fen",
        )
        table = rows.to_arrow().cast(GROUPED.arrow_schema)
        pq.write_table(table, folder / "grouped.parquet", compression="zstd")
        return int(table.num_rows)

    def names(self) -> Mapping[str, Text]:
        """Return the names of its groups."""
        return _catalogue_names(self.catalogue)

    def explain(self, facts: Facts, cases: Frame, case_id: str) -> Step:
        """Explain the group of one of the cases."""
        everything = lake_cases(facts.lake, facts.snapshot)
        assert everything is not None  # noqa: S101
        return explain_dip(DipGrouper(self.catalogue), everything.filter(pl.col("case_id") == case_id))

    def weights(self) -> dict[str, GroupWeight]:
        """Return each group's relative weight, with the mean and the cases that it rests on."""
        columns = ("group", "rw_e4", "cases", "mean_fen", "cv_e4")
        return {
            group: GroupWeight(group, max(1, weight), "catalogue", self.name, cases or 0, mean or 0, cv or 0)
            for group, weight, cases, mean, cv in self.catalogue.groups.select(columns).iter_rows()
        }

    def _measured(self, everything: pl.DataFrame) -> pl.DataFrame:
        years = [self._last_year + offset for offset in self._rules.year_weights]
        chosen = everything.filter(pl.col("year").is_in(years))
        if chosen.is_empty():
            raise TongchouError(
                "runs.no_dip_cases",
                what=Text("没有可供测算病种目录库的病例", "there are no cases to build a DIP catalogue from"),
                where=", ".join(map(str, sorted(years))),
                why=Text("库中没有这些年份的病例", "the lake holds no case of these years"),
                remedy=Text(
                    "入库这些年份的清单，或改参数 payment/dip/catalogue_last_year",
                    "take in those years, or change the parameter payment/dip/catalogue_last_year",
                ),
            )
        return chosen


def names_of_groups(scheme: str, run_folder: Path) -> Mapping[str, Text]:
    """Return the names of the groups of a finished run.

    Args:
        scheme: What the run's record says that it grouped by.
        run_folder: The run's folder, which keeps its catalogue.
    """
    if scheme != DIP:
        return find_scheme(scheme).drg_names()
    return _catalogue_names(read_catalogue(run_folder / CATALOGUE))


def _catalogue_names(catalogue: Catalogue) -> dict[str, Text]:
    """Return a catalogue's groups by themselves: their codes say diagnosis and operations."""
    return {group: Text.plain(group) for group in catalogue.groups.get_column("group")}


def choose_grouping(view: PolicyView, region: Region, year: int, asked: str | None) -> DrgGrouping | DipGrouping:
    """Return what a year's cases are grouped by.

    Args:
        view: The policy on the last day of the year.
        region: The region.
        year: The settled year.
        asked: A DRG scheme instead of the policy's, by name or path.

    Raises:
        TongchouError: `grouping.no_scheme`, `grouping.dip_rules` or `runs.no_catalogue` for what is not there.
    """
    if view.text("payment/inpatient/method") != "dip_points":
        scheme = find_scheme(asked or view.text("payment/drg/scheme"))
        lasting = str(Path(asked).resolve()) if asked and Path(asked).is_dir() else asked
        return DrgGrouping(scheme, lasting or scheme.manifest.name)
    if asked is not None:
        raise TongchouError(
            "runs.scheme_and_dip",
            what=Text("按 DIP 付费时不能指定 DRG 分组方案", "no DRG scheme can be named where DIP is paid by"),
            where=asked,
            why=Text("付费方式 payment/inpatient/method 为 dip_points", "payment/inpatient/method is dip_points"),
            remedy=Text("去掉 --scheme", "leave --scheme out"),
        )
    named = view.text("payment/dip/rules")
    rules = national_rules() if named == "national" else read_rules(region.folder / "dip" / f"{named}.yaml")
    catalogue = view.text("payment/dip/catalogue")
    published = None if catalogue == "measured" else read_catalogue(published_folder(region, catalogue))
    return DipGrouping(rules, published, year + view.whole("payment/dip/catalogue_last_year"))


def published_folder(region: Region, name: str) -> Path:
    """Return where a region keeps a published DIP catalogue.

    Raises:
        TongchouError: `runs.no_catalogue`.
    """
    folder = region.folder / "catalogues" / name
    if not folder.is_dir():
        raise TongchouError(
            "runs.no_catalogue",
            what=Text(f"没有病种目录库 {name}", f"there is no DIP catalogue {name}"),
            where=f"catalogues/{name}",
            why=Text("统筹区中没有这个目录", "the region has no such folder"),
            remedy=Text(
                "用 tongchou dip catalogue 测算，或改参数",
                "build one with tongchou dip catalogue, or change the parameter",
            ),
        )
    return folder
