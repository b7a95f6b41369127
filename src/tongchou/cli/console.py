"""How commands speak: progress on the error stream, results on the output, errors as sentences, exit codes."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

DATA_PROBLEM = 1
"""Exit status when the data, the policy or a scheme has problems; wrong use of a command exits with 2."""

console = Console(width=None if sys.stdout.isatty() else 120)
errors = Console(stderr=True)

_P = ParamSpec("_P")
_R = TypeVar("_R")

Advance = Callable[[int, int], None]


def speaks_errors(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Turn a `TongchouError` of a command into its sentence and exit status 1; never a traceback."""

    @functools.wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return command(*args, **kwargs)
        except TongchouError as error:
            if kwargs.get("as_json"):
                print_json({"ok": False, **error.as_json()})
            else:
                errors.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(DATA_PROBLEM) from error
        except KeyboardInterrupt as error:
            errors.print("已中断，已提交的数据不受影响 / interrupted; what was committed stands", style="yellow")
            raise typer.Exit(130) from error

    return wrapped


def print_json(content: object) -> None:
    """Print a JSON document."""
    sys.stdout.write(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode() + "\n")


@contextmanager
def progress_bar(title: str) -> Iterator[Advance]:
    """Show a bar on the error stream; the block calls `advance(done, total)`."""
    with _progress() as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def phase_bar() -> Iterator[Callable[[Text, int, int], None]]:
    """Show a bar on the error stream; the block calls `advance(phase, done, total)`."""
    with _progress() as progress:
        task = progress.add_task("", total=None)
        yield lambda phase, done, total: progress.update(task, description=str(phase), completed=done, total=total)


@contextmanager
def stage_bar(titles: dict[str, str]) -> Iterator[Callable[[str], None]]:
    """Show a bar over named stages; the block announces each stage as it begins."""
    with _progress() as progress:
        task = progress.add_task("", total=len(titles))
        order = list(titles)

        def announce(stage: str) -> None:
            progress.update(task, description=titles[stage], completed=order.index(stage))

        yield announce
        progress.update(task, completed=len(titles))


def table(title: str, *columns: str, numeric: int = 0) -> Table:
    """Return a table whose last `numeric` columns are aligned right."""
    made = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number >= len(columns) - numeric else "left", overflow="fold")
    return made


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
    )
