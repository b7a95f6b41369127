"""Pseudonyms at the door: persons by the region's sealed map, records and doctors by the key alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tongchou.privacy.keys import KeyRing
from tongchou.privacy.pseudonyms import Pseudonymiser as KeyedPseudonyms
from tongchou.privacy.pseudonyms import identity_rules
from tongchou.privacy.redaction import scrubbed
from tongchou.privacy.sealed_map import SealedMap
from tongchou.schema.list_fields import ListField, dictionary, list_fields

_KINDS = {"case_number": "case_number", "doctor_code": "doctor"}
_OTHER_KIND = "doctor"
_RESIDENT_ID = r"^(?:\d{17}[\dXx]|\d{15})$"
_RESIDENT_CARD = "01"
_WORDS = 100
"""From this length on a text field holds words, in which a number may be somebody's."""


@dataclass(frozen=True, slots=True)
class SealedPseudonyms:
    """The pseudonyms of a region.

    Attributes:
        region_folder: Where the sealed map is.
        region_id: The region.
        ring: The keys.
    """

    region_folder: Path
    region_id: str
    ring: KeyRing

    def replace(self, frame: pl.DataFrame, table: str) -> pl.DataFrame:
        """Return rows without any column of grade identity; id and phone numbers in long texts are masked."""
        fields = list_fields(table)
        hidden = [field for field in fields if field.grade == "identity"]
        named = [field for field in hidden if field.pseudonym]
        if not frame.height:
            empty = [pl.lit(None, pl.String).alias(field.pseudonym) for field in named]
            return frame.with_columns(empty).drop(field.column for field in hidden)
        made = [self._pseudonyms(field, fields, frame).alias(field.pseudonym) for field in named]
        notes = [each.column for each in fields if each.kind == "text" and (each.length or 0) >= _WORDS]
        kept = frame.with_columns(made).drop(field.column for field in hidden)
        return kept.with_columns(scrubbed(pl.col(name)).alias(name) for name in notes if name in kept.columns)

    def _pseudonyms(self, field: ListField, fields: tuple[ListField, ...], frame: pl.DataFrame) -> pl.Series:
        if field.pseudonym == "person_id":
            return self._persons(fields, frame)
        kind = _KINDS.get(field.column, _OTHER_KIND)
        key = self.ring.pseudonym.versions[self.ring.pseudonym.newest]
        keyed = KeyedPseudonyms(key, self.region_id)
        return keyed.column(kind, frame.get_column(field.column), identity_rules().letters[kind])

    def _persons(self, fields: tuple[ListField, ...], frame: pl.DataFrame) -> pl.Series:
        columns = {field.names["interface"]: field for field in fields if "interface" in field.names}
        known = [name for name in identity_rules().sealed if name in columns]
        texts = frame.select(_wire(columns[name], columns).alias(name) for name in known)
        # Fee lines name the same person many times: each is asked for once.
        distinct = texts.unique(maintain_order=True)
        asked: Mapping[str, list[str | None]] = {name: distinct.get_column(name).to_list() for name in known}
        ids = SealedMap(self.region_folder, self.region_id, self.ring).person_ids(asked)
        found = distinct.with_columns(ids.alias("person_id"))
        return texts.join(found, on=known, how="left", maintain_order="left", nulls_equal=True).get_column("person_id")


def _wire(field: ListField, columns: Mapping[str, ListField]) -> pl.Expr:
    """Return a field's values as the interface writes them."""
    if field.column != "identity_type":
        return pl.col(field.column).cast(pl.String)
    codes = {meaning.state: code for code, meaning in reversed(list(dictionary(field.dictionary).items()))}
    given = pl.col(field.column).replace_strict(codes, default=None, return_dtype=pl.String)
    number = pl.col(columns["certno"].column)
    # Front pages give the number alone; one that is written as a resident's id is one.
    return pl.coalesce(given, pl.when(number.str.contains(_RESIDENT_ID)).then(pl.lit(_RESIDENT_CARD)))
