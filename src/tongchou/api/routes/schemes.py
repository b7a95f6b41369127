"""Grouping schemes: their tree of MDC, ADRG and DRG, their code lists, and a search in them."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, Words
from tongchou.api.unchanged import unless_known
from tongchou.grouping.schemes.scheme import Adrg, Manifest
from tongchou.workplace import scheme_reading

router = APIRouter(tags=["分组方案 / schemes"])

NOT_CHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "未改变 / not changed"}}
Name = Annotated[str, Query(max_length=100)]


class SchemeBody(BaseModel):
    """A scheme; `is_todays` says that today's policy groups by it."""

    name: str
    title: Words
    publisher: str
    edition: str
    valid_from: date
    valid_until: date | None
    purpose: str
    notice: Words
    is_todays: bool

    @classmethod
    def of(cls, manifest: Manifest, *, is_todays: bool) -> "SchemeBody":
        """Return a manifest as the API says it."""
        return cls(
            name=manifest.name,
            title=Words.of(manifest.title),
            publisher=manifest.publisher,
            edition=manifest.edition,
            valid_from=manifest.valid_from,
            valid_until=manifest.valid_until,
            purpose=manifest.purpose,
            notice=Words.of(manifest.notice),
            is_todays=is_todays,
        )


class DrgBody(BaseModel):
    """A DRG; its weight is that of the year's run where it has one."""

    code: str
    name: Words
    severity: str
    weight_e4: int | None


class AdrgBody(BaseModel):
    """An ADRG with its rule and its DRGs in testing order."""

    code: str
    name: Words
    rule: str
    outcome: str
    drgs: list[DrgBody]


class MdcBody(BaseModel):
    """An MDC with its rule and its ADRGs in testing order."""

    code: str
    name: Words
    rule: str
    adrgs: list[AdrgBody]


class TreeBody(BaseModel):
    """A scheme from MDC to DRG."""

    name: str
    title: Words
    notice: Words | None
    fingerprint: str
    run_id: str | None
    mdcs: list[MdcBody]


class FoundGroupBody(BaseModel):
    """An MDC, ADRG or DRG."""

    code: str
    name: Words


class FoundListBody(BaseModel):
    """A code list; whether it takes the code, and its patterns that begin with it."""

    kind: str
    owner: str
    role: str
    part: int
    takes: bool
    patterns: list[str]


class FoundBody(BaseModel):
    """What was found."""

    groups: list[FoundGroupBody]
    lists: list[FoundListBody]


class CodeListBody(BaseModel):
    """A code list and its patterns."""

    kind: str
    owner: str
    role: str
    part: int
    patterns: list[str]


@router.get("/schemes", response_model=Answer[list[SchemeBody]], responses=NOT_CHANGED, summary="方案 / schemes")
def get_schemes(request: Request, place: Place, subject: Asking) -> Response:
    """Return the schemes at hand."""
    lines = scheme_reading.schemes_of(place, subject)
    data = [SchemeBody.of(each.manifest, is_todays=each.is_todays) for each in lines]
    return unless_known(request, Answer(data=data))


@router.get("/schemes/{name}", response_model=Answer[TreeBody], responses=NOT_CHANGED, summary="方案树 / its tree")
def get_scheme(request: Request, place: Place, subject: Asking, name: str) -> Response:
    """Return a scheme from MDC to ADRG to DRG."""
    ready = scheme_reading.scheme_of(place, subject, name)
    scheme = ready.grouper.scheme
    weights = ready.prices.weights_e4 if ready.prices else {}
    mdcs = [
        MdcBody(
            code=mdc.code,
            name=Words.of(mdc.name),
            rule=mdc.rule_text,
            adrgs=[_adrg(adrg, weights) for adrg in mdc.adrgs],
        )
        for mdc in scheme.mdcs
    ]
    tree = TreeBody(
        name=ready.name,
        title=Words.of(ready.title),
        notice=Words.of(ready.notice) if ready.notice else None,
        fingerprint=scheme.fingerprint,
        run_id=ready.prices.run_id if ready.prices else None,
        mdcs=mdcs,
    )
    return unless_known(request, Answer(data=tree))


def _adrg(adrg: Adrg, weights: Mapping[str, int]) -> AdrgBody:
    drgs = [
        DrgBody(code=each.code, name=Words.of(each.name), severity=each.severity, weight_e4=weights.get(each.code))
        for each in adrg.drgs
    ]
    return AdrgBody(code=adrg.code, name=Words.of(adrg.name), rule=adrg.rule_text, outcome=adrg.outcome, drgs=drgs)


@router.get("/schemes/{name}/search", summary="在方案中查找 / search in it")
def get_search(
    place: Place, subject: Asking, name: str, words: Annotated[str, Query(min_length=1, max_length=60)]
) -> Answer[FoundBody]:
    """Return the groups whose code or name holds some words, and the lists that take them as a code."""
    found = scheme_reading.search_in(place, subject, name, words)
    groups = [FoundGroupBody(code=each.code, name=Words.of(each.name)) for each in found.groups]
    lists = [
        FoundListBody(
            kind=each.kind,
            owner=each.key.owner,
            role=each.key.role,
            part=each.key.part,
            takes=each.takes,
            patterns=list(each.patterns),
        )
        for each in found.lists
    ]
    return Answer(data=FoundBody(groups=groups, lists=lists))


@router.get(
    "/schemes/{name}/lists",
    response_model=Answer[list[CodeListBody]],
    responses=NOT_CHANGED,
    summary="编码列表 / code lists",
)
def get_lists(
    request: Request, place: Place, subject: Asking, name: str, owner: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """Return the code lists of an MDC or ADRG; of the whole scheme where no owner is named."""
    lists = scheme_reading.lists_of(place, subject, name, owner)
    data = [
        CodeListBody(
            kind=each.kind, owner=each.key.owner, role=each.key.role, part=each.key.part, patterns=list(each.patterns)
        )
        for each in lists
    ]
    return unless_known(request, Answer(data=data))
