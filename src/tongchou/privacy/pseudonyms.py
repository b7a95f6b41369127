"""Pseudonyms: keyed hashes (SM3-HMAC) of identity values, the same for the same value, key and region."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl
import yaml
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

PERSON_LETTER = "P"
"""Opens the pseudonym of an insured person."""

_BYTES = 15
"""120 bits: 24 letters of base 32, without digits that could be read as a phone or id number."""


@dataclass(frozen=True, slots=True)
class PersonRule:
    """One way in which identity fields make a person: all of its fields must have a value."""

    kind: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """What the pack `privacy/persons.yaml` says.

    Attributes:
        person: The ways to a person, the first that applies decides.
        letters: Kind of other identity to the letter that opens its pseudonyms.
        sealed: The fields kept in the map.
        document_field: The field that tells the type of a document.
        resident_ids: Its values for resident id cards.
    """

    person: tuple[PersonRule, ...]
    letters: Mapping[str, str]
    sealed: tuple[str, ...]
    document_field: str
    resident_ids: frozenset[str]


@cache
def identity_rules() -> IdentityRules:
    """Return the rules of the built-in pack."""
    pack = files("tongchou").joinpath("packs", "privacy", "persons.yaml")
    content: dict[str, Any] = yaml.safe_load(pack.read_text(encoding="utf-8"))
    return IdentityRules(
        tuple(PersonRule(rule["kind"], tuple(rule["fields"])) for rule in content["person"]),
        {kind: other["letter"] for kind, other in content["others"].items()},
        tuple(content["sealed"]),
        content["resident_id"]["field"],
        frozenset(content["resident_id"]["values"]),
    )


@dataclass(frozen=True, slots=True, repr=False)
class Pseudonymiser:
    """Makes pseudonyms with one version of the key, for one region.

    Attributes:
        key: The key.
        region_id: The region; the same person has another pseudonym in another region.
    """

    key: bytes
    region_id: str

    def one(self, kind: str, value: str, letter: str = PERSON_LETTER) -> str:
        """Return the pseudonym of one normalised value of a kind of identity."""
        return self._coded(self._begun(kind), value, letter)

    def column(self, kind: str, values: pl.Series, letter: str = PERSON_LETTER) -> pl.Series:
        """Return the pseudonyms of a column; each distinct value is hashed once, null stays null."""
        normal = normalised(values)
        distinct = normal.drop_nulls().unique()
        begun = self._begun(kind)
        made = [self._coded(begun, value, letter) for value in distinct]
        return normal.replace_strict(distinct, pl.Series(made, dtype=pl.String), default=None, return_dtype=pl.String)

    def other(self, kind: str, values: pl.Series) -> pl.Series:
        """Return the pseudonyms of identity that is not the insured person's: `case_number`, `doctor`, `phone`.

        Raises:
            KeyError: For a kind that `packs/privacy/persons.yaml` does not list.
        """
        return self.column(kind, values, identity_rules().letters[kind])

    def _begun(self, kind: str) -> HMAC:
        begun = HMAC(self.key, SM3())
        # Lengths stand before the parts, so that no two pairs of parts are hashed alike.
        for part in (self.region_id, kind):
            begun.update(len(part.encode()).to_bytes(4, "big") + part.encode())
        return begun

    def _coded(self, begun: HMAC, value: str, letter: str) -> str:
        hashed = begun.copy()
        hashed.update(value.encode())
        return letter + base64.b32encode(hashed.finalize()[:_BYTES]).decode()


def normalised(values: pl.Series) -> pl.Series:
    """Return identity values in one way of writing: half-width, without blanks and hyphens, large letters."""
    text = values.cast(pl.String)
    if text.str.len_bytes().sum() != text.str.len_chars().sum():
        text = text.str.normalize("NFKC")
    text = text.str.replace_all(r"[\s-]", "").str.to_uppercase()
    return text.set(text == "", None)


def of_fields(values: Mapping[str, Sequence[str | None]], rule: PersonRule) -> pl.Series:
    """Return the joined normalised values of a rule's fields per row; null where one of them is empty."""
    rules = identity_rules()
    columns = [normalised(pl.Series(name, values[name], dtype=pl.String)).alias(name) for name in rule.fields]
    frame = pl.DataFrame(columns)
    if rules.document_field in rule.fields:
        is_card = frame.get_column(rules.document_field).is_in(sorted(rules.resident_ids))
        frame = frame.with_columns(
            pl.when(is_card).then(pl.lit("01")).otherwise(pl.col(rules.document_field)).alias(rules.document_field),
            *(
                pl.when(is_card).then(pl.col(name).map_elements(whole_resident_id, pl.String)).otherwise(pl.col(name))
                for name in rule.fields
                if name != rules.document_field
            ),
        )
    return frame.select(pl.concat_str(pl.all(), separator="|")).to_series()


def whole_resident_id(number: str) -> str:
    """Return a resident id number in 18 characters: one of 15 digits gets its century and its check character."""
    if len(number) != 15 or not (number.isascii() and number.isdigit()):
        return number
    body = number[:6] + "19" + number[6:]
    # GB 11643: weights are powers of 2 modulo 11.
    rest = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body)) % 11
    return body + "10X98765432"[rest]
