"""The `emoticare` command: its sub-commands, and errors as one line and one exit code."""

import os
import sys
from typing import Annotated

import typer

from emoticare._version import __version__
from emoticare.cli.evaluate import evaluate
from emoticare.cli.info import info
from emoticare.cli.predict import predict
from emoticare.cli.train import train
from emoticare.errors import EmoticareError

_INTERRUPTED = 130

app = typer.Typer(
    name="emoticare",
    help="Which of 28 emotions does an English text carry?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (predict, info, evaluate, train):
    app.command()(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"emoticare {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Which of 28 emotions does an English text carry?"""


def main() -> None:
    """Runs the command line and exits: 0 ok, 1 failure, 2 usage, 3 some rows failed."""
    try:
        app()
    except EmoticareError as error:
        typer.echo(f"emoticare: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("emoticare: interrupted.", err=True)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone, `| head` for example. Nothing is left to say, nor to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
