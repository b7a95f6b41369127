"""`tongchou intake`: takes paths, and has commands of its own."""

from typing import Any

import typer
from typer.core import TyperGroup

from tongchou.cli.intake import intake
from tongchou.cli.intake_history import history
from tongchou.cli.intake_map import map_file
from tongchou.cli.intake_report import report

_PATHS = "files"


class _PathsOrCommand(TyperGroup):
    """A group whose first argument may also be a path: what is no command of its own is taken in."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # typer's own types of click
        asks_for_help = args and args[0] in {"-h", "--help"}
        if args and not asks_for_help and args[0] not in self.commands:
            args = [_PATHS, *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


app = typer.Typer(
    cls=_PathsOrCommand,
    no_args_is_help=True,
    help="入库：tongchou intake 路径… --region 目录 / take files in: tongchou intake PATH... --region DIR",
)
app.command(_PATHS)(intake)
app.command("map")(map_file)
app.command("history")(history)
app.command("report")(report)
