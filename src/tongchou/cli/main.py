"""`tongchou`: the command line."""

import typer

from tongchou import __version__
from tongchou.cli import demo, ledger, region, scheme, settlement, weights

app = typer.Typer(
    name="tongchou",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="统筹区医保资金的结算、解释与监管 / settlement, explanation and supervision of a pooling region's money.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("intake")(region.intake)
app.command("group")(scheme.group)
app.command("settle")(settlement.settle)
app.command("explain")(settlement.explain)
app.add_typer(region.app, name="region")
app.add_typer(scheme.app, name="scheme")
app.add_typer(weights.app, name="weights")
app.add_typer(ledger.app, name="ledger")


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
