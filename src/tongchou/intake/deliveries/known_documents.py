"""Documents of a file against each other and the lake: repeated, corrected, withdrawn, of a stay that is known."""

import narwhals as nw
import polars as pl
import pyarrow as pa

from tongchou.intake.documents.document_batch import DOCUMENT
from tongchou.schema.contract import Table
from tongchou.schema.correction_tables import SUPERSEDED_DOCUMENTS
from tongchou.schema.link_tables import WAITING_DOCUMENTS
from tongchou.schema.list_tables import DOCUMENTS, LIST_TABLES
from tongchou.store.engine import Engine, Frame
from tongchou.store.lake import Lake, Snapshot

REPEATED = "intake.repeated_list"
EXISTS = "intake.list_exists"
TWICE = "intake.list_given_twice"
STAY_KNOWN = "intake.stay_known"
STAY_REPLACED = "intake.stay_replaced"
CORRECTED = "intake.list_corrected"
WITHDRAWN = "intake.list_withdrawn"
SUPERSEDED = "intake.superseded_list"
NOTHING_WITHDRAWN = "intake.nothing_to_withdraw"

TAKING_PLACE = (CORRECTED, STAY_REPLACED, WITHDRAWN)
"""Documents that are taken and another leaves for them."""

KNOWN_ALREADY = (REPEATED, SUPERSEDED)
"""Documents that are or were in the lake as they come; nothing is left to do with them."""

BARRED = (*KNOWN_ALREADY, EXISTS, TWICE, NOTHING_WITHDRAWN)
"""Documents that are not taken."""

JUDGED = {
    DOCUMENT: pl.Int64,
    **dict.fromkeys(("code", "value", "former_document", "former_id", "former_case"), pl.String),
}
"""What is to be said of a document, and of which one of the lake it takes the place, with the case made of that."""

_ID = ["document", "list_id"]
_CORRECTED_KINDS = ("settlement_list", "front_page", "claim", "message", "settlement_reply", "referral")
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
        """Return what is to be said of documents that are sound or wait; a document not among them is new.

        The rows are of the schema `JUDGED`. A document that waits takes no other's place before it is taken in itself.

        Of documents of one name in a file that are equal the first is kept; of those that differ none is. A document
        that is in the lake with other content is corrected; what it was before is not taken again.
        """
        named = register.filter(pl.col("is_sound") | pl.col("waits"))
        several = named.filter(pl.len().over(_ID) > 1)
        differs = pl.col("content").n_unique().over(_ID) > 1
        is_first = pl.col(DOCUMENT) == pl.col(DOCUMENT).min().over(_ID)
        twice = several.select(
            DOCUMENT,
            pl.when(differs).then(pl.lit(TWICE)).when(~is_first).then(pl.lit(REPEATED)).alias("code"),
        ).drop_nulls("code")
        rest = named.join(twice, on=DOCUMENT, how="anti")
        known = self._known(rest)
        barred = known.filter(pl.col("code").is_in(BARRED))
        judged = [_judged(twice), known, self._stays(rest.join(barred, on=DOCUMENT, how="anti"))]
        told = pl.concat(judged).sort(DOCUMENT, "code", "former_id", maintain_order=True)
        waits = register.filter("waits").get_column(DOCUMENT)
        return told.filter(pl.col("code").is_in(BARRED) | ~pl.col(DOCUMENT).is_in(waits.implode()))

    def persons(self, person_ids: pl.Series, files: Frame) -> pl.Series:
        """Return which of some persons a frame of persons has."""
        wanted = self._engine.local(
            pa.table({"person_id": person_ids.drop_nulls().unique().to_arrow().cast(pa.string())})
        )
        found = self._engine.collect(files.select("person_id").join(wanted, on="person_id", how="semi"))
        return pl.Series("person_id", found["person_id"].to_pylist(), dtype=pl.String)

    def _known(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Compare documents with those of their name in the lake, and with what those were before."""
        if rows.is_empty():
            return pl.DataFrame(schema=JUDGED)
        names = rows.select("list_id").unique()
        standing = self._of(DOCUMENTS, names).select(
            "list_id",
            pl.col("document").alias("former_document"),
            # What is made of a filing is a referral of its own name.
            pl.when(pl.col("document") == "referral").then("list_id").otherwise("case_id").alias("former_case"),
            pl.col("content").alias("_before"),
            pl.col("institution_id").alias("_sender"),
        )
        former = self._of(SUPERSEDED_DOCUMENTS, names).select("list_id", "document", "content").unique()
        is_former = rows.join(former, on=[*_ID, "content"], how="semi").get_column(DOCUMENT)
        waiting = self._waiting(names)
        waits = pl.col("list_id").is_in(waiting.implode()) & (pl.col("document") == "settlement_list")
        # Documents of two kinds may bear one name; their rows cannot be told apart, so neither makes way.
        is_shared = standing.filter(pl.len().over("list_id") > 1).get_column("list_id")
        joined = rows.join(
            standing.with_columns(pl.col("former_document").alias("document")),
            on=_ID,
            how="left",
            maintain_order="left",
        )
        there, same = pl.col("_before").is_not_null(), pl.col("_before") == pl.col("content")
        is_corrected = pl.col("document").is_in(_CORRECTED_KINDS) & ~pl.col("list_id").is_in(is_shared.implode())
        # A reply bears the platform's number alone: whoever did not send it does not correct it, but for the insurer.
        is_other = (pl.col("institution_id") != pl.col("_sender").fill_null("")).fill_null(value=False)
        is_corrected &= ~is_other
        gone = pl.col(DOCUMENT).is_in(is_former.implode())
        code = (
            pl.when(pl.col("is_withdrawal"))
            .then(
                pl.when((there & is_corrected) | waits)
                .then(pl.lit(WITHDRAWN))
                .when(pl.col("list_id").is_in(former.get_column("list_id").implode()))
                .then(pl.lit(REPEATED))
                .otherwise(pl.lit(NOTHING_WITHDRAWN))
            )
            .when(there & same)
            .then(pl.lit(REPEATED))
            .when(gone)
            .then(pl.lit(SUPERSEDED))
            .when(there & is_corrected)
            .then(pl.lit(CORRECTED))
            .when(there)
            .then(pl.lit(EXISTS))
        )
        judged = joined.with_columns(code.alias("code"), pl.col("list_id").alias("former_id")).drop_nulls("code")
        takes_place = pl.col("code").is_in(TAKING_PLACE) & pl.col("_before").is_not_null()
        return _judged(
            judged.with_columns(
                pl.when(takes_place).then(name).alias(name) for name in ("former_document", "former_id", "former_case")
            )
        )

    def _waiting(self, names: pl.DataFrame) -> pl.Series:
        if WAITING_DOCUMENTS.name not in self._snapshot.versions:
            return pl.Series("list_id", [], dtype=pl.String)
        return self._of(WAITING_DOCUMENTS, names).get_column("list_id")

    def _of(self, table: Table, names: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of a table that are about documents of some names."""
        wanted = self._engine.local(_plain(names))
        files = self._lake.files(table.name, self._snapshot)
        rows = self._engine.scan(files, table.arrow_schema).select(
            *(name for name in table.arrow_schema.names if name != "rows")
        )
        return _frame(self._engine.collect(rows.join(wanted, on="list_id")))

    def _stays(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Find front pages, claims and messages of a stay that has a list, and lists of one that has another case."""
        made = rows.filter(pl.col("case_id").is_not_null() & pl.col("admitted_on").is_not_null())
        files = self._lake.files(_LISTS.name, self._snapshot)
        if made.is_empty() or not files:
            return pl.DataFrame(schema=JUDGED)
        columns = [
            "document",
            "list_id",
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
        # What a document itself was before does not stand in its way.
        pairs = made.join(stays, on=_STAY, suffix="_known").filter(pl.col("list_id") != pl.col("list_id_known"))
        is_same_person = (pl.col("person_id") == pl.col("person_id_known")) | (
            pl.col("case_number_id") == pl.col("case_number_id_known")
        )
        is_list, was_list = (pl.col(name) == "settlement_list" for name in ("document", "document_known"))
        code = pl.when(~is_list).then(pl.lit(STAY_KNOWN)).when(~was_list).then(pl.lit(STAY_REPLACED))
        makes_way = code == STAY_REPLACED
        judged = pairs.filter(is_same_person.fill_null(value=False)).select(
            DOCUMENT,
            code.alias("code"),
            pl.col("case_id_known").alias("value"),
            pl.when(makes_way).then("document_known").alias("former_document"),
            pl.when(makes_way).then("list_id_known").alias("former_id"),
            pl.when(makes_way).then("case_id_known").alias("former_case"),
        )
        found = judged.drop_nulls("code").sort(DOCUMENT, "value")
        return _judged(found.unique(DOCUMENT, keep="first", maintain_order=True))


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    absent = [pl.lit(None, kind).alias(name) for name, kind in JUDGED.items() if name not in rows.columns]
    return rows.with_columns(absent).select(list(JUDGED))


def _plain(rows: pl.DataFrame) -> pa.Table:
    table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.cast(pa.schema([pa.field(field.name, pa.string()) for field in table.schema]))


def _frame(table: pa.Table) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(table))
