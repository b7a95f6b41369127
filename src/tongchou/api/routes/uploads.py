"""Uploads: announced, sent part by part, examined, taken in; a part that was cut off goes on from where it stopped."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response, status
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect

from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, Words
from tongchou.api.idempotency import Once
from tongchou.api.refusals import media_type
from tongchou.records.models import RunOrder, Upload
from tongchou.records.states import RUN_ORDER_STATE, UPLOAD_STATE
from tongchou.records.uploads import Announced
from tongchou.workplace import upload_intake, uploading
from tongchou.workplace.uploading import Part

router = APIRouter(tags=["上传 / uploads"])

_GATHERED = 1 << 20
_OCTETS = "application/octet-stream"
_MOST = (1 << 63) - 1
_PART: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "文件的一段 / a part of the file",
        "content": {_OCTETS: {"schema": {"type": "string", "format": "binary"}}},
    }
}
UploadId = Annotated[str, Path(max_length=60)]
Offset = Annotated[
    int, Header(alias="Upload-Offset", ge=0, le=_MOST, description="本段从第几个字节开始 / where the part begins")
]


class NewUpload(BaseModel):
    """What is announced of a file."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=400, description="文件名，仅供人看 / its name, for people")
    size: int = Field(ge=1, le=_MOST, description="字节数 / bytes")
    sha256: str = Field(default="", pattern="^([0-9a-fA-F]{64})?$", description="内容的 SHA-256，可不写 / or empty")
    content_type: str = Field(default="", max_length=200)
    institution_id: str = Field(
        default="", max_length=60, description="数据属于哪家机构；空为全区 / whose data; empty: the region's"
    )


class UploadBody(BaseModel):
    """An upload and how far it is."""

    upload_id: str
    file_name: str
    size: int
    received: int
    sha256: str
    state: str
    state_title: Words
    problem: dict[str, Any] | None
    batch_id: str | None
    institution_id: str
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, upload: Upload) -> "UploadBody":
        """Return an upload as the API says it."""
        return cls(
            state_title=Words.of(UPLOAD_STATE[upload.state]),
            **{name: getattr(upload, name) for name in cls.model_fields if name != "state_title"},
        )


class IntakeBody(BaseModel):
    """How far an intake is, and what it brought."""

    order_id: str
    upload_id: str
    state: str
    state_title: Words
    stage: str
    done_steps: int
    all_steps: int
    batch_id: str | None
    report: dict[str, Any] | None
    problem: dict[str, Any] | None

    @classmethod
    def of(cls, order: RunOrder) -> "IntakeBody":
        """Return an order as the API says it."""
        return cls(
            order_id=order.order_id,
            upload_id=order.details["upload_id"],
            state=order.state,
            state_title=Words.of(RUN_ORDER_STATE[order.state]),
            stage=order.stage,
            done_steps=order.done_steps,
            all_steps=order.all_steps,
            batch_id=order.run_id,
            report=order.details.get("report"),
            problem=order.problem,
        )


@router.post("/uploads", status_code=status.HTTP_201_CREATED, summary="声明文件 / announce a file")
def post_upload(place: Place, subject: Asking, file: NewUpload, once: Once, response: Response) -> Answer[UploadBody]:
    """Announce a file; its parts go to the id that is answered."""
    announced = Announced(file.name, file.size, file.content_type, file.sha256)
    answer = once.answer(
        Answer[UploadBody],
        lambda: Answer(data=UploadBody.of(uploading.begin_upload(place, subject, announced, file.institution_id))),
    )
    # Of a repeated announcement that of the first: HEAD tells how far it is.
    _say_offset(response, answer.data)
    return answer


@router.get("/uploads", summary="上传 / uploads")
def get_uploads(
    place: Place, subject: Asking, institution_id: Annotated[str | None, Query(max_length=60)] = None
) -> Answer[list[UploadBody]]:
    """Return the uploads that one sees, the newest first."""
    return Answer(data=[UploadBody.of(each) for each in uploading.uploads_of(place, subject, institution_id)])


@router.get("/uploads/{upload_id}", summary="一个上传 / one upload")
def get_upload(place: Place, subject: Asking, upload_id: UploadId, response: Response) -> Answer[UploadBody]:
    """Return an upload; `received` is where the next part begins."""
    upload = uploading.upload_of(place, subject, upload_id)
    _say_offset(response, upload)
    return Answer(data=UploadBody.of(upload))


@router.head("/uploads/{upload_id}", summary="已收字节数 / how far it is")
def head_upload(place: Place, subject: Asking, upload_id: UploadId) -> Response:
    """Return in `Upload-Offset` where the next part begins."""
    response = Response()
    _say_offset(response, uploading.upload_of(place, subject, upload_id))
    return response


@router.patch("/uploads/{upload_id}", summary="上传一段 / send a part", openapi_extra=_PART)
async def patch_upload(
    place: Place, subject: Asking, upload_id: UploadId, request: Request, response: Response, offset: Offset
) -> Answer[UploadBody]:
    """Receive a part that begins where the last one ended; what came of one that is cut off is kept."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _OCTETS:
        raise media_type(request.headers.get("content-type", "")[:100], [_OCTETS])
    part = await run_in_threadpool(uploading.open_part, place, subject, upload_id, offset)
    try:
        await _receive(request, part)
    finally:
        # A part that is cut off, or is too long, is kept as far as it came.
        upload = await run_in_threadpool(part.close)
    _say_offset(response, upload)
    return Answer(data=UploadBody.of(upload))


@router.delete("/uploads/{upload_id}", summary="放弃 / give up")
def delete_upload(place: Place, subject: Asking, upload_id: UploadId) -> Answer[UploadBody]:
    """Give an upload up and remove what came of it."""
    return Answer(data=UploadBody.of(uploading.abandon_upload(place, subject, upload_id)))


@router.post("/uploads/{upload_id}/complete", summary="收全核对 / examine the whole")
def post_complete(place: Place, subject: Asking, upload_id: UploadId) -> Answer[UploadBody]:
    """Examine a file that is whole: its hash and its kind; what is not as announced is refused."""
    return Answer(data=UploadBody.of(uploading.complete_upload(place, subject, upload_id)))


@router.post("/uploads/{upload_id}/intake", status_code=status.HTTP_202_ACCEPTED, summary="入库 / take in")
def post_intake(place: Place, subject: Asking, upload_id: UploadId) -> Answer[IntakeBody]:
    """Order that a whole file be taken in; the same file again is recognised."""
    return Answer(data=IntakeBody.of(upload_intake.order_intake(place, subject, upload_id)))


@router.get("/uploads/{upload_id}/intake", summary="入库进度 / progress of the intake")
def get_intake(place: Place, subject: Asking, upload_id: UploadId) -> Answer[IntakeBody | None]:
    """Return how far the intake of a file is, and what it brought; null where none was ordered."""
    order = upload_intake.intake_of(place, subject, upload_id)
    return Answer(data=None if order is None else IntakeBody.of(order))


async def _receive(request: Request, part: Part) -> None:
    gathered = bytearray()
    try:
        async for chunk in request.stream():
            gathered += chunk
            if len(gathered) >= _GATHERED:
                written, gathered = gathered, bytearray()
                await run_in_threadpool(part.write, written)
    except ClientDisconnect:
        pass  # nobody waits for an answer; what came is kept
    finally:
        if gathered:
            await run_in_threadpool(part.write, gathered)


def _say_offset(response: Response, upload: Upload | UploadBody) -> None:
    response.headers["Upload-Offset"] = str(upload.received)
    response.headers["Upload-Length"] = str(upload.size)
