"""Predictions as a table or lines for people, or as JSON, JSON lines or CSV for programs."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from emoticare.labels import SENTIMENTS
from emoticare.prediction import Prediction
from emoticare.prediction.scores import rounded
from emoticare.stages.groups import GROUPINGS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Predictions = Iterable[tuple[str, Prediction]]

_BAR_WIDTH: Final = 24
_LEAST_BAR_WIDTH: Final = 4
# Of a line on a terminal; the labels of a text mostly fit, and the text has the rest.
_LABELS_WIDTH: Final = 34
_STYLES = {"positive": "green", "negative": "red", "ambiguous": "yellow"}
STYLE_OF = {label: _STYLES[group] for group, members in SENTIMENTS.items() for label in members}


class ScoresShown(StrEnum):
    """Whose scores are printed."""

    ALL = "all"
    FOUND = "found"
    NONE = "none"


@dataclass(frozen=True)
class Shown:
    """What is printed of each prediction.

    Attributes:
        scores: Whose scores; None for what the format shows by itself.
        top_k: The number of strongest labels whose scores are printed instead; None for no number.
        groups: Whether the groups of emotions are, too.
        text: Whether the text is, where people read; programs always get it.
    """

    scores: ScoresShown | None = None
    top_k: int | None = None
    groups: bool = False
    text: bool = True

    def labels(self, prediction: Prediction, default: Sequence[str]) -> Sequence[str]:
        """Return the labels to print.

        Args:
            prediction: Of a text.
            default: What the format shows by itself.
        """
        if self.top_k is not None:
            return [name for name, _ in prediction.top(self.top_k)]
        if self.scores is ScoresShown.ALL:
            return [name for name, _ in prediction.top(len(prediction.scores))]
        return default if self.scores is None else prediction.labels

    def in_record(self, prediction: Prediction) -> dict[str, float]:
        """Return the scores that a program gets: all in their order, or some, best first."""
        if self.top_k is None and self.scores in (None, ScoresShown.ALL):
            return prediction.scores
        return {name: prediction.scores[name] for name in self.labels(prediction, ())}


def print_table(predictions: Predictions, labels: Sequence[str], shown: Shown) -> None:
    """Print each text with its emotions as coloured bars; the next best ones are dimmed.

    Args:
        predictions: Texts and their predictions.
        labels: Of the model.
        shown: What to print.
    """
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    width = max(map(len, labels))
    for number, (text, prediction) in enumerate(predictions):
        if shown.text:
            if number:
                console.print()
            console.print(printable(text), style="bold")
        if prediction.truncated:
            console.print(f"  (only the first {prediction.n_tokens} tokens were read)", style="dim")
        if others := _warnings(prediction):
            console.print(f"  (warning: {', '.join(others)})", style="yellow")
        if not prediction.labels:
            console.print("  no emotion above its threshold", style="dim")
        for label in shown.labels(prediction, prediction.with_runners_up()):
            style = STYLE_OF.get(label, "cyan") if label in prediction.labels else "dim"
            if shown.scores is ScoresShown.NONE:
                console.print(f"  {label}", style=style)
            else:
                print_bar(console, label, width, prediction.scores[label], style)
        if shown.groups:
            _print_groups(console, prediction, width)


def print_lines(predictions: Predictions, _labels: Sequence[str], shown: Shown) -> None:
    """Print a line a text: its labels and the text, and what it is warned of.

    On a terminal the text is cut where the line ends; elsewhere a tab stands before each part.
    """
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    for text, prediction in predictions:
        labels = _labels_of_line(prediction, shown)
        warnings = ", ".join(_warnings(prediction))
        if not console.is_terminal:
            parts = [labels.plain, *([printable(text)] if shown.text else [])]
            sys.stdout.write("\t".join([*parts, *([f"({warnings})"] if warnings else [])]) + "\n")
            continue
        if not shown.text:
            labels.pad_left(2)
        if warnings:
            labels.append(f" ({warnings})", style="yellow")
        if shown.text:
            labels.append(" " * (min(_LABELS_WIDTH, console.width // 2) - labels.cell_len))
            labels.append(f"  {printable(text)}", style="default")
        console.print(labels, no_wrap=shown.text, overflow="ellipsis")


def print_json(predictions: Predictions, _labels: Sequence[str], shown: Shown) -> None:
    """Print one JSON array, element by element."""
    separator = "[\n  "
    for text, prediction in predictions:
        sys.stdout.write(separator + _record(text, prediction, shown))
        separator = ",\n  "
    sys.stdout.write("[]\n" if separator.startswith("[") else "\n]\n")


def print_jsonl(predictions: Predictions, _labels: Sequence[str], shown: Shown) -> None:
    """Print one JSON object a line."""
    for text, prediction in predictions:
        sys.stdout.write(_record(text, prediction, shown) + "\n")


def print_csv(predictions: Predictions, labels: Sequence[str], shown: Shown) -> None:
    """Print a header and a row a text; labels are joined by |, every score has a column.

    Where only some scores are wanted, the others' cells are empty.
    """
    names = [f"{name}_{group}" for name, grouping in GROUPINGS.items() for group in grouping]
    columns = () if shown.scores is ScoresShown.NONE else labels
    # All text is quoted: a carriage return inside a text is otherwise not, before Python 3.13.
    writer = csv.writer(sys.stdout, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    more = names if shown.groups else []
    writer.writerow(["text", "labels", *columns, "n_tokens", "truncated", "warnings", *more])
    for text, prediction in predictions:
        wanted = rounded(shown.in_record(prediction))
        scores = [wanted.get(label, "") for label in columns]
        truncated = str(prediction.truncated).lower()
        end = [prediction.n_tokens, truncated, "|".join(prediction.warnings)]
        grouped = prediction.groups.values() if shown.groups else ()
        of_groups = [round(score, 6) for grouping in grouped for score in grouping.values()]
        writer.writerow([text, "|".join(prediction.labels), *scores, *end, *of_groups])


PRINTERS: dict[str, Callable[[Predictions, Sequence[str], Shown], None]] = {
    "table": print_table,
    "lines": print_lines,
    "json": print_json,
    "jsonl": print_jsonl,
    "csv": print_csv,
}


def print_bar(console: "Console", name: str, width: int, score: float, style: str) -> None:
    """Print a name, its score as a bar, and as a number; the bar is shorter on a narrow terminal.

    Args:
        console: Where to.
        name: Of a label or a group.
        width: Of the longest name.
        score: From 0 to 1.
        style: Of the line.
    """
    room = console.width - width - len(f"    {score:6.1%}")
    line = f"  {name:<{width}} {bar(score, max(_LEAST_BAR_WIDTH, room))} {score:6.1%}"
    console.print(line, style=style, no_wrap=True, crop=False)


def _labels_of_line(prediction: Prediction, shown: Shown) -> "Text":
    from rich.text import Text

    line = Text()
    for label in shown.labels(prediction, prediction.labels):
        style = STYLE_OF.get(label, "cyan") if label in prediction.labels else "dim"
        has_score = shown.scores is not ScoresShown.NONE
        score = f" {prediction.scores[label]:.2f}" if has_score else ""
        line.append(", " if line else "").append(f"{label}{score}", style=style)
    return line or Text("no emotion", style="dim")


def _warnings(prediction: Prediction) -> list[str]:
    return [x.replace("_", " ") for x in prediction.warnings if x != "truncated"]


def _record(text: str, prediction: Prediction, shown: Shown) -> str:
    record = {"text": text, **prediction.to_dict(groups=shown.groups)}
    if shown.scores is ScoresShown.NONE:
        del record["scores"]
    else:
        record["scores"] = {name: record["scores"][name] for name in shown.in_record(prediction)}
    return json.dumps(record, ensure_ascii=False)


def _print_groups(console: "Console", prediction: Prediction, width: int) -> None:
    for name, scores in prediction.groups.items():
        console.print(f"  {name}", style="bold dim")
        for group, score in sorted(scores.items(), key=lambda item: -item[1]):
            print_bar(console, group, width, score, STYLE_OF.get(GROUPINGS[name][group][0], "cyan"))


def bar(score: float, room: int = _BAR_WIDTH) -> str:
    """Draw a score from 0 to 1, in at most so many columns."""
    width = min(_BAR_WIDTH, room)
    filled = round(score * width)
    return "█" * filled + "░" * (width - filled)


def printable(text: str) -> str:
    """Replace what would steer the terminal rather than show on it."""
    return "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
