"""`emoticare explain`: which words speak for which emotion."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from emoticare.cli.options import DomainOption, ModelOption, OverlayOption
from emoticare.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emoticare.meaning.explanation import Explanation

_FOR: Final = (64, 190, 140)
_AGAINST: Final = (240, 110, 105)
_PAPER: Final = (245, 245, 240)
_WORDS_SHOWN: Final = 5


class ExplanationFormat(StrEnum):
    """How an explanation is printed."""

    TEXT = "text"
    JSON = "json"


def explain(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="A text; - reads all of standard input.")
    ],
    label: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Explain this label; repeatable. The found by default."),
    ] = None,
    output_format: Annotated[
        ExplanationFormat | None,
        typer.Option("--format", help="Tinted text on a terminal, else json.", show_default=False),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page instead, one file.")
    ] = None,
    model: ModelOption = None,
    domain: DomainOption = None,
    overlay: OverlayOption = None,
) -> None:
    """Show how much each word and each sentence moves each emotion.

    The text is scored again without each word; the effect is the change of the log odds.

    [bold]Examples[/bold]

      emoticare explain "I was so scared, but it all went well!"

      emoticare explain --label joy --label fear "I was so scared, but it all went well!"

      emoticare explain --html why.html - < letter.txt
    """
    from emoticare.classifier import load
    from emoticare.meaning.explanation.html import to_html
    from emoticare.model.files import write_file

    classifier = load(model, domain=domain, overlay=overlay)
    unknown = [name for name in label or () if name not in classifier.labels]
    if unknown:
        raise UsageError(
            f"Expected labels of the model, found {unknown[0]!r}."
            f"{did_you_mean(unknown[0], classifier.labels)} "
            f"Known labels: {', '.join(classifier.labels)}."
        )
    explanation = classifier.explain(_standard_input() if text == "-" else text)
    labels = label or explanation.shown_labels()
    if html:
        write_file(html, to_html(explanation, labels).encode())
        typer.echo(f"written: {html}", err=True)
    elif (output_format is None and sys.stdout.isatty()) or output_format == ExplanationFormat.TEXT:
        _print(explanation, labels)
    else:
        record: dict[str, Any] = {"text": explanation.text, **explanation.to_json(label)}
        for name in ("words", "sentences"):
            for part in record[name]:
                part["text"] = explanation.text[part["start"] : part["end"]]
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


def _standard_input() -> str:
    if sys.stdin is None:
        raise UsageError("Expected a text, found none, and standard input is closed.")
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _print(explanation: "Explanation", labels: "Sequence[str]") -> None:
    """Print the text once for each label, its words tinted, and the strongest words as numbers."""
    from rich.console import Console
    from rich.text import Text

    from emoticare.meaning.explanation.parts import strongest_first
    from emoticare.meaning.explanation.tint import tinted

    console = Console(highlight=False, markup=False, emoji=False)
    prediction = explanation.prediction
    if prediction.truncated:
        console.print(f"(only the first {prediction.n_tokens} tokens were read)", style="dim")
    for number, label in enumerate(labels):
        if number:
            console.print()
        found = "" if label in prediction.labels else "  (below its threshold)"
        console.print(f"{label}  {prediction.scores[label]:.1%}{found}", style="bold")
        shown = Text("  ")
        for stretch in tinted(explanation.text, explanation.words, label):
            shown.append(_printable(stretch.text), style=_style(stretch.strength))
        console.print(shown)
        words = strongest_first(explanation.words, label, _WORDS_SHOWN)
        listed = ", ".join(
            f"{_printable(explanation.text[w.start : w.end])} {w.effects[label]:+.1f}"
            for w in words
        )
        console.print(f"  {listed or 'no word moves it much'}", style="dim")


def _style(strength: float) -> str:
    """Black on green for, on red and underlined against: readable on any terminal."""
    if not strength:
        return ""
    target = _FOR if strength > 0 else _AGAINST
    red, green, blue = (
        round(paper + (colour - paper) * (0.25 + 0.75 * abs(strength)))
        for paper, colour in zip(_PAPER, target, strict=True)
    )
    underline = "" if strength > 0 else "underline "
    return f"{underline}black on rgb({red},{green},{blue})"


def _printable(text: str) -> str:
    """Replace what would steer the terminal rather than show on it."""
    return "".join(" " if c.isspace() else c if c.isprintable() else "�" for c in text)
