"""Runs: ordered, watched, reviewed, posted; their results down to a case, and why."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, Words
from tongchou.api.etags import version_asked
from tongchou.api.idempotency import Once
from tongchou.api.paging import Cursor, Size
from tongchou.browse.cases import CaseFilter, CaseOrder
from tongchou.browse.sums import Dimension
from tongchou.core.explanation import explanation_as_json
from tongchou.records.models import RunOrder
from tongchou.records.states import RUN_ORDER_STATE
from tongchou.runs.record import RunRecord
from tongchou.workplace import comparing, run_ordering, settlement_reading
from tongchou.workplace.answering import Kind
from tongchou.workplace.explaining import explain

router = APIRouter(tags=["结算 / settlement"])

Version = Annotated[int, Depends(version_asked)]


class NewRun(BaseModel):
    """What is to be settled."""

    model_config = ConfigDict(extra="forbid")

    period: str = Field(pattern=r"^\d{4}$", description="年度 / year", examples=["2025"])
    scheme: str | None = Field(default=None, max_length=200, description="另用的分组方案 / another scheme")


class RunOrderBody(BaseModel):
    """An order and how far it is."""

    order_id: str
    period: str
    scheme: str | None
    state: str
    state_title: Words
    stage: str
    done_steps: int
    all_steps: int
    run_id: str | None
    problem: dict[str, Any] | None
    ordered_at: datetime
    computed_at: datetime | None
    reviewed_at: datetime | None
    posted_at: datetime | None
    version: int

    @classmethod
    def of(cls, order: RunOrder) -> "RunOrderBody":
        """Return an order as the API says it."""
        return cls(
            scheme=order.details.get("scheme"),
            state_title=Words.of(RUN_ORDER_STATE[order.state]),
            **{name: getattr(order, name) for name in cls.model_fields if name not in {"scheme", "state_title"}},
        )


class FinishedRun(BaseModel):
    """A finished run; the sums are those of the institutions that one sees."""

    run_id: str
    period: str
    is_shadow: bool
    is_standing: bool
    scheme: str
    case_count: int
    fund_fen: int
    result_fen: int
    result_hash: str

    @classmethod
    def of(cls, record: RunRecord, *, is_standing: bool) -> "FinishedRun":
        """Return a record as the API says it."""
        seen = record.summary.institutions
        return cls(
            run_id=record.run_id,
            period=record.inputs.period,
            is_shadow=record.inputs.is_shadow,
            is_standing=is_standing,
            scheme=record.inputs.scheme,
            case_count=record.summary.case_count,
            fund_fen=sum(each.fund_fen for each in seen),
            result_fen=sum(each.result_fen for each in seen),
            result_hash=record.result_hash,
        )


class InstitutionBody(BaseModel):
    """An institution's year, fen; others that are not seen by name stand a few together under a number."""

    institution_id: str
    name: Words
    level: str = Field(description="几家合并而不同级时为空 / empty of several of different levels")
    role: str
    alliance_id: str
    institutions: int = Field(description="合并的机构数 / how many institutions it is")
    case_count: int
    cmi_e4: int
    charges_fen: int
    fund_fen: int
    result_fen: int
    share_fen: int
    due_fen: int


class GroupBody(BaseModel):
    """Cases summed by group, kind, month or insurance type, fen."""

    key: str
    name: Words
    case_count: int
    weight_e4: int
    standard_fen: int
    total_fen: int
    payable_fen: int
    patient_fen: int
    fund_fen: int
    hospital_result_fen: int


@router.post("/run-orders", status_code=status.HTTP_202_ACCEPTED, summary="下达结算 / order a run")
def post_run_order(place: Place, subject: Asking, run: NewRun, once: Once) -> Answer[RunOrderBody]:
    """Order that a year be settled; it is computed as a shadow run and waits for review."""
    return once.answer(
        Answer[RunOrderBody],
        lambda: Answer(data=RunOrderBody.of(run_ordering.order_run(place, subject, run.period, run.scheme))),
    )


@router.get("/run-orders", summary="结算订单 / orders")
def get_run_orders(
    place: Place, subject: Asking, state: Annotated[str | None, Query(max_length=40)] = None
) -> Answer[list[RunOrderBody]]:
    """Return orders, the newest first."""
    return Answer(data=[RunOrderBody.of(each) for each in run_ordering.ordered_runs(place, subject, state)])


@router.get("/run-orders/{order_id}", summary="进度 / progress")
def get_run_order(place: Place, subject: Asking, order_id: str, response: Response) -> Answer[RunOrderBody]:
    """Return an order, with how far it is; its ETag is what review and posting hand back as If-Match."""
    order = run_ordering.ordered_run(place, subject, order_id)
    response.headers["ETag"] = f'"{order.version}"'
    return Answer(data=RunOrderBody.of(order))


@router.post("/run-orders/{order_id}/cancel", summary="取消 / cancel")
def post_cancel(place: Place, subject: Asking, order_id: str) -> Answer[RunOrderBody]:
    """Cancel an order that is not posted."""
    return Answer(data=RunOrderBody.of(run_ordering.cancel_run(place, subject, order_id)))


@router.post("/run-orders/{order_id}/resume", summary="续算 / let it go on")
def post_resume(place: Place, subject: Asking, order_id: str) -> Answer[RunOrderBody]:
    """Let an order go on that was interrupted or has failed."""
    return Answer(data=RunOrderBody.of(run_ordering.resume_run(place, subject, order_id)))


@router.post("/run-orders/{order_id}/review", summary="复核 / review")
def post_review(place: Place, subject: Asking, order_id: str, version: Version) -> Answer[RunOrderBody]:
    """Say that a computed run is right; somebody else than who ordered it."""
    return Answer(data=RunOrderBody.of(run_ordering.review_run(place, subject, order_id, version)))


@router.post("/run-orders/{order_id}/post", status_code=status.HTTP_202_ACCEPTED, summary="入账 / post")
def post_posting(place: Place, subject: Asking, order_id: str, version: Version) -> Answer[RunOrderBody]:
    """Let a reviewed run be posted; somebody else than who ordered it."""
    return Answer(data=RunOrderBody.of(run_ordering.post_run(place, subject, order_id, version)))


@router.get("/runs", summary="结算批次 / finished runs")
def get_runs(place: Place, subject: Asking) -> Answer[list[FinishedRun]]:
    """Return the finished runs, the latest period first."""
    lines = settlement_reading.runs_of(place, subject)
    return Answer(data=[FinishedRun.of(record, is_standing=standing) for record, standing in lines])


@router.get("/runs/{run_id}/institutions", summary="各机构 / institutions")
def get_institutions(place: Place, subject: Asking, run_id: str) -> Answer[list[InstitutionBody]]:
    """Return the institutions of a run as far as one sees them."""
    lines = comparing.institutions_of(place, subject, run_id)
    return Answer(
        data=[
            InstitutionBody(
                level=line.level,
                role=line.role,
                institutions=line.institutions,
                alliance_id=line.alliance_id,
                name=Words.of(line.figures.name),
                **{name: getattr(line.figures, name) for name in line.figures.__slots__ if name != "name"},
            )
            for line in lines
        ]
    )


@router.get("/runs/{run_id}/groups", summary="各病组 / groups")
def get_groups(
    place: Place,
    subject: Asking,
    run_id: str,
    institution_id: Annotated[str | None, Query(max_length=60)] = None,
    by: Dimension = "drg",
) -> Answer[list[GroupBody]]:
    """Return gain and loss by group or another dimension."""
    lines = comparing.groups_of(place, subject, run_id, institution_id, by)
    return Answer(
        data=[
            GroupBody(name=Words.of(line.name), **{name: getattr(line.sums, name) for name in line.sums.__slots__})
            for line in lines
        ]
    )


@router.get("/runs/{run_id}/cases", summary="病例 / cases")
def get_cases(
    place: Place,
    subject: Asking,
    run_id: str,
    institution_id: Annotated[str | None, Query(max_length=60)] = None,
    drg: Annotated[str | None, Query(max_length=60)] = None,
    order: CaseOrder = "result",
    size: Size = 100,
    cursor: Cursor = None,
    purpose: Annotated[str, Header(alias="X-Purpose", max_length=200)] = "",
) -> Answer[list[dict[str, Any]]]:
    """Return a page of cases, the rows of `priced`; pseudonyms of persons only with a purpose and the right to them."""
    chosen = CaseFilter(institution_ids=None if institution_id is None else [institution_id], drg=drg)
    page = settlement_reading.cases_of(place, subject, run_id, chosen, order, size, cursor, purpose)
    return Answer(data=[dict(row) for row in page.rows], next_cursor=page.cursor)


@router.get("/runs/{run_id}/explanations/{kind}/{key}", summary="为什么 / why")
def get_explanation(place: Place, subject: Asking, run_id: str, kind: Kind, key: str) -> Answer[dict[str, Any]]:
    """Return why a case, a member, a service event or a referral is as it is."""
    return Answer(data=explanation_as_json(explain(place, subject, run_id, kind, key)))
