"""How commands speak: progress on the error stream, results on the output, errors as sentences, exit codes."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

DATA_PROBLEM = 1
"""Exit status when the data, the policy or a scheme has problems; wrong use of a command exits with 2."""

# No emoji: a name of the data with `:colons:` is shown as it is written.
console = Console(width=None if sys.stdout.isatty() else 120, emoji=False)
errors = Console(stderr=True, emoji=False)

_P = ParamSpec("_P")
_R = TypeVar("_R")

Advance = Callable[[int, int], None]


def speaks_errors(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Turn a `TongchouError` or a file error of a command into its sentence and exit status 1; never a traceback."""

    @functools.wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return command(*args, **kwargs)
        except TongchouError as error:
            _tell(error, as_json=bool(kwargs.get("as_json")))
            raise typer.Exit(DATA_PROBLEM) from error
        except BrokenPipeError:
            raise  # the reader of the output went away; nobody is left to tell
        except OSError as error:
            _tell(_disk_problem(error), as_json=bool(kwargs.get("as_json")))
            raise typer.Exit(DATA_PROBLEM) from error
        except KeyboardInterrupt as error:
            errors.print("已中断，已提交的数据不受影响 / interrupted; what was committed stands", style="yellow")
            raise typer.Exit(130) from error

    return wrapped


def print_json(content: object) -> None:
    """Print a JSON document, its keys sorted."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    sys.stdout.write(orjson.dumps(content, option=options).decode())


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
        yield lambda phase, done, total: progress.update(
            task, description=escape(str(phase)), completed=done, total=total
        )


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
    """Return a table whose last `numeric` columns are aligned right.

    Title, columns and cells may hold markup: `escape` what comes from data.
    """
    made = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number >= len(columns) - numeric else "left", overflow="fold")
    return made


def _tell(problem: TongchouError, *, as_json: bool) -> None:
    if as_json:
        print_json({"ok": False, **problem.as_json()})
    else:
        errors.print(str(problem), style="red", markup=False, highlight=False, soft_wrap=True)


def _disk_problem(error: OSError) -> TongchouError:
    return TongchouError(
        "cli.disk",
        what=Text("文件或文件夹无法读写", "a file or folder cannot be read or written"),
        where=str(error.filename or "-"),
        why=Text.plain(error.strerror or str(error)),
        remedy=Text(
            "检查路径是否存在、有无权限、磁盘是否已满",
            "check that the path exists, that you may use it, and that the disk is not full",
        ),
    )


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
    )
