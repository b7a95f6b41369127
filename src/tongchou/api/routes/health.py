"""Health and readiness for those who watch the system, without sign-in; metrics for those who may."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import text

from tongchou import __version__
from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer

router = APIRouter(tags=["运行 / operation"])


class Health(BaseModel):
    """That the program answers."""

    version: str


@router.get("/health", summary="存活 / alive")
async def get_health() -> Answer[Health]:
    """Say that the program answers."""
    return Answer(data=Health(version=__version__))


@router.get("/ready", summary="就绪 / ready")
def get_ready(place: Place) -> Answer[Health]:
    """Say that the records can be read and the lake is there."""
    with place.records.reading() as session:
        session.execute(text("SELECT 1"))
    place.region.lake.snapshot()
    return Answer(data=Health(version=__version__))


@router.get("/metrics", summary="Prometheus 指标 / metrics", response_class=Response)
def get_metrics(place: Place, subject: Asking, request: Request) -> Response:
    """Return the metrics; a monitoring system uses a token with the action `system.operate`."""
    place.admit(subject, "system.operate", "account", where="metrics")
    content, content_type = request.app.state.metrics.page()
    return Response(content, media_type=content_type)
