"""Reference data: institutions, alliances, states and codes; who has it already is told that it has not changed."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, Words
from tongchou.api.routes.schemes import NOT_CHANGED
from tongchou.api.unchanged import unless_known
from tongchou.core.text import Text
from tongchou.grouping.schemes.scheme import Kind
from tongchou.workplace import reference
from tongchou.workplace.place import no_such

router = APIRouter(prefix="/reference", tags=["参考数据 / reference data"])


class InstitutionBody(BaseModel):
    """An institution of today."""

    institution_id: str
    name: Words
    level: str
    kind: str
    area_id: str
    valid_from: date
    valid_until: date | None


class MemberBody(BaseModel):
    """A member of an alliance."""

    institution_id: str
    role: str


class AllianceBody(BaseModel):
    """An alliance with its members of today."""

    alliance_id: str
    name: Words
    alliance_type: str
    members: list[MemberBody]


class StateBody(BaseModel):
    """A state of a column and its name."""

    state: str
    name: Words


class CodeBody(BaseModel):
    """A code; `source` names the code set or the scheme that it is from."""

    code: str
    name: Words
    source: str


@router.get(
    "/institutions", response_model=Answer[list[InstitutionBody]], responses=NOT_CHANGED, summary="机构 / institutions"
)
def get_institutions(request: Request, place: Place, subject: Asking) -> Response:
    """Return the institutions of today."""
    data = [
        InstitutionBody(
            institution_id=each.institution_id,
            name=Words.of(each.name),
            level=each.level,
            kind=each.kind,
            area_id=each.area_id,
            valid_from=each.valid_from,
            valid_until=each.valid_until,
        )
        for each in reference.institutions(place, subject)
    ]
    return unless_known(request, Answer(data=data))


@router.get(
    "/alliances", response_model=Answer[list[AllianceBody]], responses=NOT_CHANGED, summary="医联体 / alliances"
)
def get_alliances(request: Request, place: Place, subject: Asking) -> Response:
    """Return the alliances with their members of today."""
    data = [
        AllianceBody(
            alliance_id=each.alliance_id,
            name=Words.of(each.name),
            alliance_type=each.alliance_type,
            members=[MemberBody(institution_id=one.institution_id, role=one.role) for one in each.members],
        )
        for each in reference.alliances(place, subject)
    ]
    return unless_known(request, Answer(data=data))


@router.get(
    "/dictionaries",
    response_model=Answer[dict[str, list[StateBody]]],
    responses=NOT_CHANGED,
    summary="状态字典 / lists of states",
)
def get_dictionaries(request: Request, place: Place, subject: Asking) -> Response:
    """Return every list of states: insurance types, levels, ways of discharge, fee categories and the others."""
    lists = reference.dictionaries(place, subject)
    data = {name: _states(each) for name, each in lists.items()}
    return unless_known(request, Answer(data=data))


@router.get(
    "/dictionaries/{name}",
    response_model=Answer[list[StateBody]],
    responses=NOT_CHANGED,
    summary="一个字典 / one list of states",
)
def get_dictionary(
    request: Request, place: Place, subject: Asking, name: Annotated[str, Path(max_length=60)]
) -> Response:
    """Return one list of states, such as `fee_category`."""
    lists = reference.dictionaries(place, subject)
    if name not in lists:
        raise no_such("workplace.no_dictionary", Text("没有这个字典", "there is no such list"), name)
    return unless_known(request, Answer(data=_states(lists[name])))


def _states(listed: Mapping[str, Text]) -> list[StateBody]:
    return [StateBody(state=key, name=Words.of(text)) for key, text in listed.items()]


@router.get(
    "/codes/{kind}", response_model=Answer[list[CodeBody]], responses=NOT_CHANGED, summary="编码检索 / look codes up"
)
def get_codes(
    request: Request,
    place: Place,
    subject: Asking,
    kind: Kind,
    words: Annotated[str, Query(min_length=1, max_length=60, description="编码或名称的一部分 / part of code or name")],
    most: Annotated[int, Query(ge=1, le=reference.MOST_CODES)] = 20,
) -> Response:
    """Return diagnosis (`dx`) or procedure (`op`) codes that begin with some words, then those whose name has them."""
    found = reference.codes(place, subject, kind, words, most)
    data = [CodeBody(code=each.code, name=Words.of(each.name), source=each.source) for each in found]
    return unless_known(request, Answer(data=data))
