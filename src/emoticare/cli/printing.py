"""Predictions as a table for people, or as JSON, JSON lines or CSV for programs."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence

from emoticare.labels import SENTIMENTS
from emoticare.prediction import Prediction

Predictions = Iterable[tuple[str, Prediction]]

_BAR_WIDTH = 24
_ALSO_SHOWN = 3
_STYLES = {"positive": "green", "negative": "red", "ambiguous": "yellow"}
_STYLE_OF = {label: _STYLES[group] for group, members in SENTIMENTS.items() for label in members}


def print_table(predictions: Predictions, labels: Sequence[str]) -> None:
    """Prints each text with its emotions as coloured bars; the next best ones are dimmed."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    width = max(map(len, labels))
    for number, (text, prediction) in enumerate(predictions):
        if number:
            console.print()
        console.print(_printable(text), style="bold")
        if prediction.truncated:
            console.print(f"  (only the first {prediction.n_tokens} tokens were read)", style="dim")
        if not prediction.labels:
            console.print("  no emotion above its threshold", style="dim")
        for label in _shown(prediction):
            style = _STYLE_OF.get(label, "cyan") if label in prediction.labels else "dim"
            score = prediction.scores[label]
            console.print(f"  {label:<{width}} {_bar(score)} {score:6.1%}", style=style)


def print_json(predictions: Predictions, _labels: Sequence[str]) -> None:
    """Prints one JSON array, element by element."""
    separator = "[\n  "
    for text, prediction in predictions:
        sys.stdout.write(separator + _record(text, prediction))
        separator = ",\n  "
    sys.stdout.write("[]\n" if separator.startswith("[") else "\n]\n")


def print_jsonl(predictions: Predictions, _labels: Sequence[str]) -> None:
    """Prints one JSON object a line."""
    for text, prediction in predictions:
        sys.stdout.write(_record(text, prediction) + "\n")


def print_csv(predictions: Predictions, labels: Sequence[str]) -> None:
    """Prints a header and a row a text; labels are joined by |, every score has a column."""
    # All text is quoted: a carriage return inside a text is otherwise not, before Python 3.13.
    writer = csv.writer(sys.stdout, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["text", "labels", *labels, "n_tokens", "truncated"])
    for text, prediction in predictions:
        scores = [round(prediction.scores[label], 6) for label in labels]
        end = [prediction.n_tokens, str(prediction.truncated).lower()]
        writer.writerow([text, "|".join(prediction.labels), *scores, *end])


PRINTERS: dict[str, Callable[[Predictions, Sequence[str]], None]] = {
    "table": print_table,
    "json": print_json,
    "jsonl": print_jsonl,
    "csv": print_csv,
}


def _record(text: str, prediction: Prediction) -> str:
    record = {
        "text": text,
        "labels": prediction.labels,
        "scores": {label: round(score, 6) for label, score in prediction.scores.items()},
        "n_tokens": prediction.n_tokens,
        "truncated": prediction.truncated,
    }
    return json.dumps(record, ensure_ascii=False)


def _shown(prediction: Prediction) -> list[str]:
    ranked = sorted(prediction.scores, key=lambda label: -prediction.scores[label])
    n_shown = max(_ALSO_SHOWN, len(prediction.labels) + 1)
    others = [label for label in ranked if label not in prediction.labels]
    return prediction.labels + others[: n_shown - len(prediction.labels)]


def _bar(score: float) -> str:
    filled = round(score * _BAR_WIDTH)
    return "█" * filled + "░" * (_BAR_WIDTH - filled)


def _printable(text: str) -> str:
    """Replaces what would steer the terminal rather than show on it."""
    return "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
