"""What is told of a failure in a log: its kind and where in the program it was, never what it was about.

The words of an exception may repeat a value of the data, a name or a number of an identity card; its kind and the
lines of the program that led to it do not.
"""

from pathlib import Path
from types import TracebackType
from typing import Any

_ROOT = Path(__file__).parents[1]
_MOST_PLACES = 12
_MOST_CAUSES = 5


def kind_and_place(error: BaseException) -> dict[str, Any]:
    """Return an exception's kind, the places that led to it (the innermost last), and the kinds of its causes."""
    told: dict[str, Any] = {"kind": _kind(error), "at": _places(error.__traceback__)}
    causes: list[dict[str, Any]] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(causes) < _MOST_CAUSES:
        causes.append({"kind": _kind(cause), "at": _places(cause.__traceback__)[-1:]})
        cause = cause.__cause__ or cause.__context__
    if causes:
        told["causes"] = causes
    return told


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _places(traceback: TracebackType | None) -> list[str]:
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{shown_file(code.co_filename)}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places[-_MOST_PLACES:]


def shown_file(file: str) -> str:
    """Return a file below the program by its path there, any other by its last two parts."""
    path = Path(file)
    return path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else "/".join(path.parts[-2:])
