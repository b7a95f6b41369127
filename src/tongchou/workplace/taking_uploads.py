"""Taking an upload into the lake, in the process that the run desk began for it."""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tongchou.core.text import Text
from tongchou.intake.deliveries.document_file import Sorted, sort_files
from tongchou.intake.deliveries.insured_persons import INSURED_PERSONS
from tongchou.intake.deliveries.report import DeliveryReport, LateParts
from tongchou.intake.deliveries.superseding import Paid
from tongchou.intake.deliveries.taking_deliveries import take_deliveries
from tongchou.intake.deliveries.terms import DeliveryTerms
from tongchou.intake.readers.reader import readers
from tongchou.runs.delivery_terms import delivery_terms, link_terms
from tongchou.runs.preconditions import standing_runs
from tongchou.runs.region import Region, open_region
from tongchou.schema.tables import INPUT_TABLES
from tongchou.store.engines import open_engine
from tongchou.workplace.own_documents import OwnDocuments, check_own_tables
from tongchou.workplace.upload_files import content_path, upload_folder
from tongchou.workplace.upload_types import check_suffix

_NAMED = "named"
_STAGES = {"reading and checking": "read", "checking across tables": "relate"}
_TABLE_NAMES = frozenset((*(table.name for table in INPUT_TABLES), INSURED_PERSONS.name))


def take_upload_in(folder: Path, order: Mapping[str, Any], announce: Callable[[str], None]) -> dict[str, Any]:
    """Take the file of an upload in, and return its batch and the report.

    The same content is recognised, whatever it is called. What an institution sends is taken as far as it is its own.

    Args:
        folder: The region's folder.
        order: `upload_id`, `file_name`, `institution_id` of the upload.
        announce: Told each stage.

    Raises:
        TongchouError: What is wrong with the file as a whole; nothing has been written then.
    """
    region = open_region(folder)
    path = _named(folder, order["upload_id"], order["file_name"])
    try:
        found = sort_files([path], readers())
        terms = _terms(region, found, order["institution_id"])
        with open_engine("duckdb") as engine:
            report = take_deliveries(
                found,
                region.lake,
                engine,
                terms,
                jobs=1,
                progress=lambda step, _done, _of: announce(_stage(step)),
                paid=lambda: Paid(tuple(standing_runs(region.lake).values())),
                linking=lambda: link_terms(region),
            )
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)
    for file in report.files:
        if file.refusal is not None:
            raise file.refusal
    if order["institution_id"]:
        # What waits and what was completed is counted over the region: it is the insurer's to know.
        report = replace(report, late=LateParts())
    return {"run_id": _batch_id(report), "report": report.as_json()}


def neutral_name(upload_id: str, file_name: str) -> str:
    """Return what a file is called in findings: its table where its name says one, and its id; nothing of the sender's.

    A sender's words may hold a name or a path, and findings are kept.
    """
    table = re.split(r"[.-]", file_name, maxsplit=1)[0]
    return f"{table if table in _TABLE_NAMES else 'upload'}-{upload_id[:12]}{check_suffix(file_name)}"


def _named(folder: Path, upload_id: str, file_name: str) -> Path:
    """Lay the file beside itself under a name that tells what it is."""
    beside = upload_folder(folder, upload_id) / _NAMED
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(mode=0o700)
    path = beside / neutral_name(upload_id, file_name)
    os.link(content_path(folder, upload_id), path)
    return path


def _terms(region: Region, found: Sorted, institution_id: str) -> DeliveryTerms | None:
    if institution_id:
        check_own_tables(found, institution_id)
    if not found.documents and not found.registers:
        return None
    terms = delivery_terms(region, institution_id=institution_id or None)
    return replace(terms, checks=OwnDocuments(terms.checks, institution_id)) if institution_id else terms


def _stage(step: Text) -> str:
    return _STAGES.get(step.en, "write")


def _batch_id(report: DeliveryReport) -> str:
    return report.files[0].batch_id if report.files else report.tables.batch_id if report.tables else ""
