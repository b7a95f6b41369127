"""Grouping: one case, many, a file of them; and what a case would be if it were coded otherwise."""

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from tongchou.access.decision import decide
from tongchou.access.subject import REGION
from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, Words
from tongchou.api.fast_answers import fast_answer
from tongchou.api.refusals import media_type
from tongchou.api.routes.case_bodies import CaseBody, ChangeBody, OneCase, SchemeName
from tongchou.core.explanation import explanation_as_json
from tongchou.workplace import grouping_cases
from tongchou.workplace.at_hand import Ready
from tongchou.workplace.grouping_cases import MOST_CASES, GroupedCase, Outcome

router = APIRouter(tags=["分组 / grouping"])

_SUFFIXES = {"text/csv": ".csv", "application/vnd.apache.parquet": ".parquet"}
_TYPES = {suffix: kind for kind, suffix in _SUFFIXES.items()}


class PricesBody(BaseModel):
    """Where weights and standards come from."""

    run_id: str
    period: str


class GroupBody(BaseModel):
    """A case's group; amounts in fen, before any coefficient."""

    case_id: str
    status: Literal["grouped", "ambiguous", "ungrouped", "invalid"]
    mdc: str
    adrg: str
    drg: str
    decided_by: str
    name: Words | None
    weight_e4: int | None = Field(description="年度结算所用权重 × 10000 / weight of the year's run x 10,000")
    standards_fen: dict[str, int] = Field(description="按险种：费率 × 权重 / rate x weight by insurance type")


class OneGroupBody(GroupBody):
    """A case's group, and by what it was grouped."""

    scheme: str
    notice: Words | None = Field(description="学习用方案的提示 / what a scheme for learning says of itself")
    prices: PricesBody | None
    explanation: dict[str, Any] | None


class Batch(BaseModel):
    """Cases to be grouped."""

    model_config = ConfigDict(extra="forbid")

    scheme: SchemeName = None
    cases: list[CaseBody] = Field(min_length=1, max_length=MOST_CASES)


class BatchBody(BaseModel):
    """Groups of cases, in the order of the request."""

    scheme: str
    notice: Words | None
    prices: PricesBody | None
    groups: list[GroupBody]


class WhatIf(BaseModel):
    """A case, and what is tried with it."""

    model_config = ConfigDict(extra="forbid")

    scheme: SchemeName = None
    case: CaseBody
    changes: list[ChangeBody] = Field(min_length=1, max_length=50)


class OutcomeBody(BaseModel):
    """A variant of the case; the first one is the case as it is."""

    description: Words
    differs_in: list[str]
    group: GroupBody


class WhatIfBody(BaseModel):
    """The variants."""

    scheme: str
    notice: Words | None
    prices: PricesBody | None
    outcomes: list[OutcomeBody]


@router.post("/group", response_model=Answer[OneGroupBody], summary="单例分组 / group one case")
async def post_group(request: Request, place: Place, subject: Asking, body: OneCase) -> Response:
    """Group one case; with `explain`, say why."""
    case = body.case()
    known = place.at_hand.known(body.scheme)
    # The table of codes learns one that it never met; that takes milliseconds, in which others would wait.
    if (
        known is None
        or not known.grouper.knows(case)
        or decide(subject, "grouping.group", REGION, "brought").outcome == "refused"
    ):
        ready, found = await run_in_threadpool(grouping_cases.group_case, place, subject, case, body.scheme)
    else:
        ready, found = known, grouping_cases.group_with(known, case)
    explanation = None
    if body.explain:
        step = await run_in_threadpool(grouping_cases.explain_group, place, subject, case, body.scheme)
        explanation = explanation_as_json(step)
    request.app.state.metrics.grouped.inc()
    return fast_answer({**_group(body.case_id, found), **_by(ready), "explanation": explanation})


@router.post("/group/batch", response_model=Answer[BatchBody], summary="批量分组 / group many cases")
def post_batch(request: Request, place: Place, subject: Asking, body: Batch) -> Response:
    """Group up to 1,000 cases; the groups stand in the order of the cases."""
    ready, found = grouping_cases.group_cases(place, subject, [each.case() for each in body.cases], body.scheme)
    request.app.state.metrics.grouped.inc(len(found))
    groups = [_group(case.case_id, each) for case, each in zip(body.cases, found, strict=True)]
    return fast_answer({**_by(ready), "groups": groups})


@router.post(
    "/group/file",
    summary="病例文件分组 / group a case file",
    response_class=FileResponse,
    responses={
        200: {
            "description": "结果文件 / the result file: case_id, status, mdc, adrg, drg",
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _SUFFIXES},
        }
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _SUFFIXES},
        }
    },
)
async def post_file(
    request: Request,
    place: Place,
    subject: Asking,
    scheme: Annotated[str | None, Query(max_length=100)] = None,
    to: Literal["csv", "parquet"] = "csv",
) -> Response:
    """Group the case file that is the body (CSV in UTF-8, or Parquet); the answer is the result file, row for row.

    The headers `X-Grouped`, `X-Ambiguous`, `X-Ungrouped` and `X-Invalid` count the cases.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _SUFFIXES:
        raise media_type(kind[:100], list(_SUFFIXES))
    await run_in_threadpool(place.admit, subject, "grouping.group", "brought", where="file")
    folder = tempfile.TemporaryDirectory(prefix="tongchou-group-")
    try:
        cases, out = Path(folder.name, f"cases{_SUFFIXES[kind]}"), Path(folder.name, f"grouped.{to}")
        with cases.open("wb") as file:
            async for part in request.stream():
                await run_in_threadpool(file.write, part)
        counts = await run_in_threadpool(grouping_cases.group_file, place, subject, cases, out, scheme)
    except BaseException:
        folder.cleanup()
        raise
    request.app.state.metrics.grouped.inc(sum(counts.values()))
    names = ("grouped", "ambiguous", "ungrouped", "invalid")
    return FileResponse(
        out,
        media_type=_TYPES[out.suffix],
        filename=out.name,
        headers={f"X-{name.title()}": str(counts.get(name, 0)) for name in names},
        background=BackgroundTask(folder.cleanup),
    )


@router.post("/what-if", response_model=Answer[WhatIfBody], summary="试改编码 / code it otherwise")
def post_what_if(place: Place, subject: Asking, body: WhatIf) -> Response:
    """Group a case as it is, and once for each change, each made from the case as it is."""
    changes = [each.change() for each in body.changes]
    ready, outcomes = grouping_cases.what_ifs(place, subject, body.case.case(), changes, body.scheme)
    return fast_answer({**_by(ready), "outcomes": [_outcome(body.case.case_id, each) for each in outcomes]})


def _outcome(case_id: str, outcome: Outcome) -> dict[str, Any]:
    said = outcome.description
    return {
        "description": {"zh": said.zh, "en": said.en},
        "differs_in": list(outcome.differs_in),
        "group": _group(case_id, outcome.case),
    }


def _group(case_id: str, found: GroupedCase) -> dict[str, Any]:
    grouped, name = found.grouped, found.name
    return {
        "case_id": case_id,
        "status": grouped.status,
        "mdc": grouped.mdc,
        "adrg": grouped.adrg,
        "drg": grouped.drg,
        "decided_by": grouped.decided_by,
        "name": None if name is None else {"zh": name.zh, "en": name.en},
        "weight_e4": found.weight_e4,
        "standards_fen": dict(found.standards_fen),
    }


def _by(ready: Ready) -> dict[str, Any]:
    notice, prices = ready.notice, ready.prices
    return {
        "scheme": ready.name,
        "notice": None if notice is None else {"zh": notice.zh, "en": notice.en},
        "prices": None if prices is None else {"run_id": prices.run_id, "period": prices.period},
    }
