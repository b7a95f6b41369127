"""Findings in words: what is wrong in a document and what to do about it, in both languages."""

import re
from collections.abc import Mapping
from functools import cache

import polars as pl

from tongchou.core.text import Language, Text
from tongchou.intake.checks.catalogue import Catalogue
from tongchou.intake.checks.check import Check, Plain
from tongchou.schema.list_fields import ListField, dictionary, has_dictionary, list_fields

WORDED = pl.Schema(
    {"level": pl.String, "what_zh": pl.String, "what_en": pl.String, "remedy_zh": pl.String, "remedy_en": pl.String}
)
"""The columns that `worded` adds to findings."""

_ABSENT = Text("（空）", "(empty)")
_HIDDEN = Text("（不显示）", "(not shown)")
_WHOLE_DOCUMENT = Text("（整张）", "(whole document)")
_LISTED = Text("、", ", ")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LANGUAGES: tuple[Language, ...] = ("zh", "en")


def worded(found: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Return findings with their level and their sentences.

    Args:
        found: Findings of the schema `FOUND`.
        catalogue: The checks that were run.

    Returns:
        The same rows in the same order, with the columns of `WORDED`; a check that the catalogue does not have is
        told by its id and blocks.
    """
    words = [_words(catalogue, row) for row in found.iter_rows(named=True)]
    return pl.concat([found, pl.DataFrame(words, schema=WORDED, orient="row")], how="horizontal")


def finding_text(check: Check, row: Mapping[str, str | int | None]) -> tuple[Text, Text]:
    """Return what a finding says and its remedy.

    Args:
        check: The check that found it.
        row: The finding: `table`, `_seq`, `column`, `value`, `expected`. A state is named; the value of a column of
            grade identity is never said, whatever stands in the finding.
    """
    what, remedy = (
        {language: _said(text.in_language(language), check, row, language) for language in _LANGUAGES}
        for text in (check.sentence, check.remedy)
    )
    return Text(what["zh"], what["en"]), Text(remedy["zh"], remedy["en"])


def _words(catalogue: Catalogue, row: Mapping[str, str | int | None]) -> tuple[str, ...]:
    check = catalogue.checks.get(str(row["check"]))
    if check is None:
        return ("blocks", *(str(row["check"]),) * 2, "", "")
    what, remedy = finding_text(check, row)
    return (check.level, what.zh, what.en, remedy.zh, remedy.en)


def _said(template: str, check: Check, row: Mapping[str, str | int | None], language: Language) -> str:
    field = _field(str(row["table"]), str(row["column"]))

    def put_in(found: re.Match[str]) -> str:
        name = found[1]
        if name == "title":
            return field.title.in_language(language) if field else str(row["column"])
        if name == "seq":
            return str(row["_seq"]) if row["_seq"] is not None else _WHOLE_DOCUMENT.in_language(language)
        if name in ("value", "expected"):
            return _value(row[name], field, language)
        if name in check.parameters:
            return _listed(check.parameters[name].value, language)
        return found[0]

    return _PLACEHOLDER.sub(put_in, template)


def _value(value: str | int | None, field: ListField | None, language: Language) -> str:
    if field and field.grade == "identity":
        return _HIDDEN.in_language(language)
    if value is None:
        return _ABSENT.in_language(language)
    return _state_names(field.dictionary if field else "").get(str(value), Text.plain(str(value))).in_language(language)


@cache
def _state_names(own: str) -> Mapping[str, Text]:
    """Return the names of the states that may stand in a finding of a column with a dictionary."""
    names = [own] if has_dictionary(own) else []
    # What a sentence compares with is often a state of the list: its sex, or how the patient left.
    return {
        meaning.state: meaning.title
        for name in ("sex", "discharge_way", "readmission_plan", "allergy", *names)
        for meaning in dictionary(name).values()
    }


@cache
def _field(table: str, column: str) -> ListField | None:
    return next((field for field in list_fields(table) if field.column == column), None)


def _listed(value: Plain, language: Language) -> str:
    if isinstance(value, tuple):
        return _LISTED.in_language(language).join(str(each) for each in value)
    return str(value)
