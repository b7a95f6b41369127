"""Trial settlements: who would pay what for a stay or visit, and why; nothing is booked."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from tongchou.access.decision import decide
from tongchou.access.subject import REGION
from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, Words
from tongchou.api.fast_answers import fast_answer
from tongchou.core.explanation import explanation_as_json
from tongchou.payment.benefit import Person
from tongchou.payment.benefit.trial import Bill, CareTried, YearSoFar
from tongchou.workplace import trials

router = APIRouter(tags=["预结算 / trial settlement"])

Fen = Annotated[int, Field(ge=0, le=10**13, description="分 / fen")]
State = Annotated[str, Field(max_length=40, pattern=r"^[a-z_]*$")]


class PersonBody(BaseModel):
    """The person as insured on the day; the states are those of /reference/dictionaries."""

    model_config = ConfigDict(extra="forbid")

    insurance_type: State
    work_status: State = "working"
    contract: State = "unsigned"
    aid_category: State = "none"
    supplement: State = "none"
    enrolled_years: int = Field(default=0, ge=0, le=100)


class YearBody(BaseModel):
    """The person's year before the care; amounts in fen."""

    model_config = ConfigDict(extra="forbid")

    nth: int | None = Field(default=None, ge=1, le=100, description="本年度第几次住院 / which stay of the year")
    paid_before_fen: Fen = 0
    fund_used_fen: Fen = 0
    burden_fen: Fen = 0
    account_fen: Fen = 0


class Trial(BaseModel):
    """A stay or visit that is tried; amounts in fen."""

    model_config = ConfigDict(extra="forbid")

    on: date = Field(ge=date(2000, 1, 1), le=date(2100, 12, 31), description="适用政策的日期 / day of the policy")
    level: State = Field(description="医院等级 / level")
    kind: State = Field(default="inpatient", description="待遇类别 / kind of care")
    person: PersonBody
    total_fen: Fen
    self_paid_fen: Fen = 0
    first_self_pay_fen: Fen = 0
    over_limit_fen: Fen = 0
    referred: Literal["", "up", "down"] = ""
    entry: State = "other"
    place: State = "local"
    expert_level: State = ""
    disease: str = Field(default="", max_length=60)
    year: YearBody = Field(default_factory=YearBody)
    explain: bool = Field(default=False, description="附理由 / say why")


class PartBody(BaseModel):
    """What one payer pays, fen."""

    payer: str
    title: Words
    amount_fen: int


class TrialBody(BaseModel):
    """Who pays what; the parts sum to the total."""

    on: date
    total_fen: int
    patient_fen: int
    parts: list[PartBody]
    explanation: dict[str, Any] | None


@router.post("/trial-settlements", response_model=Answer[TrialBody], summary="预结算试算 / trial settlement")
async def post_trial(place: Place, subject: Asking, body: Trial) -> Response:
    """Settle a described stay or visit by the policy of its day; nothing is booked, nothing is kept."""
    given = body.person
    person = Person(
        given.insurance_type,
        given.work_status,
        given.contract,
        given.aid_category,
        given.supplement,
        given.enrolled_years,
    )
    tried = CareTried(
        body.on, body.kind, body.level, body.referred, body.entry, body.place, body.expert_level, body.disease
    )
    bill = Bill(body.total_fen, body.self_paid_fen, body.first_self_pay_fen, body.over_limit_fen)
    year = body.year
    so_far = YearSoFar(year.nth, year.paid_before_fen, year.fund_used_fen, year.burden_fen, year.account_fen)
    terms = place.at_hand.known_terms(body.on)
    if terms is None or decide(subject, "trial.settle", REGION, "brought").outcome == "refused":
        result = await run_in_threadpool(trials.settle_trial, place, subject, person, tried, bill, so_far)
    else:
        result = trials.settle_with(terms, person, tried, bill, so_far)
    parts = [
        {"payer": payer.value, "title": {"zh": payer.label.zh, "en": payer.label.en}, "amount_fen": amount}
        for payer, amount in result.parts_fen.items()
    ]
    return fast_answer(
        {
            "on": body.on,
            "total_fen": result.care.total_fen,
            "patient_fen": result.patient_fen,
            "parts": parts,
            "explanation": explanation_as_json(result.explanation()) if body.explain else None,
        }
    )
