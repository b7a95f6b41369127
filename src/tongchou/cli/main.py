"""`tongchou`: the command line."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from tongchou import __version__

_COMMANDS = {
    "demo": "demo:demo",
    "intake": "intake_group:app",
    "group": "group:group",
    "what-if": "what_if:what_if",
    "settle": "settlement:settle",
    "explain": "settlement:explain",
    "region": "region:app",
    "scheme": "scheme:app",
    "codes": "codes:app",
    "dip": "dip:app",
    "trial": "trial:trial",
    "weights": "weights:app",
    "policy": "policy:app",
    "ledger": "ledger:app",
    "serve": "serve:serve",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "scenario": "scenario:app",
    "privacy": "privacy:app",
    "exchange": "exchange:app",
    "users": "users:app",
}
"""Where each command is: a module of `tongchou.cli` and what is in it."""


class _Commands(TyperGroup):
    """The commands, each loaded when it is called: who groups a file does not wait for what settles a region."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401  # typer's own types of click
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"tongchou.cli.{module}"), name)
        if isinstance(found, typer.Typer):
            command: Any = get_group(found)
        else:
            alone = typer.Typer(add_completion=False)
            alone.command(cmd_name)(found)
            command = get_command(alone)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="tongchou",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="统筹区医保资金的结算、解释与监管 / settlement, explanation and supervision of a pooling region's money.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="版本 / version."),
) -> None:
    """统筹区医保资金的结算、解释与监管 / settlement, explanation and supervision of a pooling region's money."""


def main() -> None:
    """Run the command line."""
    app()
