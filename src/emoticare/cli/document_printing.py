"""Long texts as tinted text for people, or as JSON or JSON lines for programs."""

import json
import sys
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from emoticare.cli.printing import STYLE_OF, print_bar, printable
from emoticare.errors import number_of
from emoticare.prediction.scores import rounded

if TYPE_CHECKING:
    from rich.text import Text

    from emoticare.meaning.documents import Document, Sentence

_MOST_SHOWN: Final = 8


class DocumentPrinter(Protocol):
    """Prints documents one after the other, and their sentences as they come."""

    def __enter__(self) -> Self:
        """Begin the output."""

    def __exit__(self, *_: object) -> None:
        """End the output."""

    def begin(self, name: str) -> None:
        """Begin a document."""

    def sentence(self, sentence: "Sentence") -> None:
        """Print a sentence of it."""

    def end(self, document: "Document", n_sentences: int) -> None:
        """End it with the emotions of the whole."""


class _Plain:
    """A printer that needs neither beginning nor end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, name: str) -> None:
        self._name = name


class JsonLinesPrinter(_Plain):
    """Prints a line a sentence, then one for the document."""

    def sentence(self, sentence: "Sentence") -> None:
        """Print it."""
        _write(_dumped({"file": self._name, **sentence.to_dict()}) + "\n")

    def end(self, document: "Document", n_sentences: int) -> None:
        """Print the line of the document."""
        _write(_dumped({"file": self._name, **_document(document, n_sentences)}) + "\n")


class JsonPrinter(_Plain):
    """Prints an array of documents, piece by piece."""

    def __enter__(self) -> Self:
        self._before_document = "[\n"
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            _write("\n]\n")

    def begin(self, name: str) -> None:
        """Print the beginning of the document."""
        _write(f'{self._before_document}  {{"file": {_dumped(name)}, "sentences": [')
        self._before_document, self._before_sentence = ",\n", "\n    "

    def sentence(self, sentence: "Sentence") -> None:
        """Print it."""
        _write(self._before_sentence + _dumped(sentence.to_dict()))
        self._before_sentence = ",\n    "

    def end(self, document: "Document", n_sentences: int) -> None:
        """Print the emotions of the whole."""
        _write("], " + _dumped(_document(document, n_sentences))[1:])


class TextPrinter(_Plain):
    """Prints a tinted sentence a line, and then the document's emotions as bars."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False, markup=False, emoji=False)

    def begin(self, name: str) -> None:
        """Print the name."""
        self._console.print(printable(name), style="bold")

    def sentence(self, sentence: "Sentence") -> None:
        """Print it, with its emotions unless it is neutral."""
        self._console.print(_tinted(sentence))

    def end(self, document: "Document", n_sentences: int) -> None:
        """Print the emotions of the whole, best first."""
        self._console.print()
        counted = number_of(n_sentences, "sentence")
        self._console.print(f"  the whole, {counted}", style="bold")
        if not document.labels:
            self._console.print("  no emotion above its threshold", style="dim")
        width = max(map(len, document.scores))
        for label in document.labels[:_MOST_SHOWN]:
            style = STYLE_OF.get(label, "cyan")
            print_bar(self._console, label, width, document.scores[label], style)
        left = len(document.labels) - _MOST_SHOWN
        if left > 0:
            self._console.print(f"  and {left} more", style="dim")
        self._console.print()


PRINTERS: Final[dict[str, type[DocumentPrinter]]] = {
    "text": TextPrinter,
    "json": JsonPrinter,
    "jsonl": JsonLinesPrinter,
}


def _tinted(sentence: "Sentence") -> "Text":
    from rich.text import Text

    shown = [label for label in sentence.labels if label != "neutral"]
    line = Text("  ")
    line.append(printable(sentence.text), style=STYLE_OF.get(shown[0], "cyan") if shown else "")
    if shown:
        line.append("  " + ", ".join(shown), style="dim")
    return line


def _document(document: "Document", n_sentences: int) -> dict[str, Any]:
    return {
        "n_sentences": n_sentences,
        "labels": document.labels,
        "scores": rounded(document.scores),
    }


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _write(text: str) -> None:
    sys.stdout.write(text)
