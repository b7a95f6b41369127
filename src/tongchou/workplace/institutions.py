"""The institutions of the region as they are today: names and levels."""

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals as nw

from tongchou.core.text import Text
from tongchou.schema.tables import INSTITUTIONS
from tongchou.workplace.place import Workplace, no_such


@dataclass(frozen=True, slots=True)
class Institution:
    """An institution: its name, its level (a state of `INSTITUTION_LEVEL`), and whether it is there today."""

    institution_id: str
    name: Text
    level: str
    is_valid: bool


def institutions(place: Workplace) -> Mapping[str, Institution]:
    """Return the institutions that ever were valid, by id, each as it was last."""
    today = place.today
    with place.facts() as facts:
        wanted = facts.table(INSTITUTIONS).filter(nw.col("valid_from") <= today).sort("institution_id", "valid_from")
        rows = facts.engine.collect(wanted).to_pylist()
    return {
        row["institution_id"]: Institution(
            row["institution_id"],
            Text(row["name_zh"], row["name_en"]),
            row["level"],
            row["valid_until"] is None or row["valid_until"] >= today,
        )
        for row in rows
    }


def the_institution(places: Mapping[str, Institution], institution_id: str) -> Institution:
    """Return an institution that is there today.

    Raises:
        TongchouError: `workplace.no_institution`.
    """
    found = places.get(institution_id)
    if found is None or not found.is_valid:
        what = Text("没有这家机构，或已停止定点", "there is no such institution, or no longer")
        raise no_such("workplace.no_institution", what, institution_id)
    return found
