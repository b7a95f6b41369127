"""Holding one record to change it: found, in the version that its editor saw."""

from typing import TypeVar

from sqlalchemy.orm import Session

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.database import changed_meanwhile
from tongchou.records.models import Base

_Record = TypeVar("_Record", bound=Base)


def held(session: Session, kind: type[_Record], key: str, *, version: int | None = None) -> _Record:
    """Return a record by its key.

    Args:
        session: A session of `Records.reading` or `Records.writing`.
        kind: The table.
        key: The record's key.
        version: The version that the editor saw; None where nothing hangs on it.

    Raises:
        TongchouError: `records.not_found`; `records.changed_meanwhile` if it has another version now.
    """
    found = session.get(kind, key)
    if found is None:
        raise not_found(f"{kind.__tablename__} {key}")
    if version is not None and getattr(found, "version", version) != version:
        raise changed_meanwhile(f"{kind.__tablename__} {key}")
    return found


def not_found(where: str) -> TongchouError:
    """Return the error of a record that is not there."""
    return TongchouError(
        "records.not_found",
        what=Text("没有这条记录", "there is no such record"),
        where=where,
        why=Text("编号不存在", "nothing has this number"),
        remedy=Text("从列表中重新选择", "choose it anew from the list"),
    )
