"""The settled county where it pays by DIP: its own cases gave the catalogue."""

from pathlib import Path

import polars as pl
from tests.settled_county import SettledCounty

from tongchou.grouping.dip.building import build_catalogue
from tongchou.grouping.dip.catalogue_folder import write_catalogue
from tongchou.grouping.dip.rules_reading import national_rules
from tongchou.runs.dip_cases import lake_cases
from tongchou.workplace.place import Workplace, open_workplace
from tongchou.workplace.settings import Settings

PARAMETERS = {"payment/inpatient/method": "dip_points", "payment/dip/catalogue": "published"}


def dip_place(county: SettledCounty, folder: Path) -> Workplace:
    """Copy the county to a folder, let it pay by DIP, and open its working place."""
    county.copied(folder)
    say(folder, PARAMETERS)
    place = open_workplace(Settings(region=folder))
    write_catalogue(build_catalogue(cases_of(place), national_rules()), folder / "catalogues" / "published")
    return place


def say(folder: Path, parameters: dict[str, str]) -> None:
    for name, value in parameters.items():
        file = folder / "policy" / "parameters" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"values: [{{from: 2020-01-01, source: {{title: example}}, value: {value}}}]", encoding="utf-8")


def cases_of(place: Workplace) -> pl.DataFrame:
    with place.facts() as facts:
        cases = lake_cases(facts.lake, facts.snapshot)
    assert cases is not None
    return cases
