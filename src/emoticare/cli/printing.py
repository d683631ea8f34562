"""Predictions as a table for people, or as JSON, JSON lines or CSV for programs."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from emoticare.labels import SENTIMENTS
from emoticare.prediction import Prediction
from emoticare.stages.groups import GROUPINGS

if TYPE_CHECKING:
    from rich.console import Console

Predictions = Iterable[tuple[str, Prediction]]

_BAR_WIDTH = 24
_STYLES = {"positive": "green", "negative": "red", "ambiguous": "yellow"}
STYLE_OF = {label: _STYLES[group] for group, members in SENTIMENTS.items() for label in members}


def print_table(predictions: Predictions, labels: Sequence[str], groups: bool) -> None:
    """Print each text with its emotions as coloured bars; the next best ones are dimmed.

    Args:
        predictions: Texts and their predictions.
        labels: Of the model.
        groups: Whether to print the groups of emotions, too.
    """
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    width = max(map(len, labels))
    for number, (text, prediction) in enumerate(predictions):
        if number:
            console.print()
        console.print(printable(text), style="bold")
        if prediction.truncated:
            console.print(f"  (only the first {prediction.n_tokens} tokens were read)", style="dim")
        if others := [x.replace("_", " ") for x in prediction.warnings if x != "truncated"]:
            console.print(f"  (warning: {', '.join(others)})", style="yellow")
        if not prediction.labels:
            console.print("  no emotion above its threshold", style="dim")
        for label in prediction.with_runners_up():
            style = STYLE_OF.get(label, "cyan") if label in prediction.labels else "dim"
            score = prediction.scores[label]
            console.print(f"  {label:<{width}} {bar(score)} {score:6.1%}", style=style)
        if groups:
            _print_groups(console, prediction, width)


def print_json(predictions: Predictions, _labels: Sequence[str], groups: bool) -> None:
    """Print one JSON array, element by element."""
    separator = "[\n  "
    for text, prediction in predictions:
        sys.stdout.write(separator + _record(text, prediction, groups))
        separator = ",\n  "
    sys.stdout.write("[]\n" if separator.startswith("[") else "\n]\n")


def print_jsonl(predictions: Predictions, _labels: Sequence[str], groups: bool) -> None:
    """Print one JSON object a line."""
    for text, prediction in predictions:
        sys.stdout.write(_record(text, prediction, groups) + "\n")


def print_csv(predictions: Predictions, labels: Sequence[str], groups: bool) -> None:
    """Print a header and a row a text; labels are joined by |, every score has a column."""
    names = [f"{name}_{group}" for name, grouping in GROUPINGS.items() for group in grouping]
    # All text is quoted: a carriage return inside a text is otherwise not, before Python 3.13.
    writer = csv.writer(sys.stdout, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    more = names if groups else []
    writer.writerow(["text", "labels", *labels, "n_tokens", "truncated", "warnings", *more])
    for text, prediction in predictions:
        scores = [round(prediction.scores[label], 6) for label in labels]
        truncated = str(prediction.truncated).lower()
        end = [prediction.n_tokens, truncated, "|".join(prediction.warnings)]
        grouped = prediction.groups.values() if groups else ()
        of_groups = [round(score, 6) for grouping in grouped for score in grouping.values()]
        writer.writerow([text, "|".join(prediction.labels), *scores, *end, *of_groups])


PRINTERS: dict[str, Callable[[Predictions, Sequence[str], bool], None]] = {
    "table": print_table,
    "json": print_json,
    "jsonl": print_jsonl,
    "csv": print_csv,
}


def _record(text: str, prediction: Prediction, groups: bool) -> str:
    record = {"text": text, **prediction.to_dict(groups=groups)}
    return json.dumps(record, ensure_ascii=False)


def _print_groups(console: "Console", prediction: Prediction, width: int) -> None:
    for name, scores in prediction.groups.items():
        console.print(f"  {name}", style="bold dim")
        for group, score in sorted(scores.items(), key=lambda item: -item[1]):
            style = STYLE_OF.get(GROUPINGS[name][group][0], "cyan")
            console.print(f"  {group:<{width}} {bar(score)} {score:6.1%}", style=style)


def bar(score: float) -> str:
    """Draw a score from 0 to 1."""
    filled = round(score * _BAR_WIDTH)
    return "█" * filled + "░" * (_BAR_WIDTH - filled)


def printable(text: str) -> str:
    """Replace what would steer the terminal rather than show on it."""
    return "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
