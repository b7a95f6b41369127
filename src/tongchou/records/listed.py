"""Lists by time, the newest first: a page begins behind the last record of the page before."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

Place = tuple[datetime, str]
"""Where a list goes on: time and id of the last record shown."""


def after(place: Place, at: InstrumentedAttribute[datetime], key: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return what holds of the records behind a place: older ones, and those of the same moment with a later id."""
    moment, last = place
    return or_(at < moment, and_(at == moment, key > last))
