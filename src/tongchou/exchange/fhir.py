"""A region and a run as FHIR R4: a file of bundles, one in a line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tongchou.exchange.elements import bundle
from tongchou.exchange.fhir_benefit import explanation
from tongchou.exchange.fhir_claim import claim, conditions, encounter, organization, patient, procedures
from tongchou.exchange.fhir_referral import service_request
from tongchou.exchange.run_tables import RunTables


@dataclass(frozen=True, slots=True)
class Written:
    """How much was written."""

    cases: int
    referrals: int


def write_fhir(tables: RunTables, out: Path, advance: Callable[[int, int], None] | None = None) -> Written:
    """Write the cases that a run priced, then the region's referrals.

    Args:
        tables: The run.
        out: The file; it is written as it goes.
        advance: Told how many cases are written, of how many.
    """
    total = tables.case_count()
    cases = referrals = 0
    with out.open("wb") as file:
        for line in case_bundles(tables):
            file.write(line)
            cases += 1
            if advance is not None and (cases % 100 == 0 or cases == total):
                advance(cases, total)
        for line in referral_bundles(tables):
            file.write(line)
            referrals += 1
    return Written(cases, referrals)


def case_bundles(tables: RunTables) -> Iterator[bytes]:
    """Yield a bundle for each case: person, institution, stay, claim, and what was paid."""
    institutions, standing = tables.institutions(), tables.standing
    for case in tables.cases():
        yield bundle(
            [
                patient(case["person_id"], case),
                organization(case["institution_id"], institutions),
                encounter(case),
                *conditions(case),
                *procedures(case),
                claim(case),
                explanation(case, tables.record, standing),
            ]
        )


def referral_bundles(tables: RunTables) -> Iterator[bytes]:
    """Yield a bundle for each referral: person, both institutions, request."""
    institutions = tables.institutions()
    for referral in tables.referrals():
        sides = dict.fromkeys((referral["from_institution_id"], referral["to_institution_id"]))
        yield bundle(
            [
                patient(referral["person_id"]),
                *(organization(each, institutions) for each in sides),
                service_request(referral),
            ]
        )
