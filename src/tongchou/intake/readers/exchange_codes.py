"""What the codes of international formats mean in the national code lists: `packs/intake/exchange.yaml`."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

CODES = "urn:tongchou:"
"""The beginning of the names of code systems that are ours; what follows is the name of a code list or of a table."""


@cache
def exchange_codes(family: Literal["fhir", "hl7", "identifiers", "written"]) -> Mapping[str, Any]:
    """Return the code maps of a family of formats."""
    text = files("tongchou").joinpath("packs", "intake", "exchange.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)[family]
