"""The application of the API: its routes, its errors, its limits."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from tongchou import __version__
from tongchou.api.asking import Asking, asks_who, who_asks
from tongchou.api.description_page import description_page
from tongchou.api.envelope import ERROR_ANSWERS, refusal
from tongchou.api.limits import RateLimit
from tongchou.api.metrics import Metrics
from tongchou.api.refusals import bad_json, bad_value, method_not_allowed, not_found
from tongchou.api.statuses import status_of
from tongchou.api.watching import Watched
from tongchou.core.errors import Problems, TongchouError
from tongchou.workplace.place import Workplace

PREFIX = "/api/v1"


def make_api(place: Workplace, routers: Sequence[APIRouter]) -> FastAPI:
    """Return the API of a working place.

    Args:
        place: The working place.
        routers: The routes, below `/api/v1`.
    """
    api = FastAPI(
        title="统筹 tongchou API",
        version=__version__,
        summary="分组、结算、解释与协同 / grouping, settlement, explanation and shared work",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        responses=ERROR_ANSWERS,
        separate_input_output_schemas=False,
    )
    api.state.place = place
    api.state.metrics = Metrics()
    api.state.limit = RateLimit(place.settings.requests_per_minute, place.settings.burst)
    api.state.strangers = RateLimit(place.settings.unknown_per_minute, place.settings.unknown_per_minute)
    for router in routers:
        api.include_router(router, prefix=PREFIX)
    _describe(api)
    api.add_exception_handler(TongchouError, _told)
    api.add_exception_handler(RequestValidationError, _not_as_described)
    api.add_exception_handler(HTTPException, _by_the_framework)
    api.add_middleware(Watched, metrics=api.state.metrics, most_bytes=place.settings.part_bytes)
    return api


def _describe(api: FastAPI) -> None:
    """Offer the description to whoever is signed in; nobody else is told anything."""

    @api.get(f"{PREFIX}/openapi.json", include_in_schema=False)
    def get_description(_: Asking) -> JSONResponse:
        return JSONResponse(api.openapi())

    @api.get(f"{PREFIX}/docs", include_in_schema=False)
    def get_docs(_: Asking) -> HTMLResponse:
        return HTMLResponse(description_page(api.openapi(), f"{PREFIX}/openapi.json"))


def answer_error(error: TongchouError) -> Response:
    """Return an error as an answer."""
    status = status_of(error.code)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {"Retry-After": "1"} if status in {429, 503} else {}
    return Response(refusal(error).model_dump_json(), status, headers, "application/json")


async def _told(_: Request, error: Exception) -> Response:
    assert isinstance(error, TongchouError)  # noqa: S101  # registered for it alone
    return answer_error(error)


async def _not_as_described(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        # The body is read before it is known who asks: nobody unknown is told more than that he is unknown.
        route = request.scope.get("route")
        if isinstance(route, APIRoute) and asks_who(route.dependant):
            try:
                await who_asks(request)
            except TongchouError as unknown:
                return answer_error(unknown)
        return answer_error(bad_json(request.url.path[:200]))
    return answer_error(Problems([bad_value(_place(each["loc"]), str(each["msg"])) for each in found[:50]]))


def _place(parts: Sequence[object]) -> str:
    return ".".join(str(part) for part in parts)[:200]


async def _by_the_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    where = request.url.path[:200]
    if error.status_code == 405:
        answer = answer_error(method_not_allowed(where))
        answer.headers.update(error.headers or {})
        return answer
    if error.status_code == 404:
        return answer_error(not_found(where))
    return answer_error(bad_value(where, str(error.detail)))
