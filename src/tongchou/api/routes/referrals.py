"""Referrals: begun, answered, followed, listed with their history, summed."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, Words
from tongchou.api.etags import version_asked
from tongchou.api.idempotency import Once
from tongchou.api.paging import Cursor, Size
from tongchou.records.models import WorkingReferral
from tongchou.records.referrals import ReferralRequest
from tongchou.schema.states import REFERRAL_STATE
from tongchou.workplace import referral_reading, referring
from tongchou.workplace.referral_reading import ReferralLine

router = APIRouter(tags=["转诊 / referrals"])

Version = Annotated[int, Depends(version_asked)]
State = Literal["requested", "accepted", "rejected", "arrived", "completed"]


class NewReferral(BaseModel):
    """A referral to be begun; the person by pseudonym, of the sender's own cases or contracts."""

    model_config = ConfigDict(extra="forbid")

    person_id: str = Field(min_length=1, max_length=100, description="参保人（假名） / insured person (pseudonym)")
    direction: Literal["up", "down"]
    from_institution_id: str = Field(min_length=1, max_length=60)
    to_institution_id: str = Field(min_length=1, max_length=60)
    department: str = Field(default="", max_length=100)
    reason: str = Field(min_length=1, max_length=1_000)
    case_id: str | None = Field(default=None, max_length=100, description="转出前住院 / the stay before")


class ReferralAnswer(BaseModel):
    """The receiver's answer."""

    model_config = ConfigDict(extra="forbid")

    answer: Literal["accepted", "rejected"]
    words: str = Field(default="", max_length=1_000)


class ReferralNote(BaseModel):
    """Words about an arrival."""

    model_config = ConfigDict(extra="forbid")

    words: str = Field(default="", max_length=1_000)


class ReferralEnd(ReferralNote):
    """Words about a completion, and the stay that it led to."""

    case_id: str | None = Field(default=None, max_length=100, description="接收后住院 / the stay after")


class StepBody(BaseModel):
    """A step of a referral's history."""

    state: str
    at: datetime
    by: str
    words: str


class ReferralBody(BaseModel):
    """A referral; `steps` is its history where it was asked for."""

    referral_id: str
    person_id: str
    direction: str
    from_institution_id: str
    to_institution_id: str
    department: str
    reason: str
    case_id: str | None
    to_case_id: str | None
    state: str
    state_title: Words
    created_at: datetime
    changed_at: datetime
    version: int
    steps: list[StepBody]

    @classmethod
    def of(cls, referral: WorkingReferral, steps: list[StepBody]) -> "ReferralBody":
        """Return a referral as the API says it."""
        plain = {name: getattr(referral, name) for name in cls.model_fields if name not in {"state_title", "steps"}}
        return cls(state_title=Words.of(REFERRAL_STATE[referral.state]), steps=steps, **plain)

    @classmethod
    def of_line(cls, line: ReferralLine) -> "ReferralBody":
        """Return a line of a list as the API says it."""
        steps = [StepBody(state=each.state, at=each.at, by=each.by.zh, words=each.words) for each in line.steps]
        return cls.of(line.referral, steps)


class FlowBody(BaseModel):
    """A stream of referrals."""

    origin: Words
    destination: Words
    count: int


class SummaryBody(BaseModel):
    """Counts by state and streams, without persons."""

    by_state: dict[str, int]
    flows: list[FlowBody]


@router.get("/referral-persons", summary="查找本机构参保人 / persons of an institution")
def get_persons(
    place: Place,
    subject: Asking,
    institution_id: Annotated[str, Query(min_length=1, max_length=60)],
    begins: Annotated[str, Query(min_length=1, max_length=100, description="假名开头 / how the pseudonym begins")],
) -> Answer[list[str]]:
    """Return pseudonyms of the institution's own cases and contracts; the read is noted."""
    return Answer(data=referring.find_persons(place, subject, institution_id, begins))


@router.post("/referrals", status_code=status.HTTP_201_CREATED, summary="发起转诊 / begin a referral")
def post_referral(place: Place, subject: Asking, once: Once, referral: NewReferral) -> Answer[ReferralBody]:
    """Begin a referral; the receiver is told."""
    asked = ReferralRequest(**referral.model_dump())
    return once.answer(
        Answer[ReferralBody],
        lambda: Answer(data=ReferralBody.of(referring.begin_referral(place, subject, asked), [])),
    )


@router.get("/referrals", summary="转诊列表 / referrals")
def get_referrals(
    place: Place,
    subject: Asking,
    state: State | None = None,
    institution_id: Annotated[str | None, Query(max_length=60)] = None,
    size: Size = 100,
    cursor: Cursor = None,
) -> Answer[list[ReferralBody]]:
    """Return referrals with their history, the newest first; the read of persons is noted."""
    page = referral_reading.referral_page(
        place, subject, state=state, institution_id=institution_id, size=size, cursor=cursor
    )
    return Answer(data=[ReferralBody.of_line(line) for line in page.lines], next_cursor=page.cursor)


@router.get("/referrals/summary", summary="转诊汇总 / summary")
def get_summary(place: Place, subject: Asking) -> Answer[SummaryBody]:
    """Return counts by state, and the streams between institutions (between levels where they are masked)."""
    found = referral_reading.referral_summary(place, subject)
    flows = [
        FlowBody(origin=Words.of(each.origin), destination=Words.of(each.destination), count=each.count)
        for each in found.flows
    ]
    return Answer(data=SummaryBody(by_state=dict(found.by_state), flows=flows))


@router.get("/referrals/{referral_id}", summary="一次转诊 / one referral")
def get_referral(place: Place, subject: Asking, referral_id: str, response: Response) -> Answer[ReferralBody]:
    """Return a referral; its ETag is what the next step hands back as If-Match."""
    line = referral_reading.one_referral(place, subject, referral_id)
    response.headers["ETag"] = f'"{line.referral.version}"'
    return Answer(data=ReferralBody.of_line(line))


@router.post("/referrals/{referral_id}/answer", summary="接收或拒收 / accept or reject")
def post_answer(
    place: Place, subject: Asking, referral_id: str, version: Version, answer: ReferralAnswer
) -> Answer[ReferralBody]:
    """Accept or reject a referral to one's institution; a rejection says why."""
    found = referring.answer_referral(place, subject, referral_id, version, answer.answer, answer.words)
    return Answer(data=ReferralBody.of(found, []))


@router.post("/referrals/{referral_id}/arrival", summary="到院 / arrival")
def post_arrival(
    place: Place, subject: Asking, referral_id: str, version: Version, note: ReferralNote
) -> Answer[ReferralBody]:
    """Note that the person has arrived."""
    return Answer(data=ReferralBody.of(referring.note_arrival(place, subject, referral_id, version, note.words), []))


@router.post("/referrals/{referral_id}/completion", summary="完成 / completion")
def post_completion(
    place: Place, subject: Asking, referral_id: str, version: Version, end: ReferralEnd
) -> Answer[ReferralBody]:
    """Note that the referral is completed, with the stay that it led to; a run then reads it."""
    found = referring.complete_referral(place, subject, referral_id, version, end.words, end.case_id)
    return Answer(data=ReferralBody.of(found, []))
