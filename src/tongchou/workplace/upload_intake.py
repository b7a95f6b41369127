"""Intake of uploads: ordered, computed by the run desk in a process of its own, noted with what became of the file."""

from collections.abc import Mapping
from typing import Any

from tongchou.access.admission import note_deed
from tongchou.access.subject import REGION, Subject
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records import run_orders, uploads
from tongchou.records.models import RunOrder, Upload
from tongchou.workplace import upload_files
from tongchou.workplace.place import Workplace, enter_institutions
from tongchou.workplace.uploading import CREATE, KIND, upload_of

_MAY_BE_MENDED = frozenset({"intake.table_needed", "intake.rows_lost", "intake.findings_lost"})
"""Problems of an intake that are not the file's: it stays, and may be taken in later."""


def order_intake(place: Workplace, subject: Subject, upload_id: str) -> RunOrder:
    """Order that an upload be taken in. Asked again it is the same order; one that was interrupted goes on.

    Raises:
        TongchouError: `access.refused`; `records.not_found`; `workplace.upload_not_whole` unless the file is whole.
    """
    place.admit_to_some(subject, CREATE, "person", where=upload_id)
    upload = upload_of(place, subject, upload_id)
    whose = place.whose(upload.institution_id) if upload.institution_id else REGION
    place.admit(subject, CREATE, "person", whose, where=upload_id)
    with place.records.writing() as session:
        earlier = run_orders.run_orders(session, kind=run_orders.INTAKE, about=upload_id, limit=1)
        if earlier and earlier[0].state not in {"interrupted", "failed", "cancelled"}:
            return earlier[0]
        if upload.state != "received":
            raise _not_whole(upload)
        if earlier and earlier[0].state != "cancelled":
            order = run_orders.plan_again(session, earlier[0].order_id)
        else:
            details = {
                "kind": run_orders.INTAKE,
                "about": upload_id,
                "upload_id": upload_id,
                "file_name": upload.file_name,
                "institution_id": upload.institution_id,
            }
            order = run_orders.order_run(session, str(place.today.year), details, subject.user_id, place.now())
        note_deed(session, subject, CREATE, KIND, upload_id, place.now(), whose=whose)
    return order


def intake_of(place: Workplace, subject: Subject, upload_id: str) -> RunOrder | None:
    """Return the order by which an upload is taken in, with how far it is and its report; None where there is none.

    Raises:
        TongchouError: `access.refused`; `records.not_found`.
    """
    upload_of(place, subject, upload_id)
    with place.records.reading() as session:
        orders = run_orders.run_orders(session, kind=run_orders.INTAKE, about=upload_id, limit=1)
    return orders[0] if orders else None


def note_intake(place: Workplace, order: RunOrder, outcome: Mapping[str, Any], problem: TongchouError | None) -> None:
    """Note how an intake ended; a file that was taken in or refused is removed, since it holds identities.

    Args:
        place: The place.
        order: The order.
        outcome: What its process said: `run_id`, the batch, and `report`, where it was taken in.
        problem: Why it was not; None where it was.
    """
    upload_id = order.details["upload_id"]
    is_over = problem is None or _is_of_the_file(problem)
    with place.records.writing() as session:
        if problem is None:
            done = run_orders.computed(session, order.order_id, outcome["run_id"], place.now())
            done.details = {**done.details, "report": outcome["report"]}
            uploads.taken_in(session, upload_id, outcome["run_id"], place.now())
        else:
            run_orders.failed(session, order.order_id, problem)
            if is_over:
                uploads.refuse_upload(session, upload_id, problem, place.now())
    if is_over and not place.settings.keep_taken_in:
        upload_files.remove_file(place.region.folder, upload_id)
    if problem is None:
        enter_institutions(place)


def _is_of_the_file(problem: TongchouError) -> bool:
    is_intake = problem.code.startswith("intake.") and problem.code not in _MAY_BE_MENDED
    return is_intake or problem.code == "workplace.not_own_table"


def _not_whole(upload: Upload) -> TongchouError:
    return TongchouError(
        "workplace.upload_not_whole",
        what=Text("这个上传不能入库", "this upload cannot be taken in"),
        where=f"{upload.file_name} {upload.upload_id}",
        why=Text("文件没有收全，或已被拒收、放弃", "the file is not whole, or was refused or given up"),
        remedy=Text(
            "收全并核对后再入库；被拒收的改正后重新上传", "send it whole first; mend a refused one and upload anew"
        ),
    )
