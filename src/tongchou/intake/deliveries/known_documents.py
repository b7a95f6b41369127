"""Documents of a file against each other and the lake: repeated, different, of a stay that is known."""

import narwhals as nw
import polars as pl
import pyarrow as pa

from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.schema.list_tables import DOCUMENTS, LIST_TABLES
from tongchou.store.engine import Engine, Frame
from tongchou.store.lake import Lake, Snapshot

REPEATED = "intake.repeated_list"
EXISTS = "intake.list_exists"
TWICE = "intake.list_given_twice"
STAY_KNOWN = "intake.stay_known"
STAY_EXISTS = "intake.stay_exists"

JUDGED = {DOCUMENT: pl.Int64, "code": pl.String, "value": pl.String}
_ID = ["document", "list_id"]
_STAY = ["institution_id", "admitted_on", "discharged_on"]
_LISTS = LIST_TABLES["settlement_lists"]


class KnownDocuments:
    """The documents of the lake at a state.

    Args:
        engine: Looks them up.
        lake: The lake.
        snapshot: The state.
    """

    def __init__(self, engine: Engine, lake: Lake, snapshot: Snapshot) -> None:
        self._engine = engine
        self._lake = lake
        self._snapshot = snapshot

    def judge(self, register: pl.DataFrame) -> pl.DataFrame:
        """Return what is to be said of sound documents, of the schema `JUDGED`; a document not among them is new.

        Of documents of one name in a file that are equal the first is kept; of those that differ none is.
        """
        named = register.filter("is_sound")
        several = named.filter(pl.len().over(_ID) > 1)
        differs = pl.col("content").n_unique().over(_ID) > 1
        is_first = pl.col(DOCUMENT) == pl.col(DOCUMENT).min().over(_ID)
        twice = several.select(
            DOCUMENT,
            pl.when(differs).then(pl.lit(TWICE)).when(~is_first).then(pl.lit(REPEATED)).alias("code"),
        ).drop_nulls("code")
        rest = named.join(twice, on=DOCUMENT, how="anti")
        known = self._known(rest)
        return pl.concat(
            [
                twice.with_columns(pl.lit(None, pl.String).alias("value")).select(list(JUDGED)),
                known,
                self._stays(rest.join(known, on=DOCUMENT, how="anti")),
            ]
        )

    def persons(self, person_ids: pl.Series, files: Frame) -> pl.Series:
        """Return which of some persons a frame of persons has."""
        wanted = self._engine.local(
            pa.table({"person_id": person_ids.drop_nulls().unique().to_arrow().cast(pa.string())})
        )
        found = self._engine.collect(files.select("person_id").join(wanted, on="person_id", how="semi"))
        return pl.Series("person_id", found["person_id"].to_pylist(), dtype=pl.String)

    def _known(self, rows: pl.DataFrame) -> pl.DataFrame:
        files = self._lake.files(DOCUMENTS.name, self._snapshot)
        if not files or rows.is_empty():
            return pl.DataFrame(schema=JUDGED)
        wanted = self._engine.local(_plain(rows.select(_ID)))
        held = self._engine.scan(files, DOCUMENTS.arrow_schema).select(*_ID, "content").join(wanted, on=_ID)
        before = _frame(self._engine.collect(held)).rename({"content": "_before"})
        joined = rows.join(before, on=_ID)
        is_same = pl.col("content") == pl.col("_before")
        code = pl.when(is_same).then(pl.lit(REPEATED)).otherwise(pl.lit(EXISTS)).alias("code")
        return joined.select(DOCUMENT, code, pl.lit(None, pl.String).alias("value"))

    def _stays(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Find front pages, claims and messages of a stay that has a list, and lists of one that has another case."""
        made = rows.filter(pl.col("case_id").is_not_null() & pl.col("admitted_on").is_not_null())
        files = self._lake.files(_LISTS.name, self._snapshot)
        if made.is_empty() or not files:
            return pl.DataFrame(schema=JUDGED)
        columns = [
            "document",
            "case_id",
            "institution_id",
            "person_id",
            "case_number_id",
            "admitted_at",
            "discharged_at",
        ]
        wanted = self._engine.local(_plain(made.select("institution_id").unique()))
        held = self._engine.scan(files, _LISTS.arrow_schema).select(columns).filter(~nw.col("case_id").is_null())
        if (made.get_column("document") == "settlement_list").all():
            # A list may have others of its stay beside it; only what is none stands in its way.
            held = held.filter(nw.col("document") != "settlement_list")
        held = held.join(wanted, on="institution_id")
        known = _frame(self._engine.collect(held))
        stays = known.with_columns(
            pl.col("admitted_at").dt.date().alias("admitted_on"),
            pl.col("discharged_at").dt.date().alias("discharged_on"),
        )
        pairs = made.join(stays, on=_STAY, suffix="_known")
        is_same_person = (pl.col("person_id") == pl.col("person_id_known")) | (
            pl.col("case_number_id") == pl.col("case_number_id_known")
        )
        is_list, was_list = (pl.col(name) == "settlement_list" for name in ("document", "document_known"))
        code = pl.when(~is_list).then(pl.lit(STAY_KNOWN)).when(~was_list).then(pl.lit(STAY_EXISTS))
        judged = pairs.filter(is_same_person.fill_null(value=False)).select(
            DOCUMENT, code.alias("code"), pl.col("case_id_known").alias("value")
        )
        return judged.drop_nulls("code").sort(DOCUMENT, "value").unique(DOCUMENT, keep="first", maintain_order=True)


def _plain(rows: pl.DataFrame) -> pa.Table:
    table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.cast(pa.schema([pa.field(field.name, pa.string()) for field in table.schema]))


def _frame(table: pa.Table) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(table))
