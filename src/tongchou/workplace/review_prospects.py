"""What the next run would make of special reviews: the quota of a hospital, and what the experts' opinions come to."""

from dataclasses import dataclass

import narwhals as nw
from sqlalchemy.orm import Session

from tongchou.core.money import E4
from tongchou.payment.cases.reviews import Application, ExpertOpinion, Review, decide_reviews
from tongchou.records.models import SpecialCaseApplication
from tongchou.records.special_cases import applications
from tongchou.runs.frames import Facts, decided_cases
from tongchou.runs.region import Period
from tongchou.schema.review_tables import REVIEW_OPINIONS, SPECIAL_REVIEWS
from tongchou.store.engine import Frame
from tongchou.workplace.handing_over import expert_pseudonym
from tongchou.workplace.place import Workplace
from tongchou.workplace.shelf import ShelvedRun

_EVERY = 1_000_000


@dataclass(frozen=True, slots=True)
class Quota:
    """How many cases of a hospital may be reviewed in a year, and how many applications stand."""

    allowed: int
    used: int


@dataclass(frozen=True, slots=True)
class QuotaGround:
    """What a hospital's quota in a year rests on beside the applications made here.

    Attributes:
        institution_id: The hospital.
        period: The year.
        allowed: How many cases may be reviewed: the policy's share of its discharges, rounded down.
        handed_in: Ids of the reviews of the year's cases that the lake holds.
    """

    institution_id: str
    period: str
    allowed: int
    handed_in: frozenset[str]


def quota_ground(place: Workplace, shelved: ShelvedRun, institution_id: str) -> QuotaGround:
    """Return what a hospital's quota in the year of a run rests on; it reads the lake, so nobody need wait for it."""
    period = shelved.record.inputs.period
    view = place.at_hand.policy().at(Period.parse(period).end)
    share_e4 = view.e4("payment/review/quota", payment_method=view.text("payment/inpatient/method"))
    discharges = _discharges(shelved).get(institution_id, 0)
    handed_in = frozenset(each.review_id for each in _handed_in_of(place, period, institution_id))
    return QuotaGround(institution_id, period, discharges * share_e4 // E4, handed_in)


def quota_now(place: Workplace, session: Session, ground: QuotaGround) -> Quota:
    """Return a quota with the applications that stand in the session's transaction."""
    made = _made(place, session, ground.institution_id, ground.period)
    return Quota(ground.allowed, len(ground.handed_in | {each.application_id for each in made}))


def quota_of(place: Workplace, shelved: ShelvedRun, institution_id: str) -> Quota:
    """Return a hospital's quota in the year of a run."""
    ground = quota_ground(place, shelved, institution_id)
    with place.records.reading() as session:
        return quota_now(place, session, ground)


def prospect_of(place: Workplace, shelved: ShelvedRun, application: SpecialCaseApplication) -> Review:
    """Return what a run would decide on an application by the opinions given so far, quota and recusal included."""
    view = place.at_hand.policy().at(Period.parse(shelved.record.inputs.period).end)
    standing = _standing(place, shelved, application.institution_id)
    reviews = decide_reviews(view, view.text("payment/inpatient/method"), standing, _discharges(shelved))
    return next(each for each in reviews if each.application.review_id == application.application_id)


def _discharges(shelved: ShelvedRun) -> dict[str, int]:
    return {each.institution_id: each.case_count for each in shelved.record.summary.institutions}


def _standing(place: Workplace, shelved: ShelvedRun, institution_id: str) -> list[Application]:
    """Return the hospital's applications of the run's year: those made here, and those handed in as files."""
    period = shelved.record.inputs.period
    with place.records.reading() as session:
        own = [_application(each) for each in _made(place, session, institution_id, period)]
    known = {each.review_id for each in own}
    return [*own, *(each for each in _handed_in_of(place, period, institution_id) if each.review_id not in known)]


def _made(place: Workplace, session: Session, institution_id: str, period: str) -> list[SpecialCaseApplication]:
    return [
        each
        for each in applications(session, institution_ids=frozenset((institution_id,)), limit=_EVERY)
        if each.state != "withdrawn" and place.shelf.record(each.run_id).inputs.period == period
    ]


def _handed_in_of(place: Workplace, period: str, institution_id: str) -> list[Application]:
    year = Period.parse(period)
    deciding = place.at_hand.policy().at(year.end).text("payment/deciding_date")
    with place.facts() as facts:
        cases = decided_cases(facts, deciding, year.start, year.end)
        return _handed_in(facts, cases.filter(nw.col("institution_id") == institution_id), institution_id)


def _application(made: SpecialCaseApplication) -> Application:
    opinions = tuple(
        ExpertOpinion(expert_pseudonym(each.expert_id), each.institution_id, each.opinion, each.amount_fen or 0)  # type: ignore[arg-type]  # one of the same states
        for each in made.opinions
    )
    applied_on = made.applied_at.astimezone().date()
    return Application(made.application_id, made.case_id, made.institution_id, applied_on, opinions)


def _handed_in(facts: Facts, cases: Frame, institution_id: str) -> list[Application]:
    rows = facts.engine.collect(
        facts.table(SPECIAL_REVIEWS).join(cases.select("case_id"), on="case_id", how="inner").sort("review_id")
    ).to_pylist()
    wanted = [row["review_id"] for row in rows]
    given = facts.table(REVIEW_OPINIONS).filter(nw.col("review_id").is_in(wanted)).sort("review_id", "expert_id")
    opinions = facts.engine.collect(given).to_pylist() if wanted else []
    return [
        Application(
            row["review_id"],
            row["case_id"],
            institution_id,
            row["applied_on"],
            tuple(
                ExpertOpinion(one["expert_id"], one["institution_id"], one["opinion"], one["amount_fen"])
                for one in opinions
                if one["review_id"] == row["review_id"]
            ),
        )
        for row in rows
    ]
