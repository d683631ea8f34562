"""The texts of a command: its arguments, or lines that are answered as they come."""

import select
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import tee
from pathlib import Path
from typing import IO, Final, TypeVar

import typer

from emoticare.errors import DataError, UsageError
from emoticare.stages.text import clean_texts

_Answer = TypeVar("_Answer")

_BYTES_AT_ONCE: Final = 65_536
_LONGEST_LINE: Final = 16_000_000
# Of the lines that are answered together, so that memory stays bounded.
_MOST_BYTES: Final = 16_000_000
_PROMPT: Final = "> "


def reads_lines(arguments: list[str] | None) -> bool:
    """Return whether the texts are lines of standard input rather than arguments."""
    return not arguments or arguments == ["-"]


def is_prompt(arguments: list[str] | None) -> bool:
    """Return whether somebody types the texts and reads the answers at the same terminal."""
    return reads_lines(arguments) and _is_terminal(sys.stdin) and sys.stdout.isatty()


def given_texts(arguments: list[str] | None) -> Iterator[Iterator[str]]:
    """Return the texts of the command line, or those on standard input, one a line.

    Returns:
        Groups of texts. One ends where more would have to be waited for.

    Raises:
        UsageError: If both are given, or standard input is closed.
    """
    if arguments and not reads_lines(arguments):
        if "-" in arguments:
            raise UsageError("Expected texts, or - alone for standard input, found both.")
        return iter([iter(arguments)])
    if sys.stdin is None:
        raise UsageError("Expected texts, found none, and standard input is closed.")
    return _prompted() if is_prompt(arguments) else _lines_of(sys.stdin)


def answered(
    groups: Iterable[Iterator[str]], answer: Callable[[Iterator[str]], Iterator[_Answer]]
) -> Iterator[tuple[str, _Answer]]:
    """Yield each text with its answer; what was printed is shown before more is waited for.

    Args:
        groups: As `given_texts` returns them.
        answer: Answers the texts of a group, in order.
    """
    for group in groups:
        read, shown = tee(clean_texts(group))
        yield from zip(shown, answer(read), strict=True)
        sys.stdout.flush()


def note_names_of_files(arguments: list[str] | None, for_tables: str, for_texts: str) -> None:
    """Say so on standard error where a text is the name of a file, which is not read.

    Args:
        arguments: The texts of the command line.
        for_tables: The command that reads a table.
        for_texts: The one that reads a text file.
    """
    names = [Path(text) for text in arguments or () if text != "-" and _is_file(text)]
    if not names:
        return
    from emoticare.data.table_formats import TABLE_SUFFIXES

    is_table = names[0].suffix.lower() in TABLE_SUFFIXES
    # The name is not repeated: it may be a text after all.
    typer.echo(
        "emoticare: a text is the name of a file; the name was scored, not what the file holds. "
        f"For that: {for_tables if is_table else for_texts}.",
        err=True,
    )


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a name, or no name at all
        return False


def _is_terminal(file: IO[str] | None) -> bool:
    return file is not None and file.isatty()


def _prompted() -> Iterator[Iterator[str]]:
    """Ask for one text after the other; lines can be edited where Python has readline."""
    with suppress(ImportError):
        import readline  # noqa: F401 - `input` then edits lines, and keeps them in memory alone
    _invite()
    sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    while True:
        try:
            text = input(_PROMPT)
        except EOFError:
            typer.echo()
            return
        if text.strip():
            yield iter([text])


def _invite() -> None:
    typer.echo("Type one text a line; end with Ctrl-D.", err=True)


def _lines_of(file: IO[str]) -> Iterator[Iterator[str]]:
    if file.isatty():
        _invite()
    yield from _ArrivingLines(file.buffer).groups()  # type: ignore[attr-defined]


class _ArrivingLines:
    """Lines in groups of what has arrived.

    A file, or a pipe that is filled faster than it is read, makes long groups, which are scored in
    full batches; a line that comes alone is a group.

    Args:
        file: Read without waiting for more than is there. Where nobody can tell what waits, as on
            Windows, each read makes a group.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lines: deque[str] = deque()
        self._rest: list[bytes] = []
        self._n_rest = self._n_read = 0
        self._has_ended = False

    def groups(self) -> Iterator[Iterator[str]]:
        """Yield the groups; each has to be read to its end before the next.

        Raises:
            DataError: If a line is too long.
        """
        while self._has_line(lambda: True):
            self._n_read = 0
            yield self._group()

    def _group(self) -> Iterator[str]:
        while self._lines or (self._n_read < _MOST_BYTES and self._has_line(self._is_ready)):
            yield self._lines.popleft()

    def _has_line(self, may_read: Callable[[], bool]) -> bool:
        while not self._lines and not self._has_ended and may_read():
            self._read()
        return bool(self._lines)

    def _is_ready(self) -> bool:
        try:
            return bool(select.select([self._file], [], [], 0)[0])
        except (OSError, ValueError):
            return False

    def _read(self) -> None:
        piece = self._file.read1(_BYTES_AT_ONCE)  # type: ignore[attr-defined]
        self._n_read += len(piece)
        # Only a line feed ends a text.
        first, *others = piece.split(b"\n")
        self._rest.append(first)
        self._n_rest += len(first)
        if self._n_rest > _LONGEST_LINE:
            raise DataError(
                f"Expected lines of at most {_LONGEST_LINE:,} bytes, found a longer one. For one "
                "long text: emoticare read."
            )
        if not piece:
            self._has_ended = True
            others = [b""] if self._n_rest else []
        if others:
            self._lines += map(_text, [b"".join(self._rest), *others[:-1]])
            self._rest, self._n_rest = [others[-1]], len(others[-1])


def _text(line: bytes) -> str:
    # One bad byte must cost one character, not the run.
    return line.decode("utf-8", "replace").rstrip("\r")
