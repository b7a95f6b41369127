"""Reading the DIP catalogue that the region pays by: whether there is one, its groups, and what they are called."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tongchou.access.subject import Subject
from tongchou.core.text import Text
from tongchou.workplace.dip_at_hand import ReadyDip
from tongchou.workplace.place import Workplace


@dataclass(frozen=True, slots=True)
class CatalogueGroups:
    """Groups of the catalogue.

    Attributes:
        ready: The catalogue.
        groups: Rows of its table `groups`, in the order of their codes.
        names: What each of them is, by its code.
        found: How many groups were found, of which `groups` may be the first.
    """

    ready: ReadyDip
    groups: tuple[Mapping[str, Any], ...]
    names: Mapping[str, Text]
    found: int


def pays_by_dip(place: Workplace, subject: Subject) -> bool:
    """Return whether today's policy pays stays by DIP points.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "schemes.read", "open", where="dip")
    return place.at_hand.dip.is_paid_by()


def groups_of(place: Workplace, subject: Subject, words: str, most: int) -> CatalogueGroups:
    """Return the groups in whose code or name some words stand.

    Args:
        place: The place.
        subject: Who asks.
        words: The words, whatever their case; empty for all groups.
        most: How many groups are given.

    Raises:
        TongchouError: `access.refused`; as `DipAtHand.ready`.
    """
    place.admit(subject, "schemes.read", "open", where="dip")
    ready = place.at_hand.dip.ready()
    rows = ready.grouper.catalogue.groups.sort("group").to_dicts()
    names = {row["group"]: _name(place, ready, row) for row in rows}
    wanted = words.strip().casefold()
    found = [row for row in rows if wanted in f"{row['group']} {names[row['group']]}".casefold()]
    shown = tuple(found[:most])
    return CatalogueGroups(ready, shown, {row["group"]: names[row["group"]] for row in shown}, len(found))


def group_names(place: Workplace, subject: Subject, groups: Iterable[str | None]) -> dict[str, Text]:
    """Return what groups of the catalogue are, by code: the diagnosis by name, with operations or way of treatment.

    Raises:
        TongchouError: As `groups_of`.
    """
    place.admit(subject, "schemes.read", "open", where="dip")
    ready = place.at_hand.dip.ready()
    wanted = [group for group in dict.fromkeys(groups) if group]
    rows = ready.grouper.catalogue.groups.filter(pl.col("group").is_in(wanted)).iter_rows(named=True)
    return {row["group"]: _name(place, ready, row) for row in rows}


def _name(place: Workplace, ready: ReadyDip, row: Mapping[str, Any]) -> Text:
    codes = place.at_hand.codes()
    # The rung of a mixed group may be a chapter (A00-B99), which is no code.
    is_code = "-" not in row["diagnosis"]
    diagnosis = (codes.name_of("dx", row["diagnosis"]) if is_code else None) or Text.plain(row["diagnosis"])
    operations = [codes.name_of("op", code) or Text.plain(code) for code in _operations(row["operations"])]
    how = operations or [ready.grouper.catalogue.rules.treatment_titles[row["treatment"]]]
    zh, en = " + ".join(each.zh for each in how), " + ".join(each.en for each in how)
    return Text(f"{diagnosis.zh}：{zh}", f"{diagnosis.en}: {en}")


def _operations(expression: str) -> list[str]:
    return [code for code in re.split(r"[+/()]", expression) if code]
