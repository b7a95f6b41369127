"""Grouping: one case, many, a file of them; and what a case would be if it were coded otherwise."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from tongchou.access.decision import decide
from tongchou.access.subject import REGION, Subject
from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer
from tongchou.api.fast_answers import fast_answer
from tongchou.api.refusals import media_type
from tongchou.api.routes.case_bodies import CaseBody, ChangeBody, OneCase, SchemeName
from tongchou.api.routes.group_bodies import (
    BatchBody,
    OneGroupBody,
    WhatIfBody,
    dip_catalogue,
    dip_group,
    dip_outcome,
    drg_group,
    drg_outcome,
    drg_scheme,
)
from tongchou.core.explanation import explanation_as_json
from tongchou.workplace import dip_grouping, grouping_cases
from tongchou.workplace.grouping_cases import MOST_CASES
from tongchou.workplace.place import Workplace

router = APIRouter(tags=["分组 / grouping"])

_SUFFIXES = {"text/csv": ".csv", "application/vnd.apache.parquet": ".parquet"}
_TYPES = {suffix: kind for kind, suffix in _SUFFIXES.items()}


class Batch(BaseModel):
    """Cases to be grouped."""

    model_config = ConfigDict(extra="forbid")

    scheme: SchemeName = None
    cases: list[CaseBody] = Field(min_length=1, max_length=MOST_CASES)


class WhatIf(BaseModel):
    """A case, and what is tried with it."""

    model_config = ConfigDict(extra="forbid")

    scheme: SchemeName = None
    case: CaseBody
    changes: list[ChangeBody] = Field(min_length=1, max_length=50)


@router.post("/group", response_model=Answer[OneGroupBody], summary="单例分组 / group one case")
async def post_group(request: Request, place: Place, subject: Asking, body: OneCase) -> Response:
    """Group one case; with `explain`, say why."""
    case = body.case()
    known = place.at_hand.known(body.scheme)
    if known is None and await run_in_threadpool(dip_grouping.is_by_dip, place, body.scheme):
        return await run_in_threadpool(_one_by_dip, request, place, subject, body)
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
    return fast_answer({**drg_group(body.case_id, found), **drg_scheme(ready), "explanation": explanation})


def _one_by_dip(request: Request, place: Workplace, subject: Subject, body: OneCase) -> Response:
    case = body.case()
    ready, (found,) = dip_grouping.group_dip_cases(place, subject, [case])
    explanation = None
    if body.explain:
        explanation = explanation_as_json(dip_grouping.explain_dip_group(place, subject, case))
    request.app.state.metrics.grouped.inc()
    return fast_answer({**dip_group(body.case_id, found), **dip_catalogue(ready), "explanation": explanation})


@router.post("/group/batch", response_model=Answer[BatchBody], summary="批量分组 / group many cases")
def post_batch(request: Request, place: Place, subject: Asking, body: Batch) -> Response:
    """Group up to 1,000 cases; the groups stand in the order of the cases."""
    cases = [each.case() for each in body.cases]
    if dip_grouping.is_by_dip(place, body.scheme):
        catalogue, rows = dip_grouping.group_dip_cases(place, subject, cases)
        by = dip_catalogue(catalogue)
        groups = [dip_group(case.case_id, row) for case, row in zip(body.cases, rows, strict=True)]
    else:
        ready, found = grouping_cases.group_cases(place, subject, cases, body.scheme)
        by = drg_scheme(ready)
        groups = [drg_group(case.case_id, each) for case, each in zip(body.cases, found, strict=True)]
    request.app.state.metrics.grouped.inc(len(groups))
    return fast_answer({**by, "groups": groups})


@router.post(
    "/group/file",
    summary="病例文件分组 / group a case file",
    response_class=FileResponse,
    responses={
        200: {
            "description": "结果文件 / the result file: case_id, status, mdc, adrg, drg, decided_by；"
            "按 DIP 见手册 / by DIP as docs/dip.md says",
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

    Where the region pays by DIP and no scheme is named, the file is one for DIP, and its cases get points.

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
        counts = await run_in_threadpool(_group_file, place, subject, cases, out, scheme)
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


def _group_file(place: Workplace, subject: Subject, cases: Path, out: Path, scheme: str | None) -> Mapping[str, int]:
    if dip_grouping.is_by_dip(place, scheme):
        return dip_grouping.group_dip_file(place, subject, cases, out)
    return grouping_cases.group_file(place, subject, cases, out, scheme)


@router.post("/what-if", response_model=Answer[WhatIfBody], summary="试改编码 / code it otherwise")
def post_what_if(place: Place, subject: Asking, body: WhatIf) -> Response:
    """Group a case as it is, and once for each change, each made from the case as it is."""
    changes = [each.change() for each in body.changes]
    case, case_id = body.case.case(), body.case.case_id
    if dip_grouping.is_by_dip(place, body.scheme):
        catalogue, tried = dip_grouping.dip_what_ifs(place, subject, case, changes)
        return fast_answer({**dip_catalogue(catalogue), "outcomes": [dip_outcome(case_id, each) for each in tried]})
    ready, outcomes = grouping_cases.what_ifs(place, subject, case, changes, body.scheme)
    return fast_answer({**drg_scheme(ready), "outcomes": [drg_outcome(case_id, each) for each in outcomes]})
