"""Where the columns of a medical-record front page belong: one row of `packs/intake/front_page.csv` each.

The page goes round under three families of names: HQMS (`C03C`), 卫统4 (`P321`) and the pinyin names of 2012 (`JBDM`).
The 卫统4 names follow no rule, so every one of them is written down.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

FrontPageFamily = Literal["hqms", "weitong4", "pinyin"]
"""A family of column names; it is also the name of the transaction in a batch of documents."""

FRONT_PAGE_FAMILIES: tuple[FrontPageFamily, ...] = get_args(FrontPageFamily)

_RANGE = re.compile(r"\{(\d+)-(\d+)\}")


@dataclass(frozen=True, slots=True)
class FrontPageCell:
    """What a column of the page holds.

    Attributes:
        name: The column's name in its family.
        table: The document table that it belongs to.
        column: The column there.
        place: Which part of it. In a table of one row a document: empty for the whole value, `days`, `hours` and
            `minutes` of a duration, `day` and `hour` of a moment, a number of several values. In a list that is
            ordered: which row, 0 being the principal or main one. In a list by kind: the kind's code.
        values: What is to stand for a value, where the page has codes of its own; a value not in it says nothing
            here. Empty where values are taken as they are.
    """

    name: str
    table: str
    column: str
    place: str
    values: Mapping[str, str]


@cache
def front_page_cells(family: FrontPageFamily) -> tuple[FrontPageCell, ...]:
    """Return the cells of a family, in order.

    A name may stand in several cells, and several names in one (the first that is filled counts).
    """
    text = files("tongchou").joinpath("packs", "intake", "front_page.csv").read_text(encoding="utf-8")
    return tuple(cell for row in csv.DictReader(text.splitlines()) for cell in _cells(row, family))


@cache
def front_page_names(family: FrontPageFamily) -> Mapping[str, str]:
    """Return the names of a family as they are written, by the name in lower case."""
    return {cell.name.lower(): cell.name for cell in front_page_cells(family)}


def _cells(row: Mapping[str, str], family: FrontPageFamily) -> Iterator[FrontPageCell]:
    values = dict(pair.split("=", 1) for pair in filter(None, row["values"].split("|")))
    for name in filter(None, row[family].split("|")):
        for number, written in _written(name):
            place = {"n": str(number), "n-1": str(number - 1)}.get(row["place"], row["place"])
            yield FrontPageCell(written, row["table"], row["column"], place, values)


def _written(name: str) -> Iterator[tuple[int, str]]:
    found = _RANGE.search(name)
    if found is None:
        yield 0, name
        return
    first, last = found.groups()
    for number in range(int(first), int(last) + 1):
        yield number, _RANGE.sub(f"{number:0{len(first)}d}", name)
