"""Persons of whom several lists tell, and tell different things: which list came first must not decide.

What a register says counts. Where a person is known by lists alone, the row is that of the list that comes first by its
values, as among lists of one file.
"""

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.hashing import hash_text
from tongchou.intake.deliveries.changed_parts import BY_PERSON, ChangedParts
from tongchou.intake.deliveries.superseding import append, rows_about, values
from tongchou.schema.link_tables import COMPLETIONS
from tongchou.schema.list_tables import LIST_TABLES
from tongchou.schema.polars_types import POLARS_TYPE
from tongchou.schema.tables import PERSONS
from tongchou.store.lake import Lake, Snapshot

_LISTS = LIST_TABLES["settlement_lists"]
_SAID = ["sex", "born_on", "insurance_type", "area_id"]
_EXISTS = "store.batch_exists"


def settle_persons(lake: Lake) -> None:
    """Give persons of whom new lists tell the row that they have in whatever order the lists came."""
    snapshot = lake.snapshot()
    if _other_rows(lake, snapshot).is_empty():
        return
    try:
        with lake.batch(hash_text("persons of lists", str(snapshot)), "intake") as batch:
            rows = _other_rows(lake, lake.snapshot())
            if rows.height:
                batch.remove(PERSONS, "person_id", values(rows.get_column("person_id")))
                append(batch, PERSONS, rows)
    except TongchouError as problem:
        if problem.code != _EXISTS:
            raise


def _other_rows(lake: Lake, snapshot: Snapshot) -> pl.DataFrame:
    """Return rows of persons that are to stand in the place of those that are there."""
    persons = ChangedParts(lake, snapshot).persons_of_new_lists()
    lists = rows_about(lake, snapshot, _LISTS, "person_id", persons).filter(pl.col("case_id").is_not_null())
    lists = lists.rename({"insured_area_id": "area_id"}).select("person_id", "list_id", *_SAID).drop_nulls()
    several = lists.filter(pl.struct(_SAID).n_unique().over("person_id") > 1)
    filled = rows_about(lake, snapshot, COMPLETIONS, "list_id", several.get_column("list_id"))
    filled = filled.filter(pl.col("completed_columns").str.contains(BY_PERSON))
    told = several.join(filled, on="list_id", how="anti").select("person_id", *_SAID).unique()
    kinds = [pl.col(name).cast(POLARS_TYPE[PERSONS.column(name).kind]) for name in ("person_id", *_SAID)]
    told = told.select(kinds)
    known = rows_about(lake, snapshot, PERSONS, "person_id", told.get_column("person_id"))
    known = known.filter(pl.col("chronic_diseases").is_null()).select(kinds)
    of_lists = known.join(told, on=["person_id", *_SAID], how="semi").select("person_id")
    first = told.join(of_lists, on="person_id", how="semi").sort("person_id", *_SAID)
    first = first.unique("person_id", keep="first", maintain_order=True)
    other = first.join(known, on=["person_id", *_SAID], how="anti")
    return other.with_columns(pl.lit(None, pl.String).alias("chronic_diseases"))
