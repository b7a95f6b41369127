"""Special review of cases: applied for, reviewed by experts of other hospitals, decided."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, Words
from tongchou.api.etags import version_asked
from tongchou.api.idempotency import Once
from tongchou.api.paging import Cursor, Size
from tongchou.core.text import Text
from tongchou.records.models import SpecialCaseApplication
from tongchou.records.states import APPLICATION_STATE
from tongchou.workplace import special_case_reading, special_reviewing
from tongchou.workplace.special_case_reading import ApplicationLine, OpenApplication

router = APIRouter(tags=["特例单议 / special review"])

Version = Annotated[int, Depends(version_asked)]
Fen = Annotated[int, Field(ge=0, le=10**14, description="金额（分） / amount, fen")]
State = Literal["applied", "in_review", "decided", "withdrawn"]
Reason = Literal["long_stay", "high_cost", "new_technology", "critical", "multi_department"]
Verdict = Literal["by_item", "adjusted", "refuse"]


class NewApplication(BaseModel):
    """An application for a case of a run."""

    model_config = ConfigDict(extra="forbid")

    run_id: str = Field(min_length=1, max_length=100)
    case_id: str = Field(min_length=1, max_length=100)
    reason: Reason
    words: str = Field(min_length=1, max_length=4_000)


class NewOpinion(BaseModel):
    """An expert's opinion; `amount_fen` for `adjusted` only."""

    model_config = ConfigDict(extra="forbid")

    opinion: Verdict
    words: str = Field(min_length=1, max_length=4_000)
    amount_fen: Fen | None = None


class NewDecision(BaseModel):
    """The insurer's decision; `amount_fen` for `adjusted` only."""

    model_config = ConfigDict(extra="forbid")

    outcome: Verdict
    words: str = Field(min_length=1, max_length=4_000)
    amount_fen: Fen | None = None


class DecisionBody(BaseModel):
    """A decision as it stands."""

    outcome: str
    amount_fen: int | None
    words: str
    decided_at: datetime


class ApplicationBody(BaseModel):
    """An application; case and institution are empty where they are hidden."""

    application_id: str
    run_id: str
    case_id: str
    institution_id: str
    institution: Words | None
    is_masked: bool
    reason: str
    words: str
    state: str
    state_title: Words
    applied_at: datetime | None = Field(description="隐去时为空 / empty where it is hidden")
    version: int
    decision: DecisionBody | None
    may_opine: bool

    @classmethod
    def of_own(cls, application: SpecialCaseApplication) -> "ApplicationBody":
        """Return one's own application as the API says it."""
        return cls.of(ApplicationLine(application, False, Text.plain(""), None, False, False))  # noqa: FBT003

    @classmethod
    def of(cls, line: ApplicationLine) -> "ApplicationBody":
        """Return an application as the API says it."""
        found, decided = line.application, line.decision
        return cls(
            application_id=found.application_id,
            run_id=found.run_id,
            case_id=line.case_id,
            institution_id=line.institution_id,
            institution=Words.of(line.institution) if line.institution.zh else None,
            is_masked=line.is_masked,
            reason=found.reason,
            words=found.words,
            state=found.state,
            state_title=Words.of(APPLICATION_STATE[found.state]),
            applied_at=None if line.is_masked else found.applied_at,
            version=found.version,
            decision=None
            if decided is None
            else DecisionBody(
                outcome=decided.outcome,
                amount_fen=decided.amount_fen,
                words=decided.words,
                decided_at=decided.decided_at,
            ),
            may_opine=line.may_opine,
        )


class OpinionBody(BaseModel):
    """An opinion; expert and institution are empty where they are hidden."""

    expert: str
    institution_id: str
    opinion: str
    amount_fen: int | None
    words: str
    given_at: datetime


class ProspectBody(BaseModel):
    """What the next run would make of the application by the opinions given so far."""

    decision: str
    amount_fen: int
    why: Words


class OpenApplicationBody(BaseModel):
    """An application with its case and the opinions that one may read."""

    application: ApplicationBody
    figures: dict[str, Any]
    diagnoses: list[str]
    procedures: list[str]
    opinions: list[OpinionBody]
    prospect: ProspectBody | None

    @classmethod
    def of(cls, found: OpenApplication) -> "OpenApplicationBody":
        """Return an open application as the API says it."""
        prospect = found.prospect
        return cls(
            application=ApplicationBody.of(found.line),
            figures={name: _plain(value) for name, value in found.sheet.figures.items()},
            diagnoses=list(found.sheet.diagnoses),
            procedures=list(found.sheet.procedures),
            opinions=[
                OpinionBody(
                    expert=each.expert.zh,
                    **{name: getattr(each, name) for name in OpinionBody.model_fields if name != "expert"},
                )
                for each in found.opinions
            ],
            prospect=None
            if prospect is None
            else ProspectBody(
                decision=prospect.decision, amount_fen=prospect.amount_fen, why=Words.of(prospect.step.outcome)
            ),
        )


class QuotaBody(BaseModel):
    """How many cases of a hospital may be reviewed in the year of a run, and how many applications stand."""

    allowed: int
    used: int


def _plain(value: Any) -> Any:  # noqa: ANN401  # a value of a table
    if isinstance(value, Text):
        return {"zh": value.zh, "en": value.en}
    return value.isoformat() if isinstance(value, date) else value


@router.post("/special-cases", status_code=status.HTTP_201_CREATED, summary="申请特例单议 / apply")
def post_application(place: Place, subject: Asking, once: Once, asked: NewApplication) -> Answer[ApplicationBody]:
    """Apply that a case of a run be reviewed, within the quota of the policy."""
    return once.answer(
        Answer[ApplicationBody],
        lambda: Answer(
            data=ApplicationBody.of_own(
                special_reviewing.apply_for_review(
                    place, subject, asked.run_id, asked.case_id, asked.reason, asked.words
                )
            )
        ),
    )


@router.get("/special-cases", summary="特例单议列表 / applications")
def get_applications(
    place: Place, subject: Asking, state: State | None = None, size: Size = 100, cursor: Cursor = None
) -> Answer[list[ApplicationBody]]:
    """Return applications, the newest first; those of other hospitals masked."""
    page = special_case_reading.application_page(place, subject, state=state, size=size, cursor=cursor)
    return Answer(data=[ApplicationBody.of(line) for line in page.lines], next_cursor=page.cursor)


@router.get("/special-cases/quota", summary="限额 / quota")
def get_quota(
    place: Place,
    subject: Asking,
    run_id: Annotated[str, Query(min_length=1, max_length=100)],
    institution_id: Annotated[str, Query(min_length=1, max_length=60)],
) -> Answer[QuotaBody]:
    """Return a hospital's quota in the year of a run."""
    found = special_case_reading.own_quota(place, subject, run_id, institution_id)
    return Answer(data=QuotaBody(allowed=found.allowed, used=found.used))


@router.get("/special-cases/{application_id}", summary="一份申请 / one application")
def get_application(
    place: Place, subject: Asking, application_id: str, response: Response
) -> Answer[OpenApplicationBody]:
    """Return an application with its case; its ETag is what a decision hands back as If-Match."""
    found = special_case_reading.open_application(place, subject, application_id)
    response.headers["ETag"] = f'"{found.line.application.version}"'
    return Answer(data=OpenApplicationBody.of(found))


@router.post("/special-cases/{application_id}/withdrawal", summary="撤回 / take back")
def post_withdrawal(place: Place, subject: Asking, application_id: str, version: Version) -> Answer[ApplicationBody]:
    """Take one's institution's application back."""
    found = special_reviewing.withdraw(place, subject, application_id, version)
    return Answer(data=ApplicationBody.of_own(found))


@router.post(
    "/special-cases/{application_id}/opinions", status_code=status.HTTP_201_CREATED, summary="专家意见 / opinion"
)
def post_opinion(
    place: Place, subject: Asking, once: Once, application_id: str, given: NewOpinion
) -> Answer[OpenApplicationBody]:
    """Give an opinion as an expert of another hospital; it stands."""

    def work() -> Answer[OpenApplicationBody]:
        special_reviewing.opine(place, subject, application_id, given.opinion, given.words, given.amount_fen)
        found = special_case_reading.open_application(place, subject, application_id)
        return Answer(data=OpenApplicationBody.of(found))

    return once.answer(Answer[OpenApplicationBody], work)


@router.post("/special-cases/{application_id}/decision", summary="决定 / decide")
def post_decision(
    place: Place, subject: Asking, application_id: str, version: Version, ruling: NewDecision
) -> Answer[DecisionBody]:
    """Decide as the experts found, or refuse; the hospital is told, and the next run pays by it."""
    made = special_reviewing.decide(
        place, subject, application_id, version, ruling.outcome, ruling.words, ruling.amount_fen
    )
    return Answer(
        data=DecisionBody(
            outcome=made.outcome, amount_fen=made.amount_fen, words=made.words, decided_at=made.decided_at
        )
    )
