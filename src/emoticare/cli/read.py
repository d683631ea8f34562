"""`emoticare read`: the emotions of long texts, sentence by sentence."""

import codecs
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final

import typer

from emoticare.cli.options import (
    DeviceOption,
    DomainOption,
    ModelOption,
    OverlayOption,
    ThresholdOption,
    parse_thresholds,
)
from emoticare.errors import DataError, UsageError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from emoticare.cli.document_printing import DocumentPrinter
    from emoticare.meaning.documents import DocumentReader

_CHARS_AT_ONCE: Final = 65_536
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class DocumentFormat(StrEnum):
    """How documents are printed."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


def read(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Text files; - or nothing for standard input."),
    ] = None,
    threshold: ThresholdOption = None,
    output_format: Annotated[
        DocumentFormat | None,
        typer.Option("--format", help="Tinted text on a terminal, else jsonl.", show_default=False),
    ] = None,
    model: ModelOption = None,
    domain: DomainOption = None,
    overlay: OverlayOption = None,
    device: DeviceOption = "cpu",
) -> None:
    """Read long texts: the emotions of each sentence, with its place, and of the whole.

    Places are counted in characters of the file, as Python counts them. jsonl has a line a
    sentence, and after those of a file one line for the whole of it.

    [bold]Examples[/bold]

      emoticare read diary.txt

      emoticare read --format jsonl book.txt > sentences.jsonl

      cat minutes.txt | emoticare read -
    """
    from emoticare.classifier import load
    from emoticare.cli.document_printing import PRINTERS
    from emoticare.meaning.documents import DocumentReader

    paths = files or [Path("-")]
    if Path("-") in paths and len(paths) > 1:
        raise UsageError("Expected files, or - alone for standard input, found both.")
    default = DocumentFormat.TEXT if sys.stdout.isatty() else DocumentFormat.JSONL
    limits = parse_thresholds(threshold or [])
    classifier = load(model, domain=domain, overlay=overlay, device=device)
    printer = PRINTERS[(output_format or default).value]()
    with printer:
        for path in paths:
            with _opened(path) as file, _progress(path) as on_progress:
                reader = DocumentReader(classifier, _pieces(file, on_progress), limits)
                _print(printer, str(path), reader)


def _print(printer: "DocumentPrinter", name: str, reader: "DocumentReader") -> None:
    printer.begin(name)
    n_sentences = 0
    for sentence in reader.sentences():
        printer.sentence(sentence)
        n_sentences += 1
    printer.end(reader.document(), n_sentences)


def _pieces(file: IO[str], on_progress: Callable[[int], None]) -> Iterator[str]:
    while piece := file.read(_CHARS_AT_ONCE):
        if "\0" in piece:
            raise DataError(
                "Expected a text file, found one with NUL characters, as other kinds of files have "
                "them. Save it as plain text in UTF-8."
            )
        yield piece
        on_progress(len(piece))


def _progress(path: Path) -> "AbstractContextManager[Callable[[int], None]]":
    from emoticare.cli.progress import text_progress

    if path == Path("-") or sys.stdout.isatty():
        return nullcontext(lambda _: None)
    return text_progress(f"Reading {path.name}", path.stat().st_size)


def _opened(path: Path) -> "AbstractContextManager[IO[str]]":
    """Open a text; one bad byte costs one character, and line ends stay as they are."""
    if path == Path("-"):
        if sys.stdin is None:
            raise UsageError("Expected a file, found none, and standard input is closed.")
        if sys.stdin.isatty():
            typer.echo("Type a text; end with Ctrl-D.", err=True)
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace", newline="")  # type: ignore[union-attr]
        return nullcontext(sys.stdin)
    try:
        with path.open("rb") as file:
            is_utf_16 = file.read(2) in _UTF_16
        encoding = "utf-16" if is_utf_16 else "utf-8-sig"
        return path.open(encoding=encoding, errors="replace", newline="")
    except OSError as error:
        raise DataError(
            f"{path} could not be read: {error.strerror}. Expected a text file."
        ) from error
