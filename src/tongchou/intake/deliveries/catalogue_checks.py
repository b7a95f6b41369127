"""The catalogue of checks as the deliveries run it: in every worker, over each batch of documents."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import polars as pl

from tongchou.core.hashing import hash_text
from tongchou.core.text import Language, Text
from tongchou.intake.checks.catalogue import Catalogue
from tongchou.intake.checks.check import Check
from tongchou.intake.checks.reference import Reference
from tongchou.intake.checks.running import Checker
from tongchou.intake.documents.typed_batch import TypedBatch
from tongchou.intake.documents.words import FindingWords

_OURS = frozenset(("title", "name", "value", "expected", "key", "seq"))
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LISTED: Mapping[Language, str] = {"zh": "、", "en": ", "}


@dataclass(frozen=True, slots=True)
class CatalogueChecks:
    """The checks of a catalogue with what they look up.

    Attributes:
        catalogue: The checks.
        reference: What they look up beside the documents.
    """

    catalogue: Catalogue
    reference: Reference = field(default_factory=Reference)

    @property
    def fingerprint(self) -> str:
        """The hash of the checks; what they look up changes from day to day and does not take files in anew."""
        return hash_text(*(repr(check) for check in self.catalogue.in_force()))

    def find(self, batch: TypedBatch, among: frozenset[str] | None = None) -> pl.DataFrame:
        """Return the findings of a batch, those of its conversion among them; of some checks where they are named."""
        looked_up = [f"{name} {rows.height} {rows.hash_rows().sum()}" for name, rows in self.reference.frames().items()]
        key = hash_text(self.fingerprint, str(self.reference.received_at), *looked_up)
        return _checker(_Wanted(key, self)).check(batch, among)

    def words(self, check: str) -> FindingWords | None:
        """Return what a check's finding says; bounds and lists are filled in."""
        known = self.catalogue.checks.get(check)
        if known is None:
            return None
        return FindingWords(known.level, _with_parameters(known, known.sentence), _with_parameters(known, known.remedy))


@dataclass(frozen=True, slots=True)
class _Wanted:
    key: str
    checks: CatalogueChecks = field(compare=False)


@lru_cache(maxsize=1)
def _checker(wanted: _Wanted) -> Checker:
    """Return the checker of a process; its tables are filled once for the checks of a call."""
    return Checker(wanted.checks.reference, wanted.checks.catalogue)


def _with_parameters(check: Check, text: Text) -> Text:
    def put_in(language: Language) -> str:
        def one(found: re.Match[str]) -> str:
            name = found[1]
            if name in _OURS or name not in check.parameters:
                return found[0]
            value = check.parameters[name].value
            return _LISTED[language].join(map(str, value)) if isinstance(value, tuple) else str(value)

        return _PLACEHOLDER.sub(one, text.in_language(language))

    return Text(put_in("zh"), put_in("en"))
