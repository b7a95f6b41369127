"""Signing in and out, and who one is."""

from typing import Annotated

from fastapi import APIRouter, Cookie, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from tongchou.access.sign_in import sign_in
from tongchou.api.asking import COOKIE, Asking, Place, take_by_address
from tongchou.api.envelope import Answer, Words
from tongchou.records.states import ROLE
from tongchou.workplace.place import Workplace

router = APIRouter(tags=["登录 / signing in"])


class Credentials(BaseModel):
    """Name and password of a local account."""

    model_config = ConfigDict(extra="forbid")

    user_name: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1_000)


class RoleHeld(BaseModel):
    """A role and what it is for."""

    role: str
    title: Words
    institution_id: str
    alliance_ids: list[str]


class Me(BaseModel):
    """Who asks."""

    user_id: str
    user_name: str
    display_name: str
    english_name: str
    roles: list[RoleHeld]
    actions: list[str] | None = Field(description="令牌限定的操作；网页登录为空 / what the token is limited to")


@router.post("/sign-in", summary="登录 / sign in")
def post_sign_in(place: Place, request: Request, response: Response, credentials: Credentials) -> Answer[str]:
    """Sign in with a local account; the answer names the user, the cookie is set."""
    take_by_address(request)
    signed_in = sign_in(place.records, place.rules, credentials.user_name, credentials.password, place.now())
    set_cookie(place, response, signed_in.secret)
    return Answer(data=signed_in.user_id)


@router.post("/sign-out", summary="退出 / sign out")
def post_sign_out(
    place: Place, _: Asking, response: Response, cookie: Annotated[str | None, Cookie(alias=COOKIE)] = None
) -> Answer[bool]:
    """End the sign-in of this browser."""
    if cookie:
        place.recogniser.sign_out(cookie)
    response.delete_cookie(COOKIE)
    return Answer(data=True)


@router.get("/me", summary="我是谁 / who I am")
def get_me(subject: Asking) -> Answer[Me]:
    """Return who asks, with the roles."""
    roles = [
        RoleHeld(
            role=part.role,
            title=Words.of(ROLE[part.role]),
            institution_id=part.institution_id,
            alliance_ids=sorted(part.alliance_ids),
        )
        for part in subject.parts
    ]
    return Answer(
        data=Me(
            user_id=subject.user_id,
            user_name=subject.user_name,
            display_name=subject.display_name,
            english_name=subject.called.en,
            roles=roles,
            actions=None if subject.actions is None else sorted(subject.actions),
        )
    )


def set_cookie(place: Workplace, response: Response, secret: str) -> None:
    """Give a browser the word that stands for its sign-in; scripts cannot read it, other sites cannot send it."""
    place.recogniser.expect(secret)
    response.set_cookie(
        COOKIE, secret, httponly=True, samesite="strict", secure=place.settings.secure_cookies, path="/"
    )
