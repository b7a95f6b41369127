"""Under what terms a region takes documents in: its keys, its checks, its code maps."""

from datetime import datetime
from pathlib import Path

import polars as pl

from tongchou.intake.checks.catalogue import load_catalogue, own_catalogue
from tongchou.intake.checks.reference import Reference
from tongchou.intake.code_maps.reading import FOLDER as MAPS_FOLDER
from tongchou.intake.code_maps.reading import read_code_maps
from tongchou.intake.deliveries.catalogue_checks import CatalogueChecks
from tongchou.intake.deliveries.pack_maps import PackMaps
from tongchou.intake.deliveries.sealed_pseudonyms import SealedPseudonyms
from tongchou.intake.deliveries.terms import DeliveryTerms, LinkTerms, NoCodeMaps
from tongchou.intake.documents.settlement_split import first_self_pay_in
from tongchou.privacy.keys import find_ring
from tongchou.privacy.merging import merged_persons
from tongchou.runs.region import Region
from tongchou.schema.tables import INSTITUTIONS

CHECKS_FOLDER = "checks"
"""Where a region's own checks are, in its folder."""


def delivery_terms(
    region: Region, *, institution_id: str | None = None, key: Path | None = None, mapping: Path | None = None
) -> DeliveryTerms:
    """Return the terms of a region.

    Args:
        region: The region.
        institution_id: Whose documents they are, where they do not say.
        key: The key ring; None for the environment's.
        mapping: Which of a hospital's own columns hold which field.

    Raises:
        TongchouError: `privacy.no_key` and what else reading keys, checks and maps raises.
    """
    own_maps = region.folder / MAPS_FOLDER
    return DeliveryTerms(
        SealedPseudonyms(region.folder, region.region_id, find_ring(key)),
        institution_id=institution_id,
        mapping=mapping,
        checks=_checks(region),
        code_maps=PackMaps(read_code_maps(own_maps)) if own_maps.is_dir() else NoCodeMaps(),
        split=first_self_pay_in(region.folder),
    )


def link_terms(region: Region) -> LinkTerms:
    """Return the terms under which late parts reach documents of a region; they need no key."""
    return LinkTerms(_checks(region), first_self_pay_in(region.folder), merged_persons(region.folder))


def _checks(region: Region) -> CatalogueChecks:
    own_checks = region.folder / CHECKS_FOLDER
    catalogue = load_catalogue([own_checks]) if own_checks.is_dir() else own_catalogue()
    reference = Reference(received_at=datetime.now(), institutions=_institutions(region))  # noqa: DTZ005  # local
    return CatalogueChecks(catalogue, reference)


def _institutions(region: Region) -> pl.DataFrame | None:
    files = region.lake.files(INSTITUTIONS.name, region.lake.snapshot())
    return pl.read_parquet(files, columns=["institution_id", "valid_from", "valid_until"]) if files else None
