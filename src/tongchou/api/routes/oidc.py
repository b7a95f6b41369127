"""Signing in by an OpenID Connect provider: there and back."""

import json
from html import escape
from typing import Annotated

from fastapi import APIRouter, Cookie, Query, Request, status
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tongchou.api.asking import Place, take_by_address
from tongchou.api.envelope import ERROR_ANSWERS
from tongchou.api.routes.signing_in import set_cookie
from tongchou.api.statuses import status_of
from tongchou.core.errors import TongchouError
from tongchou.workplace.oidc_signing_in import OidcDoor
from tongchou.workplace.place import Workplace

router = APIRouter(tags=["登录 / signing in"])

STATE_COOKIE = "tongchou_oidc"
_PATH = "/api/v1/oidc"
_TOLD_AS_PAGE = (401, 403, 404, 422, 503)


def _door(request: Request, place: Workplace) -> OidcDoor:
    """Return the process's way in, made when it is first asked for."""
    state = request.app.state
    if not hasattr(state, "oidc_door"):
        state.oidc_door = OidcDoor(place)
    door: OidcDoor = state.oidc_door
    return door


@router.get(
    "/oidc/start", summary="统一身份认证登录 / sign in by the provider", status_code=302, response_class=Response
)
def get_start(place: Place, request: Request, then: Annotated[str, Query(max_length=2_000)] = "/") -> Response:
    """Send the browser to the provider; the state that it must bring back is kept in a cookie of its own."""
    take_by_address(request)
    departure = _door(request, place).leave(then)
    answer = RedirectResponse(departure.url, status.HTTP_302_FOUND)
    # The provider sends the browser back from another site: a strict cookie would stay behind.
    answer.set_cookie(
        STATE_COOKIE,
        departure.state,
        max_age=int(place.rules.oidc_flow.total_seconds()),
        path=_PATH,
        httponly=True,
        samesite="lax",
        secure=place.settings.secure_cookies,
    )
    return answer


@router.get(
    "/oidc/callback",
    summary="认证中心回跳 / back from the provider",
    response_class=Response,
    responses={
        200: {"description": "继续 / on to the page", "content": {"text/html": {}}},
        **{status: {**ERROR_ANSWERS[status], "content": {"text/html": {}}} for status in _TOLD_AS_PAGE},
    },
)
def get_callback(
    place: Place,
    request: Request,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4_000)] = "",
    browser_state: Annotated[str, Cookie(alias=STATE_COOKIE, max_length=500)] = "",
) -> Response:
    """End the sign-in and go on to the page wanted; what went wrong is said, with a way back."""
    take_by_address(request)
    try:
        arrival = _door(request, place).come_back(state, browser_state, code)
    except TongchouError as error:
        answer: Response = HTMLResponse(_told(error), status_of(error.code))
    else:
        # A page of ours, not a redirect: the browser sends a strict cookie only where the way begins here.
        answer = HTMLResponse(_onward(arrival.return_to))
        set_cookie(place, answer, arrival.signed_in.secret)
    answer.delete_cookie(STATE_COOKIE, path=_PATH)
    return answer


def _onward(path: str) -> str:
    written = json.dumps(path).replace("<", "\\u003c")
    link = escape(path, quote=True)
    return (
        f'<!doctype html><meta charset="utf-8"><title>…</title><script>location.replace({written})</script>'
        f'<p><a href="{link}">继续 / go on</a></p>'
    )


def _told(error: TongchouError) -> str:
    said = (error.what.zh, error.why.zh, error.remedy.zh, error.what.en, error.why.en, error.remedy.en)
    words = "".join(f"<p>{escape(each)}</p>" for each in said)
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>登录未通过 / not signed in</title>'
        '<body style="font: 16px/1.6 system-ui, sans-serif; max-width: 36em; margin: 8vh auto; padding: 0 16px">'
        f'<main role="alert">{words}</main><p><a href="/sign-in">返回登录页 / back to signing in</a></p></body></html>'
    )
