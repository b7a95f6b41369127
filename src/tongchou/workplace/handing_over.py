"""What people decided here is handed over to the lake as small files of the tables that runs read, once each.

It is handed over before a run is computed and not at every step: what runs follow from must not change between the
review of a run and its posting. What is there already is left out, so a hand-over that was interrupted is made good by
the next one.
"""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import structlog
from filelock import FileLock
from sqlalchemy.orm import Session

from tongchou.core.hashing import hash_text
from tongchou.intake import take_in
from tongchou.records.decisions import standing_decision
from tongchou.records.models import SpecialCaseApplication, WorkingReferral
from tongchou.records.referrals import ended_referrals
from tongchou.records.special_cases import OBJECT_KIND, applications
from tongchou.runs.frames import Facts
from tongchou.schema.contract import Table
from tongchou.schema.review_tables import REVIEW_OPINIONS, SPECIAL_REVIEWS
from tongchou.schema.tables import REFERRALS
from tongchou.workplace.place import Workplace

_LOG = structlog.get_logger("tongchou.workplace")
_EVERY = 1_000_000


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What went into the lake: referrals that ended, special reviews that were decided, and rows set aside."""

    referrals: int
    special_reviews: int
    set_aside: int


def hand_over(place: Workplace) -> HandedOver:
    """Hand over what has ended and is not in the lake yet.

    Raises:
        Problems: As `take_in`; nothing has been written then.
    """
    with FileLock(place.region.folder / ".handing-over.lock"), place.facts() as facts:
        with place.records.reading() as session:
            referrals = _referral_rows(session, _known(facts, REFERRALS, "referral_id"))
            reviews, opinions = _review_rows(session, _known(facts, SPECIAL_REVIEWS, "review_id"))
        rows = ((REFERRALS, referrals), (SPECIAL_REVIEWS, reviews), (REVIEW_OPINIONS, opinions))
        if not referrals and not reviews:
            return HandedOver(0, 0, 0)
        with tempfile.TemporaryDirectory() as folder:
            report = take_in(_files(Path(folder), rows), place.region.lake, facts.engine)
    _LOG.info("handed over", batch=report.batch_id, referrals=len(referrals), special_reviews=len(reviews))
    if report.set_aside_count:
        # The findings stand in the lake, beside those of every other batch.
        _LOG.warning("rows set aside", batch=report.batch_id, rows=report.set_aside_count)
    return HandedOver(len(referrals), len(reviews), report.set_aside_count)


def expert_pseudonym(user_id: str) -> str:
    """Return what stands for an expert in the lake."""
    return f"E{hash_text('expert', user_id)[:16]}"


def is_to_be_paid_so(outcome: str, opinions: Sequence[str]) -> bool:
    """Return whether a decision leaves what the experts' opinions say to the run.

    An insurer who refuses what most experts would pay keeps the application out of the lake: the case is then paid as
    any other.
    """
    would_pay = any(2 * opinions.count(each) > len(opinions) for each in ("by_item", "adjusted"))
    return outcome != "refuse" or not would_pay


def _known(facts: Facts, table: Table, key: str) -> set[str]:
    return set(facts.engine.collect(facts.table(table).select(key))[key].to_pylist())


def _referral_rows(session: Session, known: set[str]) -> list[dict[str, Any]]:
    return [_referral_row(each) for each in ended_referrals(session) if each.referral_id not in known]


def _referral_row(referral: WorkingReferral) -> dict[str, Any]:
    accepted = [step.at for step in referral.steps if step.state == "accepted"]
    return {
        "referral_id": referral.referral_id,
        "person_id": referral.person_id,
        "direction": referral.direction,
        "from_institution_id": referral.from_institution_id,
        "to_institution_id": referral.to_institution_id,
        "from_case_id": referral.case_id,
        "to_case_id": referral.to_case_id,
        "requested_on": _day(referral.created_at),
        "accepted_on": _day(accepted[0]) if accepted else None,
        "state": referral.state,
    }


def _review_rows(session: Session, known: set[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    reviews: list[dict[str, Any]] = []
    opinions: list[dict[str, Any]] = []
    for each in sorted(applications(session, state="decided", limit=_EVERY), key=lambda one: one.application_id):
        decision = standing_decision(session, OBJECT_KIND, each.application_id)
        given = [opinion.opinion for opinion in each.opinions]
        if each.application_id in known or decision is None or not is_to_be_paid_so(decision.outcome, given):
            continue
        reviews.append(_review_row(each))
        opinions += _opinion_rows(each)
    return reviews, opinions


def _review_row(application: SpecialCaseApplication) -> dict[str, Any]:
    return {
        "review_id": application.application_id,
        "case_id": application.case_id,
        "applied_on": _day(application.applied_at),
        "reason": application.reason,
    }


def _opinion_rows(application: SpecialCaseApplication) -> Iterable[dict[str, Any]]:
    for each in application.opinions:
        yield {
            "review_id": application.application_id,
            "expert_id": expert_pseudonym(each.expert_id),
            "institution_id": each.institution_id,
            "opinion": each.opinion,
            "amount_fen": each.amount_fen or 0,
        }


def _files(folder: Path, rows: Iterable[tuple[Table, list[dict[str, Any]]]]) -> list[Path]:
    paths = []
    for table, lines in rows:
        if lines:
            paths.append(folder / f"{table.name}-workplace.parquet")
            pq.write_table(pa.Table.from_pylist(lines, schema=table.arrow_schema), paths[-1])
    return paths


def _day(moment: datetime) -> date:
    """Return the day of a moment, where the place is."""
    return moment.astimezone().date()
