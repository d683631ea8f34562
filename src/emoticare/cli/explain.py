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

    from rich.text import Text

    from emoticare.meaning.explanation import Explanation, Part
    from emoticare.meaning.explanation.tint import Stretch

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
    context: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What was said before it; its words are explained, too."),
    ] = None,
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

      emoticare explain --context "You were late again." "Sure, blame me."

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
    explanation = classifier.explain(_standard_input() if text == "-" else text, context=context)
    labels = label or explanation.shown_labels()
    if html:
        write_file(html, to_html(explanation, labels).encode())
        typer.echo(f"written: {html}", err=True)
    elif (output_format is None and sys.stdout.isatty()) or output_format == ExplanationFormat.TEXT:
        _print(explanation, labels)
    else:
        sys.stdout.write(json.dumps(_record(explanation, label), ensure_ascii=False) + "\n")


def _record(explanation: "Explanation", labels: list[str] | None) -> dict[str, Any]:
    """Return the explanation with the texts, and with its words beside their places."""
    before = {"context_text": explanation.context_text} if explanation.context_text else {}
    record: dict[str, Any] = {"text": explanation.text, **before, **explanation.to_dict(labels)}
    for name, text in (
        ("words", explanation.text),
        ("sentences", explanation.text),
        ("context", explanation.context_text),
    ):
        for part in record.get(name, []):
            part["text"] = text[part["start"] : part["end"]]
    return record


def _standard_input() -> str:
    if sys.stdin is None:
        raise UsageError("Expected a text, found none, and standard input is closed.")
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _print(explanation: "Explanation", labels: "Sequence[str]") -> None:
    """Print the text once for each label, its words tinted, and the strongest words as numbers."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    prediction = explanation.prediction
    if prediction.truncated:
        console.print(f"(only the first {prediction.n_tokens} tokens were read)", style="dim")
    for number, label in enumerate(labels):
        if number:
            console.print()
        found = "" if label in prediction.labels else "  (below its threshold)"
        console.print(f"{label}  {prediction.scores[label]:.1%}{found}", style="bold")
        context, text = explanation.tints(label)
        if context:
            console.print(_shown("  said before: ", context))
        console.print(_shown("  ", text))
        listed = _listed(explanation.text, explanation.words, label)
        console.print(f"  {listed or 'no word moves it much'}", style="dim")
        if before := _listed(explanation.context_text, explanation.context, label):
            console.print(f"  said before: {before}", style="dim")


def _shown(margin: str, stretches: "Sequence[Stretch]") -> "Text":
    from rich.text import Text

    shown = Text(margin)
    for stretch in stretches:
        shown.append(_printable(stretch.text), style=_style(stretch.strength))
    return shown


def _listed(text: str, words: "Sequence[Part]", label: str) -> str:
    from emoticare.meaning.explanation.parts import strongest_first

    return ", ".join(
        f"{_printable(text[word.start : word.end])} {word.effects[label]:+.1f}"
        for word in strongest_first(words, label, _WORDS_SHOWN)
    )


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
