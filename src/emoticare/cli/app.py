"""The `emoticare` command: its sub-commands, and errors as one line and one exit code."""

import io
import os
import re
import sys
from collections.abc import Callable
from typing import Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from emoticare._version import __version__
from emoticare.cli.bench import bench
from emoticare.cli.compare import compare
from emoticare.cli.converse import converse
from emoticare.cli.distill import distill
from emoticare.cli.evaluate import evaluate
from emoticare.cli.explain import explain
from emoticare.cli.export import export
from emoticare.cli.info import info
from emoticare.cli.moderate import moderate
from emoticare.cli.predict import predict
from emoticare.cli.push import push
from emoticare.cli.read import read
from emoticare.cli.report import report
from emoticare.cli.score import score
from emoticare.cli.serve import serve
from emoticare.cli.serve_key import serve_key
from emoticare.cli.teacher_outputs import teacher_outputs
from emoticare.cli.train import train
from emoticare.cli.tune import tune
from emoticare.errors import EmoticareError, UsageError, did_you_mean

_INTERRUPTED = 130


class _Commands(TyperGroup):
    """The sub-commands; a reader that has gone, `| head` for example, is a good end of each."""

    def invoke(self, ctx: Any) -> Any:
        """Run one; Typer itself would call a closed pipe a failure, and suggest no choice."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message += _close_choice(error)
            raise
        except BrokenPipeError as error:
            raise typer.Exit from error

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find one; Typer itself would quote what may be a text, given without `predict`."""
        if args[0] not in self.commands:
            hint = did_you_mean(args[0], self.commands) or " To score a text: emoticare predict."
            raise UsageError(
                f"Expected a command ({', '.join(self.commands)}), found another word.{hint}"
            )
        return super().resolve_command(ctx, args)


def _close_choice(error: typer.BadParameter) -> str:
    """Return a suggestion where an option has a value that is none of its choices."""
    choices = getattr(error.param and error.param.type, "choices", ())
    found = re.match(r"'(.+?)' is not one of", error.message)
    return did_you_mean(found[1], map(str, choices)) if found else ""


app = typer.Typer(
    name="emoticare",
    cls=_Commands,
    help="Which of 28 emotions does an English text carry?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
_PANELS: Final[dict[str, tuple[Callable[..., None], ...]]] = {
    "Use": (predict, read, explain, moderate, converse, score, report, serve, serve_key, info),
    "Adapt to your texts": (tune, evaluate, compare, train, push),
    "Make and measure models": (teacher_outputs, distill, bench),
}
for panel, commands in _PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.add_typer(export, rich_help_panel="Adapt to your texts")


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
    """Read which of 28 emotions an English text carries."""


def main() -> None:
    """Run the command line and exit: 0 ok, 1 failure, 2 usage, 3 rows failed, 130 Ctrl-C."""
    _prepare_stdout()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except EmoticareError as error:
        typer.echo(f"emoticare: {_shown(error)}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("emoticare: interrupted.", err=True)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        _exit_without_stdout(0)
    except UnicodeEncodeError:
        typer.echo("emoticare: Expected arguments in UTF-8, found other bytes.", err=True)
        sys.exit(UsageError.exit_code)
    except OSError as error:
        typer.echo(f"emoticare: {error.filename or 'the output'}: {error.strerror}.", err=True)
        _exit_without_stdout(EmoticareError.exit_code)


def _shown(error: EmoticareError) -> str:
    """Return a message without what would steer the terminal; a file may have put it there."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in str(error))


def _prepare_stdout() -> None:
    """Make what programs read UTF-8; a terminal keeps its encoding and may miss a letter."""
    if sys.stdout is None:
        typer.echo("emoticare: standard output is closed.", err=True)
        sys.exit(EmoticareError.exit_code)
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="replace")


def _exit_without_stdout(code: int) -> NoReturn:
    # What the buffer still holds would fail again when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
