"""Referrals as those see them who send, receive or watch over them: lists, histories, streams."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tongchou.access.admission import PersonRead, record_read
from tongchou.access.decision import decide
from tongchou.access.masking import built_in_masking
from tongchou.access.subject import REGION, Subject, Whose
from tongchou.core.text import Text
from tongchou.records.held import held
from tongchou.records.models import WorkingReferral
from tongchou.records.referrals import referrals_of
from tongchou.records.users import names_of
from tongchou.schema.states import INSTITUTION_LEVEL
from tongchou.workplace.cursors import cursor_of, place_of
from tongchou.workplace.institutions import Institution, institutions
from tongchou.workplace.place import Workplace
from tongchou.workplace.scopes import seen_institutions

_EVERY = 1_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a referral's history: the state reached, when, by whom, with what words."""

    state: str
    at: datetime
    by: Text
    words: str


@dataclass(frozen=True, slots=True)
class ReferralLine:
    """A referral with its history and the names of the two institutions; `is_received` where one may answer it."""

    referral: WorkingReferral
    sender: Text
    receiver: Text
    steps: tuple[Step, ...]
    may_answer: bool


@dataclass(frozen=True, slots=True)
class ReferralPage:
    """A page of referrals, the newest first; `cursor` is where the next page begins, None at the end."""

    lines: tuple[ReferralLine, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Flow:
    """How many referrals went from one place to another."""

    origin: Text
    destination: Text
    count: int


@dataclass(frozen=True, slots=True)
class ReferralSummary:
    """Referrals by state, and the streams between institutions (between levels where institutions are masked)."""

    by_state: Mapping[str, int]
    flows: tuple[Flow, ...]


def referral_page(
    place: Workplace,
    subject: Subject,
    *,
    state: str | None = None,
    institution_id: str | None = None,
    size: int = 100,
    cursor: str | None = None,
) -> ReferralPage:
    """Return a page of the referrals that the institutions sent or receive whose persons somebody sees.

    Raises:
        TongchouError: `access.refused`; `workplace.bad_cursor`.
    """
    wanted = seen_institutions(place, subject, "referrals.read", "person", institution_id)
    with place.records.reading() as session:
        found = referrals_of(session, institution_ids=wanted, state=state, before=place_of(cursor), limit=size + 1)
    page = found[:size]
    own = institution_id or (next(iter(wanted)) if wanted is not None and len(wanted) == 1 else "")
    with place.records.writing() as session:
        record_read(session, subject, PersonRead("referrals", "referrals", own, len(page)), place.now())
        lines = _lines(place, subject, session, page)
    more = len(found) > size
    return ReferralPage(lines, cursor_of(page[-1].created_at, page[-1].referral_id) if more else None)


def one_referral(place: Workplace, subject: Subject, referral_id: str) -> ReferralLine:
    """Return a referral with its history.

    Raises:
        TongchouError: `access.refused`; `records.not_found`.
    """
    place.admit_to_some(subject, "referrals.read", "person", where=referral_id)
    with place.records.reading() as session:
        referral = held(session, WorkingReferral, referral_id)
    whose = place.whose(referral.from_institution_id, referral.to_institution_id)
    place.admit(subject, "referrals.read", "person", whose, where=referral_id)
    with place.records.writing() as session:
        read = PersonRead("referrals", f"referral {referral_id}", referral.to_institution_id, 1)
        record_read(session, subject, read, place.now())
        return _lines(place, subject, session, [referral])[0]


def referral_summary(place: Workplace, subject: Subject) -> ReferralSummary:
    """Return counts by state and the streams, without persons.

    Raises:
        TongchouError: `access.refused`.
    """
    if decide(subject, "referrals.read", REGION, "aggregate").outcome == "masked":
        return _masked_summary(place)
    wanted = seen_institutions(place, subject, "referrals.read", "aggregate")
    with place.records.reading() as session:
        found = referrals_of(session, institution_ids=wanted, limit=_EVERY)
    places = institutions(place)
    pairs = Counter((each.from_institution_id, each.to_institution_id) for each in found if each.state != "rejected")
    flows = tuple(Flow(_name(places, one), _name(places, other), count) for (one, other), count in pairs.most_common())
    return ReferralSummary(Counter(each.state for each in found), flows)


def _masked_summary(place: Workplace) -> ReferralSummary:
    """Return the streams between levels; what is fewer than a small cell is left out."""
    least = built_in_masking().least_cases
    with place.records.reading() as session:
        found = referrals_of(session, limit=_EVERY)
    levels = {each.institution_id: each.level for each in institutions(place).values()}
    pairs = Counter(
        (levels[each.from_institution_id], levels[each.to_institution_id]) for each in found if each.state != "rejected"
    )
    flows = tuple(
        Flow(INSTITUTION_LEVEL[one], INSTITUTION_LEVEL[other], count)
        for (one, other), count in pairs.most_common()
        if count >= least
    )
    states = Counter(each.state for each in found)
    return ReferralSummary({state: count for state, count in states.items() if count >= least}, flows)


def _lines(
    place: Workplace, subject: Subject, session: Session, found: list[WorkingReferral]
) -> tuple[ReferralLine, ...]:
    places = institutions(place) if found else {}
    names = names_of(session, {step.user_id for each in found for step in each.steps})
    return tuple(
        ReferralLine(
            each,
            _name(places, each.from_institution_id),
            _name(places, each.to_institution_id),
            tuple(
                Step(step.state, step.at, names.get(step.user_id, Text.plain("")), step.words) for step in each.steps
            ),
            decide(subject, "referrals.answer", Whose((each.to_institution_id,)), "person").outcome == "allowed",
        )
        for each in found
    )


def _name(places: Mapping[str, Institution], institution_id: str) -> Text:
    found = places.get(institution_id)
    return found.name if found else Text.plain(institution_id)
