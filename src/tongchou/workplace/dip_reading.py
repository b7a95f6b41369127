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

_CODES = re.compile(r"[^+/()]+")


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
    """Return what groups of the catalogue are, by code: the diagnosis, with its operations or the way of treatment.

    Diagnoses and operations are called by the names of code sets at hand; what none of them names is left out.

    Raises:
        TongchouError: As `groups_of`.
    """
    place.admit(subject, "schemes.read", "open", where="dip")
    ready = place.at_hand.dip.ready()
    wanted = [group for group in dict.fromkeys(groups) if group]
    rows = ready.grouper.catalogue.groups.filter(pl.col("group").is_in(wanted)).iter_rows(named=True)
    return {row["group"]: _name(place, ready, row) for row in rows}


def _name(place: Workplace, ready: ReadyDip, row: Mapping[str, Any]) -> Text:
    codes, treatments = place.at_hand.codes(), ready.grouper.catalogue.rules.treatment_titles
    # The rung of a mixed group may be a chapter (A00-B99), which is no code.
    diagnosis = None if "-" in row["diagnosis"] else codes.own_name_of("dx", row["diagnosis"])
    operations = [codes.own_name_of("op", code) for code in _CODES.findall(row["operations"])]
    named = [each for each in operations if each is not None]
    how = named if named and len(named) == len(operations) else [treatments[row["treatment"]]]
    parts = Text(" + ".join(each.zh for each in how), " + ".join(each.en for each in how))
    return parts if diagnosis is None else Text(f"{diagnosis.zh}：{parts.zh}", f"{diagnosis.en}: {parts.en}")
