"""What the next run would make of special reviews: the quota of a hospital, and what the experts' opinions come to."""

from dataclasses import dataclass

import narwhals as nw

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


def quota_of(place: Workplace, shelved: ShelvedRun, institution_id: str) -> Quota:
    """Return a hospital's quota in the year of a run: the policy's share of its discharges, rounded down."""
    view = place.region.policy().at(Period.parse(shelved.record.inputs.period).end)
    share_e4 = view.e4("payment/review/quota", payment_method=view.text("payment/inpatient/method"))
    discharges = _discharges(shelved).get(institution_id, 0)
    return Quota(discharges * share_e4 // E4, len(_standing(place, shelved, institution_id)))


def prospect_of(place: Workplace, shelved: ShelvedRun, application: SpecialCaseApplication) -> Review:
    """Return what a run would decide on an application by the opinions given so far, quota and recusal included."""
    view = place.region.policy().at(Period.parse(shelved.record.inputs.period).end)
    standing = _standing(place, shelved, application.institution_id)
    reviews = decide_reviews(view, view.text("payment/inpatient/method"), standing, _discharges(shelved))
    return next(each for each in reviews if each.application.review_id == application.application_id)


def _discharges(shelved: ShelvedRun) -> dict[str, int]:
    return {each.institution_id: each.case_count for each in shelved.record.summary.institutions}


def _standing(place: Workplace, shelved: ShelvedRun, institution_id: str) -> list[Application]:
    """Return the hospital's applications of the run's year: those made here, and those handed in as files."""
    with place.records.reading() as session:
        made = applications(session, institution_ids=frozenset((institution_id,)), limit=_EVERY)
    year = shelved.record.inputs.period
    own = [
        _application(each)
        for each in made
        if each.state != "withdrawn" and place.shelf.record(each.run_id).inputs.period == year
    ]
    known = {each.review_id for each in own}
    period = Period.parse(year)
    deciding = place.region.policy().at(period.end).text("payment/deciding_date")
    with place.facts() as facts:
        cases = decided_cases(facts, deciding, period.start, period.end)
        handed_in = _handed_in(facts, cases.filter(nw.col("institution_id") == institution_id), institution_id)
    return [*own, *(each for each in handed_in if each.review_id not in known)]


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
