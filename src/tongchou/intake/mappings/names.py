"""What a column's name says of its content: national names of every family, and what hospitals call them."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from tongchou.intake.mappings.mapping import MappedKind
from tongchou.intake.mappings.mapping_file import TABLES, mapped_field
from tongchou.schema.front_page_fields import FRONT_PAGE_FAMILIES, front_page_cells
from tongchou.schema.list_fields import CodeMeaning, dictionary, has_dictionary, list_fields

_UNIT = re.compile(r"[(（\[【].*?[)）\]】]")
_BETWEEN = re.compile(r"[\s_\-.·:：/\\()（）\[\]【】<>《》、,，]+")
_SHORT = 2


@dataclass(frozen=True, slots=True)
class NamedField:
    """What a name means: a field, and the place in it."""

    table: str
    column: str
    place: str


def bare(name: str) -> str:
    """Return a name without what makes no difference: width, case, spaces, signs and what stands in brackets."""
    return _BETWEEN.sub("", _UNIT.sub("", unicodedata.normalize("NFKC", name))).lower()


@cache
def named_fields() -> Mapping[str, NamedField]:
    """Return what bare names mean; the names of hospitals come before the national ones where they differ."""
    found: dict[str, NamedField] = {}
    for written, names in _synonyms()["fields"].items():
        path, _, place = written.partition("@")
        table, _, column = path.partition(".")
        for name in names:
            found.setdefault(bare(name), NamedField(table, column, place))
    for family in FRONT_PAGE_FAMILIES:
        for cell in front_page_cells(family):
            # Parts of a duration or a moment, and values that have codes of their own, are the front page's affair.
            if not cell.values and cell.place not in {"days", "hours", "minutes", "day", "hour"}:
                found.setdefault(bare(cell.name), NamedField(cell.table, cell.column, _place(cell.table, cell.place)))
    for table in TABLES:
        for field in list_fields(table):
            place = "0" if table in {"list_diagnoses", "list_operations"} else ""
            for name in (*field.names.values(), field.title.zh, field.column):
                if len(bare(name)) > _SHORT or not name.isascii():
                    found.setdefault(bare(name), NamedField(table, field.column, place))
    return found


@cache
def code_words(list_name: str) -> Mapping[str, str]:
    """Return what hospitals write for the codes of a list: words to code."""
    words = {str(word): str(code) for word, code in _synonyms()["codes"].get(list_name, {}).items()}
    if not has_dictionary(list_name):
        return words
    meanings: Mapping[str, CodeMeaning] = dictionary(list_name)
    return {**{meaning.title.zh: code for code, meaning in reversed(list(meanings.items()))}, **words}


def needed_fields(document: MappedKind) -> tuple[str, ...]:
    """Return the fields, as `table.column`, that a document can hardly be paid without."""
    return tuple(_synonyms()["needed"][document])


def _place(table: str, place: str) -> str:
    return "" if table == "settlement_lists" else place


@cache
def _synonyms() -> Any:  # noqa: ANN401  # the file's content, checked just below
    text = files("tongchou").joinpath("packs", "intake", "synonyms.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    for written in (*content["fields"], *(name for names in content["needed"].values() for name in names)):
        if mapped_field(written.partition("@")[0]) is None:
            raise ValueError(f"synonyms.yaml: {written}")
    return content
