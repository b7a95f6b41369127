"""Structured logs: a line of JSON for each event on the error stream, without personal data.

Our own events name what they say field by field. What libraries log is kept by its logger, level and place only: their
sentences may repeat a value. An exception is told by its kind and place, never by its words or its variables.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog

from tongchou.core.failing import kind_and_place, shown_file

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def begin_logging(level: str) -> None:
    """Let this process log from a level on: `debug`, `info`, `warning` or `error`."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tell_exceptions,
            _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Libraries()]
    # A library's chatter says nothing to whoever runs the place.
    root.setLevel(max(_LEVELS[level], logging.WARNING))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "nicegui"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
    logging.captureWarnings(capture=True)


def tell_exceptions(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its kind and place (a processor of structlog)."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = kind_and_place(error)
    return event


def _as_json(_: object, __: str, event: Mapping[str, Any]) -> bytes:
    return orjson.dumps(event, default=lambda value: type(value).__name__)


class _Libraries(logging.Handler):
    """Hands on what libraries log, by logger, level and place."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        structlog.get_logger(record.name).log(
            record.levelno,
            "library",
            logger=record.name,
            at=f"{shown_file(record.pathname)}:{record.lineno}",
            exc_info=error,
        )
