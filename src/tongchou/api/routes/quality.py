"""Data quality: batches, accuracy by institution and month, findings with their rows, the report that goes back."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel

from tongchou.api.asking import Asking, Place
from tongchou.api.envelope import Answer, Words
from tongchou.api.paging import Cursor, Size
from tongchou.browse.accuracy import AccuracyLine
from tongchou.browse.findings_told import FindingKind, FindingRow
from tongchou.workplace import quality_reading
from tongchou.workplace.quality_reading import BatchCount
from tongchou.workplace.quality_reporting import quality_report_of

router = APIRouter(tags=["数据质量 / data quality"])

Institution = Annotated[str | None, Query(max_length=60, description="只看一家机构 / one institution")]
Month = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}$", description="出院月份 / month of discharge")]
Batch = Annotated[str | None, Query(max_length=100, description="批次 / batch")]
_MEDIA = {
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class AccuracyBody(BaseModel):
    """An institution's month: records and fields handed in, and what share of them was sound."""

    institution_id: str
    name: Words
    month: str
    records: int
    taken: int
    set_aside: int
    corrected: int
    accuracy_e4: int
    is_met: bool
    points_e2: int
    fields: int
    fields_sound: int
    fields_e4: int | None
    fields_met: bool | None

    @classmethod
    def of(cls, line: AccuracyLine, name: Words) -> "AccuracyBody":
        """Return a line as the API says it."""
        return cls(name=name, **{each: getattr(line, each) for each in cls.model_fields if each != "name"})


class KindBody(BaseModel):
    """Findings of one code in one table."""

    code: str
    table_name: str
    handling: str
    count: int
    records: int
    what: Words
    remedy: Words

    @classmethod
    def of(cls, kind: FindingKind) -> "KindBody":
        """Return a kind as the API says it."""
        said = {name: getattr(kind, name) for name in ("code", "table_name", "handling", "count", "records")}
        return cls(what=Words.of(kind.what), remedy=Words.of(kind.remedy), **said)


class QualityBody(BaseModel):
    """Accuracy and findings; the thresholds are those of records and of fields."""

    threshold_e4: int
    fields_threshold_e4: int
    lines: list[AccuracyBody]
    kinds: list[KindBody]


class BatchBody(BaseModel):
    """A batch: rows or documents handed in are taken, set aside, or were there already."""

    batch_id: str
    sequence: int
    received: int
    taken: int
    set_aside: int
    repeated: int
    repaired: int
    findings: int
    fields: int
    fields_sound: int
    fields_e4: int | None
    institution_id: str

    @classmethod
    def of(cls, batch: BatchCount) -> "BatchBody":
        """Return a batch as the API says it."""
        return cls(**{name: getattr(batch, name) for name in cls.model_fields})


class FindingBody(BaseModel):
    """A finding with its row, without anybody's identity or pseudonym, and the field that it is about if it is one."""

    finding_id: str
    batch_id: str
    table_name: str
    column_name: str | None
    source: str
    case_id: str | None
    handling: str
    code: str
    what: Words
    remedy: Words
    row: dict[str, Any]

    @classmethod
    def of(cls, row: FindingRow) -> "FindingBody":
        """Return a finding as the API says it."""
        names = ("finding_id", "batch_id", "table_name", "column_name", "source", "case_id", "handling", "code")
        said = {name: getattr(row, name) for name in names}
        return cls(what=Words.of(row.what), remedy=Words.of(row.remedy), row=dict(row.row), **said)


@router.get("/quality", summary="准确率与问题 / accuracy and findings")
def get_quality(
    place: Place, subject: Asking, institution_id: Institution = None, month: Month = None, batch_id: Batch = None
) -> Answer[QualityBody]:
    """Return accuracy by institution and month, and the findings by kind, as far as one sees them."""
    seen = quality_reading.quality_of(place, subject, institution_id, month, batch_id)
    unknown = Words(zh="", en="")
    names = {key: Words.of(name) for key, name in seen.names.items()}
    lines = [AccuracyBody.of(line, names.get(line.institution_id, unknown)) for line in seen.lines]
    kinds = [KindBody.of(kind) for kind in seen.kinds]
    asked = seen.threshold
    body = QualityBody(threshold_e4=asked.records_e4, fields_threshold_e4=asked.fields_e4, lines=lines, kinds=kinds)
    return Answer(data=body)


@router.get("/batches", summary="入库批次 / batches")
def get_batches(place: Place, subject: Asking, institution_id: Institution = None) -> Answer[list[BatchBody]]:
    """Return the batches that one sees, the newest first."""
    return Answer(data=[BatchBody.of(each) for each in quality_reading.batches_of(place, subject, institution_id)])


@router.get("/findings", summary="逐条问题 / findings one by one")
def get_findings(
    place: Place,
    subject: Asking,
    institution_id: Institution = None,
    code: Annotated[str | None, Query(max_length=100)] = None,
    batch_id: Batch = None,
    size: Size = 100,
    cursor: Cursor = None,
) -> Answer[list[FindingBody]]:
    """Return findings with their rows, a page at a time."""
    rows, after = quality_reading.finding_rows_of(place, subject, institution_id, code, batch_id, size, cursor)
    return Answer(data=[FindingBody.of(row) for row in rows], next_cursor=after)


@router.get(
    "/quality-reports/{institution_id}",
    summary="质量反馈报告 / the report that goes back",
    response_class=Response,
    responses={200: {"content": {media: {} for media in _MEDIA.values()}, "description": "报告 / the report"}},
)
def get_quality_report(
    place: Place,
    subject: Asking,
    institution_id: Annotated[str, Path(max_length=60)],
    kind: Annotated[Literal["html", "xlsx"], Query(alias="format")] = "xlsx",
) -> Response:
    """Return the report of an institution, without names, numbers of persons or pseudonyms."""
    content = quality_report_of(place, subject, institution_id, kind)
    headers = {"Content-Disposition": f'attachment; filename="quality.{kind}"'}
    return Response(content, media_type=_MEDIA[kind], headers=headers)
