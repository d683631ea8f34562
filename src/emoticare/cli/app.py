"""The `emoticare` command: its sub-commands, and errors as one line and one exit code."""

import inspect
import io
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
# On narrower terminals panels would cut the names of options.
_PANELS_WIDTH: Final = 80
_OF_TEXTS: Final = ("predict", "moderate", "explain")
_OPTION: Final = re.compile(r"--[a-z][a-z-]*|-[a-zA-Z]")
# Of what is wrong with arguments; Typer does not export it.
_ArgumentError: Final[type[Exception]] = typer.BadParameter.__mro__[1]


class _Commands(TyperGroup):
    """The sub-commands; a reader that has gone, `| head` for example, is a good end of each."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options before the command."""
        with _explained():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run one; Typer itself would call a closed pipe a failure, and suggest no choice."""
        try:
            with _explained():
                return super().invoke(ctx)
        except BrokenPipeError as error:
            raise typer.Exit from error

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find one; Typer itself would quote what may be a text, given without `predict`."""
        if args[0] not in self.commands and not ctx.resilient_parsing:
            hint = did_you_mean(args[0], self.commands) or " To score a text: emoticare predict."
            raise UsageError(
                f"Expected a command ({', '.join(self.commands)}), found another word.{hint}"
            )
        return super().resolve_command(ctx, args)


@contextmanager
def _explained() -> Iterator[None]:
    """Add to what Typer says of wrong arguments."""
    try:
        yield
    except typer.BadParameter as error:
        # As Typer from 0.29 says of some values, which are checked by pydantic.
        error.message = error.message.removeprefix("Value error, ")
        error.message += _close_choice(error.message)
        raise
    except _ArgumentError as error:
        if hasattr(error, "possibilities"):
            _explain_dash(error)
        raise


def _close_choice(message: str) -> str:
    """Return a suggestion where an option has a value that is none of its choices."""
    # Typer says which there are in words only, whatever its version.
    found = re.match(r"'(.+?)' is not one of (.+)", message)
    return did_you_mean(found[1], re.findall("'([^']+)'", found[2])) if found else ""


def _explain_dash(error: Any) -> None:
    """Say of an unknown option which one is close, and that a text may begin with a dash."""
    name, context = error.option_name, error.ctx
    if _OPTION.fullmatch(name):
        error.message = f"No such option: {name}.{did_you_mean(name, error.possibilities or ())}"
    else:  # not repeated: it is rather a text
        error.message = "Expected an option, found other words that begin with a dash."
    error.possibilities = None
    command = context.command.name if context.parent else "predict"
    if command in _OF_TEXTS:
        error.message += (
            f' A text that begins with a dash comes after --, as in emoticare {command} -- "-_-".'
        )


_COLUMNS: Final = shutil.get_terminal_size().columns
_IS_NARROW: Final = _COLUMNS < _PANELS_WIDTH

app: typer.Typer = typer.Typer(
    name="emoticare",
    cls=_Commands,
    help="Which of 28 emotions does an English text carry?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None if _IS_NARROW else "rich",
    context_settings={
        "help_option_names": ["-h", "--help"],
        "terminal_width": _COLUMNS if _IS_NARROW else None,
    },
)
_PANELS: Final[dict[str, tuple[Callable[..., None], ...]]] = {
    "Use": (predict, read, explain, moderate, converse, score, report, serve, serve_key, info),
    "Adapt to your texts": (tune, evaluate, compare),
    "Make models": (train, push),
    "The project's own": (teacher_outputs, distill, bench),
}
for _panel, _commands in _PANELS.items():
    for _command in _commands:
        app.command(rich_help_panel=_panel)(_command)
app.add_typer(export, rich_help_panel="Make models")
if _IS_NARROW:
    for registered in (*app.registered_commands, *export.registered_commands):
        plain = re.sub(r"\[/?bold\]", "", inspect.getdoc(registered.callback) or "")
        registered.help = plain


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"emoticare {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_print_version, is_eager=True, help="Print the version."
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
